"""``FloatStorage`` and its kin: types of storages by element, from before there were dtypes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from .storages import StorageView
from .tensor import Tensor


class storagetype(type):
    """The class of ``FloatStorage`` and so on: storages of its dtype are its instances, calling it makes one."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: Any) -> bool:
        return (
            isinstance(instance, StorageView)
            and instance.element_size() == cls.dtype.itemsize
            and instance.dtype is cls.dtype
        )

    def __call__(cls, content: int | Sequence[Any] = 0, *, device: Any = None) -> StorageView:
        """A storage of some size, full of zeros, or with the numbers of a sequence."""
        return Tensor._from_legacy(content, device=device, dtype=cls.dtype).storage()

    def from_buffer(cls, buffer: Any, byte_order: str = "", count: int = -1, offset: int = 0) -> StorageView:
        """A storage with a copy of what ``buffer`` holds from byte ``offset`` on: ``count`` elements, or all.

        ``byte_order`` is "native", "little" or "big", and may be left out for elements of one byte. TypeError for what holds no bytes,
        ValueError where the buffer is no whole number of elements. See torch.UntypedStorage.from_buffer.
        """
        size = cls.dtype.itemsize
        if not byte_order and size > 1:
            raise RuntimeError("function missing required argument 'byte_order' (pos 2)")
        try:
            data = memoryview(buffer).cast("B")[offset:]
        except TypeError:
            raise TypeError(f"a bytes-like object is required, not '{type(buffer).__name__}'") from None
        if count < 0 and len(data) % size:
            raise ValueError(f"buffer size ({len(data)}) must be a multiple of element size ({size})")
        if count * size > len(data):
            raise ValueError(
                f"buffer has only {len(data)} bytes after offset {offset}, but specified a size of {count * size}"
            )
        array = np.frombuffer(data, cls.dtype.np, count)
        if size > 1 and byte_order not in ("native", sys.byteorder):
            array = array.byteswap()
        return Tensor._from_legacy(array, dtype=cls.dtype).storage()

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _type(dtype: dtypes.dtype) -> Any:
    about = f"Storages of {dtype}: ``isinstance`` knows them, a call makes one of a size or a sequence."
    return storagetype(f"{dtype.title}Storage", (), {"dtype": dtype, "__doc__": about, "__module__": "cltorch"})


BoolStorage, ByteStorage, CharStorage = _type(dtypes.bool), _type(dtypes.uint8), _type(dtypes.int8)
ShortStorage, IntStorage, LongStorage = _type(dtypes.int16), _type(dtypes.int32), _type(dtypes.int64)
HalfStorage, BFloat16Storage = _type(dtypes.float16), _type(dtypes.bfloat16)
FloatStorage, DoubleStorage = _type(dtypes.float32), _type(dtypes.float64)
ComplexFloatStorage, ComplexDoubleStorage = _type(dtypes.complex64), _type(dtypes.complex128)


class _OfDefault(storagetype):
    """The class of ``torch.Storage``: storages of the default dtype."""

    @property
    def dtype(cls) -> dtypes.dtype:  # type: ignore[override]
        """The default dtype."""
        return dtypes.get_default_dtype()


Storage: Any = _OfDefault("Storage", (), {"__doc__": "Storages of the default dtype.", "__module__": "cltorch"})

_EVERY = (
    *(BoolStorage, ByteStorage, CharStorage, ShortStorage, IntStorage, LongStorage, HalfStorage, BFloat16Storage),
    *(FloatStorage, DoubleStorage, ComplexFloatStorage, ComplexDoubleStorage),
)
STORAGE_TYPES = {kind.dtype: kind for kind in _EVERY}
