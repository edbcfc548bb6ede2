"""Gradients of several regions of one tensor: the first goes into zeros, and the others are written beside it where they can be.

So the parts that `chunk` or `split` made, or slices, send back as many writes as there are, where padded copies and sums of them
would be three times as many values.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..graph.view import View
    from .view_node import ViewNode

Box = tuple[tuple[int, int], ...]


class Regions:
    """What one backward pass knows of gradients that are zeros but for some regions."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Any, list[Box]]] = {}  # by edge: the gradient, which only ``pending`` has too

    def take(self, node: ViewNode, grad: Any, pending: dict[int, Any]) -> bool:
        """Write the gradient of a view into the one that waits for the same edge, if no part of it is there yet; whether it was."""
        key = id(node.inputs[0])
        known = self.known.get(key)
        if known is None or pending.get(key) is not known[0]:
            return False
        whole, boxes = known
        view = node.meta.view
        box = box_of(view, node.whole.view)
        if box is None:
            return False
        for other in boxes:
            if meet(box, other):
                return False
        if (
            whole._cl_meta is not node.whole
            or grad._cl_meta.dtype is not node.whole.dtype
            or grad._cl_meta.shape != view.shape
        ):
            return False
        whole._patch(view, grad)
        boxes.append(box)
        return True

    def note(self, node: ViewNode, pending: dict[int, Any]) -> None:
        """The gradient that waits for a node's edge is the node's, and nothing else yet."""
        key = id(node.inputs[0])
        whole, box = pending.get(key), box_of(node.meta.view, node.whole.view)
        if whole is not None and box is not None and whole._cl_meta is node.whole:
            self.known[key] = whole, [box]

    def forget(self, key: int) -> None:
        """The gradient of an edge is on its way: nobody may change it, or keep it, any more."""
        self.known.pop(key, None)


@lru_cache(maxsize=4096)
def box_of(view: View, whole: View) -> Box | None:
    """The bounds along every dimension of the dense ``whole`` between which a view lies; None for a view that is no box of it."""
    if not view.numel or not whole.is_contiguous or view.strides != whole.strides:
        return None
    rest, box = view.offset - whole.offset, []
    for n, stride, most in zip(view.shape, whole.strides, whole.shape, strict=True):
        first, rest = divmod(rest, stride) if stride else (0, rest)
        if first < 0 or first + n > most:
            return None
        box.append((first, first + n))
    return None if rest else tuple(box)


def meet(a: Box, b: Box) -> bool:
    """Whether two boxes share an element."""
    for (low, high), (low_of_other, high_of_other) in zip(a, b, strict=True):
        if low >= high_of_other or low_of_other >= high:
            return False
    return True
