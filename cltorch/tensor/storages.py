"""What users may ask of a tensor's storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from .. import dtypes
from ..graph.storage import Storage
from .device_names import current_face

if TYPE_CHECKING:
    from .tensor import Tensor

_MIRRORS: WeakKeyDictionary[Storage, np.ndarray] = WeakKeyDictionary()


def address(cell: Storage) -> int:
    """What stands for a storage's address. Where devices go by the names of PyTorch's (`cltorch run`), it is one of the host's.

    Programs that see a tensor on ``cpu`` read its bytes there (safetensors does), so there is room behind it; see `mirrored`.
    """
    if current_face() is None:
        return id(cell)
    if not cell.nbytes:
        return 0
    room = _MIRRORS.get(cell)
    if room is None or room.nbytes != cell.nbytes:
        room = _MIRRORS[cell] = np.empty(cell.nbytes, np.uint8)
    return room.ctypes.data


def mirrored(tensor: Tensor) -> int:
    """The address of a tensor's first element; where it is one of the host's, a copy of what the storage holds now lies there."""
    cell = tensor._storage.cell
    base = address(cell)
    if current_face() is not None and base:
        _MIRRORS[cell][:] = tensor._whole()._host().reshape(-1).view(np.uint8)[: cell.nbytes]
    return base + tensor._cl_meta.view.offset * tensor._cl_meta.dtype.itemsize


class StorageView:
    """What can be asked of a tensor's storage: address, size, device. The elements are read through tensors."""

    __slots__ = ("_all", "_storage", "_unit", "device")

    def __init__(self, elements: Tensor, unit: int) -> None:
        self._all, self._storage, self._unit, self.device = elements, elements._storage, unit, elements.device

    @staticmethod
    def from_file(filename: Any, shared: bool = False, nbytes: int = 0, *, size: int = 0) -> StorageView:
        """The first bytes of a file, as many as ``nbytes`` (or ``size``) says. RuntimeError when it is shorter.

        Device memory is not the file's: what is written here does not reach it, so ``shared=True`` is an error.
        """
        from .creation import frombuffer  # tensors are built upon this module

        wanted = nbytes or size
        if shared:
            raise RuntimeError("a storage cannot share memory with a file: it lies on the device")
        with open(filename, "rb") as file:
            data = file.read(wanted)
        if len(data) < wanted:
            raise RuntimeError(f"{filename}: a storage of {wanted} bytes in a file of {len(data)}")
        return UntypedStorage(frombuffer(bytearray(data), dtype=dtypes.uint8), 1)

    def __getitem__(self, index: int) -> Any:
        if self._unit == 1 and self._all._cl_meta.dtype.itemsize != 1:
            raise NotImplementedError("bytes of an untyped storage are not read one by one: see the tensor as uint8")
        return self._all[index].item() if isinstance(index, int) else self._all[index]

    @property
    def dtype(self) -> dtypes.dtype:
        """What a typed storage holds; uint8 for an untyped one."""
        return self._all.dtype if self._unit > 1 or self._all.dtype.itemsize == 1 else dtypes.uint8

    def elements(self, dtype: dtypes.dtype) -> Tensor:
        """All elements as a tensor that shares them. RuntimeError for another dtype than a typed storage's."""
        if dtype is not self.dtype:
            raise RuntimeError(
                f"Expected a Storage of type {self.dtype} or an UntypedStorage, but got type {dtype} for argument 1 'storage'"
            )
        return self._all.detach()

    def seen_as(self, dtype: dtypes.dtype) -> Tensor:
        """All elements as a tensor of ``dtype`` that shares them; RuntimeError for another one than a typed storage's."""
        flat = self._all.detach()
        return flat.view(dtype) if self.dtype is dtypes.uint8 else self.elements(dtype)

    def tolist(self) -> list[Any]:
        """The elements of a typed storage."""
        return list(self._all.tolist())

    def untyped(self) -> StorageView:
        """The same storage, counted in bytes."""
        return UntypedStorage(self._all.view(dtypes.uint8) if self._unit > 1 else self._all, 1)

    def cpu(self) -> StorageView:
        """The elements on the host's device, as `Tensor.cpu` has them; used as ``map_location`` of a file."""
        return type(self)(self._all.cpu(), self._unit)

    def cuda(self, device: Any = None) -> StorageView:
        """The elements on an accelerator, as `Tensor.cuda` has them; used as ``map_location`` of a file."""
        return type(self)(self._all.cuda(device), self._unit)

    def data_ptr(self) -> int:
        """A number that is equal for tensors of one storage (it is no address on the device)."""
        return 0 if self._all.is_meta else address(self._storage.cell)

    def is_shared(self) -> bool:
        """See `Tensor.is_shared`."""
        return self._all.is_shared()

    def share_memory_(self) -> StorageView:
        """See `Tensor.share_memory_`."""
        self._all.share_memory_()
        return self

    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._storage.nbytes

    def size(self) -> int:
        """Bytes of an untyped storage, elements of a typed one."""
        return self.nbytes() // self._unit

    __len__ = size

    def element_size(self) -> int:
        """Bytes of what `size` counts."""
        return self._unit

    def __sizeof__(self) -> int:
        """Bytes of this object and of all elements: what programs add up for a model's size."""
        return object.__sizeof__(self) + self.nbytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorageView) and other._storage is self._storage

    def __hash__(self) -> int:
        return id(self._storage)

    def __repr__(self) -> str:
        lines = [f" {element}" for element in self._elements().tolist()]
        kind = "" if isinstance(self, UntypedStorage) else f"dtype={self.dtype}, "
        name = f"torch.storage.{type(self).__name__}({kind}device={self.device}) of size {self.size()}"
        return "\n".join([*lines, f"[{name}]"])

    def _elements(self) -> Tensor:
        """What `size` counts."""
        whole = self._all.detach()
        return whole.view(dtypes.uint8) if self._unit == 1 and whole.dtype.itemsize > 1 else whole


class UntypedStorage(StorageView):
    """A storage that counts bytes. See torch.UntypedStorage."""

    __slots__ = ()


class TypedStorage(StorageView):
    """A storage that counts elements of one dtype. See torch.TypedStorage."""

    __slots__ = ()
