"""Tensors of PyTorch itself, where a program hands its states over."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import tensor
from ..tensor.tensor import Tensor


def from_foreign(value: Any) -> Any:
    """A tensor of PyTorch as one of cltorch, by way of NumPy; anything else as it is."""
    if isinstance(value, Tensor) or not hasattr(value, "__torch_function__"):
        return value
    return tensor(value.detach().cpu().numpy())
