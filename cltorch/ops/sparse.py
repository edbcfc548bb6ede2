"""The rows of sparse tensors: products, dense tensors from coordinates, and few coordinates once each. See `sparse`."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from .. import dtypes
from ..kernels import sparse
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


@heavy("ends columns held dense", raw=True)
def sparse_rows(ends: Meta, columns: Meta, held: Meta, dense: Meta) -> Job:
    """A matrix in compressed rows times a dense one of any strides; int64 indices, which lie side by side, as values do."""
    shape = (ends.shape[0] - 1, dense.shape[1])
    offsets = tuple(meta.view.offset for meta in (ends, columns, held, dense))
    row, column = dense.view.strides
    return sparse.lower, sparse.Rows(*shape, held.shape[0], held.dtype, row, column, offsets), ((shape, held.dtype),)


@heavy("places held", params=("sizes",), raw=True)
def sparse_dense(places: Meta, held: Meta, sizes: tuple[int, ...]) -> Job:
    """The dense tensor of coordinates (rows of int64 numbers side by side) in order and dense values."""
    inner = held.shape[1:]
    offsets = (places.view.offset, held.view.offset)
    request = sparse.Placed(sizes, held.shape[0], prod(inner), held.dtype, places.view.strides[0], offsets)
    return sparse.lower_dense, request, (((*sizes, *inner), held.dtype),)


@heavy("places held", params=("sizes",))
def sparse_joined(places: Meta, held: Meta, sizes: tuple[int, ...]) -> Job:
    """Each place once in order, the sums of their values, and how many there are: what lies behind that in the first two means nothing."""
    count, *inner = held.shape
    request = sparse.Joined(sizes, count, prod(inner), held.dtype)
    return sparse.lower_joined, request, ((places.shape, places.dtype), (held.shape, held.dtype), ((1,), dtypes.int64))
