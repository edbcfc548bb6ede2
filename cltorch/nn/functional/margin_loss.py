"""Losses with a margin. See the torch.nn.functional page of each name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import dtypes
from ...autograd.names import shown_as
from ...ops.arguments import Number, need_kind, takes
from ...ops.rules import broadcast_shape
from ...tensor.guards import need_result_in, refuse_gradient
from ...tensor.known import check_range
from ...tensor.tensor import Tensor
from .activation import logsigmoid
from .distance import pairwise_distance
from .loss import _reduced, legacy_reduction, need_reduction

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


@shown_as("SoftMarginLossBackward0")
def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``log(1 + exp(-target * input))`` for targets 1 and -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    shape = broadcast_shape([input._cl_meta.shape, target._cl_meta.shape])
    if shape != input._cl_meta.shape:
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}")
    if not input.dtype.differentiable:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.title}")
    need_result_in(input, target)
    refuse_gradient("soft_margin_loss", target=target)
    return _reduced(((-(target * input)).exp() + 1).log(), reduction).to(input.dtype)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The input where the target is 1, and ``max(0, margin - input)`` where it is -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    margin = float(margin) if input.dtype.differentiable else input._as_own_number(float(margin))
    apart = (margin - input).clamp_min(0)._masked_fill(target == 1, 0)
    together = input._masked_fill(target == -1, 0)
    return _reduced(apart + together, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, margin - target * (input1 - input2))``: the first is to rank higher where the target is 1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {input1.size()}, "
            f"input2: {input2.size()}, target: {target.size()} "
        )
    return _reduced(_ranking(input1, input2, target, margin), reduction)


def _ranking(input1: Tensor, input2: Tensor, target: Tensor, margin: float) -> Tensor:
    return (-target * (input1 - input2) + margin).clamp_min(0.0)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``1 - cos`` where the target is 1, and ``max(0, cos - margin)`` where it is -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target.dim() not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.dim() != target.dim() + 1 or input2.dim() != target.dim() + 1:
        kind = "1D target tensor expects 2D" if target.dim() else "0D target tensor expects 1D"
        raise RuntimeError(
            f"{kind} input tensors, but found inputs with sizes {list(input1.shape)} and {list(input2.shape)}."
        )
    small = 1e-12
    squares = [(t * t).sum(-1) + small for t in (input1, input2)]
    cosine = (input1 * input2).sum(-1) / (squares[0] * squares[1]).sqrt()
    near = (1.0 - cosine).where(target == 1, 0.0)
    far = (cosine - float(margin)).clamp_min(0.0).where(target == -1, 0.0)
    return _reduced(near + far, reduction)


def _rows(input: Tensor, target: Tensor, name: str) -> tuple[Tensor, int]:
    """The input as rows of classes, and how many classes there are."""
    if input.dim() > 2 or 0 in input._cl_meta.shape[1:] or input._cl_meta.shape == (0,):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    rows = input if input.dim() == 2 else input.reshape(1, -1)
    return rows, rows._cl_meta.shape[1]


def _need_long(target: Tensor) -> None:
    if target.dtype is not dtypes.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.title}")


@takes("multi_margin_loss_cpu_kernel", "half wide")
@shown_as("MultiMarginLossBackward0")
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: Number = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over other classes of ``max(0, margin - input[target] + input[class]) ** p``, times the target's weight."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    need_reduction(reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    rows, classes = _rows(input, target, "multi_margin_loss")
    wanted = target.reshape(-1)
    if wanted.numel() != rows._cl_meta.shape[0]:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). "
            f"Expected target size [{rows._cl_meta.shape[0]}], but got {list(target.shape)}. Input has shape "
            f"{list(input.shape)}."
        )
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {weight.dtype.title}")
    refuse_gradient("multi_margin_loss", weight=weight)
    _need_long(target)
    picked = rows.gather(1, wanted.unsqueeze(1))
    short = rows - picked + margin
    short = short.where(short > 0.0, 0.0)  # 0 also where it is nan
    short = short if p == 1 else short * short
    if weight is not None:
        short = short * weight.index_select(0, wanted).unsqueeze(1)
    others = rows._range(0, 1, classes) != wanted.unsqueeze(1)
    loss = short.where(others, 0.0).sum(1) / classes
    return _reduced(loss if target.dim() and input.dim() == 2 else loss.reshape(target.shape), reduction)


@takes("multilabel_margin_loss_forward_out_frame", "wide")
@shown_as("MultilabelMarginLossBackward0")
def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """For each row the sum over its labels and over what is no label of ``max(0, 1 - (input[label] - input[other]))``,
    divided by the number of classes; a row's labels end at its first -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    need_reduction(reduction)
    rows, classes = _rows(input, target, "multilabel_margin_loss")
    if target.shape != input.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    need_kind("min_all", ("half", "wide", "integer", "bool"), target._cl_meta.dtype)
    _need_long(target)
    check_range(target, -1, classes - 1, RuntimeError, "argument #2 'target' is out of range")
    labels = target.reshape(rows._cl_meta.shape)
    counted = (labels < 0).to(dtypes.int64).cumsum(1) == 0
    safe = labels.clamp_min(0).where(counted, 0)
    hits = (safe.unsqueeze(2) == rows._range(0, 1, classes)) & counted.unsqueeze(2)
    is_label = hits.any(1)
    picked = rows.gather(1, safe)
    short = 1.0 - picked.unsqueeze(2) + rows.unsqueeze(1)
    loss = short.where((short > 0) & counted.unsqueeze(2) & ~is_label.unsqueeze(1), 0.0).sum((1, 2)) / classes
    return _reduced(loss if input.dim() == 2 else loss.squeeze(0), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor | float,
    weight: Tensor | float | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of the binary cross entropies of ``sigmoid(input)``."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    classes = input.dim() - 1
    loss = loss.sum(classes) / input.shape[classes]
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    return _reduced(loss, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, margin + d(anchor, positive) - d(anchor, negative))`` with distances of order ``p``; ``swap`` takes the
    distance of positive and negative where that is smaller (Balntas et al. 2016)."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return triplet(anchor, positive, negative, margin, p, eps, swap, reduction)


def triplet(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float, p: float, eps: float, swap: bool, reduction: str
) -> Tensor:
    """`triplet_margin_loss` with any margin."""
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return _reduced(_triplet(distance, anchor, positive, negative, margin, swap), reduction)


def _triplet(
    distance: Callable[..., Any], anchor: Any, positive: Any, negative: Any, margin: float, swap: bool
) -> Tensor:
    far = distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return (distance(anchor, positive) - far + margin).clamp_min(0.0)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: Any = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor "
            f"{anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    return _reduced(_triplet(distance, anchor, positive, negative, margin, swap), reduction)
