"""Long batches cut where their structure repeats: the steps of a loop are pieces, and pieces of one structure have one plan.

So a loop of 17 steps runs by the plans of one of 16, and a plan is as long as a piece, not as the loop. Where a batch is cut depends on the
kinds of its records alone: the same batch is always cut at the same places, and so gives the same numbers. A batch that is flushed because it has
become long ends where a piece does, and the next one goes on from there, so the loop is cut as it would be in one batch.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from .parts import Part, Pins, needed
from .value import Heavy, Record, Write

if TYPE_CHECKING:
    from .record import Recorder
    from .value import Value

SHORTEST = 96  # values of a batch that is looked into
LOOP = (4, 48)  # times that something must come, and values that it must have in all, to be a loop
ALSO = (2, 16)  # the same for what else repeats in a batch that has a loop
PIECE = 64  # values of a piece, about
TRIES = 4  # distances looked at from each value: within a step a kind may come several times


def cut(kinds: Sequence[Hashable], step: Sequence[Hashable] = ()) -> list[int]:
    """The lengths of the pieces of a batch with records of these ``kinds``; a single one if it has no loop. ``step`` is that of a loop that an
    earlier batch ended in, see `begun`."""
    found = stretches(kinds, step)
    return in_pieces(kinds, found) if found else [len(kinds)]


def in_pieces(kinds: Sequence[Hashable], found: Sequence[tuple[int, int, int]]) -> list[int]:
    """The lengths of the pieces of stretches that lie behind each other."""
    lengths: list[int] = []
    at = 0
    for stretch in found:
        lengths += pieces(stretch, kinds[at:])
        at += stretch[0]
    return lengths


def begun(kinds: Sequence[Hashable], step: Sequence[Hashable] = ()) -> tuple[list[int], tuple[Hashable, ...]]:
    """`cut` for a batch to which more may come: the pieces of which that is certain, without the end, and the step of the loop that goes on
    behind them, if one does. No pieces where there is no loop, or no room for one of its pieces."""
    found = stretches(kinds, step)
    last = max((k for k, (_, period, _) in enumerate(found) if period), default=-1)
    if last < 0:
        return [], ()
    lengths = in_pieces(kinds, found[:last])
    _, period, times = found[last]
    if sum(rest for rest, _, _ in found[last + 1 :]) >= period:  # it has ended
        return in_pieces(kinds, found[: last + 1]), ()
    steps = steps_of(period)
    at = sum(lengths)
    lengths += [steps * period] * (times // steps)
    return lengths, tuple(kinds[at : at + period]) if lengths else ()


def stretches(kinds: Sequence[Hashable], step: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """`runs`, the first of which is what a loop of this ``step`` goes on with; none if there is no loop."""
    times = 0
    if step and tuple(kinds[: len(step)]) == step:
        times = repeated(kinds, 0, len(step))
    at = times * len(step)
    rest = kinds[at:]
    if not times and not any(period for _, period, _ in runs(rest, *LOOP)):
        return []
    return [(at, len(step), times)] * bool(times) + runs(rest, *ALSO)


def steps_of(period: int) -> int:
    """The steps of a piece, where a step has so many values."""
    return 1 << max(0, (PIECE // period).bit_length() - 1)


def pieces(stretch: tuple[int, int, int], kinds: Sequence[Hashable]) -> list[int]:
    """The lengths of the pieces of a stretch that these ``kinds`` begin with; the rest of a loop in quarters, as few lengths need few plans, or one by one if
    a step has kernels of its own, which are as many either way."""
    length, period, times = stretch
    if not period:
        return [length]
    steps = steps_of(period)
    fewer = steps if any(map(is_heavy, kinds[:period])) else 4
    found: list[int] = []
    while times:
        found += [steps * period] * (times // steps)
        times, steps = times % steps, max(1, steps // fewer)
    return found


def is_heavy(kind: Any) -> bool:
    """Whether values of a kind, a record or its form with integers, are made by a kernel that does nothing else."""
    return kind[0].is_heavy if kind.__class__ is tuple else isinstance(kind, Record) and kind.work.__class__ is Heavy


def pattern(kinds: Sequence[Hashable]) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """All that `cut` asks of kinds: which of them are alike, and which are heavy. Batches of other sizes have the same one."""
    first: dict[Hashable, int] = {}
    return tuple([first.setdefault(kind, len(first)) for kind in kinds]), tuple(map(is_heavy, first))


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
    """Run the first values of a batch, which is what is pending, in pieces of these ``lengths``. What a later piece reads is kept until then, and
    freed behind it.

    A piece writes over what it reads only where that is changed in place: else there would be one plan for values that nobody else holds any
    more, and one for those that somebody does, which in a loop that is run backwards is a question of its length.
    """
    wanted = needed(batch)
    pieces, read, at = [], [], 0
    for length in lengths:
        pieces.append(batch[at : at + length])
        read.append(Part([v for v, is_needed in zip(pieces[-1], wanted[at:], strict=False) if is_needed], False))
        at += length
    pins = Pins(read)
    ahead = at
    try:
        for k, piece in enumerate(pieces):
            due = pins.release(k)
            changed = {id(x) for value in piece for x in changed_by(value)}
            kept = [x for x in due if id(x) not in changed]
            try:
                for x in kept:
                    x.kept += 1
                recorder.run_piece(piece, ahead)
            finally:
                for x in kept:
                    x.kept -= 1
            ahead -= len(piece)
            free(recorder, due, ahead)
    finally:
        pins.release_all()


def changed_by(value: Value) -> tuple[Value, ...]:
    """What the recorded value changes in place, if nobody else needs it."""
    work = value.record.like.work  # type: ignore[union-attr]  # of one that was cast, what differs in sizes alone
    return value.reads[:1] if isinstance(work, Write) or getattr(work, "inplace", False) else ()


def free(recorder: Recorder, values: list[Value], ahead: int) -> None:
    """Give back the memory of computed values that nobody needs; ``ahead`` pending values do not.

    Other threads may have recorded something that reads them, while they held them: so pins are read first.
    """
    done = [value for value in values if value.record is None and not value.is_wanted]
    read = {id(x) for value in (*recorder.pending[ahead:], *recorder.held) for x in value.reads}
    for value in done:
        if id(value) not in read:
            value.buffer = None
