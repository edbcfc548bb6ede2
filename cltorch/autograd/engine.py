"""Backward: nodes from the newest to the oldest, gradients added up on the way."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..graph.record import emit
from ..ops.arithmetic import add
from ..warned import warn
from .hooks import after_accumulation, after_arrival, after_node, before_node
from .levels import added, inside, summed
from .modes import MODE, no_autocast, set_grad_enabled
from .node import Extras, Node, levels_of, run_with_hooks
from .regions import Regions
from .view_node import ViewNode

if TYPE_CHECKING:
    from ..graph.value import Record
    from ..tensor.tensor import Tensor
    from .whole import Notes


_NUMBERS = itertools.count()


class Pass:
    """One backward pass, for hooks that ask where it goes."""

    def __init__(self, roots: Sequence[tuple[Any, Any]], needed: set[int] | None) -> None:
        self.roots, self.needed = roots, needed
        self.number = next(_NUMBERS)
        self.before: Pass | None = None
        self.callbacks: list[Callable[[], None]] = []  # to be called when it is done
        self._reached: set[int] | None = None

    def comes_to(self, edge: Any) -> bool:
        """Whether a gradient may arrive there."""
        if self._reached is None:
            self._reached = _reachable([root for root, _ in self.roots])
        return id(edge) in self._reached and (self.needed is None or id(edge) in self.needed)

    def __enter__(self) -> Pass:
        self.before, MODE.running = MODE.running, self
        return self

    def __exit__(self, *details: object) -> None:
        MODE.running = self.before


def run(
    roots: Sequence[tuple[Any, Any]],
    keep_graph: bool,
    create_graph: bool,
    wanted: Sequence[Any] | None = None,
    accumulate: bool = True,
    notes: Notes | None = None,
    is_part: bool = False,
) -> dict[int, Tensor]:
    """Send gradients from ``roots`` (edge, gradient) to the leaves.

    ``wanted`` limits the work to what leads to these edges; with ``accumulate`` leaves' ``grad`` is added to, otherwise
    the gradients that arrive at wanted edges are returned by ``id(edge)``. ``notes`` are taken of what is recorded.
    ``is_part``: what is wanted is a part of what another pass sends there; hooks see the whole, in that one.
    """
    needed = None if wanted is None else _leading_to([edge for edge, _ in roots], wanted)
    targets = {id(edge) for edge in wanted or ()}
    arrived: dict[int, Tensor] = {}
    pending: dict[int, Any] = {}
    leaves: dict[int, tuple[Any, Sum]] = {}
    queue: list[tuple[float, int, Any]] = []
    oldest_users: dict[int, float] | None = None
    regions = Regions()
    checked = MODE.anomaly  # also what was recorded before that

    def send(edge: Any, grad: Any) -> None:
        nonlocal oldest_users
        key = id(edge)
        if needed is not None and key not in needed:
            return
        if key in pending:
            pending[key] = added(edge, pending[key], grad)
            return
        if isinstance(edge, Node):
            pending[key] = grad
            heapq.heappush(queue, (-edge.sequence, key, edge))
            return
        if is_part or "_extras" not in edge.__dict__:
            if key in leaves:
                leaves[key][1].add(grad)
            else:
                leaves[key] = (edge, Sum(edge, grad))
            return
        else:  # hooks see the whole gradient: they wait until all nodes that use the leaf have run
            if oldest_users is None:
                oldest_users = _oldest_users([root for root, _ in roots])
            order: float = oldest_users.get(key, -math.inf)
        pending[key] = grad
        heapq.heappush(queue, (order, key, edge))

    with Pass(roots, needed) as now, set_grad_enabled(create_graph), no_autocast():
        for edge, grad in roots:
            send(edge, grad)
        while queue:
            _, key, node = heapq.heappop(queue)
            grad = pending.pop(key)
            if notes is not None:
                notes.ran += 1
            if regions.known:
                regions.forget(key)
            if not isinstance(node, Node):
                _arrive_with_hooks(node, grad, arrived, accumulate)
                continue
            if node.extras is not None and not (is_part and key in targets):
                grad = after_arrival(node.extras, grad, node)
            if targets and key in targets:
                arrived[key] = grad
                if is_part:  # the other pass goes on from there
                    continue
                leads_on = any(id(edge) in needed for edge in node.inputs)  # type: ignore[operator]
                if not leads_on and not (accumulate and _has_hooks(node)):
                    continue
            is_first = False
            if isinstance(node, ViewNode) and node.extras is None and not create_graph and not MODE.levels:
                if regions.take(node, grad, pending):
                    continue
                is_first = id(node.inputs[0]) not in pending
            if node.extras is not None or checked:
                parts = _observed(node, node.more(), grad)
            else:
                parts = node.gradients(grad)
            inputs = node.inputs
            if len(inputs) == 1:
                if inputs[0] is not None and parts[0] is not None:
                    send(inputs[0], parts[0])
            else:
                for edge, part in zip(inputs, parts, strict=True):
                    if edge is not None and part is not None:
                        send(edge, part)
            if is_first and isinstance(node, ViewNode):
                regions.note(node, pending)
            if not keep_graph:
                node.release()
        if notes is not None:
            notes.learn([(leaf, total.grad) for leaf, total in leaves.values()])
        for leaf, total in leaves.values():
            _arrive(leaf, total.grad, arrived, accumulate)
        for callback in now.callbacks:  # which may add further ones
            callback()
    return arrived


def _has_hooks(node: Node) -> bool:
    """Whether somebody wants to see the node run: it does even if nothing goes on from there."""
    return node.extras is not None and bool(node.extras.pre_hooks or node.extras.post_hooks)


class Sum:
    """The gradients that came for one leaf, added up one after the other: so every step of a loop records the same, whatever the loop's length."""

    __slots__ = ("_leaf", "_record", "grad")

    def __init__(self, leaf: Any, grad: Any) -> None:
        self.grad = grad
        self._leaf = leaf
        self._record: Record | None = None  # of further sums, which become the number of a tensor that is ours

    def add(self, grad: Any) -> None:
        """One more."""
        first = self.grad
        meta = getattr(first, "_cl_meta", None)  # sparse ones have none
        if self._record is not None and getattr(grad, "_cl_meta", None) is meta:
            storage = first._storage
            storage.repoint(emit(self._record, (storage.value, grad._storage.value)))
            return
        self.grad = added(self._leaf, first, grad)
        if meta is None or MODE.enabled or MODE.levels or levels_of(self._leaf):
            return
        record = add.record((meta, meta))
        if record is not None and record.meta is meta and getattr(self.grad, "_cl_meta", None) is meta:
            self._record = record


def _observed(node: Node, extras: Extras, grad: Any) -> tuple[Tensor | None, ...]:
    """The gradients of a node that has hooks, or was recorded in anomaly mode or inside `vmap`."""
    before, MODE.node = MODE.node, node
    try:
        if extras.levels:
            with inside(extras.levels):
                parts = run_with_hooks(node, grad)
            parts = summed(parts, node, extras.levels)
        else:
            parts = run_with_hooks(node, grad)
    except Exception:
        if MODE.anomaly:
            _tell_where(node, extras)
        raise
    finally:
        MODE.node = before
    if MODE.anomaly and MODE.anomaly_check_nan:
        for k, part in enumerate(parts):
            if part is not None and part._cl_meta.dtype.differentiable and part.isnan().any().item():
                _tell_where(node, extras)
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {k}th output.")
    return parts


def _tell_where(node: Node, extras: Extras) -> None:
    """Warn where the call was made whose gradient failed, and those whose gradients made that call."""
    said = f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
    while True:
        if "traceback_" not in extras.metadata:
            warn(
                f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly during "
                "forward pass for more information."
            )
        else:
            warn(said + "".join(extras.metadata["traceback_"]))
        parent = extras.metadata.get("parent_")
        if parent is None or parent.extras is None:
            return
        node, extras = parent, parent.extras
        said = (
            f"\n\nPrevious calculation was induced by {node.name()}. Traceback of forward call that induced the previous "
            "calculation:\n"
        )


def _arrive(leaf: Any, grad: Tensor, arrived: dict[int, Tensor], accumulate: bool) -> None:
    """A gradient reaches a leaf tensor: it is added to its ``grad``, or to the result of `grad`."""
    if accumulate:
        leaf._accumulate(grad)
    else:
        key = id(leaf)
        arrived[key] = grad if key not in arrived else added(leaf, arrived[key], grad)


def _arrive_with_hooks(leaf: Any, grad: Tensor, arrived: dict[int, Tensor], accumulate: bool) -> None:
    """The whole gradient of a leaf tensor with hooks."""
    extras: Extras = leaf.__dict__["_extras"]
    grad = after_arrival(extras, grad, leaf)
    if not accumulate:
        arrived[id(leaf)] = grad
        return
    (grad,) = before_node(extras, (grad,))
    leaf._accumulate(grad)
    after_accumulation(extras, leaf)
    after_node(extras, (), (grad,))


def _oldest_users(roots: Sequence[Any]) -> dict[int, float]:
    """When each leaf's gradient is complete, in the order of the queue: right after the oldest node that uses it."""
    found: dict[int, float] = {}
    stack = [root for root in roots if isinstance(root, Node)]
    visited = {id(root) for root in stack}
    while stack:
        node = stack.pop()
        for k, edge in enumerate(node.inputs):
            key = id(edge)
            if not isinstance(edge, Node):
                found[key] = max(found.get(key, -math.inf), (k + 1) / (len(node.inputs) + 1) - node.sequence)
            elif key not in visited:
                visited.add(key)
                stack.append(edge)
    return found


def _reachable(roots: Sequence[Any]) -> set[int]:
    """Ids of all edges that gradients from the roots may come to."""
    found: set[int] = set()
    stack = list(roots)
    while stack:
        edge = stack.pop()
        if edge is not None and id(edge) not in found:
            found.add(id(edge))
            stack.extend(edge.inputs if isinstance(edge, Node) else ())
    return found


def _leading_to(roots: Sequence[Any], wanted: Sequence[Any]) -> set[int]:
    """Ids of the edges from which a wanted edge can be reached (the wanted ones included)."""
    reach: dict[int, bool] = {id(edge): True for edge in wanted}
    stack: list[tuple[Any, bool]] = [(root, False) for root in roots]
    visited: set[int] = set()
    while stack:
        edge, done = stack.pop()
        key = id(edge)
        if not isinstance(edge, Node):
            continue
        if done:
            if any(reach.get(id(source), False) for source in edge.inputs if source is not None):
                reach[key] = True
        elif key not in visited:
            visited.add(key)
            stack.append((edge, True))
            stack.extend((source, False) for source in edge.inputs if source is not None)
    return {key for key, leads in reach.items() if leads}
