"""Losses over classes: the numbers of the target classes, weighted and added up in one walk over the targets."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, Fault, In, Int, Lowered, Out, Temp
from .elements import functions, kernel, split

READ = 4  # elements that are read one after the other in the time of one that lies anywhere
GROUPS = 64  # of work-items on a GPU, at most
STEPS = 16  # targets of each of a GPU's work-items, at least


class Classes(NamedTuple):
    """Numbers (rows, classes, inner) of any ``strides``, and targets (rows, inner) of any ``places``; ``offsets`` say where each operand starts.

    ``mean`` divides by what the weights of all targets add up to, which is their count where there are no weights."""

    rows: int
    classes: int
    inner: int
    strides: tuple[int, ...]
    places: tuple[int, ...]
    offsets: tuple[int, ...]
    ignored: int
    mean: bool
    dtype: DType


def lower(p: Classes, traits: Traits) -> Lowered:
    """In(0) numbers, In(1) int64 targets, perhaps In(2) a weight for each class -> Out(0) one number. A target that is no class is reported."""
    count = p.rows * p.inner
    items, chunk, local = split(count, traits, READ)
    if traits.form == "gpu":
        groups = min(GROUPS, max(1, count // (STEPS * local)))
        items = groups * local
    else:
        groups = items
    whole, weighted = groups == 1, len(p.offsets) > 2
    names: dict[str, Any] = {
        "functions": functions("e_KERNEL", p.dtype),
        "storage": p.dtype.storage,
        "compute": p.dtype.compute,
        "mean": p.mean,
        "weighted": weighted,
        "team": 0 if traits.form == "cpu" else local,
    }
    sizes = (count, chunk, p.inner, p.classes, p.ignored, *p.strides, *p.places, *p.offsets)
    ins = (In(0), In(1), In(2)) if weighted else (In(0), In(1))
    out = Out(0) if whole else Temp(0)
    args: tuple[Arg, ...] = (*ins, out, Fault(), *[Int(n, "long") for n in sizes])
    stem = f"class_loss_{p.dtype.name}"
    walk = kernel(stem, "class_loss.cl.mako", ("fault",), part="walk", whole=whole, **names)
    calls = [Call(walk, args, (items,), (local,))]
    if whole:
        return Lowered(tuple(calls))
    end = kernel(f"{stem}_end", "class_loss.cl.mako", part="end", whole=True, **names)
    calls.append(Call(end, (Temp(0), Out(0), Int(groups)), (1,), (1,)))
    return Lowered(tuple(calls), (2 * groups * (8 if p.dtype.compute == "double" else 4),))
