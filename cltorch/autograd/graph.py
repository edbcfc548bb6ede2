"""The backward graph as users see it. See torch.autograd.graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .functional import GradientEdge
from .node import Node, public

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

__all__ = ["GradientEdge", "Node", "get_gradient_edge"]


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor goes; `autograd.grad` takes it in place of the tensor."""
    edge = tensor._resolve_edge()
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*public(edge), edge)
