"""The operators that torchaudio has in C++, as compositions: ``torch.ops.torchaudio``.

Its recursive filters call them with a whole signal. A sample depends on those just before it, so blocks of samples are solved one after
another, each as a triangular system: a few calls for hundreds of samples. What else is compiled there raises NotImplementedError.
"""

from __future__ import annotations

from typing import Any

from .library import Library
from .linalg import solve_triangular
from .tensor.creation import arange, tensor
from .tensor.joining import cat
from .tensor.tensor import Tensor

BLOCK = 256  # samples that are solved at once


def _toeplitz(taps: Tensor, rows: int, columns: int, lead: int) -> Tensor:
    """Matrices with ``taps[:, lead + i - j]`` in row ``i``, column ``j``, and 0 where there is no such tap."""
    at = lead + arange(rows, device=taps.device)[:, None] - arange(columns, device=taps.device)
    order = taps.shape[1] - 1
    return taps[:, at.clamp(0, order)] * ((at >= 0) & (at <= order))


def recursive(signal: Tensor, taps: Tensor, before: Tensor) -> Tensor:
    """``y[t] = signal[t] - sum(taps[k] * y[t - k])`` over ``k`` from 1 on, along the last of three dimensions (signals, channels, samples).

    ``taps`` has a row for each channel, whose first is taken for 1; ``before`` are the samples before the first, one for each further tap.
    """
    order, samples = taps.shape[1] - 1, signal.shape[2]
    size = max(1, min(BLOCK, samples))
    within, across = _toeplitz(taps, size, size, 0), _toeplitz(taps, size, order, order)
    columns, last = signal.permute(1, 2, 0), before.permute(1, 2, 0)
    found: list[Tensor] = []
    for start in range(0, samples, size):
        block = columns[:, start : start + size]
        n = block.shape[1]
        made = solve_triangular(within[:, :n, :n], block - across[:, :n] @ last, upper=False, unitriangular=True)
        found.append(made)
        last = cat([last, made], 1)[:, last.shape[1] + n - order :]
    return cat(found, 1).permute(2, 0, 1)


def _lfilter_core_loop(input_signal_windows: Tensor, a_coeffs_flipped: Tensor, padded_output_waveform: Tensor) -> None:
    """What follows from earlier outputs is taken from a filtered signal; the result lies behind the padding of the last argument."""
    order = a_coeffs_flipped.shape[1] - 1
    before = padded_output_waveform[:, :, :order]
    padded_output_waveform[:, :, order:] = recursive(input_signal_windows, a_coeffs_flipped.flip(1), before)


def _overdrive_core_loop(
    waveform: Tensor, temp: Tensor, last_in: Tensor, last_out: Tensor, output_waveform: Tensor
) -> None:
    """The last step of the effect: what changes in ``temp``, with a slow decay, mixed with the signal, both (signals, samples)."""
    changes = temp - cat([last_in[:, None], temp[:, :-1]], 1)
    decay = tensor([[1.0, -0.995]], dtype=temp.dtype, device=temp.device)
    kept = recursive(changes[:, None], decay, last_out[:, None, None])[:, 0]
    output_waveform.copy_(waveform * 0.5 + kept * 0.75)


def _absent(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"torchaudio::{name} is compiled for PyTorch; cltorch has its recursive filters")

    return refuse


def register() -> None:
    """Put them under ``torch.ops.torchaudio``."""
    library = Library("torchaudio", "FRAGMENT")
    for function in (_lfilter_core_loop, _overdrive_core_loop):
        library.impl(function.__name__, function, "CompositeImplicitAutograd")
    for name in ("rnnt_loss_forward", "rnnt_loss_backward", "forced_align"):
        library.impl(name, _absent(name), "CompositeExplicitAutograd")
    about = Library("_torchaudio", "FRAGMENT")
    about.impl("is_align_available", lambda: False, "CompositeImplicitAutograd")
    about.impl("cuda_version", lambda: None, "CompositeImplicitAutograd")
