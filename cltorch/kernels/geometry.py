"""The iteration space of a body as loops: which dimensions are rows, which are walked, and where every access lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from .body import Body, Index, Load, Reduce, Store
from .elements import index_type


class Access(NamedTuple):
    """Element ``offset + sum(i[d] * rows[d]) + sum(j[d] * walk[d])``; strides in elements."""

    rows: tuple[int, ...]
    walk: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Geometry:
    """Sizes of the row dimensions and of the walked ones, outermost first, and the accesses of the body's nodes.

    ``access_of`` maps a node (its position) to its access; position of argmax and argmin under their `Reduce` node.
    Equal accesses are one. Dimensions of size 1 are dropped, and neighbours merged where every access allows it.
    """

    rows: tuple[int, ...]
    walk: tuple[int, ...]
    accesses: tuple[Access, ...]
    access_of: dict[int, int]

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return prod(self.rows)

    @property
    def walk_count(self) -> int:
        """Elements of one row."""
        return prod(self.walk)

    @property
    def index(self) -> str:
        """The C type of indices: ``int`` where every element and every counter fits."""
        most = self.row_count * max(1, self.walk_count)
        for rows, walk, offset in self.accesses:
            reach = sum((n - 1) * s for n, s in zip(self.rows + self.walk, rows + walk, strict=True) if n > 0)
            most = max(most, offset + reach)
        return index_type(most)


def strides_of(body: Body) -> dict[int, tuple[tuple[int, ...], int]]:
    """Strides and offset of every node that addresses elements, and of the positions that argmax and argmin count."""
    found = {}
    for i, node in enumerate(body.nodes):
        if isinstance(node, (Load, Index, Store)):
            found[i] = (node.strides, node.offset)
        elif isinstance(node, Reduce) and node.kind in ("argmax", "argmin"):
            strides, step = [0] * len(body.shape), 1
            for d in sorted(body.reduced, reverse=True):
                strides[d] = step
                step *= body.shape[d]
            found[i] = (tuple(strides), 0)
    return found


def geometry(body: Body, walk_inner: bool) -> Geometry:
    """The loops of ``body``. Reduced dimensions are walked; without any, the innermost one is if ``walk_inner``, else all.

    Dimensions are ordered by the strides of what matters most: stores for a map, loads for a reduction.
    """
    strides = strides_of(body)
    leading = sorted(strides, key=lambda i: isinstance(body.nodes[i], Store) == bool(body.reduced))
    dims = [d for d, n in enumerate(body.shape) if n != 1]

    def ordered(which: Sequence[int]) -> list[int]:
        return sorted(which, key=lambda d: [-strides[i][0][d] for i in leading])

    kept = _collapse(body.shape, ordered([d for d in dims if d not in body.reduced]), strides)
    walked = _collapse(body.shape, ordered([d for d in dims if d in body.reduced]), strides)
    if not body.reduced:
        if walk_inner:
            kept, walked = kept[:-1], kept[-1:]
        else:
            kept, walked = [], kept
    if not walked:
        walked = [(1, dict.fromkeys(strides, 0 if body.reduced else 1))]
    accesses: dict[Access, int] = {}
    access_of = {}
    for i, (_, offset) in strides.items():
        access = Access(tuple(s[i] for _, s in kept), tuple(s[i] for _, s in walked), offset)
        access_of[i] = accesses.setdefault(access, len(accesses))
    return Geometry(tuple(n for n, _ in kept), tuple(n for n, _ in walked), tuple(accesses), access_of)


def _collapse(
    shape: Sequence[int], dims: Sequence[int], strides: dict[int, tuple[tuple[int, ...], int]]
) -> list[tuple[int, dict[int, int]]]:
    """Size and strides of the dimensions ``dims``, in that order, neighbours merged."""
    merged: list[tuple[int, dict[int, int]]] = []
    for d in dims:
        n, steps = shape[d], {i: s[d] for i, (s, _) in strides.items()}
        if merged and all(merged[-1][1][i] == s * n for i, s in steps.items()):
            merged[-1] = (merged[-1][0] * n, steps)
        else:
            merged.append((n, steps))
    return merged
