"""Gradients across the border of a `vmap`.

Every node knows inside which levels it was made, and its rule runs inside them again. A gradient that leaves a level, towards what
was made outside and is shared by all slices, is summed over the slices. What enters and leaves by an argument or a
result goes through the nodes of `tensor.batching`. A node that was made outside and is run inside (the rows of a Jacobian are) passes
on what differs from slice to slice: nothing is left there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..graph.batching import activate
from ..graph.value import SLICING
from .modes import MODE
from .node import Node, levels_of

Levels = tuple[Any, ...]


def united(some: Levels, more: Levels) -> Levels:
    """Levels of both, outermost first."""
    if not more or some is more:
        return some
    if not some:
        return more
    return tuple(sorted({*some, *more}, key=lambda level: level.serial))


@contextmanager
def at(levels: Levels) -> Iterator[None]:
    """Inside these levels and no others."""
    before = MODE.levels
    MODE.watch(levels=levels)
    if levels:
        activate()
    SLICING.now = bool(levels)
    try:
        yield
    finally:
        MODE.watch(levels=before)
        SLICING.now = bool(before)


def without(levels: Levels, level: Any) -> Levels:
    """All levels but one."""
    return tuple([other for other in levels if other is not level])


def inside(levels: Levels) -> Any:
    """Inside these levels too."""
    return at(united(levels, MODE.levels))


def added(edge: Any, a: Any, b: Any) -> Any:
    """The sum of two gradients that arrived for ``edge``."""
    levels = levels_of(edge)
    if not levels:
        return a + b
    with inside(levels):
        return a + b


def summed(parts: tuple[Any, ...], node: Node, levels: Levels) -> tuple[Any, ...]:
    """The gradients that ``node`` passes on, each summed over the slices of levels that its edge is outside of."""
    found = list(parts)
    for k, (part, edge) in enumerate(zip(parts, node.inputs, strict=True)):
        if part is None or edge is None or not hasattr(part, "_storage") or not part._storage.value.levels:
            continue
        target = levels_of(edge)
        if target is levels:
            continue
        with inside(target):
            for level in reversed(levels):
                if level not in target and level in part._storage.value.levels:
                    part = part._leave(level).sum(0)
        found[k] = part
    return tuple(found)
