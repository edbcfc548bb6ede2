"""What the spellings of torch.cpu.amp share."""

from __future__ import annotations

import warnings


def deprecated(old: str, new: str) -> None:
    """A warning that a spelling is PyTorch's older one."""
    warnings.warn(
        f"`torch.cpu.amp.{old}` is deprecated. Please use `torch.amp.{new}` instead.", FutureWarning, stacklevel=3
    )
