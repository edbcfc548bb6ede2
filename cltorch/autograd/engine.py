"""Backward: nodes from the newest to the oldest, gradients added up on the way."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .modes import MODE, set_grad_enabled
from .node import Extras, Node

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


def run(
    roots: Sequence[tuple[Any, Tensor]],
    keep_graph: bool,
    create_graph: bool,
    wanted: Sequence[Any] | None = None,
    accumulate: bool = True,
) -> dict[int, Tensor]:
    """Send gradients from ``roots`` (edge, gradient) to the leaves.

    ``wanted`` limits the work to what leads to these edges; with ``accumulate`` leaves' ``grad`` is added to, otherwise
    the gradients that arrive at wanted edges are returned by ``id(edge)``.
    """
    needed = None if wanted is None else _leading_to([edge for edge, _ in roots], wanted)
    targets = {id(edge) for edge in wanted} if wanted is not None else set()
    arrived: dict[int, Tensor] = {}
    pending: dict[int, Tensor] = {}
    queue: list[tuple[int, int, Node]] = []

    def send(edge: Any, grad: Tensor) -> None:
        key = id(edge)
        if needed is not None and key not in needed:
            return
        if not isinstance(edge, Node):
            _arrive(edge, grad, arrived, accumulate and (wanted is None or key in targets), key in targets)
        elif key in pending:
            pending[key] = pending[key] + grad
        else:
            pending[key] = grad
            heapq.heappush(queue, (-edge.sequence, key, edge))

    with set_grad_enabled(create_graph):
        for edge, grad in roots:
            send(edge, grad)
        while queue:
            _, key, node = heapq.heappop(queue)
            grad = pending.pop(key)
            if node.extras is not None:
                grad = before(node.extras, grad)
            if key in targets:
                arrived[key] = grad if key not in arrived else arrived[key] + grad
            parts = _gradients(node, grad)
            for edge, part in zip(node.inputs, parts, strict=True):
                if edge is not None and part is not None:
                    send(edge, part)
            if not keep_graph:
                node.release()
    return arrived


def before(extras: Extras, grad: Tensor) -> Tensor:
    """Hooks of the tensor that a node made, and its retained gradient."""
    for hook in list(extras.hooks):
        changed = hook(grad)
        if changed is not None:
            grad = changed
    if extras.retain is not None:
        tensor = extras.retain()
        if tensor is not None:
            tensor._accumulate(grad)
    return grad


def _gradients(node: Node, grad: Tensor) -> tuple[Tensor | None, ...]:
    extras = node.extras
    if extras is None:
        return node.gradients(grad)
    try:
        parts = node.gradients(grad)
    except RuntimeError as error:
        if extras.trace is not None:
            raise RuntimeError(
                f"{error}\nError detected in {node.name}. Traceback of the forward call:\n{extras.trace}"
            ) from error
        raise
    for hook in list(extras.post_hooks):
        changed = hook(parts, (grad,))
        if changed is not None:
            parts = tuple(changed)
    if MODE.anomaly and MODE.anomaly_check_nan:
        for k, part in enumerate(parts):
            if part is not None and part._meta.dtype.is_floating_point and part.isnan().any().item():
                raise RuntimeError(
                    f"Function '{node.name}' returned nan values in its {k}th output.\nTraceback of the forward call:\n{extras.trace}"
                )
    return parts


def _arrive(leaf: Any, grad: Tensor, arrived: dict[int, Tensor], accumulate: bool, wanted: bool) -> None:
    """A gradient reaches a leaf tensor: its hooks, then its ``grad`` or the result of `grad`."""
    for hook in list(leaf._hooks or ()):
        changed = hook(grad)
        if changed is not None:
            grad = changed
    if accumulate:
        leaf._accumulate(grad)
        for hook in list(leaf.__dict__.get("_post_accumulate_hooks", ())):
            hook(leaf)
    elif wanted:
        key = id(leaf)
        arrived[key] = grad if key not in arrived else arrived[key] + grad


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


def first_gradient(tensor: Tensor, gradient: Tensor | None, ones_like: Callable[[Tensor], Tensor]) -> Tensor:
    """The gradient to start from: the given one, checked, or 1 for a tensor of one element."""
    if gradient is None:
        if tensor._meta.view.numel != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        return ones_like(tensor)
    if gradient._meta.shape != tensor._meta.shape:
        raise RuntimeError(
            "Mismatch in shape: grad_output[0] has a shape of "
            f"{gradient.shape} and output[0] has a shape of {tensor.shape}."
        )
    return gradient
