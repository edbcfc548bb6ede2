"""Selection from rows without sorting them: the first elements in order, the k-th, the median."""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import sort
from .call import Arg, Call, In, Int, Kernel, Lowered, Out, Temp
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
    if traits.form != "cpu" or 2 * p.k > p.n:
        return _sorted("head", p.rows, p.n, p.k, p.dtype, p.descending, traits)
    if p.k > MOST:
        return _lower_many(p, traits)
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
    made = _by_digits(p.kind, p.dtype, False, p.rows * p.n, traits)
    index = index_type(p.rows * p.n)
    items, chunk, local = split(p.rows, traits, p.n)
    sizes = tuple(Int(k, index) for k in (p.rows, chunk, p.n, p.k))
    call = Call(made, (In(0), Out(0), Out(1), Temp(0), Temp(1), *sizes), (items,), (local,))
    return Lowered((call,), (items * p.n * max(4, p.dtype.itemsize), items * p.n * 4))


def _by_digits(kind: str, dtype: DType, descending: bool, numel: int, traits: Traits) -> Kernel:
    """The kernel that counts digits of keys."""
    bits = 8 * dtype.itemsize
    widths = [min(TOP, bits - done) for done in range(0, bits, TOP)]
    key, order = ordering("e_KERNEL", dtype, descending)
    return kernel(
        f"select_{kind}_{dtype.name}",
        "select_kth.cl.mako",
        functions=order,
        moved=moved(dtype),
        key=key,
        kind=kind,
        floating=dtype.is_floating_point,
        ones=f"({key})0x{(1 << bits) - 1:x}",
        widths=widths,
        shifts=[bits - sum(widths[: k + 1]) for k in range(len(widths))],
        index=index_type(numel),
    )


def _lower_many(p: First, traits: Traits) -> Lowered:
    """More than a list in registers holds (CPU): those of each block by counting digits, all of which are sorted then."""
    size = max(SMALLEST_BLOCK, 8 * p.k, -(-p.n // -(-2 * traits.compute_units // p.rows)))
    blocks = -(-p.n // size)
    if p.n % size < p.k and p.n % size:  # the last block has too few
        size, blocks = p.n, 1
    made = _by_digits("head", p.dtype, p.descending, p.rows * p.n, traits)
    index = index_type(p.rows * p.n)
    units = p.rows * blocks
    items, chunk, local = split(units, traits, size)
    sizes = tuple(Int(k, index) for k in (units, chunk, size, p.k - 1, p.n, blocks))
    head = Call(made, (In(0), Temp(0), Temp(1), Temp(2), Temp(3), *sizes), (items,), (local,))
    rest = blocks * p.k
    numel = p.rows * rest
    temps = (numel * p.dtype.itemsize, numel * 8, items * size * max(4, p.dtype.itemsize), items * size * 4)
    return _sorted("head", p.rows, rest, p.k, p.dtype, p.descending, traits, (head,), temps)


def _sorted(
    kind: str,
    rows: int,
    n: int,
    k: int,
    dtype: DType,
    descending: bool,
    traits: Traits,
    before: tuple[Call, ...] = (),
    held: tuple[int, ...] = (),
) -> Lowered:
    """By sorting the rows, or candidates that launches ``before`` put into the first of the scratch ``held``, and their places into the second."""
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
        nested=bool(before),
    )
    sorting = sort.lower(sort.Sort(rows, n, dtype, descending), traits)
    values, places = Temp(len(held)), Temp(len(held) + 1)
    source: Arg = Temp(0) if before else In(0)
    calls = [*before, *(call.within((source,), (values, places), len(held) + 2) for call in sorting.calls)]
    nested: tuple[Arg, ...] = (Temp(1),) if before else ()
    units = rows * k if kind == "head" else rows
    items, chunk, local = split(units, traits)
    sizes = tuple(Int(m, index) for m in (units, chunk, n, k))
    calls.append(Call(made, (values, places, *nested, Out(0), Out(1), *sizes), (items,), (local,)))
    return Lowered(tuple(calls), (*held, rows * n * dtype.itemsize, rows * n * 8, *sorting.temps))
