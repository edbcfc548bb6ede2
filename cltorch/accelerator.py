"""The OpenCL device as the program's accelerator, shaped like ``torch.accelerator``."""

from __future__ import annotations

from typing import Any

from .opencl import (
    Stream,
    current_device,
    current_stream,
    device,
    device_count,
    empty_cache,
    get_device_capability,
    is_available,
    max_memory_allocated,
    max_memory_reserved,
    mem_get_info,
    memory_allocated,
    memory_reserved,
    memory_stats,
    reset_peak_memory_stats,
    set_device,
    synchronize,
)
from .tensor.device_names import device as _Device

__all__ = [
    "current_accelerator",
    "current_device_index",
    "current_stream",
    "device_count",
    "device_index",
    "empty_cache",
    "get_device_capability",
    "get_memory_info",
    "is_available",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "reset_peak_memory_stats",
    "set_device_index",
    "set_stream",
    "synchronize",
]

device_index = device
get_memory_info = mem_get_info


def current_accelerator(check_available: bool = False) -> _Device | None:
    """The device that tensors are made on when none is named; None if there is none and ``check_available``."""
    return None if check_available and not is_available() else _Device("opencl", current_device())


def current_device_index() -> int:
    """The index of the current device."""
    return current_device()


def set_device_index(device: Any) -> None:
    """Make a device the current one of this thread."""
    set_device(device)


def set_stream(stream: Stream) -> None:
    """Make a stream's device the current one of this thread."""
    set_device(stream.device)
