"""Nodes of regions of a storage: what a view sends back, and what a write into one leaves of what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..graph.meta import Meta
from ..graph.record import recorder
from .modes import MODE
from .names import COPIED, view_name
from .node import Edge, Node, OpNode, levels_of, public
from .replay import Recording, capture, keep

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


class ViewNode(Node):
    """The gradient of a region goes back into zeros of the whole flat storage."""

    __slots__ = ("made", "whole")
    is_seen = True  # its number is that of its first use

    def __init__(self, base: Edge, whole: Meta, meta: Meta, made: Any = None) -> None:
        super().__init__((base,), meta)
        self.whole = whole
        self.made = made  # by which op or index; None where the view was found again after a write
        levels = levels_of(base)  # its node may be made later, and elsewhere, than the view
        if levels or self.extras is not None:
            self.more().levels = levels

    def own_name(self) -> str:
        return view_name(self.made)

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        if self.meta is self.whole:
            return (grad,)
        if MODE.enabled or MODE.levels:
            return self.computed(grad)
        if not hasattr(grad, "_cl_meta"):  # a masked one
            return self.computed(grad)
        key = (grad._cl_meta, self.meta, self.whole)
        recording = _PUT_BACK.get(key)
        if recording is not None:
            return recording.record([grad._storage.value], grad)
        found = recorder(self.meta.device)
        launched = found.launched
        results, value = self.computed(grad), grad._storage.value
        if key not in _PUT_BACK:
            recording = capture([value], results, grad)
            if recording is not None or found.launched == launched:  # else a flush came between
                keep(_PUT_BACK, key, recording)
        return results

    def computed(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        """The gradient, by the ops that it takes."""
        if (
            self.meta.dtype is not self.whole.dtype
        ):  # real and imaginary parts of a storage, or pairs as complex numbers
            return (grad._across_dtypes(self.meta, self.whole),)
        return (grad._put_back(self.meta.view, self.whole),)


_PUT_BACK: dict[Any, Recording | None] = {}  # by the metas of the gradient, the view and the whole


class Misfit(Node):
    """The node of a tensor whose `data` was given another shape after it was computed: its gradients fit nowhere."""

    __slots__ = ()

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        raise RuntimeError(
            f"Function returned an invalid gradient at index 0 - got {list(grad.shape)} but expected shape compatible with "
            f"{list(self.meta.shape)}"
        )


class WriteNode(Node):
    """A region of a flat array was replaced: its gradient splits into the rest and the region."""

    __slots__ = ("region",)
    label = COPIED

    def __init__(self, base: Edge, new: Edge, whole: Meta, region: Meta) -> None:
        super().__init__((base, new), whole)
        self.region = region

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """See `Node`: the written tensor's, and those of the op's other operands, in the place of the op itself."""
        base, new = self.inputs
        others = new.next_functions[1:] if isinstance(new, OpNode) else (public(new),)
        return (public(base), *others)

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        if self.region.dtype is not self.meta.dtype:
            return self.across_dtypes(grad)
        rest = grad._without(self.region.view, self.meta) if self.inputs[0] is not None else None
        return rest, grad._at(self.region.view, self.meta) if self.inputs[1] is not None else None

    def across_dtypes(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        """`gradients` where the region was written as elements of another dtype: real parts of complex ones, say."""
        flat = grad._storage_as(self.meta, self.region.dtype)
        rest = flat._without(self.region.view, flat._cl_meta)._across_dtypes(flat._cl_meta, self.meta)
        return rest, flat._at(self.region.view, flat._cl_meta)
