"""A kernel with its range and its arguments: what a plan enqueues, as steps that run without Python code between them."""

from __future__ import annotations

import contextlib
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyopencl as cl

from ..config import config
from . import trace
from .staging import Staging

if TYPE_CHECKING:
    from .device import Device
    from .staging import Seat

SCALARS = {
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
    "float": np.float32,
    "double": np.float64,
    "float2": np.complex64,
    "double2": np.complex128,
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
}

DriverError = cl.Error
Step = partial[Any]
RUN = partial.__call__  # calls a step from C
NOTHING: Step = partial(int)
STEPS = 3  # of every launch and copy: buffers, numbers, the command itself
_new = object.__new__


class Launch:
    """One call of a kernel: ``buffers`` are pairs (argument, place in the plan's memory), ``constants`` numbers that never
    change as (argument, value, OpenCL type), ``numbers`` are (argument, position among the batch's numbers, OpenCL type).

    Kernel objects are shared by all launches of a kernel on a device, so every run sets all arguments, by one call each
    for buffers and numbers. That takes place under the device's lock.
    """

    __slots__ = ("_changing", "_enqueue", "_flat", "_numbers", "_pick", "_set_buffers", "_set_numbers", "name")

    def __init__(
        self,
        queue: cl.CommandQueue,
        kernel: cl.Kernel,
        name: str,
        size: tuple[int, ...],
        local: tuple[int, ...],
        buffers: Sequence[tuple[int, int]],
        constants: Sequence[tuple[int, complex, str]] = (),
        numbers: Sequence[tuple[int, int, str]] = (),
        counting: int = 0,
    ) -> None:
        self.name = name
        # The pool that `run` gets has the numbers of arguments in front, so that one look-up gives (0, buffer, 1, buffer ...)
        self._pick = (
            itemgetter(*(k for index, place in buffers for k in (index, counting + place))) if buffers else None
        )
        self._set_buffers = kernel._set_arg_multi
        self._set_numbers = kernel._set_arg_buf_multi
        self._flat: list[Any] = []
        for index, value, ctype in constants:
            self._flat += (index, cast(value, ctype))
        self._changing: list[tuple[int, int, str]] = []  # where in the flat list, which number, its type
        for index, position, ctype in numbers:
            self._flat += (index, None)
            self._changing.append((len(self._flat) - 1, position, ctype))
        self._numbers: Step = partial(self._set_numbers, tuple(self._flat)) if self._flat else NOTHING
        self._enqueue = partial(cl.enqueue_nd_range_kernel, queue, kernel, size, local)

    def copied(self) -> Launch:
        """The same launch as another object."""
        launch = _new(self.__class__)
        launch.name, launch._pick, launch._flat, launch._changing = self.name, self._pick, self._flat, self._changing
        launch._set_buffers, launch._set_numbers = self._set_buffers, self._set_numbers
        launch._numbers, launch._enqueue = self._numbers, self._enqueue
        return launch

    def resized(self, constants: Sequence[tuple[int, complex, str]], size: tuple[int, ...]) -> Launch:
        """The same launch with another range and some other constants: (which, value, OpenCL type)."""
        launch = self.copied()
        if constants:
            launch._flat = self._flat.copy()
            for k, value, ctype in constants:
                launch._flat[2 * k + 1] = cast(value, ctype)
            launch._numbers = partial(self._set_numbers, tuple(launch._flat))
        queue, kernel, _, local = self._enqueue.args
        launch._enqueue = partial(self._enqueue.func, queue, kernel, size, local)
        return launch

    def moved(self, queue: cl.CommandQueue, kernel: cl.Kernel) -> Launch:
        """The same launch in another queue, of the kernel that was built for its device."""
        launch = self.copied()
        launch._set_buffers, launch._set_numbers = kernel._set_arg_multi, kernel._set_arg_buf_multi
        if self._flat:
            launch._numbers = partial(launch._set_numbers, tuple(self._flat))
        launch._enqueue = partial(self._enqueue.func, queue, kernel, *self._enqueue.args[2:])
        return launch

    def run(self, pool: Sequence[Any], numbers: Sequence[Any]) -> tuple[Step, Step, Step]:
        """The steps that run the kernel once, with the buffers of ``pool`` and these numbers."""
        set_buffers = NOTHING if self._pick is None else partial(self._set_buffers, self._pick(pool))
        enqueue = self._enqueue if trace.listener is None else partial(trace.listener, self._enqueue, self.name)
        if not self._changing:
            return set_buffers, self._numbers, enqueue
        flat = self._flat.copy()
        for at, position, ctype in self._changing:
            flat[at] = cast(numbers[position], ctype)
        return set_buffers, partial(self._set_numbers, tuple(flat)), enqueue


class TimedLaunch(Launch):
    """A launch that waits for its kernel and shows its time, and what it moves if it touches its buffers once."""

    __slots__ = ("_places", "_range")

    def __init__(self, queue: cl.CommandQueue, kernel: cl.Kernel, name: str, *rest: Any, **more: Any) -> None:
        super().__init__(queue, kernel, name, *rest, **more)
        self._range = f"{rest[0]} by {rest[1]}"
        self._places = {place for _, place in rest[2]}

    def copied(self) -> Launch:
        """As `Launch.copied`."""
        launch: Any = super().copied()
        launch._range, launch._places = self._range, self._places
        return launch  # type: ignore[no-any-return]

    def resized(self, constants: Sequence[tuple[int, complex, str]], size: tuple[int, ...]) -> Launch:
        """As `Launch.resized`."""
        launch: Any = super().resized(constants, size)
        launch._range = f"{size} by {self._enqueue.args[3]}"
        return launch  # type: ignore[no-any-return]

    def run(self, pool: Sequence[Any], numbers: Sequence[Any]) -> tuple[Step, Step, Step]:
        """As `Launch.run`, with a command that waits and shows."""
        set_buffers, set_numbers, enqueue = super().run(pool, numbers)
        count = len(pool) - sum(1 for item in pool if isinstance(item, cl.Buffer))
        moved = sum(pool[count + place].size for place in self._places)
        return set_buffers, set_numbers, partial(self._show, enqueue, moved)

    def _show(self, enqueue: Step, nbytes: int) -> cl.Event:
        started = time.perf_counter()
        event = enqueue()
        event.wait()
        seconds = waited = time.perf_counter() - started
        with contextlib.suppress(cl.Error):
            measured = (event.profile.end - event.profile.start) * 1e-9
            seconds = measured if measured > waited / 1000 else waited  # some drivers' clocks are wrong
        rate, size = nbytes * 1e-9 / seconds, nbytes / (1 << 20)
        trace.say(
            2, f"{self.name} {self._range}: {seconds * 1e6:.1f} us, {rate:.2f} GB/s if all {size:.2f} MiB are met"
        )
        return event


new_launch = TimedLaunch if config.debug >= 2 else Launch


class Way(NamedTuple):
    """The tape's kernel in one of two queues: what sets its buffers and where a tape begins, what comes before that, and what enqueues it."""

    set_buffers: Callable[..., None]
    set_start: Callable[..., None]
    before: tuple[Step, ...]
    enqueue: Step


class TapeLaunch:
    """The tape's kernel (see `kernels.tape`), which each run gives other words. Nobody else launches it, so arguments that stay
    are set once.

    Words lie where the host writes them, if it shares memory with the device. Else they go into a new buffer: that costs less than a
    copy into an old one, for which the queue would have to wait. A tape in the near queue is done when its last event is, at once: one that somebody waits for
    goes there, or any where the other queue would wake a thread for it, unless that has something to do already.
    """

    __slots__ = ("_device", "_far", "_group", "_near", "drained", "name", "staging")

    def __init__(self, device: Device, name: str, group: int) -> None:
        self.name = name
        self.drained = 0  # how often a tape had to wait since it had no kernel but that of the near queue
        self._device = device
        self._group = group
        self._far: Way | None = None
        self._near: Way | None = None
        device.arena.open()
        self.staging = Staging(device) if device.arena.host is not None else None

    def add(self, kernel: cl.Kernel, is_near: bool) -> None:
        """Have a kernel for the device itself, which its near queue takes too if that has no device of its own, or for the latter."""
        device = self._device
        arena = device.arena.open()
        kernel._set_arg_multi((0, arena, 1, arena, 2, device.fault))
        kernel._set_arg_buf(3, np.int32(0))
        if not is_near:
            self._far = self._way(kernel, device.queue)
        if device.near is not None and is_near == device.has_near_device:
            self._near = self._way(kernel, device.near)

    def _way(self, kernel: cl.Kernel, queue: cl.CommandQueue) -> Way:
        enqueue = partial(cl.enqueue_nd_range_kernel, queue, kernel, (self._group,), (self._group,))
        if config.debug >= 2:
            enqueue = partial(self._show, enqueue)
        before = (partial(self._device.drain),) if queue is self._device.near else ()
        return Way(kernel._set_arg_multi, kernel._set_arg_buf, before, enqueue)

    def run(self, words: array[int], is_awaited: bool) -> tuple[tuple[Step, ...], bool] | None:
        """The steps that run these words, the last of which gives an event, and whether that is done at once; None if there is no room for them."""
        device, way, near = self._device, self._far, self._near
        is_near = False
        before: tuple[Step, ...] = ()
        if near is not None:
            is_idle = device.transit.is_idle
            if way is None or (is_idle and (is_awaited or device.has_near_device)):
                way, is_near = near, True
                if not is_idle:
                    before = near.before
                    self.drained += 1
        staging = self.staging
        if staging is not None:
            place = staging.put_words(words)
            if place is None:
                return None
            word = place >> 2
        else:
            before, word = (*before, self._put(way, words)), 0  # type: ignore[arg-type]
        return (*before, _begin(way, word), self._enqueue(way)), is_near  # type: ignore[arg-type]

    def _enqueue(self, way: Way) -> Step:
        """The step that enqueues the kernel; a profiler is told."""
        return way.enqueue if trace.listener is None else partial(trace.listener, way.enqueue, self.name)

    def seat(self, words: array[int]) -> tuple[Seat, tuple[Step, Step]] | None:
        """A place where words of a tape stay, and the steps that run them in the near queue, which the other has to leave to it; None where there is no
        such place."""
        near, staging = self._near, self.staging
        seat = None if near is None or staging is None else staging.seat(words)
        return None if seat is None else (seat, (_begin(near, seat.word), near.enqueue))  # type: ignore[arg-type, union-attr]

    def once(self, words: array[int]) -> tuple[Step, Step] | None:
        """The steps that run these words in the near queue, which the other has to leave to it; None where there is no such queue, or no room."""
        near, staging = self._near, self.staging
        place = None if near is None or staging is None else staging.put_words(words)
        return None if place is None else (_begin(near, place >> 2), near.enqueue)  # type: ignore[arg-type, union-attr]

    def several(self, words: array[int], starts: Sequence[int]) -> list[Step] | None:
        """The steps, `STEPS` each, that run the tapes which begin at these words in the device's own queue; None if there is no kernel for that
        yet, or no room for them."""
        way = self._far
        staging = self.staging
        place = 0 if staging is None else staging.put_words(words)
        if way is None or place is None:
            return None
        first = self._put(way, words) if staging is None else NOTHING
        steps: list[Step] = []
        for start in starts:
            steps += (first, _begin(way, (place >> 2) + start), self._enqueue(way))
        return steps

    def _put(self, way: Way, words: array[int]) -> Step:
        """The step that has a tape read these words, where the host shares no memory with the device."""
        flags = cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR
        return partial(way.set_buffers, (1, cl.Buffer(self._device.context, flags, hostbuf=words)))

    def _show(self, enqueue: Step) -> cl.Event:
        started = time.perf_counter()
        event = enqueue()
        event.wait()
        trace.say(2, f"{self.name}: {(time.perf_counter() - started) * 1e6:.1f} us")
        return event


def _begin(way: Way, word: int) -> Step:
    """The step that has a tape begin at a word."""
    return partial(way.set_start, 3, word.to_bytes(4, sys.byteorder))


def copy_steps(queue: cl.CommandQueue, source: cl.Buffer, target: cl.Buffer, nbytes: int) -> tuple[Step, Step, Step]:
    """The steps of a copy from one buffer to another."""
    copy = partial(cl.enqueue_copy, queue, target, source, byte_count=nbytes) if nbytes else NOTHING
    return NOTHING, NOTHING, copy


def cast(value: complex, ctype: str) -> np.generic:
    """A number as one of OpenCL type ``ctype``, wrapped or rounded as a C cast does."""
    scalar: Any = SCALARS[ctype]
    if issubclass(scalar, np.inexact):
        return scalar(value)
    try:
        return scalar(value)
    except (OverflowError, TypeError):
        bits = np.dtype(scalar).itemsize * 8
        wrapped = int(value.real) & ((1 << bits) - 1)
        if issubclass(scalar, np.signedinteger) and wrapped >> (bits - 1):
            wrapped -= 1 << bits
        return scalar(wrapped)
