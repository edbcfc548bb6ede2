"""Joining: many dense tensors into one, in few launches."""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Out
from .elements import index_type, kernel, moved, split
from .sizes import least

COUNTS = (2, 4, 8, 16, 32)  # of parts that a launch takes: others are filled up with empty ones


class Cat(NamedTuple):
    """Parts (outer, widths[k]) from ``offsets[k]`` of their inputs, with rows ``steps[k]`` apart, side by side."""

    outer: int
    widths: tuple[int, ...]
    offsets: tuple[int, ...]
    steps: tuple[int, ...]
    dtype: DType


def lower(p: Cat, traits: Traits) -> Lowered:
    """In(k) part k -> Out(0) (outer, sum of widths)."""
    total = sum(p.widths)
    if not p.outer * total:
        return Lowered(())
    if _is_woven(p, traits):
        return _lower_woven(p, traits)
    index = index_type(p.outer * total, *(o + p.outer * s for o, s in zip(p.offsets, p.steps, strict=True)))
    items, _, local = split(p.outer * total, traits)
    items = least(items, 2 * traits.compute_units) if traits.form == "cpu" else items
    calls, at = [], 0
    for first in range(0, len(p.widths), COUNTS[-1]):
        parts = range(first, min(first + COUNTS[-1], len(p.widths)))
        count = next(c for c in COUNTS if c >= len(parts))
        made = kernel(
            f"cat_{count}", "cat.cl.mako", count=count, moved=moved(p.dtype), index=index, cpu=traits.form == "cpu"
        )
        args: list[Arg] = []
        for k in parts:
            args += [In(k), *(Int(n, index) for n in (p.offsets[k], p.widths[k], p.steps[k], at))]
            at += p.widths[k]
        args += [In(first), *[Int(0, index)] * 4] * (count - len(parts))
        args += [Out(0), Int(p.outer, index), Int(total, index)]
        calls.append(Call(made, tuple(args), (items,), (local,)))
    return Lowered(tuple(calls))


def _is_woven(p: Cat, traits: Traits) -> bool:
    """Whether single elements of dense parts alternate, few enough for a text of their own."""
    return (
        traits.form == "cpu"
        and 2 <= len(p.widths) <= 8
        and p.dtype.itemsize <= 8
        and all(width == step == 1 for width, step in zip(p.widths, p.steps, strict=True))
        and p.outer >= traits.vector_width
    )


def _lower_woven(p: Cat, traits: Traits) -> Lowered:
    count = len(p.widths)
    lanes = min(16, 4 * traits.vector_width // p.dtype.itemsize)
    index = index_type(2 * p.outer * count, *(offset + p.outer for offset in p.offsets))
    made = kernel(
        f"cat_woven_{count}", "cat_woven.cl.mako", count=count, lanes=lanes, moved=moved(p.dtype), index=index
    )
    blocks = -(-p.outer // lanes)
    items, chunk, _ = split(blocks, traits, lanes * count)
    args: list[Arg] = []
    for k, offset in enumerate(p.offsets):
        args += [In(k), Int(offset, index)]
    args += [Out(0), *(Int(n, index) for n in (p.outer, blocks, chunk))]
    return Lowered((Call(made, tuple(args), (items,), (1,)),))
