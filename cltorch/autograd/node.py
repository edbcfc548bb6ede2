"""Nodes of the backward graph, the cell that aliases share, and what is kept for backward."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..graph.meta import Meta
from .modes import MODE
from .replay import replayed

if TYPE_CHECKING:
    from ..graph.storage import Storage
    from ..graph.value import Record
    from ..graph.view import View
    from ..tensor.tensor import Tensor

_next = itertools.count().__next__

Edge = Any  # None, a Node, or the leaf Tensor itself


class Leaf:
    """Marks a tensor that requires gradients and was made by the user. There is one instance, `LEAF`."""

    __slots__ = ()


LEAF = Leaf()


class Extras:
    """What few nodes have: hooks on the arriving gradient, hooks after the node, a tensor that retains its gradient,
    and in anomaly mode the traceback of the forward call.
    """

    __slots__ = ("hooks", "post_hooks", "retain", "trace")

    def __init__(self) -> None:
        self.hooks: list[Callable[[Any], Any]] = []
        self.post_hooks: list[Callable[[Any, Any], Any]] = []
        self.retain: Any = None
        self.trace: str | None = None


class Node:
    """What computes the gradients of one result's inputs.

    ``inputs`` are edges. ``sequence`` grows with time, so running nodes from the newest to the oldest is a topological
    order. Subclasses say in ``gradients`` how a gradient is passed on.
    """

    __slots__ = ("__weakref__", "extras", "inputs", "meta", "sequence")

    name = "Node"

    def __init__(self, inputs: tuple[Edge, ...], meta: Meta) -> None:
        self.inputs = inputs
        self.meta = meta  # of the result: the gradient that arrives has its shape, dtype and device
        self.sequence = _next()
        self.extras: Extras | None = traced() if MODE.anomaly else None

    def more(self) -> Extras:
        """The node's extras, made when first asked for."""
        if self.extras is None:
            self.extras = Extras()
        return self.extras

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of the inputs, one per edge, from the gradient of the result."""
        raise TypeError(f"{self.__class__.__name__} has no gradients")

    def release(self) -> None:
        """Free what was kept for backward."""

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that gradients flow to, as torch shows them."""
        return tuple((edge, 0) for edge in self.inputs)

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> Any:
        """Call ``hook(grad_inputs, grad_outputs)`` after the node has run; see torch.autograd.graph.Node."""
        self.more().post_hooks.append(hook)
        return hook


def traced() -> Extras:
    """Extras with the traceback of the forward call."""
    extras = Extras()
    extras.trace = "".join(traceback.format_stack()[:-4])
    return extras


MODIFIED = (
    "one of the variables needed for gradient computation has been modified by an inplace operation: [{} {}], {}, "
    "is at version {}; expected version {} instead. Hint: enable anomaly detection to find the operation that failed to "
    "compute its gradient, with torch.autograd.set_detect_anomaly(True)."
)
FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)


class OpNode(Node):
    """The node of a table op: its record's rule, and the operands that the rule names."""

    __slots__ = ("others", "record", "result", "result_meta", "result_version", "tensors", "versions")

    def __init__(
        self,
        record: Record,
        inputs: tuple[Edge, ...],
        tensors: tuple[Any, ...],
        versions: tuple[int, ...],
        others: tuple[Any, ...],
        result: Storage | None,
    ) -> None:
        self.inputs = inputs
        self.meta = record.meta
        self.sequence = _next()
        self.extras = traced() if MODE.anomaly else None
        self.record = record
        self.tensors: tuple[Any, ...] | None = tensors  # operands; None where the rule does not name them
        self.versions = versions
        self.others = others
        self.result = result
        self.result_meta = record.meta
        self.result_version = 0

    @property
    def name(self) -> str:  # type: ignore[override]
        """``MulBackward0`` and so on, as torch prints it."""
        return backward_name(self.record.rule.name)

    def release(self) -> None:
        self.tensors = None
        self.result = None

    def saved(self, source: int, grad: Any) -> Any:
        """What a rule's parameter stands for: the gradient, the result, an operand or another argument."""
        tensors = self.tensors
        if tensors is None:
            raise RuntimeError(FREED)
        if source == -1:
            return grad
        if source == -2:
            if self.result is None:
                raise RuntimeError(FREED)
            if self.result.version != self.result_version:
                raise modified(self.meta, self.name, self.result.version, self.result_version)
            return grad._made(self.result, self.result_meta, self)
        if source >= len(tensors):
            return self.others[source - len(tensors)]
        tensor = tensors[source]
        if hasattr(tensor, "_storage") and tensor._storage.version != self.versions[source]:
            raise modified(tensor._meta, self.name, tensor._storage.version, self.versions[source])
        return tensor

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        rule = self.record.rule
        wanted = tuple([k for k, vjp in enumerate(rule.vjps) if vjp is not None and self.inputs[k] is not None])
        saved = {source: self.saved(source, grad) for k in wanted for source in rule.sources[k]}

        def compute() -> tuple[Tensor | None, ...]:
            found: list[Tensor | None] = [None] * len(self.inputs)
            for k in reversed(wanted):  # weights first: the input's gradient is read at once
                part = rule.vjps[k](*[saved[source] for source in rule.sources[k]])
                found[k] = None if part is None else part._fit(self.record.operands[k])
            return tuple(found)

        if rule.tapes is None or MODE.enabled:
            return compute()
        tensors = [value for source, value in saved.items() if source < len(rule.tensors)]
        return replayed(rule.tapes, tensors, (self.record, wanted), compute)


def modified(meta: Meta, name: str, version: int, expected: int) -> RuntimeError:
    """PyTorch's error for a saved tensor that an in-place op has changed."""
    kind = f"torch.{meta.dtype.name}"
    return RuntimeError(MODIFIED.format(kind, list(meta.shape), f"which is output 0 of {name}", version, expected))


def backward_name(op: str) -> str:
    """``index_select`` -> ``IndexSelectBackward0``."""
    parts = [part for part in op.strip("_").split("_") if part not in INTERNAL]
    return "".join(part.capitalize() for part in PUBLIC.get("_".join(parts), "_".join(parts)).split("_")) + "Backward0"


INTERNAL = ("dims", "scaled", "both", "plain", "bias", "recorded")  # suffixes of rows that stand behind a public name
PUBLIC = {
    "true_divide": "div",
    "matmul3": "mm",
    "linear2": "addmm",
    "conv2d": "convolution",
    "cast": "to_copy",
    "copy_as": "clone",
}


class ViewNode(Node):
    """The gradient of a region goes back into zeros of the whole flat storage."""

    __slots__ = ("whole",)
    name = "AsStridedBackward0"

    def __init__(self, base: Edge, whole: Meta, meta: Meta) -> None:
        super().__init__((base,), meta)
        self.whole = whole

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        return (grad._put_back(self.meta.view, self.whole),)


class WriteNode(Node):
    """A region of a flat array was replaced: its gradient splits into the rest and the region."""

    __slots__ = ("region",)
    name = "CopySlices"

    def __init__(self, base: Edge, new: Edge, whole: Meta, region: Meta) -> None:
        super().__init__((base, new), whole)
        self.region = region

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        rest = grad._without(self.region.view, self.meta) if self.inputs[0] is not None else None
        return rest, grad._at(self.region.view, self.meta) if self.inputs[1] is not None else None


class History:
    """The gradient cell that all differentiable aliases of a storage share; ``version`` counts its changes.

    ``edge`` is where the gradient of the whole storage, seen through ``whole``, goes.
    """

    __slots__ = ("edge", "version", "whole")

    def __init__(self, edge: Edge, whole: Meta) -> None:
        self.edge = edge
        self.whole = whole
        self.version = 0


class AliasState:
    """A tensor's place in a shared history: the history, and the node of its own view while that is up to date."""

    __slots__ = ("history", "node", "seen")

    def __init__(self, history: History) -> None:
        self.history = history
        self.node: Edge = None
        self.seen = -1


def alias_edge(state: AliasState, meta: Meta) -> Edge:
    """Where the gradient of a tensor with a shared history goes; made anew when an alias was written since."""
    history = state.history
    edge = history.edge
    if edge is None or meta is history.whole:
        return edge
    if state.seen != history.version:
        state.node, state.seen = ViewNode(edge, history.whole, meta), history.version
    return state.node


def is_whole(view: View, numel: int) -> bool:
    """Whether a view is the plain row-major sight of a whole storage."""
    return view.is_dense_at_zero and view.numel == numel
