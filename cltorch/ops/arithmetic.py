"""Arithmetic on elements. The names, defaults and promotion rules are torch's; see the PyTorch page of each name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .arguments import is_tensor
from .op import flat, no_derivative
from .pointwise import pointwise

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


@pointwise("input + other", vjp=(lambda g: g, lambda g: g), method=False, number_first=True)
def add(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input + other``, with broadcasting and type promotion; on bool it is the logical or."""
    ...


@pointwise(
    "input + alpha * other",
    vjp=(lambda g: g, lambda g, alpha: g * alpha, None),
    extra="factor",
    method=False,
    number_first=True,
    numbers="wide fits",
)
def add_scaled(input: Tensor, other: Tensor, alpha: float, *, out: Tensor | None = None) -> Tensor:
    """``input + alpha * other``: what ``add(input, other, alpha=alpha)`` records."""
    ...


@pointwise("input - other", vjp=(lambda g: g, lambda g: -g), dtypes="difference", method=False, number_first=True)
def sub(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input - other``, with broadcasting and type promotion. RuntimeError for bool."""
    ...


@pointwise(
    "input - alpha * other",
    vjp=(lambda g: g, lambda g, alpha: g * -alpha, None),
    extra="factor",
    dtypes="difference",
    method=False,
    number_first=True,
    numbers="wide fits",
)
def sub_scaled(input: Tensor, other: Tensor, alpha: float, *, out: Tensor | None = None) -> Tensor:
    """``input - alpha * other``: what ``sub(input, other, alpha=alpha)`` records."""
    ...


@pointwise(
    "input * other",
    vjp=(lambda g, other: g * other, lambda g, input: g * input),
    aliases="multiply",
    number_first=True,
    numbers="wide",
)
def mul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input * other``, with broadcasting and type promotion; on bool it is the logical and."""
    ...


@pointwise(
    "input / other",
    vjp=(lambda g, other: g / other, lambda g, input, other: -g * ((input / other) / other)),
    dtypes="float",
    domain=(0.5, 3.0),
    number_first=True,
    numbers="wide",
)
def true_divide(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input / other``; integers are promoted to the default floating dtype."""
    ...


@pointwise("input / count", vjp=(lambda g, count: g / count, None), dtypes="floating", method=False, numbers="wide")
def mean_scaled(input: Tensor, count: int, *, out: Tensor | None = None) -> Tensor:
    """A sum divided by how many were added: what ``mean`` records last, so that its node has that name."""
    ...


@pointwise(
    "floor_divide(input, other)",
    vjp=(no_derivative(RuntimeError("derivative for aten::floor_divide is not implemented")),) * 2,
    dtypes="numeric",
    number_first=True,
    numbers="wide divisor",
)
def floor_divide(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input // other``, rounded towards minus infinity."""
    ...


@pointwise(
    "floor_divide(input, other)",
    vjp=(flat, flat),
    dtypes="numeric",
    method=False,
    domain=(1.1, 1.9),
    numbers="wide divisor",
)
def div_floor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input / other`` rounded downwards: what ``div(..., rounding_mode="floor")`` records; flat, so gradients are 0."""
    ...


@pointwise(
    "trunc_divide(input, other)",
    vjp=(flat, flat),
    dtypes="numeric",
    method=False,
    domain=(1.1, 1.9),
    numbers="wide divisor",
)
def trunc_divide(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input / other`` rounded towards zero: what ``div(..., rounding_mode="trunc")`` records."""
    ...


def _remainder_by(g: Tensor, input: Tensor, other: Tensor) -> Tensor:
    if not is_tensor(input):
        raise RuntimeError("derivative for aten::remainder is not implemented")
    return -g * input.div(other, rounding_mode="floor")


@pointwise(
    "remainder(input, other)",
    vjp=(lambda g: g, _remainder_by),
    dtypes="numeric",
    domain=(0.5, 3.0),
    number_first=True,
    numbers="divisor",
)
def remainder(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` modulo ``other`` with the sign of ``other`` (Python's ``%``)."""
    ...


@pointwise(
    "fmod(input, other)",
    vjp=(lambda g: g, lambda g, input, other: -g * input.div(other, rounding_mode="trunc")),
    dtypes="numeric",
    domain=(0.5, 3.0),
    numbers="divisor",
)
def fmod(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` modulo ``other`` with the sign of ``input`` (C's ``fmod``)."""
    ...


def _pow_exponent_vjp(g: Tensor, y: Tensor, input: Tensor, exponent: Tensor) -> Tensor:
    if y.is_complex():
        base = input if hasattr(input, "log") else y.new_full((), input)
        negative = exponent.real < 0
        return (g * y * base.to(y.dtype).log()).where((base != 0) | negative, 0.0)
    if isinstance(input, (int, float)):
        if input == 0:
            return (g * y * -math.inf).where(~(exponent >= 0), 0.0)
        return g * y * (math.log(input) if input > 0 else math.nan)
    return (g * y * input.log()).where((input != 0) | ~(exponent >= 0), 0.0)


def _pow_base_vjp(g: Tensor, input: Tensor, exponent: Any) -> Tensor:
    if isinstance(exponent, (int, float, complex)):
        return g * 0.0 if exponent == 0 else g * (exponent * input.pow(exponent - 1))
    return (g * (exponent * input.pow(exponent - 1))).where(exponent != 0, 0.0)


@pointwise(
    "pow(input, exponent)",
    vjp=(_pow_base_vjp, _pow_exponent_vjp),
    tensors="input exponent",
    dtypes="numeric",
    domain=(0.5, 3.0),
    number_first=True,
    numbers="fits",
    method=False,
)
def pow(input: Tensor, exponent: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` raised to ``exponent``, with broadcasting and type promotion."""
    ...


@pointwise(
    "sqrt(input)", vjp=lambda g, input: _pow_base_vjp(g, input, 0.5), dtypes="floating", method=False, domain=(0.5, 3.0)
)
def pow_half(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The square root: what ``input ** 0.5`` records. It is nan at minus infinity, as PyTorch's, where C's ``pow`` is not."""
    ...


@pointwise(
    "rsqrt(input)",
    vjp=lambda g, input: _pow_base_vjp(g, input, -0.5),
    dtypes="floating",
    method=False,
    domain=(0.5, 3.0),
)
def pow_minus_half(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """One over the square root: what ``input ** -0.5`` records."""
    ...


@pointwise("cube(input)", vjp=lambda g, input: _pow_base_vjp(g, input, 3), dtypes="numeric", method=False)
def pow_three(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input * input * input``: what ``input ** 3`` records, as PyTorch computes it. C's ``pow`` takes ten times as long."""
    ...


@pointwise("-input", vjp=lambda g: -g, dtypes="numeric", aliases="negative", exact_out=True)
def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The negative of every element. RuntimeError for bool."""
    ...


@pointwise(
    "abs(input)",
    vjp=lambda g, input: g * input.sgn(),
    dtypes="numeric",
    domain=(0.5, 3.0),
    complex="real",
    conjugate=False,
    aliases="absolute",
    exact_out=True,
)
def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value of every element; of complex numbers it is real."""
    ...


@pointwise("sign(input)", vjp=flat, exact_out=True)
def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-1, 0 or 1 by the sign of every element."""
    ...


@pointwise("1 / input", vjp=lambda g, y: -g * y * y, dtypes="float", domain=(0.5, 3.0))
def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / input``."""
    ...


@pointwise("input * input", vjp=lambda g, input: g * 2 * input, dtypes="counting")
def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input * input``."""
    ...


@pointwise(
    "maximum(input, other)",
    vjp=(
        lambda g, input, other: (g / 2).where(input == other, g.where(~(input < other), 0.0)),
        lambda g, input, other: (g / 2).where(input == other, g.where(~(input > other), 0.0)),
    ),
    inplace=False,
    numbers="refused",
)
def maximum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The larger element of the two; NaN if either is. Ties share the gradient."""
    ...


@pointwise(
    "minimum(input, other)",
    vjp=(
        lambda g, input, other: (g / 2).where(input == other, g.where(~(input > other), 0.0)),
        lambda g, input, other: (g / 2).where(input == other, g.where(~(input < other), 0.0)),
    ),
    inplace=False,
    numbers="refused",
)
def minimum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smaller element of the two; NaN if either is. Ties share the gradient."""
    ...


@pointwise(
    "fmax(input, other)",
    vjp=(
        lambda g, input, other: g.where((input >= other) | other.isnan(), 0.0),
        lambda g, input, other: g.where(~((input >= other) | other.isnan()), 0.0),
    ),
    inplace=False,
    numbers="refused",
)
def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The larger element of the two; the other one where one is NaN."""
    ...


@pointwise(
    "fmin(input, other)",
    vjp=(
        lambda g, input, other: g.where((input <= other) | other.isnan(), 0.0),
        lambda g, input, other: g.where(~((input <= other) | other.isnan()), 0.0),
    ),
    inplace=False,
    numbers="refused",
)
def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smaller element of the two; the other one where one is NaN."""
    ...


@pointwise(
    "minimum(maximum(input, min), max)",
    vjp=(
        lambda g, input, min, max: g.where((input >= min) & (input <= max), 0.0),
        lambda g, input, min, max: g.where((min < max) & (input < min), 0.0),
        lambda g, input, min, max: g.where((max < min) | (input > max), 0.0),
    ),
    method=False,
    dtypes="numeric",
    numbers="fits",
)
def clamp_both(input: Tensor, min: Tensor, max: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` limited to [min, max]: what ``clamp`` records when both bounds are given."""
    ...


@pointwise(
    "maximum(input, min)",
    vjp=(lambda g, input, min: g.where(input >= min, 0.0), lambda g, input, min: g.where(input < min, 0.0)),
    inplace="function",
    numbers="fits unbool",
)
def clamp_min(input: Tensor, min: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input``, but at least ``min``."""
    ...


@pointwise(
    "minimum(input, max)",
    vjp=(lambda g, input, max: g.where(input <= max, 0.0), lambda g, input, max: g.where(input > max, 0.0)),
    inplace="function",
    numbers="fits unbool",
)
def clamp_max(input: Tensor, max: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input``, but at most ``max``."""
    ...


@pointwise(
    "input + weight * (end - input) if abs(weight) < 0.5 else end - (end - input) * (1 - weight)",
    vjp=(lambda g, weight: g * (1 - weight), lambda g, weight: g * weight, lambda g, input, end: g * (end - input)),
    dtypes="floating",
    numbers="wide fits alike",
)
def lerp(input: Tensor, end: Tensor, weight: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Linear interpolation ``input + weight * (end - input)``."""
    ...


@pointwise(
    "input + value * tensor1 * tensor2",
    vjp=(
        lambda g: g,
        lambda g, tensor2, value: g * tensor2 * value,
        lambda g, tensor1, value: g * tensor1 * value,
        None,
    ),
    tensors="input tensor1 tensor2 value",
    extra="factor",
    dtypes="numeric",
    numbers="wide fits",
)
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1, out: Tensor | None = None) -> Tensor:
    """``input + value * tensor1 * tensor2``."""
    ...


@pointwise(
    "input + value * tensor1 / tensor2",
    vjp=(
        lambda g: g,
        lambda g, tensor2, value: g * value / tensor2,
        lambda g, tensor1, tensor2, value: -g * (value * (tensor1 / (tensor2 * tensor2))),
        None,
    ),
    tensors="input tensor1 tensor2 value",
    extra="factor",
    dtypes="floating",
    domain=(0.5, 3.0),
    numbers="wide fits",
)
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1, out: Tensor | None = None) -> Tensor:
    """``input + value * tensor1 / tensor2``."""
    ...


@pointwise("gcd(input, other)", dtypes="integer", inplace="function", numbers="refused")
def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The greatest common divisor of integers, not negative. See torch.gcd."""
    ...


@pointwise("lcm(input, other)", dtypes="integer", inplace="function", numbers="refused")
def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The least common multiple of integers, not negative. See torch.lcm."""
    ...


def _next_slope(g: Tensor, input: Tensor, other: Tensor) -> Tensor:
    return g.masked_fill(input == other, 0.0)


@pointwise("nextafter(input, other)", vjp=(_next_slope, flat), dtypes="floating", method=False)
def next_float(input: Tensor, other: Tensor) -> Tensor:
    """The next number after ``input`` towards ``other``, of 32 or 64 bits: what ``nextafter`` records."""
    ...


@pointwise(
    "frexp_mantissa(input)",
    vjp=lambda g, input: g * (-input._op("frexp_exponent")).exp2(),
    dtypes="floating",
    method=False,
)
def frexp_mantissa(input: Tensor) -> Tensor:
    """``input`` without its power of 2, in [0.5, 1)."""
    ...


@pointwise("frexp_exponent(input)", dtypes="floating", method=False)
def frexp_exponent(input: Tensor) -> Tensor:
    """The power of 2 that `frexp_mantissa` leaves out, as a float."""
    ...
