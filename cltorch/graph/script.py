"""Tapes of structures that come again: they are filled in, not written anew. And a tape on its way to the device.

What is on a tape depends on the batch's records, on which values are read where, and on what somebody holds; where memory lies and
the numbers of the call are filled in for each run. So a known structure is looked through in a few calls into C.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from operator import itemgetter
from struct import pack_into
from typing import TYPE_CHECKING, Any

from ..errors import from_driver
from ..runtime.launch import RUN, DriverError
from ..runtime.memory import ELSEWHERE
from ..runtime.transit import Pace
from .assembler import narrowed
from .value import Staged, Value

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..runtime.device import Device
    from ..runtime.launch import TapeLaunch
    from ..runtime.memory import Buffer
    from ..runtime.staging import Staging
    from .chain import Chain
    from .ready import Ready

_new = object.__new__
Number = tuple[int, int, "DType | None"]
NO_WORDS = array("i")


class Look:
    """How a batch looks: its ``records``, its results by ``slots``, all that it ``reads`` in order, and what pins each slot, asked once
    since other threads may let go of values meanwhile. ``in_parts``: the batch is a part of another."""

    __slots__ = ("batch", "pins", "reads", "records", "slots")

    records: tuple[Any, ...]

    def __init__(self, batch: list[Value], in_parts: bool) -> None:
        self.batch = batch
        if len(batch) == 1 and not in_parts:
            value: Any = batch[0]
            self.records = (value.record,)
            self.reads = [*value.reads]
            self.slots = batch if value.outs is None else [*value.outs]
            self.pins = [slot.pins for slot in self.slots]
            return
        self.records = tuple([value.record for value in batch])  # in half of the time of `map` with `attrgetter`
        self.reads = reads = []
        for value in batch:
            reads += value.reads
        self.slots = batch
        outs = [value.outs for value in batch]
        if any(outs):
            self.slots = []
            for value in batch:
                self.slots += (value,) if value.outs is None else value.outs
        self.pins = [slot.pins for slot in self.slots]
        if in_parts:
            self.pins = [pins + value.kept for pins, value in zip(self.pins, self.slots, strict=True)]


class Script:
    """The tape of one structure, but for the places of what it reads and of the memory that it needs, and numbers.

    ``holes`` are words that a place is added to, and which: those of the inputs come first, then those of memory. So are ``held``: slots, and
    the memory that they get. ``floats`` and ``longs`` are numbers: value of the batch, which of its numbers, what it is cut to.
    """

    __slots__ = (
        "_again",
        "_bases",
        "_first",
        "_later",
        "_made",
        "_makers",
        "_pins",
        "_wanted",
        "chain",
        "cost",
        "count",
        "faults",
        "floats",
        "floats_at",
        "held",
        "holes",
        "is_cheap",
        "is_outside",
        "longs",
        "longs_at",
        "overwritten",
        "pace",
        "ready",
        "refuses",
        "sizes",
        "words",
    )

    def __init__(self) -> None:
        self.words = NO_WORDS
        self.sizes: list[int] = []  # bytes of each piece of memory that a run allocates
        self.holes: list[tuple[int, int]] = []
        self.held: list[tuple[int, int]] = []
        self.overwritten: list[int] = []  # inputs that have no numbers afterwards
        self.floats: list[Number] = []
        self.longs: list[Number] = []
        self.floats_at = self.longs_at = 0  # the words where these begin
        self.faults = False
        self.count: int | None = None  # of reads of the batches that it holds for
        self.cost = 0
        self.pace = Pace(0.0)
        self.is_cheap = True  # whether it is likely to be faster than a plan
        self.refuses = False  # whether there is no tape, as a plan is better
        self.is_outside = False  # whether that is so because what it reads lies outside the arena
        self.ready: Ready | None = None  # its words, where they stay, once somebody has waited for such a batch
        self.chain: Chain | None = None  # what the parts of such a batch are then, once they are known

    def guess(self, cost: int, is_cheap: bool) -> None:
        """Note the nanoseconds that it is likely to take, and whether a plan takes longer."""
        self.cost, self.is_cheap = cost, is_cheap
        self.pace = Pace(cost * 1e-9)

    def note(self, look: Look, inputs: Sequence[Any], bases: Sequence[tuple[Value, bool]]) -> None:
        """Note which batches it holds for: those that look so, where of inputs that may be changed in place (``bases``) the same ones
        are."""
        where = {id(value): k for k, value in enumerate(look.slots)}
        first: dict[int, int] = {}
        made, makers, later, again = [], [], [], []
        for at, read in enumerate(look.reads):
            slot = where.get(id(read))
            if slot is not None:
                made.append(at)
                makers.append(slot)
            elif first.setdefault(id(read), at) != at:
                later.append(at)
                again.append(first[id(read)])
        self.count = len(look.reads)
        self._made, self._makers, self._later, self._again = map(picker, (made, makers, later, again))
        self._first = picker([first[id(value)] for value in inputs]) or list_of_none
        self._pins, self._wanted = look.pins, [pins > 0 for pins in look.pins]
        numbers = {id(value): k for k, value in enumerate(inputs)}
        self._bases = [(numbers[id(value)], changed) for value, changed in bases]

    @property
    def is_single(self) -> bool:
        """Whether it makes one value, which somebody holds, and reads what that reads, in that order."""
        return self._wanted == [True] and not (self._makers or self._later or self._bases)

    def resized(self, words: array[int], sizes: list[int]) -> Script:
        """The script of batches that look so too, but whose records differ in sizes."""
        script: Script = _new(Script)
        script.holes, script.held, script.overwritten = self.holes, self.held, self.overwritten
        script.floats, script.longs, script.floats_at, script.longs_at = (
            self.floats,
            self.longs,
            self.floats_at,
            self.longs_at,
        )
        script.faults, script.count, script.refuses, script.chain = self.faults, self.count, self.refuses, None
        script.is_outside, script.ready = self.is_outside, None
        script._made, script._makers, script._later, script._again = self._made, self._makers, self._later, self._again
        script._first, script._pins, script._wanted, script._bases = self._first, self._pins, self._wanted, self._bases
        script.words, script.sizes = words, sizes
        return script

    def inputs(self, look: Look) -> Sequence[Any] | None:
        """What it reads, of a batch of the same records; None if it does not hold for this one."""
        reads = look.reads
        if (
            (look.pins != self._pins and [pins > 0 for pins in look.pins] != self._wanted)
            or len(reads) != self.count
            or (self._makers and self._made(reads) != self._makers(look.slots))
            or (self._later and self._later(reads) != self._again(reads))
        ):
            return None
        inputs: Sequence[Any] = self._first(reads)
        for k, changed in self._bases:
            if may_change(inputs[k]) != changed:
                return None
        if self.overwritten and len(set(inputs)) < len(inputs):
            return None
        return None if self.is_outside and not is_elsewhere(inputs[0]) else inputs

    def run(
        self, device: Device, launch: TapeLaunch | None, look: Look, inputs: Sequence[Any], is_awaited: bool
    ) -> TapeRun | None:
        """A run of it for a batch, whose results somebody waits for if it ``is_awaited``; None where the tape cannot reach something, or something
        was dropped."""
        staging = None if launch is None else launch.staging
        if staging is not None:
            staging.begin()
        memory: list[Any] = [*map(device.allocate, self.sizes)]
        places = [
            value.buffer.place if value.__class__ is Value and value.buffer is not None else place_of(value, staging)
            for value in inputs
        ]
        places += [piece.place for piece in memory]
        if ELSEWHERE in places:
            return None
        slots, count = look.slots, len(inputs)
        if not self.overwritten:
            held = [(slots[slot], memory[k - count]) for slot, k in self.held]
        else:
            held = [(slots[slot], memory[k - count] if k >= count else inputs[k].buffer) for slot, k in self.held]
        tape = _new(TapeRun)
        tape.device, tape.script, tape.inputs, tape.batch = device, self, inputs, look.batch
        tape.slots, tape.error, tape.launches, tape.is_done, tape.steps = slots, None, 0, False, ()
        tape._memory, tape._held, tape._done = memory, held, []
        if self.words and launch is not None:
            steps = launch.run(self._filled(places, look.batch), is_awaited)
            if steps is None:
                return None
            tape.launches, (tape.steps, tape.is_done) = 1, steps
        return tape

    def _filled(self, places: list[int], batch: list[Value]) -> array[int]:
        """The words with places and numbers."""
        words = self.words[:]
        for at, k in self.holes:
            words[at] += places[k]
        if self.floats or self.longs:
            fill_numbers(words, batch, self.floats, self.floats_at, self.longs, self.longs_at)
        return words


def fill_numbers(
    words: array[int] | memoryview[int],
    batch: list[Value],
    floats: list[Number],
    floats_at: int,
    longs: list[Number],
    longs_at: int,
) -> None:
    """Put the numbers of a batch into the words of its tape."""
    if floats:
        made = [
            batch[at].numbers[k] if narrow is None else narrowed(batch[at].numbers[k], narrow)
            for at, k, narrow in floats
        ]
        pack_into(f"{len(made)}f", words, 4 * floats_at, *made)
    if longs:
        wide = [wrapped(narrowed(batch[at].numbers[k], narrow)) for at, k, narrow in longs]
        pack_into(f"{len(wide)}q", words, 4 * longs_at, *wide)


def picker(places: list[int]) -> Any:
    """What gives the elements of a list at these places; None for none."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1)) if places else None


def list_of_none(reads: list[Any]) -> list[Any]:
    """What nothing picks."""
    return []


def may_change(value: Value) -> bool:
    """Whether a computed value may be changed in place, if nobody reads it later."""
    return value.__class__ is Value and not value.is_wanted


def is_elsewhere(read: Value) -> bool:
    """Whether a computed value lies outside the arena, or was dropped: the plan says so."""
    memory = read.buffer
    return memory is None or memory.place == ELSEWHERE


def wrapped(number: float) -> int:
    """A number as 64 bits with a sign."""
    whole = int(number) & 0xFFFFFFFFFFFFFFFF
    return whole - (1 << 64) if whole >> 63 else whole


def place_of(read: Any, staging: Staging | None) -> int:
    """Where the numbers of a computed value are to be read: in its memory; or, if the host still has them and shares the arena, in a
    copy. `ELSEWHERE` where the tape cannot read them, or they were dropped."""
    if read.__class__ is Staged and staging is not None:
        host = read.host
        place = None if host is None else staging.put(host.tobytes())  # they stay with the host
        if place is not None:
            return place
    memory = read.buffer
    return ELSEWHERE if memory is None else memory.place  # dropped: the plan says so


class TapeRun:
    """One batch on the tape; like a `run.Run`, it can be gone on with after any exception."""

    __slots__ = (
        "_done",
        "_held",
        "_memory",
        "batch",
        "device",
        "error",
        "inputs",
        "is_done",
        "launches",
        "script",
        "slots",
        "steps",
    )

    device: Device
    script: Script
    inputs: Sequence[Any]
    batch: list[Value]
    slots: list[Value]
    error: Exception | None
    launches: int  # kernels
    is_done: bool  # whether it is when its steps are
    steps: Sequence[Any]
    _memory: list[Buffer]  # that the tape uses
    _held: list[tuple[Value, Buffer]]
    _done: list[Any]

    def launch(self) -> None:
        """Launch it, if that has not been done. A refusal is met once more when the queue is empty; then it spoils the batch."""
        done, steps = self._done, self.steps
        if self.script.faults:
            self.device.fault_armed = True
        refused = False
        while self.error is None:
            try:
                if len(done) < len(steps):
                    done.clear()
                    done.extend(map(RUN, steps))
                if self.is_done:  # also when it is gone on with: an exception may have come in front of this
                    done[-1].wait()
                break
            except DriverError as error:
                if refused:
                    self.error = from_driver(error, self.device.name)
                    break
                refused = True
                try:
                    self.device.queue.finish()
                except DriverError:
                    self.device.transit.forget()
        if not self.is_done:
            self.device.transit.note(done, self.script.pace)

    def settle(self) -> None:
        """Hand the results to the pinned values; all values forget how they were made."""
        error = self.error
        for value, buffer in self._held:
            if error is None:
                value.buffer = buffer
            else:
                value.error = error
        for k in self.script.overwritten:
            self.inputs[k].buffer = None
        for value in self.batch:
            value.record = None
            value.reads = ()
