"""Recurrent layers: the steps of a whole sequence in one launch, and their gradients in another.

A step needs the state of the one before, but the rows of a batch need nothing of each other: a *team* takes some rows through all
steps. On a CPU it is one work-item with register tiles of rows by vectors of units, on a GPU a work-group whose members take
units and meet after every step. Recurrent weights are packed first, in the order in which the products read them. The
products of the inputs, of all steps at once, and the gradients of the weights are matrix products above this family.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .tiles import ceil_div, kernel

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class Steps(NamedTuple):
    """``length`` steps of ``batch`` rows of ``size`` units in one direction; ``ragged``: rows end at lengths of their own.

    ``outer``: whether the states of all steps have gradients (the last one always has).
    """

    mode: str
    length: int
    batch: int
    size: int
    backwards: bool
    ragged: bool
    dtype: DType
    outer: bool = True


class _Tile(NamedTuple):
    """Sums that are held at once: of ``rows``, and of ``parts`` vectors of ``lanes``. ``teams`` of ``team`` members take
    ``chunk`` tiles of rows each."""

    rows: int
    parts: int
    lanes: int
    team: int
    teams: int
    chunk: int


class _Panels(NamedTuple):
    """The weights of products ``depth`` deep as packed panels: ``panels`` of them, each with ``groups`` vectors a step.

    Vectors lie ``strides`` [0] apart in the weights, units [1], steps [2].
    """

    panels: int
    depth: int
    groups: int
    lanes: int
    strides: tuple[int, int, int]

    @property
    def numel(self) -> int:
        """Elements of all panels."""
        return self.panels * self.depth * self.groups * self.lanes


def lower(p: Steps, traits: Traits) -> Lowered:
    """In: products of inputs (T, N, gates * H), weight (gates * H, H), bias (gates * H; GRU's), first state and cell (N, H),
    lengths (N; int32). Out: states (T, N, H), the last one, and for LSTM the last cell, gates (T, N, 4 H) and cells
    (T, N, H); for GRU gates and the new gate's product (T, N, 4 H). What a mode doesn't have isn't read."""
    tile = _tile(p, GATES[p.mode], traits)
    panels = _panels(p, tile, p.size, GATES[p.mode], tile.lanes, (p.size * p.size, p.size, 1))
    extra: dict[str, tuple[Arg, ...]] = {"LSTM": (In(4), Out(2), Out(3), Out(4)), "GRU": (In(2), Out(2))}
    args = (In(0), Temp(0), In(3), Out(0), Out(1), *extra.get(p.mode, ()))
    return _lowered("recurrent_steps", p, tile, panels, args, (), traits)


def lower_gradient(p: Steps, traits: Traits) -> Lowered:
    """In: gradients of all states (T, N, H), of the last state and cell (N, H), weight, states (T, N, H), gates, cells, first state
    and cell, lengths. Out: gradients of the inputs' products and of the first state; for LSTM of the first cell; for GRU
    of the recurrent products (T, N, 3 H)."""
    lanes = _lanes(p, traits)
    tile = _tile(p, min(4, p.size // lanes) if traits.form == "cpu" else 1, traits)
    panels = _panels(p, tile, GATES[p.mode] * p.size, 1, tile.lanes * tile.parts, (0, 1, p.size))
    extra: dict[str, tuple[Arg, ...]] = {
        "LSTM": (In(2), In(5), In(6), In(8), Out(2), Temp(2)),
        "GRU": (In(5), In(7), Out(2)),
    }
    args = (In(0), In(1), Temp(0), In(4), Out(0), Out(1), Temp(1), *extra.get(p.mode, ()))
    rows = p.batch * p.size * p.dtype.itemsize
    temps = (rows, rows) if p.mode == "LSTM" else (rows,)
    return _lowered("recurrent_gradient", p, tile, panels, args, temps, traits)


def _lanes(p: Steps, traits: Traits) -> int:
    """Units in a vector."""
    if traits.form == "gpu":
        return 1
    return max(1, min(traits.vector_width * 4 // p.dtype.itemsize, 1 << (p.size.bit_length() - 1)))


def _tile(p: Steps, parts: int, traits: Traits) -> _Tile:
    """16 sums in 32 registers, 8 in 16; a power of two of rows divides most batches."""
    gpu = traits.form == "gpu"
    most = 2 if gpu else (16 if traits.vector_width >= 16 else 8) // parts
    rows = max(1, min(most, 8, 1 << (p.batch.bit_length() - 1)))
    tiles = ceil_div(p.batch, rows)
    chunk = 1 if gpu else ceil_div(tiles, traits.compute_units)
    team = min(256, traits.max_work_group) if gpu else 1
    return _Tile(rows, parts, _lanes(p, traits), team, ceil_div(tiles, chunk), chunk)


def _panels(p: Steps, tile: _Tile, depth: int, groups: int, lanes: int, strides: tuple[int, int, int]) -> _Panels:
    """The last panel is moved back so that it is whole; on a GPU, where neighbours take units, one panel has all of them."""
    lanes = p.size if tile.team > 1 else lanes
    return _Panels(ceil_div(p.size, lanes), depth, groups, lanes, strides)


def _lowered(
    stem: str, p: Steps, tile: _Tile, panels: _Panels, args: tuple[Arg, ...], temps: tuple[int, ...], traits: Traits
) -> Lowered:
    """The launch that packs the weights (the input that ``stem`` has for them) and the one that uses them."""
    if not p.batch * p.length:
        return Lowered(())
    names = {"p": p, "tile": tile, "real": p.dtype.compute, "gates": GATES[p.mode]}
    source = In(1) if stem == "recurrent_steps" else In(3)
    pack = kernel(f"recurrent_pack_{p.dtype.name}", "recurrent_pack.cl.mako", **names)
    units = panels.panels * panels.depth
    packers = min(units, 4 * traits.compute_units)
    sizes = (*panels[:4], p.size, *panels.strides, ceil_div(units, packers))
    first = Call(pack, (source, Temp(0), *map(Int, sizes)), (packers * tile.team,), (tile.team,))
    wide = tile.team > 1
    step = panels.groups * panels.lanes
    walk = (1 if wide else panels.depth * step, step, panels.lanes if panels.groups > 1 else tile.lanes)
    counts = (p.length, p.batch, p.size, ceil_div(p.batch, tile.rows), tile.chunk)
    lengths: tuple[Arg, ...] = (In(5) if stem == "recurrent_steps" else In(9),) if p.ragged else ()
    preludes = (f"math@{tile.lanes}",) if tile.lanes > 1 and p.dtype.itemsize == 4 else ()
    text = kernel(f"{stem}_{p.mode.lower()}_{p.dtype.name}", f"{stem}.cl.mako", **names)
    second = Call(
        replace(text, preludes=preludes),
        (*args, *lengths, *map(Int, (*counts, *walk))),
        (tile.teams * tile.team,),
        (tile.team,),
    )
    return Lowered((first, second), (panels.numel * p.dtype.itemsize, *temps))
