"""What stands for tensors by which something is differentiated, and what depends on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .composite import Passed
from .modes import MODE
from .node import Node
from .passes import grad as gradients

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


class Sources:
    """Stand for a transform's arguments while its function runs."""

    def __init__(self, leaves: list[Any]) -> None:
        self.outside = MODE.enabled
        self.of = leaves
        self.tensors = [_source(leaf) for leaf in leaves]
        self.edges = {id(t._resolve_edge()) for t in self.tensors}

    def apart(self) -> list[Tensor]:
        """The sources as tensors that are no leaves: a function may change them in place, and with them the arguments."""
        return [t._made(t._storage, t._cl_meta, Passed((t._resolve_edge(),), t._cl_meta)) for t in self.tensors]

    def lead_outside(self, outs: list[Tensor]) -> bool:
        """Whether ``outs`` depend on something that requires gradients and is no source, or stands behind one."""
        if not self.outside:
            return False
        stack = [out._resolve_edge() for out in outs]
        seen = set()
        while stack:
            edge = stack.pop()
            if edge is None or id(edge) in seen:
                continue
            seen.add(id(edge))
            if isinstance(edge, Node):
                stack += edge.inputs
            elif id(edge) not in self.edges:
                return True
        return False

    def gradients(
        self, outs: list[Tensor], weights: list[Any] | None, create_graph: bool, keep: bool | None = None
    ) -> list[Tensor]:
        """The gradients of those ``outs`` that depend on something; zeros where nothing arrives."""
        used = [k for k, out in enumerate(outs) if out._is_recorded]
        if not used:
            return [t.detach()._full_like(0) for t in self.tensors]
        given = None if weights is None else [weights[k] for k in used]
        return list(
            gradients(
                [outs[k] for k in used],
                self.tensors,
                given,
                keep,
                create_graph,
                allow_unused=True,
                materialize_grads=True,
            )
        )


def _source(tensor: Tensor) -> Tensor:
    """A tensor of the same numbers that gradients end at, or pass on their way to what it depends on."""
    edge = tensor._resolve_edge() if MODE.enabled else None
    if edge is None:
        return tensor.detach().requires_grad_()
    if tensor._cl_meta.view.may_overlap_itself:
        return _source(tensor.contiguous())
    return tensor._made(tensor._storage, tensor._cl_meta, Passed((edge,), tensor._cl_meta))
