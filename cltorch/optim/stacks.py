"""Parameters worked on as stacks, where an optimizer needs whole tensors: products and norms of a batch are as many kernels as
those of one. Tensors of like sizes share a stack; zeros behind the smaller ones change no sum and no product."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod
from typing import Any

from ..ops import heavy
from ..ops.foreach import formula
from ..tensor.apply import apply, apply_several
from ..tensor.creation import tensor
from ..tensor.tensor import Tensor

SHRINK = formula("param = param * kept", lists="param")
MOVE = formula("param = param - change", lists="param change")
WASTE = 1.5
"""How many elements a stack has at most, those of its tensors being 1, where the work is by element."""

Shape = tuple[int, ...]
Size = tuple[int, int, int]


def size_of(shape: Shape) -> Size:
    """A shape as (planes, rows, columns)."""
    rows, columns = (1, 1, *shape)[-2:]
    return prod(shape[:-2]), rows, columns


class Stack:
    """The sizes of tensors that share a stack, and how they get in and out."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = tuple(shapes)
        self.sizes = tuple(size_of(shape) for shape in shapes)
        self.whole: Size = tuple(map(max, zip(*self.sizes, strict=True)))  # type: ignore[assignment]

    def packed(self, tensors: Sequence[Any]) -> Tensor:
        """The tensors as (count, planes, rows, columns)."""
        return apply(heavy.stack_sizes, tuple([t._dense() for t in tensors]), (self.whole, self.sizes))

    def unpacked(self, stack: Tensor) -> list[Tensor]:
        """The tensors of a stack."""
        if len(self.shapes) == 1:
            return [stack.reshape(self.shapes[0])]
        return list(apply_several(heavy.unstack_sizes, (stack._dense(),), (self.sizes, self.shapes)))

    def each(self, numbers: Sequence[float], like: Tensor) -> Any:
        """A number a tensor, to be computed with the stack: one, or (count, 1, 1, 1)."""
        if all(number == numbers[0] for number in numbers):
            return numbers[0]
        return tensor(list(numbers), dtype=like.dtype, device=like.device).reshape(-1, 1, 1, 1)


def norms(stack: Tensor) -> Tensor:
    """The norm of each tensor of a stack, as (count, 1, 1, 1)."""
    return stack.reshape(stack.shape[0], -1).norm(2, 1).reshape(-1, 1, 1, 1)


def alike(params: Sequence[Tensor], keys: Sequence[Hashable], waste: float = WASTE) -> list[list[int]]:
    """Which parameters share a stack, by their places: those of equal keys whose stack has at most ``waste`` times the elements
    that are used."""
    found: list[list[int]] = []
    by_key: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        by_key.setdefault(key, []).append(place)
    for places in by_key.values():
        share: list[int] = []
        whole, used = (0, 0, 0), 0
        for place in sorted(places, key=lambda one: (size_of(params[one].shape), one)):
            size = size_of(params[place].shape)
            wider: Size = tuple(map(max, whole, size))  # type: ignore[assignment]
            if share and (len(share) + 1) * prod(wider) > waste * (used + prod(size)):
                found.append(share)
                wider, used, share = size, 0, []
            whole, used = wider, used + prod(size)
            share.append(place)
        found.append(share)
    return found
