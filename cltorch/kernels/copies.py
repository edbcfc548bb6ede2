"""The CPU form of a body that only moves: copies that change the order of dimensions, by tiles that are transposed in registers, and copies of
short rows, by loops without anything else in them."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..runtime.traits import Traits
from . import index
from .body import Body, Compute, Load, Node, Store
from .call import Arg, Call, In, Int, Lowered, Out
from .elements import index_type, kernel, moved, split
from .geometry import Geometry
from .tiles import ceil_div, transpose

SHORT = 256  # elements of a row up to which what a fused kernel does for each row shows


class Dimension(NamedTuple):
    """Its length, and how far its elements lie apart in the source and in the result."""

    n: int
    source: int
    result: int


def lower_copy(body: Body, geometry: Geometry, traits: Traits) -> Lowered | None:
    """The launch for a body that stores what it loads in another order; None where neither helps."""
    load, *between, store = body.nodes
    if traits.form != "cpu" or body.reduced or not isinstance(load, Load) or not isinstance(store, Store):
        return None
    if store.dtype is not load.dtype or not all(_is_nothing(node, load) for node in between):
        return None
    lanes = min(16, 4 * traits.vector_width // load.dtype.itemsize)
    dims = _dimensions(geometry)
    if len(dims) > 1 and dims[-1].source == dims[-1].result == 1 and dims[-1].n <= SHORT and load.dtype.itemsize <= 8:
        return index.lower_walk(_walked(load, dims), tuple(d.result for d in dims), store.offset, traits)
    near = next((k for k, d in enumerate(dims[:-1]) if d.source == 1), -1)
    if near < 0 or dims[-1].result != 1 or dims[-1].source < 2 or lanes < 4 or load.dtype.itemsize > 8:
        return None
    along, across = dims[-1], dims.pop(near)
    if along.n < lanes and across.n < lanes:
        return None
    return _lower(load, store, dims[:-1], along, across, lanes, traits)


def _is_nothing(node: Node, load: Load) -> bool:
    """Whether a node gives what is loaded: that is what a copy records."""
    return isinstance(node, Compute) and node.names == (node.expr,) and node.in_dtypes == (node.dtype,) == (load.dtype,)


def _dimensions(geometry: Geometry) -> list[Dimension]:
    source, result = (geometry.accesses[k] for _, k in sorted(geometry.access_of.items()))
    pairs = zip((*source.rows, *source.walk), (*result.rows, *result.walk), strict=True)
    return [Dimension(n, s, r) for n, (s, r) in zip(geometry.rows + geometry.walk, pairs, strict=True)]


def _walked(load: Load, dims: list[Dimension]) -> index.Indexed:
    return index.Indexed(tuple(d.n for d in dims), tuple(d.source for d in dims), load.offset, (), load.dtype)


def _lower(
    load: Load, store: Store, outer: list[Dimension], along: Dimension, across: Dimension, lanes: int, traits: Traits
) -> Lowered:
    """``along`` is dense in the result, ``across`` in the source."""
    dims = [*outer, along, across]
    reach = [o + sum(d[k] * d.n for d in dims) for k, o in ((1, load.offset), (2, store.offset))]
    kind = index_type(2 * prod(d.n for d in dims), *reach)
    height, width = (d.n if d.n < lanes else lanes for d in (along, across))  # short ones are in the text
    dense = across.result == height if height < lanes else along.source == width
    tiles = ceil_div(along.n, height), ceil_div(across.n, width)
    units = prod(d.n for d in outer) * tiles[0] * tiles[1]
    type = f"{moved(load.dtype)}{lanes}"
    made = kernel(
        f"copy_{moved(load.dtype)}",
        "copy.cl.mako",
        element=moved(load.dtype),
        index=kind,
        lanes=lanes,
        height=height,
        width=width,
        dense=dense,
        rank=len(outer),
        statements=transpose([f"v{k}" for k in range(lanes)], type) if height == width else [],
    )
    items, chunk, _ = split(units, traits, height * width)
    args: list[Arg] = [In(load.slot), Out(store.slot)]
    sizes = [n for d in outer for n in d]
    sizes += [along.n, along.source, across.n, across.result, *tiles, load.offset, store.offset, units, chunk]
    args += [Int(n, kind) for n in sizes]
    return Lowered((Call(made, tuple(args), (items,), (1,)),))
