"""Window functions. See torch.signal.windows, and the older names that end with ``_window``."""

from __future__ import annotations

from collections.abc import Iterable
from math import pi, sqrt
from typing import Any

from .. import dtypes
from ..ops.names import public
from .creation import arange, zeros
from .factory import Target, target
from .formats import strided
from .tensor import Tensor

_OLDER = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46), "blackman": (0.42, 0.5, 0.08)}


def _places(M: int, aim: Target) -> Tensor:
    if M < 2:  # of complex numbers too
        return zeros(M, dtype=aim.dtype, device=aim.device)
    return arange(M, dtype=aim.dtype, device=aim.device)


def _cosines(M: int, a: Iterable[float], sym: bool, aim: Target) -> Tensor:
    """``a0 - a1 cos(x) + a2 cos(2 x) - ...`` over one turn."""
    turn = _places(M, aim) * (2 * pi / max(M - sym, 1))
    first, *rest = a
    total = turn * 0 + first
    for i, weight in enumerate(rest, 1):
        total = total + (turn * i).cos() * (-weight if i % 2 else weight)
    return total


def _kaiser(M: int, beta: float, sym: bool, aim: Target) -> Tensor:
    """Bessel's function along a half circle, by its value in the middle."""
    k = _places(M, aim) * (2 / max(M - sym, 1)) - 1
    middle = Tensor._filled((), beta, aim.dtype, aim.device)
    return ((1 - k * k).clamp_min(0).sqrt() * beta).i0() / middle.i0()


def _bartlett(M: int, sym: bool, aim: Target) -> Tensor:
    return 1 - (_places(M, aim) * (2 / max(M - sym, 1)) - 1).abs()


def _finished(M: int, made: Tensor, aim: Target) -> Tensor:
    """The window; that of one point is 1."""
    return aim.finish(made * 0 + 1 if M == 1 else made)


# --- torch.signal.windows -------------------------------------------------------------------------------------------------


COSINES = ("hamming", "hann", "general_hamming", "nuttall")
"""Windows that PyTorch makes by `general_cosine`, whose name their errors have."""


def _window(name: str, formula: Any) -> Any:
    """The public function of a formula over (M, sym, target, parameters)."""

    def window(
        M: int,
        *,
        sym: bool = True,
        dtype: dtypes.dtype | None = None,
        layout: Any = strided,
        device: Any = None,
        requires_grad: bool = False,
        **parameters: Any,
    ) -> Tensor:
        named = "general_cosine" if name in COSINES else name  # which PyTorch makes them by
        if M < 0:
            raise ValueError(f"{named} requires non-negative window length, got M={M}")
        if layout is not strided:
            raise ValueError(f"{named} is implemented for strided tensors only, got: {layout}")
        kind = dtype or dtypes.get_default_dtype()
        if kind not in (dtypes.float32, dtypes.float64):
            raise ValueError(f"{named} expects float32 or float64 dtypes, got: {kind}")
        return formula(M, sym, target(name, kind, device, requires_grad), **parameters)

    window.__name__ = window.__qualname__ = name
    window.__doc__ = f"{formula.__doc__} See torch.signal.windows.{name}."
    return public("signal.windows")(window)


def exponential(M: int, sym: bool, aim: Target, center: float | None = None, tau: float = 1.0) -> Tensor:
    """``exp(-|k - center| / tau)``."""
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    middle = (M if not sym and M > 1 else M - 1) / 2 if center is None else center
    return aim.finish((-((_places(M, aim) - middle) / tau).abs()).exp())


def cosine(M: int, sym: bool, aim: Target) -> Tensor:
    """A half wave of the sine."""
    return aim.finish(((_places(M, aim) + 0.5) * (pi / (M + 1 if not sym and M > 1 else max(M, 1)))).sin())


def gaussian(M: int, sym: bool, aim: Target, std: float = 1.0) -> Tensor:
    """``exp(-((k - middle) / std) ** 2 / 2)``."""
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    k = (_places(M, aim) - (M if not sym and M > 1 else M - 1) / 2) / (std * sqrt(2))
    return aim.finish((-k * k).exp())


def kaiser(M: int, sym: bool, aim: Target, beta: float = 12.0) -> Tensor:
    """Kaiser's window, of shape ``beta``."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    return _finished(M, _kaiser(M, beta, sym, aim), aim)


def bartlett(M: int, sym: bool, aim: Target) -> Tensor:
    """A triangle from 0 to 1 and back."""
    return _finished(M, _bartlett(M, sym, aim), aim)


def general_cosine(M: int, sym: bool, aim: Target, a: Any) -> Tensor:
    """The sum of cosines with weights ``a`` and signs that alternate."""
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    return _finished(M, _cosines(M, a, sym, aim), aim)


def general_hamming(M: int, sym: bool, aim: Target, alpha: float = 0.54) -> Tensor:
    """``alpha - (1 - alpha) cos(x)``."""
    return _finished(M, _cosines(M, (alpha, 1 - alpha), sym, aim), aim)


def nuttall(M: int, sym: bool, aim: Target) -> Tensor:
    """Nuttall's four cosines, with little beside the main lobe."""
    return _finished(M, _cosines(M, (0.3635819, 0.4891775, 0.1365995, 0.0106411), sym, aim), aim)


def hamming(M: int, sym: bool, aim: Target) -> Tensor:
    """``0.54 - 0.46 cos(x)``."""
    return _finished(M, _cosines(M, _OLDER["hamming"], sym, aim), aim)


def hann(M: int, sym: bool, aim: Target) -> Tensor:
    """``0.5 - 0.5 cos(x)``."""
    return _finished(M, _cosines(M, _OLDER["hann"], sym, aim), aim)


def blackman(M: int, sym: bool, aim: Target) -> Tensor:
    """``0.42 - 0.5 cos(x) + 0.08 cos(2 x)``."""
    return _finished(M, _cosines(M, _OLDER["blackman"], sym, aim), aim)


for _formula in (
    *(exponential, cosine, gaussian, kaiser, bartlett, general_cosine),
    *(general_hamming, nuttall, hamming, hann, blackman),
):
    _window(_formula.__name__, _formula)


# --- torch.hann_window and so on ------------------------------------------------------------------------------------------


def _older_target(name: str, length: int, dtype: Any, layout: Any, device: Any, requires_grad: bool) -> Target:
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    aim = target(name, dtype, device, requires_grad, None, layout)
    if not (aim.dtype.is_floating_point or aim.dtype.is_complex):
        raise RuntimeError(f"{name} expects floating point dtypes, got: {aim.dtype}")
    return aim


@public()
def hann_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = strided, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``0.5 - 0.5 cos(x)`` over one turn. See torch.hann_window."""
    aim = _older_target("hann_window", window_length, dtype, layout, device, requires_grad)
    return _finished(window_length, _cosines(window_length, _OLDER["hann"], not periodic, aim), aim)


@public()
def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
    layout: Any = strided, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``alpha - beta cos(x)`` over one turn. See torch.hamming_window."""
    aim = _older_target("hamming_window", window_length, dtype, layout, device, requires_grad)
    return _finished(window_length, _cosines(window_length, (alpha, beta), not periodic, aim), aim)


@public()
def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = strided, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``0.42 - 0.5 cos(x) + 0.08 cos(2 x)`` over one turn. See torch.blackman_window."""
    aim = _older_target("blackman_window", window_length, dtype, layout, device, requires_grad)
    return _finished(window_length, _cosines(window_length, _OLDER["blackman"], not periodic, aim), aim)


@public()
def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = strided, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A triangle from 0 to 1 and back. See torch.bartlett_window."""
    aim = _older_target("bartlett_window", window_length, dtype, layout, device, requires_grad)
    return _finished(window_length, _bartlett(window_length, not periodic, aim), aim)


@public()
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, layout: Any = strided,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Kaiser's window, of shape ``beta``. See torch.kaiser_window."""
    aim = _older_target("kaiser_window", window_length, dtype, layout, device, requires_grad)
    return _finished(window_length, _kaiser(window_length, beta, not periodic, aim), aim)
