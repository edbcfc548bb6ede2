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
from .tensor import tensor_types
from .tensor.device_names import served
from .tensor.random import get_rng_state, manual_seed, seed, set_rng_state

manual_seed_all, seed_all = manual_seed, seed
device = opencl.device


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


def is_current_stream_capturing() -> bool:
    """False: the runtime replays plans by itself."""
    return False


def get_rng_state_all() -> list[Any]:
    """The state of the random numbers, for each device."""
    return [get_rng_state() for _ in range(device_count())]


def set_rng_state_all(new_states: Any) -> None:
    """Go on from states that `get_rng_state_all` gave."""
    for state in new_states:
        set_rng_state(state)


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


FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor = (
    tensor_types.FloatTensor,
    tensor_types.DoubleTensor,
    tensor_types.HalfTensor,
    tensor_types.BFloat16Tensor,
)
ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor, BoolTensor = (
    tensor_types.ByteTensor,
    tensor_types.CharTensor,
    tensor_types.ShortTensor,
    tensor_types.IntTensor,
    tensor_types.LongTensor,
    tensor_types.BoolTensor,
)
