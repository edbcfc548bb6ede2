"""The backward graph as users see it. See torch.autograd.graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from .node import Node, public
from .passes import GradientEdge

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

__all__ = ["GradientEdge", "Node", "get_gradient_edge", "save_on_cpu", "saved_tensors_hooks"]


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor goes; `autograd.grad` takes it in place of the tensor."""
    edge = tensor._resolve_edge()
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*public(edge), edge)


class saved_tensors_hooks:
    """RuntimeError on entry: what gradient rules keep is not handed to programs. See torch.autograd.graph.saved_tensors_hooks."""

    def __init__(self, pack_hook: Any, unpack_hook: Any) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> NoReturn:
        raise RuntimeError(
            "saved_tensors_hooks: cltorch's gradient rules keep values of the device that programs cannot replace; to hold less, "
            "use torch.utils.checkpoint"
        )

    def __exit__(self, *details: object) -> None:
        return None


class save_on_cpu(saved_tensors_hooks):
    """RuntimeError on entry: what gradient rules keep stays on the device. See torch.autograd.graph.save_on_cpu."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(None, None)
