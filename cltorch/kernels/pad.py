"""Padding: more elements at the ends of dimensions, each written once."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import codec
from .call import Arg, Call, In, Int, Lowered, Num, Out
from .elements import index_type, kernel, moved, split
from .sizes import least

LONGEST = 1 << 14  # elements of a row that a work-item writes without a break


class Side(NamedTuple):
    """One dimension: its length, how many elements come before it (fewer than 0 take some away), and its length then."""

    n: int
    before: int
    out: int


class Pad(NamedTuple):
    """``planes`` of these dimensions, padded; modes constant (by a number of the call), reflect, replicate and circular."""

    planes: int
    sides: tuple[Side, ...]
    mode: str
    dtype: DType


def sides_of(
    shape: tuple[int, ...], amounts: tuple[tuple[int, int], ...], constant: bool
) -> tuple[int, tuple[Side, ...]]:
    """Planes and sides of a shape padded by (before, after) in each dimension, merged as far as can be; at least one."""
    sides: list[Side] = []
    for n, (before, after) in zip(shape, amounts, strict=True):
        last = sides[-1] if sides else None
        if last and not (before or after) and (constant or (last.before == 0 and last.out == last.n)):
            sides[-1] = Side(last.n * n, last.before * n, last.out * n)
        else:
            sides.append(Side(n, before, n + before + after))
    first = sides[0]
    if len(sides) > 1 and first.before == 0 and first.out == first.n:
        return first.n, tuple(sides[1:])
    return 1, tuple(sides)


def lower(p: Pad, traits: Traits) -> Lowered:
    """In(0) planes, for constants Num(0) -> Out(0) padded planes."""
    results = p.planes * prod(side.out for side in p.sides)
    if not results:
        return Lowered(())
    cpu, width, constant = traits.form == "cpu", p.sides[-1].out, p.mode == "constant"
    index = index_type(2 * results, 2 * p.planes * prod(side.n for side in p.sides))
    pieces = -(-width // LONGEST) if cpu else 1  # of a row, so that a few long ones have work for all
    units, size = (results // width * pieces, least(width, LONGEST)) if cpu else (results, 1)
    items, chunk, local = split(units, traits, size)
    number = p.dtype.compute if p.dtype.compute in ("long", "ulong", "uint", "float", "double") else "int"
    made = kernel(
        f"pad_{p.mode}_{p.dtype.name if constant else moved(p.dtype)}",
        "pad.cl.mako",
        mode=p.mode,
        rank=len(p.sides),
        element=moved(p.dtype),
        lanes=max(1, min(16, 64 // p.dtype.itemsize)) if cpu and p.dtype.itemsize <= 8 else 1,
        storage=p.dtype.storage,
        number=number,
        to_cell=codec.store(p.dtype, "&cell", "0", "number", "") if constant else "",
        index=index,
        cpu=cpu,
    )
    args: list[Arg] = [In(0), Out(0), *((Num(0, number),) if constant else ())]
    step = prod(side.n for side in p.sides)
    sizes = [units, chunk, pieces, LONGEST, step]
    for side in p.sides:
        step //= max(side.n, 1)
        sizes += [*side, step]
    return Lowered((Call(made, (*args, *(Int(n, index) for n in sizes)), (items,), (local,)),))
