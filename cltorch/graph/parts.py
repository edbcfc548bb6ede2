"""Batches in parts: small values on the tape, the others as *ops*, each by a plan of its own.

The kernel of an op knows neither sizes nor what is around it, so it is built once per op, dtypes and kind of access, and serves every
structure. A batch is cut where the way changes: what lies between two ops is one launch of the tape. What a later part reads is pinned
until that part has its turn, so that nothing writes over it.

A program that is run twice gives the same numbers. So batches with few ops go in parts every time (`ALWAYS`), and others only while their
structure is new (`FIRST`), if a plan adds up nothing in another order; else they have a plan from the start (`NEVER`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..config import config
from ..runtime.memory import ELSEWHERE
from .script import Look
from .value import Heavy, Reduction, Staged, Value, results

if TYPE_CHECKING:
    from .record import Recorder
    from .run import Run
    from .script import TapeRun
    from .tiers import Machine

DEAR = 50_000  # nanoseconds on the tape above which a value has a launch of its own
LINKED = 4  # times that a batch comes part by part until it is a `chain.Chain`, and after which that is made anew where it holds no longer
FEW = 8  # values for each op that a batch may have in parts every time
ALWAYS, FIRST, NEVER = "always", "first", "never"
READS = attrgetter("reads")


class Part(NamedTuple):
    """Neighbours of a batch that go one way; an op is one needed value."""

    values: list[Value]
    is_op: bool


def needed(batch: list[Value]) -> list[bool]:
    """Of each value: whether somebody holds it, or one that is needed reads it."""
    found = [False] * len(batch)
    read: set[int] = set()
    for k in range(len(batch) - 1, -1, -1):
        value = batch[k]
        if any(out.pins or id(out) in read for out in results(value)):
            found[k] = True
            read.update(map(id, value.reads))
    return found


def cut(machine: Machine, batch: list[Value], exact: bool = False) -> list[Part]:
    """The parts of a batch, in order. What nobody needs is on the tape, which leaves it out. ``exact``: the tape gets nothing that
    it adds up in another order than a plan."""
    parts: list[Part] = []
    for value, is_op in zip(batch, ops(machine, batch, needed(batch), exact), strict=True):
        if is_op or not parts or parts[-1].is_op:
            parts.append(Part([value], is_op))
        else:
            parts[-1].values.append(value)
    return parts


def ops(machine: Machine, batch: list[Value], wanted: list[bool], exact: bool = False) -> Iterator[bool]:
    """Of each value of a batch, of which these are ``wanted``: whether it is an op. See `cut`."""
    outside: set[int] = set()  # results of the batch that no tape can address
    for value, is_needed in zip(batch, wanted, strict=True):
        yield is_needed and not (config.tier != "op" and fits(machine, value, outside) and not (exact and adds(value)))
        if is_needed and nbytes_of(value) > machine.arena.largest:
            outside.update(map(id, results(value)))


def choose(machine: Machine, batch: list[Value]) -> tuple[str, Cut | None]:
    """When a batch goes in parts, a question of its structure alone; and where it is cut, if that is every time."""
    wanted = needed(batch)
    made: list[Any] = [value.record for value, is_needed in zip(batch, wanted, strict=True) if is_needed]
    count = sum([record.weight for record in made])
    inexact = any(adds(value) and not isinstance(value.record.like.work, Heavy) for value in batch)  # type: ignore[union-attr]
    if inexact:
        most = count // FEW
        if next(islice(filter(None, ops(machine, batch, wanted)), most, None), False):
            return NEVER, None  # instructions of the rest need not be found: that takes most of the time for a new size
    parts = cut(machine, batch)
    cost = sum(value.record.tape.cost for part in parts if not part.is_op for value in part.values if value.record.tape)  # type: ignore[union-attr]
    if sum(part.is_op for part in parts) * FEW <= count and machine.is_cheap(cost, count):
        return ALWAYS, Cut(parts)
    return (NEVER if inexact else FIRST), None


def adds(value: Value) -> bool:
    """Whether the result depends on the order in which things are added or multiplied: of sums, and of products of matrices."""
    record: Any = value.record
    work = record.like.work  # of the same kind
    if not any(meta.dtype.is_floating_point or meta.dtype.is_complex for meta in record.metas):
        return False
    return isinstance(work, Heavy) or (isinstance(work, Reduction) and work.kind in ("sum", "prod"))


def nbytes_of(value: Value) -> int:
    """Bytes of the largest result of a recorded value."""
    metas = value.record.metas  # type: ignore[union-attr]
    return max(meta.view.numel * meta.dtype.itemsize for meta in metas)


def fits(machine: Machine, value: Value, outside: set[int]) -> bool:
    """Whether a value can be computed on the tape, and is cheap enough there."""
    record: Any = value.record
    code: Any = machine.code_of(record) if record.tape is None else record.tape
    if code is False or (code.cost > DEAR * record.weight and config.tier != "tape"):
        return False
    for read in value.reads:
        memory = None if read.__class__ is Staged else read.buffer
        if (memory is not None and memory.place == ELSEWHERE) or id(read) in outside:
            return False
    return True


class Cut:
    """Where batches of one structure are cut."""

    def __init__(self, parts: list[Part]) -> None:
        self.times = 0  # that a batch was cut so
        self._lengths = [(len(part.values), part.is_op) for part in parts]
        last: dict[int, tuple[int, int]] = {}
        at = itertools.count()
        for k, part in enumerate(parts):
            for read in reads_of(part.values):
                last[id(read)] = next(at), k
        self.due: list[list[int]] = [[] for _ in parts]
        """Of each part: which of all that the batch reads, in order, no later part reads."""
        for place, k in last.values():
            self.due[k].append(place)

    def parts(self, batch: list[Value]) -> list[Part]:
        """The parts of a batch."""
        values = iter(batch)
        return [Part(list(itertools.islice(values, length)), is_op) for length, is_op in self._lengths]


def reads_of(values: Iterable[Value]) -> Iterable[Value]:
    """What values read, in order."""
    return itertools.chain.from_iterable(map(READS, values))


class Pins:
    """Keeps what the parts of a batch read, each until the last part that reads it begins.

    These are not pins: another thread may count those up or down at the same moment, and a count would be lost.
    """

    def __init__(self, parts: list[Part], known: Cut | None = None) -> None:
        due = (known or Cut(parts)).due
        reads = list(itertools.chain.from_iterable([reads_of(part.values) for part in parts]))
        self._due = [[reads[place] for place in places] for places in due]
        for read in itertools.chain.from_iterable(self._due):
            read.kept += 1

    def release(self, k: int) -> list[Value]:
        """Part ``k`` begins; returns what was kept for it."""
        due, released = self._due[k], []
        while due:
            released.append(due.pop())
            released[-1].kept -= 1
        return released

    def release_all(self) -> None:
        """No part is to come."""
        for k in range(len(self._due)):
            self.release(k)


def run(recorder: Recorder, machine: Machine, batch: list[Value], known: Cut | None) -> None:
    """Run a batch, which is what is pending, part by part, cut where it is ``known`` to be; else so that nothing is added up in another
    order than by a plan, see `cut`."""
    if known is None:
        _run(recorder, cut(machine, batch, exact=True), len(batch))
        return
    known.times += 1
    look = Look(batch, False) if known.times % LINKED == 0 else None
    pins = [read.pins for read in look.reads] if look is not None else ()
    runs = _run(recorder, known.parts(batch), len(batch), known)
    if look is not None:
        machine.link(look, pins, runs)


def _run(recorder: Recorder, parts: list[Part], ahead: int, known: Cut | None = None) -> list[Run | TapeRun | None]:
    """Run parts; ``ahead`` pending values belong to their batch. Returns their runs, None for what went otherwise."""
    runs: list[Run | TapeRun | None] = []
    pins = Pins(parts, known)
    try:
        for k, part in enumerate(parts):
            pins.release(k)
            if part.is_op:
                runs.append(recorder.run_piece(part.values, ahead))
            else:
                runs.append(recorder.run_tape(part.values, ahead))
                if runs[-1] is None:  # no room in the arena, or other threads look on
                    _run(recorder, [Part([value], True) for value in part.values], ahead)
            ahead -= len(part.values)
    finally:
        pins.release_all()
    return runs
