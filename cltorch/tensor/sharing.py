"""Tensors that several processes use: their memory is shared, and what one process writes the others read."""

from __future__ import annotations

from multiprocessing.reduction import ForkingPickler
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from ..dtypes import dtype as DType
from ..graph.meta import Meta
from ..graph.record import recorder
from ..graph.sharing import attach, buffer_of
from ..graph.storage import Storage
from ..graph.value import Value
from ..graph.view import View
from ..runtime.sharing import SharedBuffer, SharedFile, shared_buffer
from .device_names import resolve_device

if TYPE_CHECKING:
    from ..runtime.device import Device
    from .tensor import Tensor

_KNOWN: WeakValueDictionary[tuple[int, int], Storage] = WeakValueDictionary()  # by file, so that one is one storage


class Sharing:
    """Methods of Tensor about memory that is shared between processes."""

    __slots__ = ()

    def share_memory_(self: Tensor) -> Tensor:
        """Move the storage into memory that other processes see when the tensor is sent to them, as an argument of a process or through a
        queue. They see what is written when the writer's next optimizer step, read or `synchronize` has run it.

        RuntimeError on a device with memory of its own. See torch.Tensor.share_memory_.
        """
        cell = self._storage.cell
        if buffer_of(cell) is None and cell.nbytes:
            device = self._meta.device
            elements = self.detach()._whole()._host().reshape(-1).view(np.uint8)
            buffer = shared_buffer(device, cell.nbytes)
            buffer.bytes[: cell.nbytes] = elements
            attach(cell, device, buffer)
            _KNOWN[buffer.file.identity] = cell
        return self

    def is_shared(self: Tensor) -> bool:
        """Whether the storage lies in memory that other processes may see."""
        return buffer_of(self._storage) is not None


def reduced(tensor: Tensor) -> Any:
    """How a tensor is sent to another process: shared memory as itself, everything else by its elements."""
    buffer = buffer_of(tensor._storage)
    if buffer is None:
        return tensor.__reduce_ex__(2)
    _settle(tensor._meta.device)
    view = tensor._meta.view
    geometry = (view.shape, view.strides, view.offset)
    return shared, (type(tensor), buffer.file, buffer.nbytes, tensor._meta.dtype, tensor.requires_grad, geometry)


def _settle(device: Device) -> None:
    """Let everything recorded lie in memory."""
    recorder(device).flush()
    device.synchronize()


def shared(cls: Any, file: SharedFile, nbytes: int, dtype: DType, requires_grad: bool, geometry: Any) -> Any:
    """A tensor in another process's shared memory, on the current device."""
    device = resolve_device(None)
    cell = _KNOWN.get(file.identity)
    if cell is None:
        buffer = SharedBuffer(device, file, nbytes)
        cell = _KNOWN[file.identity] = Storage(Value(None, ()), nbytes)
        attach(cell, device, buffer)
        Finalize(cell, _settle, (device,), exitpriority=1)  # what the process leaves pending at its end is written too
    else:
        file.close()
    tensor = cls._made(cell, Meta.of(View.of(*geometry), dtype, device), None)
    return cls._make_subclass(cls, tensor, requires_grad)


def register(cls: type) -> None:
    """Let tensors of a class be sent by `reduced`."""
    ForkingPickler.register(cls, reduced)
