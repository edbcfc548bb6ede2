"""Numbers between the host and a device, within a device, and from device to device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyopencl as cl

from .memory import Buffer

if TYPE_CHECKING:
    from .device import Device


def upload(device: Device, array: np.ndarray) -> Buffer:
    """A buffer with a copy of the array's elements in row-major order. Later changes of the array do not show."""
    device.check_process()
    kept = np.array(array, order="C", copy=True)  # alive until the device has read it: the event holds it
    with device.lock:
        buffer = device.allocate(kept.nbytes)
        if kept.nbytes:
            cl.enqueue_copy(device.queue, buffer.cl, kept, is_blocking=False)
    return buffer


def download(device: Device, buffer: Buffer, kind: np.dtype, numel: int) -> np.ndarray:
    """The first ``numel`` elements as a new array; waits, and raises faults that kernels have met before."""
    device.check_process()
    array = np.empty(numel, kind)
    with device.lock:
        words = None
        if device.fault_armed:
            device.fault_armed = False
            words = np.zeros(4, np.int32)
            cl.enqueue_copy(device.queue, words, device.fault, is_blocking=not numel)
        if numel:
            cl.enqueue_copy(device.queue, array, buffer.cl)
        if words is not None:
            device.raise_fault(words)
    return array


def copy_within(device: Device, source: Buffer, target: Buffer, nbytes: int) -> None:
    """Copy the first bytes of one buffer to another of the same device."""
    if nbytes:
        cl.enqueue_copy(device.queue, target.cl, source.cl, byte_count=nbytes)


def part(device: Device, buffer: Buffer, start: int, nbytes: int) -> Buffer:
    """Bytes ``start`` to ``start + nbytes`` of a buffer as one of their own, for reading only: a sub-buffer where ``start``
    is aligned as the device wants it, else a copy."""
    if start % device.traits.base_alignment == 0:
        return buffer.part(start, nbytes)
    copied = device.allocate(nbytes)
    cl.enqueue_copy(device.queue, copied.cl, buffer.cl, byte_count=nbytes, src_offset=start)
    return copied
