"""Numbers between the host and a device, within a device, and from device to device."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, Any

import numpy as np
import pyopencl as cl

from ..errors import from_driver
from .memory import ELSEWHERE, Buffer

if TYPE_CHECKING:
    from .device import Device


def upload(device: Device, array: np.ndarray, is_own: bool = False) -> Buffer:
    """A buffer with a copy of the array's elements in row-major order; waits for nothing. Later changes of the array do not
    show; one that ``is_own``, which nobody changes until `last_upload` is done, is read where it lies."""
    device.check_process()
    kept = array if is_own and array.flags.c_contiguous else copied(array)
    with device.lock:
        buffer = device.allocate(kept.nbytes)
        if kept.nbytes:
            try:
                event = cl.enqueue_copy(device.queue, buffer.cl, kept, is_blocking=False)
            except cl.Error as error:
                raise from_driver(error, device.name) from error
            device.transit.hold(event)
    return buffer


def last_upload(device: Device) -> Any:
    """The event of the last upload of which it is not known yet that the device has read it; None where there is none."""
    with device.lock:
        uploads = device.transit.uploads
        return uploads[-1] if uploads else None


def copied(array: np.ndarray) -> np.ndarray:
    """The array's elements in row-major order, in memory of their own."""
    return np.array(array, order="C", copy=True)


def stretch(array: np.ndarray, kind: np.dtype, numel: int, start: int) -> np.ndarray:
    """``numel`` elements from byte ``start`` on, as a new array."""
    nbytes = numel * kind.itemsize
    return array.reshape(-1).view(np.uint8)[start : start + nbytes].copy().view(kind)


def download(device: Device, buffer: Buffer, kind: np.dtype, numel: int, start: int = 0) -> np.ndarray:
    """``numel`` elements from byte ``start`` on, as a new array; waits, and raises faults that kernels have met before."""
    device.check_process()
    if buffer.place != ELSEWHERE and device.arena.host is not None:
        device.synchronize()
        start += buffer.place
        return device.arena.host[start : start + numel * kind.itemsize].view(kind).copy()
    array = np.empty(numel, kind)
    words = None
    me = get_ident()
    try:
        noted = device.transit.begin()
        with device.lock:
            event = None
            if device.fault_armed:
                device.fault_armed = False
                words = np.zeros(4, np.int32)
                event = cl.enqueue_copy(device.queue, words, device.fault, is_blocking=False)
            if numel:
                event = cl.enqueue_copy(device.queue, array, buffer.cl, src_offset=start, is_blocking=False)
            device.transit.waiting.add(me)
        if event is not None:
            event.wait()  # others may use the queue meanwhile
            device.transit.end(noted)
    except cl.Error as error:
        raise from_driver(error, device.name) from error
    finally:
        device.transit.waiting.discard(me)
    if words is not None:
        device.raise_fault(words)
    return array


def element(device: Device, buffer: Buffer, kind: np.dtype, start: int) -> Any:
    """The element at byte ``start`` of a buffer, as a number of Python's; waits, as `download` does."""
    seen = device.arena.elements(kind)
    if seen is None or buffer.place == ELSEWHERE:
        return download(device, buffer, kind, 1, start).item()
    device.check_process()
    if device.fault_armed or not device.transit.is_idle:
        device.synchronize()
    return seen.item((buffer.place + start) // kind.itemsize)


def part(device: Device, buffer: Buffer, start: int, nbytes: int) -> Buffer:
    """Bytes ``start`` to ``start + nbytes`` of a buffer as one of their own, for reading only: a sub-buffer where ``start``
    is aligned as the device wants it, else a copy."""
    if start % device.traits.base_alignment == 0:
        return buffer.part(start, nbytes)
    copied = device.allocate(nbytes)
    device.transit.hold(cl.enqueue_copy(device.queue, copied.cl, buffer.cl, byte_count=nbytes, src_offset=start))
    return copied
