"""Dropout. See the torch.nn.functional page of each name."""

from __future__ import annotations

from math import sqrt

from ... import dtypes
from ...autograd.composite import composite
from ...tensor.sampling import rand, rand_like
from ...tensor.tensor import Tensor
from ...warned import warn

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def _check(p: float) -> None:
    if p != p:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _check_dtype(input: Tensor, p: float) -> None:
    """RuntimeError for integers, of which some would be scaled."""
    if p < 1.0 and input.is_complex():
        raise NotImplementedError(f"\"bernoulli_scalar_cpu_\" not implemented for '{input.dtype.title}'")
    if p < 1.0 and input.numel() and not input.dtype.is_floating_point and not input.is_complex():
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.title}")


def _none(input: Tensor) -> Tensor:
    """All elements dropped, in the input's dtype; nan stays."""
    return input * input.new_zeros(())


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeros elements with probability ``p`` and scales the others by ``1 / (1 - p)``."""
    _check(p)
    if not training or p == 0.0:
        return input
    _check_dtype(input, p)
    result = (
        _none(input)
        if p == 1.0 or not input.numel()
        else _dropout(input, rand_like(input.detach(), dtype=dtypes.float32) >= p, 1.0 / (1.0 - p))
    )
    return input.copy_(result) if inplace else result


@composite(vjp=lambda g, y, aux, input, keep, scale: ((g * scale).where(keep, 0.0),), saves="keep")
def _dropout(input: Tensor, keep: Tensor, scale: float) -> Tensor:
    return (input * scale).where(keep, 0.0)


def _kept_features(input: Tensor, p: float) -> Tensor:
    """Which channels of (N, C, ...) stay, as a mask that broadcasts over what follows."""
    shape = input._cl_meta.shape
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return rand(*shape[:2], *(1 for _ in shape[2:]), dtype=dtypes.float32, device=input.device) >= p


def _feature_dropout(input: Tensor, p: float, training: bool, inplace: bool, batched: bool) -> Tensor:
    if not training or p == 0.0:
        return input
    _check_dtype(input, p)
    whole = input if batched else input.unsqueeze(0)
    result = (
        _none(whole) if p == 1.0 or not input.numel() else _dropout(whole, _kept_features(whole, p), 1.0 / (1.0 - p))
    )
    result = result if batched else result.squeeze(0)
    return input.copy_(result) if inplace else result


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeros whole channels of (N, C, L) or (C, L) with probability ``p`` and scales the others."""
    _check(p)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension "
            "(i.e. 2D or 3D inputs)."
        )
    return _feature_dropout(input, p, training, inplace, input.dim() == 3)


def _warn_of_dims(name: str, dims: int, spatial: int) -> None:
    warn(
        f"{name}: Received a {dims}-D input to {name}, which is deprecated and will result in an error in a future release. "
        "To retain the behavior and silence this warning, please use dropout instead. Note that "
        f"{name} exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a channel dimension, "
        f"and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D inputs)."
    )


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeros whole channels of (N, C, H, W) with probability ``p`` and scales the others."""
    _check(p)
    if input.dim() not in (3, 4):
        _warn_of_dims("dropout2d", input.dim(), 2)
    if input.dim() == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - "
            "input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future "
            "release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D "
            "channel-wise dropout behavior, please switch to using dropout1d instead."
        )
    return _feature_dropout(input, p, training, inplace, True)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeros whole channels of (N, C, D, H, W) or (C, D, H, W) with probability ``p`` and scales the others."""
    _check(p)
    if input.dim() not in (4, 5):
        _warn_of_dims("dropout3d", input.dim(), 3)
    return _feature_dropout(input, p, training, inplace, input.dim() == 5)


ALPHA = 1.7580993408473766  # minus the value to which SELU saturates


def _alpha_dropout(input: Tensor, keep: Tensor, p: float) -> Tensor:
    """Dropped elements become SELU's lower limit; then mean and variance are as before (Klambauer et al. 2017)."""
    if input.is_complex():
        raise NotImplementedError(f"\"bernoulli_scalar_cpu_\" not implemented for '{input.dtype.title}'")
    if not input.is_floating_point():
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.title}")
    scale = 1.0 / sqrt((ALPHA * ALPHA * p + 1.0) * (1.0 - p))
    kept = keep.to(input.dtype)
    return input * (kept * scale) + ((kept - 1.0) * (ALPHA * scale) + ALPHA * scale * p)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1, for nets of SELU."""
    _check(p)
    if not training or p == 0.0:
        return input
    result = (
        _none(input)
        if p == 1.0 or not input.numel()
        else _alpha_dropout(input, rand_like(input.detach(), dtype=dtypes.float32) >= p, p)
    )
    return input.copy_(result) if inplace else result


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels of (N, C, ...)."""
    _check(p)
    if not training or p == 0.0:
        return input
    result = _none(input) if p == 1.0 or not input.numel() else _alpha_dropout(input, _kept_features(input, p), p)
    return input.copy_(result) if inplace else result
