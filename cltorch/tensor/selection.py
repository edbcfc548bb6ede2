"""One element, or the first ones, of the order along a dimension: topk, kthvalue, median, mode, quantiles."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.aliases import no_view
from ..autograd.composite import composite
from ..autograd.modes import no_grad
from ..autograd.names import called, shown_as
from ..ops import heavy, rules
from ..ops.arguments import Omitted, is_tensor, need_kind, takes
from ..ops.names import public
from .apply import apply_several
from .known import check_range
from .reductions import share
from .return_types import named

if TYPE_CHECKING:
    from .tensor import Tensor

_TOPK, _KTH, _MEDIAN, _NANMEDIAN, _MODE = (
    named(name, "values indices") for name in ("topk", "kthvalue", "median", "nanmedian", "mode")
)


class Selection:
    """Methods of Tensor that select by order."""

    __slots__ = ()

    @public(out="whole apart")
    @takes("topk", "half wide integer")
    @shown_as("TopkBackward0")
    def topk(self: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
        """The ``k`` largest (or smallest) elements along ``dim`` in order, and where they were."""
        at = rules.wrap_dim(dim, self.dim())
        k = rules.integer(k, "k")
        if not 0 <= k <= (self._cl_meta.shape[at] if self.dim() else 1):
            raise RuntimeError("selected index k out of range")
        if self.dtype is dtypes.bool:
            raise RuntimeError("topk does not support bool dtypes on CPU")
        if not self.dim():
            return _TOPK((self.clone(), self._filled((), 0, dtypes.int64, self._cl_meta.device)))
        moved, rows, n = self._as_rows(at)
        values, indices = apply_several(heavy.first_of_rows, (moved,), (rows, n, k, largest))
        values, indices = (t.movedim(-1, at).contiguous() for t in (values, indices))
        return _TOPK((self._valued(at, values, indices), indices))

    @public(out="apart")
    @shown_as("KthvalueBackward0")
    def kthvalue(self: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
        """The ``k``-th smallest element along ``dim`` (counted from 1), and where it was."""
        if self.dim():
            need_kind("kthvalue_cpu", ("half", "wide", "integer"), self._cl_meta.dtype)
        at = rules.wrap_dim(dim, self.dim())
        k = rules.integer(k, "k")
        if self.dim() and not self._cl_meta.shape[at]:
            raise IndexError(f"kthvalue(): Expected reduction dim {at} to have non-zero size.")
        if not 1 <= k <= (self._cl_meta.shape[at] if self.dim() else 1):
            raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(at))
        return _KTH(self._one_of("kth", at, keepdim, k - 1))

    def _one_of(self: Tensor, kind: str, at: int, keepdim: bool, k: int = 0) -> tuple[Tensor, Tensor]:
        """One element along ``at`` and its position."""
        moved, rows, n = self._as_rows(at)
        values, indices = apply_several(heavy.kth_of_rows, (moved,), (kind, rows, n, k))
        if not self.dim():
            return self.clone(), indices.reshape(())
        values, indices = self._valued(at, values.unsqueeze(at), indices.unsqueeze(at)), indices.unsqueeze(at)
        if not keepdim:
            values, indices = no_view(values.squeeze(at)), no_view(indices.squeeze(at))
        return values, indices

    @public(out="dim whole apart")
    @takes("median_cpu", "half wide integer bool")
    def median(self: Tensor, dim: int | Omitted = None, keepdim: bool = False) -> Any:
        """The (lower) median element, NaN if there is one; with a dimension (values, indices)."""
        return self._median("median", dim, keepdim)

    @public(out="dim whole apart")
    @takes("median_cpu", "half wide integer bool")
    def nanmedian(self: Tensor, dim: int | Omitted = None, keepdim: bool = False) -> Any:
        """The (lower) median of what is not NaN; with a dimension (values, indices)."""
        return self._median("nanmedian", dim, keepdim)

    def _median(self: Tensor, kind: str, dim: Any, keepdim: bool) -> Any:
        if dim is None and not self.numel():  # NaN, as C casts it to integers
            least = -(2**31) if self.dtype is dtypes.int32 else -(2**63)
            made = self._filled((), nan if self.is_floating_point() else least, self.dtype, self._cl_meta.device)
            return called(made + self.sum(), f"{kind.title()}Backward0") if self._is_recorded else made
        if self.dtype is dtypes.bool:
            raise NotImplementedError("\"median_out_impl\" not implemented for 'Bool'")
        if dim is None:
            return called(_of_all(self, kind=kind), f"{kind.title()}Backward0")
        at = rules.wrap_dim(dim, self.dim())
        if self.dim() and not self._cl_meta.shape[at]:
            raise IndexError(f"{kind}(): Expected reduction dim {at} to have non-zero size.")
        found = (_MEDIAN if kind == "median" else _NANMEDIAN)(self._one_of(kind, at, keepdim))
        return called(found, f"{kind.title()}Backward1")

    @public(out="whole apart")
    @shown_as("ModeBackward0")
    def mode(self: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
        """The most frequent element along ``dim`` (the smallest of several), and where it last is."""
        at = rules.wrap_dim(dim, self.dim())
        if not self.dim():
            return _MODE((self.clone(), self._filled((), 0, dtypes.int64, self._cl_meta.device)))
        need_kind("mode_cpu", ("half", "wide", "integer", "bool"), self._cl_meta.dtype)
        n = self._cl_meta.shape[at]
        if not n:
            raise IndexError(f"mode(): Expected reduction dim {at} to have non-zero size.")
        with no_grad():
            values, order = self._ordered(at, False)
            values, order = values.movedim(at, -1), order.movedim(at, -1)
            place = self._range(0, 1, n).expand(values._cl_meta.shape)
            new = values.narrow(-1, 1, n - 1) != values.narrow(-1, 0, n - 1)
            first = self._joined(
                [new._filled((*new._cl_meta.shape[:-1], 1), True, dtypes.bool, self._cl_meta.device), new], -1
            )
            start = place.where(first, 0).cummax(-1).values
            best = (place - start).argmax(
                -1, keepdim=True
            )  # the first of the longest runs is that of the smallest value
            indices = order.gather(-1, best).movedim(-1, at)
        values = self.gather(at, indices)
        return _MODE((values, indices) if keepdim else (values.squeeze(at), indices.squeeze(at)))

    @public()
    @shown_as("SqueezeBackward4")
    def quantile(
        self: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        """The ``q``-th quantiles along ``dim`` (of all elements without it); NaN where there is any."""
        return self._quantile("quantile", q, dim, keepdim, interpolation)

    @public()
    @shown_as("SqueezeBackward4")
    def nanquantile(
        self: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        """`quantile` of what is not NaN."""
        return self._quantile("nanquantile", q, dim, keepdim, interpolation)

    def _quantile(self: Tensor, name: str, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Tensor:
        if self.dtype not in (dtypes.float32, dtypes.float64):
            raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
        if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
            raise RuntimeError(
                f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
            )
        if not self.numel():
            raise RuntimeError(f"{name}() input tensor must be non-empty")
        if not is_tensor(q):
            if not 0 <= q <= 1:
                raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
            q = self._filled((), float(q), self.dtype, self._cl_meta.device)
        if q.dtype is not self.dtype:
            raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
        if q.dim() > 1:
            raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
        check_range(q, 0, 1, RuntimeError, f"{name}() q values must be in the range [0, 1]")
        at = 0 if dim is None else rules.wrap_dim(dim, self.dim())
        source = self.reshape(-1) if dim is None or not self.dim() else self
        found = _between(source.movedim(at, -1), q.reshape(-1), name == "nanquantile", interpolation).movedim(-1, 0)
        kept = self._cl_meta.shape
        shape = tuple(
            1 if dim is None or d == at else n for d, n in enumerate(kept) if keepdim or (dim is not None and d != at)
        )
        return found.reshape((*q._cl_meta.shape, *shape))


def _between(rows: Tensor, q: Tensor, skip_nan: bool, interpolation: str) -> Tensor:
    """The quantiles of rows, (..., len(q))."""
    n = rows._cl_meta.shape[-1]
    ordered = rows.sort(-1).values
    if skip_nan:
        last = ((~rows.detach().isnan()).long().sum(-1, keepdim=True) - 1).clamp(min=0).to(rows.dtype)
        rank = q * last
    else:
        nan = rows.detach().isnan().any(-1, keepdim=True)
        rank = (q * (n - 1)).expand((*rows._cl_meta.shape[:-1], q.numel())).where(~nan, float(n - 1))
    if interpolation == "lower":
        rank = rank.floor()
    elif interpolation == "higher":
        rank = rank.ceil()
    elif interpolation == "nearest":
        rank = rank.round()
    below = rank.detach().floor()
    lower = ordered.gather(-1, below.long())
    if interpolation in ("lower", "higher", "nearest"):
        return lower
    weight = rank - below if interpolation == "linear" else rank._filled((), 0.5, rank.dtype, rank._cl_meta.device)
    upper = ordered.gather(-1, rank.detach().ceil().long())
    return lower.lerp(upper, weight.expand(lower._cl_meta.shape))


@composite(vjp=lambda g, y, aux, input, kind: (share(g, y, input),), saves="y input", moves=True)
def _of_all(input: Tensor, kind: str) -> Tensor:
    flat = input.reshape(-1)._dense()
    return apply_several(heavy.kth_of_rows, (flat,), (kind, 1, flat.numel(), 0))[0]
