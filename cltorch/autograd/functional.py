"""``autograd.grad``, Jacobians and Hessians, and numerical checks of gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import engine
from .modes import enable_grad, no_grad

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor


def _tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if hasattr(value, "_meta") else tuple(value)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of all ``tensors`` to the leaves they depend on. See torch.autograd.backward."""
    outs = _tuple(tensors)
    weights = (None,) * len(outs) if grad_tensors is None else _tuple(grad_tensors)
    roots = []
    for out, weight in zip(outs, weights, strict=True):
        edge = out._resolve_edge()
        if edge is None:
            raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
        roots.append((edge, engine.first_gradient(out, weight, lambda t: t._full_like(1.0))))
    sources = () if inputs is None else _tuple(inputs)
    if inputs is not None and not sources:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    wanted = [source._resolve_edge() for source in sources]
    keep = create_graph if retain_graph is None else retain_graph
    found = engine.run(roots, keep, create_graph, wanted if sources else None)
    for source, edge in zip(sources, wanted, strict=True):
        if edge is not source and id(edge) in found:
            source._accumulate(found[id(edge)])


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
    """Gradients of the sum of ``outputs`` with respect to ``inputs``, without touching ``.grad``. See torch.autograd.grad."""
    if is_grads_batched:
        raise RuntimeError("is_grads_batched=True is not supported: call grad once per gradient")
    outs, sources = _tuple(outputs), _tuple(inputs)
    if not sources:
        raise ValueError("grad requires non-empty inputs.")
    weights = (None,) * len(outs) if grad_outputs is None else _tuple(grad_outputs)
    roots = []
    for out, weight in zip(outs, weights, strict=True):
        edge = out._resolve_edge()
        if edge is None:
            raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
        roots.append((edge, engine.first_gradient(out, weight, lambda t: t._full_like(1.0))))
    edges = [source._resolve_edge() for source in sources]
    if any(edge is None for edge in edges):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    keep = create_graph if retain_graph is None else retain_graph
    found = engine.run(roots, keep, create_graph, edges, accumulate=False)
    result = []
    for source, edge in zip(sources, edges, strict=True):
        part = found.get(id(edge))
        if part is None and materialize_grads:
            part = source._full_like(0)
        elif part is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this "
                "is the desired behavior."
            )
        result.append(part)
    return tuple(result)


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)`` and the product of ``v`` with its Jacobian."""
    sources = [t.detach().requires_grad_(True) for t in _tuple(inputs)]
    with enable_grad():
        out = func(*sources)
    found = grad(out, sources, v, create_graph=create_graph, allow_unused=True, materialize_grads=True)
    return out if create_graph else out.detach(), found[0] if hasattr(inputs, "_meta") else found


def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False) -> Any:
    """The Jacobian of a function with one output tensor, one backward pass per output element."""
    single = hasattr(inputs, "_meta")
    sources = list(_tuple(inputs)) if create_graph else [t.detach().requires_grad_(True) for t in _tuple(inputs)]
    with enable_grad():
        out = func(*sources)
        flat = out.reshape(-1)
        rows = [
            grad(
                flat[k],
                sources,
                retain_graph=True,
                create_graph=create_graph,
                allow_unused=True,
                materialize_grads=True,
            )
            for k in range(flat.numel())
        ]
    result = tuple(
        rows[0][j]._joined([row[j].unsqueeze(0) for row in rows], 0).reshape((*out.shape, *source.shape))
        for j, source in enumerate(sources)
    )
    return result[0] if single else result


def hessian(func: Callable[..., Any], inputs: Tensor, create_graph: bool = False) -> Any:
    """The Hessian of a scalar function of one tensor."""

    def slope(x: Tensor) -> Tensor:
        return grad(func(x), x, create_graph=True)[0]

    source = inputs if create_graph else inputs.detach().requires_grad_(True)
    with enable_grad():
        first = slope(source).reshape(-1)
        rows = [
            grad(
                first[k],
                source,
                retain_graph=True,
                create_graph=create_graph,
                allow_unused=True,
                materialize_grads=True,
            )[0]
            for k in range(first.numel())
        ]
    return rows[0]._joined([row.unsqueeze(0) for row in rows], 0).reshape((*inputs.shape, *inputs.shape))


class GradcheckError(RuntimeError):
    """An analytical gradient differs from the numerical one."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether gradients of ``func`` agree with central differences; float64 inputs are needed for the defaults.

    See torch.autograd.gradcheck.
    """
    sources = _tuple(inputs)
    out = func(*sources)
    for position, piece in enumerate(_tuple(out)):
        if not piece.requires_grad:
            continue
        for k, source in enumerate(sources):
            if not hasattr(source, "_meta") or not source.requires_grad:
                continue
            numeric = _numerical(func, sources, k, position, eps)
            for row in range(piece.numel()):
                weight = _unit(piece, row)
                again = _tuple(func(*sources))[position]
                (found,) = grad(again, source, weight, allow_unused=True, materialize_grads=True)
                expected = [column[row] for column in numeric]
                actual = found.reshape(-1).tolist()
                for a, e in zip(actual, expected, strict=True):
                    if not abs(a - e) <= atol + rtol * abs(e):
                        if raise_exception:
                            raise GradcheckError(
                                f"Jacobian mismatch for output {position} with respect to input {k},\n"
                                f"numerical:{expected}\nanalytical:{actual}\n"
                            )
                        return False
    return True


def _unit(piece: Tensor, row: int) -> Tensor:
    flat = piece._range(0, 1, piece.numel()) == row
    return flat.to(piece.dtype).reshape(piece.shape)


def _numerical(
    func: Callable[..., Any], sources: Sequence[Any], k: int, position: int, eps: float
) -> list[list[float]]:
    """Central differences: one list of output elements per input element."""
    columns = []
    with no_grad():
        for element in range(sources[k].numel()):
            step = _unit(sources[k], element) * eps
            pair = []
            for sign in (1.0, -1.0):
                moved = [s.detach() + step * sign if j == k else s for j, s in enumerate(sources)]
                pair.append(_tuple(func(*moved))[position].reshape(-1).tolist())
            columns.append([(high - low) / (2 * eps) for high, low in zip(*pair, strict=True)])
    return columns


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> bool:
    """`gradcheck` of the gradient itself. See torch.autograd.gradgradcheck."""
    sources = _tuple(inputs)
    wanted = [s for s in sources if hasattr(s, "_meta") and s.requires_grad]

    def first(*args: Any) -> Any:
        with enable_grad():
            given = [
                a if a.requires_grad else a.detach().requires_grad_(s.requires_grad)
                for a, s in zip(args, sources, strict=True)
            ]
            out = func(*given)
            pieces = _tuple(out)
            weights = [p._full_like(1.0) for p in pieces] if grad_outputs is None else list(_tuple(grad_outputs))
            picked = [g for g, s in zip(given, sources, strict=True) if s.requires_grad]
            return grad(pieces, picked, weights, create_graph=True, allow_unused=True, materialize_grads=True)

    return bool(wanted) and gradcheck(first, sources, eps=eps, atol=atol, rtol=rtol)
