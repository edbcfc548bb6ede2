"""Devices: context, queue, memory and traits of each OpenCL device, made on first use; and which one is current.

Device 0 is the one that ``CLTORCH_DEVICE`` chooses (or the fastest kind present); the others follow in the same order.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable

import numpy as np
import pyopencl as cl

from ..errors import DeviceNotFoundError, OutOfBoundsError
from . import platforms
from .memory import Allocator, Buffer
from .platforms import Candidate
from .traits import Traits

FORKED = "OpenCL cannot be used in a forked process whose parent has used it: start processes with the 'spawn' method"


class Marker:
    """A point in a device's queue."""

    def __init__(self, event: cl.Event) -> None:
        self._event = event

    def wait(self) -> None:
        """Wait until the device has passed it."""
        self._event.wait()

    def done(self) -> bool:
        """Whether the device has passed it."""
        return bool(self._event.command_execution_status == cl.command_execution_status.COMPLETE)


class Device:
    """One OpenCL device in use. ``lock`` is held while its queue or its kernels' arguments are touched."""

    def __init__(self, index: int, candidate: Candidate) -> None:
        self.index = index
        self.name: str = candidate.name
        self.platform_name: str = candidate.platform
        self.driver: str = candidate.driver
        self.handle: cl.Device = candidate.handle
        self.traits: Traits = candidate.traits
        self.lock = threading.RLock()
        self.context = cl.Context([self.handle])
        self.queue = cl.CommandQueue(self.context)
        self.on_exhausted: list[Callable[[], None]] = []
        self.memory = Allocator(self.context, self.name, self.traits, self._relieve)
        self.allocate: Callable[[int], Buffer] = self.memory.allocate
        self.fault = self.allocate(16)
        self.fault_armed = False
        cl.enqueue_fill_buffer(self.queue, self.fault.cl, np.int32(0), 0, 16)
        self.process = os.getpid()

    def check_process(self) -> None:
        """RuntimeError in a forked child: drivers do not survive a fork, their threads are gone."""
        if os.getpid() != self.process:
            raise RuntimeError(FORKED)

    def _relieve(self) -> None:
        for call in self.on_exhausted:
            call()

    def empty_cache(self) -> None:
        """Give unused memory back to the driver."""
        with self.lock:
            self._relieve()
            self.queue.finish()
            self.memory.trim()

    def synchronize(self) -> None:
        """Wait for everything enqueued; raises faults that kernels have met."""
        self.queue.finish()
        self.check_faults()

    def marker(self) -> Marker:
        """The end of what is enqueued now."""
        return Marker(cl.enqueue_marker(self.queue))

    def check_faults(self) -> None:
        """IndexError when a kernel met an index out of range since the last check."""
        if not self.fault_armed:
            return
        self.fault_armed = False
        words = np.zeros(4, np.int32)
        cl.enqueue_copy(self.queue, words, self.fault.cl)
        self.raise_fault(words)

    def raise_fault(self, words: np.ndarray) -> None:
        """Raise what a fault record says, and clear it."""
        if words[0]:
            cl.enqueue_fill_buffer(self.queue, self.fault.cl, np.int32(0), 0, 16)
            _, index, size, dim = (int(word) for word in words)
            raise OutOfBoundsError(f"index {index} is out of bounds for dimension {dim} with size {size}")

    def __str__(self) -> str:
        return f"opencl:{self.index}"

    def __repr__(self) -> str:
        return f"<Device opencl:{self.index} {self.name}>"


class _Current(threading.local):
    index = 0


_current = _Current()
_devices: dict[int, Device] = {}
_lock = threading.Lock()
_parents_devices: dict[int, Device] = {}


def _mark_child() -> None:
    """In a forked child no device is found any more; they are kept, since releasing them would wait for lost threads."""
    _parents_devices.update(_devices)
    _devices.clear()


os.register_at_fork(after_in_child=_mark_child)


@atexit.register
def _wait_for_devices() -> None:
    """Drivers that are still computing when their library is unloaded crash (PoCL 3.1): wait for what is enqueued.

    The locks stay held, so that no daemon thread enqueues more while the interpreter goes down.
    """
    for device in opened():
        if device.process == os.getpid() and device.lock.acquire(timeout=60):
            device.queue.finish()


def get(index: int | None = None) -> Device:
    """Device ``index`` (the current one by default). RuntimeError when there is no such device, or in a forked child."""
    if _parents_devices:
        raise RuntimeError(FORKED)
    if index is None:
        index = _current.index
    device = _devices.get(index)
    if device is None:
        with _lock:
            device = _devices.get(index)
            if device is None:
                usable = platforms.usable()
                if not usable:
                    raise DeviceNotFoundError("", platforms.describe())
                if not 0 <= index < len(usable):
                    raise RuntimeError(f"invalid device ordinal {index}: there are {len(usable)} OpenCL devices")
                device = _devices[index] = Device(index, usable[index])
    return device


def default() -> Device:
    """The current device of this thread."""
    return _devices.get(_current.index) or get()


def set_default(index: int) -> None:
    """Make a device the current one of this thread."""
    get(index)
    _current.index = index


def current_index() -> int:
    """The index of the current device of this thread."""
    return _current.index


def count() -> int:
    """How many usable devices there are."""
    return len(platforms.usable())


def opened() -> list[Device]:
    """The devices that have been used so far."""
    return list(_devices.values())


def parse(text: object) -> int:
    """The index that ``"opencl"``, ``"opencl:1"``, ``"cpu"`` or an integer means."""
    if isinstance(text, int):
        return text
    if isinstance(text, Device):
        return text.index
    name, _, number = str(text).partition(":")
    if name == "cpu":
        for index, candidate in enumerate(platforms.usable()):
            if candidate.traits.kind == "cpu":
                return index
        raise DeviceNotFoundError("cpu", platforms.describe())
    if name not in ("opencl", "cuda", "gpu") or (number and not number.isdigit()):
        raise RuntimeError(
            f"Expected one of cpu, opencl device type at start of device string: {text} (opencl:0 is the first device)"
        )
    if name != "opencl":
        raise RuntimeError(f"cltorch has no device {text!r}: devices are called opencl:0, opencl:1 ... or cpu")
    return int(number) if number else _current.index
