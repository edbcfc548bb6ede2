"""Powers, exponentials, trigonometric and other smooth functions, and rounding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .op import flat
from .pointwise import pointwise

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

_LN2, _LN10, _TWO_BY_SQRT_PI = math.log(2.0), math.log(10.0), 2.0 / math.sqrt(math.pi)


@pointwise("exp(input)", vjp=lambda g, y: g * y, dtypes="float")
def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``e`` to the power of every element. Integers are promoted to the default float."""
    ...


@pointwise("exp2(input)", vjp=lambda g, y: g * y * _LN2, dtypes="float")
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """2 to the power of every element. Integers are promoted to the default float."""
    ...


@pointwise("expm1(input)", vjp=lambda g, y: g * (y + 1), dtypes="float")
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(input) - 1``, accurate near zero. Integers are promoted to the default float."""
    ...


@pointwise("log(input)", vjp=lambda g, input: g / input, dtypes="float", domain=(0.3, 3.0))
def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Natural logarithm. Integers are promoted to the default float."""
    ...


@pointwise("log2(input)", vjp=lambda g, input: g / (input * _LN2), dtypes="float", domain=(0.3, 3.0))
def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm to base 2. Integers are promoted to the default float."""
    ...


@pointwise("log10(input)", vjp=lambda g, input: g / (input * _LN10), dtypes="float", domain=(0.3, 3.0))
def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm to base 10. Integers are promoted to the default float."""
    ...


@pointwise("log1p(input)", vjp=lambda g, input: g / (input + 1), dtypes="float", domain=(-0.6, 3.0))
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(1 + input)``, accurate near zero. Integers are promoted to the default float."""
    ...


@pointwise("sqrt(input)", vjp=lambda g, y: g / (2 * y), dtypes="float", domain=(0.3, 3.0))
def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Square root. Integers are promoted to the default float."""
    ...


@pointwise(
    "cbrt(input)", vjp=lambda g, y: g / (3 * (y * y)), dtypes="float", domain=(0.3, 3.0), spaces="prims", method=False
)
def cbrt(input: Tensor) -> Tensor:
    """The cube root, of negative numbers too. Integers are promoted to the default float. See torch.ops.prims.cbrt."""
    ...


@pointwise("rsqrt(input)", vjp=lambda g, y: g * -0.5 * (y * y * y), dtypes="float", domain=(0.3, 3.0))
def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / sqrt(input)``. Integers are promoted to the default float."""
    ...


@pointwise("sin(input)", vjp=lambda g, input: g * input.cos(), dtypes="float")
def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sine of angles in radians. Integers are promoted to the default float."""
    ...


@pointwise("cos(input)", vjp=lambda g, input: g * -input.sin(), dtypes="float")
def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Cosine of angles in radians. Integers are promoted to the default float."""
    ...


@pointwise("tan(input)", vjp=lambda g, y: g * (1 + y * y), dtypes="float", domain=(-1.2, 1.2))
def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Tangent of angles in radians. Integers are promoted to the default float."""
    ...


@pointwise(
    "asin(input)",
    vjp=lambda g, input: g * (1 - input * input).rsqrt(),
    dtypes="float",
    domain=(-0.9, 0.9),
    aliases="arcsin",
)
def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Inverse sine, in [-pi/2, pi/2]. Integers are promoted to the default float."""
    ...


@pointwise(
    "acos(input)",
    vjp=lambda g, input: g * -(1 - input * input).rsqrt(),
    dtypes="float",
    domain=(-0.9, 0.9),
    aliases="arccos",
)
def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Inverse cosine, in [0, pi]. Integers are promoted to the default float."""
    ...


@pointwise("atan(input)", vjp=lambda g, input: g / (input * input + 1), dtypes="float", aliases="arctan")
def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Inverse tangent, in [-pi/2, pi/2]. Integers are promoted to the default float."""
    ...


@pointwise("sinh(input)", vjp=lambda g, input: g * input.cosh(), dtypes="float")
def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic sine. Integers are promoted to the default float."""
    ...


@pointwise("cosh(input)", vjp=lambda g, input: g * input.sinh(), dtypes="float")
def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic cosine. Integers are promoted to the default float."""
    ...


@pointwise("tanh(input)", vjp=lambda g, y: g._op("tanh_backward", y), dtypes="float")
def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic tangent, in (-1, 1). Integers are promoted to the default float."""
    ...


@pointwise(
    "grad * (1 - y * y)",
    vjp=(lambda g, y: g._op("tanh_backward", y), lambda g, grad, y: g * grad * (y * -2)),
    spaces="",
    method=False,
)
def tanh_backward(grad: Tensor, y: Tensor) -> Tensor:
    """The gradient of ``tanh`` where its result is ``y``: one op, of which loops of small tensors have many."""
    ...


@pointwise("asinh(input)", vjp=lambda g, input: g * (input * input + 1).rsqrt(), dtypes="float", aliases="arcsinh")
def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Inverse hyperbolic sine. Integers are promoted to the default float."""
    ...


def _acosh_vjp(g: Tensor, input: Tensor) -> Tensor:
    """Complex roots are taken one by one: the root of a product would lie in another sheet."""
    if input._cl_meta.dtype.is_complex:
        return g * ((input - 1).rsqrt() * (input + 1).rsqrt())
    return g * (input * input - 1).rsqrt()


@pointwise(
    "acosh(input)",
    vjp=_acosh_vjp,
    dtypes="float",
    domain=(1.3, 4.0),
    aliases="arccosh",
)
def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Inverse hyperbolic cosine. Integers are promoted to the default float."""
    ...


@pointwise(
    "atanh(input)", vjp=lambda g, input: g / (1 - input * input), dtypes="float", domain=(-0.9, 0.9), aliases="arctanh"
)
def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Inverse hyperbolic tangent. Integers are promoted to the default float."""
    ...


@pointwise("sigmoid(input)", vjp=lambda g, y: g._op("sigmoid_backward", y), dtypes="float")
def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logistic function ``1 / (1 + exp(-input))``. Integers are promoted to the default float."""
    ...


@pointwise(
    "grad * (1 - y) * y",
    vjp=(lambda g, y: g._op("sigmoid_backward", y), lambda g, grad, y: g * grad * (1 - 2 * y)),
    spaces="",
    method=False,
)
def sigmoid_backward(grad: Tensor, y: Tensor) -> Tensor:
    """The gradient of ``sigmoid`` where its result is ``y``: one op, as of ``tanh``."""
    ...


@pointwise("erf(input)", vjp=lambda g, input: g * _TWO_BY_SQRT_PI * (-(input * input)).exp(), dtypes="float")
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function. Integers are promoted to the default float."""
    ...


@pointwise("erfc(input)", vjp=lambda g, input: g * -_TWO_BY_SQRT_PI * (-(input * input)).exp(), dtypes="float")
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 - erf(input)``. Integers are promoted to the default float."""
    ...


@pointwise(
    "erfinv(input)", vjp=lambda g, y: g * (1 / _TWO_BY_SQRT_PI) * (y * y).exp(), dtypes="float", domain=(-0.9, 0.9)
)
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Inverse of the error function. Integers are promoted to the default float."""
    ...


@pointwise("lgamma(input)", vjp=lambda g, input: g * input.digamma(), dtypes="float", domain=(0.5, 4.0))
def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of the absolute value of the gamma function. Integers are promoted to the default float."""
    ...


def _trigamma(x: Tensor) -> Tensor:
    """The derivative of `digamma`: shifted up by six, then its asymptotic series; reflected below one half. 16-bit floats are rounded
    once: beside a pole the sine would be lost."""
    if x.dtype.itemsize == 2:
        return _trigamma(x.float()).to(x.dtype)
    low = x < 0.5
    z = (1 - x).where(low, x)
    total = (z * z).reciprocal()
    for k in range(1, 6):
        total = total + ((z + k) * (z + k)).reciprocal()
    i = (z + 6).reciprocal()
    square = i * i
    tail = i + square / 2 + i * square * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square / 30)))
    slope = math.pi / (x * math.pi).sin()
    return (slope * slope - (total + tail)).where(low, total + tail)


@pointwise("digamma(input)", vjp=lambda g, input: g * _trigamma(input), dtypes="float", domain=(0.5, 4.0))
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Derivative of `lgamma`."""
    ...


def _inverse_square(input: Tensor, other: Tensor) -> Tensor:
    """``1 / (input**2 + other**2)``, and 0 at the origin."""
    square = input * input + other * other
    return square.reciprocal().where(square != 0, 0.0)


@pointwise(
    "atan2(input, other)",
    vjp=(
        lambda g, input, other: g * (other * _inverse_square(input, other)),
        lambda g, input, other: g * (-input * _inverse_square(input, other)),
    ),
    dtypes="float",
    domain=(0.5, 3.0),
    aliases="arctan2",
    numbers="refused",
)
def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle of the point (other, input), in [-pi, pi]."""
    ...


@pointwise(
    "hypot(input, other)",
    vjp=(lambda g, y, input: g * (input / y), lambda g, y, other: g * (other / y)),
    dtypes="floating",
    domain=(0.5, 3.0),
    numbers="refused",
)
def hypot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sqrt(input**2 + other**2)`` without overflow."""
    ...


@pointwise(
    "logaddexp(input, other)",
    vjp=(lambda g, input, other: g * (input - other).sigmoid(), lambda g, input, other: g * (other - input).sigmoid()),
    dtypes="floating",
    inplace=False,
    numbers="refused",
)
def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(exp(input) + exp(other))`` without overflow."""
    ...


@pointwise(
    "logaddexp2(input, other)",
    vjp=(
        lambda g, input, other: g * ((input - other) * _LN2).sigmoid(),
        lambda g, input, other: g * ((other - input) * _LN2).sigmoid(),
    ),
    dtypes="floating",
    inplace=False,
    numbers="refused",
)
def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log2(2 ** input + 2 ** other)`` without overflow. See torch.logaddexp2."""
    ...


@pointwise(
    "copysign(input, other)",
    dtypes="float",
    vjp=(lambda g, input, y: g * (y / input).where(input != 0, 0.0), flat),
)
def copysign(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The magnitude of ``input`` with the sign of ``other``."""
    ...


@pointwise("maximum(input, 0)", vjp=lambda g, y: y._op("relu_backward", g), dtypes="numeric", domain=(0.1, 2.0))
def relu(input: Tensor) -> Tensor:
    """``max(input, 0)``."""
    ...


@pointwise("0 if y <= 0 else grad", vjp=(flat, lambda g, y: y._op("relu_backward", g)), method=False)
def relu_backward(y: Tensor, grad: Tensor) -> Tensor:
    """The gradient of ``relu`` where its result is ``y``. An op of its own so that second gradients flow, as in torch."""
    ...


@pointwise(
    "0 if input <= threshold else grad_output",
    vjp=(lambda g, input, threshold: g._op("threshold_backward", input, threshold), flat, None),
    spaces="aten",
    method=False,
)
def threshold_backward(grad_output: Tensor, input: Tensor, threshold: float) -> Tensor:
    """``grad_output`` where ``input`` is above a number, else 0. See torch.ops.aten.threshold_backward."""
    ...


@pointwise("floor(input)", vjp=flat, dtypes="numeric", exact_out=True)
def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The largest integer not above every element. Integers stay as they are."""
    ...


@pointwise("ceil(input)", vjp=flat, dtypes="numeric", exact_out=True)
def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smallest integer not below every element. Integers stay as they are."""
    ...


@pointwise("trunc(input)", vjp=flat, dtypes="numeric", aliases="fix", exact_out=True)
def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Every element without its fraction. Integers stay as they are."""
    ...


@pointwise("round(input)", vjp=flat, dtypes="numeric", exact_out=True)
def round(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The nearest integer, halves to even. Integers stay as they are."""
    ...


@pointwise("input - trunc(input)", vjp=lambda g: g, dtypes="floating", domain=(0.1, 0.9), exact_out=True)
def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The fraction of every element, with its sign."""
    ...
