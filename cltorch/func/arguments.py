"""Which arguments a transform differentiates by, and what it accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor.tensor import Tensor
from ..utils.pytree import tree_leaves

Argnums = int | tuple[int, ...]


def wrapped(argnums: Argnums, count: int) -> Argnums:
    """Positions counted from the front; RuntimeError where there is no such argument."""
    if isinstance(argnums, int):
        return _wrap(argnums, count)
    if not isinstance(argnums, tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not argnums:
        raise RuntimeError("argnums must be non-empty")
    if len(set(argnums)) != len(argnums):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return tuple(_wrap(n, count) for n in argnums)


def _wrap(argnum: Any, count: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
    if not -count <= argnum < count:
        raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")
    return argnum % count


def chosen(args: tuple[Any, ...], argnums: Argnums) -> tuple[Any, ...]:
    """The arguments that are differentiated by."""
    return (args[argnums],) if isinstance(argnums, int) else tuple(args[n] for n in argnums)


def closed(func: Callable[..., Any], args: tuple[Any, ...], argnums: Argnums, kwargs: Any) -> Callable[..., Any]:
    """A function of the chosen arguments alone."""
    places = (argnums,) if isinstance(argnums, int) else argnums

    def call(*given: Any) -> Any:
        full = list(args)
        for place, value in zip(places, given, strict=True):
            full[place] = value
        return func(*full, **kwargs)

    return call


def need_tensors(leaves: list[Any]) -> None:
    """ValueError for what cannot be differentiated by."""
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(leaf)}")


def need_outputs(output: list[Any], api: str) -> None:
    """RuntimeError unless a function returned tensors, these."""
    if not output or (len(output) == 1 and output[0] is None):
        raise RuntimeError(f"{api}: Expected f to be a function that has non-empty output (got output = {output})")
    for out in output:
        if not isinstance(out, Tensor):
            raise RuntimeError(f"{api}: expected f(*primals) to return only tensors, got unsupported type {type(out)}")


def need_real(tree: Any, api: str, kind: str) -> None:
    """RuntimeError for complex tensors."""
    for k, leaf in enumerate(tree_leaves(tree)):
        if isinstance(leaf, Tensor) and leaf.is_complex():
            raise RuntimeError(
                f"{api}: Expected all {kind} to be real but received complex tensor at flattened input idx: {k}"
            )


def with_aux(made: Any, api: str) -> tuple[Any, Any]:
    """What a function returned with ``has_aux``: its output, and what goes along."""
    if not (isinstance(made, tuple) and len(made) == 2):
        raise RuntimeError(f"{api}: output of function f should be a tuple: (output, aux) if has_aux is True")
    for leaf in tree_leaves(made[1]):
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
    return made
