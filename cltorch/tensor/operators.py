"""Python's operators on tensors: which row of the op table each one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops.op import TABLE, Op
from .apply import operate, operator
from .forms import Forms
from .functions import FUNCTIONS

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
UNARY_OPERATORS = {"__neg__": "neg", "__abs__": "abs", "__invert__": "bitwise_not"}
REFLECTED_OPERATORS = {
    "__rsub__": "sub",
    "__rtruediv__": "true_divide",
    "__rdiv__": "true_divide",
    "__rfloordiv__": "floor_divide",
    "__rmod__": "remainder",
    "__rpow__": "pow",
    "__rlshift__": "bitwise_left_shift",
    "__rrshift__": "bitwise_right_shift",
}
INPLACE_OPERATORS = {
    "__iadd__": "add_",
    "__isub__": "sub_",
    "__imul__": "mul_",
    "__itruediv__": "true_divide_",
    "__ifloordiv__": "floor_divide_",
    "__imod__": "remainder_",
    "__ipow__": "pow_",
    "__iand__": "bitwise_and_",
    "__ior__": "bitwise_or_",
    "__ixor__": "bitwise_xor_",
    "__ilshift__": "bitwise_left_shift_",
    "__irshift__": "bitwise_right_shift_",
}


def install(tensor: Any) -> None:
    """Give the operators to Tensor, through its base class. ``tensor`` has the in-place methods already."""
    for special, name in OPERATORS.items():
        made = operator(TABLE[name])
        made.__name__ = made.__qualname__ = special
        setattr(Forms, special, made)
    for special, name in UNARY_OPERATORS.items():
        setattr(Forms, special, _invert if special == "__invert__" else FUNCTIONS[name])
    for special, name in REFLECTED_OPERATORS.items():
        setattr(Forms, special, _reflected(TABLE[name], special))
    for special, name in INPLACE_OPERATORS.items():
        setattr(Forms, special, _changing(getattr(tensor, name), special))


def _changing(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The operator of an in-place method; NotImplemented in place of a TypeError, as in PyTorch: beside an array a new tensor is made, and classes
    of others may know what to do."""

    def changing(self: Any, other: Any) -> Any:
        try:
            return method(self, other)
        except TypeError:
            return NotImplemented

    changing.__name__ = changing.__qualname__ = name
    return changing


def _invert(self: Any) -> Any:
    """``~``; TypeError for numbers that have no bits, where `bitwise_not` has another error."""
    if self._cl_meta.dtype.differentiable:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return FUNCTIONS["bitwise_not"](self)


def _reflected(op: Op, name: str) -> Callable[..., Any]:
    """The operator for a tensor on the right of something that is none."""

    def reflected(self: Any, other: Any) -> Any:
        return operate(op, (other, self))

    reflected.__name__ = reflected.__qualname__ = name
    return reflected
