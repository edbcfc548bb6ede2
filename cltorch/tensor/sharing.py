"""Tensors that several processes, or several libraries, use: their memory is shared, and what one writes the others read."""

from __future__ import annotations

from multiprocessing.reduction import ForkingPickler
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from ..dtypes import dtype as DType
from ..dtypes import from_numpy_dtype
from ..graph.meta import Meta
from ..graph.record import recorder
from ..graph.sharing import attach, buffer_of
from ..graph.storage import Storage
from ..graph.value import Value
from ..graph.view import View
from ..ops.rules import need_dtype
from ..runtime.sharing import HostBuffer, SharedBuffer, SharedFile, shared_buffer, shares_memory
from .device_names import resolve_device
from .host_data import spanned

if TYPE_CHECKING:
    from ..runtime.device import Device
    from .tensor import Tensor

_KNOWN: WeakValueDictionary[tuple[int, int], Storage] = WeakValueDictionary()  # by file, so that one is one storage


_APART = "{} does not compute in the host's memory: use copy=None or copy=True"


class Sharing:
    """Methods of Tensor about memory that is shared between processes."""

    __slots__ = ()

    def share_memory_(self: Tensor) -> Tensor:
        """Move the storage into memory that other processes see when the tensor is sent to them, as an argument of a process or through a
        queue. They see what is written when the writer's next optimizer step, read or `synchronize` has run it.

        RuntimeError on a device with memory of its own. See torch.Tensor.share_memory_.
        """
        cell = self._storage.cell
        if not self.is_shared() and cell.nbytes:
            buffer = shared_buffer(self._cl_meta.device, cell.nbytes)
            self._move_into(buffer)
            _KNOWN[buffer.file.identity] = cell
        return self

    def _move_into(self: Tensor, buffer: HostBuffer) -> None:
        """Let the storage lie in memory that others see."""
        cell = self._storage.cell
        buffer.bytes[: cell.nbytes] = self.detach()._whole()._host().reshape(-1).view(np.uint8)
        attach(cell, self._cl_meta.device, buffer)

    def is_shared(self: Tensor) -> bool:
        """Whether the storage lies in memory that other processes may see."""
        return isinstance(buffer_of(self._storage), SharedBuffer)


def reduced(tensor: Tensor) -> Any:
    """How a tensor is sent to another process: shared memory as itself, everything else by its elements."""
    buffer = buffer_of(tensor._storage)
    if not isinstance(buffer, SharedBuffer):
        return tensor.__reduce_ex__(2)
    settle(tensor._cl_meta.device)
    view = tensor._cl_meta.view
    geometry = (view.shape, view.strides, view.offset)
    return shared, (type(tensor), buffer.file, buffer.nbytes, tensor._cl_meta.dtype, tensor.requires_grad, geometry)


def over(cls: Any, array: np.ndarray, device: Device) -> Tensor:
    """A tensor (``cls`` makes it) in the memory of an array; BufferError where that cannot be."""
    kind = from_numpy_dtype(array.dtype)
    need_dtype(device, kind)
    if not shares_memory(device):
        raise BufferError(_APART.format(device.name))
    strides, flat = spanned(array)
    if not (array.flags.writeable and array.flags.aligned and (flat is not array or array.flags.c_contiguous)):
        raise BufferError("memory that is read-only, not aligned, or mostly others' cannot be shared: use copy=None")
    if not flat.nbytes:
        return cls._from_array(array, kind, device)  # type: ignore[no-any-return]
    storage = Storage(Value(None, ()), flat.nbytes)
    attach(storage, device, HostBuffer(device, flat, flat.nbytes))
    view = View.dense(array.shape) if flat is array else View.of(array.shape, strides, 0)
    return cls._made(storage, Meta.of(view, kind, device), None)  # type: ignore[no-any-return]


def shown(tensor: Tensor) -> np.ndarray:
    """An array over the memory of a tensor, whose storage moves to where that can be; BufferError where it cannot."""
    meta, cell = tensor._cl_meta, tensor._storage.cell
    if not shares_memory(meta.device):
        raise BufferError(_APART.format(meta.device.name))
    if not cell.nbytes:
        return tensor.numpy()
    if buffer_of(cell) is None:
        tensor._move_into(HostBuffer(meta.device, np.empty(cell.nbytes, np.uint8), cell.nbytes))
    settle(meta.device)
    size = meta.dtype.itemsize
    memory: Any = buffer_of(cell).bytes  # type: ignore[union-attr]
    return np.ndarray(meta.shape, meta.dtype.np, memory, meta.view.offset * size, [s * size for s in meta.view.strides])


def settle(device: Device) -> None:
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
        Finalize(cell, settle, (device,), exitpriority=1)  # what the process leaves pending at its end is written too
    else:
        file.close()
    tensor = cls._made(cell, Meta.of(View.of(*geometry), dtype, device), None)
    return cls._make_subclass(cls, tensor, requires_grad)


def register(cls: type) -> None:
    """Let tensors of a class be sent by `reduced`."""
    ForkingPickler.register(cls, reduced)
