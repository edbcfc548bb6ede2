"""Tensors side by side: what `cat` and `stack` are made of."""

from __future__ import annotations

from functools import reduce
from math import prod
from typing import TYPE_CHECKING

from .. import dtypes
from ..autograd.aliases import no_view
from ..autograd.composite import composite
from ..autograd.modes import MODE
from ..autograd.names import called
from ..graph.view import View
from ..ops import heavy, rules
from .apply import apply
from .formats import is_like_channels_last

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]


def join(tensors: list[Tensor], dim: int) -> Tensor:
    """``cat``: tensors side by side along a dimension; each is written to its region of the result."""
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    kept = [t for t in tensors if t._cl_meta.shape != (0,)] or tensors[:1]
    first = kept[0]
    for position, t in enumerate(tensors):
        if not t._cl_meta.shape:
            raise RuntimeError(f"zero-dimensional tensor (at position {position}) cannot be concatenated")
    at = 0 if first._cl_meta.shape == (0,) else rules.wrap_dim(dim, first.dim())
    dtype = _promoted(tensors)  # empty ones count too
    for position, t in enumerate(kept):
        if t._cl_meta.shape == first._cl_meta.shape:
            continue
        if t.dim() != first.dim():
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.dim()} and {t.dim()}")
        for d, (m, n) in enumerate(zip(first._cl_meta.shape, t._cl_meta.shape, strict=True)):
            if d != at and m != n:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {at}. Expected size {m} but got size {n} for "
                    f"tensor number {position} in the list."
                )
    if len(kept) < len(tensors) and MODE.enabled:  # a gradient flows to empty ones too
        none = (*first._cl_meta.shape[:at], 0, *first._cl_meta.shape[at + 1 :])
        kept += [t.reshape(none) for t in tensors if t._cl_meta.shape == (0,) and t._is_recorded and t is not first]
    rules.same_device("cat", [t._cl_meta for t in kept])
    if all(
        is_like_channels_last(t._cl_meta.view) for t in kept
    ):  # so is the result: dimensions lie side by side in memory in another order
        order = (0, *range(2, first.dim()), 1)
        made = _joined([t.permute(order) for t in _cast(kept, dtype)], order.index(at))
        return no_view(called(made.permute(0, first.dim() - 1, *range(1, first.dim() - 1)), "CatBackward0"))
    return _joined(_cast(kept, dtype), at)


def _joined(tensors: list[Tensor], dim: int) -> Tensor:
    shape = tensors[0]._cl_meta.shape
    lengths = tuple([t._cl_meta.shape[dim] for t in tensors])
    return _cat(*tensors, dim=dim, lengths=lengths, rest=(shape[:dim], shape[dim + 1 :]))


def unchanged(tensor: Tensor, source: Tensor) -> Tensor:
    """A copy of a tensor to which nothing of ``source`` came; it depends on it all the same where gradients are recorded."""
    if not source._is_recorded:
        return tensor.clone()
    return join([tensor.reshape(-1), source.reshape(-1)[:0]], 0).reshape(tensor._cl_meta.shape)


def of_its_own(made: Tensor, source: Tensor) -> Tensor:
    """What was made of ``source``, in memory of its own: a copy where there was nothing to move, so that it is a view."""
    return made.clone() if made._storage is source._storage else made


def pile(tensors: list[Tensor], dim: int) -> Tensor:
    """``stack``: tensors of one shape along a new dimension."""
    rules.same_device("stack", [t._cl_meta for t in tensors])
    shape = tensors[0]._cl_meta.shape
    if dim < len(shape) and all(is_like_channels_last(t._cl_meta.view) for t in tensors):
        return no_view(called(join(tensors, dim).unflatten(dim, (len(tensors), shape[dim])), "StackBackward0"))
    return _stack(*_cast(tensors, _promoted(tensors)), dim=dim)


def _promoted(tensors: list[Tensor]) -> dtypes.dtype:
    """The dtype that all are cast to."""
    return reduce(dtypes.promote_types, dict.fromkeys([t._cl_meta.dtype for t in tensors]))


def _cast(tensors: list[Tensor], dtype: dtypes.dtype) -> list[Tensor]:
    """Tensors of one dtype."""
    return [t if t._cl_meta.dtype is dtype else t.to(dtype) for t in tensors]


@composite(vjp=lambda g, y, aux, *tensors, dim, lengths, rest: g.split(list(lengths), dim), moves=True)
def _cat(*tensors: Tensor, dim: int, lengths: Shape, rest: tuple[Shape, Shape]) -> Tensor:
    before, after = rest
    return _side_by_side(tensors, prod(before), (*before, sum(lengths), *after))


@composite(vjp=lambda g, y, aux, *tensors, dim: g.unbind(dim), moves=True)
def _stack(*tensors: Tensor, dim: int) -> Tensor:
    shape = tensors[0]._cl_meta.shape
    return _side_by_side(tensors, prod(shape[:dim]), (*shape[:dim], len(tensors), *shape[dim:]))


def _side_by_side(tensors: tuple[Tensor, ...], outer: int, shape: Shape) -> Tensor:
    """Tensors (outer, any width) side by side."""
    if not outer:
        return tensors[0]._filled(shape, 0, tensors[0].dtype, tensors[0]._cl_meta.device)
    parts = [t if heavy.row_step(t._cl_meta.view, outer) is not None else t._dense() for t in tensors]
    return apply(heavy.cat_parts, tuple(_runs(parts) if outer == 1 else parts), (outer, shape))


def _runs(parts: list[Tensor]) -> list[Tensor]:
    """Parts with dense elements, those that lie behind each other in one storage as one: what a list of slices is."""
    runs: list[Tensor] = []
    first, begin, end = parts[0], 0, -1
    for part in parts:
        view = part._cl_meta.view
        if view.offset == end and part._storage is first._storage:
            end += view.numel
            continue
        if end >= 0:
            runs.append(_run(first, begin, end))
        first, begin, end = part, view.offset, view.offset + view.numel
    runs.append(_run(first, begin, end))
    return runs


def _run(first: Tensor, begin: int, end: int) -> Tensor:
    if end - begin == first._cl_meta.view.numel:
        return first
    return first._made(first._storage, first._cl_meta.with_view(View.of((end - begin,), (1,), begin)), None)
