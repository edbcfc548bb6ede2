"""What distributions of chances share: probabilities or their logits, one computed from the other when asked for."""

from __future__ import annotations

from typing import Any

from ..nn.functional import binary_cross_entropy_with_logits
from ..tensor.tensor import Tensor
from .distribution import Distribution
from .utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits

ONE_OF_BOTH = "Either `probs` or `logits` must be specified, but not both."


class Chances(Distribution):
    """Distributions of something that happens or not, with ``probs`` or log odds ``logits``."""

    _param: Tensor

    def _take(self, probs: Any, logits: Any, *others: Any) -> Any:
        """Set the one that was given, broadcast with ``others``; returns the batch's shape, or that and the others."""
        if (probs is None) == (logits is None):
            raise ValueError(ONE_OF_BOTH)
        name = "logits" if probs is None else "probs"
        *rest, value = broadcast_all(*others, logits if probs is None else probs)
        setattr(self, name, value)
        self._param = value
        return (value.shape, *[other.to(value.dtype) for other in rest]) if others else value.shape

    @lazy_property
    def logits(self) -> Any:
        """The log odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter that was given."""
        return self._param.size()

    def _log_likelihood(self, value: Any) -> Tensor:
        """``value log p + (1 - value) log(1 - p)``."""
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")
