"""The warning of spellings that PyTorch keeps from before `amp` was for all kinds of devices."""

from __future__ import annotations

from ..warned import warn


def deprecated(kind: str, old: str, new: str) -> None:
    """Warn, where a function or class of ``torch.<kind>.amp`` is called, of its newer spelling."""
    warn(f"`torch.{kind}.amp.{old}` is deprecated. Please use `torch.amp.{new}` instead.", FutureWarning)
