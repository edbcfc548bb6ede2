"""Products, sums and softmax of sparse matrices, from coordinates and values. See torch.sparse."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.remembered import remembered
from ..ops.rules import wrap_dim
from ..ops.sparse import sparse_rows
from ..tensor.apply import apply
from ..tensor.counting import searchsorted
from ..tensor.tensor import Tensor
from .base import SparseTensor

_EXTREMES = {"amax": "amax", "amin": "amin"}


def check_product(one: Any, two: Any) -> None:
    """RuntimeError unless a matrix can be multiplied with another one, or with a vector."""
    shape, other = one._size, two._size if isinstance(two, SparseTensor) else two._cl_meta.shape
    if len(shape) != 2 or len(other) not in (1, 2):
        raise RuntimeError(f"mm: expected matrices, got {len(shape)}D and {len(other)}D tensors")
    if shape[1] != other[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({shape[0]}x{shape[1]} and {'x'.join(str(n) for n in other)})"
        )


def product(one: Any, two: Any) -> Any:
    """A sparse matrix (coordinates) times a strided matrix or vector, or times a sparse matrix."""
    check_product(one, two)
    if isinstance(two, SparseTensor):
        return _both_sparse(one, two.to_sparse_coo())
    rows, columns = one._places[0].contiguous(), one._places[1]
    if one._joined_up:
        ends = searchsorted(rows, rows._range(0, 1, one.shape[0] + 1))
        return by_rows(ends, columns, one._held, two)
    return row_sums(rows, columns, one._held, one.shape[0], two)


def batched_product(one: Any, two: Tensor) -> Tensor:
    """A batch of sparse matrices (coordinates) times one of strided ones: as one matrix with the batch's blocks along its diagonal."""
    count, m, k = one.shape
    if one.dense_dim() or isinstance(two, SparseTensor) or two.dim() != 3 or two.shape[:2] != (count, k):
        raise RuntimeError(
            f"bmm: a sparse batch of shape {list(one.shape)} is multiplied with a strided one of shape [{count}, {k}, n], got "
            f"{list(two.shape)}"
        )
    at, rows, columns = one._places.unbind(0)
    places = rows._joined([(at * m + rows).unsqueeze(0), (at * k + columns).unsqueeze(0)], 0)
    whole = one._of(places, one._held, (count * m, count * k), one._joined_up)
    return product(whole, two.reshape(count * k, two.shape[2])).reshape(count, m, two.shape[2])


def lines(ends: Tensor, count: int) -> Tensor:
    """The row (or column) of each of ``count`` values, from where those of each end."""
    ends = ends.long()[1:].contiguous()
    return searchsorted(ends, ends._range(0, 1, count), right=True)


@remembered
def by_rows(ends: Tensor, columns: Tensor, held: Tensor, two: Tensor) -> Tensor:
    """`row_sums` where rows are in order; ``ends`` says where each starts."""
    if held.dim() != 1 or held.dtype is not two.dtype:
        return row_sums(lines(ends, columns._cl_meta.shape[0]), columns, held, ends._cl_meta.shape[0] - 1, two)
    made = _by_rows(ends, columns, held, two if two.dim() == 2 else two.unsqueeze(1))
    return made if two.dim() == 2 else made.squeeze(1)


def _by_rows_rule(
    g: Tensor, y: Any, aux: Any, ends: Tensor, columns: Tensor, held: Tensor, two: Tensor
) -> tuple[Any, ...]:
    """Of a value what its row and the row that it meets say; of these what the transposed matrix makes of the gradient."""
    other, own = (t.conj() if t.is_complex() else t for t in (two, held))
    rows = lines(ends, columns._cl_meta.shape[0])
    met = (g.index_select(0, rows) * other.index_select(0, columns)).sum(1)
    return None, None, met, row_sums(columns, rows, own, two._cl_meta.shape[0], g)


@composite(vjp=_by_rows_rule, saves="ends columns held two", name="sparse_mm", moves=True)
def _by_rows(ends: Tensor, columns: Tensor, held: Tensor, two: Tensor) -> Tensor:
    return apply(sparse_rows, (*map(side_by_side, (ends, columns, held)), two))


def side_by_side(vector: Tensor) -> Tensor:
    """The vector, its elements one behind the other in memory."""
    return vector if vector._cl_meta.view.strides == (1,) else vector._dense()


@remembered
def group_sums(ends: Tensor, order: Tensor, held: Tensor) -> Tensor:
    """Sums of values (or blocks), whose ``order`` puts them in groups; ``ends`` says where each group starts."""
    flat = held.reshape(held._cl_meta.shape[0], -1)
    ones = held._filled(held._cl_meta.shape[:1], 1, held._cl_meta.dtype, held._cl_meta.device)
    return _by_rows(ends, order, ones, flat).reshape(ends._cl_meta.shape[0] - 1, *held._cl_meta.shape[1:])


def row_sums(rows: Tensor, columns: Tensor, held: Tensor, count: int, two: Tensor) -> Tensor:
    """The rows of ``two`` that ``columns`` names, times ``held``, added up by ``rows``."""
    picked = two.index_select(0, columns)
    weighted = picked * (held if two.dim() == 1 else held.unsqueeze(1))
    return weighted.new_zeros((count, *two.shape[1:])).index_add(0, rows, weighted)


def _both_sparse(one: Any, two: Any) -> Any:
    """Each value of the first meets the row of the second that its column names; how many meet is read."""
    two = two.coalesce()
    rows = two._places[0]
    count = rows.new_zeros((two.shape[0],)).index_add(0, rows, rows * 0 + 1)
    first = count.cumsum(0) - count
    own = count.index_select(0, one._places[1])
    which = own._range(0, 1, own.numel()).repeat_interleave(own)
    before = own.cumsum(0) - own
    rank = which._range(0, 1, which.numel()) - before.index_select(0, which)
    other = first.index_select(0, one._places[1].index_select(0, which)) + rank
    held = one._held.index_select(0, which) * two._held.index_select(0, other)
    places = [one._places[0].index_select(0, which).unsqueeze(0), two._places[1].index_select(0, other).unsqueeze(0)]
    return one._of(which._joined(places, 0), held, (one.shape[0], two.shape[1])).coalesce()


def reduced_rows(one: Any, two: Tensor, reduce: str) -> Tensor:
    """`product` with a mean or an extreme in the place of the sum; rows without values are 0."""
    check_product(one, two)
    source = one.to_sparse_coo()
    rows, columns = source._places[0], source._places[1]
    if reduce in ("sum", "mean"):
        made = row_sums(rows, columns, source._held, one.shape[0], two)
        if reduce == "sum":
            return made
        count = made.new_zeros((one.shape[0],)).index_add(0, rows, source._held.detach() * 0 + 1)
        return made / count.clamp_min(1).unsqueeze(1)
    if reduce not in _EXTREMES:
        raise RuntimeError(f"reduce argument must be one of sum, mean, amax, amin, got {reduce}")
    weighted = two.index_select(0, columns) * source._held.unsqueeze(1)
    index = rows.unsqueeze(1).expand(weighted.shape)
    base = weighted.new_zeros((one.shape[0], two.shape[1]))
    return base.scatter_reduce(0, index, weighted, _EXTREMES[reduce], include_self=False)


def total(one: Any, dim: Any, keepdim: bool, dtype: Any) -> Any:
    """The sum of all values, or along dimensions; sparse where a sparse dimension is left, and with ``keepdim``."""
    held = one._held if dtype is None else one._held.to(dtype)
    if dim is None:
        return held.sum()
    depth = one.sparse_dim()
    dims = {wrap_dim(d, one.dim()) for d in ((dim,) if isinstance(dim, int) else dim)}
    inner = tuple(d - depth + 1 for d in sorted(dims) if d >= depth)
    held = held.sum(inner) if inner else held
    kept = [d for d in range(depth) if d not in dims]
    if not kept:
        whole = held.sum(0)
        return whole.reshape([1 if d in dims else n for d, n in enumerate(one.shape)]) if keepdim else whole
    places = one._places.index_select(0, one._places.new_tensor(kept)) if len(kept) < depth else one._places
    size = tuple(n for d, n in enumerate(one.shape) if d not in dims)
    found = one._of(places, held, size, one._joined_up and len(kept) == depth)
    for d in sorted(dims) if keepdim else ():
        found = found.unsqueeze(d)
    return found.coalesce()


def softened(one: Any, dim: int, log: bool) -> Any:
    """Softmax (or its logarithm) along a dimension, of the values that are held; what is not held counts as -inf."""
    source = one.coalesce()
    at, depth = wrap_dim(dim, one.dim()), one.sparse_dim()
    held = source._held
    if at >= depth:
        inner = at - depth + 1
        return source._with(held.log_softmax(inner) if log else held.softmax(inner))
    others = [d for d in range(depth) if d != at]
    keys = source._places.new_zeros((source._nnz(),))
    for d in others:
        keys = keys * one.shape[d] + source._places[d]
    groups, owner = keys.unique(return_inverse=True)
    shape = (groups.numel(), *held.shape[1:])
    index = owner.reshape(-1, *(1 for _ in held.shape[1:])).expand(held.shape)
    top = held.detach().new_full(shape, float("-inf")).scatter_reduce(0, index, held.detach(), "amax")
    apart = held - top.index_select(0, owner)
    sums = held.new_zeros(shape).index_add(0, owner, apart.exp()).index_select(0, owner)
    return source._with(apart - sums.log() if log else apart.exp() / sums)


def at_places(rows: Tensor, columns: Tensor, one: Tensor, two: Tensor) -> Tensor:
    """The elements of a product of strided matrices (batched or not) at some places."""
    return (one.index_select(-2, rows) * two.transpose(-1, -2).index_select(-2, columns)).sum(-1)


def promoted(dtype: Any) -> Any:
    """What values of a dtype are where a float is needed."""
    return dtype if dtype.is_floating_point or dtype.is_complex else dtypes.get_default_dtype()
