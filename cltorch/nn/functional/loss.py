"""Losses. See the torch.nn.functional page of each name."""

from __future__ import annotations

from math import prod
from typing import Any

from ... import dtypes
from ...autograd.composite import composite
from ...autograd.names import shown_as
from ...autograd.remembered import remembered
from ...ops.arguments import need_kind
from ...ops.autocast import autocasting
from ...ops.classes import class_loss, weighted_class_loss
from ...ops.rules import broadcast_shape
from ...sparse.products import side_by_side
from ...tensor.apply import apply
from ...tensor.functions import record
from ...tensor.guards import refuse_gradient
from ...tensor.joining import broadcast_tensors
from ...tensor.known import check_range
from ...tensor.tensor import Tensor
from ...warned import warn
from .. import _reduction as _Reduction
from .activation import logsigmoid
from .linear import linear

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "l1_loss",
    "linear_cross_entropy",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]


FLOATS = ("half", "wide")


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    need_reduction(reduction)
    return loss


def need_reduction(reduction: str) -> None:
    """ValueError for the name of no reduction, where PyTorch asks for it first."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def _same_size(input: Tensor, target: Tensor) -> None:
    if input._cl_meta.shape != target._cl_meta.shape:
        warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead "
            "to incorrect results due to broadcasting. Please ensure they have the same size."
        )


def _promoted(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the dtype of their difference."""
    if input._cl_meta.dtype is target._cl_meta.dtype:
        return input, target
    common = dtypes.promote_types(input._cl_meta.dtype, target._cl_meta.dtype)
    return input.to(common), target.to(common)


def legacy_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that PyTorch's older arguments ask for, with its warning; ``reduction`` where they are not used."""
    if size_average is None and reduce is None:
        return reduction
    return _Reduction.legacy_get_string(size_average, reduce)


def _mse_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, target: Tensor, reduction: str) -> tuple[Tensor, Tensor]:
    difference = input - target
    share = 2.0 / max(difference._cl_meta.view.numel, 1) if reduction == "mean" else 2.0
    grad = difference * (g * share)
    return grad, -grad


@composite(vjp=_mse_vjp, saves="input target", name="mse_loss")
def _mse(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    difference = input - target
    return _reduced(difference * difference, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Squared differences, averaged (by ``weight`` if given), summed or as they are."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    _same_size(input, target)
    input, target = _promoted(input, target)
    if weight is not None:
        difference = input - target
        return _weighted(difference * difference, input, weight, reduction)
    need_kind("mse_cpu", FLOATS, input._cl_meta.dtype)
    return _mse(input, target, reduction=reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Absolute differences, averaged (by ``weight`` if given), summed or as they are."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    _same_size(input, target)
    if input.shape != target.shape:  # one without dimensions counts for the dtype, too
        input, target = broadcast_tensors(input, target)
    distance = (input - target).abs()
    return _reduced(distance, reduction) if weight is None else _weighted(distance, input, weight, reduction)


def _weighted(loss: Tensor, input: Tensor, weight: Tensor, reduction: str) -> Tensor:
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    weighted = loss * weight
    return weighted.sum() / weight.sum() if reduction == "mean" else _reduced(weighted, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Squared below ``beta`` and absolute above (Girshick 2015)."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    _same_size(input, target)
    if beta == 0 and dtypes.bool in (input.dtype, target.dtype):
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported.")
    input, target = _promoted(input, target)
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    need_kind("smooth_l1_cpu", FLOATS, input._cl_meta.dtype)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return _smooth_l1(input, target, reduction=reduction, beta=float(beta))


def _smooth_l1_vjp(
    g: Tensor, y: Any, aux: Any, input: Tensor, target: Tensor, reduction: str, beta: float
) -> tuple[Tensor, Tensor]:
    difference = input - target
    inside = (difference / beta).where(
        difference.abs() < beta, difference.detach() * 0
    )  # nan stays nan; its second one is 0
    slope = difference.sign().where(difference.abs() >= beta, inside)
    grad = slope * (g / max(difference._cl_meta.view.numel, 1) if reduction == "mean" else g)
    return grad, -grad


@composite(vjp=_smooth_l1_vjp, saves="input target", name="smooth_l1_loss")
def _smooth_l1(input: Tensor, target: Tensor, reduction: str, beta: float) -> Tensor:
    distance = (input - target).abs()
    curved = distance * distance * (0.5 / beta)
    return _reduced((distance - 0.5 * beta).where(distance >= beta, curved), reduction)


@shown_as("BinaryCrossEntropyBackward0")
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``-(t log p + (1 - t) log(1 - p))`` of probabilities; logarithms are limited to -100."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. Please "
            "ensure they have the same size."
        )
    need_kind("binary_cross_entropy", FLOATS, input._cl_meta.dtype)
    if target._cl_meta.dtype is not input._cl_meta.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.title} but expected {input.dtype.title} (target)")
    if weight is not None and weight.is_complex():
        raise RuntimeError(
            f"result type {weight.dtype.title} can't be cast to the desired output type {input.dtype.title}"
        )
    refuse_gradient("binary_cross_entropy", weight=weight)
    for name, other in (("input", input), ("target", target)):
        check_range(other, 0, 1, RuntimeError, f"all elements of {name} should be between 0 and 1")
    loss = _bce(input, target)
    return _reduced(loss if weight is None else (loss * weight).to(input.dtype), reduction)


def _bce_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """As PyTorch has it: the slope is limited to 1e12, that of the target is not."""
    slope = (input - target) / ((1 - input) * input).clamp_min(1e-12)
    return g * slope, g * ((1 - input).log() - input.log())


@composite(vjp=_bce_vjp, saves="input target", name="binary_cross_entropy")
def _bce(input: Tensor, target: Tensor) -> Tensor:
    return (target - 1) * (-input).log1p().clamp_min(-100.0) - target * input.log().clamp_min(-100.0)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of ``sigmoid(input)``, accurately."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return _cross_entropy_of_logits(input, target, weight, pos_weight, reduction)


def _cross_entropy_of_logits(
    input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: str
) -> Tensor:
    """The loss in the target's dtype and, before it is reduced, the target's shape. Computed in the wider of both."""
    refuse_gradient("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    factors = [t for t in (weight, pos_weight) if t is not None]
    shape = broadcast_shape([t._cl_meta.shape for t in (input, target, *factors)])
    if shape != target._cl_meta.shape:
        raise RuntimeError(f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(shape)}")
    input = input.to(dtypes.promote_types(input.dtype, target.dtype))
    result = _bce_with_logits(input, target, weight, pos_weight, reduction=reduction)
    if not dtypes.can_cast(result.dtype, target.dtype):
        raise RuntimeError(
            f"result type {result.dtype.title} can't be cast to the desired output type {target.dtype.title}"
        )
    return result.to(target.dtype)


def _positive(target: Tensor, pos_weight: Tensor) -> Tensor:
    """What the logarithm of the chance is multiplied by."""
    return (pos_weight - 1) * target + 1


def _logits_loss(input: Tensor, target: Tensor, pos_weight: Any) -> Tensor:
    soft = logsigmoid(input)
    return (1 - target) * input - (soft if pos_weight is None else _positive(target, pos_weight) * soft)


def _logits_vjp(
    g: Tensor, y: Any, aux: Any, input: Tensor, target: Tensor, weight: Any, pos_weight: Any, reduction: str
) -> tuple[Any, ...]:
    shapes = [t._cl_meta.shape for t in (input, target, weight, pos_weight) if t is not None]
    share = g / prod(broadcast_shape(shapes)) if reduction == "mean" else g
    each = share if weight is None else share * weight
    if pos_weight is None:
        return each * (input.sigmoid() - target), each * -input, None, None
    soft, chance = logsigmoid(input), (-input).sigmoid()
    slope = (1 - target) - _positive(target, pos_weight) * chance
    return each * slope, each * (-input - (pos_weight - 1) * soft), None, None


@composite(vjp=_logits_vjp, saves="input target weight pos_weight", name="binary_cross_entropy_with_logits")
def _bce_with_logits(input: Tensor, target: Tensor, weight: Any, pos_weight: Any, reduction: str) -> Tensor:
    loss = _logits_loss(input, target, pos_weight)
    return _reduced(loss if weight is None else loss * weight, reduction)


# --- classes --------------------------------------------------------------------------------------------------------------

FEW_CLASSES = 64
LARGE = (
    1 << 17
)  # numbers from which on a loss gets a kernel of its own: fewer lie where the tape reaches them, with all that is around them


def _check_classes(input: Tensor, target: Tensor, weight: Tensor | None, ignored: int) -> None:
    """The errors of PyTorch's losses over classes."""
    given, wanted = input._cl_meta.shape, target._cl_meta.shape
    if not given:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(given) != 1 and wanted[:1] != given[:1]:
        if not wanted:
            raise ValueError(f"Expected input batch_size ({given[0]}) to match target of one class, without a batch.")
        raise ValueError(f"Expected input batch_size ({given[0]}) to match target batch_size ({wanted[0]}).")
    if len(given) <= 2 and len(wanted) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.dtype not in (dtypes.int64, dtypes.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.title}")
    if len(given) <= 2:
        if len(given) == 1 and wanted not in ((), (1,)):
            raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {wanted[0]}")
    elif wanted[1:] != given[2:]:
        raise RuntimeError(f"Expected target size {[given[0], *given[2:]]}, got {list(wanted)}")
    classes = given[0] if len(given) == 1 else given[1]
    if weight is not None and weight._cl_meta.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )
    check_range(target, 0, classes - 1, IndexError, "Target {} is out of bounds.", ignored)


def _hits(like: Tensor, classes: int, target: Tensor, dim: int, ignore_index: int) -> Tensor:
    """Where the class along ``dim`` is the target's; nowhere for ignored targets."""
    shape = (*(1 for _ in range(dim)), classes, *(1 for _ in target._cl_meta.shape[dim:]))
    wanted = target.unsqueeze(dim)
    hit = like._range(0, 1, classes).reshape(shape) == wanted
    return hit & (wanted != ignore_index) if ignore_index >= 0 else hit


def _weights(dtype: Any, classes: int, target: Tensor, weight: Tensor | None, ignore_index: int) -> Tensor:
    """The weight of each target: that of its class, 0 for ignored ones; IndexError at the next wait for what is no class."""
    counted = record("class_count", target.long(), classes, ignore_index).to(dtype)
    if weight is None:
        return counted
    safe = target.clamp(0, classes - 1).long()
    return weight.index_select(0, safe.reshape(-1)).reshape(target.shape) * counted


def _picked(input: Tensor, classes: int, target: Tensor, dim: int, ignored: int) -> Tensor:
    """The numbers of the target classes, 0 for ignored targets. A few classes are looked through, which fuses with what made them."""
    if classes < FEW_CLASSES:
        return input.where(_hits(input, classes, target, dim, ignored), 0.0).sum(dim)
    found = input.gather(dim, target.clamp(0, classes - 1).long().unsqueeze(dim)).squeeze(dim)
    return found.where(target != ignored, 0.0)


def _nll_vjp(
    g: Tensor,
    y: Any,
    aux: Any,
    input: Any,
    target: Tensor,
    weight: Any,
    classes: int,
    dim: int,
    ignored: int,
    reduction: str,
) -> tuple[Tensor]:
    weights = _weights(g.dtype, classes, target, weight, ignored)
    share = weights * (-g / weights.sum() if reduction == "mean" else -g)
    return (share.unsqueeze(dim).where(_hits(g, classes, target, dim, ignored), 0.0),)


def _nll_at_once(input: Tensor, target: Tensor, weight: Any, ignored: int, mean: bool) -> Tensor:
    """One kernel, where the tape does not reach: of ten records three launches were left, nine times as long (1M numbers, 1,024 targets)."""
    given, wanted = input._cl_meta.shape, target.long()
    if len(given) < 3:
        rows, wanted = input.unsqueeze(-1), wanted.unsqueeze(-1)
        if len(given) == 1:
            rows, wanted = rows.unsqueeze(0), wanted.unsqueeze(0)
    else:
        rows, wanted = input.reshape(*given[:2], -1), wanted.reshape(given[0], -1)
    if weight is None:
        return apply(class_loss, (rows, wanted), (ignored, mean))
    return apply(weighted_class_loss, (rows, wanted, side_by_side(weight)), (ignored, mean))


@composite(vjp=_nll_vjp, saves="target weight", name="nll_loss")
def _nll(input: Tensor, target: Tensor, weight: Any, classes: int, dim: int, ignored: int, reduction: str) -> Tensor:
    """Minus the weighted numbers of the target classes, their sum, or their weighted mean."""
    if reduction in ("mean", "sum") and classes >= FEW_CLASSES and prod(input._cl_meta.shape) >= LARGE:
        return _nll_at_once(input, target, weight, ignored, reduction == "mean")
    weights = _weights(input.dtype, classes, target, weight, ignored)
    picked = _picked(input, classes, target, dim, ignored)
    loss = (0.0 - picked) * weights
    return loss.sum() / weights.sum() if reduction == "mean" else _reduced(loss, reduction)


@remembered
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of the target class: input (N, C, ...) or (C), target (N, ...) or ().

    A target that is no class raises IndexError when the loss is read."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    _check_classes(input, target, weight, ignore_index)
    need_kind("nll_loss_out_frame", FLOATS, input._cl_meta.dtype)
    return _nll_loss(input, target, weight, ignore_index, reduction)


def _nll_loss(input: Tensor, target: Tensor, weight: Tensor | None, ignored: int, reduction: str) -> Tensor:
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {weight.dtype.title}")
    refuse_gradient("nll_loss_forward" if input.dim() < 3 else "nll_loss2d_forward", weight=weight)
    dim = 0 if input.dim() == 1 else 1
    if input.dim() == 1 and target.dim() == 1:
        target = target.squeeze(0)
    return _nll(input, target, weight, classes=input._cl_meta.shape[dim], dim=dim, ignored=ignored, reduction=reduction)


def _cross_entropy_vjp(
    g: Tensor, y: Any, aux: tuple[Tensor, Tensor], input: Any, target: Tensor, dim: int, ignored: int
) -> tuple[Any, ...]:
    log_probabilities, total = aux
    counted = (target != ignored).unsqueeze(dim)
    hits = _hits(g, log_probabilities._cl_meta.shape[dim], target, dim, ignored)
    share = log_probabilities.exp() - hits.to(log_probabilities.dtype)
    return ((share * (g / total)).where(counted, 0.0),)


@composite(vjp=_cross_entropy_vjp, saves="aux apart target", name="cross_entropy")
def _cross_entropy(input: Tensor, target: Tensor, dim: int, ignored: int) -> Any:
    """Mean cross entropy of class targets; keeps the log-probabilities, as PyTorch does."""
    classes = input._cl_meta.shape[dim]
    log_probabilities = input.log_softmax(dim)
    picked = log_probabilities.where(_hits(input, classes, target, dim, ignored), 0.0).sum(dim)
    total = _weights(input.dtype, classes, target, None, ignored).sum()
    return -picked.sum() / total, (log_probabilities, total)


@autocasting
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """`nll_loss` of `log_softmax`: logits (N, C, ...) or (C); targets are classes, or probabilities of the input's shape.

    A target that is no class raises IndexError when the loss is read."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    label_smoothing = label_smoothing if label_smoothing > 0 else 0.0
    if label_smoothing > 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if target.is_floating_point() and target.shape == input.shape and input.dim():
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing)
    if not input.dim():
        if target.shape == input.shape and not target.is_floating_point():
            raise RuntimeError(
                f"Expected floating point type for target with class probabilities, got {target.dtype.title}"
            )
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
    _check_classes(input, target, weight, ignore_index)
    dim = 0 if input.dim() == 1 else 1
    if weight is None and reduction == "mean" and label_smoothing == 0.0 and target.dim() == input.dim() - 1:
        return _cross_entropy(input, target, dim=dim, ignored=ignore_index)
    log_probabilities = input.log_softmax(dim)
    loss = _nll_loss(log_probabilities, target, weight, ignore_index, reduction)
    if label_smoothing == 0.0:
        return loss
    spread = log_probabilities if weight is None else log_probabilities * _along(weight, input, dim)
    classes = input.shape[dim]
    smooth = -spread.sum(dim) * (target != ignore_index).to(input.dtype)
    if reduction == "mean":
        smooth = smooth.sum() / _weights(input.dtype, classes, target, weight, ignore_index).sum()
    else:
        smooth = _reduced(smooth, reduction)
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def _along(weight: Tensor, input: Tensor, dim: int) -> Tensor:
    return weight.reshape(tuple(n if d == dim else 1 for d, n in enumerate(input._cl_meta.shape)))


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, label_smoothing: float
) -> Tensor:
    dim = 0 if input.dim() == 1 else 1
    count = input.shape[dim]
    if weight is not None and tuple(weight.shape) != (count,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {count} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )
    soft = target if label_smoothing == 0.0 else target * (1 - label_smoothing) + label_smoothing / count
    log_probabilities = input.log_softmax(dim)
    weighted = soft * log_probabilities if weight is None else soft * log_probabilities * _along(weight, input, dim)
    loss = -weighted.sum(dim)
    if reduction == "mean":
        return loss.sum() / max(1, loss.numel())
    return _reduced(loss, reduction)


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Tensor:
    """`cross_entropy` of ``linear(input, linear_weight, linear_bias)``; a weight (classes, ..., in_features) gives logits with
    further dimensions. ``options`` say in PyTorch how the work is cut, which does not change the result."""
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    classes, *more, features = linear_weight.shape
    if input.shape[-1] != features:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {features}, respectively"
        )
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *more):
        raise RuntimeError(f"expected linear_bias shape {(classes, *more)}, got {tuple(linear_bias.shape)}")
    if more and input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*input.shape[:-1], classes, *more)
    if ignore_index is not None and tuple(target.shape) == shape:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    flat_bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = linear(input, linear_weight.reshape(-1, features), flat_bias).reshape(shape)
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        logits, target, weight, ignore_index=ignored, reduction=reduction, label_smoothing=label_smoothing
    )
