"""Weighted sums of a few elements along a dimension: what resizing and sampling at places are made of."""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Call, In, Int, Lowered, Out
from .elements import functions, index_type, kernel, split

BLOCK = 1024  # results along a row that a CPU's work-item makes at once, at most


class Taps(NamedTuple):
    """``planes`` of (n, inner) elements become planes of (out, inner): each result adds up ``taps`` elements along the first of
    these, at places and with weights (groups, taps, out), where plane p is in group ``p / shared % groups``."""

    planes: int
    n: int
    inner: int
    out: int
    taps: int
    groups: int
    shared: int
    dtype: DType
    weight: DType


def lower(p: Taps, traits: Traits) -> Lowered:
    """In(0) planes, In(1) places (int32; negative: nothing is added), In(2) weights -> Out(0) planes."""
    results = p.planes * p.out * p.inner
    if not results:
        return Lowered(())
    cpu, across = traits.form == "cpu", p.inner == 1
    native = p.dtype.storage == p.dtype.compute and p.weight.storage == p.weight.compute
    lanes = traits.vector_width if cpu and native else 1
    index = index_type(2 * results, 2 * p.planes * p.n * p.inner, 2 * p.groups * p.taps * p.out)
    block, rows = (BLOCK, -(-p.out // BLOCK)) if across else (p.inner, p.out)
    units, size = (p.planes * rows, min(block, p.out if across else p.inner) * p.taps) if cpu else (results, 1)
    items, chunk, local = split(units, traits, size)
    made = kernel(
        f"taps_{p.dtype.name}",
        "taps.cl.mako",
        functions=functions("e_KERNEL", p.dtype) + functions("w_KERNEL", p.weight),
        storage=p.dtype.storage,
        weight=p.weight.storage,
        compute=p.dtype.compute,
        integer="long" if p.dtype.itemsize == 8 else "int",
        index=index,
        across=across,
        lanes=lanes,
        cpu=cpu,
    )
    sizes = (units, chunk, p.n, p.inner, p.out, p.taps, p.groups, p.shared, rows, block)
    given = (In(0), In(1), In(2), Out(0))
    return Lowered((Call(made, (*given, *(Int(n, index) for n in sizes)), (items,), (local,)),))
