"""Nodes of the backward graph, what they lead to, and what is kept for backward. Those of views are in `view_node`."""

from __future__ import annotations

import re
import traceback
import weakref
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from ..graph.meta import Meta
from ..graph.record import recorder
from ..ops.arguments import is_tensor
from ..ops.asking import PLACES
from .hooks import Extras, RemovableHandle, add, after_node, before_node, type_name
from .modes import MODE
from .names import EDGES, LIFTED, STEPS, next_number, record_name
from .packing import FREED_BEFORE, HOOKED, Packed, SavedTensor
from .replay import Since, capture

if TYPE_CHECKING:
    from ..graph.storage import Storage
    from ..graph.value import Record
    from ..tensor.tensor import Tensor

Edge = Any  # None, a Node, or the leaf Tensor itself


class Leaf:
    """Marks a tensor that requires gradients and was made by the user. There is one instance, `LEAF`."""

    __slots__ = ()

    def go_by(self, name: str, since: int = 0) -> None:
        """Leaves have no name."""


LEAF = Leaf()


class Node:
    """What computes the gradients of one result's inputs.

    ``inputs`` are edges. ``sequence`` grows with time, so running nodes from the newest to the oldest is a topological
    order. Subclasses say in ``gradients`` how a gradient is passed on.
    """

    __slots__ = ("__weakref__", "extras", "inputs", "meta", "sequence", "since", "title")

    label = "Node"
    is_seen = False  # whether no other node stands for it
    title: str  # set where it goes by another name than its own
    since: int  # set with it: it stands for the nodes that were made since then too

    def __init__(self, inputs: tuple[Edge, ...], meta: Meta) -> None:
        self.inputs = inputs
        self.meta = meta  # of the result: the gradient that arrives has its shape, dtype and device
        self.sequence = next_number()
        self.extras: Extras | None = watched() if MODE.watched else None

    def more(self) -> Extras:
        """The node's extras, made when first asked for."""
        if self.extras is None:
            self.extras = Extras()
        return self.extras

    def gradients(self, grad: Any) -> tuple[Tensor | None, ...]:
        """The gradients of the inputs, one per edge, from the gradient of the result."""
        raise TypeError(f"{self.__class__.__name__} has no gradients")

    def release(self) -> None:
        """Free what was kept for backward."""

    def kept(self) -> list[Meta]:
        """The metas of the tensors that are kept for backward."""
        return []

    def output_edge(self, position: int) -> Node:
        """Where the gradient of the result at this place goes: the node itself, if it has one result."""
        return self

    def name(self) -> str:
        """``MulBackward0`` and so on, as torch has it."""
        return getattr(self, "title", None) or self.own_name()

    def own_name(self) -> str:
        """What the node is called unless somebody gave it a name."""
        return self.label

    def go_by(self, name: str, since: int = 0) -> None:
        """Be called by a name from now on, and stand for the nodes that were made ``since``, if that is a number."""
        self.title = name
        if since:
            self.since = since

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that gradients flow to, and which of their outputs, as torch shows them."""
        since = getattr(self, "since", 0)
        if not since:
            return tuple(self.nearest())
        found: dict[tuple[int, int], tuple[Any, int]] = {}
        stack = self.nearest()[::-1]
        while stack:
            node, output = stack.pop()
            if node is not None and not node.is_seen and node.sequence >= since:
                stack += node.nearest()[::-1]
            else:
                found[id(node), output] = node, output
        return tuple(found.values())

    def nearest(self) -> list[tuple[Any, int]]:
        """`next_functions`, those for which this node stands among them."""
        return [public(edge) for edge in self.inputs]

    @property
    def shown(self) -> tuple[Node | None, int]:
        """What stands for this node towards users: a node, whose class is called as it is, and which of its outputs."""
        title = self.name().rsplit("::", 1)[-1]
        if self.__class__.__name__ != title:
            kind: Any = self.__class__
            self.__class__ = _named_class(kind, title)
        return self, 0

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user."""
        return self.more().metadata

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after the node has run; see torch.autograd.graph.Node."""
        return add(self.more().post_hooks, hook)

    def register_prehook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before the node runs; see torch.autograd.graph.Node."""
        return add(self.more().pre_hooks, hook)

    def __call__(self, *grads: Tensor) -> Any:
        """The gradients of the inputs, computed at once: one, or a tuple. TypeError for another number of gradients than of results."""
        results = len(getattr(self, "outputs", (self.meta,)))
        if len(grads) != results:
            raise TypeError(f"expected {results} arguments, got {len(grads)} instead")
        parts = self.gradients(grads if results > 1 else grads[0])
        return parts[0] if len(parts) == 1 else parts

    def __repr__(self) -> str:
        return f"<{self.name().rsplit('::', 1)[-1]} object at {id(self):#x}>"


@cache
def _named_class(kind: Any, title: str) -> Any:
    """A class of nodes under another name, as PyTorch has one for every op. Programs see these alone, so what they may ask for is found here:
    a ``__getattr__`` slows all attributes of its class."""
    kind = kind.__dict__.get("unnamed", kind)
    members = {"__slots__": (), "__module__": "builtins", "unnamed": kind}
    return type(title, (kind,), members | ({"__getattr__": kind.as_saved} if hasattr(kind, "as_saved") else {}))


def levels_of(edge: Edge) -> tuple[Any, ...]:
    """The levels of `vmap` inside which a node, or a leaf, was made."""
    if isinstance(edge, Node):
        return () if edge.extras is None else edge.extras.levels
    return edge.__dict__.get("_levels", ())


class AccumulateGrad(Node):
    """How a leaf appears among the nodes: where gradients end in its ``grad``. Made when somebody looks."""

    __slots__ = ("variable",)
    label = "torch::autograd::AccumulateGrad"
    is_seen = True

    def __init__(self, variable: Tensor) -> None:
        super().__init__((), variable._cl_meta)
        self.variable = variable
        self.extras = leaf_extras(variable)

    def gradients(self, grad: Any) -> tuple[Tensor | None, ...]:
        self.variable._accumulate(grad)
        return ()


def leaf_extras(leaf: Tensor) -> Extras:
    """A leaf's hooks, made when first asked for."""
    return leaf.__dict__.setdefault("_extras", Extras())


def accumulator(leaf: Tensor) -> AccumulateGrad:
    """The node that stands for a leaf, the same one as long as somebody holds it."""
    known = leaf.__dict__.get("_accumulator")
    node = known() if known is not None else None
    if node is None:
        node = AccumulateGrad(leaf)
        leaf.__dict__["_accumulator"] = weakref.ref(node)
    return node


def public(edge: Edge) -> tuple[Any, int]:
    """An edge as users see it."""
    if edge is None:
        return None, 0
    return edge.shown if isinstance(edge, Node) else (accumulator(edge), 0)


class Step(Node):
    """A node that PyTorch has where we have none. Who walks the graph sees it, gradients pass it by."""

    __slots__ = ()
    is_seen = True

    def __init__(self, edge: Edge, meta: Meta, title: str) -> None:
        super().__init__((edge,), meta)
        self.title = title


_STEPS: weakref.WeakKeyDictionary[Node, dict[Any, Step]] = weakref.WeakKeyDictionary()


def stepped(edge: Edge, node: Node, place: tuple[str, int]) -> tuple[Any, int]:
    """`public` of an edge of a node, behind the step that PyTorch has at this place (``STEPS``)."""
    title = STEPS.get(place)
    if title is None or edge is None:
        return public(edge)
    known = _STEPS.setdefault(node, {})
    if place not in known:
        known[place] = Step(edge, node.meta, title)
    return known[place].shown


def watched() -> Extras:
    """Extras with the levels of `vmap` and, in anomaly mode, with the traceback of the forward call."""
    extras = Extras()
    extras.levels = MODE.levels
    if MODE.anomaly:
        extras.metadata["traceback_"] = traceback.format_stack()[:-4]
        if MODE.node is not None:
            extras.metadata["parent_"] = MODE.node
    return extras


def run_with_hooks(node: Node, grad: Any) -> tuple[Tensor | None, ...]:
    """``node.gradients`` between the node's hooks."""
    extras = node.extras
    if extras is None:
        return node.gradients(grad)
    several = isinstance(grad, tuple)
    grads = before_node(extras, grad if several else (grad,))
    parts = node.gradients(type(grad)(grads) if several else grads[0])
    return after_node(extras, parts, grads)


MODIFIED = (
    "one of the variables needed for gradient computation has been modified by an inplace operation: [{} {}]{} "
    "is at version {}; expected version {} instead. Hint: {}"
)
HINTS = (
    "enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True, check_nan=False).",
    "the backtrace further above shows the operation that failed to compute its gradient. The variable in question was "
    "changed in there or anywhere later. Good luck!",
)
FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)


_new = object.__new__


class OpNode(Node):
    """The node of a table op: its record's rule, and the operands that the rule names."""

    __slots__ = ("mask", "others", "record", "result", "result_meta", "result_version", "tensors", "versions")

    record: Record
    mask: int  # of the operands that gradients flow to
    versions: tuple[int, ...]
    others: tuple[Any, ...]
    result_version: int
    tensors: tuple[Any, ...] | None  # operands; None where the rule does not name them
    result: Any  # its storage, where the rule names it
    result_meta: Meta | None  # None: `saved` unpacks what is kept

    @staticmethod
    def of(
        record: Record,
        inputs: tuple[Edge, ...],
        tensors: tuple[Any, ...],
        versions: tuple[int, ...],
        others: tuple[Any, ...],
        result: Storage | None,
        mask: int,
    ) -> OpNode:
        """The node with these parts: a function makes it in less time than a constructor."""
        node = _new(OpNode)
        node.inputs = inputs
        node.mask = mask
        node.meta = node.result_meta = record.meta
        node.sequence = next_number()
        node.extras = None
        node.record = record
        node.tensors = tensors
        node.versions = versions
        node.others = others
        node.result = result
        node.result_version = 0
        if MODE.watched:
            node.extras = watched()
            if MODE.packing:
                order = sorted(node._saved_names().items())  # PyTorch's: by name
                node.pack(MODE.packing[-1], [source for _, source in order])
        return node

    def pack(self, hooks: Any, sources: Iterable[int]) -> None:
        """Keep what hooks make of these operands (-2: the result), as far as they are kept. See `autograd.packing`."""
        kept = list(self.tensors or ())
        for source in sources:
            if 0 <= source < len(kept) and is_tensor(kept[source]):
                kept[source] = Packed(kept[source], hooks)
            elif source == -2 and self.result is not None:
                made = PLACES[0][0]._made(self.result, self.meta, self)
                self.result = Packed(made, hooks, own=True)
        self.tensors, self.result_meta = tuple(kept), None

    def own_name(self) -> str:
        return record_name(self.record)

    def nearest(self) -> list[tuple[Any, int]]:
        """See `Node`; of what may have a gradient. A number is among them where PyTorch makes a tensor of it."""
        rule = self.record.rule
        if rule.name == "mean_scaled" and isinstance(self.inputs[0], OpNode):  # of a sum
            return self.inputs[0].nearest()
        lifted = rule.name in LIFTED and (rule.name != "sub" or self.record.operands[0] is not None)
        places = EDGES.get(rule.name, range(len(rule.vjps)))
        edges = dict(enumerate(self.inputs))
        shown = [
            stepped(edges.get(k), self, (rule.name, k))
            for k in places
            if k >= len(rule.vjps) or (rule.vjps[k] is not None and (lifted or self.record.operands[k] is not None))
        ]
        return shown[::-1] if lifted and self.record.operands[0] is None else shown  # ``2 * x`` is ``x * 2``

    def as_saved(self, name: str) -> Any:
        """What was saved for backward, under PyTorch's names: ``_saved_self``, ``_saved_result``."""
        source = self._saved_names().get(name.replace("_raw_saved_", "_saved_", 1))
        if source is None or not any(source in used for used in self.record.rule.sources):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        if name.startswith("_raw"):
            return SavedTensor(lambda hooks: self.pack_again(hooks, source))
        return self.saved(source, PLACES[0][0])  # the class of tensors, which makes one of what was kept

    def _saved_names(self) -> dict[str, int]:
        """Under which name PyTorch has each operand, and the result (-2)."""
        names = {f"_saved_{'self' if k == 0 else of}": k for k, of in enumerate(self.record.rule.tensors)}
        return names | {"_saved_result": -2}

    def pack_again(self, hooks: Any, source: int) -> None:
        """`pack` one tensor of a node that was made before. RuntimeError where it was packed, or freed."""
        kept = self.result if source == -2 else self.tensors and self.tensors[source]
        if kept is None:
            raise RuntimeError(FREED_BEFORE)
        if kept.__class__ is Packed:
            raise RuntimeError(HOOKED)
        self.pack(hooks, (source,))

    def kept(self) -> list[Meta]:
        metas = [tensor._cl_meta for tensor in self.tensors or () if hasattr(tensor, "_cl_meta")]
        return metas if self.result is None else [*metas, self.meta]

    def release(self) -> None:
        if self.result is not None:
            self.tensors = self.result = None
            return
        for tensor in self.tensors or ():
            if tensor is not None:  # a node that keeps nothing can run again
                self.tensors = None
                return

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
            if self.result.__class__ is Packed:
                return self.result.tensor(self)
            if self.result.version != self.result_version:
                raise modified(self.meta, self, self.result.version, self.result_version)
            return grad._made(self.result, self.result_meta, self)
        if source >= len(tensors):
            at = source - len(tensors)
            return self.others[at] if at < len(self.others) else self.others
        tensor = tensors[source]
        if tensor.__class__ is Packed:
            return tensor.tensor(None)
        if hasattr(tensor, "_storage") and tensor._storage.version != self.versions[source]:
            raise modified(tensor._cl_meta, tensor._resolve_edge(), tensor._storage.version, self.versions[source])
        return tensor

    def gradients(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        if MODE.enabled or MODE.levels or self.result_meta is not self.meta:
            return self.computed(grad)
        try:
            key = (grad._cl_meta, self.mask)
        except AttributeError:  # a masked one, of which rules are asked each time
            return self.computed(grad)
        known = self.record.gradients
        recording = known.get(key)
        if recording is None:
            return self.computed(grad) if key in known else self.learnt(grad, key)
        values = [grad._storage.value]
        tensors = self.tensors
        for source in recording.sources:  # results and operands: as `saved` gives them, which says what is wrong
            if source >= 0 and tensors is not None:
                storage, version = tensors[source]._storage, self.versions[source]
            else:
                storage, version = self.result, self.result_version
            if storage is None or tensors is None or storage.version != version:
                storage = self.saved(source, grad)._storage
            values.append(storage.value)
        return recording.record(values, grad)

    def computed(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients as the rule's functions compute them."""
        rule = self.record.rule
        wanted = [k for k, vjp in enumerate(rule.vjps) if vjp is not None and self.inputs[k] is not None]
        saved = {source: self.saved(source, grad) for k in wanted for source in rule.sources[k]}
        turned = self.record.has_complex and rule.conjugate
        found: list[Tensor | None] = [None] * len(self.inputs)
        for k in reversed(wanted):  # weights first: the input's gradient is read at once
            part = passed(rule, k, saved) if turned else rule.vjps[k](*[saved[s] for s in rule.sources[k]])
            meta = self.record.operands[k]
            found[k] = None if part is None or meta is None else part._fit(meta)
        return tuple(found)

    def learnt(self, grad: Tensor, key: Any) -> tuple[Tensor | None, ...]:
        """As `computed`; what is recorded is kept for later nodes of this record.

        Not where the rule names a number, which may be another one then; nor now, where two of the values are the same.
        """
        rule = self.record.rule
        named = {s for k, edge in enumerate(self.inputs) if edge is not None for s in rule.sources[k]}
        sources = tuple(sorted(s for s in named if s == -2 or 0 <= s < len(rule.tensors)))
        tensors = [self.saved(source, grad) for source in sources]
        if any(not hasattr(t, "_storage") for t in tensors):
            self.record.gradients[key] = None
            return self.computed(grad)
        inputs = [t._storage.value for t in (grad, *tensors)]
        reads, found = MODE.reads, recorder(self.record.device)
        since, launched = Since(found.pending), found.launched
        results = self.computed(grad)
        if len(set(map(id, inputs))) == len(inputs):
            unread = MODE.reads == reads
            recording = capture(inputs, results, grad, sources, since=since) if unread else None
            if recording is None and unread and found.launched > launched:
                return results  # it was cut by a flush, as much was pending, and may be recorded the next time
            self.record.gradients[key] = recording
            if recording is not None and recording.is_due:
                return recording.record(inputs, grad)
        return results


def passed(rule: Any, k: int, saved: dict[int, Any]) -> Tensor | None:
    """The gradient that operand ``k`` gets of an op on complex numbers whose rule is a derivative.

    The gradient of a real function f(x + iy) is df/dx + i df/dy, so it is passed on by the derivative's conjugate; the rule
    multiplies by the derivative itself, hence both the gradient that arrives and the one that leaves are conjugated.
    """
    sources = rule.sources[k]
    if sources == (-1,):  # only what is real, or moves elements, names nothing but the gradient
        return rule.vjps[k](saved[-1])
    part = rule.vjps[k](*[saved[s].conj_physical() if s == -1 else saved[s] for s in sources])
    return None if part is None else part.conj_physical()


def check_kept(tensors: Iterable[Any]) -> None:
    """RuntimeError if one of the tensors that a node is to keep was made in inference mode."""
    if any(hasattr(t, "_storage") and t._storage.version < 0 for t in tensors):
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked "
            "by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use "
            "`torch.no_grad()` instead of `torch.inference_mode()`."
        )


def modified(meta: Meta, edge: Edge, version: int, expected: int) -> RuntimeError:
    """PyTorch's error for a saved tensor, made by the node ``edge``, that an in-place op has changed."""
    maker = ""
    if isinstance(edge, Node):
        node, output = edge.shown
        maker = f", which is output {output} of {re.sub('Backward[0-9]*$', '', (node or edge).name())},"
    hint = HINTS[MODE.anomaly]
    return RuntimeError(MODIFIED.format(type_name(meta), list(meta.shape), maker, version, expected, hint))
