"""A random order: of random words, which a CPU shuffles by, and a GPU sorts."""

from __future__ import annotations

from typing import NamedTuple

from .. import dtypes
from ..runtime.traits import Traits
from . import scan, sort
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .elements import index_type, kernel, split

WHOLE = 1 << 14  # elements that one work-item shuffles: they lie in its cache
BUCKETS = 256


class Shuffle(NamedTuple):
    """A random order of 0 .. ``n`` - 1."""

    n: int


def lower(p: Shuffle, traits: Traits) -> Lowered:
    """In(0) n random int64 -> Out(0) each of 0 .. n - 1 once, as int64."""
    if not p.n:
        return Lowered(())
    if traits.form != "cpu":
        sorting = sort.lower(sort.Sort(1, p.n, dtypes.int64, False), traits)
        calls = tuple(call.within((In(0),), (Temp(0), Out(0)), 1) for call in sorting.calls)
        return Lowered(calls, (8 * p.n, *sorting.temps))
    if p.n <= WHOLE:
        return Lowered((_call("finish", (In(0), Temp(0), Out(0)), p, 1, p.n, traits, True),), (4 * p.n,))
    size = max(WHOLE, -(-p.n // (2 * traits.compute_units)))
    blocks = -(-p.n // size)
    counts, sums, order = Temp(0), Temp(1), Temp(2)
    summing = scan.lower(scan.Scan("sum", 1, BUCKETS * blocks, 1, dtypes.int32, dtypes.int32), traits)
    calls = (
        _call("count", (In(0), counts), p, blocks, size, traits),
        *(call.within((counts,), (sums,), 3) for call in summing.calls),
        _call("move", (In(0), counts, sums, order), p, blocks, size, traits),
        _call("finish", (In(0), sums, order, Out(0)), p, blocks, size, traits),
    )
    return Lowered(calls, (4 * BUCKETS * blocks, 4 * BUCKETS * blocks, 4 * p.n, *summing.temps))


def _call(
    part: str, args: tuple[Arg, ...], p: Shuffle, blocks: int, size: int, traits: Traits, whole: bool = False
) -> Call:
    """One launch."""
    index = index_type(p.n)
    made = kernel(f"shuffle_{part}", "shuffle.cl.mako", part=part, digits=BUCKETS, whole=whole, index=index)
    finishing = part == "finish" and not whole
    items, _, local = split(BUCKETS if finishing else blocks, traits, size)
    return Call(made, (*args, *(Int(k, index) for k in (p.n, blocks, size))), (items,), (local,))
