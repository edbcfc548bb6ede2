"""Fourier transforms of complex (batch, n, inner) along n, and of real rows; `tensor.fourier` gives them gradients and PyTorch's arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels import fft
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


def has_passes(n: int) -> bool:
    """Whether the factors of a length are small enough for a pass each."""
    return max(fft.factors(n), default=1) <= fft.LARGEST


@heavy("like", params=("n",))
def roots_of_unity(like: Meta, n: int) -> Job:
    """``exp(-2 pi i k / n)`` for k below n, of the complex dtype of ``like``; then ``n`` that only a transform reads."""
    return fft.lower_roots, fft.Fourier(1, n, False, like.dtype), (((2 * n,), like.dtype),)


@heavy("input roots", params=("inverse",), numbers=1, raw=True)
def fourier(input: Meta, roots: Meta, inverse: bool) -> Job:
    """Transforms along the middle dimension, times a number. Blocks are dense, but may lie apart."""
    batch, n, inner = input.shape
    request = fft.Fourier(batch, n, inverse, input.dtype, inner, "", *_places(input, 2 * n * inner))
    return fft.lower, request, ((input.shape, input.dtype),)


@heavy("input roots ends", params=("inverse",), numbers=1, raw=True)
def fourier_of_real(input: Meta, roots: Meta, ends: Meta, inverse: bool) -> Job:
    """The first half of the transforms of rows of an even length, times a number: (batch, n) -> (batch, n / 2 + 1). Rows may lie apart.
    Tables: the roots of half the length, and of the whole."""
    batch, n = input.shape
    dtype = input.dtype.to_complex()
    request = fft.Fourier(batch, n // 2, inverse, dtype, 1, "unpack", *_places(input, n))
    return fft.lower, request, (((batch, n // 2 + 1), dtype),)


@heavy("input roots ends", params=("inverse",), numbers=1, raw=True)
def fourier_to_real(input: Meta, roots: Meta, ends: Meta, inverse: bool) -> Job:
    """Rows of real numbers from the first half of their transforms: the inverse of `fourier_of_real` but for the scale."""
    batch, more = input.shape
    request = fft.Fourier(batch, more - 1, inverse, input.dtype, 1, "pack", *_places(input, 2 * more))
    return fft.lower, request, (((batch, 2 * (more - 1)), input.dtype.to_real()),)


def _places(input: Meta, dense: int) -> tuple[int, int]:
    """How many real numbers the blocks of an input lie apart, and where the first begins."""
    view, size = input.view, 2 if input.dtype.is_complex else 1
    return (view.strides[0] * size if view.shape[0] > 1 else dense), view.offset * size
