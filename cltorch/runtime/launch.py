"""A kernel object with its range and its bound arguments: what replay enqueues."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl

SCALARS = {
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
    "float": np.float32,
    "double": np.float64,
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
}


class Launch:
    """One kernel object of its own. Arguments that do not change are set once; the others only when they differ.

    A launch belongs to one plan and runs under its device's lock, so nobody else changes the kernel's arguments.
    """

    __slots__ = ("_bound", "_enqueue", "_local", "_set", "_size", "kernel", "name")

    def __init__(
        self, queue: cl.CommandQueue, kernel: cl.Kernel, size: tuple[int, ...], local: tuple[int, ...]
    ) -> None:
        self.kernel = kernel
        self.name: str = kernel.function_name
        self._set = kernel.set_arg
        self._size = size
        self._local = local
        self._bound: dict[int, Any] = {}
        self._enqueue = _enqueuer(queue, kernel, size, local)

    def scalar(self, index: int, value: float, ctype: str) -> None:
        """Set argument ``index`` to a number of OpenCL type ``ctype``, wrapped or rounded as a C cast does."""
        key = (value, value.__class__)
        if self._bound.get(index) != key:
            self._set(index, _cast(value, ctype))
            self._bound[index] = key

    def buffer(self, index: int, memory: cl.Buffer | None) -> None:
        """Set argument ``index`` to a buffer; the same object as last time costs a comparison only."""
        bound = self._bound
        if bound.get(index, self) is not memory:
            self._set(index, memory)
            bound[index] = memory

    def local_memory(self, index: int, nbytes: int) -> None:
        """Set argument ``index`` to local memory."""
        self._set(index, cl.LocalMemory(nbytes))

    def forget(self) -> None:
        """Drop references to buffers, so that the allocator can give them back to the driver."""
        self._bound.clear()

    def run(self) -> cl.Event:
        """Enqueue the kernel."""
        return self._enqueue()


def _enqueuer(queue: cl.CommandQueue, kernel: cl.Kernel, size: tuple[int, ...], local: tuple[int, ...]) -> Any:
    enqueue = cl.enqueue_nd_range_kernel
    return lambda: enqueue(queue, kernel, size, local)


def _cast(value: float, ctype: str) -> np.generic:
    scalar: Any = SCALARS[ctype]
    if issubclass(scalar, np.floating):
        return scalar(value)
    bits = np.dtype(scalar).itemsize * 8
    wrapped = int(value) & ((1 << bits) - 1)
    if issubclass(scalar, np.signedinteger) and wrapped >> (bits - 1):
        wrapped -= 1 << bits
    return scalar(wrapped)
