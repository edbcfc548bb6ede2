"""Devices: context, queue, memory and traits of each OpenCL device, made on first use; and which one is current.

Device 0 is the one that ``CLTORCH_DEVICE`` chooses (or the fastest kind present); the others follow in the same order.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import re
import threading
import time
from collections.abc import Callable

import numpy as np
import pyopencl as cl

from ..config import config
from ..errors import DeviceNotFoundError, from_driver
from . import cache, platforms, quirks, trace
from .builders import Builders
from .faults import error_of
from .memory import PAGE, Allocator, Arena, Buffer, shared
from .platforms import Candidate
from .traits import Traits
from .transit import Transit

OTHERS = ("cuda", "gpu", "xpu", "mps", "hip", "meta", "vulkan")  # types of torch's that programs ask for
FORKED = "OpenCL cannot be used in a forked process whose parent has used it: start processes with the 'spawn' method"


class Marker:
    """A point in a device's queue."""

    def __init__(self, device: Device, event: cl.Event) -> None:
        self.device = device
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
        near = candidate.near
        self.context = cl.Context([self.handle] if near is None else [self.handle, near])
        timed = cl.command_queue_properties.PROFILING_ENABLE if config.debug >= 2 else 0
        self.queue = cl.CommandQueue(self.context, self.handle, properties=timed)
        self.has_near_device = near is not None  # which has programs of its own
        self._near_handle = near or self.handle
        self.near = self._near_queue()
        """A queue that runs a command at once, in the thread that asks, and only while the other has nothing to do; None where there is none."""
        self.transit = Transit()
        self.on_exhausted: list[Callable[[], None]] = []
        touch = None if self.traits.kind == "cpu" else self._touch
        self.arena = Arena(self.context, self.queue, self.traits)
        self.memory = Allocator(self.context, self.name, self.traits, self._relieve, touch, self.arena)
        self.allocate: Callable[[int], Buffer] = self.memory.allocate
        self.fault, self._fault_words = self._new_fault()
        self.fault_armed = False
        self._clear_fault()
        self.process = os.getpid()
        self.builders = Builders(candidate.position, quirks.is_late(self.platform_name))
        trace.say(1, f"{self} is {self.name} ({self.platform_name}, {self.driver}), kernels in {self.traits.form} form")
        trace.say(1, f"{self}: programs are kept in {cache.folder()}")

    @property
    def fingerprint(self) -> str:
        """Everything besides source and options that a compiled program depends on."""
        return platforms.fingerprint(self.name, self.platform_name, self.driver, self.traits.kind)

    @property
    def without_header(self) -> str:
        """See `quirks.without_header`."""
        return quirks.without_header(self.platform_name, self.traits.kind)

    def _near_queue(self) -> cl.CommandQueue | None:
        extension, local = quirks.LOCAL
        if self.has_near_device:
            return cl.CommandQueue(self.context, self._near_handle)
        if extension in self.handle.extensions.split():
            with contextlib.suppress(cl.Error):
                return cl.CommandQueue(self.context, self.handle, properties=local)
        return None

    def handle_of(self, is_near: bool) -> cl.Device:
        """What a program is built for: the device itself, or the one of ``near``."""
        return self._near_handle if is_near else self.handle

    def check_process(self) -> None:
        """RuntimeError in a forked child: drivers do not survive a fork, their threads are gone."""
        if _forked and os.getpid() != self.process:
            raise RuntimeError(FORKED)

    def _relieve(self) -> None:
        """Make memory free: run what is pending, and wait, as drivers keep what is given back until nobody uses it."""
        for call in self.on_exhausted:
            call()
        self.queue.finish()

    def _touch(self, memory: cl.Buffer) -> None:
        """Use a new buffer. GPU drivers look for memory then, and a kernel in the middle of a batch must not be the first."""
        cl.enqueue_fill_buffer(self.queue, memory, np.int32(0), 0, 4)

    def empty_cache(self) -> None:
        """Give unused memory back to the driver."""
        self.check_process()
        with self.lock:
            self._relieve()
            self.memory.trim()

    def synchronize(self) -> None:
        """Wait for everything enqueued; raises faults that kernels have met. A queue of which all is known to be done is not asked: that takes 2 us."""
        self.check_process()
        try:
            if self.transit.is_idle:
                if self.fault_armed:
                    with self.lock:
                        self.check_faults()
                return
            noted = self.transit.begin()
            with self.lock:
                uploads = len(self.transit.uploads)
                self.transit.waiting.add(threading.get_ident())
            self.transit.finish(self.queue, noted, uploads)
            self.transit.end(noted)
            with self.lock:
                self.transit.drained(uploads)
                self.check_faults()
        except cl.Error as error:
            raise from_driver(error, self.name) from error
        finally:
            self.transit.waiting.discard(threading.get_ident())

    def marker(self) -> Marker:
        """The end of what is enqueued now."""
        self.check_process()
        return Marker(self, cl.enqueue_marker(self.queue))

    def drain(self) -> None:
        """Wait for everything enqueued, under the lock; faults are left to whoever reads."""
        transit = self.transit
        if not transit.is_idle:
            noted, uploads = transit.begin(), len(transit.uploads)
            transit.finish(self.queue, noted, uploads)
            transit.end(noted)
            transit.drained(uploads)

    def _new_fault(self) -> tuple[cl.Buffer, np.ndarray | None]:
        """The fault record; and the same words for the host, if it is the device and the arena turns out to be shared: a copy takes 10 us."""
        if self.traits.kind != "cpu":
            return cl.Buffer(self.context, cl.mem_flags.READ_WRITE, 16), None
        buffer, host = shared(self.context, PAGE)
        return buffer, host[:16].view(np.int32)

    def check_faults(self) -> None:
        """IndexError when a kernel met an index out of range since the last check. To be called when the queue is done."""
        if not self.fault_armed:
            return
        self.fault_armed = False
        words = self._fault_words
        if words is None or self.arena.host is None:
            words = np.zeros(4, np.int32)
            cl.enqueue_copy(self.queue, words, self.fault)
        self.raise_fault(words)

    def raise_fault(self, words: np.ndarray) -> None:
        """Raise what a fault record says, and clear it."""
        if words[0]:
            error = error_of(*(int(word) for word in words[1:]))
            with self.lock:
                self._clear_fault()
            raise error

    def _clear_fault(self) -> None:
        self.transit.hold(cl.enqueue_fill_buffer(self.queue, self.fault, np.int32(0), 0, 16))

    def __str__(self) -> str:
        return f"opencl:{self.index}"

    def __repr__(self) -> str:
        return f"<Device opencl:{self.index} {self.name}>"


class _Current(threading.local):
    index = 0
    chosen: Device | None = None  # a device that is none of OpenCL's, and comes first


_current = _Current()
_devices: dict[int, Device] = {}
_lock = threading.Lock()
_parents_devices: list[Device] = []
_forked = False


def _mark_child() -> None:
    """A child of a process that has listed drivers finds no device: some hang in it even if no device was opened.

    The parent's devices are kept, since releasing them would wait for threads that the child does not have. Locks are made
    anew, as other threads of the parent may have held them.
    """
    global _forked, _lock
    _forked = _forked or platforms.were_listed()
    _lock = threading.Lock()
    platforms.new_lock()
    for device in _devices.values():
        device.lock = threading.RLock()
        if device.traits.kind != "cpu":
            # kept even when the interpreter goes down and clears modules: see quirks.py, nvidia
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(device))
    _parents_devices.extend(_devices.values())
    _devices.clear()


os.register_at_fork(after_in_child=_mark_child)


@atexit.register
def _wait_for_devices() -> None:
    """Drivers that are still computing when their library is unloaded crash (PoCL 3.1): wait for what is enqueued.

    The locks stay held, so that no daemon thread enqueues more while the interpreter goes down. Threads that wait in a driver
    get the time to come out of it: the interpreter ends them where they ask for its lock, which no C++ above them survives.
    """
    for device in opened():
        if device.process == os.getpid() and device.lock.acquire(timeout=60):
            device.queue.finish()
            end = time.monotonic() + 1
            while device.transit.waiting and time.monotonic() < end:
                time.sleep(0.0005)


def _open(index: int, candidate: Candidate) -> Device:
    try:
        return Device(index, candidate)
    except cl.Error as error:
        raise RuntimeError(f"opencl:{index} cannot be opened: {candidate.label}: {error}") from error


def get(index: int | None = None) -> Device:
    """Device ``index`` (the current one by default). RuntimeError when there is no such device, or in a forked child."""
    if _forked:
        raise RuntimeError(FORKED)
    if index is None:
        index = _current.index
    device = _devices.get(index)
    if device is None:
        with _lock:
            device = _devices.get(index)
            if device is None:
                device = _devices[index] = _open(index, _candidate(index))
    return device


def untried(position: tuple[int, int]) -> Device:
    """The device at a position of the listing, whatever its verdict: for processes whose numbers nobody uses (`building`)."""
    return _open(0, next(one for one in platforms.untried() if one.position == position))


def _candidate(index: int) -> Candidate:
    """What device ``index`` is; raises where there is none. Whether there are others is no question for the first."""
    first = platforms.first()
    if first is None:
        raise DeviceNotFoundError("", platforms.describe())
    if index == 0:
        return first
    usable = platforms.usable()
    if not 0 <= index < len(usable):
        raise RuntimeError(f"invalid device ordinal {index}: there are {len(usable)} OpenCL devices")
    return usable[index]


def default() -> Device:
    """The current device of this thread."""
    return _current.chosen or _devices.get(_current.index) or get()


def set_default(device: Device) -> None:
    """Make a device the current one of this thread."""
    if device.index < 0:
        _current.chosen = device
    else:
        _current.index, _current.chosen = device.index, None


def current_index() -> int:
    """The index of the current OpenCL device of this thread."""
    return _current.index


def count() -> int:
    """How many usable devices there are; 0 if ``CLTORCH_DEVICE`` asks for one that is not there."""
    if _forked:
        raise RuntimeError(FORKED)
    try:
        return len(platforms.usable())
    except DeviceNotFoundError:
        return 0


def is_available() -> bool:
    """Whether `count` is more than 0, for which only the first device is looked at."""
    if _forked:
        raise RuntimeError(FORKED)
    try:
        return platforms.first() is not None
    except DeviceNotFoundError:
        return False


def opened() -> list[Device]:
    """The devices that have been used so far."""
    return list(_devices.values())


def parse(where: object) -> int:
    """The index that ``"opencl"``, ``"opencl:1"``, ``"cpu"`` or an integer means; RuntimeError for other text, as torch."""
    if isinstance(where, int):
        if where < 0:
            raise RuntimeError("Device index must not be negative")
        return where
    if isinstance(where, Device):
        return where.index
    text = str(where)
    match = re.fullmatch(r"([a-z]+)(:(0|[1-9][0-9]*))?", text)
    kind = match[1] if match else text.partition(":")[0]
    if not text:
        raise RuntimeError("Device string must not be empty")
    if kind in OTHERS:
        raise RuntimeError(f"cltorch has no device {text!r}: devices are called opencl:0, opencl:1 ... or cpu")
    if kind not in ("cpu", "opencl"):
        raise RuntimeError(f"Expected one of cpu, opencl device type at start of device string: {kind}")
    if match is None:
        raise RuntimeError(f"Invalid device string: {text!r}")
    if kind == "cpu":
        return _host_device()
    return int(match[3]) if match[3] else _current.index


def _host_device() -> int:
    """The index of the host's own OpenCL device."""
    first = platforms.first()
    if first is not None and first.traits.kind == "cpu":
        return 0
    for index, candidate in enumerate(platforms.usable()):
        if candidate.traits.kind == "cpu":
            return index
    raise DeviceNotFoundError("cpu", platforms.describe())
