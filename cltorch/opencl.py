"""Devices, memory and timing, shaped like ``torch.cuda``."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .errors import OutOfMemoryError as OutOfMemoryError
from .errors import size_text
from .graph.record import flush, flush_all
from .runtime import device as devices
from .tensor import random as _random
from .tensor.device_names import device as _Device


def _index(device: Any) -> int:
    if device is None:
        return devices.current_index()
    return _Device(device).place


def is_available() -> bool:
    """Whether there is an OpenCL device that can be used (and that ``CLTORCH_DEVICE`` does not exclude)."""
    return devices.is_available()


def init() -> None:
    """Open the current device now; it happens by itself on first use."""
    devices.default()


def is_initialized() -> bool:
    """Whether a device has been opened."""
    return bool(devices.opened())


def device_count() -> int:
    """How many OpenCL devices can be used."""
    return devices.count()


def current_device() -> int:
    """The index of this thread's current device."""
    return devices.current_index()


def set_device(device: Any) -> None:
    """Make a device the current one of this thread."""
    devices.set_default(devices.get(_index(device)))


class device:
    """A context manager within which a device is the current one of this thread; None changes nothing."""

    def __init__(self, device: Any) -> None:
        self.index = None if device is None else _index(device)
        self.before: devices.Device | None = None

    def __enter__(self) -> None:
        if self.index is not None:
            self.before = devices.default()
            devices.set_default(devices.get(self.index))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.before is not None:
            devices.set_default(self.before)


def get_device_name(device: Any = None) -> str:
    """The device's name as its driver gives it."""
    return devices.get(_index(device)).name


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """The version of OpenCL that the device speaks, as (major, minor)."""
    properties = get_device_properties(device)
    return properties.major, properties.minor


@dataclass(frozen=True)
class DeviceProperties:
    """A device under the names of torch.cuda's properties, and what OpenCL has besides."""

    name: str
    major: int  # of the OpenCL version
    minor: int
    total_memory: int  # bytes
    multi_processor_count: int
    is_integrated: bool
    max_threads_per_block: int
    shared_memory_per_block: int  # bytes
    warp_size: int
    kind: str  # gpu, igpu, accelerator, cpu
    platform: str
    driver: str
    max_allocation: int  # bytes of the largest buffer
    sub_group_sizes: tuple[int, ...]
    float64: bool
    float16: bool  # computed; stored it is on every device


def get_device_properties(device: Any = None) -> DeviceProperties:
    """Abilities and sizes of a device."""
    found = devices.get(_index(device))
    traits = found.traits
    version = re.search(r"OpenCL (\d+)\.(\d+)", found.driver)
    return DeviceProperties(
        name=found.name,
        major=int(version[1]) if version else 1,
        minor=int(version[2]) if version else 2,
        total_memory=traits.global_memory,
        multi_processor_count=traits.compute_units,
        is_integrated=traits.kind in ("igpu", "cpu"),
        max_threads_per_block=traits.max_work_group,
        shared_memory_per_block=traits.local_memory,
        warp_size=traits.group_multiple,
        kind=traits.kind,
        platform=found.platform_name,
        driver=found.driver,
        max_allocation=traits.max_allocation,
        sub_group_sizes=traits.subgroups,
        float64=traits.fp64,
        float16=traits.fp16,
    )


def memory_allocated(device: Any = None) -> int:
    """Bytes that tensors hold now. What is recorded and not yet run holds none."""
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


reset_max_memory_allocated = reset_max_memory_reserved = reset_peak_memory_stats


def memory_stats(device: Any = None) -> dict[str, int]:
    """The allocator's figures under torch.cuda's names: bytes, buffers given out, blocks taken from the driver."""
    memory = devices.get(_index(device)).memory
    stats = {
        "allocation.all.current": memory.live,
        "allocation.all.allocated": memory.served,
        "allocation.all.freed": memory.served - memory.live,
        "segment.all.current": memory.obtained - memory.returned,
        "segment.all.allocated": memory.obtained,
        "segment.all.freed": memory.returned,
        "num_alloc_retries": memory.retries,
        "num_ooms": memory.failures,
        "num_device_alloc": memory.obtained,
        "num_device_free": memory.returned,
    }
    for name, now, most in (
        ("allocated_bytes", memory.in_use, memory.peak_in_use),
        ("active_bytes", memory.in_use, memory.peak_in_use),
        ("reserved_bytes", memory.reserved, memory.peak_reserved),
    ):
        stats |= {f"{name}.all.current": now, f"{name}.all.peak": most}
    return dict(sorted(stats.items()))


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """The allocator's figures as a table; ``abbreviated`` leaves out the counts of calls."""
    index, stats = _index(device), memory_stats(device)
    bytes_rows = [
        ("held by tensors", "allocated_bytes.all"),
        ("taken from the driver", "reserved_bytes.all"),
    ]
    width = 58
    lines = ["=" * width, f"memory of opencl:{index} {get_device_name(index)}"[:width], "-" * width]
    lines.append(f"{'':22}{'now':>18}{'peak':>18}")
    for label, key in bytes_rows:
        lines.append(f"{label:22}{size_text(stats[key + '.current']):>18}{size_text(stats[key + '.peak']):>18}")
    if not abbreviated:
        lines += ["-" * width, f"{'':22}{'now':>18}{'since the start':>18}"]
        for label, key in (("buffers", "allocation.all"), ("blocks of the driver", "segment.all")):
            lines.append(f"{label:22}{stats[key + '.current']:>18}{stats[key + '.allocated']:>18}")
        lines.append(f"{'memory made free':22}{'':>18}{stats['num_alloc_retries']:>18}")
        lines.append(f"{'out of memory':22}{'':>18}{stats['num_ooms']:>18}")
    return "\n".join([*lines, "=" * width])


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
        flush_all(True)
        for opened in devices.opened():
            opened.synchronize()
        return
    one = devices.get(_index(device))
    flush(one, True)
    one.synchronize()


class Event:
    """A moment in the device's work, with host time: `record` it, wait for it, measure between two of them.

    One that measures waits for the device when it is recorded; ``blocking`` and ``device`` (that of the stream counts) are accepted.
    """

    __module__ = "cltorch"

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False, *, device: Any = None
    ) -> None:
        if interprocess:
            raise RuntimeError("events of OpenCL cannot be shared between processes")
        self.timed = enable_timing
        self._marker: Any = None
        self._reached: float | None = None

    def record(self, stream: Stream | None = None) -> None:
        """Mark this moment on the current device or on the stream's: everything recorded before belongs to it."""
        where = devices.default() if stream is None else devices.get(stream.device.index)
        flush(where)
        self._marker = where.marker()
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

    def wait(self, stream: Stream | None = None) -> None:
        """Let what is recorded from now on run after this event: on its own device it does so anyway."""
        if stream is None or self._marker is None or self._marker.device is not devices.get(stream.device.index):
            self.synchronize()

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this event to another; both made with ``enable_timing=True`` and recorded."""
        if not (self.timed and end_event.timed):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        if self._reached is None or end_event._reached is None:
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        return (end_event._reached - self._reached) * 1000.0


class Stream:
    """The queue of a device. There is one a device, so that all streams of a device are the same and run in order."""

    __module__ = "cltorch"

    def __init__(self, device: Any = None, priority: int = 0) -> None:
        self.device = _Device("opencl", devices.get(_index(device)).index)
        self.priority = priority

    def synchronize(self) -> None:
        """Run everything recorded on the device and wait for it."""
        synchronize(self.device)

    def query(self) -> bool:
        """Whether everything recorded on the device is done."""
        where = devices.get(self.device.index)
        flush(where)
        return where.marker().done()

    def record_event(self, event: Event | None = None) -> Event:
        """Record an event (a new one if None) on this stream."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """Let what is recorded from now on run after ``event``."""
        event.wait(self)

    def wait_stream(self, stream: Stream) -> None:
        """Let what is recorded from now on run after what the other stream has."""
        if stream != self:
            stream.synchronize()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and other.device == self.device

    def __hash__(self) -> int:
        return hash(("stream", self.device))

    def __repr__(self) -> str:
        return f"<cltorch.opencl.Stream device={self.device}>"


def current_stream(device: Any = None) -> Stream:
    """The stream of a device."""
    return Stream(device)


default_stream = current_stream


def stream(stream: Stream | None) -> device:
    """A context manager within which the device of a stream is the current one; None changes nothing."""
    return device(None if stream is None else stream.device)


def manual_seed(seed: int) -> None:
    """Seed the random numbers of every device: they come from one counter."""
    _random.manual_seed(seed)


manual_seed_all = manual_seed


def seed() -> None:
    """Seed the random numbers of every device from the system."""
    _random.seed()


seed_all = seed


def initial_seed() -> int:
    """The seed of the random numbers."""
    return _random.initial_seed()


def get_rng_state(device: Any = None) -> Any:
    """The state of the random numbers, a tensor of bytes; all devices have the same one."""
    return _random.get_rng_state()


def set_rng_state(new_state: Any, device: Any = None) -> None:
    """Go on from a state that `get_rng_state` gave, on every device."""
    _random.set_rng_state(new_state)
