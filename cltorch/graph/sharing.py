"""Storages whose numbers other processes, or other libraries, see. What is recorded for one is written there when a flush is over."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..runtime import sharing
from .storage import Storage
from .value import Value

if TYPE_CHECKING:
    from ..runtime.device import Device
    from ..runtime.sharing import HostBuffer

SHARED: WeakKeyDictionary[Storage, tuple[Device, Value]] = WeakKeyDictionary()
"""The shared storages of this process: their device, and the value that is the shared memory. That one has a pin more, so no plan
writes anything else there."""

PUBLISHING: list[bool] = []
"""Not empty once anything was shared: flushes need not ask before."""


def attach(storage: Storage, device: Device, buffer: HostBuffer) -> None:
    """Let the numbers of a storage be those of shared memory."""
    value = Value.computed(buffer)
    storage.value.pins -= 1
    storage.value = value
    value.pins += 1
    SHARED[storage] = device, value
    if not PUBLISHING:
        PUBLISHING.append(True)


def buffer_of(storage: Storage) -> HostBuffer | None:
    """The shared memory of a storage; None if it has none."""
    found = SHARED.get(storage.cell)
    return None if found is None else found[1].buffer  # type: ignore[return-value]


def publish(device: Device) -> None:
    """Write what shared storages of a device have become since the last time, where it is computed, into their memory."""
    for storage, (where, shared) in list(SHARED.items()):
        value = storage.value
        if where is device and value is not shared and value.buffer is not None:
            sharing.copy(device, value.buffer, shared.buffer)  # type: ignore[arg-type]
            shared.pins += 1
            value.pins -= 1
            storage.value = shared
