"""Batches to devices and back, of which there is one."""

from __future__ import annotations

from typing import Any

from ...tensor.joining import cat
from ...tensor.tensor import Tensor
from ...utils.pytree import tree_map, tree_map_only

__all__ = ["gather", "scatter", "scatter_kwargs"]


def scatter(inputs: Any, target_gpus: Any, dim: int = 0) -> list[Any]:
    """For each device its part of the tensors in ``inputs``."""
    count = len(target_gpus)

    def part(k: int) -> Any:
        def take(t: Tensor) -> Any:
            parts = t.chunk(count, dim)
            return parts[k].to(target_gpus[k]) if k < len(parts) else t.narrow(dim, 0, 0)

        return tree_map_only(Tensor, take, inputs)

    return [part(k) for k in range(count)]


def scatter_kwargs(inputs: Any, kwargs: Any, target_gpus: Any, dim: int = 0) -> tuple[Any, Any]:
    """`scatter` of positional and named arguments."""
    return tuple(scatter(inputs, target_gpus, dim)), tuple(scatter(kwargs or {}, target_gpus, dim))


def gather(outputs: Any, target_device: Any, dim: int = 0) -> Any:
    """The outputs of all devices, joined along a dimension."""
    first, *others = outputs
    return tree_map(lambda *parts: cat(parts, dim).to(target_device), first, *others)
