"""Attention in one pass over the keys: scores never lie in memory but for a block of them, in the gradient neither.

Every query keeps the largest score that it met and the sum of what it met relative to that; where a larger one comes, what
was summed is scaled (Milakov, Gimelshein 2018; Dao et al. 2022). Forward leaves the logarithm of that sum, from
which the gradient computes the weights again. Operands have strides of their own for two leading dimensions and rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Num, Out, Temp
from .group_tiles import sum_parts
from .sizes import least, most
from .tiles import ceil_div, kernel, number, round_up, transpose


class Strided(NamedTuple):
    """Element (o, i, r, c) of an operand is at ``first + o * outer + i * inner + r * row + c * column``."""

    outer: int
    inner: int
    row: int
    column: int
    first: int


class Attention(NamedTuple):
    """``outer * inner`` heads of ``length`` queries and ``width`` keys of ``depth`` elements, values of ``columns``.

    ``operands`` are, in the gradient, the gradient of the result; the query, the key, the value; if ``masked``, the bias. All but the
    bias have columns side by side.
    """

    outer: int
    inner: int
    length: int
    width: int
    depth: int
    columns: int
    causal: bool
    masked: bool
    operands: tuple[Strided, ...]
    dtype: DType

    @property
    def heads(self) -> int:
        """How many matrices there are."""
        return self.outer * self.inner

    def strides(self) -> tuple[Int, ...]:
        """The strides of all operands as kernel arguments."""
        found = [n for o in self.operands for n in (o.outer, o.inner, o.row, o.first)]
        return tuple(Int(n, "long") for n in (*found, *((self.operands[-1].column,) if self.masked else ())))


@dataclass(frozen=True, slots=True)
class _Tile:
    """A block of ``queries`` by ``keys``; sums of ``rows`` by two vectors of ``lanes`` queries, or ``columns`` of ``side`` elements."""

    queries: int
    keys: int
    rows: int
    lanes: int
    side: int
    columns: int
    real: str

    @property
    def panel(self) -> int:
        """Queries of a panel."""
        return 2 * self.lanes

    @property
    def width(self) -> int:
        """Columns of a tile of values."""
        return self.side * self.columns

    @property
    def turned(self) -> list[str]:
        """Statements that transpose a square of vectors of queries."""
        return transpose([f"t{i}" for i in range(self.lanes)], f"{self.real}{self.lanes}")


def lower(p: Attention, traits: Traits) -> Lowered:
    """In(0) queries, In(1) keys, In(2) values, In(3) bias, Num(0) what scores are multiplied by -> Out(0) the result
    (outer, length, inner, columns), Out(1) the logarithms of sums (outer, inner, length)."""
    if traits.form == "gpu":
        return _lower_by_groups(p, traits)
    tile = _tile(p, p.columns, traits)
    units = p.heads * ceil_div(p.length, tile.queries)
    items = least(units, 8 * traits.compute_units)
    room = tile.queries * (p.depth + p.columns + tile.keys)
    ins = [In(k) for k in range(4 if p.masked else 3)]
    sizes = tuple(map(Int, (p.heads, p.inner, p.length, p.width, p.depth, p.columns, units)))
    args: tuple[Arg, ...] = (*ins, Out(0), Out(1), Temp(0), Num(0, tile.real), *sizes, Int(room, "long"), *p.strides())
    return Lowered((_call("attention_forward", p, tile, args, items),), (items * room * p.dtype.itemsize,))


def lower_gradient(p: Attention, traits: Traits) -> Lowered:
    """In: gradient of the result, the result and the logarithms as `lower` left them, queries, keys, values, bias; Num(0) as
    there. Out: gradients of queries, keys and values, in the order of dimensions of the result."""
    if traits.form == "gpu":
        return _lower_gradient_by_groups(p, traits)
    tile = _tile(p, p.columns | p.depth, traits)
    parts = most(1, least(ceil_div(4 * traits.compute_units, p.heads), ceil_div(p.length, tile.queries)))
    units = p.heads * parts
    items = least(units, 8 * traits.compute_units)
    room = tile.queries * (2 * p.depth + p.columns + 2 * tile.keys)
    ins = [In(k) for k in range(7 if p.masked else 6)]
    sizes = tuple(map(Int, (p.heads, p.inner, p.length, p.width, p.depth, p.columns, parts, units)))
    keys, values = p.heads * p.width * p.depth, p.heads * p.width * p.columns
    sums: tuple[Arg, ...] = (Out(1), Out(2)) if parts == 1 else (Temp(1), Temp(2))
    args: tuple[Arg, ...] = (*ins, Out(0), *sums, Temp(0), Num(0, tile.real), *sizes, Int(room, "long"), *p.strides())
    calls = [_call("attention_gradient", p, tile, args, items)]
    temps = [items * room]
    if parts > 1:
        calls += [sum_parts(number(p.dtype), n, parts, k, traits, out=k) for k, n in ((1, keys), (2, values))]
        temps += [parts * keys, parts * values]
    return Lowered(tuple(calls), tuple(n * p.dtype.itemsize for n in temps))


def _tile(p: Attention, columns: int, traits: Traits) -> _Tile:
    """16 sums in 32 registers, 8 in 16. Columns are whole vectors, as wide as ``columns``, or all counts in it, are even."""
    lanes = max(2, traits.vector_width * 4 // p.dtype.itemsize)
    side = min(lanes, columns & -columns)
    pair = 2 if columns % (2 * side) == 0 else 1
    queries = 2 * lanes if p.length <= 2 * lanes else 4 * lanes
    return _Tile(queries, 64, 8 if traits.vector_width >= 16 else 4, lanes, side, pair, p.dtype.compute)


def _call(stem: str, p: Attention, tile: _Tile, args: tuple[Arg, ...], items: int) -> Call:
    own = tile.real == "float"
    exp = f"own_exp_float{tile.lanes}" if own else "exp"
    text = kernel(f"{stem}_{p.dtype.name}", f"{stem}.cl.mako", p=_Form(p.causal, p.masked), t=tile, exp=exp)
    return Call(replace(text, preludes=(f"math@{tile.lanes}",) if own else ()), args, (items,), (1,))


class _Form(NamedTuple):
    """What of a request is text."""

    causal: bool
    masked: bool


# --- GPU form -------------------------------------------------------------------------------------------------------------

GROUP = 128  # work-items
WIDEST = 256  # elements of a key or a value for which a work-group's sums lie in registers


class _GroupTile(NamedTuple):
    """Tiles of ``side`` lines, ``groups`` of them side by side in results."""

    side: int
    groups: int
    real: str

    @property
    def rows(self) -> int:
        """Rows of a work-item."""
        return self.side // 8

    @property
    def across(self) -> int:
        """Neighbouring columns of a work-item."""
        return self.side // 16

    @property
    def stride(self) -> int:
        """From a step to the next in local memory: vectors stay aligned, and steps lie in other banks."""
        return self.side + 4


def fits(depth: int, columns: int, dtype: DType, traits: Traits) -> bool:
    """Whether a device has kernels for keys and values of so many elements; the host without a driver has none."""
    if traits.form == "cpu":
        return traits.kind != "host"
    return traits.max_work_group >= GROUP and max(depth, columns) * dtype.itemsize <= 4 * WIDEST


def _group_tile(columns: int, widest: int, dtype: DType, traits: Traits) -> _GroupTile:
    """The larger tile, if local memory and (up to ``widest`` columns) registers have room for it."""
    side = 64 if traits.local_memory >= 1 << 15 and dtype.itemsize == 4 and columns <= widest else 32
    return _GroupTile(side, ceil_div(columns, side), dtype.compute)


def _group_call(stem: str, p: Attention, tile: _GroupTile, args: tuple[Arg, ...], lines: int, **names: object) -> Call:
    text = kernel(f"{stem}_{p.dtype.name}", f"{stem}.cl.mako", p=_Form(p.causal, p.masked), t=tile, **names)
    sizes = tuple(map(Int, (p.heads, p.inner, p.length, p.width, p.depth, p.columns)))
    groups = p.heads * ceil_div(lines, tile.side)
    return Call(text, (*args, Num(0, tile.real), *sizes, *p.strides()), (groups * GROUP,), (GROUP,))


def _lower_by_groups(p: Attention, traits: Traits) -> Lowered:
    tile = _group_tile(p.columns, 128, p.dtype, traits)
    ins = [In(k) for k in range(4 if p.masked else 3)]
    return Lowered((_group_call("attention_group_forward", p, tile, (*ins, Out(0), Out(1)), p.length),))


def _lower_gradient_by_groups(p: Attention, traits: Traits) -> Lowered:
    tile = _group_tile(most(p.depth, p.columns), 64, p.dtype, traits)
    rows = p.heads * p.length
    grad = p.operands[0]
    sizes = tuple(map(Int, (p.inner, p.length, p.columns, rows)))
    steps = tuple(Int(n, "long") for n in (grad.outer, grad.inner, grad.row, grad.first))
    text = kernel(f"attention_group_dots_{p.dtype.name}", "attention_group_dots.cl.mako", t=tile)
    dots = Call(text, (In(0), In(1), Temp(0), *sizes, *steps), (round_up(rows, GROUP),), (GROUP,))
    ins: tuple[Arg, ...] = (In(0), In(2), Temp(0), *[In(k) for k in range(3, 7 if p.masked else 6)])
    stem = "attention_group_gradient"
    queries = _group_call(stem, p, tile, (*ins, Out(0)), p.length, side="query")
    keys = _group_call(stem, p, tile, (*ins, Out(1), Out(2)), p.width, side="key")
    return Lowered((dots, queries, keys), (rows * p.dtype.itemsize,))
