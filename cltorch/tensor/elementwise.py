"""Pointwise methods and operators of Tensor: those of the op table, their in-place forms, and a few with arguments."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..ops.op import TABLE, Op
from . import functions
from .apply import inplace, operate, operator
from .functions import FUNCTIONS, record
from .host_data import as_number

if TYPE_CHECKING:
    from .tensor import Tensor


_POWER = operator(TABLE["pow"])


class Elementwise:
    """Methods of Tensor that compute each element from the elements at the same place."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]: ...

    add, sub, div, clamp = functions.add, functions.sub, functions.div, functions.clamp
    clip = functions.clamp
    subtract, divide, multiply, true_divide = functions.sub, functions.div, FUNCTIONS["mul"], FUNCTIONS["true_divide"]
    absolute, negative, greater, less = FUNCTIONS["abs"], FUNCTIONS["neg"], FUNCTIONS["gt"], FUNCTIONS["lt"]
    arcsin, arccos, arctan, not_equal = FUNCTIONS["asin"], FUNCTIONS["acos"], FUNCTIONS["atan"], FUNCTIONS["ne"]
    arcsinh, arccosh, arctanh, arctan2 = FUNCTIONS["asinh"], FUNCTIONS["acosh"], FUNCTIONS["atanh"], FUNCTIONS["atan2"]
    sgn, fix, less_equal, greater_equal = FUNCTIONS["sign"], FUNCTIONS["trunc"], FUNCTIONS["le"], FUNCTIONS["ge"]

    def where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
        """This tensor's element where ``condition`` holds, else that of ``other``."""
        return functions.where(condition, self, other)

    def _zeros(self: Tensor) -> Tensor:
        """Zeros of this tensor's shape, dtype and device: the gradient of what is flat, whatever arrived."""
        return self._filled(self._meta.shape, 0, self._meta.dtype, self._meta.device)

    def _relu_backward(self: Tensor, grad: Tensor) -> Tensor:
        """The gradient of ``relu``, of which this is the result."""
        return FUNCTIONS["relu_backward"](self, grad)

    def masked_fill(self: Tensor, mask: Tensor, value: Any) -> Tensor:
        """``value`` where ``mask`` holds, else the element; row-major."""
        return self._masked_fill(mask, value).contiguous()

    def _masked_fill(self: Tensor, mask: Tensor, value: Any) -> Tensor:
        if mask.dtype is not dtypes.bool:
            raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
        if hasattr(value, "_meta"):
            if value.dim():
                raise RuntimeError(
                    f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
                )
            value = value.to(self.dtype)
        else:
            value = self._as_own_number(value)
        return record("where_", mask, value, self)

    def _as_own_number(self: Tensor, value: Any) -> Any:
        """A number as one of this tensor's dtype; RuntimeError when it does not fit, TypeError for what is no number."""
        return as_number(value, self._meta.dtype)

    def round(self: Tensor, *, decimals: int = 0) -> Tensor:
        """The nearest integer, halves to even; or rounded to some decimals."""
        if decimals == 0:
            return FUNCTIONS["round"](self)
        scale = 10.0**decimals
        return FUNCTIONS["round"](self * scale) / scale

    def isclose(
        self: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
    ) -> Tensor:
        """Where ``|self - other| <= atol + rtol * |other|``; bool."""
        if not hasattr(other, "_meta"):
            raise TypeError(f"isclose(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
        if other._meta.dtype is not self._meta.dtype:
            raise RuntimeError(f"{self.dtype.title} did not match {other.dtype.title}")
        if self._meta.dtype is dtypes.bool:
            return self == other
        near = (self == other) | (
            ((self - other).abs() <= atol + rtol * other.abs()) & other.isfinite() & self.isfinite()
        )
        return near | (self.isnan() & other.isnan()) if equal_nan else near

    def allclose(
        self: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
    ) -> bool:
        """Whether all elements are close (see `isclose`)."""
        return bool(self.isclose(other, rtol, atol, equal_nan).all().item())

    def equal(self: Tensor, other: Tensor) -> bool:
        """Whether both have the same shape and elements."""
        return self.shape == other.shape and bool((self == other).all().item())

    def __pow__(self: Tensor, exponent: Any) -> Tensor:
        if exponent.__class__ is int:
            if exponent == 2 and self._meta.dtype is not dtypes.bool:
                return FUNCTIONS["square"](self)
            if exponent < 0 and not self._meta.dtype.is_floating_point:
                raise RuntimeError("Integers to negative integer powers are not allowed.")
        return _POWER(self, exponent)

    def pow(self: Tensor, exponent: Any) -> Tensor:
        """Every element raised to ``exponent``."""
        result = self.__pow__(exponent)
        if result is NotImplemented:
            raise TypeError(f"pow(): argument 'exponent' must be Tensor, not {type(exponent).__name__}")
        return result

    def rsub(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
        """``other - alpha * self``."""
        return self.mul(alpha).neg().add(other) if alpha != 1 else record("sub", other, self)

    def positive(self: Tensor) -> Tensor:
        """The tensor itself. RuntimeError for bool."""
        if self._meta.dtype is dtypes.bool:
            raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
        return self

    def isposinf(self: Tensor) -> Tensor:
        """Where the element is plus infinity; bool."""
        return self == float("inf")

    def isneginf(self: Tensor) -> Tensor:
        """Where the element is minus infinity; bool."""
        return self == -float("inf")

    def isreal(self: Tensor) -> Tensor:
        """True everywhere: there are no complex tensors."""
        return self._filled(self._meta.shape, True, dtypes.bool, self._meta.device)

    def nan_to_num(
        self: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
    ) -> Tensor:
        """NaN replaced by ``nan`` (0), infinities by ``posinf`` and ``neginf`` (the dtype's limits)."""
        if not self.is_floating_point():
            return self.clone()
        limits = dtypes.finfo(self.dtype)
        finite = self.masked_fill(self.isnan(), 0.0 if nan is None else nan)
        finite = finite.masked_fill(self.isposinf(), limits.max if posinf is None else posinf)
        return finite.masked_fill(self.isneginf(), limits.min if neginf is None else neginf)

    def deg2rad(self: Tensor) -> Tensor:
        """Degrees as radians."""
        return self * (pi / 180)

    def rad2deg(self: Tensor) -> Tensor:
        """Radians as degrees."""
        return self * (180 / pi)

    def logit(self: Tensor, eps: float | None = None) -> Tensor:
        """``log(x / (1 - x))``, of elements limited to [eps, 1 - eps] if ``eps`` is given."""
        inner = self if eps is None else self.clamp(eps, 1 - eps)
        return (inner / (1 - inner)).log()

    def __radd__(self: Tensor, other: Any) -> Tensor:
        return operate(TABLE["add"], (self, other))

    def __rmul__(self: Tensor, other: Any) -> Tensor:
        return operate(TABLE["mul"], (self, other))

    def __pos__(self: Tensor) -> Tensor:
        return self.positive()

    def __reversed__(self: Tensor) -> Tensor:
        """All dimensions in reverse order of elements along the first."""
        return self.flip(0) if self._meta.shape else self


OPERATORS = {
    "__add__": "add",
    "__sub__": "sub",
    "__mul__": "mul",
    "__truediv__": "true_divide",
    "__floordiv__": "floor_divide",
    "__mod__": "remainder",
    "__eq__": "eq",
    "__ne__": "ne",
    "__lt__": "lt",
    "__le__": "le",
    "__gt__": "gt",
    "__ge__": "ge",
    "__and__": "bitwise_and",
    "__or__": "bitwise_or",
    "__xor__": "bitwise_xor",
    "__rand__": "bitwise_and",
    "__ror__": "bitwise_or",
    "__rxor__": "bitwise_xor",
    "__lshift__": "bitwise_left_shift",
    "__rshift__": "bitwise_right_shift",
}
OTHER_INPLACE = (
    "div clamp clip subtract multiply divide absolute negative fix sgn arcsin arccos arctan arcsinh arccosh "
    "arctanh arctan2 greater less not_equal less_equal greater_equal"
).split()
"""Methods that are no rows and have an in-place form."""

UNARY_OPERATORS = {"__neg__": "neg", "__abs__": "abs", "__invert__": "bitwise_not"}
REFLECTED_OPERATORS = {
    "__rsub__": "sub",
    "__rtruediv__": "true_divide",
    "__rfloordiv__": "floor_divide",
    "__rmod__": "remainder",
    "__rpow__": "pow",
    "__rlshift__": "bitwise_left_shift",
    "__rrshift__": "bitwise_right_shift",
}
INPLACE_OPERATORS = {
    "__iadd__": "add",
    "__isub__": "sub",
    "__imul__": "mul",
    "__itruediv__": "true_divide",
    "__ifloordiv__": "floor_divide",
    "__imod__": "remainder",
    "__ipow__": "pow",
    "__iand__": "bitwise_and",
    "__ior__": "bitwise_or",
    "__ixor__": "bitwise_xor",
    "__ilshift__": "bitwise_left_shift",
    "__irshift__": "bitwise_right_shift",
}


def _reflected(op: Op) -> Callable[..., Any]:
    """The operator for a tensor on the right of something that is none."""

    def reflected(self: Any, other: Any) -> Any:
        return operate(op, (other, self))

    return reflected


def _inplace_method(name: str, compute: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return inplace(self, lambda old, *rest: compute(old, *rest, **kwargs), *args)

    method.__name__ = name
    method.__doc__ = f"In-place `{name.rstrip('_')}`."
    return method


def _install() -> None:
    """Give the class the methods of the table's rows, unless it has its own, and the in-place forms of all."""
    own = vars(Elementwise).copy()
    for name, compute in FUNCTIONS.items():
        if TABLE[name].method and name not in own:
            setattr(Elementwise, name, compute)
    for name in (*(n for n in FUNCTIONS if TABLE[n].method), *OTHER_INPLACE):
        setattr(Elementwise, f"{name}_", _inplace_method(f"{name}_", getattr(Elementwise, name)))
    Elementwise.masked_fill_ = _inplace_method("masked_fill_", Elementwise._masked_fill)
    for special, name in OPERATORS.items():
        setattr(Elementwise, special, operator(TABLE[name]))
    for special, name in UNARY_OPERATORS.items():
        setattr(Elementwise, special, FUNCTIONS[name])
    for special, name in REFLECTED_OPERATORS.items():
        setattr(Elementwise, special, _reflected(TABLE[name]))
    for special, name in INPLACE_OPERATORS.items():
        setattr(Elementwise, special, getattr(Elementwise, f"{name}_"))


_install()
