"""Parameters of one shape worked on as a stack, where an optimizer needs whole tensors: products and norms of a batch are as many
kernels as those of one."""

from __future__ import annotations

from typing import Any

from ..tensor.indexing import join
from ..tensor.tensor import Tensor


def stacked(tensors: list[Any]) -> Tensor:
    """Tensors of one shape as (k, *shape)."""
    return join([t.unsqueeze(0) for t in tensors], 0) if len(tensors) > 1 else tensors[0].unsqueeze(0)


def norms(stack: Tensor) -> Tensor:
    """The norm of each tensor of a stack, as (k, 1, ...)."""
    return stack.reshape(stack.shape[0], -1).norm(2, 1).reshape(-1, *(1,) * (stack.dim() - 1))
