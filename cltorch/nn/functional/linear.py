"""Linear maps. See the torch.nn.functional page of each name."""

from __future__ import annotations

from ...tensor.tensor import Tensor

__all__ = ["linear"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: (..., in_features) -> (..., out_features)."""
    return input._linear(weight, bias)
