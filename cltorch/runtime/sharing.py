"""Memory that several processes see, as buffers of devices that compute where the host's memory lies.

It is a file without a name, so that nothing is left of it when the last process that has it is gone, however it went.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np
import pyopencl as cl

from .device import Device
from .memory import ELSEWHERE, Buffer

_STEP = 1 << 16  # bytes by which a file grows
NOT_SHARED = (
    "share_memory() needs a device that computes in the host's memory, and {} does not: send the state_dict() as NumPy arrays, or save "
    "and load it"
)


class SharedFile:
    """Bytes that other processes may see too. It may be an argument of a new process, and what is pickled for one."""

    def __init__(self, file: int | None = None) -> None:
        self.file = _nameless() if file is None else file
        self._map: mmap.mmap | None = None

    def __reduce__(self) -> Any:
        return _received, (DupFd(self.file),)

    @property
    def identity(self) -> tuple[int, int]:
        """What is equal for all that are the same file, in this process."""
        state = os.fstat(self.file)
        return state.st_dev, state.st_ino

    def bytes(self, nbytes: int) -> memoryview:
        """At least its first ``nbytes`` bytes; it grows to that."""
        if self._map is None or len(self._map) < nbytes:
            if os.fstat(self.file).st_size < nbytes:
                os.ftruncate(self.file, -(-nbytes // _STEP) * _STEP)
            self._map = mmap.mmap(self.file, 0)
        return memoryview(self._map)

    def close(self) -> None:
        """Give it up; what still shows its bytes stays right."""
        self._map = None
        os.close(self.file)


def _nameless() -> int:
    """A new file that has no name, in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("cltorch", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _received(file: Any) -> SharedFile:
    return SharedFile(file.detach())


class HostBuffer(Buffer):
    """A device's buffer over memory of this process: what either writes there the other reads."""

    __slots__ = ("bytes",)

    def __init__(self, device: Device, memory: np.ndarray, nbytes: int) -> None:
        self.bytes = memory.reshape(-1).view(np.uint8)
        flags = cl.mem_flags.READ_WRITE | cl.mem_flags.USE_HOST_PTR
        self.cl = cl.Buffer(device.context, flags, hostbuf=self.bytes)
        self.nbytes, self.place = nbytes, ELSEWHERE

    def __del__(self) -> None:
        """The memory goes by itself."""


class SharedBuffer(HostBuffer):
    """A device's buffer over a shared file: what other processes write there is read, and the other way round."""

    __slots__ = ("file",)

    def __init__(self, device: Device, file: SharedFile, nbytes: int) -> None:
        self.file = file
        super().__init__(device, np.frombuffer(file.bytes(nbytes), np.uint8), nbytes)

    def __del__(self) -> None:
        """Give the file up."""
        self.file.close()


def shares_memory(device: Device) -> bool:
    """Whether the device computes in the host's memory."""
    device.check_process()
    with device.lock:
        device.arena.open()
        return device.arena.host is not None  # it was tried whether both see what the other writes


def shared_buffer(device: Device, nbytes: int) -> SharedBuffer:
    """A new one. RuntimeError if the device does not compute in the host's memory."""
    if not shares_memory(device):
        raise RuntimeError(NOT_SHARED.format(device.name))
    return SharedBuffer(device, SharedFile(), nbytes)


def copy(device: Device, source: Buffer, target: Buffer) -> None:
    """Copy all bytes of a buffer, in the order of the queue; waits for nothing."""
    device.transit.hold(cl.enqueue_copy(device.queue, target.cl, source.cl, byte_count=target.nbytes))
