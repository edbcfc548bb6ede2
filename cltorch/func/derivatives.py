"""`grad`, `vjp`, `jvp`, `linearize`: functions of functions over the backward graph.

A transform puts sources in the place of its arguments, and asks the graph for gradients by them. What it returns depends on the
sources no more, but goes on depending on whatever else requires gradients: arguments, tensors that the function
closes over, the sources of transforms around it. Products from the right (`jvp`) are the gradient of a
product from the left by its vector, in which it is linear; so they are exact wherever second derivatives are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..autograd.modes import MODE, enable_grad
from ..autograd.packing import need_no_hooks, unhooked
from ..autograd.passes import grad as gradients
from ..autograd.sources import Sources
from ..tensor.tensor import Tensor
from ..utils.pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten, treespec_pprint
from .arguments import Argnums, chosen, closed, need_outputs, need_tensors, with_aux, wrapped


def released(tree: Any, live: bool) -> Any:
    """Results as the caller gets them: without history, unless they depend on something outside."""
    return tree if live else tree_map(lambda leaf: leaf.detach() if isinstance(leaf, Tensor) else leaf, tree)


def _scalar(output: Any) -> Tensor:
    if not isinstance(output, Tensor):
        raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}")
    if output.ndim:
        raise RuntimeError(
            f"grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with {output.ndim} dims. Maybe "
            "you wanted to use the vjp or jacrev APIs instead?"
        )
    return output


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of ``func`` (which returns a scalar) by its arguments ``argnums``, and its value.

    With ``has_aux`` the function returns (output, aux), and the value is such a pair. See torch.func.grad_and_value.
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        need_no_hooks()
        numbers = wrapped(argnums, len(args))
        leaves, tree = tree_flatten(chosen(args, numbers))
        need_tensors(leaves)
        sources = Sources(leaves)
        with enable_grad():
            made = closed(func, args, numbers, kwargs)(*tree_unflatten(sources.tensors, tree))
            output, aux = with_aux(made, "grad_and_value(f)(*args)") if has_aux else (made, None)
            live = sources.lead_outside([_scalar(output)])
            found = sources.gradients([output], None, live)
        grads = tree_unflatten(found, tree)
        grads = released(grads[0] if isinstance(numbers, int) else grads, live)
        output = released(output, live)
        return grads, (output, released(aux, live)) if has_aux else output

    return wrapper


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of ``func`` (which returns a scalar) by its arguments ``argnums``.

    With ``has_aux`` the function returns (output, aux), and the result is (gradient, aux). See torch.func.grad.
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        grads, value = both(*args, **kwargs)
        return (grads, value[1]) if has_aux else grads

    return wrapper


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """``func(*primals)`` and a function that multiplies a vector with its Jacobian from the left. See torch.func.vjp."""
    need_no_hooks()
    leaves, tree = tree_flatten(primals)
    need_tensors(leaves)
    sources = Sources(leaves)
    with enable_grad():
        made = func(*tree_unflatten(sources.tensors, tree))
    output, aux = with_aux(made, "vjp(f, *primals)") if has_aux else (made, None)
    need_outputs(tree_leaves(output), "vjp(f, *primals)")
    outs, out_tree = tree_flatten(output)
    for out in outs:
        if not out._cl_meta.dtype.differentiable:
            raise RuntimeError(
                f"vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype {out.dtype}"
            )
    live = sources.lead_outside(outs)

    def product(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        """The vector's product with the Jacobian: a tuple of one result for each primal."""
        weights, given = tree_flatten(cotangents)
        if given != out_tree:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. "
                f"cotangents: {treespec_pprint(given)}, primal output: {treespec_pprint(out_tree)}"
            )
        onward = live or (MODE.enabled and any(weight.requires_grad for weight in weights))
        create = MODE.enabled and onward if create_graph is None else create_graph
        return tree_unflatten(released(sources.gradients(outs, weights, create, retain_graph), create), tree)

    output = released(output, live)
    return (output, product, released(aux, live)) if has_aux else (output, product)


def _check_tangents(primals: Any, tangents: Any, api: str) -> None:
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise RuntimeError(
                f"{api}: Expected {name} to be a tuple. E.g. it should be valid to call f(*primals)."
                if name == "primals"
                else f"{api}: Expected primals and tangents to have the same python structure. For example, if primals is a "
                f"tuple of 3 tensors, tangents also must be. Got primals with structure {tree_flatten(primals)[1]} and "
                f"tangents with structure {tree_flatten(tangents)[1]}"
            )
    (leaves, before), (moves, after) = tree_flatten(primals), tree_flatten(tangents)
    if before != after:
        raise RuntimeError(
            f"{api}: Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 "
            f"tensors, tangents also must be. Got primals with structure {before} and tangents with structure {after}"
        )
    if not leaves:
        raise RuntimeError(f"{api}: Expected primals to contain at least one Tensor.")
    _check_differentiable("primal", leaves)
    _check_differentiable("tangent", moves)
    for leaf, move in zip(leaves, moves, strict=True):
        if isinstance(leaf, Tensor) and isinstance(move, Tensor) and leaf.shape != move.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. "
                f"Tensor is of size {list(leaf.shape)} while the given forward gradient is of size {list(move.shape)}."
            )


def _check_differentiable(what: str, leaves: list[Any]) -> None:
    """ValueError for tensors that have no derivative along a direction."""
    for leaf in leaves:
        if isinstance(leaf, Tensor) and not leaf.dtype.differentiable:
            raise ValueError(f"Expected {what} to be floating point or complex, but got: {leaf.dtype}")


class Linear:
    """A function at a point: what it gave there, and its derivative as a linear function of directions."""

    def __init__(self, func: Callable[..., Any], primals: tuple[Any, ...], api: str, has_aux: bool = False) -> None:
        leaves, tree = tree_flatten(primals)
        need_tensors(leaves)
        _check_differentiable("primal", leaves)
        self.sources = Sources(leaves)
        with unhooked(), enable_grad():
            made = func(*tree_unflatten(self.sources.apart(), tree))
            output, aux = with_aux(made, api) if has_aux else (made, None)
            self.outs, self.tree = tree_flatten(output)
            need_outputs(self.outs, api)
            self.live = self.sources.lead_outside(self.outs)
            self.smooth = [k for k, out in enumerate(self.outs) if out.requires_grad]
            self.vectors = [self.outs[k].detach()._full_like(0).requires_grad_() for k in self.smooth]
            self.products: list[Tensor] = []
            if self.smooth:
                self.products = self.sources.gradients([self.outs[k] for k in self.smooth], self.vectors, True)
        self.output, self.aux = released(output, self.live), released(aux, self.live)

    def along(self, tangents: list[Any], strict: bool = False) -> Any:
        """The derivative along directions, as the function's output is built."""
        used = [k for k, product in enumerate(self.products) if product.requires_grad]
        found: list[Any] = [None] * len(self.vectors)
        onward = self.live or any(t.requires_grad for t in tangents)
        if used:
            found = list(
                gradients(
                    [self.products[k] for k in used],
                    self.vectors,
                    [tangents[k] for k in used],
                    retain_graph=True,
                    create_graph=MODE.enabled and onward,
                    allow_unused=True,
                )
            )
        if strict and (len(self.smooth) < len(self.outs) or any(part is None for part in found)):
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
                "with strict=True."
            )
        result = [out.detach()._full_like(0) for out in self.outs]
        for k, part in zip(self.smooth, found, strict=True):
            result[k] = result[k] if part is None else part
        return tree_unflatten(released(result, onward and MODE.enabled), self.tree)


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """``func(*primals)`` and its derivative along ``tangents``. See torch.func.jvp."""
    api = "jvp(f, primals, tangents)"
    _check_tangents(primals, tangents, api)
    linear = Linear(func, primals, api, has_aux)
    moved = linear.along(tree_leaves(tangents), strict)
    return (linear.output, moved, linear.aux) if has_aux else (linear.output, moved)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """``func(*primals)`` and its derivative there, a linear function of directions. See torch.func.linearize."""
    linear = Linear(func, primals, "linearize(f, *primals)")
    leaves, tree = tree_flatten(primals)

    def derivative(*tangents: Any) -> Any:
        """The derivative along ``tangents``, which are built as the primals."""
        given, given_tree = tree_flatten(tangents)
        if given_tree != tree:
            raise RuntimeError(f"Expected the tangents {given_tree} to have the same argspec as the primals {tree}")
        for k, (tangent, primal) in enumerate(zip(given, leaves, strict=True)):
            for kind in ("shape", "device", "dtype"):
                if getattr(tangent, kind) != getattr(primal, kind):
                    raise RuntimeError(
                        f"tangent:{k} with {kind} {getattr(tangent, kind)} in flattened pytree doesn't match the {kind} "
                        f"{getattr(primal, kind)} of the corresponding primal."
                    )
        return linear.along(given)

    return linear.output, derivative
