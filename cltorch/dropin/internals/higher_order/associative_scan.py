"""Running results of an associative function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....tensor.joining import cat
from ....utils.pytree import tree_flatten, tree_unflatten


def associative_scan(
    combine_fn: Callable[[Any, Any], Any], xs: Any, dim: int, reverse: bool = False, combine_mode: str = "pointwise"
) -> Any:
    """All running results of an associative ``combine_fn`` along ``dim``, in as many rounds as the length has bits.

    In round k every element takes in the one 2**k places before it. ``xs`` and what ``combine_fn`` takes and gives are trees of
    tensors. See torch._higher_order_ops.associative_scan.
    """
    leaves, spec = tree_flatten(xs)
    leaves = [leaf.flip(dim) if reverse else leaf for leaf in leaves]
    length, step = leaves[0].size(dim), 1
    while step < length:
        before = tree_unflatten([leaf.narrow(dim, 0, length - step) for leaf in leaves], spec)
        here = tree_unflatten([leaf.narrow(dim, step, length - step) for leaf in leaves], spec)
        combined = tree_flatten(combine_fn(before, here))[0]
        leaves = [cat([leaf.narrow(dim, 0, step), new], dim) for leaf, new in zip(leaves, combined, strict=True)]
        step *= 2
    return tree_unflatten([leaf.flip(dim) if reverse else leaf for leaf in leaves], spec)
