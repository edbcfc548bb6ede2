"""Losses over classes in one walk over the targets. See `nn.functional.nll_loss`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels import classes
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


@heavy("input target", params=("ignored", "mean"), raw=True)
def class_loss(input: Meta, target: Meta, ignored: int, mean: bool) -> Job:
    """Minus the sum, or the ``mean``, of the numbers (rows, classes, inner) of the target classes (rows, inner), both of any strides."""
    return _loss((input, target), ignored, mean)


@heavy("input target weight", params=("ignored", "mean"), raw=True)
def weighted_class_loss(input: Meta, target: Meta, weight: Meta, ignored: int, mean: bool) -> Job:
    """The same with a weight for each class, which lie side by side."""
    return _loss((input, target, weight), ignored, mean)


def _loss(operands: tuple[Meta, ...], ignored: int, mean: bool) -> Job:
    input, target = operands[:2]
    offsets = tuple(meta.view.offset for meta in operands)
    rows, count, inner = input.shape
    strides, places = input.view.strides, target.view.strides
    request = classes.Classes(rows, count, inner, strides, places, offsets, ignored, mean, input.dtype)
    return classes.lower, request, (((), input.dtype),)
