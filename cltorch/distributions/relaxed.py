"""Discrete distributions made smooth by a temperature (Maddison, Mnih, Teh, "The Concrete distribution", 2016)."""

from __future__ import annotations

import math
from typing import Any

from ..tensor.tensor import Tensor
from . import constraints
from .chances import Chances
from .combined import TransformedDistribution
from .continuous import uniform
from .discrete import BINARY, CHANCES, SEVERAL, Categorical, _OfCategorical
from .distribution import Own
from .transforms import ExpTransform, SigmoidTransform
from .utils import broadcast_all, clamp_probs


class LogitRelaxedBernoulli(Chances):
    """Log odds of `RelaxedBernoulli`. See torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli."""

    arg_constraints = BINARY
    support: Any = constraints.real
    has_rsample = True
    _own = Own(CHANCES, kept=("temperature",))

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        super().__init__(self._take(probs, logits), validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        probs = clamp_probs(self.probs.expand(self._extended_shape(sample_shape)))
        u = clamp_probs(uniform(probs, probs.shape))
        return (u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        logits, value = broadcast_all(self.logits, self._check(value))
        diff = logits - value * self.temperature
        return self.temperature.log() + diff - 2 * diff.exp().log1p()


class _Relaxed(TransformedDistribution):
    """A transform of a distribution with a temperature."""

    _own = Own(kept=("transforms",))
    has_rsample = True

    @property
    def temperature(self) -> Any:
        """The temperature: the lower, the closer to discrete values."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """The logits."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self.base_dist.probs


class RelaxedBernoulli(_Relaxed):
    """Numbers in [0, 1] close to 0 or 1. See torch.distributions.RelaxedBernoulli."""

    arg_constraints = BINARY
    support: Any = constraints.unit_interval
    _own = _Relaxed._own

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)


class ExpRelaxedCategorical(_OfCategorical):
    """Logarithms of `RelaxedOneHotCategorical`. See torch.distributions.relaxed_categorical.ExpRelaxedCategorical."""

    arg_constraints = SEVERAL
    support: Any = constraints.real_vector
    has_rsample = True
    _own = Own(parts=("_categorical",), kept=("temperature",))

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Random values through which gradients flow to the parameters."""
        u = clamp_probs(uniform(self.logits, self._extended_shape(sample_shape)))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        k = self._categorical._num_events
        logits, value = broadcast_all(self.logits, self._check(value))
        score = logits - value * self.temperature
        score = (score - score.logsumexp(-1, keepdim=True)).sum(-1)
        return score + math.lgamma(k) + self.temperature.log() * (k - 1)


class RelaxedOneHotCategorical(_Relaxed):
    """Probabilities of which one is close to 1. See torch.distributions.RelaxedOneHotCategorical."""

    arg_constraints = SEVERAL
    support: Any = constraints.simplex
    _own = _Relaxed._own

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)
