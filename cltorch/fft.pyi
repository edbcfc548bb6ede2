"""Made by ``python -m tools.stubs``: what the declarations publish."""

from builtins import bool as _bool, complex as _complex, float as _float, int as _int
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from .dtypes import dtype
from .tensor.sizes import Size
from .tensor.tensor import Tensor
_Number = _int | _float | _complex
def fft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The transform along one dimension, of ``n`` elements. See torch.fft.fft."""
def fft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = ..., norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """`fftn` along the last two dimensions. See torch.fft.fft2."""
def fftfreq(n: _int, d: _float = ..., *, out: Tensor | None = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor: """The frequencies of a transform of ``n`` samples that lie ``d`` apart. See torch.fft.fftfreq."""
def fftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The transform along several dimensions. See torch.fft.fftn."""
def fftshift(input: Tensor, dim: Any = None) -> Tensor: """Frequency zero in the middle. See torch.fft.fftshift."""
def hfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The real transform of a Hermitian signal, of which half is given. See torch.fft.hfft."""
def hfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = ..., norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """`hfftn` along the last two dimensions. See torch.fft.hfft2."""
def hfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The real transform of a Hermitian signal along several dimensions. See torch.fft.hfftn."""
def ifft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The inverse transform along one dimension. See torch.fft.ifft."""
def ifft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = ..., norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """`ifftn` along the last two dimensions. See torch.fft.ifft2."""
def ifftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The inverse transform along several dimensions. See torch.fft.ifftn."""
def ifftshift(input: Tensor, dim: Any = None) -> Tensor: """The inverse of `fftshift`. See torch.fft.ifftshift."""
def ihfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The inverse of `hfft`, of real input. See torch.fft.ihfft."""
def ihfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = ..., norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """`ihfftn` along the last two dimensions. See torch.fft.ihfft2."""
def ihfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The inverse of `hfftn`, of real input. See torch.fft.ihfftn."""
def irfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """Real output from the non-negative frequencies. See torch.fft.irfft."""
def irfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = ..., norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """`irfftn` along the last two dimensions. See torch.fft.irfft2."""
def irfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """Real output from half of a transform along several dimensions. See torch.fft.irfftn."""
def rfft(input: Tensor, n: _int | None = None, dim: _int = -1, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """The non-negative frequencies of real input. See torch.fft.rfft."""
def rfft2(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] = ..., norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """`rfftn` along the last two dimensions. See torch.fft.rfft2."""
def rfftfreq(n: _int, d: _float = ..., *, out: Tensor | None = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor: """The non-negative frequencies of a transform of ``n`` samples. See torch.fft.rfftfreq."""
def rfftn(input: Tensor, s: _int | Sequence[_int] | None = None, dim: _int | Sequence[_int] | None = None, norm: str | None = None, *, out: Tensor | None = None) -> Tensor: """Half of the transform of real input along several dimensions. See torch.fft.rfftn."""
