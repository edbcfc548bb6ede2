"""Batches written as tapes, and a tape on its way to the device."""

from __future__ import annotations

import itertools
from array import array
from typing import TYPE_CHECKING, Any

from ..errors import from_driver
from ..kernels import tape as kernels
from ..runtime.launch import RUN, DriverError
from ..runtime.memory import ELSEWHERE
from ..runtime.transit import Pace
from .assembler import Code, Constants, narrowed, tables
from .tape import PANEL
from .value import Staged, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..runtime.device import Device
    from ..runtime.memory import Buffer
    from ..runtime.staging import Staging
    from .tiers import Machine

NO_HEAD = (0,) * kernels.HEAD
_marks = itertools.count(2).__next__  # 1 would be the index of new values


def write(machine: Machine, batch: list[Value], order: list[tuple[Value, bool]], cost: int) -> TapeRun | None:
    """The tape of a batch; None where a value lies outside the arena or was dropped."""
    launch = machine.launch
    staging = launch.staging if launch is not None else None
    if staging is not None:
        staging.begin()
    tape = TapeRun(machine.device, batch, cost)
    words = array("i", NO_HEAD)
    numbers: Numbers | None = None
    top, limit = PANEL, machine.arena.scratch
    met = -_marks()
    order.reverse()
    for value, inplace in order:
        code = value.record.tape  # type: ignore[union-attr]
        reads = value.reads
        for read in reads:
            if read.index != met and place_of(read, met, staging) == ELSEWHERE:
                return None
        value.index = met
        place = ELSEWHERE
        if value.outs is not None:
            if not tape.hold_several(value.outs, code.nbytes, met):
                return None
        elif not inplace or not tape.take_over(value, reads[0].place):
            inplace = False
            if value.pins > 0 or value.kept > 0:  # asked once: other threads may let go of it meanwhile
                place = tape.hold(value, code.nbytes[0])
            elif top + code.room > limit:
                place = tape.borrow(code.nbytes[0])
            else:
                place = top
                top += code.room
            if place == ELSEWHERE:
                return None
            value.place = place
        if code.copy is not None and not inplace:
            _append(words, code.copy, reads, value.place)
        base = len(words)
        words += code.sealed
        for at, k in code.reads:
            words[base + at] += reads[k].place
        if value.outs is None:
            place = value.place
            for at, _ in code.outs:
                words[base + at] += place
        else:
            for at, k in code.outs:
                words[base + at] += value.outs[k].place
        if code.temps:
            if top + code.scratch > limit:
                return None
            for at in code.temps:
                words[base + at] += top
        if code.numbers:
            if numbers is None:
                numbers = Numbers(machine.codes.constants)
            numbers.add(words, base, code, value.numbers)
        if code.faults:
            tape.faults = True
    if len(words) > kernels.HEAD:
        steps = launch.run(_finished(words, machine.codes.constants.alone() if numbers is None else numbers.tables()))  # type: ignore[union-attr]
        if steps is None:
            return None
        tape.steps, tape.launches = steps, 1
    return tape


def place_of(read: Any, met: int, staging: Staging | None) -> int:
    """Where the numbers of a computed value are to be read, noted for later reads: in its memory; or, if the host still has
    them and shares the arena, in a copy. `ELSEWHERE` where the tape cannot read them, or they were dropped."""
    place = None
    if read.__class__ is Staged and staging is not None:
        host = read.host
        place = None if host is None else staging.put(host.tobytes())  # they stay with the host
    if place is None:
        memory = read.buffer
        if memory is None:
            return ELSEWHERE  # dropped: the plan says so
        place = memory.place
    read.place, read.index = place, met
    return place


def _append(words: array[int], code: Code, reads: tuple[Value, ...], place: int) -> None:
    """The instructions that copy a value before it is changed."""
    base = len(words)
    words += code.sealed
    for at, k in code.reads:
        words[base + at] += reads[k].place
    for at, _ in code.outs:
        words[base + at] += place


class Numbers:
    """The tables behind a tape's words: the constants, and the numbers of its values."""

    __slots__ = ("_floats", "_longs")

    def __init__(self, constants: Constants) -> None:
        self._floats, self._longs = constants.floats[:], constants.longs[:]

    def add(self, words: array[int], base: int, code: Code, numbers: tuple[Any, ...]) -> None:
        """The numbers of a value whose instructions begin at word ``base``."""
        for at, k, is_long, narrow in code.numbers:
            number = numbers[k] if narrow is None else narrowed(numbers[k], narrow)
            if is_long:
                words[base + at] = len(self._longs)
                self._longs.append(_wrapped(number))
            else:
                words[base + at] = len(self._floats)
                self._floats.append(number)

    def tables(self) -> tuple[int, bytes]:
        """See `tape.tables`."""
        return tables(self._floats, self._longs)


def _finished(words: array[int], behind: tuple[int, bytes]) -> array[int]:
    """The whole of a tape: its words, whose head is filled in, and the tables."""
    count, data = behind
    words.append(kernels.END)
    if len(words) & 1:
        words.append(kernels.END)
    words[0] = len(words)
    words[1] = words[0] + count
    words.frombytes(data)
    return words


def _wrapped(number: float) -> int:
    """A number as 64 bits with a sign."""
    whole = int(number) & 0xFFFFFFFFFFFFFFFF
    return whole - (1 << 64) if whole >> 63 else whole


class TapeRun:
    """One batch on the tape; like a `run.Run`, it can be gone on with after any exception. Made while the tape is written."""

    __slots__ = (
        "_cost",
        "_done",
        "_overwritten",
        "_owner",
        "_scratch",
        "batch",
        "device",
        "error",
        "faults",
        "held",
        "launches",
        "steps",
    )

    def __init__(self, device: Device, batch: list[Value], cost: int) -> None:
        self.device = device
        self.batch = batch
        self.held: list[tuple[Value, Buffer]] = []
        self.error: Exception | None = None
        self.faults = False
        self.launches = 0  # kernels
        self.steps: Sequence[Any] = ()
        self._done: list[Any] = []
        self._scratch: list[Buffer] = []
        self._overwritten: list[Value] = []
        self._owner: dict[int, Buffer] | None = None  # of values that took over the memory of what they change
        self._cost = cost

    def hold(self, value: Value, nbytes: int) -> int:
        """The place of new memory for a result that somebody wants."""
        buffer = self.device.allocate(nbytes)
        self.held.append((value, buffer))
        return buffer.place

    def borrow(self, nbytes: int) -> int:
        """The place of memory that the batch alone needs."""
        buffer = self.device.allocate(nbytes)
        self._scratch.append(buffer)
        return buffer.place

    def hold_several(self, outs: tuple[Value, ...], sizes: tuple[int, ...], met: int) -> bool:
        """New memory for the results of work that has several; whether the tape reaches all of it."""
        for out, nbytes in zip(outs, sizes, strict=True):
            out.place = self.hold(out, nbytes)
            out.index = met
            if out.place == ELSEWHERE:
                return False
        return True

    def take_over(self, value: Value, place: int) -> bool:
        """Let a value have the memory of its first read, which it changes; whether that can be: somebody who wants the value
        needs memory that outlasts the batch."""
        base = value.reads[0]
        if self._owner is None:
            self._owner = {}
        memory = base.buffer or self._owner.get(id(base))
        if memory is not None:
            if base.buffer is not None:
                self._overwritten.append(base)
            self._owner[id(value)] = memory
            self.held.append((value, memory))
        elif value.is_wanted:
            return False
        value.place = place
        return True

    def launch(self) -> None:
        """Launch it, if that has not been done. A refusal is met once more when the queue is empty; then it spoils the batch."""
        done, steps = self._done, self.steps
        if self.faults:
            self.device.fault_armed = True
        refused = False
        while len(done) < len(steps) and self.error is None:
            done.clear()
            try:
                done.extend(map(RUN, steps))
            except DriverError as error:
                if refused:
                    self.error = from_driver(error, self.device.name)
                    break
                refused = True
                try:
                    self.device.queue.finish()
                except DriverError:
                    self.device.transit.forget()
        self.device.transit.note(done, Pace(self._cost * 1e-9))

    def settle(self) -> None:
        """Hand the results to the pinned values; all values forget how they were made."""
        error = self.error
        for value, buffer in self.held:
            if error is None:
                value.buffer = buffer
            else:
                value.error = error
        for value in self._overwritten:
            value.buffer = None
        for value in self.batch:
            value.record = None
            value.reads = ()
