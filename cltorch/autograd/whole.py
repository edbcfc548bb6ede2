"""Backward passes that came before, recorded again as a whole.

What a pass records depends on the nodes that it meets, on the order in which they were made, on the metas of what they keep and on what of that is
one value. A training step's pass is the same each time, so its key is made in one walk over the graph, and its values come from one
recording: no node runs, and no gradient between two nodes becomes a tensor. Where anything else has a say (hooks, anomaly mode, a second
derivative, functions of the program), nodes run as ever.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from ..dtypes import dtype as DType
from ..dtypes import get_default_dtype
from ..graph.meta import Meta
from ..graph.record import LENGTH_LIMIT, WATCHERS, overflow, recorder
from ..graph.storage import Birth, Storage
from ..graph.value import Value, result
from ..graph.view import View
from . import engine
from .composite import CompositeNode
from .modes import MODE, no_autocast, set_grad_enabled
from .node import Node, OpNode
from .replay import MISSING, keep, picker
from .view_node import ViewNode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..graph.value import Number, Record
    from ..tensor.tensor import Tensor

    Step = tuple[Record, Any, tuple[Number, ...], int]

CREDIT, RARELY = 8, 32  # passes from one root that are looked at in vain, until only one in so many is
LARGEST = (
    1 << 26
)  # bytes that a pass with cuts may record: what nodes would have let go of before it ends is kept until then
DEPTH = 6  # nodes behind the root that tell how a pass begins
TRIES = 3  # times that a pass is noted, in which something else may have happened
KEPT, MOST = 256, 1 << 17  # passes that are known or were seen, and steps of them all; beyond that all are forgotten


def run(roots: Sequence[tuple[Any, Any]], keep_graph: bool) -> bool:
    """Make a pass to all leaves, if it is known, or if something is to be learnt of it; False, and nothing was done, where it is no case."""
    if len(roots) != 1 or not LENGTH_LIMIT:  # without a limit each op runs at once
        return False
    root, grad = roots[0]
    maker = _maker(root)
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
    known = _KNOWN.get(walk.key, MISSING)
    if known.__class__ is Whole:
        _CREDITS[maker] = CREDIT
        if not known.suits(walk.before):
            return False
        known.run(walk, keep_graph)
        return True
    keep(_CREDITS, maker, credit - (known is MISSING or known == TRIES))
    if known is MISSING or known == TRIES:  # what never comes again is not worth a recording
        if known is MISSING:
            _keep(walk.key, 0)
        return False
    _keep(walk.key, known + 1)
    notes = Notes(walk)
    WATCHERS.append(notes)
    try:
        engine.run(roots, keep_graph, False, notes=notes)
    finally:
        WATCHERS.remove(notes)
    return True


def _maker(root: Any) -> tuple[Any, ...] | None:
    """What made the root, and the kinds of nodes behind that, in whatever sizes: the mean that most losses end in tells nothing. None where no op
    made it."""
    kind = root.__class__
    found: list[Any] = [
        root.record if kind is OpNode else (root.function, root.metas) if kind is CompositeNode else None
    ]
    if found[0] is None:
        return None
    node: Any = root
    for _ in range(DEPTH):
        node = next((edge for edge in node.inputs if edge is not None), None)
        kind = node.__class__
        if not issubclass(kind, Node):
            break
        found.append(node.record.op if kind is OpNode else node.function if kind is CompositeNode else kind)
    return tuple(found)


def _keep(key: Any, found: Any) -> None:
    """Remember a pass, or how often it was noted in vain."""
    steps = (
        sum(known.length for known in _KNOWN.values() if known.__class__ is Whole) if found.__class__ is Whole else 0
    )
    if len(_KNOWN) >= KEPT or steps > MOST:
        _KNOWN.clear()
    _KNOWN[key] = found


_KNOWN: dict[Any, Any] = {}  # by what the walk tells of a pass: a `Whole`, or how often it was noted
_CREDITS: dict[Any, int] = {}  # by `_maker`


class Cut(NamedTuple):
    """Where a pass has recorded so much that it is flushed: the record at which that is, which values are pinned then that were not before, and the
    other way round, and how many nodes were through."""

    record: Record
    pinned: list[int]
    free: list[int]
    ran: int


class End(NamedTuple):
    """A gradient of a leaf: the place of its value, its meta and its bytes, the place of the leaf, that one's meta, and whether it may be its
    ``grad`` as it is."""

    place: int
    meta: Meta
    nbytes: int
    leaf: int
    like: Meta
    fits: bool


class Whole:
    """A pass that is known. ``stretches`` are the steps up to each cut and behind the last one: records, what picks their reads among what the
    pass reads and the results before, their numbers, and how many results they have, if these are values of their own."""

    __slots__ = ("before", "ends", "length", "pinned", "stretches")

    def __init__(self, notes: Notes, ends: list[End]) -> None:
        self.stretches: list[tuple[list[Step], Cut | None]] = [*notes.stretches, (notes.steps, None)]
        self.length = sum(len(steps) for steps, _ in self.stretches)
        self.before = notes.walk.before  # how much was pending
        self.ends = ends
        self.pinned = notes.pinned  # at the last cut

    def suits(self, before: int) -> bool:
        """Whether batches are cut where they would be if nodes ran, with so much pending."""
        return before == self.before if len(self.stretches) > 1 else before + self.length <= LENGTH_LIMIT

    def run(self, walk: Walk, keep_graph: bool) -> None:
        """Record it for the graph that was walked, and give the leaves their gradients."""
        values = list(walk.values)
        pending, nodes, through = walk.pending, [] if keep_graph else walk.nodes, 0
        for steps, cut in self.stretches:
            fresh: list[Value] = []
            for record, pick, numbers, results in steps:
                value = _new(Value)  # `unheld`, written out
                value.record = record
                value.reads = (values[pick],) if pick.__class__ is int else pick(values)
                value.numbers = numbers
                value.buffer = value.outs = None
                value.pins = value.kept = value.mark = 0
                value.index = -1
                fresh.append(value)
                if not results:
                    values.append(value)
                    continue
                value.outs = tuple([result() for _ in range(results)])
                for out in value.outs:
                    out.pins = 0
                values += value.outs
            if cut is None:
                break
            for place in cut.pinned:
                values[place].pins = 1
            for place in cut.free:
                values[place].pins = 0
            if nodes:
                for at in walk.order[through : cut.ran - 1]:
                    nodes[at].release()
                through = max(through, cut.ran - 1)
            pending.extend(fresh)
            overflow(cut.record)
        for place in self.pinned:
            values[place].pins = 0
        grads = self._gradients(values, walk.grad)
        pending.extend(fresh)  # at once: a flush takes all of them or none
        for node in nodes:
            node.release()
        self._give(walk, grads)

    def _gradients(self, values: list[Value], like: Tensor) -> list[Tensor]:
        found = []
        for place, meta, nbytes, *_ in self.ends:
            value = values[place]
            value.pins = 1
            found.append(like._made(Storage(value, nbytes), meta, None))
        return found

    def _give(self, walk: Walk, grads: list[Tensor]) -> None:
        """Give the leaves their gradients."""
        late: list[tuple[Any, Tensor]] = []
        for end, grad in zip(self.ends, grads, strict=True):
            leaf = walk.edges[end.leaf]
            known = leaf.__dict__
            is_empty = known.get("_grad") is None and leaf._edge is not None
            if end.fits and is_empty and leaf._cl_meta is end.like and "_grad_dtype" not in known:
                known["_grad"] = grad
            else:
                late.append((leaf, grad))
        if late:
            with set_grad_enabled(False), no_autocast():
                for leaf, grad in late:
                    leaf._accumulate(grad)


class Walk:
    """One walk over the graph behind a root: what tells the pass from others, and what it reads."""

    __slots__ = ("before", "edges", "grad", "key", "nodes", "order", "pending", "values")

    def __init__(self, root: Any, grad: Tensor) -> None:
        meta = grad._cl_meta
        self.grad = grad
        self.key: Any = [meta, get_default_dtype()]
        self.values: dict[Value, int] = {grad._storage.value: 0}  # with their places among what the recording reads
        self.edges: list[Any] = [root]
        self.nodes: list[Any] = [root]
        self.order: list[int] = []  # in which they run
        self.pending = recorder(meta.device).pending
        self.before = len(self.pending)

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
        ages = [-node.sequence for node in nodes]
        self.order = sorted(range(len(nodes)), key=ages.__getitem__)
        key += self.order
        self.key = tuple(key)
        return True


class Notes:
    """What a pass records while its nodes run, to be recorded again."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.ran = 0  # nodes
        self.stretches: list[tuple[list[Step], Cut | None]] = []
        self.steps: list[Step] = []  # of the last stretch
        self.pinned: list[int] = []
        self._values = list(walk.values)  # kept, so that no other has the name of one of them
        self._places = {id(value): k for k, value in enumerate(self._values)}
        self._nbytes = 0
        self._reads, self._thread = MODE.reads, threading.get_ident()
        self._at = 0
        self._last: Value | None = None
        self._is_whole = True
        self.after_flush()

    def before_flush(self, record: Record) -> None:
        """Called before what is pending is flushed since it has become long."""
        if record.pending is not self.walk.pending or threading.get_ident() != self._thread:
            self._is_whole = False
            return
        self._take()
        if self._nbytes > LARGEST:
            self._is_whole = False
        if self._is_whole:
            count = len(self.walk.values)
            pinned = [k for k, value in enumerate(self._values) if k >= count and value.pins > 0]
            before, now = set(self.pinned), set(pinned)
            cut = Cut(record, sorted(now - before), sorted(before - now), self.ran)
            self.stretches.append((self.steps, cut))
            self.steps, self.pinned = [], pinned

    def after_flush(self) -> None:
        """Called when that is done."""
        pending = self.walk.pending
        self._at, self._last = len(pending), pending[-1] if pending else None

    def _take(self) -> None:
        """Note what was recorded since; of what another thread recorded, or flushed, nothing is known."""
        pending, at = self.walk.pending, self._at
        if len(pending) < at or (at and pending[at - 1] is not self._last):
            self._is_whole = False
        if not self._is_whole:
            return
        for value in pending[at:]:
            record, places = value.record, [self._places.get(id(read), -1) for read in value.reads]
            if record is None or record.is_random or -1 in places or value.__class__ is not Value:
                self._is_whole = False
                return
            outs = value.outs or ()
            self.steps.append((record, picker(tuple(places)), value.numbers, len(outs)))
            self._nbytes += record.nbytes
            for one in outs or (value,):
                self._places[id(one)] = len(self._values)
                self._values.append(one)

    def learn(self, leaves: list[tuple[Any, Any]]) -> None:
        """Keep the pass, which has come to these leaves with these gradients, if that is all that it did."""
        self._take()
        walk = self.walk
        grads = [grad for _, grad in leaves]
        if not self._is_whole or MODE.reads != self._reads or self.ran != len(walk.nodes):
            return
        if not all(map(_is_plain_tensor, grads)):
            return
        places = [self._places.get(id(grad._storage.value), -1) for grad in grads]
        if len({*places}) < len(places) or min(places, default=-1) < len(walk.values):  # none is new, or two are one
            return
        names = {id(edge): k for k, edge in enumerate(walk.edges)}
        ends: list[End] = []
        for (leaf, grad), place in zip(leaves, places, strict=True):
            like, nbytes = leaf._cl_meta, grad._storage.nbytes
            fits = grad._cl_meta.view is like.view.dense_like() and nbytes == grad.nbytes
            ends.append(End(place, grad._cl_meta, nbytes, names[id(leaf)], like, fits))
        _keep(walk.key, Whole(self, ends))


def _is_plain_tensor(grad: Any) -> bool:
    return hasattr(grad, "_storage") and not hasattr(grad, "_apply_sparse")


_new = object.__new__
_PLAIN = frozenset({int, str, DType, Meta, View})
_HOOKED = frozenset({"_extras", "_levels"})


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
