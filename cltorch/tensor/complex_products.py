"""Products of complex matrices and convolutions of complex images by the real kernels, on the parts of their elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..autograd.composite import composite
from .cat import join
from .functions import FUNCTIONS

if TYPE_CHECKING:
    from .tensor import Tensor


def _product_vjp(g: Tensor, y: Any, aux: Any, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return complex_product(g, b.mH), complex_product(a.mH, g)


@composite(vjp=_product_vjp, saves="a b", name="mm")
def complex_product(a: Tensor, b: Tensor) -> Tensor:
    """``a @ b`` of complex matrices, or batches of them, as one real product of twice the depth and width.

    A row of ``a`` is read as it lies in memory, (re, im, re, im, ...). Of ``b`` each row becomes two, of (re, im, ...) and of
    i times that, so that a row of the product comes out as pairs again.
    """
    *batch, m, k = a._cl_meta.shape
    n = b._cl_meta.shape[-1]
    rows = a.contiguous()._as_pairs().reshape(*batch, m, 2 * k)
    turned = join([b.unsqueeze(-2), (b * 1j).unsqueeze(-2)], -2)  # (..., k, 2, n)
    pairs = turned._as_pairs().reshape(*batch, 2 * k, 2 * n)
    return (rows @ pairs).reshape(*batch, m, n, 2)._as_complex()


def complex_convolution(convolve: Callable[..., Tensor], input: Tensor, weight: Tensor) -> Tensor:
    """What ``convolve(input, weight)``, which is linear in both, gives for complex operands: four real convolutions."""
    parts = [(t._real_part(), t._imag_part()) for t in (input, weight)]
    (x_real, x_imag), (w_real, w_imag) = parts
    real = convolve(x_real, w_real) - convolve(x_imag, w_imag)
    imag = convolve(x_real, w_imag) + convolve(x_imag, w_real)
    return FUNCTIONS["from_parts"](real, imag)
