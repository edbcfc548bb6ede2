"""The OpenCL device as the program's accelerator, shaped like ``torch.accelerator``."""

from __future__ import annotations

from typing import Any

from .opencl import current_device, device_count, is_available, set_device, synchronize
from .tensor.conversion import device as _Device

__all__ = [
    "current_accelerator",
    "current_device_index",
    "device_count",
    "is_available",
    "set_device_index",
    "synchronize",
]


def current_accelerator(check_available: bool = False) -> _Device | None:
    """The device that tensors are made on when none is named; None if there is none and ``check_available``."""
    return None if check_available and not is_available() else _Device("opencl", current_device())


def current_device_index() -> int:
    """The index of the current device."""
    return current_device()


def set_device_index(device: Any) -> None:
    """Make a device the current one of this thread."""
    set_device(device)
