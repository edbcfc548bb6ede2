"""Views and what they are views of share a history: where the gradient of each goes, before and after one of them is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..graph.meta import Meta
from ..ops.arguments import is_tensor
from .names import view_name
from .node import Edge, Node
from .view_node import ViewNode, WriteNode

if TYPE_CHECKING:
    from ..graph.storage import Storage
    from ..tensor.tensor import Tensor


class Nowhere(Node):
    """Where the gradient of a view goes that was made under `no_grad` of what requires gradients, or before its base required them: the view
    seems to be a leaf that requires gradients too, and none arrive."""

    __slots__ = ()

    def gradients(self, grad: Any) -> tuple[Tensor | None, ...]:
        return ()

    @property
    def shown(self) -> tuple[Any, int]:
        return None, 0


class History:
    """The gradient cell that all differentiable aliases of a storage share.

    ``edge`` is where the gradient of the whole storage, seen through ``whole``, goes. ``late``: it is a tensor that was made to require
    gradients after these aliases were made, whose own gradients go nowhere as long as no alias is written.
    """

    __slots__ = ("edge", "late", "whole")

    def __init__(self, edge: Edge, whole: Meta) -> None:
        self.edge = edge
        self.whole = whole
        self.late = False


class AliasState:
    """A tensor's place in a shared history.

    ``via`` is the edge and the meta of the view that this one was taken of: gradients pass through it as long as no
    alias was written. Its third is this view's own meta in there, if it is another one than the tensor's. ``owner``: the tensor that the history began with, which needs no node of its own. ``origin``:
    what forbids in-place changes of the view, if anything: `NO_GRAD`, `INFERENCE`, or which of several views it is (place, op), or that a custom
    Function gave it (`OfFunction`).
    ``node`` is the view's node while the storage is at version ``seen``; ``born`` is the version at which the view was made.
    ``made`` is what made the view (see `names.view_name`).
    """

    __slots__ = ("born", "history", "made", "node", "origin", "owner", "seen", "storage", "via")

    def __init__(
        self,
        history: History,
        storage: Storage,
        made: Any = None,
        via: tuple[Edge, Meta, Meta | None] | None = None,
        owner: bool = False,
    ) -> None:
        self.history = history
        self.storage = storage
        self.via = via
        self.owner = owner
        self.made = made
        self.origin: tuple[int, str] | None = None
        self.born = storage.version
        self.node: Edge = None
        self.seen: int | None = None

    def twin(self, origin: tuple[int, str]) -> AliasState:
        """The state of another view, made with this one, that is one of several."""
        made = AliasState(self.history, self.storage, origin[1], self.via)
        made.origin = self.origin or origin
        return made

    def go_by(self, name: str, since: int = 0) -> None:
        """Let the tensor's node be called by a name."""
        if self.owner and self.history.edge is not None:
            self.history.edge.go_by(name, since)
        self.made = name


_new = object.__new__


def begun(edge: Edge, whole: Meta, storage: Storage, made: Any) -> tuple[AliasState, AliasState]:
    """The states of a tensor and of its first view, which share a new history. Every view of a tensor that has none yet comes by here, so
    what their classes do is written out."""
    history = _new(History)
    history.edge, history.whole, history.late = edge, whole, False
    owner, view = _new(AliasState), _new(AliasState)
    owner.history = view.history = history
    owner.storage = view.storage = storage
    owner.born = view.born = storage.version
    owner.via = owner.made = owner.origin = owner.node = owner.seen = None
    view.via = view.origin = view.node = view.seen = None
    owner.owner, view.owner, view.made = True, False, made
    return owner, view


NO_GRAD = (0, "")
INFERENCE = (-1, "")  # in inference mode
REFUSALS = (
    "A view was created in no_grad mode and {} modified inplace with grad mode enabled. Given that this use case is "
    "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either "
    "both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace "
    "to be tracked).",
    "Output {1} of {2} is a view and {0} modified inplace. This view is the output of a function that returns multiple "
    "views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation "
    "by an out-of-place one.",
    "Output {1} of {2} is a view and {0} modified inplace. This view was created inside a custom Function (or because an input was "
    "returned as-is) and the autograd logic to handle view+inplace would override the custom backward associated with the custom "
    "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom "
    "Function.",
)


class OfFunction(tuple[int, str]):
    """The `AliasState.origin` of a view that a custom Function gave."""

    __slots__ = ()


T = TypeVar("T")


def no_view(result: T) -> T:
    """A result that shares its elements with nothing but what a composition made on its way, which nobody else has."""
    made: Any = result
    made._base = None
    return result


def refused(origin: tuple[int, str], what: str = "is being", through: Any = None) -> RuntimeError:
    """PyTorch's error for a write into a view, or into what it is a view of, that would have to be seen in its history and cannot;
    ``through`` is what made a view of such a view."""
    kind = 0 if origin is NO_GRAD or origin is INFERENCE else 2 if isinstance(origin, OfFunction) else 1
    text = REFUSALS[kind].format(what, *origin)
    if origin is INFERENCE:
        for words, others in (
            ("no_grad mode", "inference mode"),
            ("with grad mode enabled", "in normal mode"),
            ("no_grad block", "inference_mode block"),
        ):
            text = text.replace(words, others)
    if through is not None and kind == 0:
        name = view_name(through).removesuffix("Backward0")
        text = text.replace("A view was", f"Output 0 of {name} is a view of a view which was")
    return RuntimeError(text)


def check_alias(state: AliasState) -> None:
    """PyTorch's refusals of in-place changes of views: of leaves, of one of several views, of views made under no_grad."""
    if state.origin is not None and state.history.edge is not None:
        raise refused(state.origin, through=None if state.via is None else state.made)
    if is_tensor(state.history.edge):
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")


def mark_several(views: Sequence[Tensor], op: str) -> None:
    """The views are the outputs of one op that gives several: none of them may be changed in place."""
    for place, view in enumerate(views):
        if view._edge.__class__ is AliasState:
            view._edge.origin = (place, op)
            view._edge.made = op


def mark_function(view: Tensor, place: int, name: str, edge: Edge) -> None:
    """What a custom Function gives is a view of an argument: its gradient goes to ``edge``, and it may not be changed in place."""
    view._edge = AliasState(History(edge, view._cl_meta), view._storage, owner=True)
    view._edge.origin = OfFunction((place, name))


def any_history(things: Sequence[Any]) -> bool:
    """Whether gradients may flow through one of these: asked before edges are made, of what may be hundreds."""
    for thing in things:
        edge = getattr(thing, "_edge", None)
        if edge is not None and (edge.__class__ is not AliasState or edge.history.edge is not None):
            return True
    return False


def alias_edge(state: AliasState, meta: Meta) -> Edge:
    """Where the gradient of a tensor with a shared history goes; made anew when an alias was written since."""
    history = state.history
    edge = history.edge
    if edge is None or (state.owner and meta is history.whole):
        return edge
    version = state.storage.version
    if state.seen != version:
        fresh = state.born == version
        if not fresh and state.origin is not None:
            raise refused(state.origin, "its base or another view of its base has been")
        if not fresh:
            state.via = None
        elif history.late and state.via is None:
            edge = Nowhere((), meta)
        if edge.__class__ is Nowhere and state.via is None:
            return edge
        source, whole, own = (edge, history.whole, None) if state.via is None else state.via
        made = ViewNode(source, whole, own or meta, state.made if fresh else None)
        pass_on(state.node, made)
        state.node, state.seen = made, version
    return state.node


def edge_before_write(state: AliasState, meta: Meta) -> Edge:
    """Where the gradient of a view goes that is about to be changed in place: straight to the whole storage. As in
    PyTorch, hooks of the view see nothing of it."""
    history = state.history
    if history.edge is None or state.owner:
        return alias_edge(state, meta)
    return ViewNode(history.edge, history.whole, meta)


def rebase(target: Tensor, node: Edge, keep_gradient: bool) -> None:
    """A tensor's region was overwritten by a result of ``node``: gradients go there from now on, for all aliases.

    With ``keep_gradient`` (copies and fills) a target that required gradients goes on requiring them.
    """
    state, meta = target._edge, target._cl_meta
    if state.__class__ is AliasState:
        history = state.history
        old = history.edge
        if node is None and old is None:
            return
        if meta is history.whole and (old is None or not keep_gradient):
            history.edge = node
        else:
            history.edge = WriteNode(old, node, history.whole, meta)
        pass_on(old, history.edge)
    elif node is not None or state is not None:
        target._edge = WriteNode(state, node, meta, meta) if keep_gradient and state is not None else node
        pass_on(state, target._edge)


def pass_on(old: Edge, new: Edge) -> None:
    """Who retains the gradient of a tensor wants that of its latest contents; hooks stay with the old ones."""
    extras = getattr(old, "extras", None)
    if extras is not None and extras.retain is not None and new is not None:
        new.more().retain, extras.retain = extras.retain, None
