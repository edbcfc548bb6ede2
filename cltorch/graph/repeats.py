"""Long batches cut where their structure repeats: the steps of a loop are pieces, and pieces of one structure have one plan.

So a loop of 17 steps runs by the plans of one of 16, and a plan is as long as a piece, not as the loop. Where a batch is cut depends on the
kinds of its records alone: the same batch is always cut at the same places, and so gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from .parts import Part, Pins, needed

if TYPE_CHECKING:
    from .record import Recorder
    from .value import Value

SHORTEST = 96  # values of a batch that is looked into
LOOP = (4, 48)  # times that something must come, and values that it must have in all, to be a loop
ALSO = (2, 16)  # the same for what else repeats in a batch that has a loop
PIECE = 64  # values of a piece, about
TRIES = 4  # distances looked at from each value: within a step a kind may come several times


def cut(kinds: Sequence[Hashable]) -> list[int]:
    """The lengths of the pieces of a batch with records of these ``kinds``; a single one if it has no loop."""
    if not any(period for _, period, _ in runs(kinds, *LOOP)):
        return [len(kinds)]
    pieces: list[int] = []
    for length, period, times in runs(kinds, *ALSO):
        if not period:
            pieces.append(length)
            continue
        steps = 1 << max(0, (PIECE // period).bit_length() - 1)
        while times:  # the rest in quarters, as few lengths need few plans
            pieces += [steps * period] * (times // steps)
            times, steps = times % steps, max(1, steps // 4)
    return pieces


def runs(kinds: Sequence[Hashable], least_times: int, least_values: int) -> list[tuple[int, int, int]]:
    """What repeats, and what lies between: (length, period, times), with period 0 for the latter."""
    places: dict[Hashable, list[int]] = {}
    following = []  # where the next one of the same kind stands in its list
    for k, kind in enumerate(kinds):
        some = places.setdefault(kind, [])
        some.append(k)
        following.append(len(some))
    found: list[tuple[int, int, int]] = []
    at = begun = 0
    while at < len(kinds):
        period = times = 0
        for other in places[kinds[at]][following[at] : following[at] + TRIES]:
            count = repeated(kinds, at, other - at)
            if count >= least_times and count * (other - at) >= max(least_values, times * period + 1):
                period, times = other - at, count
        if not times:
            at += 1
            continue
        if at > begun:
            found.append((at - begun, 0, 1))
        found.append((times * period, period, times))
        at = begun = at + times * period
    if at > begun:
        found.append((at - begun, 0, 1))
    return found


def repeated(kinds: Sequence[Hashable], at: int, period: int) -> int:
    """How many times in a row what begins at ``at`` comes, ``period`` values long."""
    step = kinds[at : at + period]
    times = 1
    while kinds[at + times * period : at + (times + 1) * period] == step:
        times += 1
    return times


def run(recorder: Recorder, batch: list[Value], lengths: Sequence[int]) -> None:
    """Run a batch, which is what is pending, piece by piece. What a later piece reads is kept until then, and freed behind it."""
    wanted = needed(batch)
    pieces, read, at = [], [], 0
    for length in lengths:
        pieces.append(batch[at : at + length])
        read.append(Part([v for v, is_needed in zip(pieces[-1], wanted[at:], strict=False) if is_needed], False))
        at += length
    pins = Pins(read)
    ahead = len(batch)
    try:
        for k, piece in enumerate(pieces):
            due = pins.release(k)
            recorder.run_piece(piece, ahead)
            ahead -= len(piece)
            free(recorder, due, ahead)
    finally:
        pins.release_all()


def free(recorder: Recorder, values: list[Value], ahead: int) -> None:
    """Give back the memory of computed values that nobody needs; ``ahead`` pending values do not.

    Other threads may have recorded something that reads them, while they held them: so pins are read first.
    """
    done = [value for value in values if value.record is None and not value.is_wanted]
    read = {id(x) for value in (*recorder.pending[ahead:], *recorder.held) for x in value.reads}
    for value in done:
        if id(value) not in read:
            value.buffer = None
