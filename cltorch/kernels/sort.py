"""Stable sort of rows, with the positions that elements came from."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import dtypes
from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import scan
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .elements import index_type, kernel, moved, ordering, split

GROUP_ROW = 1024  # longest row that a work-group of a GPU sorts in local memory
LONG_ROW = 16384  # shortest row that a CPU sorts in blocks, where there are fewer rows than work-items


class Sort(NamedTuple):
    """Rows of ``n`` elements; NaN is the greatest, and equal elements keep their order, upwards and downwards."""

    rows: int
    n: int
    dtype: DType
    descending: bool


def lower(p: Sort, traits: Traits) -> Lowered:
    """In(0) (rows, n) -> Out(0) sorted values, Out(1) int64 positions."""
    if not p.rows * p.n:
        return Lowered(())
    if traits.form == "cpu":
        long = p.n >= LONG_ROW and p.rows < 2 * traits.compute_units
        return _by_digits(p, 8, 2 * traits.compute_units, 4096, traits) if long else _by_rows(p, traits)
    if p.n <= GROUP_ROW:
        return _by_groups(p, traits)
    return _by_digits(p, 4, 0, _lanes(traits) * _items(p), traits)


def _by_rows(p: Sort, traits: Traits) -> Lowered:
    """A row at a time (CPU)."""
    index = index_type(p.rows * p.n)
    key, order = ordering("e_KERNEL", p.dtype, p.descending)
    made = kernel(
        f"sort_rows_{p.dtype.name}",
        "sort_rows.cl.mako",
        functions=order,
        moved=moved(p.dtype),
        key=key,
        passes=p.dtype.itemsize,
        index=index,
    )
    items, chunk, local = split(p.rows, traits, p.n)
    sizes = (Int(p.rows, index), Int(chunk, index), Int(p.n, index))
    call = Call(made, (In(0), Out(0), Out(1), Temp(0), Temp(1), *sizes), (items,), (local,))
    return Lowered((call,), (2 * items * p.n * _width(p), 2 * items * p.n * 4))


def _by_groups(p: Sort, traits: Traits) -> Lowered:
    """A work-group a row (GPU)."""
    index = index_type(p.rows * p.n)
    lanes = max(32, 1 << (p.n - 1).bit_length())
    key, order = ordering("e_KERNEL", p.dtype, p.descending)
    made = kernel(
        f"sort_group_{p.dtype.name}",
        "sort_group.cl.mako",
        functions=order,
        moved=moved(p.dtype),
        key=key,
        lanes=lanes,
        index=index,
    )
    local = min(lanes // 2, traits.max_work_group, 256)
    groups = min(p.rows, 64 * traits.compute_units)
    sizes = (Int(p.rows, index), Int(p.n, index))
    return Lowered((Call(made, (In(0), Out(0), Out(1), *sizes), (groups * local,), (local,)),))


def _width(p: Sort) -> int:
    """Bytes of a key."""
    return 8 if p.dtype.itemsize == 8 else 4


def _lanes(traits: Traits) -> int:
    """Work-items of a group that sorts a block."""
    return min(256, 1 << (traits.max_work_group.bit_length() - 1))


def _items(p: Sort) -> int:
    """Elements of each of them: a block's keys, positions and counts fit into 32 KiB."""
    return 32 // _width(p)


def _by_digits(p: Sort, bits: int, wanted: int, least: int, traits: Traits) -> Lowered:
    """Long rows in blocks of at least ``least`` elements, about ``wanted`` blocks in all, ``bits`` of the keys at a time."""
    size = max(least, -(-p.n // max(1, -(-wanted // p.rows)))) if wanted else least
    blocks = -(-p.n // size)
    grouped = traits.form == "gpu"
    shares: dict[str, Any] = {"lanes": _lanes(traits), "items": _items(p)} if grouped else {}
    digits, passes = 1 << bits, 8 * p.dtype.itemsize // bits
    index = index_type(2 * p.rows * p.n, p.rows * digits * blocks)
    key, order = ordering("e_KERNEL", p.dtype, p.descending)
    keys, positions, same, side, counts, sums = (Temp(k) for k in range(6))
    temps = [2 * p.rows * p.n * _width(p), 2 * p.rows * p.n * 4, 2 * p.rows * blocks * _width(p)]
    temps += [p.rows * (passes + 1) * 4, *[p.rows * digits * blocks * 4] * 2]
    summing = scan.lower(scan.Scan("sum", p.rows, digits * blocks, 1, dtypes.int32, dtypes.int32), traits)
    temps += summing.temps
    calls: list[Call] = []

    def call(part: str, *args: Arg, digit: int = 0) -> None:
        made = kernel(
            f"sort_{part}_{p.dtype.name}",
            f"sort_radix{'_group' * grouped}.cl.mako",
            functions=order if part == "keys" else "",
            part=part,
            moved=moved(p.dtype),
            key=key,
            bits=bits,
            digits=digits,
            passes=passes,
            index=index,
            **shares,
        )
        units = p.rows if part == "plan" else p.rows * blocks
        items, _, local = split(units, traits, size)
        if grouped:
            local = _lanes(traits)
            items = min(units, 64 * traits.compute_units) * local
        sizes = (*(Int(k, index) for k in (p.rows, p.n, blocks, size)), Int(digit))
        calls.append(Call(made, (*args, *sizes), (items,), (local,)))

    call("keys", In(0), keys, positions, same)
    call("plan", same, side)
    for digit in range(passes):
        call("count", keys, side, counts, digit=digit)
        calls += [one.within((counts,), (sums,), 6) for one in summing.calls]
        call("move", keys, positions, side, counts, sums, digit=digit)
    call("finish", In(0), positions, side, Out(0), Out(1))
    return Lowered(tuple(calls), tuple(temps))
