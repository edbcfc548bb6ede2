"""Tensors of several sizes as one of equal ones with zeros behind, and back, in few launches."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Out
from .elements import index_type, kernel, moved, split

COUNTS = (1, 2, 4, 8, 16, 32)  # of tensors that a launch takes: others are filled up with empty ones

Size = tuple[int, int, int]


class Stack(NamedTuple):
    """Tensors of these sizes (planes, rows, columns) in a stack of tensors of size ``whole``."""

    sizes: tuple[Size, ...]
    whole: Size
    dtype: DType
    packs: bool


def lower(p: Stack, traits: Traits) -> Lowered:
    """Packing: In(k) of size k -> Out(0) (count, *whole). Else In(0) (count, *whole) -> Out(k)."""
    planes, rows, columns = p.whole
    numel = len(p.sizes) * planes * rows * columns
    if not numel:
        return Lowered(())
    index = index_type(numel)
    items, _, local = split(numel, traits)
    calls = []
    for first in range(0, len(p.sizes), COUNTS[-1]):
        parts = range(first, min(first + COUNTS[-1], len(p.sizes)))
        count = next(c for c in COUNTS if c >= len(parts))
        names: dict[str, Any] = {
            "count": count,
            "packs": p.packs,
            "moved": moved(p.dtype),
            "index": index,
            "cpu": traits.form == "cpu",
        }
        made = kernel(f"{'stack' if p.packs else 'unstack'}_{count}", "stacks.cl.mako", **names)
        args: list[Arg] = []
        for k in [*parts, *[-1] * (count - len(parts))]:
            at = max(k, first)  # one that is not there has the first one's buffer, and no elements
            size = p.sizes[k] if k >= 0 else (0, 0, 0)
            args += [In(at) if p.packs else Out(at), *(Int(n, index) for n in size)]
        args += [Out(0) if p.packs else In(0), *(Int(n, index) for n in (first, planes, rows, columns))]
        calls.append(Call(made, tuple(args), (items,), (local,)))
    return Lowered(tuple(calls))
