"""From sets of values to transforms onto them. See torch.distributions.constraint_registry.

``biject_to(constraint)`` is one with an inverse and a derivative, ``transform_to(constraint)`` one that is good for optimization.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import constraints
from . import transforms as t
from .utils import is_number

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Makers of transforms, by the class of a constraint."""

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], t.Transform]] = {}

    def register(self, constraint: Any, factory: Any = None) -> Any:
        """Set the maker for a class of constraints (or for that of an object); a decorator where none is given."""
        if factory is None:
            return lambda made: self.register(constraint, made)
        if isinstance(constraint, constraints.Constraint):
            constraint = type(constraint)
        if not isinstance(constraint, type) or not issubclass(constraint, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[constraint] = factory
        return factory

    def __call__(self, constraint: Any) -> t.Transform:
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _to_interval(constraint: Any) -> t.Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    if is_number(low) and is_number(high) and low == 0 and high == 1:
        return t.SigmoidTransform()
    return t.ComposeTransform([t.SigmoidTransform(), t.AffineTransform(low, high - low)])


def _above(constraint: Any) -> t.Transform:
    return t.ComposeTransform([t.ExpTransform(), t.AffineTransform(constraint.lower_bound, 1)])


def _below(constraint: Any) -> t.Transform:
    return t.ComposeTransform([t.ExpTransform(), t.AffineTransform(constraint.upper_bound, -1)])


def _register(registry: ConstraintRegistry) -> None:
    """What both registries know."""
    c = constraints
    registry.register(c.real, lambda _: t.identity_transform)
    registry.register(
        c.independent, lambda k: t.IndependentTransform(registry(k.base_constraint), k.reinterpreted_batch_ndims)
    )
    for constraint in (c.greater_than, c.greater_than_eq):
        registry.register(constraint, _above)
    registry.register(c.less_than, _below)
    for bounded in (c.interval, c.half_open_interval):
        registry.register(bounded, _to_interval)
    registry.register(c.corr_cholesky, lambda _: t.CorrCholeskyTransform())
    registry.register(c.cat, lambda k: t.CatTransform([registry(part) for part in k.cseq], k.dim, k.lengths))
    registry.register(c.stack, lambda k: t.StackTransform([registry(part) for part in k.cseq], k.dim))


_register(biject_to)
_register(transform_to)
biject_to.register(constraints.simplex, lambda _: t.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda _: t.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda _: t.LowerCholeskyTransform())
transform_to.register(constraints.positive_definite, lambda _: t.PositiveDefiniteTransform())
transform_to.register(constraints.positive_semidefinite, lambda _: t.PositiveDefiniteTransform())
