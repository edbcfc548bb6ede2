"""Element types: names, sizes, OpenCL C and NumPy spellings, and PyTorch's rules of promotion."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

import ml_dtypes
import numpy as np


class dtype:
    """An element type, e.g. ``cltorch.float32``. Compared by identity; prints as PyTorch's does (``torch.float32``).

    ``storage`` is the OpenCL C type of one element in a buffer (float16 and bfloat16 are kept as ``ushort`` bit patterns,
    bool as ``uchar`` 0 or 1); ``compute`` is the type in which arithmetic on it is done in registers.
    """

    __slots__ = ("compute", "is_floating_point", "is_signed", "itemsize", "name", "np", "rank", "storage")

    def __init__(self, name: str, storage: str, compute: str, np_type: type, rank: int) -> None:
        self.name = name
        self.storage = storage
        self.compute = compute
        self.np = np.dtype(np_type)
        self.itemsize = self.np.itemsize
        self.is_floating_point = "float" in name
        self.is_signed = name not in ("bool", "uint8")
        self.rank = rank

    @property
    def is_complex(self) -> builtins.bool:
        """Whether elements are complex numbers."""
        return False

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


bool = dtype("bool", "uchar", "uchar", np.bool_, 0)
uint8 = dtype("uint8", "uchar", "uchar", np.uint8, 1)
int8 = dtype("int8", "char", "char", np.int8, 2)
int16 = dtype("int16", "short", "short", np.int16, 3)
int32 = dtype("int32", "int", "int", np.int32, 4)
int64 = dtype("int64", "long", "long", np.int64, 5)
float16 = dtype("float16", "ushort", "float", np.float16, 6)
bfloat16 = dtype("bfloat16", "ushort", "float", ml_dtypes.bfloat16, 6)
float32 = dtype("float32", "float", "float", np.float32, 7)
float64 = dtype("float64", "double", "double", np.float64, 8)

float = float32  # noqa: A001 - torch's aliases
double = float64
half = float16
short = int16
int = int32  # noqa: A001
long = int64

ALL = (bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64)

_default = float32
_BY_NUMPY = {kind.np: kind for kind in ALL}


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats; float32 unless set otherwise."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors made from Python floats. TypeError when it is no floating dtype."""
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, but got {d}")
    _default = d


def from_numpy_dtype(kind: np.dtype) -> dtype:
    """The dtype of a NumPy array; TypeError when there is none."""
    found = _BY_NUMPY.get(np.dtype(kind).newbyteorder("="))
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {np.dtype(kind).type}. The only supported types are: float64, float32, "
            "float16, bfloat16, int64, int32, int16, int8, uint8, and bool."
        )
    return found


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both can be cast to, as torch.promote_types has it."""
    if type1 is type2:
        return type1
    low, high = sorted((type1, type2), key=lambda kind: kind.rank)
    if low.rank == high.rank:  # float16 with bfloat16
        return float32
    if low is uint8 and high is int8:
        return int16
    return high


def _category(kind: dtype) -> builtins.int:
    return 2 if kind.is_floating_point else (0 if kind is bool else 1)


_SCALARS = {builtins.bool: bool, builtins.int: int64}


def of_scalar(kind: type) -> dtype:
    """The dtype that a Python number of a type stands for."""
    return _SCALARS.get(kind) or _default


def result_dtype(dims: Sequence[dtype], zero_dims: Sequence[dtype], scalars: Sequence[type]) -> dtype:
    """PyTorch's result type: a lower class (0-dimensional tensors, then Python numbers) counts only when its category
    (bool, integer, floating) is higher than that of the classes above it.
    """
    result: dtype | None = None
    for group in (dims, zero_dims, [of_scalar(kind) for kind in scalars]):
        if not group:
            continue
        own = group[0]
        for kind in group[1:]:
            own = promote_types(own, kind)
        if result is None:
            result = own
        elif _category(own) > _category(result):
            result = own
    if result is None:
        raise ValueError("result_dtype needs at least one operand")
    return result


def can_cast(from_: dtype, to: dtype) -> builtins.bool:
    """Whether a result of dtype ``from_`` may be stored as ``to``: never to a lower category."""
    return _category(from_) <= _category(to)


class finfo:
    """Limits of a floating dtype: bits, eps, max, min, tiny, smallest_normal, resolution, dtype. See torch.finfo."""

    def __init__(self, type: dtype | None = None) -> None:
        kind = type or _default
        if not kind.is_floating_point:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{kind}'")
        info = ml_dtypes.finfo(kind.np)
        self.bits = kind.itemsize * 8
        self.eps, self.max, self.min = builtins.float(info.eps), builtins.float(info.max), builtins.float(info.min)
        self.tiny = self.smallest_normal = builtins.float(info.smallest_normal)
        self.resolution = builtins.float(info.resolution)
        self.dtype = kind.name

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer dtype: bits, max, min, dtype. See torch.iinfo."""

    def __init__(self, type: dtype) -> None:
        if type.is_floating_point or type is bool:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type}'")
        info = np.iinfo(type.np)
        self.bits, self.max, self.min, self.dtype = info.bits, builtins.int(info.max), builtins.int(info.min), type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
