"""The standard's functions that search, sort and take."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..tensor.counting import searchsorted as _searchsorted
from ..tensor.creation import zeros_like
from ..tensor.tensor import Tensor
from .promotion import together


def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the largest element."""
    return x.argmax(axis, keepdims)


def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the smallest element."""
    return x.argmin(axis, keepdims)


def count_nonzero(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """How many elements are not zero."""
    axes = tuple(range(x.ndim)) if axis is None else axis
    made = x != 0
    return made.sum(axes, keepdim=keepdims) if axes != () else made.long()


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """The positions of elements that are not zero, an array an axis."""
    if x.ndim == 0:
        raise ValueError("nonzero() does not support zero-dimensional arrays")
    return tuple(x.nonzero(as_tuple=True))


def searchsorted(x1: Tensor, x2: Any, /, *, side: str = "left", sorter: Tensor | None = None) -> Tensor:
    """Where elements would go in a sorted array."""
    a, b = together(x1, x2)
    return _searchsorted(a, b, side=side, sorter=sorter)


def where(condition: Tensor, x1: Any, x2: Any, /) -> Tensor:
    """Elements of the one array or of the other."""
    a, b = together(x1, x2) if isinstance(x1, Tensor) or isinstance(x2, Tensor) else (x1, x2)
    return a.where(condition, b) if isinstance(a, Tensor) else zeros_like(condition).where(~condition, a)


def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The elements in order."""
    return x.sort(dim=axis, descending=descending, stable=stable).values


def argsort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The positions that put the elements in order."""
    return x.sort(dim=axis, descending=descending, stable=stable).indices


def take(x: Tensor, indices: Tensor, /, *, axis: int | None = None) -> Tensor:
    """Elements along an axis at positions."""
    if axis is None:
        if x.ndim != 1:
            raise ValueError("axis must be specified when ndim > 1")
        axis = 0
    return x.index_select(axis, indices % max(x.shape[axis], 1))


def take_along_axis(x: Tensor, indices: Tensor, /, *, axis: int = -1) -> Tensor:
    """Elements along an axis at positions of their own for each place."""
    return x.take_along_dim(indices % max(x.shape[axis], 1), axis)


class UniqueAll(NamedTuple):
    """What `unique_all` returns."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    """What `unique_counts` returns."""

    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    """What `unique_inverse` returns."""

    values: Tensor
    inverse_indices: Tensor


def _unique(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    values, inverse, counts = x.reshape(-1).unique(return_inverse=True, return_counts=True)
    return values, inverse.reshape(x.shape), counts


def unique_all(x: Tensor, /) -> UniqueAll:
    """The different elements, where each comes first, which one each element is, and how often each comes."""
    values, inverse, counts = _unique(x)
    order = inverse.reshape(-1).argsort(stable=True)
    return UniqueAll(values, order[counts.cumsum(0) - counts], inverse, counts)


def unique_counts(x: Tensor, /) -> UniqueCounts:
    """The different elements, and how often each comes."""
    values, _, counts = _unique(x)
    return UniqueCounts(values, counts)


def unique_inverse(x: Tensor, /) -> UniqueInverse:
    """The different elements, and which one each element is."""
    values, inverse, _ = _unique(x)
    return UniqueInverse(values, inverse)


def unique_values(x: Tensor, /) -> Tensor:
    """The different elements."""
    return x.unique()
