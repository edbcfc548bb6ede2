"""Devices, memory and timing, shaped like ``torch.cuda``."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from .graph.record import flush, flush_all
from .runtime import device as devices
from .runtime import platforms
from .tensor.conversion import device as _Device


def _index(device: Any) -> int:
    if device is None:
        return devices.current_index()
    return device.index if isinstance(device, _Device) else devices.parse(device)


def is_available() -> bool:
    """Whether there is an OpenCL device that can be used."""
    return bool(platforms.usable())


def device_count() -> int:
    """How many OpenCL devices can be used."""
    return devices.count()


def current_device() -> int:
    """The index of this thread's current device."""
    return devices.current_index()


def set_device(device: Any) -> None:
    """Make a device the current one of this thread."""
    devices.set_default(_index(device))


class device:
    """A context manager within which a device is the current one."""

    def __init__(self, device: Any) -> None:
        self.index = _index(device)
        self.before = 0

    def __enter__(self) -> None:
        self.before = devices.current_index()
        devices.set_default(self.index)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        devices.set_default(self.before)


def get_device_name(device: Any = None) -> str:
    """The device's name as its driver gives it."""
    return devices.get(_index(device)).name


def get_device_properties(device: Any = None) -> Any:
    """Abilities and sizes of a device (`runtime.traits.Traits`)."""
    return devices.get(_index(device)).traits


def memory_allocated(device: Any = None) -> int:
    """Bytes that tensors hold now."""
    return devices.get(_index(device)).memory.in_use


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that tensors have held since the start or the last reset."""
    return devices.get(_index(device)).memory.peak_in_use


def memory_reserved(device: Any = None) -> int:
    """Bytes taken from the driver: held by tensors or cached."""
    return devices.get(_index(device)).memory.reserved


def max_memory_reserved(device: Any = None) -> int:
    """The most bytes taken from the driver."""
    return devices.get(_index(device)).memory.peak_reserved


def reset_peak_memory_stats(device: Any = None) -> None:
    """Start the peaks anew."""
    devices.get(_index(device)).memory.reset_peaks()


def memory_stats(device: Any = None) -> dict[str, int]:
    """The allocator's figures under torch.cuda's names."""
    memory = devices.get(_index(device)).memory
    return {
        "allocated_bytes.all.current": memory.in_use,
        "allocated_bytes.all.peak": memory.peak_in_use,
        "reserved_bytes.all.current": memory.reserved,
        "reserved_bytes.all.peak": memory.peak_reserved,
        "num_device_alloc": memory.allocations,
    }


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Bytes not yet taken from the driver by this process, and the device's total."""
    memory = devices.get(_index(device)).memory
    return memory.limit - memory.reserved, memory.limit


def empty_cache() -> None:
    """Give cached memory of all devices back to their drivers."""
    for opened in devices.opened():
        opened.empty_cache()


def synchronize(device: Any = None) -> None:
    """Run everything recorded and wait for it: on one device, or by default on all."""
    if device is None:
        flush_all()
        for opened in devices.opened():
            opened.synchronize()
        return
    one = devices.get(_index(device))
    flush(one)
    one.synchronize()


class Event:
    """A moment in the device's work, with host time: `record` it, wait for it, measure between two of them."""

    def __init__(self, enable_timing: bool = False) -> None:
        self.timed = enable_timing
        self._marker: Any = None
        self._reached: float | None = None

    def record(self) -> None:
        """Mark this moment: everything recorded before belongs to it."""
        current = devices.default()
        flush(current)
        self._marker = current.marker()
        self._reached = None
        if self.timed:
            self._marker.wait()
            self._reached = time.perf_counter()

    def query(self) -> bool:
        """Whether the device has got there."""
        return self._marker is None or self._marker.done()

    def synchronize(self) -> None:
        """Wait until the device has got there."""
        if self._marker is not None:
            self._marker.wait()

    wait = synchronize

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this event to another; both made with ``enable_timing=True`` and recorded."""
        if self._reached is None or end_event._reached is None:
            raise ValueError("Both events must be recorded and created with enable_timing=True")
        return (end_event._reached - self._reached) * 1000.0
