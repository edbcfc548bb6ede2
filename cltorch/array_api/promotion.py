"""Data types and their promotion, as the standard has them: 0-dimensional arrays count like all others."""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

from .. import dtypes
from ..tensor.creation import tensor
from ..tensor.tensor import Tensor

DType = dtypes.dtype
UNSIGNED = (dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64)
SIGNED = (dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64)
REAL = (dtypes.float32, dtypes.float64)
COMPLEX = (dtypes.complex64, dtypes.complex128)
KINDS: dict[str, tuple[DType, ...]] = {
    "bool": (dtypes.bool,),
    "signed integer": SIGNED,
    "unsigned integer": UNSIGNED,
    "integral": SIGNED + UNSIGNED,
    "real floating": REAL,
    "complex floating": COMPLEX,
    "numeric": SIGNED + UNSIGNED + REAL + COMPLEX,
}


def _pair(a: DType, b: DType) -> DType:
    """The standard's table; TypeError where it has no entry."""
    if a is b:
        return a
    if (a in SIGNED and b in SIGNED) or (a in UNSIGNED and b in UNSIGNED):
        return a if a.itemsize > b.itemsize else b
    if {a, b} <= {*SIGNED, *UNSIGNED}:
        signed, unsigned = (a, b) if a in SIGNED else (b, a)
        size = max(signed.itemsize, 2 * unsigned.itemsize)
        if size <= 8:
            return next(d for d in SIGNED if d.itemsize == size)
    if {a, b} <= {*REAL, *COMPLEX}:
        double = dtypes.float64 in (a.to_real(), b.to_real())
        return (COMPLEX if a.is_complex or b.is_complex else REAL)[double]
    return dtypes.promote_types(a, b)  # beyond the standard: PyTorch's


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype of a computation with arrays, dtypes and Python numbers."""
    kinds = [x if isinstance(x, DType) else x.dtype for x in arrays_and_dtypes if isinstance(x, (DType, Tensor))]
    numbers = [x for x in arrays_and_dtypes if not isinstance(x, (DType, Tensor))]
    if not kinds:
        raise ValueError("result_type() requires at least one array or dtype")
    kind = reduce(_pair, kinds)
    for number in numbers:
        if isinstance(number, complex) and not kind.is_complex:
            kind = _pair(kind if kind.is_floating_point else dtypes.get_default_dtype(), dtypes.complex64)
        elif isinstance(number, float) and not kind.differentiable:
            kind = dtypes.get_default_dtype()
        elif isinstance(number, int) and not isinstance(number, bool) and kind is dtypes.bool:
            kind = dtypes.int64
    return kind


def together(*operands: Any) -> tuple[Tensor, ...]:
    """Operands as arrays of their common dtype."""
    like = next((x for x in operands if isinstance(x, Tensor)), None)
    if like is None:
        raise TypeError("at least one of the operands must be an array")
    kind = result_type(*operands)
    return tuple([x.to(kind) if isinstance(x, Tensor) else tensor(x, dtype=kind, device=like.device) for x in operands])


def astype(x: Tensor, dtype: DType, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """An array as another dtype, by default a copy."""
    if dtype is x.dtype:
        made = x.clone() if copy else x
    else:
        made = (x.real if x.is_complex() and not dtype.is_complex and dtype is not dtypes.bool else x).to(dtype)
    return made if device is None else made.to(device)


def can_cast(from_: Any, to: DType, /) -> bool:
    """Whether a dtype, or an array, becomes another without loss in the standard's sense."""
    kind = from_.dtype if isinstance(from_, Tensor) else from_
    try:
        return kind is to or _pair(kind, to) is to
    except (TypeError, RuntimeError):
        return False


def isdtype(dtype: DType, kind: Any) -> bool:
    """Whether a dtype is of a kind: a dtype, a word of the standard, or several of them."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, one) for one in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"Unrecognized data type kind: {kind!r}")
        return dtype in KINDS[kind]
    return dtype is kind


class FloatInfo(NamedTuple):
    """The limits of a floating dtype."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


class IntInfo(NamedTuple):
    """The limits of an integer dtype."""

    bits: int
    max: int
    min: int
    dtype: DType


def _kind(type: Any) -> DType:
    return type.dtype if isinstance(type, Tensor) else type


def finfo(type: Any, /) -> FloatInfo:
    """The limits of a floating dtype (of the parts of a complex one), or of an array's."""
    kind = _kind(type).to_real()
    info = dtypes.finfo(kind)
    return FloatInfo(info.bits, float(info.eps), float(info.max), float(info.min), float(info.tiny), kind)


def iinfo(type: Any, /) -> IntInfo:
    """The limits of an integer dtype, or of an array's."""
    kind = _kind(type)
    info = dtypes.iinfo(kind)
    return IntInfo(info.bits, info.max, info.min, kind)
