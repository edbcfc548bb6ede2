"""Fourier transforms of complex (batch, n, inner) along n; `tensor.fourier` gives them gradients and PyTorch's arguments."""

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


@heavy("input roots", params=("inverse",), numbers=1)
def fourier(input: Meta, roots: Meta, inverse: bool) -> Job:
    """Transforms along the middle dimension, times a number."""
    batch, n, inner = input.shape
    return fft.lower, fft.Fourier(batch, n, inverse, input.dtype, inner), ((input.shape, input.dtype),)


@heavy("input roots", params=("inverse",))
def half_unpacked(input: Meta, roots: Meta, inverse: bool) -> Job:
    """The first half of the transform of real rows from that of their pairs, (batch, half) -> (batch, half + 1)."""
    batch, half = input.shape
    request = fft.Half(batch, half, True, inverse, input.dtype)
    return fft.lower_half, request, (((batch, half + 1), input.dtype),)


@heavy("input roots", params=("inverse",))
def half_packed(input: Meta, roots: Meta, inverse: bool) -> Job:
    """What a transform turns into pairs of real elements, from the first half of their transform: (batch, half + 1) -> (batch, half)."""
    batch, more = input.shape
    request = fft.Half(batch, more - 1, False, inverse, input.dtype)
    return fft.lower_half, request, (((batch, more - 1), input.dtype),)
