"""``torch.xpu`` for programs that ask it: under `cltorch run` "xpu" means the chosen OpenCL device, elsewhere there is none."""

from __future__ import annotations

from typing import Any

from . import opencl
from .opencl import (
    Event,
    Stream,
    current_stream,
    empty_cache,
    get_device_capability,
    get_device_name,
    get_device_properties,
    max_memory_allocated,
    max_memory_reserved,
    mem_get_info,
    memory_allocated,
    memory_reserved,
    memory_stats,
    reset_peak_memory_stats,
    stream,
    synchronize,
)
from .tensor.device_names import served
from .tensor.random import get_rng_state, manual_seed, seed, set_rng_state

manual_seed_all, seed_all = manual_seed, seed


def is_available() -> bool:
    """Whether "xpu" means an OpenCL device that is there. A program that asks for several kinds takes "cuda" first."""
    return "xpu" in served() and opencl.is_available()


def device_count() -> int:
    """1 where "xpu" means the chosen OpenCL device, else 0."""
    return int(is_available())


def is_initialized() -> bool:
    """Whether that device is opened."""
    return is_available() and opencl.is_initialized()


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether bfloat16 can be used: stored it is on every device, computed in float32."""
    return is_available() and including_emulation


def current_device() -> int:
    """The index of the current device."""
    return opencl.current_device()


def set_device(device: Any) -> None:
    """Make a device the current one."""
    opencl.set_device(device)


def current_allocated_memory() -> int:
    """Bytes that tensors hold."""
    return memory_allocated()


def driver_allocated_memory() -> int:
    """Bytes taken from the driver."""
    return memory_reserved()


def recommended_max_memory() -> int:
    """The device's memory in bytes."""
    return mem_get_info()[1]
