"""What users may ask of a tensor's storage."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from .. import dtypes
from ..graph.failures import freed
from ..graph.storage import Storage
from ..runtime.host import HOST
from ..runtime.nowhere import META
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
    """A tensor's storage: address, size, device, and its elements one by one or all together."""

    __slots__ = ("__weakref__", "_all", "_storage", "_unit", "device")
    _all: Tensor
    _storage: Storage
    _unit: int
    device: Any

    @classmethod
    def _of(cls, elements: Tensor, unit: int) -> Any:
        """The storage that a tensor of all its elements looks at, counted in so many bytes."""
        made = object.__new__(cls)
        made._all, made._storage, made._unit, made.device = elements, elements._storage, unit, elements.device
        return made

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
        return UntypedStorage._of(frombuffer(bytearray(data), dtype=dtypes.uint8), 1)  # type: ignore[no-any-return]

    def __getitem__(self, index: Any) -> Any:
        found = self._elements()[self._place(index)]
        return found.item() if isinstance(index, int) else type(self)._of(found, self._unit)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._elements()[self._place(index)] = value

    def _place(self, index: Any) -> Any:
        if isinstance(index, slice):
            return index
        if not isinstance(index, int):
            raise TypeError(f"can't index a {type(self).__module__}.{type(self).__name__} with {type(index).__name__}")
        if not -self.size() <= index < self.size():
            raise IndexError(f"index {index} out of range for storage of size {self.size()}")
        return index

    @property
    def dtype(self) -> dtypes.dtype:
        """What a typed storage holds; uint8 for an untyped one."""
        return self._all.dtype if self._unit > 1 or self._all.dtype.itemsize == 1 else dtypes.uint8

    def elements(self, dtype: dtypes.dtype) -> Tensor:
        """All elements as a tensor that shares them. RuntimeError for another dtype than a typed storage's."""
        if dtype is not self.dtype:
            raise RuntimeError(
                f"Expected a Storage of type {dtype.c_name} or an UntypedStorage, but got type {self.dtype.title} for argument 1 'storage'"
            )
        return self._all.detach()

    def seen_as(self, dtype: dtypes.dtype) -> Tensor:
        """All elements as a tensor of ``dtype`` that shares them; RuntimeError for another one than a typed storage's."""
        flat = self._all.detach()
        return flat.view(dtype) if self.dtype is dtypes.uint8 else self.elements(dtype)

    def tolist(self) -> list[Any]:
        """The elements, bytes of an untyped storage."""
        return list(self._elements().tolist())

    def copy_(self, source: StorageView, non_blocking: bool = False) -> StorageView:
        """Take the elements of another storage, of as many (bytes, where one is untyped)."""
        if not isinstance(source, StorageView):
            raise TypeError(f"copy_(): argument 'src' (position 1) must be torch.Storage, not {type(source).__name__}")
        if self.size() != source.size():
            raise RuntimeError("size does not match")
        self._elements().copy_(source._elements())
        return self

    def fill_(self, value: Any) -> StorageView:
        """Make every element a number."""
        self._elements().fill_(value)
        return self

    def clone(self) -> StorageView:
        """A storage of its own with the same elements."""
        return type(self)._of(self._all.detach().clone(), self._unit)  # type: ignore[no-any-return]

    def __copy__(self) -> StorageView:
        return self.clone()

    def __deepcopy__(self, memo: dict[Any, Any]) -> StorageView:
        if id(self) not in memo:  # a tensor that shares the elements shares those of the copy
            memo[id(self)] = type(self)._of(copy.deepcopy(self._all.detach(), memo), self._unit)
        return memo[id(self)]  # type: ignore[no-any-return]

    def new(self) -> StorageView:
        """An empty storage of this kind, on this device."""
        return type(self)._of(self._all.detach()[:0].clone(), self._unit)  # type: ignore[no-any-return]

    def resize_(self, size: int) -> StorageView:
        """Make room for ``size`` elements (bytes, of an untyped storage), new ones being zero. None at all frees the memory, unless a gradient
        is yet to be computed from what lies there: tensors that look at it can be read once there is room again, and they were written.

        RuntimeError for fewer than there are, but some: tensors may look at them.
        """
        have, need, cell = self.nbytes(), size * self._unit, self._storage.cell
        if 0 < need < have or need < 0:
            raise RuntimeError(f"a storage of {have} bytes is not made smaller ({need}): tensors may look at it")
        if need == have:
            return self
        kind, device = self._all.dtype, self._all._cl_meta.device
        if not need:
            value = cell.value if device in (META, HOST) else freed()
            value.pins += value is cell.value
            cell.hold(value, 0)
        else:
            tail = self._all.detach()._filled((need - have,), 0, dtypes.uint8, device)
            whole = tail._joined([self._bytes(), tail], 0) if have else tail
            whole._storage.value.pins += 1
            cell.hold(whole._storage.value, need)
        self._all = self._all.detach().as_strided((need // kind.itemsize,), (1,), 0)
        return self

    _resize_ = resize_

    def resizable(self) -> bool:
        """True: see `resize_`."""
        return True

    def byteswap(self, dtype: dtypes.dtype) -> None:
        """Turn around the bytes of each element, as ``dtype`` has them; of complex ones those of each part."""
        rows = self._bytes().reshape(-1, dtype.to_real().itemsize if dtype.is_complex else dtype.itemsize)
        rows.copy_(rows.flip(1))

    def to(self, *, device: Any, non_blocking: bool = False) -> StorageView:
        """The elements on a device: this storage where they lie there."""
        moved = self._all.to(device)
        return self if moved is self._all else type(self)._of(moved, self._unit)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of this kind of storage; with a dtype, the elements as that, as `Tensor.to` has them."""
        if dtype is not None:
            return self._as(dtype)
        return f"torch.{'storage.Untyped' if isinstance(self, UntypedStorage) else self.dtype.title}Storage"

    def _as(self, dtype: dtypes.dtype) -> StorageView:
        return TypedStorage._of(self._elements().to(dtype), dtype.itemsize)  # type: ignore[no-any-return]

    def get_device(self) -> int:
        """The index of the device that holds the elements."""
        return self._all.get_device()

    def is_pinned(self, device: Any = None) -> bool:
        """See `Tensor.is_pinned`."""
        return self._all.is_pinned(device)

    def pin_memory(self, device: Any = None) -> StorageView:
        """See `Tensor.pin_memory`."""
        return type(self)._of(self._all.pin_memory(), self._unit)  # type: ignore[no-any-return]

    @property
    def is_cuda(self) -> bool:
        """See `Tensor.is_cuda`."""
        return self._all.is_cuda

    is_sparse = is_sparse_csr = is_hpu = False

    @property
    def filename(self) -> str | None:
        """None: no file is behind it."""
        return None

    def untyped(self) -> StorageView:
        """The same storage, counted in bytes."""
        return UntypedStorage._of(self._bytes(), 1)  # type: ignore[no-any-return]

    @property
    def _untyped_storage(self) -> StorageView:
        return self.untyped()

    def cpu(self) -> StorageView:
        """The elements on the host's device, as `Tensor.cpu` has them; used as ``map_location`` of a file."""
        return type(self)._of(self._all.cpu(), self._unit)  # type: ignore[no-any-return]

    def cuda(self, device: Any = None) -> StorageView:
        """The elements on an accelerator, as `Tensor.cuda` has them; used as ``map_location`` of a file."""
        return type(self)._of(self._all.cuda(device), self._unit)  # type: ignore[no-any-return]

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
        return self._bytes() if self._unit == 1 else self._all.detach()

    def _bytes(self) -> Tensor:
        whole = self._all.detach()
        return whole if self._unit == 1 and whole.dtype.itemsize == 1 else whole.view(dtypes.uint8)


def _converting(dtype: dtypes.dtype) -> Any:
    def convert(self: StorageView) -> StorageView:
        return self._as(dtype)

    convert.__doc__ = f"The elements as {dtype}, in a storage of their own."
    return convert


for _name, _dtype in {
    "bool": dtypes.bool,
    "byte": dtypes.uint8,
    "char": dtypes.int8,
    "short": dtypes.int16,
    "int": dtypes.int32,
    "long": dtypes.int64,
    "half": dtypes.float16,
    "bfloat16": dtypes.bfloat16,
    "float": dtypes.float32,
    "double": dtypes.float64,
    "complex_float": dtypes.complex64,
    "complex_double": dtypes.complex128,
    "float8_e4m3fn": dtypes.float8_e4m3fn,
    "float8_e5m2": dtypes.float8_e5m2,
}.items():
    setattr(StorageView, _name, _converting(_dtype))


class UntypedStorage(StorageView):
    """A storage that counts bytes. See torch.UntypedStorage.

    ``UntypedStorage(n)`` has n of them (zeros), ``UntypedStorage(numbers)`` those of a sequence.
    """

    __slots__ = ()

    def __new__(cls, content: int | Sequence[int] = 0, *, device: Any = None) -> UntypedStorage:
        from .creation import tensor, zeros  # tensors are built upon this module

        if isinstance(content, int):
            if content < 0:
                raise RuntimeError(f"a storage of {content} bytes")
            return cls._of(zeros(content, dtype=dtypes.uint8, device=device), 1)  # type: ignore[no-any-return]
        wrong = next((one for one in content if not isinstance(one, int)), None)
        if wrong is not None:
            raise RuntimeError(
                f"torch.UntypedStorage(): tried to construct a storage from a sequence ({type(content).__name__}), but one of the "
                f"items was of type {type(wrong).__name__} instead of int"
            )
        return cls._of(tensor(list(content), dtype=dtypes.uint8, device=device), 1)  # type: ignore[no-any-return]


_FORMS = """TypedStorage.__init__ received an invalid combination of arguments. Expected one of:
 * (*, torch.device device, torch.dtype dtype)
 * (int size, *, torch.device device, torch.dtype dtype)
 * (Sequence data, *, torch.device device, torch.dtype dtype)
 * (*, UntypedStorage wrap_storage, torch.dtype dtype)
"""


class TypedStorage(StorageView):
    """A storage that counts elements of one dtype (the default one). See torch.TypedStorage.

    ``TypedStorage(n)`` has n of them (zeros), ``TypedStorage(numbers)`` those of a sequence, with ``wrap_storage`` it shares the bytes
    of an untyped one.
    """

    __slots__ = ()

    def __new__(
        cls, *args: Any, device: Any = None, dtype: dtypes.dtype | None = None, wrap_storage: Any = None
    ) -> TypedStorage:
        from .creation import tensor, zeros  # tensors are built upon this module

        if wrap_storage is not None:
            if not isinstance(wrap_storage, UntypedStorage):
                raise TypeError(f"{_FORMS}Argument 'wrap_storage' must be UntypedStorage, but got {type(wrap_storage)}")
            if dtype is None:
                raise RuntimeError(f"{_FORMS}Argument 'dtype' must be specified")
            return cls._of(wrap_storage._bytes().view(dtype), dtype.itemsize)  # type: ignore[no-any-return]
        if len(args) > 1:
            raise RuntimeError(f"{_FORMS}Too many positional arguments")
        kind, content = dtype or dtypes.get_default_dtype(), args[0] if args else 0
        if not isinstance(content, int) and (isinstance(content, str) or not isinstance(content, Sequence)):
            raise TypeError(f"{_FORMS}Argument type not recognized: {type(content)}")
        made = zeros(content, dtype=kind, device=device) if isinstance(content, int) else None
        elements = tensor(list(content), dtype=kind, device=device) if made is None else made  # type: ignore[arg-type]
        return cls._of(elements, kind.itemsize)  # type: ignore[no-any-return]

    def pickle_storage_type(self) -> str:
        """The name of this kind of storage in files."""
        return f"{self.dtype.title}Storage"
