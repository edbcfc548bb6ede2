"""Scatter with a reduction, along a dimension or by rows; single elements by flat position; regions of a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.names import shown_as
from ..autograd.remembered import remembered
from ..graph.view import View
from ..ops import rules
from ..ops.names import public
from ..warned import warn_once
from .cat import unchanged
from .guards import need_alike_dims
from .indexing import put
from .known import check_range, within
from .picks import Picks
from .writes import need_apart

if TYPE_CHECKING:
    from .tensor import Tensor

_MODES = {"sum": "add", "mean": "add", "prod": "prod", "amax": "amax", "amin": "amin"}
_OLDER = {"max": "amax", "min": "amin"}


def slice_of(tensor: Tensor, dim: int, start: int | None, end: int | None, step: int) -> Tensor:
    """A view of every ``step``-th position along ``dim`` from ``start`` up to ``end``."""
    at = rules.wrap_dim(dim, tensor.dim())
    start, end = (None if v is None else rules.integer(v) for v in (start, end))
    if rules.integer(step, "step") <= 0:
        raise RuntimeError("slice step must be positive")
    return tensor[(slice(None),) * at + (slice(start, end, step),)]


class Scattering:
    """Methods of Tensor that combine values at positions."""

    __slots__ = ()

    @public(inplace=True, out="placed")
    @remembered
    @shown_as("ScatterReduceBackward0")
    def scatter_reduce(
        self: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """A copy in which ``src`` is reduced (sum, prod, mean, amax, amin) at positions ``index`` along ``dim``.

        Without ``include_self`` what was there before does not take part where something is put.
        """
        at = rules.wrap_dim(dim, self.dim())
        reduce = _OLDER.get(reduce, reduce)
        if reduce not in _MODES:
            raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
        if src.dtype is not self.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        if not index.numel():
            return unchanged(self, src)
        need_alike_dims(index, src)
        if self.dim() <= 1:  # one of no dimension counts as one element
            index, src = index.reshape(-1), src.reshape(-1)
        if not self.dim():
            return self.reshape(1).scatter_reduce(0, index, src, reduce, include_self=include_self).reshape(())
        for d, n in enumerate(index._cl_meta.shape):
            src = src.narrow(d, 0, n)
        base = self
        if not include_self:
            base = self.scatter(at, index, value=_identity(reduce, self.dtype))
        if reduce in ("prod", "amax", "amin"):
            return _combined(base, src, index, dim=at, how=self._along(at, index, "scatter").how, mode=reduce)
        total = base.scatter_add(at, index, src)
        return total if reduce == "sum" else _averaged(total, at, index, include_self)

    @public(inplace=True, out="placed")
    @remembered
    @shown_as("IndexAddBackward0")
    def index_add(self: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: complex = 1) -> Tensor:
        """A copy with ``alpha * source`` added at positions ``index`` along ``dim``."""
        if self.dim() and not source.dim() and index.numel() != 1:
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        if not self.dim() or not source.dim():
            _need_rows_like(self, source, self._cl_meta.shape == source._cl_meta.shape)
        if alpha != 1:
            source = source * self._as_own_number(alpha)
        return self._placed(dim, index, source, "add", "index_add")

    @public(inplace=True, out="placed")
    @remembered
    @shown_as("IndexReduceBackward0")
    def index_reduce(
        self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """A copy in which rows of ``source`` are reduced (prod, mean, amax, amin) at positions ``index`` along ``dim``."""
        if reduce not in ("prod", "mean", "amax", "amin"):
            raise RuntimeError(
                f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}."
            )
        warn_once("index_reduce() is in beta and the API may change at any time.")
        at = rules.wrap_dim(dim, self.dim())
        if not self.dim():
            return (
                self.reshape(1).index_reduce(0, index, source.reshape(1), reduce, include_self=include_self).reshape(())
            )
        if index.dim() > 1:
            raise IndexError("index_reduce(): Index is supposed to be a vector")
        if source.dim() > at and source._cl_meta.shape[at] != index.numel():
            raise RuntimeError(
                f"index_reduce_(): Number of indices ({index.numel()}) should be equal to source.size(dim): "
                f"({source._cl_meta.shape[at]}), for dim: {dim}"
            )
        mine, theirs = self._cl_meta.shape, source._cl_meta.shape
        _need_rows_like(self, source, mine[:at] + mine[at + 1 :] == theirs[:at] + theirs[at + 1 :])
        if index.dtype not in (dtypes.int32, dtypes.int64):
            raise RuntimeError(f"index_reduce_(): Expected dtype int32/int64 for index but got: {index.dtype.title}")
        check_range(index, 0, self._cl_meta.shape[at] - 1, IndexError, "index out of range in self")
        shape = tuple(index.numel() if d == at else 1 for d in range(self.dim()))
        index = within(index, self._cl_meta.shape[at], IndexError)  # a scatter's own error is of another class
        wide = index.reshape(shape).expand(source._cl_meta.shape)
        return self.scatter_reduce(at, wide, source, reduce, include_self=include_self)

    @public(out=False)
    @remembered
    @shown_as("PutBackward0")
    def put(self: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
        """A copy with the elements of ``source`` at flat positions ``index``, or added there."""
        if index.dtype is not dtypes.int64:
            raise RuntimeError(f"put_(): Expected a long tensor for index, but got {index.dtype.title}")
        if source.dtype is not self.dtype:
            raise RuntimeError(
                "put_(): self and source expected to have the same dtype, but got self.dtype = "
                f"{self.dtype.title} and source.dtype = {source.dtype.title}"
            )
        if index.numel() != source.numel():
            raise IndexError(
                "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
                f"{source.numel()}, index.numel() = {index.numel()}"
            )
        if not index.numel():
            return unchanged(self, source)
        picks = Picks((0,), (index.reshape(-1),))
        return (
            put(self.reshape(-1), source.reshape(-1), picks, "add" if accumulate else "set")
            .reshape(self._cl_meta.shape)
            ._laid_out(self._cl_meta.view.dense_like())
        )

    def put_(self: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
        """In-place `put`."""
        need_apart(self, (index, source))
        return self._inplace(lambda old: old.put(index, source, accumulate))

    # --- a copy with a region replaced -------------------------------------------------------------------------------

    @public(out=False)
    def select_scatter(self: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
        """A copy with ``src`` at position ``index`` of ``dim``."""
        return _region(self, src, self._blank().select(dim, index))

    @public()
    def slice_scatter(
        self: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
    ) -> Tensor:
        """A copy with ``src`` at the positions ``start:end:step`` of ``dim``."""
        return _region(self, src, slice_of(self._blank(), dim, start, end, step))

    @public(out=False)
    def diagonal_scatter(self: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """A copy with ``src`` on a diagonal."""
        return _region(self, src, self._blank().diagonal(offset, dim1, dim2))

    @public(out=False)
    def as_strided_scatter(
        self: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None
    ) -> Tensor:
        """A copy with ``src`` where a view of that size and stride looks."""
        return _region(self, src, self._blank().as_strided(size, stride, storage_offset or 0))

    def _blank(self: Tensor) -> Tensor:
        """A tensor of zeros in whose storage regions are laid out: its views say where they lie."""
        return self._filled(self._cl_meta.shape, 0, self.dtype, self._cl_meta.device)


def _need_rows_like(self: Tensor, source: Tensor, alike: bool) -> None:
    """RuntimeError where what is put at positions along a dimension does not fit the others."""
    if not alike:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{rules.text(self._cl_meta.shape)} source.shape = {rules.text(source._cl_meta.shape)}"
        )


def _region(base: Tensor, src: Tensor, like: Tensor) -> Tensor:
    """A dense copy of ``base`` with ``src`` in the region that ``like`` shows."""
    if src._cl_meta.shape != like._cl_meta.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src._cl_meta.shape)}, slice size = "
            f"{list(like._cl_meta.shape)}"
        )
    made = _with_region(base, src, view=like._cl_meta.view, shape=base._cl_meta.shape)
    return made._laid_out(base._cl_meta.view.dense_like())


def _with_region_vjp(
    g: Tensor, y: Any, aux: Any, base: Tensor, src: Tensor, view: View, shape: Any
) -> tuple[Tensor, Tensor]:
    dense = g.contiguous()
    zeros = g._filled(view.shape, 0, g.dtype, g._cl_meta.device)
    return _with_region(dense, zeros, view=view, shape=shape), dense.clone()._see(view)


@composite(vjp=_with_region_vjp, moves=True)
def _with_region(base: Tensor, src: Tensor, view: View, shape: Any) -> Tensor:
    made = base.contiguous().clone()
    made._see(view).copy_(src)
    return made


def _identity(reduce: str, dtype: dtypes.dtype) -> Any:
    """What changes nothing in a reduction."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if dtype is dtypes.bool:
        return reduce == "amin"
    if dtype.is_floating_point:
        return float("-inf") if reduce == "amax" else float("inf")
    limits = dtypes.iinfo(dtype)
    return limits.min if reduce == "amax" else limits.max


def _averaged(total: Tensor, dim: int, index: Tensor, include_self: bool) -> Tensor:
    """Sums divided by how many numbers they are of."""
    ones = total._filled(index._cl_meta.shape, 1, total.dtype, total._cl_meta.device)
    count = total._filled(total._cl_meta.shape, int(include_self), total.dtype, total._cl_meta.device)
    count = count.scatter_add(dim, index, ones)
    count = count.where(count != 0, total._filled((), 1, total.dtype, total._cl_meta.device))
    return total / count if total.is_floating_point() or total.is_complex() else total.div(count, rounding_mode="floor")


def _combined_vjp(
    g: Tensor, y: Tensor, aux: Any, base: Tensor, src: Tensor, index: Tensor, dim: int, how: Any, mode: str
) -> tuple[Tensor, Tensor]:
    """Extremes: shared evenly by those that are it. Products: the product of the others."""
    if mode != "prod":
        at_base, at_src = (base == y).to(g.dtype), (src == y.gather(dim, index)).to(g.dtype)
        share = g / at_base.scatter_add(dim, index, at_src)
        return share * at_base, share.gather(dim, index) * at_src
    one = g._filled((), 1, g.dtype, g._cl_meta.device)
    masked = base.where(base != 0, one)
    of_base = g * masked.scatter_reduce(dim, index, src, "prod") / masked
    zero = src == 0
    single = zero & (zero.long()._filled(base._cl_meta.shape, 0, dtypes.int64, g._cl_meta.device).scatter_add(
        dim, index, zero.long()
    ).gather(dim, index) == 1)  # fmt: skip
    others = base.scatter_reduce(dim, index, one.where(single, src), "prod")
    of_src = (g * y).gather(dim, index) / one.where(zero, src)
    return of_base, (g * others).gather(dim, index).where(single, of_src)


@composite(vjp=_combined_vjp, saves="y base src index", moves=True)
def _combined(base: Tensor, src: Tensor, index: Tensor, dim: int, how: Any, mode: str) -> Tensor:
    return put(base, src, Picks.by(how, (index,)), mode)
