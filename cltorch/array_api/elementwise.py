"""The standard's functions of each element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor.publish import functions
from ..tensor.tensor import Tensor
from .promotion import together

_TORCH = functions("torch")
_UNARY = {  # the standard's name: PyTorch's
    **{
        name: name
        for name in (
            "abs acos acosh asin asinh atan atanh cos cosh exp expm1 isfinite isinf isnan log log1p log2 log10 logical_not "
            "negative positive reciprocal signbit sin sinh sqrt square tan tanh"
        ).split()
    },
    "bitwise_invert": "bitwise_not",
}
_BINARY = {
    **{
        name: name
        for name in (
            "atan2 bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift copysign greater "
            "greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor maximum minimum multiply nextafter "
            "not_equal pow subtract add"
        ).split()
    },
    "equal": "eq",
    "divide": "true_divide",
}
_KEEP_INTEGERS = ("ceil", "floor", "trunc", "round")


def _unary(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def made(x: Tensor, /) -> Tensor:
        return function(x)

    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"`cltorch.{function.__name__}` of each element."
    return made


def _rounding(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def made(x: Tensor, /) -> Tensor:
        return function(x) if x.is_floating_point() or x.is_complex() else x.clone()

    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"`cltorch.{name}` of each element; integers stay as they are."
    return made


def _binary(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def made(x1: Any, x2: Any, /) -> Tensor:
        return function(*together(x1, x2))

    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"`cltorch.{function.__name__}` of each pair of elements, in their common dtype."
    return made


for _name, _theirs in _UNARY.items():
    globals()[_name] = _unary(_name, _TORCH[_theirs])
for _name in _KEEP_INTEGERS:
    globals()[_name] = _rounding(_name, _TORCH[_name])
for _name, _theirs in _BINARY.items():
    globals()[_name] = _binary(_name, _TORCH[_theirs])


def sign(x: Tensor, /) -> Tensor:
    """The sign of each element: of complex ones their direction; NaN stays."""
    if x.is_complex():
        return _TORCH["sgn"](x) + 0  # zeros without a sign
    made = _TORCH["sign"](x)
    return x.where(x.isnan(), made) if x.is_floating_point() else made


def floor_divide(x1: Any, x2: Any, /) -> Tensor:
    """The quotient of each pair rounded down; where one is infinite, the quotient itself, and not NaN or -1 as PyTorch has it."""
    x1, x2 = together(x1, x2)
    made = _TORCH["floor_divide"](x1, x2)
    return _TORCH["where"](x1.isinf() | x2.isinf(), x1 / x2, made) if made.is_floating_point() else made


def remainder(x1: Any, x2: Any, /) -> Tensor:
    """What is left of each pair's division, with the sign of the divisor; that of zeros too, unlike PyTorch."""
    x1, x2 = together(x1, x2)
    made = _TORCH["remainder"](x1, x2)
    return _TORCH["where"](made == 0, made.copysign(x2), made) if made.is_floating_point() else made


def conj(x: Tensor, /) -> Tensor:
    """The complex conjugate of each element."""
    return x.conj_physical() if x.is_complex() else x.clone()


def real(x: Tensor, /) -> Tensor:
    """The real part of each element."""
    return x.real if x.is_complex() else x


def imag(x: Tensor, /) -> Tensor:
    """The imaginary part of each element."""
    return x.imag if x.is_complex() else x.new_zeros(x.shape)


def clip(x: Tensor, /, min: Any = None, max: Any = None) -> Tensor:
    """Each element between bounds; the array's dtype stays."""
    made = x
    for bound, function in ((min, "maximum"), (max, "minimum")):
        if bound is not None:
            limit = bound if isinstance(bound, Tensor) else x.new_full((), bound)
            made = _TORCH[function](*together(made, limit))
    return made.clone() if made is x else made.to(x.dtype)


__all__ = [*_UNARY, *_KEEP_INTEGERS, *_BINARY, "clip", "conj", "floor_divide", "imag", "real", "remainder", "sign"]
