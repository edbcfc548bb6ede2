"""Gather and scatter at computed positions: what indexing with tensors, embedding, gather and scatter are made of."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import codec
from .call import Arg, Call, Fault, In, Int, Lowered, Out
from .elements import UNSIGNED, functions, index_type, kernel, moved, product, split

LONG = 1024  # bytes of a row
COMBINE = {
    "add": "old + new",
    "amax": "(new > old || new != new) ? new : old",
    "amin": "(new < old || new != new) ? new : old",
}


class Indexer(NamedTuple):
    """An index tensor, read at ``offset + sum(i[d] * strides[d])``: it adds ``value * step`` to the position.

    Values from 0 to ``size - 1`` are allowed, and unless it is ``strict`` negative ones, which count from the end; ``dim`` is
    named in the error.
    """

    strides: tuple[int, ...]
    offset: int
    size: int
    step: int
    dim: int
    dtype: DType
    strict: bool = False


class Indexed(NamedTuple):
    """Positions ``offset + sum(i[d] * strides[d])`` plus what the index tensors add, for ``i`` in ``shape``.

    Dimensions with a stride of their own reach different elements whatever the index tensors say.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    indexers: tuple[Indexer, ...]
    dtype: DType


class Scatter(NamedTuple):
    """Values, read at ``offset + sum(i[d] * strides[d])``, that go to the positions ``at``; mode set, add, prod, amax, amin."""

    at: Indexed
    mode: str
    strides: tuple[int, ...]
    offset: int


def lower_gather(x: Indexed, traits: Traits) -> Lowered:
    """In(0) source, In(1..) index tensors -> Out(0) dense, of ``x.shape``."""
    strides, step = [], 1
    for n in reversed(x.shape):
        strides.append(step)
        step *= n
    return _lower("gather", x, tuple(reversed(strides)), 0, traits)


def lower_walk(x: Indexed, places: tuple[int, ...], place_offset: int, traits: Traits) -> Lowered:
    """In(0) source -> Out(0): the elements at ``x`` go to the positions ``place_offset + sum(i[d] * places[d])``."""
    return _lower("gather", x, places, place_offset, traits)


def lower_scatter(p: Scatter, traits: Traits) -> Lowered:
    """In(0) values, In(1..) index tensors -> Out(0), changed in place."""
    return _lower(p.mode, p.at, p.strides, p.offset, traits)


class Loop(NamedTuple):
    """One dimension: its length, and the strides of positions, of values and of each index tensor."""

    n: int
    stride: int
    place: int
    indices: tuple[int, ...]


def _loops(x: Indexed, places: tuple[int, ...]) -> list[Loop]:
    """The dimensions, without those of length 1, neighbours merged where all strides allow; at least one."""
    merged: list[Loop] = []
    for d, n in enumerate(x.shape):
        loop = Loop(n, x.strides[d], places[d], tuple(k.strides[d] for k in x.indexers))
        if n == 1:
            continue
        if merged:
            old = merged[-1]
            pairs = zip((old.stride, old.place, *old.indices), (loop.stride, loop.place, *loop.indices), strict=True)
            if all(outer == inner * n for outer, inner in pairs):
                merged[-1] = loop._replace(n=old.n * n)
                continue
        merged.append(loop)
    return merged or [Loop(1, 0, 0, (0,) * len(x.indexers))]


def _cut(loops: list[Loop], gather: bool, items: int) -> int:
    """The dimension that is cut among work-items: the first that is long enough, or the longest; -1 if none keeps them apart."""
    able = [d for d, loop in enumerate(loops) if gather or loop.stride]
    enough = [d for d in able if loops[d].n >= 4 * items]
    if enough:
        return enough[0]
    best = max(able, key=lambda d: loops[d].n, default=-1)
    return best if best >= 0 and (gather or loops[best].n >= 2 * items) else -1


def _has_whole_rows(loops: list[Loop], x: Indexed, items: int) -> bool:
    """Whether one index says where a long row goes, and rows of other indices are apart: whole ones are read and written faster than columns of all."""
    if len(loops) != 2 or len(x.indexers) != 1 or loops[0].stride:
        return False
    row, step, count = loops[1], x.indexers[0].step, x.indexers[0].size
    is_long = row.n * x.dtype.itemsize >= LONG and row.n <= step and 8 * items <= count
    return is_long and row.stride == 1 and not row.indices[0]


def _swap(mode: str, dtype: DType, traits: Traits) -> bool:
    """Whether elements are changed by atomic exchange."""
    if traits.form == "cpu" or mode in ("gather", "set") or dtype.is_complex:
        return False
    return dtype.itemsize <= 4 or (dtype.itemsize == 8 and traits.int64_atomics)


def _lower(mode: str, x: Indexed, places: tuple[int, ...], place_offset: int, traits: Traits) -> Lowered:
    units = prod(x.shape)
    if not units:
        return Lowered(())
    cpu, plain, swap = traits.form == "cpu", mode in ("gather", "set"), _swap(mode, x.dtype, traits)
    loops = _loops(x, places)
    span = x.offset + sum(abs(s) * n for s, n in zip(x.strides, x.shape, strict=True))
    span += sum(i.size * i.step for i in x.indexers)
    index = index_type(2 * units, 2 * span, *(i.offset + units for i in x.indexers))
    cut, total = -1, units
    items, chunk, local = split(units, traits)
    if cpu:
        items = 1 if units <= 4096 else 2 * traits.compute_units
        cut = _cut(loops, mode == "gather", items) if items > 1 else 0
        if cut < 0 and prod(loop.n for loop in loops if loop.stride) < 8:
            items = 1  # to look at every index costs as much as to do what it says
        total = loops[cut].n if cut >= 0 else span
        chunk = -(-total // items)
        items = max(1, -(-total // chunk)) if chunk else 1
    elif not plain and not swap:
        items, local = 1, 1
    ranged = cpu and cut < 0 and items > 1
    inner = loops[-1]
    whole = cpu and mode != "gather" and items > 1 and _has_whole_rows(loops, x, items)
    if whole:  # each work-item writes to rows of its own
        total = x.indexers[0].size
        chunk = -(-total // items)
        items, cut, ranged = -(-total // chunk), -1, False
    backwards = cpu and mode == "gather" and inner.stride == -1
    runs = cpu and not ranged and (inner.stride == 1 or backwards) and not any(inner.indices) and x.dtype.itemsize <= 8
    runs = runs and inner.place in ((1,) if mode == "gather" else (0, 1))
    native = x.dtype.storage == x.dtype.compute and not x.dtype.is_complex
    made = kernel(
        f"{'gather' if mode == 'gather' else 'scatter_' + mode}_{x.dtype.name}",
        "index.cl.mako",
        functions="" if plain else functions("e_KERNEL", x.dtype),
        mode=mode,
        swap=swap,
        bits=8 * x.dtype.itemsize,
        word="ulong" if x.dtype.itemsize == 8 else "uint",
        unsigned=UNSIGNED.get(x.dtype.itemsize, ""),
        from_cell=codec.load(x.dtype, "&cell", "0", ""),
        to_cell=codec.store(x.dtype, "&cell", "0", "result", ""),
        storage=x.dtype.storage,
        in_type=moved(x.dtype) if plain else x.dtype.storage,
        out_type=moved(x.dtype) if plain else x.dtype.storage,
        compute=x.dtype.compute,
        combine=product("old", "new", x.dtype) if mode == "prod" else COMBINE.get(mode, ""),
        index_types=[i.dtype.storage for i in x.indexers],
        rank=len(loops),
        backwards=backwards,
        unit=(inner.stride == 1, inner.place == 1),
        fixed=[cpu and inner.indices[k] == 0 for k in range(len(x.indexers))],
        unit_step=[i.step == 1 for i in x.indexers],
        strict=[i.strict for i in x.indexers],
        cut=cut,
        ranged=ranged,
        whole=whole,
        lanes=min(16, 64 // x.dtype.itemsize) if runs and (plain or (native and mode == "add")) else 1,
        index=index,
        cpu=cpu,
    )
    args: list[Arg] = [In(0), Out(0), Fault()]
    for k, i in enumerate(x.indexers):
        numbers = (i.offset, i.size, i.step)
        args += [In(k + 1), *(Int(n, index) for n in numbers), Int(i.dim), *(Int(s.indices[k], index) for s in loops)]
    for loop in loops:
        args += [Int(n, index) for n in loop[:3]]
    args += [Int(n, index) for n in (x.offset, place_offset, total, chunk)]
    return Lowered((Call(made, tuple(args), (items,), (local,)),))
