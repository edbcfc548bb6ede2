"""Functions that take several tensors, or give several: joining, splitting, broadcasting, grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import dtypes
from ..autograd.remembered import remembered
from ..errors import kind_of
from ..graph.view import View
from ..ops import rules
from ..ops.names import public
from ..warned import warn_once
from . import cat as pieces
from .apply import stored
from .creation import ones
from .sizes import Size
from .tensor import Tensor
from .writes import need_apart


def _list(name: str, tensors: Any) -> list[Tensor]:
    """Tensors as a list; TypeError for anything else."""
    if isinstance(tensors, Tensor) or not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {kind_of(tensors)}")
    for position, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {position} in argument 0, but got {kind_of(t)}")
    return list(tensors)


def _some(name: str, tensors: Any) -> list[Tensor]:
    """`_list` of tensors of which there must be one."""
    given = _list(name, tensors)
    if not given:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return given


def _kept(name: str, result: Tensor, out: Any, tensors: Sequence[Tensor]) -> Tensor:
    """``result`` in ``out``; TypeError where it cannot be cast to it, RuntimeError where it lies in one of the ``tensors``."""
    if isinstance(out, Tensor):
        need_apart(out, tuple(tensors))
    if isinstance(out, Tensor) and not dtypes.can_cast(result.dtype, out.dtype):
        raise TypeError(f"torch.{name}(): input types can't be cast to the desired output type {out.dtype.title}")
    return stored(result, out, exact=False)


@public("torch", aliases="concat concatenate")
@remembered
def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors side by side along ``dim``. See torch.cat."""
    given = _list("cat", tensors)
    if given and hasattr(given[0], "_beside"):
        return given[0]._beside(given, dim)
    made = pieces.join(given, dim)
    return made if out is None else _kept("cat", made, out, tensors)


@public()
@remembered
def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors of one shape along a new dimension. See torch.stack."""
    tensors = _list("stack", tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    if hasattr(tensors[0], "_beside"):
        at = rules.wrap_dim(dim, tensors[0].dim() + 1)
        return cat([t.unsqueeze(at) for t in tensors], at)
    shape = tensors[0]._cl_meta.shape
    for k, t in enumerate(tensors):
        if t._cl_meta.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                f"{list(t.shape)} at entry {k}"
            )
    at = rules.wrap_dim(dim, tensors[0].dim() + 1)
    made = pieces.pile(tensors, at)
    return made if out is None else _kept("stack", made, out, tensors)


@public()
@remembered
def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors side by side horizontally. See torch.hstack."""
    flat = [atleast_1d(t) for t in _some("hstack", tensors)]
    return cat(flat, 0 if flat[0].dim() == 1 else 1, out=out)


@public("torch", aliases="row_stack")
@remembered
def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors below each other. See torch.vstack."""
    return cat([atleast_2d(t) for t in _some("vstack", tensors)], 0, out=out)


@public()
@remembered
def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors behind each other. See torch.dstack."""
    return cat([atleast_3d(t) for t in _some("dstack", tensors)], 2, out=out)


@public()
def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Vectors as columns of a matrix, matrices side by side. See torch.column_stack."""
    return hstack([t.reshape(t.numel(), 1) if t.dim() < 2 else t for t in _some("column_stack", tensors)], out=out)


def _each(function: Any, tensors: tuple[Any, ...]) -> Any:
    """A function's results for one tensor, for several, or for a sequence."""
    for one in tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors:
        if not isinstance(one, Tensor):
            raise TypeError(f"expected Tensor as element 0 in argument 0, but got {kind_of(one)}")
    if len(tensors) == 1:
        return function(tensors[0]) if isinstance(tensors[0], Tensor) else tuple(map(function, tensors[0]))
    return tuple(map(function, tensors))


@public()
def atleast_1d(*tensors: Any) -> Any:
    """Tensors with one dimension or more. See torch.atleast_1d."""
    return _each(lambda t: t if t.dim() else t.reshape(1), tensors)


@public()
def atleast_2d(*tensors: Any) -> Any:
    """Tensors with two dimensions or more. See torch.atleast_2d."""
    return _each(lambda t: t if t.dim() > 1 else t.reshape(1, -1), tensors)


@public()
def atleast_3d(*tensors: Any) -> Any:
    """Tensors with three dimensions or more. See torch.atleast_3d."""
    return _each(lambda t: t if t.dim() > 2 else t.unsqueeze(-1) if t.dim() == 2 else t.reshape(1, -1, 1), tensors)


@public()
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of a size (the last may be smaller), or of the sizes given. See torch.split."""
    return tensor.split(split_size_or_sections, dim)


@public()
def broadcast_shapes(*shapes: Any) -> Size:
    """The common shape of shapes. See torch.broadcast_shapes."""
    for s in shapes:
        if s is not None and not isinstance(s, (int, tuple, list, str)):
            raise RuntimeError(f"Input shapes should be of type ints, a tuple of ints, or a list of ints, got {s}")
    every: list[Any] = [() if s is None else (s,) if isinstance(s, int) else s for s in shapes]
    common = [1] * max(map(len, every), default=0)
    for k, sizes in enumerate(every):
        for at in range(-1, -1 - len(sizes), -1):
            n = sizes[at]
            if n in (1, common[at]):
                continue
            if common[at] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {n} at {at}! Mismatching argument at index {k} had "
                    f"{sizes}; but expected shape should be broadcastable to {common}"
                )
            if n < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            common[at] = n
    return Size(common)


@public()
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Views of all tensors in their common shape. See torch.broadcast_tensors."""
    shape = rules.broadcast_shape([t._cl_meta.shape for t in tensors]) if tensors else ()
    return tuple(t.expand(shape) for t in tensors)


@public()
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Coordinate grids from vectors. See torch.meshgrid."""
    vectors = list(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else list(tensors)
    if indexing is None:
        indexing = "ij"
        warn_once("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    vectors = _list("meshgrid", vectors)
    if not vectors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    metas = [v._cl_meta for v in vectors]
    first = metas[0]
    for meta in metas:
        if meta.view.ndim > 1:
            raise RuntimeError("torch.meshgrid: Expected 0D or 1D tensor in the tensor list")
        if meta.dtype is not first.dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
        if meta.device is not first.device:
            raise RuntimeError("meshgrid expects all tensors to have the same device")
    swap = indexing == "xy" and len(vectors) > 1
    if swap:
        vectors[:2], metas[:2] = (vectors[1], vectors[0]), (metas[1], metas[0])
    shape = tuple([meta.view.numel for meta in metas])
    lengths = [(n, *[1] * (len(shape) - 1 - k)) for k, n in enumerate(shape)]
    grids = [v.reshape(n)._by("Expand", View.expand, shape) for v, n in zip(vectors, lengths, strict=True)]
    if swap:
        grids[:2] = grids[1], grids[0]
    return tuple(grids)


@public()
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of one element of each vector, a row each. See torch.cartesian_prod."""
    for t in tensors:
        if t.dim() != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t.shape)}")
    return tensors[0] if len(tensors) == 1 else stack([g.reshape(-1) for g in meshgrid(*tensors, indexing="ij")], 1)


def _triangle_indices(kind: str, row: int, col: int, offset: int, dtype: Any, device: Any) -> Tensor:
    if row < 0 or col < 0:
        raise RuntimeError(f"row and col must be non-negative, got {row} and {col}")
    if dtype not in (None, dtypes.int32, dtypes.int64):
        raise NotImplementedError(f"\"{kind}_indices\" not implemented for '{dtypes.named(dtype).title}'")
    grid = ones(row, col, dtype=dtypes.bool, device=device)
    found = grid.tril(offset) if kind == "tril" else grid.triu(offset)
    return found.nonzero().t().contiguous().to(dtypes.int64 if dtype is None else dtype)


@public()
def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtypes.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """Coordinates of the lower triangle of a matrix, a column each. See torch.tril_indices."""
    return _triangle_indices("tril", row, col, offset, dtype, device)


@public()
def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtypes.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """Coordinates of the upper triangle of a matrix, a column each. See torch.triu_indices."""
    return _triangle_indices("triu", row, col, offset, dtype, device)
