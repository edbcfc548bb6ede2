"""The standard's functions that make arrays."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..tensor import creation
from ..tensor.joining import meshgrid as _meshgrid
from ..tensor.tensor import Tensor
from ..utils.dlpack import from_dlpack as _from_dlpack

DType = dtypes.dtype


def asarray(obj: Any, /, *, dtype: DType | None = None, device: Any = None, copy: bool | None = None) -> Tensor:
    """Numbers, sequences, buffers or arrays as an array; ``copy=False`` raises ValueError where a copy is needed."""
    if isinstance(obj, Tensor):
        made = obj.to(obj.dtype if dtype is None else dtype)
        made = made if device is None else made.to(device)
        if made is obj and copy:
            made = obj.clone()
        if made is not obj and copy is False:
            raise ValueError("unable to avoid copy while creating an array as requested")
        return made
    if copy is False:
        raise ValueError("unable to avoid copy while creating an array as requested")
    return creation.tensor(obj, dtype=dtype, device=device)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """An array from what has ``__dlpack__``."""
    return _from_dlpack(x, device=device, copy=copy)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """Evenly spaced numbers in [start, stop)."""
    first, last = (0, start) if stop is None else (start, stop)
    if (last - first) * step <= 0:
        kind = dtype
        if kind is None:
            whole = all(isinstance(n, int) for n in (first, last, step))
            kind = dtypes.int64 if whole else dtypes.get_default_dtype()
        return creation.empty((0,), dtype=kind, device=device)
    return creation.arange(first, last, step, dtype=dtype, device=device)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: DType | None = None, device: Any = None, endpoint: bool = True
) -> Tensor:
    """``num`` evenly spaced numbers from start to stop, which may be left out."""
    if endpoint:
        return creation.linspace(start, stop, num, dtype=dtype, device=device)
    return creation.linspace(start, stop, num + 1, dtype=dtype, device=device)[:-1]


def zeros(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """An array of zeros."""
    return creation.zeros(shape, dtype=dtype, device=device)


def ones(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """An array of ones."""
    return creation.ones(shape, dtype=dtype, device=device)


def empty(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """An array of any numbers."""
    return creation.empty(shape, dtype=dtype, device=device)


def full(shape: Any, fill_value: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """An array full of one number."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return creation.full(sizes, fill_value, dtype=dtype, device=device)


def zeros_like(x: Tensor, /, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """`zeros` with another array's shape."""
    return creation.zeros_like(x, dtype=dtype, device=device)


def ones_like(x: Tensor, /, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """`ones` with another array's shape."""
    return creation.ones_like(x, dtype=dtype, device=device)


def empty_like(x: Tensor, /, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """`empty` with another array's shape."""
    return creation.empty_like(x, dtype=dtype, device=device)


def full_like(x: Tensor, /, fill_value: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """`full` with another array's shape."""
    return creation.full_like(x, fill_value, dtype=dtype, device=device)


def eye(
    n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DType | None = None, device: Any = None
) -> Tensor:
    """Ones on the ``k``-th diagonal, else zeros."""
    made = creation.zeros((n_rows, n_rows if n_cols is None else n_cols), dtype=dtype, device=device)
    if -made.shape[0] < k < made.shape[1]:
        made.diagonal(k).fill_(1)
    return made


def meshgrid(*arrays: Tensor, indexing: str = "xy") -> list[Tensor]:
    """Coordinates of a grid."""
    return list(_meshgrid(*arrays, indexing=indexing)) if arrays else []


def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    """The lower triangles."""
    return x.tril(k)


def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    """The upper triangles."""
    return x.triu(k)
