"""What dual tensors are in the backward graph, and how their graph stays out of programs' sight.

Derivatives along directions are taken of a recorded graph (`autograd.forward_ad`). A program sees nothing of that: a tensor whose graph
leads to dual tensors alone requires no gradients and is a leaf, as in PyTorch, whereas ops go on recording it (`Tensor._is_recorded`).
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from .node import Node, modified

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


class Dual(Node):
    """The node of a dual tensor: its number, its direction, and on to whatever its number depends on."""

    __slots__ = ("primal", "tangent", "version")
    label = "ViewBackward0"

    def __init__(self, primal: Tensor, tangent: Tensor) -> None:
        super().__init__((primal._resolve_edge(),), primal._cl_meta)
        self.primal = primal
        self.tangent = tangent
        self.version = tangent._storage.version
        key = id(self)
        LIVE[key] = weakref.ref(self, lambda _: LIVE.pop(key, None))

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        return (grad,)

    def direction(self) -> Tensor:
        """The tangent by which results are differentiated; RuntimeError if it is no longer what it was when they may have been computed."""
        version = self.tangent._storage.version
        if version != self.version:
            raise modified(self.tangent._cl_meta, self, version, self.version)
        return self.tangent


LIVE: dict[int, Any] = {}
"""The dual tensors' nodes that something holds. While there are none nobody needs to look at graphs."""


def is_hidden(edge: Any) -> bool:
    """Whether all ends of a graph are dual tensors."""
    found = False
    stack, seen = [edge], {id(None)}
    while stack:
        edge = stack.pop()
        if id(edge) in seen:
            continue
        seen.add(id(edge))
        if not isinstance(edge, Node):
            return False
        found = found or (isinstance(edge, Dual) and edge.inputs[0] is None)
        stack += edge.inputs
    return found
