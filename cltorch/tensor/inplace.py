"""In-place methods of Tensor that are not of the op table: copies, fills, random numbers, ``out=``."""

from __future__ import annotations

from functools import cache
from math import inf, isfinite, log1p, pi, sqrt
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import is_narrow
from ..autograd.modes import no_grad
from ..errors import kind_of
from ..graph.record import emit
from ..graph.value import Value
from ..ops import rules
from ..ops.arguments import Number, Omitted, also_named, checked, is_tensor, need_kind, takes
from ..ops.names import public
from ..runtime.faults import CHANCE
from ..runtime.host import HOST
from ..warned import warn
from . import philox
from .guards import refuse
from .host_data import as_number
from .writes import assign, between_layouts, check_writable, inplace, renamed, storage_meta, write_record

if TYPE_CHECKING:
    from ..graph.meta import Meta
    from .random import Generator
    from .tensor import Tensor


class InPlace:
    """Methods of Tensor that change it."""

    __slots__ = ()

    def _inplace(self: Tensor, compute: Any) -> Tensor:
        """Become ``compute(self as it was)``."""
        return inplace(self, compute)

    def abs_(self: Tensor) -> Tensor:
        """Every element becomes its absolute value; RuntimeError for complex numbers, whose absolute values are real."""
        if self.is_complex():
            raise RuntimeError("In-place abs is not supported for complex tensors.")
        return inplace(self, lambda old: old.abs(), elementwise=True)

    absolute_ = abs_

    def float_power_(self: Tensor, exponent: complex | Tensor) -> Tensor:
        """In-place `float_power` of a tensor that has the dtype of its result."""
        has_complex = exponent.is_complex() if is_tensor(exponent) else isinstance(exponent, complex)
        kind = "ComplexDouble" if self.is_complex() or has_complex else "Double"
        if self.dtype.title != kind:
            raise RuntimeError(
                f"the base given to float_power_ has dtype {self.dtype.title} but the operation's result requires dtype {kind}"
            )
        return inplace(self, lambda old: old.float_power(exponent), elementwise=True)

    @also_named(other="src")
    def copy_(self: Tensor, src: Tensor | complex, non_blocking: bool = False) -> Tensor:
        """Take over the elements of ``src``, broadcast and cast; also from another device."""
        if isinstance(src, (int, float, complex)) or (not is_tensor(src) and getattr(src, "shape", None) == ()):
            number = rules.scalar(src if isinstance(src, (int, float, complex)) else src.item())
            return self.copy_(self._filled((), number, dtypes.of_scalar(type(number)), self._cl_meta.device))
        if hasattr(src, "_apply_sparse"):
            raise between_layouts(self, src)
        if not is_tensor(src):
            raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {kind_of(src)}")
        shape = self._cl_meta.shape
        itself = src is self or (src._storage is self._storage and src._cl_meta is self._cl_meta)
        check_writable(self, () if itself else (src,), idempotent=itself)
        if rules.broadcast_shape([shape, src._cl_meta.shape]) != shape:
            raise RuntimeError(
                f"output with shape {rules.text(shape)} doesn't match the broadcast shape "
                f"{rules.text(rules.broadcast_shape([shape, src._cl_meta.shape]))}"
            )
        source = src.to(self.device) if src._cl_meta.device is not self._cl_meta.device else src
        source = source.expand(shape) if source._cl_meta.shape != shape else source
        if source._cl_meta.dtype is self._cl_meta.dtype:
            source = source.clone()
        assign(self, source.to(self._cl_meta.dtype), keep_gradient=True)
        return renamed(self, "torch::autograd::CopyBackwards")

    @public(out=False)
    def fill_(self: Tensor, value: complex | Tensor) -> Tensor:
        """Every element becomes ``value`` (a number or a 0-dimensional tensor)."""
        check_writable(self, idempotent=not is_tensor(value))
        if is_tensor(value):
            if value.dim():
                raise RuntimeError(
                    f"fill_ only supports 0-dimension value tensor but got tensor with {value.dim()} dimensions."
                )
            return self.copy_(value.expand(self._cl_meta.shape))
        return renamed(self._become(as_number(value, self.dtype, self.numel() == 1)), "FillBackward2")

    def _become(self: Tensor, number: Any) -> Tensor:
        """Every element becomes a number of this dtype."""
        made = self._filled(self._cl_meta.shape, number, self._cl_meta.dtype, self._cl_meta.device)
        return assign(self, made, keep_gradient=True)

    @public(out=False)
    def zero_(self: Tensor) -> Tensor:
        """Every element becomes 0."""
        return renamed(self.fill_(0), "ZeroBackward0")

    def fill_diagonal_(self: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
        """The elements whose indices are all equal become ``fill_value``; ``wrap`` goes on below a square of a tall matrix."""
        shape, strides = self._cl_meta.shape, self._cl_meta.view.strides
        if len(shape) < 2:
            raise RuntimeError("dimensions must larger than 1")
        if len(shape) > 2 and len(set(shape)) > 1:
            raise RuntimeError("all dimensions of input must be of equal length")
        self.as_strided((min(shape),), (sum(strides),)).fill_(fill_value)
        rows, columns = shape[0], shape[1]
        if wrap and len(shape) == 2 and rows > columns + 1:
            self.narrow(0, columns + 1, rows - columns - 1).fill_diagonal_(fill_value, True)
        return self

    def masked_scatter_(self: Tensor, mask: Tensor, source: Tensor) -> Tensor:
        """The elements where ``mask`` holds become those of ``source``, in order."""
        return self._inplace(lambda old: old.masked_scatter(mask, source))

    def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Exponentially distributed random numbers of rate ``lambd``."""
        if self.numel():
            self._need_continuous("Exponential")
        wide = dtypes.float32 if is_narrow(self.dtype) else None
        if lambd <= 0:
            raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
        return self._randomize("uniform", lambda r: (1 - r).clamp_max(1 - 2**-24).log() / -lambd, generator, wide)

    def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
        """How many trials it takes until one with chance ``p`` succeeds: 1, 2, ..."""
        if (self.dtype is dtypes.bool or self.is_complex()) and self.numel():
            raise NotImplementedError(f"\"geometric_cpu\" not implemented for '{self.dtype.title}'")
        if not 0 < p < 1:
            raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
        rate = log1p(-p)
        return self._randomize(
            "uniform", lambda r: ((-r).log1p() / rate).ceil().clamp_min(1), generator, dtypes.float32
        )

    def _need_continuous(self: Tensor, name: str) -> None:
        if not self.is_floating_point():
            raise RuntimeError(
                f"{name} distribution is a continuous probability distribution. dtype must be a floating point but you specified "
                f"{self.dtype.title}"
            )

    def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Random numbers of Cauchy's distribution."""
        self._need_continuous("Cauchy")
        if sigma <= 0:
            raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
        return self._randomize("uniform", lambda r: ((r - 0.5) * pi).tan() * sigma + median, generator)

    @takes("log_normal_", "half wide integer bool")
    def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
        """Random numbers whose logarithms are normally distributed."""
        if std <= 0:
            raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
        return self._randomize("normal", lambda r: (r * std + mean).exp(), generator)

    @also_named(**{"from": "from_"})
    def uniform_(self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Uniform random numbers in [from, to)."""
        meta, low, high = self._cl_meta, as_number(from_, dtypes.float64), as_number(to, dtypes.float64)
        _check_bounds(meta.dtype, low, high)
        if meta.device is HOST and meta.dtype in (dtypes.float32, dtypes.float64):  # at once, as `_integers` does
            check_writable(self)
            numbers = philox.draw(self, "spread", meta.shape, meta.dtype, HOST, generator, (high - low, low))
            return assign(self, numbers, keep_gradient=True)
        return self._randomize("uniform", lambda r: r * (high - low) + low, generator)

    def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Normally distributed random numbers."""
        if not std >= 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
        return self._randomize("normal", lambda r: r * std + mean, generator)

    def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
        """1 with probability ``p``, else 0."""
        if not is_tensor(p) and not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
        need_kind("bernoulli_tensor_cpu_p_", ("half", "wide"), p._cl_meta.dtype if is_tensor(p) else dtypes.float32)
        if not self.numel():
            return self
        if self.is_complex():
            raise NotImplementedError(f"\"bernoulli_scalar_cpu_\" not implemented for '{self.dtype.title}'")
        if is_tensor(p):
            rules.broadcast_shape([self._cl_meta.shape, p._cl_meta.shape])
            refuse(~((p >= 0) & (p <= 1)), CHANCE)
        return self._randomize("uniform", lambda r: r < p, generator, dtypes.float32)

    @checked
    @also_named(**{"from": "from_"})
    @takes("random_kernel_cpu", "half wide integer bool")
    def random_(
        self: Tensor, from_: int | Omitted = None, to: Any = ..., *, generator: Generator | None = None
    ) -> Tensor:
        """Uniform random integers in [from, to); in [0, from) where that is all that is said, and those that the dtype holds exactly
        where nothing is. None for ``to`` is for all from there on."""
        end = _random_end(self.dtype)
        if to is None and from_ is None:
            raise TypeError("random_() received an invalid combination of arguments")
        if to is None:
            to = end if self.dtype is dtypes.bool else end + 1
        elif to is not ... or from_ is not None:
            from_, to = (0, rules.integer(from_, "to")) if to is ... else (from_, rules.integer(to, "to"))
        else:
            from_, to = 0, end
        from_ = rules.integer(0 if from_ is None else from_, "from")
        if from_ >= to:
            raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={from_} >= to={to}")
        for text in rules.check_bounds(from_, to, self.dtype):
            warn(text)
        return self._randomize("bits", lambda r: philox.between(r, from_, to), generator, dtypes.int64)

    def _randomize(self: Tensor, kind: str, change: Any, generator: Any, dtype: dtypes.dtype | None = None) -> Tensor:
        check_writable(self)
        if not self.numel():
            change(self._filled((), 0, dtype or dtypes.float32, self._cl_meta.device))  # it looks at its arguments
            return self
        if self.is_complex() and kind in ("uniform", "normal"):
            return self._randomize_parts(kind, change, generator)
        if dtype is None and not self.is_floating_point():
            raise NotImplementedError(f"\"{kind}_\" not implemented for '{self.dtype.title}'")
        own = self.dtype if self.dtype.is_floating_point else dtypes.get_default_dtype()
        with no_grad():
            numbers = philox.draw(self, kind, self._cl_meta.shape, dtype or own, self._cl_meta.device, generator)
            result = change(numbers).to(self.dtype)
        return assign(self, result, keep_gradient=True)

    def _randomize_parts(self: Tensor, kind: str, change: Any, generator: Any) -> Tensor:
        """Random real and imaginary parts, of the same mean each; normal ones have half of the variance."""
        half = sqrt(0.5) if kind == "normal" else 1.0
        with no_grad():
            parts = philox.draw(
                self, kind, (*self._cl_meta.shape, 2), self.dtype.to_real(), self._cl_meta.device, generator
            )
            result = change(parts * half)._as_complex()
        return assign(self, result, keep_gradient=True)

    def _write_value(self: Tensor, value: Value, meta: Meta) -> None:
        """Replace this tensor's region by a pending row-major value (with its birth pin)."""
        record = write_record(storage_meta(self), self._cl_meta.view, meta)
        self._storage.repoint(emit(record, (self._storage.value, value)))
        value.pins -= 1


@cache
def _largest(dtype: dtypes.dtype) -> float:
    return dtypes.finfo(dtype).max if dtype.is_floating_point else inf


def _check_bounds(dtype: dtypes.dtype, low: float, high: float) -> None:
    """What `uniform_` refuses."""
    if not dtype.differentiable:
        raise NotImplementedError(f"\"check_uniform_bounds\" not implemented for '{dtype.title}'")
    most = _largest(dtype)
    for name, limit in (("from", low), ("to", high)):
        if not -most <= limit <= most or not isfinite(limit):
            raise RuntimeError(f"{name} is out of bounds for {dtype.c_name}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > most:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{dtype.title}>::max(), but found to={high} and from={low} "
            "which result in to-from to exceed the limit"
        )


def _random_end(dtype: dtypes.dtype) -> int:
    if dtype is dtypes.bool:
        return 2
    if dtype.is_floating_point:
        return 1 << {"float16": 11, "bfloat16": 8, "float32": 24}.get(dtype.name, 53)
    return dtypes.iinfo(dtype).max
