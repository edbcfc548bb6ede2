"""Continuous distributions of one number with a location and a scale, and some of numbers between bounds."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from .. import dtypes
from ..tensor.samplers import von_mises
from ..tensor.sampling import rand
from ..tensor.tensor import Tensor
from . import constraints
from .chances import Chances
from .distribution import Distribution, ExponentialFamily, Own
from .utils import broadcast_all, clamp_probs, filled, lazy_property, logits_to_probs, standard_normal

LOCATED = Own({"loc": 0, "scale": 0})


def uniform(like: Tensor, shape: Any) -> Tensor:
    """Uniform numbers in [0, 1) with the dtype and device of another tensor."""
    return rand(tuple(shape), dtype=like.dtype, device=like.device)


class _Located(Distribution):
    """Distributions with a location and a scale."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.real
    has_rsample = True
    _own = LOCATED

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mode(self) -> Tensor:
        """The location."""
        return self.loc

    def _standard(self, value: Any) -> Any:
        return (self._check(value) - self.loc) / self.scale


class Normal(_Located, ExponentialFamily):
    """The normal distribution of a mean and a standard deviation. See torch.distributions.Normal."""

    _own = LOCATED
    _mean_carrier_measure = 0

    @property
    def mean(self) -> Tensor:
        """The location."""
        return self.loc

    @property
    def stddev(self) -> Tensor:
        """The scale."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The scale's square."""
        return self.scale.square()

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        return self.loc + standard_normal(self.loc, self._extended_shape(sample_shape)) * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        self._check(value)
        return -((value - self.loc) ** 2) / (2 * self.scale**2) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to ``value``."""
        return 0.5 * (1 + (self._standard(value) / math.sqrt(2)).erf())

    def icdf(self, value: Tensor) -> Tensor:
        """The value up to which the probability is ``value``."""
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> Tensor:
        """The entropy."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        variance = self.scale.square()
        return self.loc / variance, -0.5 / variance

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # type: ignore[override]
        return -0.25 * x.square() / y + 0.5 * (-math.pi / y).log()


class Laplace(_Located):
    """The Laplace distribution of a location and a scale. See torch.distributions.Laplace."""

    _own = LOCATED

    @property
    def mean(self) -> Tensor:
        """The location."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Twice the scale's square."""
        return 2 * self.scale.square()

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return 2**0.5 * self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        eps = dtypes.finfo(self.loc.dtype).eps
        u = uniform(self.loc, self._extended_shape(sample_shape)) * (2 - eps) + (eps - 1)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        self._check(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to ``value``."""
        z = self._standard(value)
        return 0.5 - 0.5 * z.sign() * (-z.abs()).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        """The value up to which the probability is ``value``."""
        term = value - 0.5
        return self.loc - self.scale * term.sign() * (-2 * term.abs()).log1p()

    def entropy(self) -> Tensor:
        """The entropy."""
        return 1 + (2 * self.scale).log()


class Cauchy(_Located):
    """The Cauchy distribution of a median and half a width. See torch.distributions.Cauchy."""

    _own = LOCATED

    @property
    def mean(self) -> Tensor:
        """NaN: there is none."""
        return filled(self.loc, self._extended_shape(), math.nan)

    @property
    def variance(self) -> Tensor:
        """Infinity."""
        return filled(self.loc, self._extended_shape(), math.inf)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        u = uniform(self.loc, self._extended_shape(sample_shape))
        return self.loc + (math.pi * (u - 0.5)).tan() * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return -math.log(math.pi) - self.scale.log() - self._standard(value).square().log1p()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to ``value``."""
        return self._standard(value).atan() / math.pi + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        """The value up to which the probability is ``value``."""
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Tensor:
        """The entropy."""
        return math.log(4 * math.pi) + self.scale.log()


class Uniform(Distribution):
    """The uniform distribution on [low, high). See torch.distributions.Uniform."""

    has_rsample = True
    _own = Own({"low": 0, "high": 0})

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """What each parameter must satisfy."""
        return {"low": constraints.less_than(self.high), "high": constraints.greater_than(self.low)}

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        """The interval."""
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        """The middle."""
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Tensor:
        """NaN: there is none."""
        return math.nan * self.high

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return (self.high - self.low) / 12**0.5

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (self.high - self.low).square() / 12

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        return self.low + uniform(self.low, self._extended_shape(sample_shape)) * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        self._check(value)
        inside = (self.low <= value) & (self.high > value)
        return inside.to(self.low.dtype).log() - (self.high - self.low).log()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to ``value``."""
        return ((self._check(value) - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        """The value up to which the probability is ``value``."""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        """The entropy."""
        return (self.high - self.low).log()


class GeneralizedPareto(Distribution):
    """The generalized Pareto distribution of a location, a scale and a shape. See torch.distributions.GeneralizedPareto."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True
    _own = Own({"loc": 0, "scale": 0, "concentration": 0})

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def _shape_and_zero(self) -> tuple[Tensor, Tensor]:
        """The shape with 1 in the place of 0, and where it is 0: the exponential distribution."""
        is_zero = self.concentration.abs() <= 1e-8
        return self.concentration.masked_fill(is_zero, 1), is_zero

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        """From the location on, up to a bound where the shape is negative."""
        upper = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, upper.where(self.concentration < 0, math.inf))

    @property
    def mean(self) -> Tensor:
        """The mean; NaN for shapes from 1 on."""
        mean = self.loc + self.scale / (1 - self.concentration)
        return mean.where(self.concentration < 1, math.nan)

    @property
    def mode(self) -> Tensor:
        """The location."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance; NaN for shapes from 1/2 on."""
        shape = self.concentration
        variance = self.scale.square() / ((1 - shape).square() * (1 - 2 * shape))
        return variance.where(shape < 0.5, math.nan)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        return self.icdf(uniform(self.loc, self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        z = (self._check(value) - self.loc) / self.scale
        shape, is_zero = self._shape_and_zero()
        factor = 1 / shape + 1
        return -self.scale.log() - z.where(is_zero, (factor * (shape * z).log1p()).where(factor != 0, 0.0))

    def log_survival_function(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of larger values."""
        z = (self._check(value) - self.loc) / self.scale
        shape, is_zero = self._shape_and_zero()
        return (-z).where(is_zero, -(shape * z).log1p() / shape)

    def log_cdf(self, value: Tensor) -> Tensor:
        """The logarithm of `cdf`."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to ``value``."""
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        """The value up to which the probability is ``value``."""
        shape, is_zero = self._shape_and_zero()
        rest = (-value).log1p()
        return (self.loc - self.scale * rest).where(is_zero, self.loc + self.scale / shape * (-shape * rest).expm1())

    def entropy(self) -> Tensor:
        """The entropy."""
        return (self.scale.log() + self.concentration + 1).expand(self._batch_shape)


class VonMises(Distribution):
    """The von Mises distribution of a mean angle and a concentration. See torch.distributions.VonMises."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "concentration": constraints.positive}
    support: Any = constraints.real
    has_rsample = False
    _own = Own({"loc": 0, "concentration": 0})

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        self._check(value)
        kappa = self.concentration
        return kappa * ((value - self.loc).cos() - 1) - math.log(2 * math.pi) - kappa._op("i0e").log()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random angles in [-pi, pi)."""
        around = von_mises(self.concentration.detach().expand(self._extended_shape(sample_shape)))
        return (around + math.pi + self.loc.detach()) % (2 * math.pi) - math.pi

    @property
    def mean(self) -> Tensor:
        """The mean angle."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The mean angle."""
        return self.loc

    @lazy_property
    def variance(self) -> Any:  # type: ignore[override]
        """The circular variance."""
        return 1 - self.concentration._op("i1e") / self.concentration._op("i0e")


class ContinuousBernoulli(Chances, ExponentialFamily):
    """Numbers in [0, 1] with a density proportional to ``p ** x * (1 - p) ** (1 - x)``. See torch.distributions.ContinuousBernoulli."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support: Any = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _own = Own({"probs": 0, "logits": 0, "_param": 0}, kept=("_lims",))

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        if probs is not None and logits is None:
            (probs,) = broadcast_all(probs)
            if validate_args is not None and not constraints.unit_interval.check(probs).all():
                raise ValueError("The parameter probs has invalid values")
            probs = clamp_probs(probs)
        self._lims = lims
        super().__init__(self._take(probs, logits), validate_args=validate_args)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities, away from 0 and 1."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _cut(self) -> tuple[Tensor, Tensor]:
        """Where the formulas are stable, and probabilities that are there."""
        stable = (self.probs <= self._lims[0]) | (self.probs > self._lims[1])
        return stable, self.probs.where(stable, self._lims[0])

    def _cont_bern_log_norm(self) -> Tensor:
        stable, p = self._cut()
        twice = ((1 - 2 * p).abs()).log()
        norm = ((-p).log1p() - p.log()).abs().log() - twice
        x = (self.probs - 0.5).square()
        return norm.where(stable, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        stable, p = self._cut()
        x = self.probs - 0.5
        series = 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.square()) * x
        return (p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log())).where(stable, series)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        stable, p = self._cut()
        x = (self.probs - 0.5).square()
        variance = p * (p - 1.0) / (1.0 - 2.0 * p).square() + 1.0 / ((-p).log1p() - p.log()).square()
        return variance.where(stable, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        return self.icdf(uniform(self.probs, self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return self._log_likelihood(self._check(value)) + self._cont_bern_log_norm()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to ``value``."""
        self._check(value)
        stable, p = self._cut()
        inner = (p.pow(value) * (1.0 - p).pow(1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        return inner.where(stable, value).where(value > 0, 0.0).where(value < 1, 1.0)

    def icdf(self, value: Tensor) -> Tensor:
        """The value up to which the probability is ``value``."""
        stable, p = self._cut()
        low = (-p).log1p()
        return (((-p + value * (2.0 * p - 1.0)).log1p() - low) / (p.log() - low)).where(stable, value)

    def entropy(self) -> Tensor:
        """The entropy."""
        low, high = (-self.probs).log1p(), self.probs.log()
        return self.mean * (low - high) - self._cont_bern_log_norm() - low

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # type: ignore[override]
        low, high = self._lims[0] - 0.5, self._lims[1] - 0.5
        stable = (x <= low) | (x > high)
        cut = x.where(stable, low)
        series = 0.5 * x + x.square() / 24.0 - x.square().square() / 2880.0
        return (cut.expm1().abs().log() - cut.abs().log()).where(stable, series)
