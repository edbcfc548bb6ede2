"""Complex numbers: their parts, absolute values and angles, and numbers made of those.

Rules here give the gradient as PyTorch defines it: of a real function f(x + iy) it is df/dx + i df/dy. They are used as they
stand; those of all other rows are derivatives, and their conjugate is taken where numbers are complex (`autograd.node`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .op import flat
from .pointwise import pointwise

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


@pointwise("real(input)", vjp=lambda g: g, complex="real", method=False, inplace=False)
def real_part(input: Tensor) -> Tensor:
    """The real part of every element, as a tensor of its own."""
    ...


@pointwise("imag(input)", vjp=lambda g: g * 1j, complex="real", conjugate=False, method=False, inplace=False)
def imag_part(input: Tensor) -> Tensor:
    """The imaginary part of every element, as a tensor of its own."""
    ...


@pointwise("conj(input)", vjp=lambda g: g.conj_physical(), conjugate=False, method=False, inplace=False)
def conj_physical_plain(input: Tensor) -> Tensor:
    """The conjugate of every element: what ``conj_physical`` records for complex tensors."""
    ...


@pointwise(
    "complex(real, imag)",
    vjp=(lambda g: g._op("real_part"), lambda g: g._op("imag_part")),
    dtypes="parts",
    conjugate=False,
    method=False,
    inplace=False,
)
def from_parts(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Complex numbers from their real and imaginary parts, which have one floating dtype."""
    ...


def _angle_vjp(g: Tensor, input: Tensor) -> Tensor:
    if not input.is_complex():
        return flat(g)
    size = input.abs()
    return (g * 1j * (input / (size * size))).where(size != 0, 0.0)


@pointwise("angle(input)", vjp=_angle_vjp, dtypes="float", complex="real", conjugate=False, inplace=False)
def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle of every element in radians, in [-pi, pi]; of real numbers 0, or pi where they are negative."""
    ...


def _sgn_vjp(g: Tensor, input: Tensor, y: Tensor) -> Tensor:
    if not input.is_complex():
        return flat(g)
    along = (g * y.conj_physical())._op("real_part") * y
    return ((g - along) / input.abs()).where(input != 0, 0.0)


@pointwise("sgn(input)", vjp=_sgn_vjp, conjugate=False, exact_out=True)
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sign of every element; of complex numbers the one of absolute value 1 (or 0) in the same direction."""
    ...
