"""Discrete distributions: of what happens or not, of counts, and of one among several."""

from __future__ import annotations

import math
from typing import Any, ClassVar
from weakref import ReferenceType, WeakKeyDictionary, ref

from .. import dtypes
from ..autograd.modes import no_grad
from ..nn.functional import logsigmoid, one_hot
from ..tensor.creation import arange, eye, ones_like, tensor, zeros_like
from ..tensor.joining import broadcast_tensors
from ..tensor.samplers import binomial, poisson
from ..tensor.sampling import bernoulli, multinomial, positions_drawn, rand
from ..tensor.tensor import Tensor
from . import constraints
from .chances import ONE_OF_BOTH, Chances
from .distribution import Distribution, ExponentialFamily, Own
from .gammas import Gamma
from .utils import broadcast_all, filled, lazy_property, logits_to_probs, probs_to_logits

CHANCES = {"probs": 0, "logits": 0, "_param": 0}
BINARY: Any = {"probs": constraints.unit_interval, "logits": constraints.real}
SEVERAL: Any = {"probs": constraints.simplex, "logits": constraints.real_vector}
_DRAWN: WeakKeyDictionary[Distribution, tuple[ReferenceType[Tensor], int]] = WeakKeyDictionary()
"""What a `Categorical` has drawn last, and the version that it had; beside the objects, which can be pickled."""


def _listed(values: Tensor, batch: Any, expand: bool) -> Tensor:
    """Values along a first dimension, beside a batch."""
    values = values.reshape((-1, *(1 for _ in batch)))
    return values.expand((-1, *batch)) if expand else values


class Bernoulli(Chances, ExponentialFamily):
    """1 with a probability, else 0. See torch.distributions.Bernoulli."""

    arg_constraints = BINARY
    support: Any = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0
    _own = Own(CHANCES)

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._take(probs, logits), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The probability."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The more probable one; NaN for even chances."""
        return (self.probs >= 0.5).to(self.probs.dtype).where(self.probs != 0.5, math.nan)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random values."""
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        return self._log_likelihood(self._check(value))

    def entropy(self) -> Tensor:
        """The entropy."""
        return -self._log_likelihood(self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 and 1."""
        values = arange(2, dtype=self._param.dtype, device=self._param.device)
        return _listed(values, self._batch_shape, expand)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.probs.logit(),)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return x.exp().log1p()


class Geometric(Chances):
    """How many failures come before the first success. See torch.distributions.Geometric."""

    arg_constraints = BINARY
    support: Any = constraints.nonnegative_integer
    _own = Own(CHANCES)

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._take(probs, logits), validate_args=validate_args)
        if self._validate_args and probs is not None and not (self.probs > 0).all():
            value = self.probs
            raise ValueError(
                f"Expected parameter probs ({type(value).__name__} of shape {tuple(value.shape)}) of distribution {self!r} to be "
                f"positive but found invalid values:\n{value[value <= 0]}"
            )

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        """Zeros."""
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random values."""
        with no_grad():
            shape = tuple(self._extended_shape(sample_shape))
            u = 1 - rand(shape, dtype=self.probs.dtype, device=self.probs.device)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        value, probs = broadcast_all(self._check(value), self.probs)
        return value * (-probs.masked_fill((probs == 1) & (value == 0), 0)).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        """The entropy."""
        return -self._log_likelihood(self.probs) / self.probs


class Poisson(ExponentialFamily):
    """Counts of events of a rate. See torch.distributions.Poisson."""

    arg_constraints: ClassVar[Any] = {"rate": constraints.nonnegative}
    support: Any = constraints.nonnegative_integer
    _own = Own({"rate": 0})

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The rate."""
        return self.rate

    @property
    def mode(self) -> Tensor:
        """The rate, rounded down."""
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        """The rate."""
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random values."""
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        rate, value = broadcast_all(self.rate, self._check(value))
        return value.xlogy(rate) - rate - (value + 1).lgamma()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.rate.log(),)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return x.exp()


class _Trials(Chances):
    """Distributions with a number of trials."""

    _own = Own({**CHANCES, "total_count": 0})

    def __init__(self, total_count: Any, probs: Any, logits: Any, validate_args: bool | None) -> None:
        batch_shape, self.total_count = self._take(probs, logits, total_count)
        super().__init__(batch_shape, validate_args=validate_args)


class Binomial(_Trials):
    """How many of some trials succeed. See torch.distributions.Binomial."""

    arg_constraints: ClassVar[Any] = {"total_count": constraints.nonnegative_integer, **BINARY}
    has_enumerate_support = True
    _own = _Trials._own

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(total_count, probs, logits, validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        """0 up to the number of trials."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        """The most probable count."""
        return ((self.total_count + 1) * self.probs).floor().minimum(self.total_count)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random values."""
        with no_grad():
            shape = self._extended_shape(sample_shape)
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        self._check(value)
        n, logits = self.total_count, self.logits
        above = (logits.clamp_min(0) + logits - logits.clamp_max(0)) / 2  # max(logits, 0), with a gradient of 1/2 at 0
        norm = n * above + n * (-logits.abs()).exp().log1p() - (n + 1).lgamma()
        return value * logits - (value + 1).lgamma() - (n - value + 1).lgamma() - norm

    def _count(self, name: str) -> int:
        most = int(self.total_count.max())
        if not bool(self.total_count.min() == most):
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{name}`.")
        return most

    def entropy(self) -> Tensor:
        """The entropy."""
        self._count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All counts."""
        most = self._count("enumerate_support")
        values = arange(1 + most, dtype=self._param.dtype, device=self._param.device)
        return _listed(values, self._batch_shape, expand)


class NegativeBinomial(_Trials):
    """How many trials succeed before ``total_count`` failures. See torch.distributions.NegativeBinomial."""

    arg_constraints: ClassVar[Any] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support: Any = constraints.nonnegative_integer
    _own = _Trials._own

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(total_count, probs, logits, validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        """The most probable count."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp_min(0.0)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random values: Poisson's, of rates that are gamma-distributed."""
        with no_grad():
            rates = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(rates.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        self._check(value)
        n = self.total_count
        chance = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        norm = -(n + value).lgamma() + (1.0 + value).lgamma() + n.lgamma()
        return chance - norm.masked_fill(n + value == 0.0, 0.0)


class Categorical(Distribution):
    """One of several, with probabilities along the last dimension. See torch.distributions.Categorical."""

    arg_constraints = SEVERAL
    has_enumerate_support = True
    _own = Own({"probs": 1, "logits": 1, "_param": 1}, kept=("_num_events",))
    _param: Tensor

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(ONE_OF_BOTH)
        name, given = ("probs", probs) if logits is None else ("logits", logits)
        if given.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        self._param = given / given.sum(-1, True) if name == "probs" else given - given.logsumexp(-1, keepdim=True)
        setattr(self, name, self._param)
        self._num_events = self._param.shape[-1]
        super().__init__(self._param.shape[:-1], validate_args=validate_args)

    @lazy_property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter that was given."""
        return self._param.size()

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        """The positions."""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        """NaN: there is none."""
        return filled(self.probs, self._extended_shape(), math.nan)

    @property
    def mode(self) -> Tensor:
        """The most probable one."""
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        """NaN: there is none."""
        return filled(self.probs, self._extended_shape(), math.nan)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random positions."""
        count = math.prod(sample_shape)
        weights = self.probs.detach().reshape(-1, self._num_events)
        # probabilities that were given have been checked: on a device each look waits
        known = self._validate_args and self._param is self.__dict__.get("probs")
        with no_grad():
            drawn = positions_drawn(weights, count, True) if known and count else multinomial(weights, count, True)
            made = drawn.T.reshape(self._extended_shape(sample_shape))
        _DRAWN[self] = ref(made), made._version
        return made

    def _check(self, value: Any) -> Any:
        """The value, after a look at it if it is not what was drawn last, as in reinforcement learning."""
        drawn, version = _DRAWN.get(self, (None, 0))
        known = isinstance(value, Tensor) and drawn is not None and drawn() is value and value._version == version
        return value if known else super()._check(value)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        place, logs = broadcast_tensors(self._check(value).long().unsqueeze(-1), self.logits)
        return logs.gather(-1, place[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        """The entropy."""
        return -(self.logits.clamp_min(dtypes.finfo(self.logits.dtype).min) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All positions."""
        return _listed(arange(self._num_events, device=self._param.device), self._batch_shape, expand)


class _OfCategorical(Distribution):
    """Distributions with the parameters of a categorical one."""

    _categorical: Categorical

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def _param(self) -> Tensor:
        return self._categorical._param

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter that was given."""
        return self._categorical.param_shape


class OneHotCategorical(_OfCategorical):
    """A vector with a 1 in one of several places. See torch.distributions.OneHotCategorical."""

    arg_constraints = SEVERAL
    support: Any = constraints.one_hot
    has_enumerate_support = True
    _own = Own(parts=("_categorical",))

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The probabilities."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The most probable one."""
        return one_hot(self.probs.argmax(-1), self.probs.shape[-1]).to(self.probs.dtype)

    @property
    def variance(self) -> Tensor:
        """The variance of each place."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random vectors."""
        return one_hot(self._categorical.sample(sample_shape), self._categorical._num_events).to(self.probs.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        return self._categorical.log_prob(self._check(value).argmax(-1))

    def entropy(self) -> Tensor:
        """The entropy."""
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All vectors."""
        n = self.event_shape[0]
        values = eye(n, dtype=self._param.dtype, device=self._param.device)
        values = values.reshape((n, *(1 for _ in self.batch_shape), n))
        return values.expand((n, *self.batch_shape, n)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """`OneHotCategorical` whose samples have the gradient of the probabilities (Bengio et al., 2013)."""

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random vectors through which gradients flow to the parameters."""
        return self.sample(sample_shape) + (self.probs - self.probs.detach())


class Multinomial(_OfCategorical):
    """How often each of several is drawn. See torch.distributions.Multinomial."""

    arg_constraints = SEVERAL
    total_count: int
    _own = Own(parts=("_categorical",), kept=("total_count",))

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:  # type: ignore[override]
        """Counts that sum up to the number of draws."""
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        """The variance of each count."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random counts."""
        drawn = self._categorical.sample((self.total_count, *sample_shape)).movedim(0, -1)
        counts = drawn.new_zeros(self._extended_shape(sample_shape))
        return counts.scatter_add_(-1, drawn, ones_like(drawn)).to(self.probs.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        logits, value = broadcast_all(self.logits, self._check(value))
        logits = logits.masked_fill((value == 0) & (logits == -math.inf), 0)
        return (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1) + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        """The entropy."""
        n = tensor(self.total_count)
        counts = Binomial(self.total_count, probs=self.probs)
        values = counts.enumerate_support(expand=False)[1:]
        rest = (counts.log_prob(values).exp() * (values + 1).lgamma()).sum((0, -1))
        return n * self._categorical.entropy() - (n + 1).lgamma() + rest
