"""The keys of plans: what is the same in two batches that may run by one plan."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from .failures import why_lost
from .value import SPAN, Value, Window, results

if TYPE_CHECKING:
    from collections.abc import Sequence

COPY_LIMIT = 1 << 20  # bytes of a slice up to which it is rather copied than given a plan of its own
SHORT = 1 << 14  # the same where the whole tensor is read beside it
FIRST = -SPAN // 2  # below the indices of any inputs
_stamps = itertools.count(SPAN, SPAN).__next__


def plan_key(batch: list[Value], inputs: list[Value | Window]) -> tuple[Any, ...]:
    """The key of a plan: per value the kind of its record and where its reads come from (a slot of the batch, or -2 - the
    position of an input); then which slots are pinned, which inputs may be overwritten, and how long each is.

    Numbers are no part of it, nor is where slices of computed values start. Sets ``index`` of values to that plus a stamp of
    this batch, so what earlier batches left there means nothing. Everything that may change meanwhile, by other threads or by garbage
    collection, is read once; `protected` must follow.
    """
    stamp = _stamps()
    key: list[Any] = []
    add = key.append
    pinned: list[bool] = []
    windows: dict[Any, Window] = {}
    for value in batch:
        record = value.record
        stretches = record.windows or record.kind.windows  # type: ignore[union-attr]
        if stretches and all_open(value, stretches, stamp):
            add(record.base)  # type: ignore[union-attr]
            for read, stretch in zip(value.reads, stretches, strict=True):
                if stretch is None or is_whole(read, stretch, stamp):
                    at = read.index - stamp
                    add(at if at > FIRST else index_of(read, stamp, inputs))
                else:
                    add(window_of(read, stretch, value, inputs, windows))
        else:
            add(record.kind)  # type: ignore[union-attr]
            for read in value.reads:
                at = read.index - stamp
                add(at if at > FIRST else index_of(read, stamp, inputs))
        if value.outs is None:
            value.index = stamp + len(pinned)
            pinned.append(value.is_wanted)
        else:
            for out in value.outs:
                out.index = stamp + len(pinned)
                pinned.append(out.is_wanted)
    dying = overwritable(inputs) if windows else [not source.is_wanted for source in inputs]  # type: ignore[union-attr]
    key += pinned
    key += dying
    key += [source.nbytes for source in inputs]
    return tuple(key)


def protected(
    key: tuple[Any, ...], batch: list[Value], inputs: list[Value | Window], others: list[Value]
) -> tuple[Any, ...]:
    """The key with what ``others`` read kept: values that are no part of the batch. What they read was pinned when they were
    recorded, perhaps by another thread after the batch was cut, but may not have been any more when `structure` asked.
    """
    changed = list(key)
    dying = len(key) - 2 * len(inputs)
    pinned = dying - sum(len(results(value)) for value in batch)
    stamp = results(batch[0])[0].index
    for value in others:
        for read in value.reads:
            at = read.index - stamp
            if at >= 0:
                changed[pinned + at] = True
            elif at > FIRST:
                changed[dying - 2 - at] = False
    return tuple(changed)


def index_of(read: Value, stamp: int, inputs: list[Value | Window]) -> int:
    """The index of a value that is read whole and not made by the batch; inputs get theirs when first met."""
    if read.buffer is None:
        raise why_lost(read)
    inputs.append(read)
    read.index = stamp - 1 - len(inputs)
    return -1 - len(inputs)


def all_open(value: Value, stretches: Sequence[tuple[int, int] | None], stamp: int) -> bool:
    """Whether every read that starts elsewhere than at 0 can be a window: of a computed value that is not to be overwritten
    here, and cheap to copy if it must be copied: so none of a large tensor that the same record reads elsewhere too, as
    differences of neighbours do."""
    record: Any = value.record
    alignment = record.device.traits.base_alignment
    reads = value.reads
    return all(
        stretch is None
        or is_whole(read, stretch, stamp)
        or (
            read.index < stamp
            and read.buffer is not None
            and read.is_wanted
            and (stretch[0] % alignment == 0 or stretch[1] <= (COPY_LIMIT if reads.count(read) == 1 else SHORT))
        )
        for read, stretch in zip(reads, stretches, strict=True)
    )


def is_whole(read: Value, stretch: tuple[int, int], stamp: int) -> bool:
    """Whether a stretch is read as the value that it starts with, as it is all of that, or as that is made or may be overwritten here."""
    start, nbytes = stretch
    return start == 0 and (read.index >= stamp or read.buffer is None or not read.is_wanted or read.nbytes == nbytes)


def window_of(
    read: Value, stretch: tuple[int, int], reader: Value, inputs: list[Value | Window], windows: dict[Any, Window]
) -> int:
    """The index of a stretch of a computed value: equal stretches are one input."""
    key = (id(read), stretch)
    window = windows.get(key)
    if window is None:
        window = windows[key] = Window(read, reader.record.device, *stretch)  # type: ignore[union-attr]
        inputs.append(window)
        window.index = -1 - len(inputs)
    return window.index


def overwritable(inputs: list[Value | Window]) -> list[bool]:
    """Which inputs nobody needs after the batch: those that no storage pins, and that no window shows a part of."""
    shown = {id(source.value) for source in inputs if isinstance(source, Window)}
    return [isinstance(source, Value) and not source.is_wanted and id(source) not in shown for source in inputs]
