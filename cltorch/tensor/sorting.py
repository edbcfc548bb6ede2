"""Scans and sorting along one dimension: cumsum, cumprod, cummax, sort, topk and what is made of them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import composite
from ..ops import heavy, rules
from ..ops.names import public
from .indexing import join
from .products import two_results
from .return_types import named, numpy_names

if TYPE_CHECKING:
    from .tensor import Tensor

_SORT, _TOPK, _KTH = (named(name, "values indices") for name in ("sort", "topk", "kthvalue"))
_CUM = {name: named(f"cum{name}", "values indices") for name in ("max", "min")}


class Sorting:
    """Methods of Tensor that need the order along a dimension."""

    __slots__ = ()

    def _scan(self: Tensor, kind: str, dim: int, dtype: dtypes.dtype) -> tuple[Any, ...]:
        at = rules.wrap_dim(dim, self.dim())
        shape = self._meta.shape or (1,)
        params = (kind, prod(shape[:at]), shape[at], prod(shape[at + 1 :]), dtype)
        return two_results(heavy.scan_dim, self._dense(), params)

    @public("torch", inplace=True)
    @numpy_names
    def cumsum(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Running sums along ``dim``."""
        return _cumsum(self._widened(dtype), dim=dim)

    @public("torch", inplace=True)
    @numpy_names
    def cumprod(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Running products along ``dim``."""
        return _cumprod(self._widened(dtype), dim=dim)

    def _widened(self: Tensor, dtype: dtypes.dtype | None) -> Tensor:
        """In the dtype asked for; without one integers and bools become int64."""
        if dtype is not None:
            return self.to(dtypes.named(dtype))
        return self if self.is_floating_point() else self.long()

    @public()
    @numpy_names
    def cummax(self: Tensor, dim: int) -> Any:
        """Running largest elements along ``dim``, and where they were."""
        return self._running("max", dim)

    @public()
    @numpy_names
    def cummin(self: Tensor, dim: int) -> Any:
        """Running smallest elements along ``dim``, and where they were."""
        return self._running("min", dim)

    def _running(self: Tensor, kind: str, dim: int) -> Any:
        indices = self.detach()._scan(kind, dim, self._meta.dtype)[1]
        return _CUM[kind]((self.gather(dim, indices) if self.dim() else self.clone(), indices))

    @public()
    @numpy_names
    def diff(
        self: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
    ) -> Tensor:
        """Differences of neighbours along ``dim``, ``n`` times; of what ``prepend`` and ``append`` make longer."""
        at = rules.wrap_dim(dim, self.dim())
        if not self.dim():
            raise RuntimeError("diff expects input to be at least one-dimensional")
        parts = [t for t in (prepend, self, append) if t is not None]
        result = join(parts, at) if len(parts) > 1 else self
        n = rules.integer(n, "n")
        if n < 0:
            raise RuntimeError(f"order must be non-negative but got {n}")
        for _ in range(n):
            count = max(result._meta.shape[at] - 1, 0)
            first = result.narrow(at, 0, count)
            later = result.narrow(at, min(1, result._meta.shape[at]), count)
            result = later ^ first if self._meta.dtype is dtypes.bool else later - first
        return result

    @public()
    @numpy_names
    def sort(self: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
        """Values in order along ``dim``, and where they were."""
        indices = self.argsort(dim, descending)
        if not self.dim():
            return _SORT((self.clone(), indices))
        return _SORT((self.gather(dim, indices)._laid_out(indices._meta.view), indices))

    @public()
    def msort(self: Tensor) -> Tensor:
        """Values in order along the first dimension."""
        return self.sort(0).values

    @public()
    @numpy_names
    def kthvalue(self: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
        """The ``k``-th smallest element along ``dim`` (counted from 1), and where it was."""
        at = rules.wrap_dim(dim, self.dim())
        k = rules.integer(k, "k")
        if not 1 <= k <= (self._meta.shape[at] if self.dim() else 1):
            raise RuntimeError("selected number k out of range for dimension " + str(at))
        if not self.dim():
            return _KTH((self.clone(), self.argsort()))
        indices = self.argsort(at).narrow(at, k - 1, 1).contiguous()
        values = self.gather(at, indices)
        return _KTH((values, indices) if keepdim else (values.squeeze(at), indices.squeeze(at)))

    @public()
    @numpy_names
    def argsort(self: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
        """Positions in the order of the elements along ``dim``; always stable."""
        if not self.dim():
            return self._filled((), 0, dtypes.int64, self._meta.device)
        at = rules.wrap_dim(dim, self.dim())
        moved = self.detach().movedim(at, -1)._dense()
        n = moved._meta.shape[-1]
        indices = two_results(heavy.sort_rows, moved, (prod(moved._meta.shape[:-1]), n, descending))[1]
        return indices.movedim(-1, at)._laid_out(self._meta.view.dense_like())

    @public()
    @numpy_names
    def topk(self: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
        """The ``k`` largest (or smallest) elements along ``dim`` in order, and where they were."""
        at = rules.wrap_dim(dim, self.dim())
        k = rules.integer(k, "k")
        if not 0 <= k <= (self._meta.shape[at] if self.dim() else 1):
            raise RuntimeError("selected index k out of range")
        indices = self.argsort(at, largest).narrow(at, 0, k).contiguous() if self.dim() else self.argsort()
        return _TOPK((self.gather(at, indices), indices))


def _backwards(t: Tensor, dim: int) -> Tensor:
    """Running sums from the end."""
    return t.flip(dim).cumsum(dim).flip(dim)


@composite(vjp=lambda g, y, aux, input, dim: (_backwards(g, dim),))
def _cumsum(input: Tensor, dim: int) -> Tensor:
    return input._scan("sum", dim, input.dtype)[0]


def _cumprod_vjp(g: Tensor, y: Tensor, aux: Any, input: Tensor, dim: int) -> tuple[Tensor]:
    """Products of the others: up to the first zero by division, for that zero itself without it, behind it nothing."""
    zero = input == 0
    seen = zero.cumsum(dim)
    others = input.masked_fill(zero, 1.0)
    alone = (g * others.cumprod(dim)).where(seen == 1, 0.0)
    of_zero = _backwards(alone, dim).where(zero & (seen == 1), 0.0)
    return ((_backwards(g * y, dim) / others).where(~zero, of_zero),)


@composite(vjp=_cumprod_vjp, saves="y input")
def _cumprod(input: Tensor, dim: int) -> Tensor:
    return input._scan("prod", dim, input.dtype)[0]
