"""One of two functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: Any = ()) -> Any:
    """What one of two functions gives; reads ``pred``. See torch.cond."""
    return true_fn(*operands) if bool(pred) else false_fn(*operands)
