"""The standard's functions that move elements, and products of arrays."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..tensor import joining
from ..tensor.einsum import tensordot as _tensordot
from ..tensor.joining import broadcast_tensors
from ..tensor.tensor import Tensor
from .promotion import result_type, together

Axis = int | tuple[int, ...] | None


def broadcast_arrays(*arrays: Tensor) -> list[Tensor]:
    """Arrays repeated to their common shape."""
    return list(broadcast_tensors(*arrays))


def broadcast_to(x: Tensor, /, shape: Any) -> Tensor:
    """An array repeated to a shape."""
    return x.expand(tuple(shape))


def concat(arrays: Any, /, *, axis: int | None = 0) -> Tensor:
    """Arrays one behind the other; flat ones if ``axis`` is None."""
    kind = result_type(*arrays)
    parts = [x.to(kind) for x in arrays]
    return joining.cat([x.reshape(-1) for x in parts], 0) if axis is None else joining.cat(parts, axis)


def stack(arrays: Any, /, *, axis: int = 0) -> Tensor:
    """Arrays along a new axis."""
    kind = result_type(*arrays)
    return joining.stack([x.to(kind) for x in arrays], axis)


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The arrays along an axis."""
    return tuple(x.unbind(axis))


def expand_dims(x: Tensor, /, axis: int = 0) -> Tensor:
    """An array with one axis more, of size 1."""
    return x.unsqueeze(axis)


def squeeze(x: Tensor, /, axis: int | tuple[int, ...]) -> Tensor:
    """An array without some axes of size 1; ValueError for others."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if any(x.shape[a] != 1 for a in axes):
        raise ValueError("squeezed dimensions must be equal to 1")
    return x.squeeze(axes)


def flip(x: Tensor, /, *, axis: Axis = None) -> Tensor:
    """Elements in the opposite order along axes, or along all."""
    axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    return x.flip(axes)


def moveaxis(x: Tensor, source: Any, destination: Any, /) -> Tensor:
    """Axes in other places."""
    return x.movedim(source, destination)


def permute_dims(x: Tensor, /, axes: Any) -> Tensor:
    """Axes in another order."""
    return x.permute(tuple(axes))


def matrix_transpose(x: Tensor, /) -> Tensor:
    """The last two axes swapped."""
    if x.ndim < 2:
        raise ValueError("x must be at least 2-dimensional for matrix_transpose")
    return x.mT


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    """Each element repeated."""
    return x.repeat_interleave(repeats.long() if isinstance(repeats, Tensor) else repeats, axis)


def reshape(x: Tensor, /, shape: Any, *, copy: bool | None = None) -> Tensor:
    """The elements in another shape; with ``copy=False`` RuntimeError where that needs a copy."""
    if copy is False:
        return x.view(tuple(shape))
    made = x.reshape(tuple(shape))
    return made.clone() if copy else made


def roll(x: Tensor, /, shift: Any, *, axis: Axis = None) -> Tensor:
    """Elements moved along axes, those that leave come in again."""
    return x.roll(shift, axis)


def tile(x: Tensor, repetitions: Any, /) -> Tensor:
    """An array repeated."""
    return x.tile(tuple(repetitions))


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Products of matrices."""
    return _wide(lambda a, b: a.matmul(b), *together(x1, x2))


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: Any = 2) -> Tensor:
    """Products summed over pairs of axes."""
    return _wide(lambda a, b: _tensordot(a, b, dims=axes), *together(x1, x2))


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Products of vectors, the first one conjugated."""
    a, b = broadcast_tensors(*[x.movedim(axis, -1) for x in together(x1, x2)])
    return _wide(lambda a, b: ((a.conj_physical() if a.is_complex() else a) * b).sum(-1).to(a.dtype), a, b)


def _wide(product: Any, a: Tensor, b: Tensor) -> Tensor:
    """A product of unsigned integers that have no arithmetic of their own, in 64 bits."""
    kind = a.dtype
    if kind in (dtypes.uint16, dtypes.uint32, dtypes.uint64):
        return product(a.to(dtypes.int64), b.to(dtypes.int64)).to(kind)
    return product(a, b)
