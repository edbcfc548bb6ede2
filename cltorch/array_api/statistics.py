"""The standard's functions over axes."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..tensor.joining import cat
from ..tensor.tensor import Tensor
from .promotion import SIGNED, UNSIGNED

DType = dtypes.dtype


def _axes(x: Tensor, axis: Any) -> tuple[int, ...]:
    axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    return tuple([a % x.ndim if -x.ndim <= a < x.ndim else a for a in axes])


def _wide(x: Tensor, dtype: DType | None) -> DType:
    """The dtype of a sum or product: integers become int64, also unsigned ones, as uint64 has no arithmetic."""
    if dtype is not None:
        return dtype
    return dtypes.int64 if x.dtype in SIGNED + UNSIGNED or x.dtype is dtypes.bool else x.dtype


def _computed(kind: DType) -> DType:
    """What is computed in where a dtype has no arithmetic of its own: the bits of the result are the same."""
    return dtypes.int64 if kind in (dtypes.uint16, dtypes.uint32, dtypes.uint64) else kind


def sum(x: Tensor, /, *, axis: Any = None, dtype: DType | None = None, keepdims: bool = False) -> Tensor:
    """The sum."""
    kind, axes = _wide(x, dtype), _axes(x, axis)
    made = x.to(_computed(kind))
    return (made.sum(axes, keepdim=keepdims) if axes else made.clone()).to(kind)


def prod(x: Tensor, /, *, axis: Any = None, dtype: DType | None = None, keepdims: bool = False) -> Tensor:
    """The product."""
    kind = _wide(x, dtype)
    made = x.to(_computed(kind))
    for a in sorted(_axes(x, axis), reverse=True):
        made = made.prod(a, keepdim=keepdims)
    return (made if made is not x else made.clone()).to(kind)


def max(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The largest element."""
    axes = _axes(x, axis)
    return x.to(_computed(x.dtype)).amax(axes, keepdims).to(x.dtype) if axes else x.clone()


def min(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The smallest element."""
    axes = _axes(x, axis)
    return x.to(_computed(x.dtype)).amin(axes, keepdims).to(x.dtype) if axes else x.clone()


def mean(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean."""
    axes = _axes(x, axis)
    return x.mean(axes, keepdim=keepdims) if axes else x.clone()


def var(x: Tensor, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The variance."""
    axes = _axes(x, axis)
    return x.var(axes, correction=correction, keepdim=keepdims) if axes else x - x


def std(x: Tensor, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The standard deviation."""
    return var(x, axis=axis, correction=correction, keepdims=keepdims).sqrt()


def all(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Whether all elements are true."""
    axes, made = _axes(x, axis), x.to(dtypes.bool)
    return made.all(axes, keepdim=keepdims) if axes else made


def any(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Whether any element is true."""
    axes, made = _axes(x, axis), x.to(dtypes.bool)
    return made.any(axes, keepdim=keepdims) if axes else made


def _cumulative(x: Tensor, name: str, first: int, axis: int | None, dtype: DType | None, initial: bool) -> Tensor:
    if axis is None:
        if x.ndim != 1:
            raise ValueError("axis must be specified for arrays of more than one dimension")
        axis = 0
    kind = _wide(x, dtype)
    made = getattr(x.to(_computed(kind)), name)(axis)
    if initial:
        shape = list(x.shape)
        shape[axis] = 1
        made = cat([made.new_full(tuple(shape), first), made], axis)
    return made.to(kind)


def cumulative_sum(
    x: Tensor, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False
) -> Tensor:
    """Running sums, with a 0 in front if wanted."""
    return _cumulative(x, "cumsum", 0, axis, dtype, include_initial)


def cumulative_prod(
    x: Tensor, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False
) -> Tensor:
    """Running products, with a 1 in front if wanted."""
    return _cumulative(x, "cumprod", 1, axis, dtype, include_initial)


def diff(x: Tensor, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences of neighbours."""
    return x.diff(n, axis, prepend, append)
