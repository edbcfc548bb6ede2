"""``autograd.backward`` and ``autograd.grad``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..graph.value import Level
from ..ops.arguments import is_any_tensor, is_tensor
from ..ops.asking import PLACES
from ..warned import CREATE_GRAPH, warn, warn_once
from . import engine, whole
from .duals import LIVE, is_hidden
from .levels import at
from .modes import MODE
from .node import AccumulateGrad

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


class GradientEdge(NamedTuple):
    """Where the gradient of a tensor goes: a node and which of its outputs. See torch.autograd.graph.GradientEdge."""

    node: Any
    output_nr: int
    ownership_token: Any = None  # the edge itself where a tensor was asked for it, which keeps it alive

    def _resolve_edge(self) -> Any:
        """The edge that a tensor with this node would have."""
        if self.ownership_token is not None:
            return self.ownership_token
        if isinstance(self.node, AccumulateGrad):
            return self.node.variable._resolve_edge()
        return self.node.output_edge(self.output_nr)


def _meta(out: Any) -> Any:
    """What a tensor is, or the one that an edge stands for."""
    if is_tensor(out):
        return out._cl_meta
    edge = out._resolve_edge()
    return edge._cl_meta if is_tensor(edge) else edge.meta


def _tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if is_any_tensor(value) or isinstance(value, GradientEdge) else tuple(value)


def _weights(outs: tuple[Any, ...], given: Any) -> list[Any]:
    """The gradients to start from: those given, checked, and 1 for tensors of one element where there is none."""
    if given is None:
        given = (None,) * len(outs)
    elif is_any_tensor(given):
        given = (given,)
    weights = []
    for k, (out, weight) in enumerate(zip(outs, tuple(given), strict=False)):
        meta = _meta(out)
        if weight is None:
            if out._resolve_edge() is not None and meta.view.numel != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if meta.dtype.is_complex:
                raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {meta.dtype}")
            weight = PLACES[0][0]._filled(meta.shape, 1.0, meta.dtype, meta.device)
        elif not is_any_tensor(weight):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(weight).__name__}")
        elif tuple(weight.shape) != tuple(meta.shape):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{k}] has a shape of {weight.shape} and output[{k}] has a shape of "
                f"torch.Size({list(meta.shape)})."
            )
        elif weight.is_complex() != meta.dtype.is_complex:
            raise RuntimeError(
                "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
                f"grad_output[{k}] has a dtype of {weight.dtype} and output[{k}] has a dtype of {meta.dtype}."
            )
        weights.append(weight)
    return weights


def _roots(outs: tuple[Any, ...], given: Any) -> list[tuple[Any, Any]]:
    """Where a backward pass begins: edges and their gradients."""
    for out in outs:
        if not is_tensor(out) and not isinstance(out, GradientEdge):
            raise AssertionError("Expected output to be a torch.Tensor")
    weights = _weights(outs, given)
    if len(weights) != len(outs):
        raise RuntimeError(f"got {len(outs)} tensors and {len(weights)} gradients")
    edges = [out._resolve_edge() for out in outs]
    if LIVE and not MODE.dual:
        edges = [None if is_hidden(edge) else edge for edge in edges]
    for k, edge in enumerate(edges):
        if edge is None:
            raise RuntimeError(f"element {k} of tensors does not require grad and does not have a grad_fn")
    return [(edge, weight._fit(_meta(out))) for out, edge, weight in zip(outs, edges, weights, strict=True)]


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of all ``tensors`` to the leaves they depend on. See torch.autograd.backward."""
    if grad_variables is not None:
        warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only use "
                "`grad_tensors`."
            )
        grad_tensors = grad_variables
    if create_graph:
        warn_once(CREATE_GRAPH)
    sources = () if inputs is None else _tuple(inputs)
    if inputs is not None and not sources:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = _roots(_tuple(tensors), grad_tensors)
    for source in sources:
        if is_tensor(source):
            source.retain_grad()  # refuses what needs no gradient
    wanted = [source._resolve_edge() for source in sources] if sources else None
    keep_graph = create_graph if retain_graph is None else retain_graph
    if create_graph or wanted is not None or not whole.run(roots, keep_graph):
        engine.run(roots, keep_graph, create_graph, wanted)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Gradients of the sum of ``outputs`` with respect to ``inputs``, without touching ``.grad``. See torch.autograd.grad.

    With ``is_grads_batched`` the gradients of ``outputs`` are rows of ``grad_outputs``; one pass is made for all of them.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    inputs = _tuple(inputs)  # may be a generator
    outs, sources = (tuple([_held(one) for one in _tuple(given)]) for given in (outputs, inputs))
    if not sources:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    for source in sources:
        if not is_tensor(source) and not isinstance(source, GradientEdge):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(source).__name__}")
    keep = create_graph if retain_graph is None else retain_graph
    unused = (allow_unused or materialize_grads, materialize_grads)
    if is_grads_batched:
        return _batched(outs, sources, grad_outputs, keep, create_graph, unused)
    weights = grad_outputs if grad_outputs is None else tuple([_held(one) for one in _tuple(grad_outputs)])
    found = _gradients(_roots(outs, weights), sources, keep, create_graph, unused)
    return tuple([_like(one, part) for one, part in zip(inputs, found, strict=True)])


def _is_checkpoint_valid() -> bool:
    """Whether no backward pass runs that goes to some inputs only: code that recomputes a part, and runs a pass of its own for that, asks."""
    return MODE.running is None or MODE.running.needed is None


def _held(one: Any) -> Any:
    """A tensor, or the values of a sparse one, whose gradients are its."""
    return one._held if hasattr(one, "_apply_sparse") else one


def _like(one: Any, part: Any) -> Any:
    """A gradient of values as that of a sparse tensor."""
    return one._with(part) if part is not None and hasattr(one, "_apply_sparse") else part


def _gradients(
    roots: list[tuple[Any, Any]], sources: tuple[Any, ...], keep: bool, create_graph: bool, unused: tuple[Any, Any]
) -> tuple[Any, ...]:
    edges = [source._resolve_edge() for source in sources]
    if any(edge is None for edge in edges):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    allow, materialize = unused
    found = engine.run(roots, keep, create_graph, edges, accumulate=False)
    result = []
    for k, (source, edge) in enumerate(zip(sources, edges, strict=True)):
        part = found.get(id(edge))
        if part is None and not allow:
            raise RuntimeError(
                f"The differentiated Tensor at index {k} appears to not have been used in the graph. Set allow_unused=True "
                "if this is the desired behavior."
            )
        if part is None and materialize:
            if isinstance(source, GradientEdge):
                raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
            part = source._full_like(0).requires_grad_(create_graph)
        result.append(part)
    return tuple(result)


def _batched(
    outs: tuple[Any, ...], sources: tuple[Any, ...], given: Any, keep: bool, create_graph: bool, unused: tuple[Any, Any]
) -> tuple[Any, ...]:
    """One pass for all rows of the gradients, each a slice of it."""
    if given is None:
        raise RuntimeError("grad_outputs must be given when is_grads_batched=True: its rows are the gradients")
    batches = _tuple(given)
    rows = {len(batch) for batch in batches}
    if len(rows) != 1:
        raise RuntimeError(f"grad_outputs must have one number of rows, got {sorted(rows)}")
    for k, (batch, out) in enumerate(zip(batches, outs, strict=False)):
        if batch._cl_meta.shape[1:] != _meta(out).shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The sizes of the "
                "remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: "
                f"grad_output[{k}] has a shape of {batch.shape[1:]} and output[{k}] has a shape of torch.Size({list(_meta(out).shape)}). If you "
                "only want some tensors in `grad_output` to be considered batched, consider using vmap."
            )
    level = Level(rows.pop(), "error", MODE.levels)
    weights = tuple([batch._enter(0, level) for batch in batches])
    with at((*MODE.levels, level)):
        found = _gradients(_roots(outs, weights), sources, keep, create_graph, unused)
    return tuple([None if part is None else part._leave(level) for part in found])


def _stacked(parts: Sequence[Tensor]) -> Tensor:
    return parts[0]._joined([part.unsqueeze(0) for part in parts], 0)
