"""Searching: places in sorted rows, and the positions of what is true."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from .. import dtypes
from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import scan
from .call import Call, In, Int, Lowered, Out, Temp
from .elements import functions, index_type, kernel, split

TOGETHER = 8  # values that a CPU searches for side by side


class Search(NamedTuple):
    """(rows, m) values among sorted rows of ``n`` (``shared``: one row for all); ``right`` is behind equal elements."""

    rows: int
    n: int
    m: int
    dtype: DType
    out: DType
    right: bool
    shared: bool
    sorter: bool


def lower(p: Search, traits: Traits) -> Lowered:
    """In(0) sorted rows, In(1) values, perhaps In(2) int64 order of the rows -> Out(0) places."""
    units = p.rows * p.m
    if not units:
        return Lowered(())
    index = index_type(p.rows * p.n, units)
    made = kernel(
        f"search_{p.dtype.name}",
        "search.cl.mako",
        functions=functions("e_KERNEL", p.dtype),
        storage=p.dtype.storage,
        compute=p.dtype.compute,
        out_type=p.out.storage,
        sorter=p.sorter,
        right=p.right,
        index=index,
        cpu=traits.form == "cpu",
        together=TOGETHER,
    )
    items, chunk, local = split(units, traits, 8)
    sizes = tuple(Int(k, index) for k in (units, chunk, p.n, p.m, 0 if p.shared else p.n))
    ins = (In(0), In(1), In(2)) if p.sorter else (In(0), In(1))
    return Lowered((Call(made, (*ins, Out(0), *sizes), (items,), (local,)),))


def blocks_of(n: int, traits: Traits) -> tuple[int, int]:
    """Into how many blocks a mask is cut, and their size."""
    cpu = traits.form == "cpu"
    wanted, least = ((2 if n > 16384 else 1), 4096) if cpu else (64, 64)
    size = max(least, -(-n // (wanted * traits.compute_units)))
    size = -(-size // 8) * 8
    return max(1, -(-n // size)), size


class Mask(NamedTuple):
    """Where a mask of ``shape`` is true; ``total`` of them, known for the second part; with coordinates or flat."""

    shape: tuple[int, ...]
    total: int
    coordinates: bool


def lower_count(p: Mask, traits: Traits) -> Lowered:
    """In(0) mask -> Out(0) how many are true up to the end of each block (int64)."""
    n = prod(p.shape)
    blocks, size = blocks_of(n, traits)
    index = index_type(n)
    made = kernel("count_true", "nonzero.cl.mako", part="count", rank=0, index=index)
    items, _, local = split(blocks, traits, size)
    call = Call(made, (In(0), Temp(0), *(Int(k, index) for k in (n, blocks, size))), (items,), (local,))
    summing = scan.lower(scan.Scan("sum", 1, blocks, 1, dtypes.int64, dtypes.int64), traits)
    sums = [one.within((Temp(0),), (Out(0),), 1) for one in summing.calls]
    return Lowered((call, *sums), (blocks * 8, *summing.temps))


def lower_write(p: Mask, traits: Traits) -> Lowered:
    """In(0) mask, In(1) sums -> Out(0) flat positions (total), or coordinates (rank, total)."""
    if not p.total:
        return Lowered(())
    n = prod(p.shape)
    blocks, size = blocks_of(n, traits)
    index = index_type(n)
    rank = len(p.shape) if p.coordinates and len(p.shape) > 1 else 0
    made = kernel("write_true", "nonzero.cl.mako", part="write", rank=rank, index=index)
    items, _, local = split(blocks, traits, size)
    dims = [(p.shape[d], prod(p.shape[d + 1 :])) for d in range(rank)]
    sizes = [*(Int(k, index) for pair in dims for k in pair), Int(p.total, "long")]
    sizes += [Int(k, index) for k in (n, blocks, size)]
    return Lowered((Call(made, (In(0), In(1), Out(0), *sizes), (items,), (local,)),))
