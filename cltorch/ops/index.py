"""Records of gathers and scatters: elements of a storage at positions that index tensors give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..graph.meta import Meta
from ..graph.record import recorder
from ..graph.value import Heavy, Record
from ..graph.view import View, elementwise_strides
from ..kernels import index
from ..kernels.index import Indexed, Indexer
from ..kernels.sizes import remembered
from ..runtime.faults import ALONG

if TYPE_CHECKING:
    from ..dtypes import dtype as DType

Shape = tuple[int, ...]


def walked(shape: Shape, strides: Shape, offset: int, dtype: DType) -> Indexed:
    """Elements at a stride, which may be negative, along each dimension."""
    return Indexed(shape, strides, offset, (), dtype)


def picked(shape: Shape, strides: Shape, offset: int, picks: Any, kinds: tuple[Any, ...], dtype: DType) -> Indexed:
    """Elements that index tensors pick, each as ``index_parsing.Pick`` says; ``kinds`` are their dtypes and strictness."""
    indexers = tuple(
        Indexer(p.strides, p.offset, p.size, p.step, p.number + ALONG * (strict == 2), kind, bool(strict))
        for p, (kind, strict) in zip(picks, kinds, strict=True)
    )
    return Indexed(shape, strides, offset, indexers, dtype)


@remembered(4096)
def layout(x: Indexed) -> View:
    """How the elements of ``x[...]`` lie: in the order of the strides of their tensor, then of the indices."""
    seen = [View.of(x.shape, x.strides), *(View.of(x.shape, pick.strides) for pick in x.indexers)]
    return View.of(x.shape, elementwise_strides(x.shape, seen))


@remembered(4096)
def picked_along(view: View, dim: int, index: View, kind: DType, dtype: DType) -> Indexed:
    """Elements that an index as large as the result picks along ``dim``."""
    size, step = (view.shape[dim], view.strides[dim]) if view.ndim else (1, 1)
    if not index.numel:
        return walked(index.shape, (0,) * index.ndim, 0, dtype)
    strides = tuple(0 if d == dim else view.strides[d] for d in range(index.ndim))
    indexer = Indexer(index.strides, index.offset, size, step, ALONG + dim, kind, True)
    return Indexed(index.shape, strides, view.offset, (indexer,), dtype)


def gather_record(source: Meta, indices: tuple[Meta, ...], request: Indexed) -> Record:
    """The record of a gather: ``request.shape`` elements of ``source``'s storage at computed positions."""
    views = (View.dense((source.view.max_position + 1,)), *(View.dense((m.view.max_position + 1,)) for m in indices))
    out = Meta.dense(request.shape, source.dtype, source.device)
    work = Heavy(index.lower_gather, request)
    return Record(work, views, (out,), recorder(source.device).pending, None, (source, *indices))


def scatter_record(base: Meta, values: Meta, indices: tuple[Meta, ...], places: Indexed, mode: str) -> Record:
    """The record of a scatter into ``base`` (a whole dense storage), which is changed in place or copied first."""
    views = (
        base.view,
        View.dense((values.view.max_position + 1,)),
        *(View.dense((m.view.max_position + 1,)) for m in indices),
    )
    request = index.Scatter(places, mode, values.view.strides, values.view.offset)
    work = Heavy(index.lower_scatter, request, inplace=True)
    return Record(work, views, (base,), recorder(base.device).pending, None, (base, values, *indices))
