"""Checks of options that several optimizers share, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensor.tensor import Tensor


def check_rate(lr: Any, text: str = "Invalid learning rate: {}") -> None:
    """ValueError unless ``lr`` is a number from 0 on, or a tensor of one such element."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not lr >= 0.0:
        raise ValueError(text.format(lr))


def check_positive(what: str, value: Any) -> None:
    """ValueError unless ``value`` is 0 or more; ``what`` is said of it."""
    if not value >= 0.0:
        raise ValueError(f"Invalid {what}: {value}")


def check_betas(betas: Sequence[Any]) -> None:
    """ValueError unless both are at least 0 and below 1."""
    for i in range(2):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")
