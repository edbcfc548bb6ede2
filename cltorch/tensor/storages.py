"""What users may ask of a tensor's storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .tensor import Tensor


class StorageView:
    """What can be asked of a tensor's storage: address, size, device. The elements are read through tensors."""

    __slots__ = ("_all", "_storage", "_unit", "device")

    def __init__(self, elements: Tensor, unit: int) -> None:
        self._all, self._storage, self._unit, self.device = elements, elements._storage, unit, elements.device

    def __getitem__(self, index: int) -> Any:
        if self._unit == 1 and self._all._meta.dtype.itemsize != 1:
            raise NotImplementedError("bytes of an untyped storage are not read one by one: see the tensor as uint8")
        return self._all[index].item() if isinstance(index, int) else self._all[index]

    def tolist(self) -> list[Any]:
        """The elements of a typed storage."""
        return list(self._all.tolist())

    def cpu(self) -> StorageView:
        """The elements on the host's device, as `Tensor.cpu` has them; used as ``map_location`` of a file."""
        return StorageView(self._all.cpu(), self._unit)

    def cuda(self, device: Any = None) -> StorageView:
        """The elements on an accelerator, as `Tensor.cuda` has them; used as ``map_location`` of a file."""
        return StorageView(self._all.cuda(device), self._unit)

    def data_ptr(self) -> int:
        """A number that is equal for tensors of one storage (it is no address on the device)."""
        return id(self._storage)

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorageView) and other._storage is self._storage

    def __hash__(self) -> int:
        return id(self._storage)
