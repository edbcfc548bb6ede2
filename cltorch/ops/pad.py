"""The rows of padding. See `tensor.padding`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..kernels import pad
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta

LARGE = 1 << 15  # elements from which a launch of its own is faster than what the tape does in several steps
Amounts = tuple[tuple[int, int], ...]  # (before, after) of each dimension


def _job(input: Meta, amounts: Amounts, mode: str) -> Job:
    planes, sides = pad.sides_of(input.shape, amounts, mode == "constant")
    shape = tuple(before + n + after for n, (before, after) in zip(input.shape, amounts, strict=True))
    return pad.lower, pad.Pad(planes, sides, mode, input.dtype), ((shape, input.dtype),)


@heavy("input", vjp=lambda g, params: g._unpadded(*params), params=("amounts",), numbers=1)
def pad_constant(input: Meta, amounts: Amounts) -> Job:
    """A tensor with a number of the call around it."""
    return _job(input, amounts, "constant")


@heavy("input", vjp=lambda g, params: g._folded_back(*params), params=("amounts", "mode"))
def pad_from_input(input: Meta, amounts: Amounts, mode: Any) -> Job:
    """A tensor with elements of its own around it."""
    return _job(input, amounts, mode)
