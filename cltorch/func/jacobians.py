"""`jacrev`, `jacfwd`, `hessian`: all rows, or all columns, of a Jacobian at once, by `vmap`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..tensor.creation import zeros
from ..tensor.tensor import Tensor
from ..utils.pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten
from .arguments import Argnums, chosen, closed, need_outputs, need_real, with_aux, wrapped
from .derivatives import Linear, vjp
from .vmap import vmap


def basis(tensors: list[Tensor]) -> list[Tensor]:
    """All unit vectors of the space of some tensors: of each tensor, its part of them, along a first dimension."""
    total = sum(t.numel() for t in tensors)
    parts, first = [], 0
    for t in tensors:
        part = zeros((total, t.numel()), dtype=t.dtype, device=t.device)
        part.narrow(0, first, t.numel()).diagonal().fill_(1)
        parts.append(part.reshape(total, *t.shape))
        first += t.numel()
    return parts


def _apart(rows: Tensor, tensors: list[Tensor]) -> list[Tensor]:
    """Rows for all unit vectors as one tensor for each tensor of the space, its shape in front."""
    parts, first = [], 0
    for t in tensors:
        parts.append(rows.narrow(0, first, t.numel()).reshape((*t.shape, *rows.shape[1:])))
        first += t.numel()
    return parts


def jacrev(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """A function that returns the Jacobian of ``func`` by its arguments ``argnums``, a backward pass for all rows at once.

    ``chunk_size``: so many rows at a time. See torch.func.jacrev.
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        need_real(args, "jacrev", "inputs")
        numbers = wrapped(argnums, len(args))
        given = chosen(args, numbers)
        made = vjp(closed(func, args, numbers, kwargs), *given, has_aux=has_aux)
        output, product = made[:2]
        need_real(output, "jacrev", "outputs")
        outs, out_tree = tree_flatten(output)
        rows = vmap(lambda *units: product(tree_unflatten(list(units), out_tree)), chunk_size=chunk_size)(*basis(outs))
        leaves, tree = tree_flatten(rows)
        by_input = [_apart(leaf, outs) for leaf in leaves]
        results = []
        for k in range(len(outs)):
            parts = tree_unflatten([parts[k] for parts in by_input], tree)
            results.append(parts[0] if isinstance(numbers, int) else tuple(parts))
        jacobian = tree_unflatten(results, out_tree)
        return (jacobian, made[2]) if has_aux else jacobian

    return wrapper


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """A function that returns the Jacobian of ``func`` by its arguments ``argnums``, all columns at once. See torch.func.jacfwd."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        need_real(args, "jacfwd", "inputs")
        numbers = wrapped(argnums, len(args))
        given = chosen(args, numbers)
        call = closed(func, args, numbers, kwargs)
        leaves, tree = tree_flatten(given)
        linear = Linear(lambda *primals: _outputs(call(*primals), has_aux), given, "jacfwd", has_aux)
        need_real(linear.output, "jacfwd", "outputs")
        columns = vmap(lambda *units: linear.along(list(units)), randomness=randomness)(*basis(leaves))

        def placed(out: Tensor) -> Any:
            parts = [
                part.movedim(tuple(range(leaf.ndim)), tuple(range(-leaf.ndim, 0))) if leaf.ndim else part
                for part, leaf in zip(_apart(out, leaves), leaves, strict=True)
            ]
            built = tree_unflatten(parts, tree)
            return built[0] if isinstance(numbers, int) else tuple(built)

        jacobian = tree_map(placed, columns)
        return (jacobian, linear.aux) if has_aux else jacobian

    return wrapper


def _outputs(made: Any, has_aux: bool) -> Any:
    output = with_aux(made, "jacfwd")[0] if has_aux else made
    need_outputs(tree_leaves(output), "jvp(f, primals, tangents)")
    return made


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that returns the Hessian of ``func`` by its arguments ``argnums``: `jacfwd` of `jacrev`. See torch.func.hessian."""
    return jacfwd(jacrev(func, argnums), argnums)
