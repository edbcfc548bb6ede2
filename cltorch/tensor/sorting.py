"""Scans and sorting along one dimension: cumsum, cumprod, cummax, logcumsumexp, sort and what is made of them."""

from __future__ import annotations

from math import pi, prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.aliases import no_view
from ..autograd.composite import composite, is_narrow
from ..autograd.modes import MODE
from ..autograd.names import shown_as
from ..autograd.remembered import remembered
from ..ops import heavy, rules
from ..ops.arguments import takes
from ..ops.names import public
from .apply import apply_several
from .cat import join
from .return_types import named

if TYPE_CHECKING:
    from .tensor import Tensor

_SORT = named("sort", "values indices")
_CUM = {name: named(f"cum{name}", "values indices") for name in ("max", "min")}


def _doubling(t: Tensor, at: int) -> Tensor:
    """`logcumsumexp` of complex numbers: each takes in what lies 1, 2, 4, ... before it (Hillis and Steele 1986)."""
    n, step = t._cl_meta.shape[at] if t.dim() else 1, 1
    while step < n:
        head, tail = t.narrow(at, 0, step), t.narrow(at, step, n - step)
        t, step = join([head, tail.logaddexp(t.narrow(at, 0, n - step))], at), 2 * step
    return t if step > 1 else t.clone()


def _turned(y: Tensor, input: Tensor, at: int) -> Tensor:
    """Running logarithms of complex sums with their imaginary parts in PyTorch's turn. It adds from front to back: each is the larger one
    of the element and of the sum before it plus an angle of a quarter turn at most."""
    n = y._cl_meta.shape[at] if y.dim() else 1
    if n < 2:
        return y
    full = 2 * pi
    angle, own = y.imag, input.imag
    steps = angle.diff(dim=at)
    run = join([angle.narrow(at, 0, 1) * 0, steps - (steps / full).round() * full], at).cumsum(at)
    starts = input.real.narrow(at, 1, n - 1) >= y.real.narrow(at, 0, n - 1)
    shape = [n if d == at else 1 for d in range(y.dim())]
    place = y._range(0, 1, n).reshape(shape).expand(y.shape)
    last = join([place.narrow(at, 0, 1), place.narrow(at, 1, n - 1).where(starts, 0)], at).cummax(at).values
    lead = angle - own
    base = own + lead - (lead / full).round() * full - run
    turns = ((run + base.gather(at, last) - angle) / full).round()
    return y + turns.where(turns.isfinite(), 0.0) * (full * 1j)


def _need_own(name: str, own: dtypes.dtype, asked: dtypes.dtype | None) -> None:
    """Whether running results can be stored in the place of what they are made of."""
    if asked is not None and dtypes.named(asked) is not own:
        raise RuntimeError(
            f"Bad in-place call: input tensor dtype {own.c_name} and output tensor dtype {dtypes.named(asked).c_name} should match"
        )
    if own is dtypes.bool:
        raise NotImplementedError(f"\"{name}_out_cpu\" not implemented for 'Bool'")


class Sorting:
    """Methods of Tensor that need the order along a dimension."""

    __slots__ = ()

    def _scan(self: Tensor, kind: str, dim: int, dtype: dtypes.dtype) -> tuple[Any, ...]:
        at = rules.wrap_dim(dim, self.dim())
        shape = self._cl_meta.shape or (1,)
        params = (kind, prod(shape[:at]), shape[at], prod(shape[at + 1 :]), dtype)
        return apply_several(heavy.scan_dim, (self._dense(),), params)

    @public("torch", inplace=True, out="cast dtype")
    def cumsum(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Running sums along ``dim``."""
        return _cumsum(self._widened(dtype), dim=dim)

    @public("torch", inplace=True, out="cast dtype")
    def cumprod(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Running products along ``dim``."""
        return _cumprod(self._widened(dtype), dim=dim)

    def cumsum_(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """In-place `cumsum`; RuntimeError for another ``dtype`` than its own, NotImplementedError for bool."""
        _need_own("cumsum", self._cl_meta.dtype, dtype)
        return self._inplace(lambda old: old.cumsum(dim))

    def cumprod_(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """In-place `cumprod`; RuntimeError for another ``dtype`` than its own, NotImplementedError for bool."""
        _need_own("cumprod", self._cl_meta.dtype, dtype)
        return self._inplace(lambda old: old.cumprod(dim))

    def _widened(self: Tensor, dtype: dtypes.dtype | None) -> Tensor:
        """In the dtype asked for; without one integers and bools become int64."""
        if dtype is not None:
            return self.to(dtypes.named(dtype))
        return self if self.dtype.differentiable else self.long()

    @public()
    @shown_as("CummaxBackward0")
    def cummax(self: Tensor, dim: int) -> Any:
        """Running largest elements along ``dim``, and where they were."""
        return self._running("max", dim)

    @public()
    @shown_as("CumminBackward0")
    def cummin(self: Tensor, dim: int) -> Any:
        """Running smallest elements along ``dim``, and where they were."""
        return self._running("min", dim)

    def _running(self: Tensor, kind: str, dim: int) -> Any:
        if self.is_complex() and not self.dim():
            rules.wrap_dim(dim, 0)
            return _CUM[kind]((self.clone(), self._filled((), 0, dtypes.int64, self._cl_meta.device)))
        if self.is_complex():
            raise NotImplementedError(f"\"cum{kind}_cpu\" not implemented for '{self.dtype.title}'")
        indices = self.detach()._scan(kind, dim, self._cl_meta.dtype)[1]
        return _CUM[kind]((self.gather(dim, indices) if self.dim() else self.clone(), indices))

    @public(out="cast apart")
    @remembered
    def diff(
        self: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
    ) -> Tensor:
        """Differences of neighbours along ``dim``, ``n`` times; of what ``prepend`` and ``append`` make longer."""
        if not self.dim():
            raise RuntimeError("diff expects input to be at least one-dimensional")
        at = rules.wrap_dim(dim, self.dim())
        parts = [t for t in (prepend, self, append) if t is not None]
        if any(t.dim() != self.dim() for t in parts):
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
        result = join(parts, at) if len(parts) > 1 else self
        n = rules.integer(n, "n")
        if n < 0:
            raise RuntimeError(f"order must be non-negative but got {n}")
        if n == 0:
            return self.clone()
        for _ in range(min(n, result._cl_meta.shape[at])):  # then nothing is left
            count = max(result._cl_meta.shape[at] - 1, 0)
            first = result.narrow(at, 0, count)
            later = result.narrow(at, min(1, result._cl_meta.shape[at]), count)
            result = later ^ first if result._cl_meta.dtype is dtypes.bool else later - first
        return result

    @public()
    def logcumsumexp(self: Tensor, dim: int) -> Tensor:
        """Running logarithms of summed exponentials along ``dim``."""
        if self.is_complex():
            return _logcumsumexp_complex(self, dim=rules.wrap_dim(dim, self.dim()))
        if not self.is_floating_point():
            raise NotImplementedError(f"\"logcumsumexp_out_cpu\" not implemented for '{self.dtype.title}'")
        return _logcumsumexp(self, dim=dim, rounds=is_narrow(self.dtype))

    def _as_rows(self: Tensor, at: int) -> tuple[Tensor, int, int]:
        """The elements with dimension ``at`` last, dense and without gradient; how many rows, and how long they are."""
        moved = self.detach().movedim(at, -1)._dense() if self.dim() else self.detach().reshape(1)
        shape = moved._cl_meta.shape
        return moved, prod(shape[:-1]), shape[-1]

    def _valued(self: Tensor, at: int, values: Tensor, indices: Tensor) -> Tensor:
        """Elements at ``indices``: as a kernel gave them, or picked where a gradient goes through them."""
        return self.gather(at, indices) if self._is_recorded and MODE.enabled else values

    def _ordered(self: Tensor, dim: int, descending: bool) -> tuple[Tensor, Tensor]:
        """Values in order along ``dim``, without a gradient, and where they were."""
        at = rules.wrap_dim(dim, self.dim())
        moved, rows, n = self._as_rows(at)
        results = apply_several(heavy.sort_rows, (moved,), (rows, n, descending))
        if not self.dim():
            return results[0].reshape(()), results[1].reshape(())
        layout = self._cl_meta.view.dense_like()
        values, indices = (t.movedim(-1, at)._laid_out(layout) for t in results)
        return values, indices

    @public()
    @takes("sort", "half wide integer bool")
    @shown_as("SortBackward0")
    def sort(self: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = False) -> Any:
        """Values in order along ``dim``, and where they were; always stable."""
        values, indices = self._ordered(dim, descending)
        return _SORT(
            (self._valued(rules.wrap_dim(dim, self.dim()), values, indices)._laid_out(values._cl_meta.view), indices)
        )

    @public()
    @takes("sort", "half wide integer bool")
    @shown_as("SortBackward0")
    def msort(self: Tensor) -> Tensor:
        """Values in order along the first dimension."""
        return self.sort(0).values

    @public(out=False)
    @takes("sort", "half wide integer bool")
    def argsort(self: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
        """Positions in the order of the elements along ``dim``; always stable."""
        return no_view(self._ordered(dim, descending)[1])


def _backwards(t: Tensor, dim: int) -> Tensor:
    """Running sums from the end."""
    return t.flip(dim).cumsum(dim).flip(dim)


@composite(vjp=lambda g, y, aux, input, dim: (_backwards(g, dim),))
def _cumsum(input: Tensor, dim: int) -> Tensor:
    return input._scan("sum", dim, input.dtype)[0]


def _cumprod_vjp(g: Tensor, y: Tensor, aux: Any, input: Tensor, dim: int) -> tuple[Tensor]:
    """Products of the others: up to the first zero by division, for that zero itself without it, behind it nothing."""
    if MODE.enabled:
        return (_cumprod_slope(g, input, dim),)
    g = g.conj()  # of complex numbers the conjugate of the derivative counts
    zero = input == 0
    seen = zero.cumsum(dim)
    others = input.masked_fill(zero, 1.0)
    alone = (g * others.cumprod(dim)).where(seen == 1, 0.0)
    of_zero = _backwards(alone, dim).where(zero & (seen == 1), 0.0)
    return ((_backwards(g * y, dim) / others).where(~zero, of_zero).conj(),)


def _cumprod_slope(g: Tensor, input: Tensor, dim: int) -> Tensor:
    """The same so that it can be differentiated again, zeros or not: the product of those before, times what comes back of ``g`` by
    the numbers behind."""
    count = input._cl_meta.shape[dim] if input.dim() else 1
    if count < 2:
        return g
    x = input.conj()
    before = join([x.narrow(dim, 0, 1)._full_like(1), x.narrow(dim, 0, count - 1)], dim).cumprod(dim)
    return before * _returned(g, x.narrow(dim, 1, count - 1), dim)


def _returned(g: Tensor, factors: Tensor, dim: int) -> Tensor:
    """``r[k] = g[k] + factors[k] * r[k + 1]``, a recurrence from the back that is solved by doubling."""
    count, step = g._cl_meta.shape[dim], 1

    def later(t: Tensor, by: int) -> Tensor:
        return join([t.narrow(dim, by, count - by), t.narrow(dim, 0, by)._full_like(0)], dim)

    factor = join([factors, factors.narrow(dim, 0, 1)._full_like(0)], dim)
    while step < count:
        g = g + factor * later(g, step)
        factor = factor * later(factor, step)
        step *= 2
    return g


@composite(vjp=_cumprod_vjp, saves="y input")
def _cumprod(input: Tensor, dim: int) -> Tensor:
    return input._scan("prod", dim, input.dtype)[0]


def _logcumsumexp_vjp(g: Tensor, y: Tensor, aux: Any, input: Tensor, dim: int, rounds: bool) -> tuple[Tensor]:
    """``exp(x) * sum of g / exp(y) from here on``, in logarithms: positive and negative gradients apart. What has none is a
    number, as that of minus infinity would be differentiated to NaN. A result that was rounded to 16 bits is computed again."""
    y = input.logcumsumexp(dim) if rounds else y
    logs, none = g.abs().log(), dtypes.finfo(g.dtype).min
    positive, negative = logs.where(g > 0, none), logs.where(g < 0, none)

    def back(part: Tensor) -> Tensor:
        return ((part - y).flip(dim).logcumsumexp(dim).flip(dim) + input).exp()

    return (back(positive) - back(negative),)


@composite(vjp=_logcumsumexp_vjp, saves="y input")
def _logcumsumexp(input: Tensor, dim: int, rounds: bool) -> Tensor:
    return input._scan("logsumexp", dim, input.dtype)[0]


def _logcumsumexp_complex_vjp(g: Tensor, y: Tensor, aux: Any, input: Tensor, dim: int) -> tuple[Tensor]:
    """The same sums, each made of the one behind it: logarithms of complex sums would lose what cancels."""
    count = y._cl_meta.shape[dim] if y.dim() else 1
    if count > 1:
        g = _returned(g, (y.narrow(dim, 0, count - 1) - y.narrow(dim, 1, count - 1)).exp().conj(), dim)
    return (g * (input - y).exp().conj(),)


@composite(vjp=_logcumsumexp_complex_vjp, saves="y input")
def _logcumsumexp_complex(input: Tensor, dim: int) -> Tensor:
    return _turned(_doubling(input, dim), input, dim)
