"""Short-time Fourier transforms and their inverse. See torch.stft and torch.istft."""

from __future__ import annotations

from ..autograd.aliases import no_view
from ..autograd.names import called
from ..ops.names import public
from ..warned import warn
from .complex import view_as_real
from .creation import ones
from .fourier import fft, ifft, irfft, rfft
from .padding import pad
from .tensor import Tensor


def _check_window(name: str, n_fft: int, hop: int, length: int, window: Tensor | None) -> None:
    if hop <= 0:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and (window.dim() != 1 or window.numel() != length):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={length}, but got window with size "
            f"{list(window.shape)}"
        )


def _warn_of_rectangle(why: str) -> None:
    warn(f"A window was not provided. A rectangular window will be applied, {why}.")


def _full_window(window: Tensor | None, length: int, n_fft: int, like: Tensor) -> Tensor:
    """The window in the middle of ``n_fft`` points."""
    kind = like.dtype.to_real() if like.is_complex() else like.dtype
    middle = ones(length, dtype=kind, device=like.device) if window is None else window
    left = (n_fft - length) // 2
    return pad(middle, (left, n_fft - length - left))


@public(method=True)
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """Fourier transforms of frames of a signal (L,) or (B, L): frequencies x frames. See torch.stft."""
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if not (input.is_floating_point() or input.is_complex()):
        raise RuntimeError("stft: expected a tensor of floating point or complex values")
    if input.dim() not in (1, 2):
        raise RuntimeError("stft: expected a 1D or 2D tensor")
    if return_complex is None:
        if not (input.is_complex() or (window is not None and window.is_complex())):
            raise RuntimeError("stft requires the return_complex parameter be given for real inputs")
        return_complex = True
    if window is None:
        _warn_of_rectangle("which is known to cause spectral leakage")
    hop, length = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    signal = input if input.dim() == 2 else input.unsqueeze(0)
    if center:
        ends = (n_fft // 2, n_fft // 2)
        signal = pad(signal.unsqueeze(0), ends, pad_mode).squeeze(0)
    elif align_to_window:
        left = (n_fft - length) // 2
        signal = pad(signal, (left, n_fft - length - left))
    if not 0 < n_fft <= signal.shape[-1]:
        raise RuntimeError(f"stft: expected 0 < n_fft < {signal.shape[-1]}, but got n_fft={n_fft}")
    _check_window("stft", n_fft, hop, length, window)
    frames = signal.unfold(-1, n_fft, hop) * _full_window(window, length, n_fft, signal)
    half = (not frames.is_complex()) if onesided is None else onesided
    if half and frames.is_complex():
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    norm = "ortho" if normalized else "backward"
    found = (rfft if half else fft)(frames, norm=norm).transpose(1, 2)
    found = found if input.dim() == 2 else found.squeeze(0)
    return no_view(called(found, "TransposeBackward1")) if return_complex else view_as_real(found)


@public(method=True)
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The signal whose `stft` is closest to ``input``: frames added up, over the added squares of the window. See torch.istft."""
    if not input.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if input.dim() not in (2, 3):
        raise RuntimeError("istft: expected a tensor with 2 or 3 dimensions (complex)")
    hop, width = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    if window is None:
        _warn_of_rectangle("which must have been the one of stft")
    _check_window("istft", n_fft, hop, width, window)
    if window is not None and window.is_complex() and not return_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    spectra = (input if input.dim() == 3 else input.unsqueeze(0)).transpose(1, 2)
    half = spectra.shape[-1] != n_fft if onesided is None else onesided
    if spectra.shape[-1] != (n_fft // 2 + 1 if half else n_fft):
        raise RuntimeError(
            f"istft: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 or n_fft, "
            f"but got {spectra.shape[-1]} for n_fft={n_fft}"
        )
    full = _full_window(window, width, n_fft, spectra)
    norm = "ortho" if normalized else "backward"
    if return_complex:
        frames = ifft(spectra, norm=norm)
    else:  # of a whole spectrum its first half counts, as in PyTorch
        frames = irfft(spectra[..., : n_fft // 2 + 1], n_fft, norm=norm)
    made = _added_up(frames * full, hop)
    weight = _added_up((full * full).expand(1, frames.shape[1], n_fft), hop)
    start = n_fft // 2 if center else 0
    total = made.shape[-1]
    end = total - start if length is None and center else min(start + length, total) if length is not None else total
    made, weight = made[..., start:end], weight[..., start:end]
    if bool((weight.abs() < 1e-11).any()):
        raise RuntimeError("istft(): window overlap add min: 1")
    made = made / weight
    if length is not None and end - start < length:
        warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail."
        )
        made = pad(made, (0, length - (end - start)))
    return made if input.dim() == 3 else made.squeeze(0)


def _added_up(frames: Tensor, hop: int) -> Tensor:
    """Frames (B, T, N) laid ``hop`` apart and added, earlier ones first: with empty frames around them, stretch ``r`` of the result is
    the last stretch of frame ``r``, the last but one of the next, and so on, which one view shows side by side."""
    batch, count, width = frames.shape
    most = -(-width // hop)  # frames that lie on each other
    rows, row = count + most - 1, most * hop
    around = pad(frames, (0, row - width, most - 1, most - 1))
    strides = ((rows + most - 1) * row, row, 1, row - hop)
    stretches = around.as_strided((batch, rows, hop, most), strides, (most - 1) * hop)
    return stretches.sum(-1).reshape(batch, -1)[:, : (count - 1) * hop + width]
