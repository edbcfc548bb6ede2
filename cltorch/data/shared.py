"""Batches on their way from a worker to the main process: pickled into memory that both see, with the elements of tensors behind."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

from ..autograd.modes import no_grad
from ..dtypes import dtype as DType
from ..graph.view import View
from ..runtime.host import HOST
from ..runtime.sharing import SharedFile
from ..tensor.device_names import resolve_device
from ..tensor.tensor import Tensor
from .host import array_of

NOT_A_LEAF = (
    "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support crossing process "
    "boundaries.  If you just want to transfer the data, call detach() on the tensor before serializing (e.g., putting it on the "
    "queue)."
)
Sizes = tuple[int, ...]


class Slot(SharedFile):
    """Memory shared with another process, for one batch at a time; it grows as batches do."""

    def __reduce__(self) -> Any:
        return _received, (SharedFile(self.file),)

    def put(self, thing: Any) -> Sizes:
        """Write anything that can be pickled, and return what `get` needs to know."""
        buffers: list[pickle.PickleBuffer] = []
        head = io.BytesIO()
        _Pickler(head, buffers).dump(thing)
        parts = [head.getbuffer(), *(buffer.raw() for buffer in buffers)]
        sizes = tuple(part.nbytes for part in parts)
        room, at = self.bytes(sum(map(_padded, sizes))), 0
        for part, size in zip(parts, sizes, strict=True):
            room[at : at + size] = part
            at += _padded(size)
        return sizes

    def get(self, sizes: Sizes) -> Any:
        """What was written; tensors lie on the current device, and nothing shows this memory any more."""
        room, at, parts = self.bytes(sum(map(_padded, sizes))), 0, []
        for size in sizes:
            parts.append(room[at : at + size])
            at += _padded(size)
        return pickle.loads(parts[0], buffers=parts[1:])


def _padded(size: int) -> int:
    return -(-size // 64) * 64


def _received(memory: SharedFile) -> Slot:
    return Slot(memory.file)


class _Pickler(pickle.Pickler):
    """Leaves the elements of the host's tensors to ``buffers``; everything else is pickled as it always is."""

    def __init__(self, file: Any, buffers: list[pickle.PickleBuffer]) -> None:
        super().__init__(file, 5, buffer_callback=self._is_other)
        self.buffers = buffers

    def _is_other(self, buffer: pickle.PickleBuffer) -> bool:
        """Whether a buffer is none of ours, and stays in the pickle."""
        return not any(buffer is mine for mine in self.buffers)

    def reducer_override(self, thing: Any) -> Any:
        """How a tensor of the host is pickled."""
        if not isinstance(thing, Tensor) or thing._cl_meta.device is not HOST:
            return NotImplemented
        if thing.requires_grad and not thing.is_leaf:
            raise RuntimeError(NOT_A_LEAF)
        with no_grad():
            seen = thing if thing._cl_meta.view.is_dense else thing.contiguous()
        view, dtype = seen._cl_meta.view, seen._cl_meta.dtype
        start = view.offset * dtype.itemsize
        flat = array_of(seen._storage.value).reshape(-1).view(np.uint8)
        elements: Any = flat[start : start + view.numel * dtype.itemsize]
        buffer = pickle.PickleBuffer(elements)
        self.buffers.append(buffer)
        more = {name: value for name, value in vars(thing).items() if not name.startswith("_")}
        return rebuilt, (type(thing), buffer, dtype, thing.requires_grad, view.shape, view.strides, more)


def rebuilt(
    cls: Any,
    elements: Any,
    dtype: DType,
    requires_grad: bool,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    more: dict[str, Any],
) -> Any:
    """A tensor with a copy of elements that came from another process, on the current device."""
    array = np.frombuffer(elements, np.uint8).view(dtype.np)
    whole = Tensor._from_array(array, dtype, resolve_device(None))
    tensor = whole._see(View.of(shape, strides, 0))
    if cls is not Tensor or requires_grad:
        tensor = cls._make_subclass(cls, tensor, requires_grad)
        vars(tensor).update(more)
    return tensor
