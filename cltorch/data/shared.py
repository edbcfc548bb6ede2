"""Batches on their way from a worker to the main process: pickled into memory that both see, with the elements of tensors behind."""

from __future__ import annotations

import io
import pickle
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..autograd.modes import no_grad
from ..dtypes import dtype as DType
from ..graph.view import View
from ..runtime.host import HOST
from ..runtime.sharing import SharedFile
from ..runtime.transfer import last_upload
from ..tensor.device_names import resolve_device
from ..tensor.tensor import Tensor
from .host import LARGE, LENDERS, array_of

NOT_A_LEAF = (
    "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support crossing process "
    "boundaries.  If you just want to transfer the data, call detach() on the tensor before serializing (e.g., putting it on the "
    "queue)."
)
Sizes = tuple[tuple[int, int], ...]


class Loan(NamedTuple):
    """Bytes of a slot that a worker makes a batch in: where they lie, in the slot and in memory, and the array, while somebody has it."""

    start: int
    nbytes: int
    address: int
    array: weakref.ref[np.ndarray]


class Slot(SharedFile):
    """Memory shared with another process, for one batch at a time; it grows as batches do."""

    def __init__(self, file: int | None = None) -> None:
        super().__init__(file)
        self.loans: list[Loan] = []
        self.lock = threading.Lock()
        self.reading: Any = None  # the event of a device's upload from here

    def __reduce__(self) -> Any:
        return _received, (SharedFile(self.file),)

    @contextmanager
    def lending(self) -> Iterator[None]:
        """A block in which batches are made in this memory. What the program still has of earlier ones stays as it is."""
        self.loans = [loan for loan in self.loans if loan.array() is not None]
        LENDERS.append(self.lend)
        try:
            yield
        finally:
            LENDERS.pop()

    def lend(self, nbytes: int) -> np.ndarray:
        """Bytes for elements, behind those that were lent before."""
        with self.lock:
            start = self._free()
            array = np.frombuffer(self.bytes(start + nbytes), np.uint8, nbytes, start)
            self.loans.append(Loan(start, nbytes, _address(array), weakref.ref(array)))
            return array

    def _free(self) -> int:
        return max((loan.start + _padded(loan.nbytes) for loan in self.loans), default=0)

    def _place(self, part: memoryview) -> int | None:
        """Where a part of a batch lies that was made here."""
        address = _address(np.frombuffer(part, np.uint8))
        for loan in self.loans:
            if 0 <= address - loan.address < loan.nbytes:
                return loan.start + address - loan.address
        return None

    def put(self, thing: Any) -> Sizes:
        """Write anything that can be pickled, and return what `get` needs to know: where the parts begin and how long they are."""
        buffers: list[pickle.PickleBuffer] = []
        head = io.BytesIO()
        _Pickler(head, buffers).dump(thing)
        parts = [head.getbuffer(), *(buffer.raw() for buffer in buffers)]
        sizes: list[tuple[int, int]] = []
        lent = behind = self._free()
        for part in parts:
            place = self._place(part) if self.loans and part.nbytes else None
            sizes.append((behind if place is None else place, part.nbytes))
            behind += _padded(part.nbytes) if place is None else 0
        room = self.bytes(behind)
        for part, (start, size) in zip(parts, sizes, strict=True):
            if start >= lent:
                room[start : start + size] = part
        return tuple(sizes)

    def get(self, sizes: Sizes) -> Any:
        """What was written; tensors lie on the current device, which reads large ones here until `settle`."""
        room = self.bytes(max(start + size for start, size in sizes))
        parts = [room[start : start + size] for start, size in sizes]
        found = pickle.loads(parts[0], buffers=parts[1:])
        if any(size >= LARGE for _, size in sizes):
            self.reading = last_upload(resolve_device(None))
        return found

    def settle(self) -> None:
        """Wait until no device reads this memory."""
        if self.reading is not None:
            self.reading.wait()
            self.reading = None


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]  # type: ignore[no-any-return]


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
    where = resolve_device(None)
    whole = Tensor._from_array(array, dtype, where, is_own=array.nbytes >= LARGE and where is not HOST)
    tensor = whole._see(View.of(shape, strides, 0))
    if cls is not Tensor or requires_grad:
        tensor = cls._make_subclass(cls, tensor, requires_grad)
        vars(tensor).update(more)
    return tensor
