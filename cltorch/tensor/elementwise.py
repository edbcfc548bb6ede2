"""Pointwise methods and operators of Tensor: those of the op table, their in-place forms, and a few with arguments."""

from __future__ import annotations

from functools import partial
from math import inf, pi
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import composite, in_float32
from ..autograd.names import called, shown_as
from ..ops import rules
from ..ops.arguments import is_tensor, takes
from ..ops.autocast import autocasting
from ..ops.names import public
from ..ops.op import TABLE
from . import functions
from .apply import operate, perform
from .functions import FUNCTIONS, record
from .guards import warn_expanded
from .host_data import as_number
from .writes import inplace, renamed

if TYPE_CHECKING:
    from .tensor import Tensor


def _logit_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, eps: float | None) -> tuple[Tensor]:
    """Nothing flows where the input was limited; outside of [0, 1] there is no logit."""
    low, high = (0.0, 1.0) if eps is None else (eps, 1 - eps)
    slope = g / (input.abs() * (1 - input))  # to both zeros belongs the infinity of the domain's side
    outside = (input < low) | (input > high)
    return (slope.where(~outside, float("nan") if eps is None else 0.0),)


@composite(vjp=_logit_vjp, saves="input", name="logit")
def _logit(input: Tensor, eps: float | None) -> Tensor:
    inner = input
    if eps is not None:
        filled = partial(input._filled, (), dtype=input._cl_meta.dtype, device=input._cl_meta.device)
        inner = filled(value=eps).where(input < eps, filled(value=1 - eps).where(input > 1 - eps, input))
    return (inner / (1 - inner)).log()


def _refuse_complex(name: str, input: Tensor) -> None:
    if input.is_complex():
        raise RuntimeError(f"{name} is not supported for complex tensors.")


class Elementwise:
    """Methods of Tensor that compute each element from the elements at the same place."""

    __slots__ = ()

    def where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
        """This tensor's element where ``condition`` holds, else that of ``other``."""
        return functions.where(condition, self, other)

    def _op(self: Tensor, name: str, *others: Any) -> Tensor:
        """Record the row ``name`` of the op table: on this tensor, the other tensors and the params that it takes.

        So gradient rules call what is no method, and layers what has kernels of its own.
        """
        pointwise = FUNCTIONS.get(name)
        return perform(TABLE[name], (self, *others)) if pointwise is None else pointwise(self, *others)

    @public(out=False)
    def masked_fill(self: Tensor, mask: Tensor, value: complex | Tensor) -> Tensor:
        """``value`` where ``mask`` holds, else the element; row-major."""
        made = self._masked_fill(mask, value).contiguous()
        return made if made._edge is None else called(made, f"MaskedFillBackward{int(is_tensor(value))}")

    def _masked_fill(self: Tensor, mask: Tensor, value: Any) -> Tensor:
        if mask.dtype is not dtypes.bool:
            raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype.c_name}")
        if is_tensor(value):
            if value.dim():
                raise RuntimeError(
                    f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
                )
            if value.is_complex() and not self.is_complex():
                value = self._filled((), self._as_own_number(value), self.dtype, self._cl_meta.device)
            value = value.to(self.dtype)
        else:
            value = self._as_own_number(value)
        return record("where_", mask, value, self)

    def masked_fill_(self: Tensor, mask: Tensor, value: complex | Tensor) -> Tensor:
        """In-place `masked_fill`."""
        if self._cl_meta.view.is_repeated and mask.dtype is dtypes.bool:
            return self._masked_fill_repeated(mask, value)
        return renamed(inplace(self, lambda old: old._masked_fill(mask, value)), "MaskedFillBackward0")

    def _masked_fill_repeated(self: Tensor, mask: Tensor, value: Any) -> Tensor:
        """`masked_fill_` of an expanded tensor: an element is filled if the mask holds anywhere that it is seen."""
        warn_expanded(self, "masked_fill_")
        seen, mask = self, mask.expand(self._cl_meta.shape)
        while seen._cl_meta.view.is_repeated:
            dim, _ = seen._cl_meta.view.writing_order()
            seen, mask = seen.select(dim, 0), mask.any(dim)
        seen.masked_fill_(mask, value)
        return self

    def _as_own_number(self: Tensor, value: Any) -> Any:
        """A number as one of this tensor's dtype; RuntimeError when it does not fit, TypeError for what is no number."""
        return as_number(value, self._cl_meta.dtype)

    @public("torch", inplace=True)
    def round(self: Tensor, *, decimals: int = 0) -> Tensor:
        """The nearest integer, halves to even; or rounded to some decimals."""
        decimals = rules.integer(decimals, "decimals")
        if decimals == 0:
            return FUNCTIONS["round"](self)
        if not self.is_floating_point():
            raise NotImplementedError(f"\"round_decimals\" not implemented for '{self.dtype.title}'")
        scale = 10.0**decimals if decimals <= 308 else inf
        made = in_float32(lambda wide: FUNCTIONS["round"](wide * scale) / scale)(self)
        return called(made, "RoundBackward1")

    @public(out=False)
    def isclose(
        self: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
    ) -> Tensor:
        """Where ``|self - other| <= atol + rtol * |other|``; bool."""
        for name, limit in (("rtol", rtol), ("atol", atol)):
            if limit < 0:
                raise RuntimeError(f"{name} must be greater than or equal to zero, but got {limit}")
        if other._cl_meta.dtype is not self._cl_meta.dtype:
            raise RuntimeError(f"{self.dtype.title} did not match {other.dtype.title}")
        if self._cl_meta.dtype is dtypes.bool:
            return self.to(dtypes.uint8).isclose(other.to(dtypes.uint8), rtol, atol)
        equal = self == other
        if rtol == 0 and atol == 0:
            return equal | (self.isnan() & other.isnan()) if equal_nan else equal
        if not self._cl_meta.dtype.differentiable:
            other = other.to(dtypes.get_default_dtype())
        near = equal | (((self - other).abs() <= atol + rtol * other.abs()) & other.isfinite() & self.isfinite())
        return near | (self.isnan() & other.isnan()) if equal_nan else near

    @public(out=False)
    def allclose(
        self: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
    ) -> bool:
        """Whether all elements are close (see `isclose`)."""
        return bool(self.isclose(other, rtol, atol, equal_nan).all().item())

    @public(out=False)
    def equal(self: Tensor, other: Tensor) -> bool:
        """Whether both have the same shape and elements."""
        return self.shape == other.shape and bool((self == other).all().item())

    @partial(autocasting, name="pow")
    def __pow__(self: Tensor, exponent: Any) -> Tensor:
        return functions.powered(self, exponent, operate)

    @public(out=False)
    def rsub(self: Tensor, other: Tensor | complex, *number: Any, alpha: complex = 1) -> Tensor:
        """``other - alpha * self``; ``alpha`` may be the third argument where ``other`` is a number."""
        if number:
            other, alpha = functions.number_and_factor("rsub", other, *number)
        return functions.sub(other, self, alpha=alpha)

    @public(out=False)
    def positive(self: Tensor) -> Tensor:
        """The tensor itself. RuntimeError for bool."""
        if self._cl_meta.dtype is dtypes.bool:
            raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
        return self

    @public()
    def isposinf(self: Tensor) -> Tensor:
        """Where the element is plus infinity; bool."""
        if self.is_complex():
            raise RuntimeError("isposinf does not support complex inputs.")
        return self == float("inf")

    @public()
    def isneginf(self: Tensor) -> Tensor:
        """Where the element is minus infinity; bool."""
        if self.is_complex():
            raise RuntimeError("isneginf does not support complex inputs.")
        return self == -float("inf")

    @public("torch", inplace=True)
    @shown_as("NanToNumBackward0")
    def nan_to_num(
        self: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
    ) -> Tensor:
        """NaN replaced by ``nan`` (0), infinities by ``posinf`` and ``neginf`` (the dtype's limits)."""
        if self.is_complex():
            return self._as_pairs().nan_to_num(nan, posinf, neginf)._as_complex()
        if not self.is_floating_point():
            return self.clone()
        limits = dtypes.finfo(self.dtype)
        finite = self.where(~self.isnan(), 0.0 if nan is None else nan)
        finite = finite.where(~self.isposinf(), limits.max if posinf is None else posinf)
        return finite.where(~self.isneginf(), limits.min if neginf is None else neginf)

    @public("torch", inplace=True, out="cast")
    def deg2rad(self: Tensor) -> Tensor:
        """Degrees as radians."""
        _refuse_complex("deg2rad", self)
        return self * (pi / 180)

    @public("torch", inplace=True, out="cast")
    def rad2deg(self: Tensor) -> Tensor:
        """Radians as degrees."""
        _refuse_complex("rad2deg", self)
        return self * (180 / pi)

    @public("torch", inplace=True, out="cast")
    @takes("logit_cpu", "half wide integer bool")
    def logit(self: Tensor, eps: float | None = None) -> Tensor:
        """``log(x / (1 - x))``, of elements limited to [eps, 1 - eps] if ``eps`` is given."""
        source = self if self.is_floating_point() else self.to(dtypes.get_default_dtype())
        return _logit(source, eps=None if eps is None else source._as_own_number(eps))

    def __radd__(self: Tensor, other: Any) -> Tensor:
        return operate(TABLE["add"], (other, self))

    def __rmul__(self: Tensor, other: Any) -> Tensor:
        return operate(TABLE["mul"], (other, self))

    def __pos__(self: Tensor) -> Tensor:
        return self.positive()

    def __reversed__(self: Tensor) -> Tensor:
        """All dimensions in reverse order of elements along the first."""
        return self.flip(0) if self._cl_meta.shape else self
