"""Distributions that are functions of others' values."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from .. import dtypes
from ..tensor.creation import ones_like, tensor, zeros_like
from ..tensor.tensor import Tensor
from . import constraints
from .combined import TransformedDistribution
from .continuous import Cauchy, Normal, Uniform
from .distribution import Own
from .gammas import Exponential, Gamma
from .transforms import AbsTransform, AffineTransform, ExpTransform, PowerTransform, StickBreakingTransform
from .utils import broadcast_all, euler_constant, filled

LOCATED: Any = {"loc": constraints.real, "scale": constraints.positive}
KEPT = Own(kept=("transforms",))


def _of_base(name: str) -> property:
    """A parameter that the base distribution has, or the one that the base makes independent."""

    def get(self: TransformedDistribution) -> Tensor:
        base = self.base_dist
        return getattr(base if hasattr(base, name) else base.base_dist, name)

    return property(get, doc=f"The base distribution's ``{name}``.")


class LogNormal(TransformedDistribution):
    """Numbers whose logarithms are normal. See torch.distributions.LogNormal."""

    arg_constraints = LOCATED
    support: Any = constraints.positive
    has_rsample = True
    loc, scale = _of_base("loc"), _of_base("scale")
    _own = KEPT

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale, validate_args=validate_args), ExpTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return (self.loc + self.scale.square() / 2).exp()

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        """The variance."""
        square = self.scale.square()
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Tensor:
        """The entropy."""
        return self.base_dist.entropy() + self.loc


class _Half(TransformedDistribution):
    """The sizes of numbers that lie around 0."""

    arg_constraints: ClassVar[Any] = {"scale": constraints.positive}
    support: Any = constraints.nonnegative
    has_rsample = True
    scale = _of_base("scale")

    @property
    def mode(self) -> Tensor:
        """Zeros."""
        return zeros_like(self.scale)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        if not isinstance(value, Tensor) and not self._validate_args:
            value = tensor(value, dtype=self.scale.dtype, device=self.scale.device)
        return (self.base_dist.log_prob(self._check(value)) + math.log(2)).where(value >= 0, -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to ``value``."""
        return 2 * self.base_dist.cdf(self._check(value)) - 1

    def icdf(self, value: Tensor) -> Tensor:
        """The value up to which the probability is ``value``."""
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        """The entropy."""
        return self.base_dist.entropy() - math.log(2)


class HalfNormal(_Half):
    """The sizes of normal numbers. See torch.distributions.HalfNormal."""

    _own = KEPT

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.scale.square() * (1 - 2 / math.pi)


class HalfCauchy(_Half):
    """The sizes of Cauchy-distributed numbers. See torch.distributions.HalfCauchy."""

    _own = KEPT

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """Infinity."""
        return filled(self.scale, self._extended_shape(), math.inf)

    @property
    def variance(self) -> Tensor:
        """Infinity."""
        return self.base_dist.variance


class InverseGamma(TransformedDistribution):
    """Reciprocals of gamma-distributed numbers. See torch.distributions.InverseGamma."""

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive, "rate": constraints.positive}
    support: Any = constraints.positive
    has_rsample = True
    concentration, rate = _of_base("concentration"), _of_base("rate")
    _own = KEPT

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(base, PowerTransform(-base.rate.new_ones(())), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean; infinity for shapes up to 1."""
        return (self.rate / (self.concentration - 1)).where(self.concentration > 1, math.inf)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        """The variance; infinity for shapes up to 2."""
        a = self.concentration
        return (self.rate.square() / ((a - 1).square() * (a - 2))).where(a > 2, math.inf)

    def entropy(self) -> Tensor:
        """The entropy."""
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()


class LogisticNormal(TransformedDistribution):
    """Probabilities from normal numbers, by breaking a stick. See torch.distributions.LogisticNormal."""

    arg_constraints = LOCATED
    support: Any = constraints.simplex
    has_rsample = True
    loc, scale = _of_base("loc"), _of_base("scale")
    _own = KEPT

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        base = base if base.batch_shape else base.expand([1])
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)


class Gumbel(TransformedDistribution):
    """The Gumbel distribution of a location and a scale. See torch.distributions.Gumbel."""

    arg_constraints = LOCATED
    support: Any = constraints.real
    _own = Own({"loc": 0, "scale": 0}, kept=("transforms",))

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        info = dtypes.finfo(self.loc.dtype)
        low, high = self.loc.new_full(self.loc.shape, info.tiny), self.loc.new_full(self.loc.shape, 1 - info.eps)
        transforms = [
            ExpTransform().inv,
            AffineTransform(0, -ones_like(self.scale)),
            ExpTransform().inv,
            AffineTransform(self.loc, -self.scale),
        ]
        super().__init__(Uniform(low, high, validate_args=validate_args), transforms, validate_args=validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        y = (self.loc - self._check(value)) / self.scale
        return y - y.exp() - self.scale.log()

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Tensor:
        """The location."""
        return self.loc

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.stddev.square()

    def entropy(self) -> Tensor:
        """The entropy."""
        return self.scale.log() + (1 + euler_constant)


class Kumaraswamy(TransformedDistribution):
    """Numbers in [0, 1], much like beta-distributed ones. See torch.distributions.Kumaraswamy."""

    arg_constraints: ClassVar[Any] = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support: Any = constraints.unit_interval
    has_rsample = True
    _own = Own({"concentration1": 0, "concentration0": 0}, kept=("transforms",))

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        a, b = self.concentration1, self.concentration0
        base = Uniform(zeros_like(b), ones_like(b), validate_args=validate_args)
        transforms = [PowerTransform(b.reciprocal()), AffineTransform(1.0, -1.0), PowerTransform(a.reciprocal())]
        super().__init__(base, transforms, validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        a, b = 1 + n / self.concentration1, self.concentration0
        return b * (a.lgamma() + b.lgamma() - (a + b).lgamma()).exp()

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        """The most probable value; NaN where it is at an end."""
        a, b = self.concentration1, self.concentration0
        mode = (b.reciprocal() * (-b).log1p() - (-b * a).log1p()).exp()
        return mode.where((a >= 1) & (b >= 1), math.nan)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self._moment(2) - self.mean.square()

    def entropy(self) -> Tensor:
        """The entropy."""
        a, b = self.concentration1, self.concentration0
        harmonic = (b + 1).digamma() + euler_constant
        return 1 - b.reciprocal() + (1 - a.reciprocal()) * harmonic - a.log() - b.log()


class Pareto(TransformedDistribution):
    """The Pareto distribution of a least value and an exponent. See torch.distributions.Pareto."""

    arg_constraints: ClassVar[Any] = {"alpha": constraints.positive, "scale": constraints.positive}
    _own = Own({"scale": 0, "alpha": 0}, kept=("transforms",))

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args=validate_args)
        super().__init__(base, [ExpTransform(), AffineTransform(0, self.scale)], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        """From the least value on."""
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Tensor:
        """The mean; infinity for exponents up to 1."""
        a = self.alpha.clamp_min(1)
        return a * self.scale / (a - 1)

    @property
    def mode(self) -> Tensor:
        """The least value."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The variance; infinity for exponents up to 2."""
        a = self.alpha.clamp_min(2)
        return self.scale.square() * a / ((a - 1).square() * (a - 2))

    def entropy(self) -> Tensor:
        """The entropy."""
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())


class Weibull(TransformedDistribution):
    """The Weibull distribution of a scale and a shape. See torch.distributions.Weibull."""

    arg_constraints: ClassVar[Any] = {"scale": constraints.positive, "concentration": constraints.positive}
    support: Any = constraints.positive
    _own = Own({"scale": 0, "concentration": 0, "concentration_reciprocal": 0}, kept=("transforms",))

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        base = Exponential(ones_like(self.scale), validate_args=validate_args)
        transforms = [PowerTransform(self.concentration_reciprocal), AffineTransform(0, self.scale)]
        super().__init__(base, transforms, validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        return (1 + n * self.concentration_reciprocal).lgamma()

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.scale * self._moment(1).exp()

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.scale * ((self.concentration - 1) / self.concentration) ** self.concentration_reciprocal

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.scale.square() * (self._moment(2).exp() - (2 * self._moment(1)).exp())

    def entropy(self) -> Tensor:
        """The entropy."""
        r = self.concentration_reciprocal
        return euler_constant * (1 - r) + (self.scale * r).log() + 1
