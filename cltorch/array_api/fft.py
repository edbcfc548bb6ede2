"""The standard's extension of Fourier transforms: PyTorch's, with axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes
from .. import fft as torch_fft
from ..tensor.tensor import Tensor

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]


def _one(function: Callable[..., Any]) -> Callable[..., Any]:
    def made(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
        return function(x, n=n, dim=axis, norm=norm)

    made.__name__ = made.__qualname__ = function.__name__
    made.__doc__ = f"`cltorch.fft.{function.__name__}` along an axis."
    return made


def _many(function: Callable[..., Any]) -> Callable[..., Any]:
    def made(x: Tensor, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Tensor:
        return function(x, s=s, dim=axes, norm=norm)

    made.__name__ = made.__qualname__ = function.__name__
    made.__doc__ = f"`cltorch.fft.{function.__name__}` along axes."
    return made


_f: Any = torch_fft
fft, ifft, rfft, irfft, hfft, ihfft = map(_one, (_f.fft, _f.ifft, _f.rfft, _f.irfft, _f.hfft, _f.ihfft))
fftn, ifftn, rfftn, irfftn = map(_many, (_f.fftn, _f.ifftn, _f.rfftn, _f.irfftn))


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """The frequencies of a transform's results."""
    return _f.fftfreq(n, d, dtype=dtype or dtypes.get_default_dtype(), device=device)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """The frequencies of the results of a transform of real numbers."""
    return _f.rfftfreq(n, d, dtype=dtype or dtypes.get_default_dtype(), device=device)


def fftshift(x: Tensor, /, *, axes: Any = None) -> Tensor:
    """Frequency 0 in the middle."""
    return _f.fftshift(x, dim=axes)


def ifftshift(x: Tensor, /, *, axes: Any = None) -> Tensor:
    """The opposite of `fftshift`."""
    return _f.ifftshift(x, dim=axes)
