"""Recording one value for all slices of a `vmap` at once: the batching rules.

Whatever a function computes of one slice ends at the door of recording as records over `Batched` values. There a record gets a
leading dimension: pointwise work and reductions have one more dimension, writes one more in their region, and kernel families
have theirs in `batching_heavy`. Nothing above this door knows of slices.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from . import record as recording
from .batching_heavy import Slices, dense, heavy, joined
from .record import emit
from .value import Heavy, Level, Number, Pointwise, Record, Reduction, Value, Write

KEPT = 1 << 12
_RECORDS: dict[Any, Record] = {}


def activate() -> None:
    """From now on the door of recording looks for `Batched` values."""
    if not recording.BATCHING:
        recording.BATCHING.append(record_batched)


def record_batched(record: Record, reads: tuple[Value, ...], numbers: tuple[Number, ...]) -> tuple[Value, ...]:
    """The results of a record that reads a slice, for every slice: the innermost `vmap` is taken off, the others by recursion."""
    level: Level = max([read.levels[-1] for read in reads if read.levels], key=lambda level: level.serial)
    slices = Slices(record, reads, level)
    work = record.work
    if isinstance(work, (Pointwise, Reduction)):
        wholes = (emit(_known(slices), slices.wholes, numbers),)
    elif isinstance(work, Write):
        base = dense(slices, 0, record.views[0])
        written = emit(_known(slices), (base, slices.wholes[1]))
        base.pins -= 1
        wholes = (written,)
    elif isinstance(work, Heavy):
        return heavy(slices, numbers)
    else:
        raise NotImplementedError("vmap: the steps of optimizers cannot be taken for several slices at once")
    return joined(slices, wholes)


def _known(slices: Slices) -> Record:
    """The record for all slices: one for all calls with these strides from slice to slice."""
    key = (slices.record, slices.rooms, slices.size)
    found = _RECORDS.get(key)
    if found is None:
        if len(_RECORDS) >= KEPT:
            _RECORDS.clear()
        found = _RECORDS[key] = _written(slices) if isinstance(slices.record.work, Write) else _elementwise(slices)
    return found


def _elementwise(slices: Slices) -> Record:
    record, work = slices.record, slices.record.work
    if isinstance(work, Reduction):
        work = replace(work, dims=tuple(d + 1 for d in work.dims))
    views = tuple(slices.view(k, view) for k, view in enumerate(record.views))
    inputs = tuple(meta.with_view(slices.view(k, meta.view)) for k, meta in enumerate(record.inputs))
    (meta,) = record.metas
    out = meta.with_view(slices.behind(meta.view, meta.view.numel))
    return slices.made(work, views, (out,), inputs)


def _written(slices: Slices) -> Record:
    record: Any = slices.record
    (whole,) = record.metas
    region = slices.behind(record.work.view, whole.view.numel)
    base = whole.with_view(slices.flat(whole.view.numel))
    views = (base.view, slices.view(1, record.views[1]))
    inputs = (base, record.inputs[1].with_view(slices.view(1, record.inputs[1].view)))
    return slices.made(Write(region), views, (base,), inputs)
