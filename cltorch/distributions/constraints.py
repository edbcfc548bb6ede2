"""Sets of values, as conditions on tensors. See torch.distributions.constraints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor.solving import cholesky_ex
from ..tensor.tensor import Tensor

__all__ = [
    "Constraint",
    "boolean",
    "dependent",
    "greater_than",
    "greater_than_eq",
    "half_open_interval",
    "independent",
    "integer_interval",
    "interval",
    "less_than",
    "lower_cholesky",
    "lower_triangular",
    "nonnegative",
    "nonnegative_integer",
    "positive",
    "positive_definite",
    "positive_integer",
    "real",
    "real_vector",
    "simplex",
    "square",
    "symmetric",
    "unit_interval",
]


class Constraint:
    """A set of values; `check` says for each value (of ``event_dim`` dimensions) whether it lies in it."""

    is_discrete = False
    event_dim = 0

    def __init__(
        self, name: str = "", test: Callable[[Tensor], Any] | None = None, event_dim: int = 0, is_discrete: bool = False
    ) -> None:
        self.name, self._test, self.event_dim, self.is_discrete = name, test, event_dim, is_discrete

    def check(self, value: Tensor) -> Any:
        """Whether each value lies in the set."""
        if self._test is None:
            raise NotImplementedError(f"{self.name or type(self).__name__}: the set depends on other values")
        return self._test(value)

    def __repr__(self) -> str:
        return self.name or f"{type(self).__name__.lstrip('_')}()"


class _Bounded(Constraint):
    """Values beyond or between bounds."""

    def __init__(
        self, name: str, lower: Any, upper: Any, test: Callable[[Tensor], Any], is_discrete: bool = False
    ) -> None:
        super().__init__(name, test, is_discrete=is_discrete)
        self.lower_bound, self.upper_bound = lower, upper


def greater_than(lower_bound: Any) -> Constraint:
    """Numbers above a bound."""
    return _Bounded(f"GreaterThan(lower_bound={lower_bound})", lower_bound, None, lambda x: x > lower_bound)


def greater_than_eq(lower_bound: Any) -> Constraint:
    """Numbers not below a bound."""
    return _Bounded(f"GreaterThanEq(lower_bound={lower_bound})", lower_bound, None, lambda x: x >= lower_bound)


def less_than(upper_bound: Any) -> Constraint:
    """Numbers below a bound."""
    return _Bounded(f"LessThan(upper_bound={upper_bound})", None, upper_bound, lambda x: x < upper_bound)


def interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Numbers between two bounds, which belong to it."""
    text = f"Interval(lower_bound={lower_bound}, upper_bound={upper_bound})"
    return _Bounded(text, lower_bound, upper_bound, lambda x: (x >= lower_bound) & (x <= upper_bound))


def half_open_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Numbers between two bounds, of which the lower one belongs to it."""
    text = f"HalfOpenInterval(lower_bound={lower_bound}, upper_bound={upper_bound})"
    return _Bounded(text, lower_bound, upper_bound, lambda x: (x >= lower_bound) & (x < upper_bound))


def integer_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Whole numbers between two bounds, which belong to it."""
    text = f"IntegerInterval(lower_bound={lower_bound}, upper_bound={upper_bound})"

    def test(x: Tensor) -> Any:
        return (x % 1 == 0) & (x >= lower_bound) & (x <= upper_bound)

    return _Bounded(text, lower_bound, upper_bound, test, is_discrete=True)


def independent(base_constraint: Constraint, reinterpreted_batch_ndims: int) -> Constraint:
    """Values all of whose parts along the last dimensions lie in a set."""
    dims = tuple(range(-reinterpreted_batch_ndims, 0))
    text = f"IndependentConstraint({base_constraint}, {reinterpreted_batch_ndims})"
    event = base_constraint.event_dim + reinterpreted_batch_ndims
    return Constraint(text, lambda x: base_constraint.check(x).all(dims), event, base_constraint.is_discrete)


def _is_definite(x: Tensor) -> Any:
    return symmetric.check(x) & cholesky_ex(x).info.eq(0)


dependent = Constraint("Dependent()")
boolean = Constraint("Boolean()", lambda x: (x == 0) | (x == 1), is_discrete=True)
real = Constraint("Real()", lambda x: x == x)
positive, nonnegative = greater_than(0.0), greater_than_eq(0.0)
unit_interval = interval(0.0, 1.0)
nonnegative_integer = Constraint(
    "IntegerGreaterThan(lower_bound=0)", lambda x: (x % 1 == 0) & (x >= 0), is_discrete=True
)
positive_integer = Constraint("IntegerGreaterThan(lower_bound=1)", lambda x: (x % 1 == 0) & (x >= 1), is_discrete=True)
real_vector = independent(real, 1)
simplex = Constraint("Simplex()", lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6), 1)
square = Constraint("Square()", lambda x: x.new_full(x.shape[:-2], x.shape[-1] == x.shape[-2]).bool(), 2)
symmetric = Constraint("Symmetric()", lambda x: ((x - x.transpose(-2, -1)).abs() <= 1e-6).all((-2, -1)), 2)
lower_triangular = Constraint("LowerTriangular()", lambda x: (x.tril() == x).all((-2, -1)), 2)
lower_cholesky = Constraint(
    "LowerCholesky()", lambda x: lower_triangular.check(x) & (x.diagonal(dim1=-2, dim2=-1) > 0).all(-1), 2
)
positive_definite = Constraint("PositiveDefinite()", _is_definite, 2)
