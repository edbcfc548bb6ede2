"""Causal masks as objects. See torch.nn.attention.bias."""

from __future__ import annotations

from typing import Any

from ...tensor.creation import ones
from ...tensor.tensor import Tensor

__all__ = ["causal_lower_right", "causal_upper_left"]


def causal_upper_left(*size: Any, device: Any = None) -> Tensor:
    """The bool mask that lets query i see the keys up to i."""
    rows, columns = size[0] if len(size) == 1 else size
    return ones(rows, columns, device=device).tril() > 0


def causal_lower_right(*size: Any, device: Any = None) -> Tensor:
    """The bool mask that lets the last query see all keys, and each one before it one less."""
    rows, columns = size[0] if len(size) == 1 else size
    return ones(rows, columns, device=device).tril(columns - rows) > 0
