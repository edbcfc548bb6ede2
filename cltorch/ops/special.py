"""Special functions. See torch.special; formulas by Abramowitz and Stegun, Handbook of Mathematical Functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .arguments import is_tensor
from .op import no_derivative
from .pointwise import pointwise

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

_ROOT_2_BY_PI = math.sqrt(2 / math.pi)
_ROOT_2_PI = math.sqrt(2 * math.pi)


# --- Bessel functions -----------------------------------------------------------------------------------------------------


def _i1_slope(g: Tensor, y: Tensor, input: Tensor) -> Tensor:
    quotient = y / input.masked_fill(input == 0, 1.0)
    return g * (input.i0() - quotient).where(input != 0, 0.5)


def _i1e_slope(g: Tensor, y: Tensor, input: Tensor) -> Tensor:
    quotient = y * (input.sgn() + input.masked_fill(input == 0, 1.0).reciprocal())
    return g * (input._op("i0e") - quotient).where(input != 0, 0.5)


@pointwise("i0(input)", vjp=lambda g, input: g * input._op("i1"), dtypes="float", spaces="torch special")
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0. See torch.special.i0."""
    ...


@pointwise(
    "i0e(input)",
    vjp=lambda g, y, input: g * (input._op("i1e") - input.sgn() * y),
    dtypes="float",
    spaces="special",
    method=False,
)
def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(-|x|) * i0(x)``. See torch.special.i0e."""
    ...


@pointwise("i1(input)", vjp=_i1_slope, dtypes="float", spaces="special", method=False)
def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1. See torch.special.i1."""
    ...


@pointwise("i1e(input)", vjp=_i1e_slope, dtypes="float", spaces="special", method=False)
def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(-|x|) * i1(x)``. See torch.special.i1e."""
    ...


@pointwise("i0(input)", dtypes="wide", spaces="special", method=False)
def modified_bessel_i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0; no gradient, as in PyTorch. See torch.special.modified_bessel_i0."""
    ...


@pointwise("i1(input)", dtypes="wide", spaces="special", method=False)
def modified_bessel_i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1; no gradient. See torch.special.modified_bessel_i1."""
    ...


@pointwise("k0(input)", dtypes="wide", spaces="special", method=False)
def modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 0. See torch.special.modified_bessel_k0."""
    ...


@pointwise("k1(input)", dtypes="wide", spaces="special", method=False)
def modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 1. See torch.special.modified_bessel_k1."""
    ...


@pointwise("k0e(x)", dtypes="wide", spaces="special", method=False)
def scaled_modified_bessel_k0(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(x) * modified_bessel_k0(x)``. See torch.special.scaled_modified_bessel_k0."""
    ...


@pointwise("k1e(x)", dtypes="wide", spaces="special", method=False)
def scaled_modified_bessel_k1(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(x) * modified_bessel_k1(x)``. See torch.special.scaled_modified_bessel_k1."""
    ...


@pointwise("j0(input)", dtypes="wide", spaces="special", method=False)
def bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order 0. See torch.special.bessel_j0."""
    ...


@pointwise("j1(input)", dtypes="wide", spaces="special", method=False)
def bessel_j1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order 1. See torch.special.bessel_j1."""
    ...


@pointwise("y0(input)", dtypes="wide", spaces="special", method=False)
def bessel_y0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order 0. See torch.special.bessel_y0."""
    ...


@pointwise("y1(input)", dtypes="wide", spaces="special", method=False)
def bessel_y1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order 1. See torch.special.bessel_y1."""
    ...


@pointwise(
    "where(x == 0, 1, where(isinf(x), 0, sin(x) / x))", complex="none", dtypes="wide", spaces="special", method=False
)
def spherical_bessel_j0(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(x) / x``, and 1 at 0. See torch.special.spherical_bessel_j0."""
    ...


@pointwise("airy_ai(x)", dtypes="wide", spaces="special", method=False)
def airy_ai(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Airy's function Ai; no gradient, as in PyTorch. See torch.special.airy_ai."""
    ...


# --- gamma, zeta, normal distribution ---------------------------------------------------------------------------------------


@pointwise(
    "zeta(input, other)",
    vjp=(
        no_derivative(NotImplementedError("the derivative for 'zeta' is not implemented.")),
        lambda g, input, other: g * -input * (other * 0 + input + 1)._op("zeta", other),
    ),
    dtypes="wide",
    spaces="special",
    method=False,
    number_first=True,
)
def zeta(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hurwitz's zeta function, the sum of ``1 / (k + other) ** input``. See torch.special.zeta."""
    ...


def _refused(op: str) -> Callable[..., Tensor]:
    """The rule of an operand for which PyTorch has no derivative either."""

    def rule(g: Tensor) -> Tensor:
        raise NotImplementedError(f"the derivative for '{op}: input' is not implemented.")

    return rule


def _igamma_slope(g: Tensor, input: Tensor, other: Tensor) -> Tensor:
    return g * ((input - 1) * other.log() - other - input.lgamma()).exp()


@pointwise(
    "igamma(input, other)",
    vjp=(_refused("igamma"), _igamma_slope),
    dtypes="floating",
    domain=(0.5, 3.0),
    numbers="refused",
)
def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized lower incomplete gamma function. See torch.special.gammainc."""
    ...


@pointwise(
    "igammac(input, other)",
    vjp=(_refused("igammac"), lambda g, input, other: -_igamma_slope(g, input, other)),
    dtypes="floating",
    domain=(0.5, 3.0),
    numbers="refused",
)
def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized upper incomplete gamma function. See torch.special.gammaincc."""
    ...


@pointwise(
    "erfcx(input)",
    vjp=lambda g, y, input: g * (2 * input * y - 2 / math.sqrt(math.pi)),
    dtypes="wide",
    spaces="special",
    method=False,
)
def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(x ** 2) * erfc(x)``. See torch.special.erfcx."""
    ...


@pointwise(
    "ndtri(input)",
    vjp=lambda g, y: g * _ROOT_2_PI * (y * y / 2).exp(),
    dtypes="wide",
    spaces="special",
    method=False,
    domain=(0.1, 0.9),
)
def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the normal distribution function. See torch.special.ndtri."""
    ...


def _log_ndtr_slope(input: Tensor, y: Tensor) -> Tensor:
    """The density by the distribution function: erfcx has both where they are small, and is infinite (its slope too) where they are not."""
    tail = _ROOT_2_BY_PI / (input.clamp(max=-1) * -math.sqrt(0.5))._op("erfcx")
    return tail.where(input < -1, (input * input * -0.5 - y).exp() / _ROOT_2_PI)


@pointwise(
    "log_ndtr(input)",
    vjp=lambda g, input, y: g * _log_ndtr_slope(input, y),
    dtypes="wide",
    spaces="special",
    method=False,
)
def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the normal distribution function. See torch.special.log_ndtr."""
    ...


@pointwise(
    "0.5 * erfc(-input * 0.7071067811865476)",
    vjp=lambda g, input: g * (1 / _ROOT_2_PI) * (input * input * -0.5).exp(),
    dtypes="float",
    spaces="special",
    method=False,
)
def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The normal distribution function. See torch.special.ndtr."""
    ...


@pointwise(
    "where(input > 0, -input * log(input), where(input == 0, 0, where(input < 0, -1e999, input)))",
    vjp=lambda g, input: g * (-input.log() - 1),
    dtypes="float",
    spaces="special",
    method=False,
    domain=(0.3, 2.0),
)
def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-x * log(x)``, 0 at 0 and -inf below. See torch.special.entr."""
    ...


# --- products with logarithms, sinc ------------------------------------------------------------------------------------------


def _as_tensor(number: Any, like: Tensor) -> Tensor:
    """A number as a tensor beside another one; a tensor as it is."""
    return number if is_tensor(number) else like.new_full((), number)


def _xlogy_slope(g: Tensor, input: Tensor, other: Tensor) -> Tensor:
    return (g * _as_tensor(other, g).log()).masked_fill((input == 0) & (other <= 0), 0.0)


@pointwise(
    "where(other != other, other, where(input == 0, 0, input * log(other)))",
    vjp=(_xlogy_slope, lambda g, input, other: g * input / other),
    complex="none",
    dtypes="float",
    spaces="torch special",
    number_first=True,
    inplace="function",
    domain=(0.3, 2.0),
)
def xlogy(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input * log(other)``, and 0 where ``input`` is 0. See torch.special.xlogy."""
    ...


def _xlog1py_slope(g: Tensor, input: Tensor, other: Tensor) -> Tensor:
    return (g * _as_tensor(other, g).log1p()).masked_fill((input == 0) & (other <= -1), 0.0)


@pointwise(
    "where(other != other, other, where(input == 0, 0, input * log1p(other)))",
    vjp=(_xlog1py_slope, lambda g, input, other: g * input / (other + 1)),
    complex="none",
    dtypes="float",
    spaces="special",
    method=False,
    number_first=True,
    domain=(-0.5, 2.0),
)
def xlog1py(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input * log1p(other)``, and 0 where ``input`` is 0. See torch.special.xlog1py."""
    ...


def _sinc_slope(g: Tensor, input: Tensor) -> Tensor:
    turn = input * math.pi
    slope = (turn.cos() * turn - turn.sin()) / (turn * input)
    return g * slope.masked_fill(turn * input == 0, 0.0)


@pointwise(
    "where(input == 0, 1, sin(3.141592653589793 * input) / (3.141592653589793 * input))",
    vjp=_sinc_slope,
    dtypes="float",
    spaces="torch special",
)
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(pi x) / (pi x)``, and 1 at 0. See torch.special.sinc."""
    ...


# --- orthogonal polynomials, by degree ---------------------------------------------------------------------------------------

_POLYNOMIALS = {
    "chebyshev_polynomial_t": ("chebyshev_t(x, n)", "Chebyshev polynomial of the first kind"),
    "chebyshev_polynomial_u": ("chebyshev_u(x, n)", "Chebyshev polynomial of the second kind"),
    "chebyshev_polynomial_v": ("chebyshev_v(x, n)", "Chebyshev polynomial of the third kind"),
    "chebyshev_polynomial_w": ("chebyshev_w(x, n)", "Chebyshev polynomial of the fourth kind"),
    "shifted_chebyshev_polynomial_t": (
        "chebyshev_t(2 * x - 1, n)",
        "Chebyshev polynomial of the first kind at 2 x - 1",
    ),
    "shifted_chebyshev_polynomial_u": (
        "chebyshev_u(2 * x - 1, n)",
        "Chebyshev polynomial of the second kind at 2 x - 1",
    ),
    "shifted_chebyshev_polynomial_v": (
        "chebyshev_v(2 * x - 1, n)",
        "Chebyshev polynomial of the third kind at 2 x - 1",
    ),
    "shifted_chebyshev_polynomial_w": (
        "chebyshev_w(2 * x - 1, n)",
        "Chebyshev polynomial of the fourth kind at 2 x - 1",
    ),
    "hermite_polynomial_h": ("hermite_h(x, n)", "physicists' Hermite polynomial"),
    "hermite_polynomial_he": ("hermite_he(x, n)", "probabilists' Hermite polynomial"),
    "laguerre_polynomial_l": ("laguerre_l(x, n)", "Laguerre polynomial"),
    "legendre_polynomial_p": ("legendre_p(x, n)", "Legendre polynomial"),
}


def _polynomial(name: str, expr: str, about: str) -> None:
    def row(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

    row.__name__ = name
    row.__doc__ = f"The {about} of degree ``n``. See torch.special.{name}."
    pointwise(expr, dtypes="wide", spaces="special", method=False, number_first=True)(row)


for _name, (_expr, _about) in _POLYNOMIALS.items():
    _polynomial(_name, _expr, _about)


def _polygamma_slope(g: Tensor, input: Tensor, n: float, log_factorial: float) -> Tensor:
    return g * -input._op("polygamma_scaled", n + 1, log_factorial + math.log(n + 1))


@pointwise("exp(log_factorial) * zeta(n + 1, input)", vjp=(_polygamma_slope, None, None), dtypes="float", method=False)
def polygamma_scaled(input: Tensor, n: float, log_factorial: float) -> Tensor:
    """``n! zeta(n + 1, input)``, the absolute value of the n-th derivative of digamma."""
    ...
