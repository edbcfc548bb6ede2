"""Backward passes that came before, recorded again as a whole.

What a pass records depends on the nodes that it meets, on the order in which they were made, on the metas of what they keep and on what of that is
one value. A training step's pass is the same each time, so its key is made in one walk over the graph, and its values come from one
recording: no node runs, and no gradient between two nodes becomes a tensor. Where anything else has a say (hooks, anomaly mode, a second
derivative, functions of the program), nodes run as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..dtypes import dtype as DType
from ..dtypes import get_default_dtype
from ..graph.meta import Meta
from ..graph.record import LENGTH_LIMIT, recorder
from ..graph.storage import Birth
from ..graph.value import Value
from ..graph.view import View
from .composite import CompositeNode
from .modes import MODE, no_autocast, set_grad_enabled
from .node import Node, OpNode
from .replay import MISSING, Recording, capture, keep
from .view_node import ViewNode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..tensor.tensor import Tensor

CREDIT, RARELY = 8, 32  # passes from one root that are looked at in vain, until only one in so many is
ONCE: Any = object()
"""In the place of a pass: it was seen once. What never comes again is not worth a recording."""


class Whole:
    """A pass that is known: its recording, and for each result which edge gets it, that leaf's meta, and whether it may become its ``grad`` as it is."""

    __slots__ = ("ends", "recording")

    def __init__(self, recording: Recording, ends: list[tuple[int, Any, bool]]) -> None:
        self.recording, self.ends = recording, ends

    def run(self, walk: Walk) -> None:
        """Record it for the graph that was walked, and give the leaves their gradients."""
        edges = walk.edges
        late: list[tuple[Any, Tensor]] = []
        found: Any = self.recording.record(list(walk.values), walk.grad)
        for (place, meta, fits), grad in zip(self.ends, found, strict=True):
            leaf = edges[place]
            known = leaf.__dict__
            if fits and leaf._cl_meta is meta and known.get("_grad") is None and "_grad_dtype" not in known:
                known["_grad"] = grad
            else:
                late.append((leaf, grad))
        if late:
            with set_grad_enabled(False), no_autocast():
                for leaf, grad in late:
                    leaf._accumulate(grad)


class Walk:
    """One walk over the graph behind a root: what tells the pass from others, and what it reads."""

    __slots__ = ("before", "edges", "grad", "key", "nodes", "pending", "reads", "values")

    def __init__(self, root: Any, grad: Tensor) -> None:
        meta = grad._cl_meta
        self.grad = grad
        self.key: Any = [meta, get_default_dtype()]
        self.values: dict[Value, int] = {grad._storage.value: 0}  # with their places among what the recording reads
        self.edges: list[Any] = [root]
        self.nodes: list[Any] = [root]
        self.pending = recorder(meta.device).pending
        self.before = len(self.pending)
        self.reads = MODE.reads

    def is_plain(self) -> bool:
        """Walk; False where a node has to run, or to say what is wrong."""
        key, edges, nodes, values = self.key, self.edges, self.nodes, self.values
        places = {id(nodes[0]): 0}
        for node in nodes:  # which grows meanwhile
            describe = _KINDS.get(node.__class__)
            if describe is None or node.extras is not None or not describe(node, key, values):
                return False
            for edge in node.inputs:
                if edge is None:
                    key.append(None)
                    continue
                name = id(edge)
                place = places.get(name)
                if place is None:
                    place = places[name] = len(edges)
                    edges.append(edge)
                    if isinstance(edge, Node):
                        nodes.append(edge)
                    elif not _HOOKED.isdisjoint(edge.__dict__):
                        return False
                key.append(place)
        key += sorted(
            range(len(nodes)), key=[node.sequence for node in nodes].__getitem__
        )  # the order in which they run
        self.key = tuple(key)
        return True

    def learn(self, ran: int, leaves: list[tuple[Any, Any]]) -> None:
        """Keep what this pass, in which so many nodes ran, recorded for these leaves, if that is all that it did."""
        known = _KNOWN.get(self.key, MISSING)
        if known is not ONCE:
            if known is MISSING:
                keep(_KNOWN, self.key, ONCE)
            return
        _KNOWN[self.key] = None  # unless it can be recorded again
        place = {id(edge): k for k, edge in enumerate(self.edges)}
        ends: list[tuple[int, Any, bool]] = []
        recording = None
        if MODE.reads == self.reads and ran == len(self.nodes) and all(_is_plain_tensor(grad) for _, grad in leaves):
            recording = capture(list(self.values), [grad for _, grad in leaves])
        if recording is not None and len(recording.steps) == len(self.pending) - self.before:
            for leaf, grad in leaves:
                meta = leaf._cl_meta
                fits = grad._cl_meta.view is meta.view.dense_like() and grad._storage.nbytes == grad.nbytes
                ends.append((place[id(leaf)], meta, fits))
            _KNOWN[self.key] = Whole(recording, ends)


def _is_plain_tensor(grad: Any) -> bool:
    return hasattr(grad, "_storage") and not hasattr(grad, "_apply_sparse")


def again(roots: Sequence[tuple[Any, Any]], keep_graph: bool) -> Walk | bool:
    """Make a pass to all leaves without running nodes, if it is known (True); else the walk that is to learn of it, or False."""
    if len(roots) != 1:
        return False
    root, grad = roots[0]
    kind = root.__class__
    maker: Any = root.record if kind is OpNode else (root.function, root.metas) if kind is CompositeNode else None
    if maker is None or MODE.watched or Birth.version is not None or not _is_plain_tensor(grad):
        return False
    credit = _CREDITS.get(maker, CREDIT)
    if credit <= 0 and credit % RARELY:
        _CREDITS[maker] = credit - 1
        return False
    walk = Walk(root, grad)
    if not walk.is_plain():
        keep(_CREDITS, maker, credit - 1)
        return False
    known = _KNOWN.get(walk.key)
    if known.__class__ is not Whole:
        keep(_CREDITS, maker, credit - (known is not ONCE))
        return walk
    if (
        walk.before + len(known.recording.steps) > LENGTH_LIMIT
    ):  # where batches are cut does not depend on what is known
        return False
    known.run(walk)
    _CREDITS[maker] = CREDIT
    if not keep_graph:
        for node in walk.nodes:
            node.release()
    return True


_PLAIN = frozenset({int, str, DType, Meta, View})
_HOOKED = frozenset({"_extras", "_levels"})
_KNOWN: dict[Any, Any] = {}
_CREDITS: dict[Any, int] = {}  # by what made the root


# --- what tells nodes apart --------------------------------------------------------------------------------------


def _of_op(node: OpNode, key: list[Any], values: dict[Value, int]) -> bool:
    """Describe the node of an op, and what it keeps; False where that was changed or freed."""
    tensors = node.tensors
    if tensors is None or node.result_meta is not node.meta:
        return False
    key += (node.record, node.mask)
    result = node.result
    if result is not None:
        if result.version != node.result_version:
            return False
        key.append(values.setdefault(result.value, len(values)))
    for tensor, version in zip(tensors, node.versions, strict=False):
        if tensor is not None:
            storage = getattr(tensor, "_storage", None)
            if storage is None:
                if not _tell(tensor, key):
                    return False
            elif storage.version != version:
                return False
            else:
                key.append(values.setdefault(storage.value, len(values)))
    return True


def _of_composite(node: CompositeNode, key: list[Any], values: dict[Value, int]) -> bool:
    """Describe the node of a composition with one result, and what it keeps."""
    function = node.function
    if node.call is None or function.results > 1:
        return False
    args, params = node.call
    key += (function, node.metas, *params)
    for value in params.values():
        if not _tell(value, key):
            return False
    for k, (arg, version) in enumerate(zip(args, node.versions, strict=True)):
        storage = getattr(arg, "_storage", None)
        if storage is None:
            if not _tell(arg, key):
                return False
        elif storage.version != version and not function.may_change(k):
            return False
        else:
            key.append(values.setdefault(storage.value, len(values)))
    for one in node.aux:
        if not hasattr(one, "_storage"):
            return False
        key += (one._cl_meta, values.setdefault(one._storage.value, len(values)))
    for storage, version in node.results:
        if storage.version != version:
            return False
        key.append(values.setdefault(storage.value, len(values)))
    return True


def _of_view(node: ViewNode, key: list[Any], values: dict[Value, int]) -> bool:
    """Describe the node of a view."""
    key += (node.meta, node.whole)
    return True


def _tell(value: Any, key: list[Any]) -> bool:
    """Add what tells a number, a text, a dtype, geometry or a sequence of these from others; False where it is something else."""
    kind = value.__class__
    if value is None or kind in _PLAIN:
        key.append(value)
    elif kind is float:
        key.append(value.hex())
    elif kind is bool:
        key.append((kind, value))
    elif kind is tuple or kind is list:
        key += (kind, len(value))
        return all(_tell(part, key) for part in value)
    else:
        return False
    return True


_KINDS: dict[type, Callable[[Any, list[Any], dict[Value, int]], bool]] = {
    OpNode: _of_op,
    CompositeNode: _of_composite,
    ViewNode: _of_view,
}
