"""Pointwise methods and operators of Tensor: those of the op table, their in-place forms, and a few with arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..ops.op import TABLE
from . import functions
from .apply import inplace
from .functions import FUNCTIONS, record

if TYPE_CHECKING:
    from .tensor import Tensor


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
        """``value`` where ``mask`` holds, else the element."""
        if mask.dtype is not dtypes.bool:
            raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
        if hasattr(value, "_meta"):
            if value.dim():
                raise RuntimeError(
                    f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
                )
            value = value.to(self.dtype)
        elif not self.is_floating_point() and isinstance(value, float):
            value = self._scalar_tensor(value)
        return record("where_", mask, value, self)

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
        return (
            FUNCTIONS["square"](self)
            if exponent.__class__ is int and exponent == 2 and self._is_number()
            else FUNCTIONS["pow"](self, exponent)
        )

    def pow(self: Tensor, exponent: Any) -> Tensor:
        """Every element raised to ``exponent``."""
        return self.__pow__(exponent)

    def _is_number(self: Tensor) -> bool:
        return self._meta.dtype is not dtypes.bool

    def __rpow__(self: Tensor, base: Any) -> Tensor:
        return record("pow", base, self)

    def __radd__(self: Tensor, other: Any) -> Tensor:
        return FUNCTIONS["add"](self, other)

    def __rmul__(self: Tensor, other: Any) -> Tensor:
        return FUNCTIONS["mul"](self, other)

    def __rsub__(self: Tensor, other: Any) -> Tensor:
        return record("sub", other, self)

    def __rtruediv__(self: Tensor, other: Any) -> Tensor:
        return record("true_divide", other, self)

    def __rfloordiv__(self: Tensor, other: Any) -> Tensor:
        return record("floor_divide", other, self)

    def __rmod__(self: Tensor, other: Any) -> Tensor:
        return record("remainder", other, self)

    def __pos__(self: Tensor) -> Tensor:
        return self


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
    "__neg__": "neg",
    "__abs__": "abs",
    "__invert__": "bitwise_not",
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
}


def _guarded(name: str, operate: Callable[..., Any]) -> Callable[..., Any]:
    """An operator that leaves operands it does not know to their own class."""

    def operator(self: Any, *others: Any) -> Any:
        for other in others:
            if (
                not hasattr(other, "_meta")
                and not isinstance(other, (bool, int, float))
                and not hasattr(other, "__array__")
            ):
                return NotImplemented
        return operate(self, *others)

    operator.__name__ = name
    return operator


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
    for name in (
        *(n for n in FUNCTIONS if TABLE[n].method),
        "div",
        "clamp",
        "clip",
        "masked_fill",
        "subtract",
        "multiply",
        "divide",
    ):
        setattr(Elementwise, f"{name}_", _inplace_method(f"{name}_", getattr(Elementwise, name)))
    for special, name in OPERATORS.items():
        if name in ("eq", "ne"):
            setattr(Elementwise, special, _guarded(special, FUNCTIONS[name]))
        else:
            setattr(Elementwise, special, FUNCTIONS[name])
    for special, name in INPLACE_OPERATORS.items():
        setattr(Elementwise, special, getattr(Elementwise, f"{name}_"))


_install()
