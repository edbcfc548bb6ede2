"""A kernel object with its range and its bound arguments: what replay enqueues."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyopencl as cl

from ..config import config
from . import trace

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


class Launch:
    """One kernel object of its own. Arguments that never change are set once; the others only when they differ.

    A launch belongs to one plan and runs under its device's lock, so nobody else changes the kernel's arguments.
    ``buffers`` are pairs (argument, place in the plan's memory), ``numbers`` are (argument, position, OpenCL type).
    """

    __slots__ = ("_bound", "_enqueue", "_set", "_set_number", "buffers", "kernel", "name", "numbers")

    def __init__(
        self,
        queue: cl.CommandQueue,
        kernel: cl.Kernel,
        name: str,
        arguments: int,
        size: tuple[int, ...],
        local: tuple[int, ...],
    ) -> None:
        self.kernel = kernel
        self.name = name  # asking the driver for it, or for the number of arguments, takes 0.2 ms
        self.buffers: tuple[tuple[int, int], ...] = ()
        self.numbers: tuple[tuple[int, int, str], ...] = ()
        self._set = kernel.set_arg
        # set_arg takes 7 us for a number, what it calls in the end 0.2 us
        self._set_number = getattr(kernel, "_set_arg_buf", kernel.set_arg)
        self._bound: list[Any] = [None] * arguments
        self._enqueue = _enqueuer(queue, kernel, size, local)

    def fix_number(self, index: int, value: float, ctype: str) -> None:
        """Set argument ``index`` for good to a number of OpenCL type ``ctype``, wrapped or rounded as a C cast does."""
        self._set_number(index, _cast(value, ctype))

    def fix_buffer(self, index: int, memory: cl.Buffer) -> None:
        """Set argument ``index`` for good to a buffer."""
        self._set(index, memory)

    def fix_local_memory(self, index: int, nbytes: int) -> None:
        """Set argument ``index`` for good to local memory."""
        self._set(index, cl.LocalMemory(nbytes))

    def forget(self) -> None:
        """Drop references to buffers, so that the allocator can give them back to the driver."""
        self._bound = [None] * len(self._bound)

    def run(self, memory: Sequence[cl.Buffer], numbers: Sequence[complex]) -> cl.Event:
        """Enqueue the kernel with these buffers and numbers."""
        bound = self._bound
        for index, place in self.buffers:
            buffer = memory[place]
            if bound[index] is not buffer:
                self._set(index, buffer)
                bound[index] = buffer
        for index, position, ctype in self.numbers:
            value, last = numbers[position], bound[index]
            if last is not value and (last != value or not value):  # 0.0 and -0.0 are equal
                self._set_number(index, _cast(value, ctype))
                bound[index] = value
        return self._enqueue()


class TimedLaunch(Launch):
    """A launch that waits for its kernel and shows its time, and what it moves if it touches its buffers once."""

    __slots__ = ("_range",)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._range = f"{arguments[-2]} by {arguments[-1]}"

    def run(self, memory: Sequence[cl.Buffer], numbers: Sequence[complex]) -> cl.Event:
        """Enqueue the kernel, wait, show."""
        started = time.perf_counter()
        event = super().run(memory, numbers)
        event.wait()
        seconds = waited = time.perf_counter() - started
        with contextlib.suppress(cl.Error):
            measured = (event.profile.end - event.profile.start) * 1e-9
            seconds = measured if measured > waited / 1000 else waited  # some drivers' clocks are wrong
        moved = sum({place: memory[place].size for _, place in self.buffers}.values())
        rate, size = moved * 1e-9 / seconds, moved / (1 << 20)
        trace.say(
            2, f"{self.name} {self._range}: {seconds * 1e6:.1f} us, {rate:.2f} GB/s if all {size:.2f} MiB are met"
        )
        return event


new_launch = TimedLaunch if config.debug >= 2 else Launch


def _enqueuer(queue: cl.CommandQueue, kernel: cl.Kernel, size: tuple[int, ...], local: tuple[int, ...]) -> Any:
    enqueue = cl.enqueue_nd_range_kernel
    return lambda: enqueue(queue, kernel, size, local)


def _cast(value: complex, ctype: str) -> np.generic:
    scalar: Any = SCALARS[ctype]
    if issubclass(scalar, np.inexact):
        return scalar(value)
    bits = np.dtype(scalar).itemsize * 8
    wrapped = int(value.real) & ((1 << bits) - 1)
    if issubclass(scalar, np.signedinteger) and wrapped >> (bits - 1):
        wrapped -= 1 << bits
    return scalar(wrapped)
