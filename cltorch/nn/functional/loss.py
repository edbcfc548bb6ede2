"""Losses. See the torch.nn.functional page of each name."""

from __future__ import annotations

import warnings
from typing import Any

from ... import dtypes
from ...autograd.composite import composite
from ...tensor.tensor import Tensor


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction != "none":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return loss


def _same_size(input: Tensor, target: Tensor) -> None:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead "
            "to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Squared differences, averaged, summed or as they are."""
    _same_size(input, target)
    difference = input - target
    return _reduced(difference * difference, reduction)


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Absolute differences."""
    _same_size(input, target)
    return _reduced((input - target).abs(), reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Squared below ``beta`` and absolute above (Girshick 2015)."""
    _same_size(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    distance = (input - target).abs()
    if beta == 0:
        return _reduced(distance, reduction)
    return _reduced((distance * distance * (0.5 / beta)).where(distance < beta, distance - 0.5 * beta), reduction)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """``-(t log p + (1 - t) log(1 - p))`` of probabilities; logarithms are limited to -100."""
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. Please "
            "ensure they have the same size."
        )
    loss = -(target * input.log().clamp_min(-100.0) + (1 - target) * (1 - input).log().clamp_min(-100.0))
    return _reduced(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of ``sigmoid(input)``, accurately."""
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    soft = (-input.abs()).exp().log1p() + (-input).clamp_min(0.0)
    if pos_weight is None:
        loss = (1 - target) * input + soft
    else:
        loss = (1 - target) * input + ((pos_weight - 1) * target + 1) * soft
    return _reduced(loss if weight is None else loss * weight, reduction)


# --- classes --------------------------------------------------------------------------------------------------------------


def _check_classes(input: Tensor, target: Tensor) -> None:
    if target.dtype is not dtypes.int64:
        if target.dtype is dtypes.uint8:
            return
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.name.capitalize()}")
    if input.dim() == 1 and target.dim() == 0:
        return
    if target.dim() != input.dim() - 1:
        raise RuntimeError(
            f"{'0D or 1D target tensor expected, multi-target not supported' if input.dim() <= 2 else 'only batches of spatial targets supported'}"
        )
    if input.shape[0] != target.shape[0]:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]})."
        )
    if input.shape[2:] != target.shape[1:]:
        raise RuntimeError(f"Expected target size {[input.shape[0], *input.shape[2:]]}, got {list(target.shape)}")


def _hits(input: Tensor, target: Tensor, dim: int, ignore_index: int) -> Tensor:
    """Where the class along ``dim`` is the target's; nowhere for ignored targets."""
    shape = tuple(n if d == dim else 1 for d, n in enumerate(input._meta.shape))
    classes = input._range(0, 1, input._meta.shape[dim]).reshape(shape)
    wanted = target.unsqueeze(dim)
    hit = classes == wanted
    return hit & (wanted != ignore_index) if ignore_index >= 0 else hit


def _weights(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> Tensor:
    """The weight of each target: that of its class, 0 for ignored ones."""
    counted = (target != ignore_index).to(input.dtype)
    if weight is None:
        return counted
    safe = target.where(target != ignore_index, 0)
    return weight.index_select(0, safe.reshape(-1)).reshape(target.shape) * counted


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Minus the log-probability of the target class: input (N, C, ...) or (C), target (N, ...) or ()."""
    _check_classes(input, target)
    dim = 0 if input.dim() == 1 else 1
    picked = -input.where(_hits(input, target, dim, ignore_index), 0.0).sum(dim)
    weights = _weights(input, target, weight, ignore_index)
    if reduction == "mean":
        return (picked * weights).sum() / weights.sum()
    return _reduced(picked * weights if weight is not None else picked, reduction)


def _cross_entropy_vjp(
    g: Tensor, y: Any, aux: tuple[Tensor, Tensor], input: Any, target: Tensor, dim: int, ignore_index: int
) -> tuple[Any, ...]:
    log_probabilities, total = aux
    counted = (target != ignore_index).unsqueeze(dim)
    share = log_probabilities.exp() - _hits(log_probabilities, target, dim, ignore_index).to(log_probabilities.dtype)
    return (share.where(counted, 0.0) * (g / total),)


@composite(vjp=_cross_entropy_vjp, saves="aux target")
def _cross_entropy(input: Tensor, target: Tensor, dim: int, ignore_index: int) -> Any:
    """Mean cross entropy of class targets; keeps the log-probabilities, as PyTorch does."""
    log_probabilities = input.log_softmax(dim)
    picked = log_probabilities.where(_hits(log_probabilities, target, dim, ignore_index), 0.0).sum(dim)
    total = (target != ignore_index).to(input.dtype).sum()
    return -picked.sum() / total, (log_probabilities, total)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """`nll_loss` of `log_softmax`: logits (N, C, ...) or (C); targets are classes, or probabilities of the input's shape."""
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input.dim() == 1 else 1
    if target.is_floating_point():
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing, dim)
    _check_classes(input, target)
    if weight is None and reduction == "mean" and label_smoothing == 0.0:
        return _cross_entropy(input, target, dim=dim, ignore_index=ignore_index)
    log_probabilities = input.log_softmax(dim)
    loss = nll_loss(log_probabilities, target, weight, ignore_index, reduction)
    if label_smoothing == 0.0:
        return loss
    spread = log_probabilities if weight is None else log_probabilities * _along(weight, input, dim)
    counted = (target != ignore_index).to(input.dtype)
    smooth = -spread.sum(dim) * counted
    count = input.shape[dim]
    if reduction == "mean":
        smooth = smooth.sum() / _weights(input, target, weight, ignore_index).sum()
    else:
        smooth = _reduced(smooth, reduction)
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / count)


def _along(weight: Tensor, input: Tensor, dim: int) -> Tensor:
    return weight.reshape(tuple(n if d == dim else 1 for d, n in enumerate(input._meta.shape)))


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, label_smoothing: float, dim: int
) -> Tensor:
    if input.shape != target.shape:
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities of shape {list(input.shape)}, got {list(target.shape)}"
        )
    count = input.shape[dim]
    soft = target if label_smoothing == 0.0 else target * (1 - label_smoothing) + label_smoothing / count
    log_probabilities = input.log_softmax(dim)
    weighted = soft * log_probabilities if weight is None else soft * log_probabilities * _along(weight, input, dim)
    loss = -weighted.sum(dim)
    if reduction == "mean":
        return loss.sum() / max(1, loss.numel())
    return _reduced(loss, reduction)
