"""Selection from rows without sorting them: the first elements in order, the k-th, the median."""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import sort
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .elements import index_type, infinity, kernel, moved, ordering, split

MOST = 64  # longest list of best elements that is kept in registers; more are sorted
TOP = 11  # bits of a key that are counted at a time
SMALLEST_BLOCK = 16384


class First(NamedTuple):
    """The first ``k`` elements of rows of ``n`` in order, upwards or downwards; NaN is the greatest."""

    rows: int
    n: int
    k: int
    dtype: DType
    descending: bool


class Kth(NamedTuple):
    """One element of each row of ``n``: ``kth`` smallest (``k`` from 0), lower ``median`` (NaN if there is any), ``nanmedian``."""

    kind: str
    rows: int
    n: int
    k: int
    dtype: DType


def lower_first(p: First, traits: Traits) -> Lowered:
    """In(0) (rows, n) -> Out(0) values (rows, k), Out(1) their int64 positions."""
    if not p.rows * p.k:
        return Lowered(())
    if traits.form != "cpu" or p.k > MOST:
        return _sorted("head", p.rows, p.n, p.k, p.dtype, p.descending, traits)
    size = max(SMALLEST_BLOCK, -(-p.n // -(-2 * traits.compute_units // p.rows)))
    blocks = -(-p.n // size)
    if blocks == 1 or p.n % size < p.k and p.n % size:  # the last block has too few
        return Lowered((_best(p, (In(0), Out(0), Out(1)), p.n, 1, p.n, False, True, traits),))
    lists = _best(p, (In(0), Temp(0)), p.n, blocks, size, False, False, traits)
    rest = blocks * p.k
    merged = _best(p, (In(0), Temp(0), Out(0), Out(1)), rest, 1, rest, True, True, traits)
    return Lowered((lists, merged), (p.rows * rest * 8,))


def _best(
    p: First, args: tuple[Arg, ...], n: int, blocks: int, size: int, nested: bool, final: bool, traits: Traits
) -> Call:
    """One run over ``n`` elements (or candidates) a row."""
    index = index_type(p.rows * p.n)
    key, order = ordering("e_KERNEL", p.dtype, p.descending)
    made = kernel(
        f"select_best_{p.dtype.name}",
        "select_best.cl.mako",
        functions=order,
        moved=moved(p.dtype),
        key=key,
        most=MOST,
        nested=nested,
        final=final,
        index=index,
    )
    units = p.rows * blocks
    items, chunk, local = split(units, traits, size)
    sizes = [*(Int(k, index) for k in (units, chunk, n, blocks, size)), Int(p.k), Int(p.n, index)]
    return Call(made, (*args, *sizes), (items,), (local,))


def lower_kth(p: Kth, traits: Traits) -> Lowered:
    """In(0) (rows, n) -> Out(0) a value a row, Out(1) its int64 position."""
    if not p.rows:
        return Lowered(())
    if traits.form != "cpu":
        return _sorted(p.kind, p.rows, p.n, p.k, p.dtype, False, traits)
    bits = 8 * p.dtype.itemsize
    widths = [min(TOP, bits - done) for done in range(0, bits, TOP)]
    index = index_type(p.rows * p.n)
    key, order = ordering("e_KERNEL", p.dtype)
    made = kernel(
        f"select_{p.kind}_{p.dtype.name}",
        "select_kth.cl.mako",
        functions=order,
        moved=moved(p.dtype),
        key=key,
        kind=p.kind,
        floating=p.dtype.is_floating_point,
        ones=f"({key})0x{(1 << bits) - 1:x}",
        widths=widths,
        shifts=[bits - sum(widths[: k + 1]) for k in range(len(widths))],
        index=index,
    )
    items, chunk, local = split(p.rows, traits, p.n)
    sizes = tuple(Int(k, index) for k in (p.rows, chunk, p.n, p.k))
    call = Call(made, (In(0), Out(0), Out(1), Temp(0), Temp(1), *sizes), (items,), (local,))
    return Lowered((call,), (items * p.n * max(4, p.dtype.itemsize), items * p.n * 4))


def _sorted(kind: str, rows: int, n: int, k: int, dtype: DType, descending: bool, traits: Traits) -> Lowered:
    """By sorting the rows."""
    index = index_type(rows * n)
    made = kernel(
        f"select_sorted_{kind}_{dtype.name}",
        "select_sorted.cl.mako",
        moved=moved(dtype),
        kind=kind,
        floating=dtype.is_floating_point,
        magnitude=(1 << (8 * dtype.itemsize - 1)) - 1,
        infinity=infinity(dtype),
        index=index,
        cpu=traits.form == "cpu",
    )
    sorting = sort.lower(sort.Sort(rows, n, dtype, descending), traits)
    values, places = Temp(0), Temp(1)
    calls = [call.within((In(0),), (values, places), 2) for call in sorting.calls]
    units = rows * k if kind == "head" else rows
    items, chunk, local = split(units, traits)
    sizes = tuple(Int(m, index) for m in (units, chunk, n, k))
    calls.append(Call(made, (values, places, Out(0), Out(1), *sizes), (items,), (local,)))
    return Lowered(tuple(calls), (rows * n * dtype.itemsize, rows * n * 8, *sorting.temps))
