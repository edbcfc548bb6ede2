"""Fused kernels for CPUs: few work-items, each walking contiguous chunks in explicit vectors.

Two loop orders. *Rows*: the lanes of a vector lie along the walked dimension; a row's value is a scalar. Maps are rows
without a reduction. *Columns*: the lanes lie along the innermost row dimension, each lane being a row of its own, and the
walk goes from element to element; for reductions over outer dimensions, and for rows shorter than a vector.
"""

from __future__ import annotations

from math import prod

from ..runtime.traits import Traits
from .body import Load
from .call import Lowered
from .cpu_columns import LEAST_VECTORS, VECTORS, Columns
from .cpu_emitter import Shares, ceil_div, streams
from .cpu_rows import Rows
from .loops import FULL, Loops, stored_kinds
from .registers import SIZE
from .sizes import choose, least, most

CHEAP = 8192  # elements times cost below which one work-item is faster than starting several
LONG = 1 << 18  # elements times cost of few rows from which a second launch pays, so that all units have work
BLOCK = 128  # additions of floats one after the other before a sum goes on to the next block


def lower_cpu(loops: Loops, traits: Traits) -> Lowered:
    """The launches of a body in the CPU form."""
    lanes = lane_count(loops, traits)
    columns = column_lanes(loops, lanes)
    lanes = columns or lanes
    shares = share(loops, traits, lanes, columns)
    split = bool(loops.reducers) and shares.parts > 1
    stages = loops.stages() if split else [loops.whole()]
    form = Columns if columns else Rows
    calls = []
    for stage in stages:
        emitter = form(loops, lanes, split)
        own = shares if stage.walks else share_rows(loops, traits, lanes, shares, columns)
        calls.append(emitter.call(stage, own, shares.parts))
    temps = [
        SIZE[kind] * shares.parts * loops.geometry.row_count for kind in stored_kinds(list(loops.reducers.values()))
    ]
    return Lowered(tuple(calls), tuple(temps) if split else ())


def lane_count(loops: Loops, traits: Traits) -> int:
    """Lanes of every vector in the kernel: a native vector of its widest element, at most 16."""
    widest = loops.widest()
    return max(2, min(16 if widest < 8 or not loops.has_complex() else 8, 4 * traits.vector_width // max(2, widest)))


def column_lanes(loops: Loops, lanes: int) -> int:
    """Lanes of a vector that lies along rows, at most ``lanes``; 0 where lanes lie along the walk.

    They lie along rows where that leaves fewer loads whose lanes are gathered (neighbours are not, nor one element for all lanes): then
    no more than there are rows. And where rows are shorter than a vector: then however many rows there are, as those are often a batch,
    and a new batch size shall build nothing.
    """
    geometry = loops.geometry
    if not loops.reducers or not geometry.rows:
        return 0
    loads = [
        geometry.accesses[loops.access(i)]
        for i, node in enumerate(loops.nodes)
        if isinstance(node, Load) and loops.levels[i] == FULL
    ]
    if sum(access.walk[-1] not in (0, 1) for access in loads) > sum(access.rows[-1] not in (0, 1) for access in loads):
        return lanes if geometry.rows[-1] >= lanes else max(2, 1 << (geometry.rows[-1].bit_length() - 1))
    return lanes if geometry.walk_count < lanes else 0


def share(loops: Loops, traits: Traits, lanes: int, columns: int) -> Shares:
    """How the walk of a whole body is cut."""
    geometry = loops.geometry
    inner, outer = geometry.walk[-1], prod(geometry.walk[:-1])
    rows = geometry.row_count
    work = rows * outer * inner * loops.cost()
    wanted = most(1, least(4 * traits.compute_units, work // CHEAP))
    if columns:
        rows = rows // geometry.rows[-1]
        vectors = ceil_div(geometry.rows[-1], lanes)
        spread = most(LEAST_VECTORS, least(VECTORS, rows * vectors // wanted))
        lines = choose(outer * inner, BLOCK * wanted, least(VECTORS, vectors), spread)  # long ones are read faster
        block = choose(work, LONG + 1, lines, spread)
        rows *= ceil_div(vectors, block)
    if not loops.reducers:
        pieces = ceil_div(wanted, rows)
        length = least(1 << 16, ceil_div(ceil_div(inner, pieces), lanes) * lanes)
        blocks = ceil_div(inner, length)
        return cut(length, blocks, blocks, 1, blocks, rows, wanted)
    length = BLOCK if columns else 2 * BLOCK * lanes * streams(loops.cost(), Rows.unroll_limit)  # streams of 8 KiB
    parts = 1
    if rows < 2 * traits.compute_units and work > LONG:
        parts = ceil_div(wanted, rows)
        length = most(1, least(length, ceil_div(outer * inner, parts)))
    length = most(1, least(length, inner))
    blocks = most(1, ceil_div(inner, length))
    segments = outer * blocks
    per_part = most(1, ceil_div(segments, least(parts, most(1, segments))))
    parts = most(1, ceil_div(segments, per_part))
    return cut(length, blocks, segments, per_part, parts, rows, wanted, block if columns else 1)


def cut(
    length: int, blocks: int, segments: int, per_part: int, parts: int, rows: int, items: int, block: int = 1
) -> Shares:
    """Shares of ``rows * parts`` units among at most ``items`` work-items."""
    units = rows * parts
    chunk = most(1, ceil_div(units, items))
    return Shares(length, blocks, segments, per_part, parts, units, chunk, most(1, ceil_div(units, chunk)), block)


def share_rows(loops: Loops, traits: Traits, lanes: int, shares: Shares, columns: int) -> Shares:
    """Shares of the kernel that only joins partial results and stores once a row."""
    rows = shares.units // shares.parts
    work = rows * shares.parts * (lanes * VECTORS if columns else 1)
    return cut(1, 1, 1, 1, 1, rows, choose(work, CHEAP + 1, 4 * traits.compute_units, 1), shares.block)
