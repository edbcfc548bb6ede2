"""`vmap`: a function of one slice, run for all slices at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..autograd.levels import at
from ..graph.value import Level
from ..ops.mode import MODE
from ..tensor.batching import Slices
from ..tensor.joining import cat
from ..tensor.random import get_rng_state, set_rng_state
from ..tensor.tensor import Tensor
from ..utils.pytree import TreeSpec, _broadcast_to_and_flatten, tree_flatten, tree_unflatten

Dims = Any  # an int, None, or a tree of them


def vmap(
    func: Callable[..., Any],
    in_dims: Dims = 0,
    out_dims: Dims = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that maps ``func`` over a dimension of its inputs, without a loop: every op is recorded for all slices at once.

    ``in_dims`` and ``out_dims`` say which dimension is mapped (None: shared by all slices). ``randomness``: ``error``,
    ``same`` numbers for all slices or ``different`` ones. With ``chunk_size`` so many slices are taken at a time. It may
    be nested, and be mixed with gradients. What ``func`` changes in place is changed in the tensor that is mapped. See torch.func.vmap.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if out_dims is not None and not isinstance(out_dims, int):
            _check_out_dims(out_dims, func)
        leaves, dims, tree = _inputs(in_dims, args, func)
        size = _size(leaves, dims)
        name = _name(func)

        def call(tensors: list[Any], count: int) -> tuple[list[Any], list[Any], TreeSpec]:
            level = Level(count, randomness, MODE.levels)
            slices = Slices(level)
            given = [t if d is None else slices.of(t, d) for t, d in zip(tensors, dims, strict=True)]
            with at((*level.outer, level)):
                made = func(*tree_unflatten(given, tree), **kwargs)
            slices.write_back()
            outs, out_tree = tree_flatten(made)
            places = _out_dims(out_dims, outs, out_tree, func)
            return [_out(o, d, level, name) for o, d in zip(outs, places, strict=True)], places, out_tree

        if chunk_size is None or chunk_size >= size:
            outs, _, out_tree = call(leaves, size)
            return tree_unflatten(outs, out_tree)
        counts = [min(chunk_size, size - first) for first in range(0, size, chunk_size)]
        state = get_rng_state() if randomness == "same" else None
        parts = []
        for k, n in enumerate(counts):
            if state is not None:
                set_rng_state(state)
            some = [t if d is None else t.narrow(d, k * chunk_size, n) for t, d in zip(leaves, dims, strict=True)]
            parts.append(call(some, n))
        _, places, out_tree = parts[0]
        joined = [parts[0][0][k] if d is None else cat([part[0][k] for part in parts], d) for k, d in enumerate(places)]
        return tree_unflatten(joined, out_tree)

    return wrapped


def _name(func: Any) -> str:
    if hasattr(func, "__name__"):
        return func.__name__
    return f"functools.partial({_name(func.func)}, ...)" if isinstance(func, functools.partial) else repr(func)


def _inputs(in_dims: Dims, args: tuple[Any, ...], func: Any) -> tuple[list[Any], list[Any], TreeSpec]:
    """The leaves of the arguments, the dimension of each that is mapped (counted from the front), and their tree."""
    head = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple, list, type(None))):
        raise ValueError(
            f"{head}expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, got: "
            f"{type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    leaves, tree = tree_flatten(args)
    wanted = tuple(in_dims) if isinstance(in_dims, list) else in_dims
    dims = _broadcast_to_and_flatten(wanted, tree)
    if dims is None:
        raise ValueError(
            f"{head}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{tree_flatten(in_dims)[1]} but inputs has structure {tree}."
        )
    for k, (leaf, dim) in enumerate(zip(leaves, dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"{head}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(leaf, Tensor):
            raise ValueError(
                f"{head}Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot vmap over non-Tensor "
                "arguments, please use None as the respective in_dim"
            )
        if not -leaf.ndim <= dim < leaf.ndim:
            raise ValueError(
                f"{head}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {leaf.ndim} so expected "
                f"in_dim to satisfy -{leaf.ndim} <= in_dim < {leaf.ndim}."
            )
        dims[k] = dim % leaf.ndim
    return leaves, dims, tree


def _size(leaves: list[Any], dims: list[Any]) -> int:
    """How many slices there are."""
    sizes = [leaf.shape[dim] for leaf, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped "
            "dimension"
        )
    return sizes[0]


def _check_out_dims(out_dims: Dims, func: Any) -> None:
    if not all(dim is None or isinstance(dim, int) for dim in tree_flatten(out_dims)[0]):
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of ints "
            "representing where in the outputs the vmapped dimension should appear."
        )


def _out_dims(out_dims: Dims, outs: list[Any], tree: TreeSpec, func: Any) -> list[Any]:
    """Where the slices of each result go."""
    if len(outs) == 1 and isinstance(out_dims, (int, type(None))):
        return [out_dims]
    if len(outs) == 1 and isinstance(out_dims, tuple) and len(out_dims) == 1 and isinstance(out_dims[0], int):
        return list(out_dims)
    found = _broadcast_to_and_flatten(out_dims, tree)
    if found is None:
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`. out_dims has structure {tree_flatten(out_dims)[1]} but outputs has structure {tree}."
        )
    return found


def _out(out: Any, dim: Any, level: Level, name: str) -> Any:
    """One result for all slices, which become dimension ``dim``."""
    if dim is None:
        if isinstance(out, Tensor) and level in out._storage.value.levels:
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return out
    if not isinstance(out, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(out)}. Did you mean to set out_dims= to None "
            "for output?"
        )
    whole = out._leave(level)
    return whole if dim == 0 else whole.movedim(0, dim)
