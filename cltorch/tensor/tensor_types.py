"""``FloatTensor`` and its kin: types of tensors by element, from before there were dtypes. Still common in programs."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..ops.names import public
from ..warned import warn_once
from .conversion import dtype_of_type
from .device_names import of_type, resolve_device
from .guards import requiring
from .storages import StorageView
from .tensor import Tensor


class tensortype(type):
    """The class of ``FloatTensor`` and so on: tensors of its dtype are its instances, calling it makes one."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        """A tensor with some sizes, or a copy of data."""
        return Tensor._from_legacy(*args, device=device, dtype=cls.dtype)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _type(dtype: dtypes.dtype) -> Any:
    about = f"Tensors of {dtype}: ``isinstance`` knows them, a call makes one of sizes or data."
    return tensortype(f"{dtype.title}Tensor", (), {"dtype": dtype, "__doc__": about, "__module__": "cltorch"})


BoolTensor, ByteTensor, CharTensor = _type(dtypes.bool), _type(dtypes.uint8), _type(dtypes.int8)
ShortTensor, IntTensor, LongTensor = _type(dtypes.int16), _type(dtypes.int32), _type(dtypes.int64)
HalfTensor, BFloat16Tensor = _type(dtypes.float16), _type(dtypes.bfloat16)
FloatTensor, DoubleTensor = _type(dtypes.float32), _type(dtypes.float64)


@public()
def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype by a type or its name, ``"torch.DoubleTensor"`` (`set_default_dtype` is preferred). TypeError for the name of a
    device that is not there.
    """
    place, t = of_type(t)
    warn_once(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives."
    )
    dtypes.set_default_dtype(dtype_of_type(t))
    if place is not None:
        resolve_device(place)  # tensors say so from now on


@public()
def from_file(
    filename: Any,
    shared: bool | None = None,
    size: int = 0,
    *,
    dtype: dtypes.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A vector of the first ``size`` elements of a file. See torch.from_file.

    RuntimeError for a shorter file, and for ``shared=True``: device memory is not the file's.
    """
    kind = dtypes.get_default_dtype() if dtype is None else dtype
    if not size:
        return Tensor._from_legacy(device=device, dtype=kind).requires_grad_(requires_grad)
    found = StorageView.from_file(filename, bool(shared), size * kind.itemsize).elements(dtypes.uint8).view(kind)
    made = found if device is None else found.to(device)
    return requiring(made) if requires_grad else made
