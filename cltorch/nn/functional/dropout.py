"""Dropout. See the torch.nn.functional page of each name."""

from __future__ import annotations

from ... import dtypes
from ...autograd.composite import composite
from ...tensor.sampling import rand_like
from ...tensor.tensor import Tensor

__all__ = ["dropout"]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeros elements with probability ``p`` and scales the others by ``1 / (1 - p)``."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    result = (
        input * 0.0
        if p == 1.0
        else _dropout(input, rand_like(input.detach(), dtype=dtypes.float32) >= p, 1.0 / (1.0 - p))
    )
    return input.copy_(result) if inplace else result


@composite(vjp=lambda g, y, aux, input, keep, scale: ((g * scale).where(keep, 0.0),), saves="keep")
def _dropout(input: Tensor, keep: Tensor, scale: float) -> Tensor:
    return (input * scale).where(keep, 0.0)
