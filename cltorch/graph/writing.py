"""Batches written as tapes: for each structure once, with holes for where memory lies and for numbers (`script.Script`)."""

from __future__ import annotations

import itertools
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from ..kernels import tape as kernels
from ..runtime.memory import ELSEWHERE
from .assembler import tables
from .script import Look, Script
from .tape import PANEL
from .value import Staged

if TYPE_CHECKING:
    from .assembler import Code
    from .tiers import Machine
    from .value import Value

NO_HEAD = (0,) * kernels.HEAD
_marks = itertools.count(2).__next__  # 1 would be the index of new values


class Needed(NamedTuple):
    """A value that a tape is to make: whether it may change its first read in place, whether it outlasts the batch (of several
    results, all are given memory), its place in the batch, and the first slot of its results."""

    value: Value
    inplace: bool
    is_wanted: bool
    at: int
    slot: int


def write(
    machine: Machine, look: Look, order: list[Needed], bases: list[tuple[Value, bool]]
) -> tuple[Script, list[Any]] | None:
    """The tape of a batch's needed values, and what it reads; None where one lies outside the arena or was dropped, or there is no room."""
    work = _Writer(machine)
    for needed in order:
        if not work.add(needed):
            return None
    work.seal()
    work.script.note(look, work.inputs, bases)
    return work.script, work.inputs


class _Writer:
    """Writes one tape. While it does, the ``place`` of a value is where it lies in the scratch, or says which hole its place goes
    into: -1, -3 ... those of inputs, -2, -4 ... those of memory that each run allocates."""

    def __init__(self, machine: Machine) -> None:
        self.script = Script()
        self.inputs: list[Any] = []
        self._machine = machine
        self._words = array("i", NO_HEAD)
        self._top, self._limit = PANEL, machine.arena.scratch
        self._met = -_marks()
        self._kept: dict[int, int] = {}  # values whose memory may outlast the batch, by id, and its place
        constants = machine.codes.constants
        self._floats, self._longs = constants.floats[:], constants.longs[:]

    def add(self, needed: Needed) -> bool:
        """The instructions of a value; whether the tape can have them."""
        value, inplace, is_wanted, at, slot = needed
        code = value.record.tape  # type: ignore[union-attr]
        reads = value.reads
        met = self._met
        for read in reads:
            if read.index != met and not self._is_input(read):
                return False
        value.index = met
        if value.outs is not None:
            for k, (out, nbytes) in enumerate(zip(value.outs, code.nbytes, strict=True)):
                out.index = met
                self._hold(out, nbytes, slot + k)
        elif inplace and self._takes_over(value, reads[0], is_wanted, slot):
            pass
        elif is_wanted:
            self._hold(value, code.nbytes[0], slot)
            inplace = False
        else:
            inplace = False
            if self._top + code.room > self._limit:
                value.place = self._memory(code.nbytes[0])
            else:
                value.place = self._top
                self._top += code.room
        if code.copy is not None and not inplace:
            self._append(code.copy, value)
        if code.temps and self._top + code.scratch > self._limit:
            return False
        base = self._append(code, value)
        for word in code.temps:
            self._words[base + word] += self._top
        if code.numbers:
            self._note_numbers(base, code, at)
        self.script.faults |= code.faults
        return True

    def _is_input(self, read: Any) -> bool:
        """Note a value that the batch reads and does not make; whether the tape can read it, as far as is known now."""
        if read.__class__ is not Staged or self._machine.launch is None or self._machine.launch.staging is None:
            memory = read.buffer
            if memory is None or memory.place == ELSEWHERE:
                return False  # in the first case it was dropped: the plan says so
        read.place, read.index = -1 - 2 * len(self.inputs), self._met
        self.inputs.append(read)
        return True

    def _memory(self, nbytes: int) -> int:
        """New memory in each run; its place."""
        self.script.sizes.append(nbytes)
        return -2 * len(self.script.sizes)

    def _hold(self, value: Value, nbytes: int, slot: int) -> None:
        """Let a value have memory that outlasts the batch."""
        value.place = self._kept[id(value)] = self._memory(nbytes)
        self.script.held.append((slot, value.place))

    def _takes_over(self, value: Value, base: Value, is_wanted: bool, slot: int) -> bool:
        """Let a value have the memory of its first read, which it changes; whether that can be: one that outlasts the batch needs
        memory that does too."""
        place = base.place
        if place < 0 and place & 1 and id(base) not in self._kept:  # an input
            self.script.overwritten.append(-1 - place >> 1)
        elif id(base) not in self._kept:
            if is_wanted:
                return False
            value.place = place
            return True
        value.place = self._kept[id(value)] = place
        self.script.held.append((slot, place))
        return True

    def _append(self, code: Code, value: Value) -> int:
        """Instructions with their places filled in; where they begin."""
        words, holes = self._words, self.script.holes
        base = len(words)
        words += code.sealed
        reads = value.reads
        for at, k in code.reads:
            place = reads[k].place
            if place >= 0:
                words[base + at] += place
            else:
                holes.append((base + at, place))
        outs = value.outs
        for at, k in code.outs:
            place = value.place if outs is None else outs[k].place
            if place >= 0:
                words[base + at] += place
            else:
                holes.append((base + at, place))
        return base

    def _note_numbers(self, base: int, code: Code, at: int) -> None:
        """Places in the tables for the numbers of value ``at`` of the batch."""
        for word, k, is_long, narrow in code.numbers:
            table: Any = self._longs if is_long else self._floats
            self._words[base + word] = len(table)
            table.append(0)
            (self.script.longs if is_long else self.script.floats).append((at, k, narrow))

    def seal(self) -> None:
        """Put the end and the tables behind the words, and number the holes."""
        script, words, inputs = self.script, self._words, len(self.inputs)
        script.holes = [(at, _number(place, inputs)) for at, place in script.holes]
        script.held = [(slot, _number(place, inputs)) for slot, place in script.held]
        if len(words) == kernels.HEAD:
            return  # nobody needs any of it
        constants = self._machine.codes.constants
        count, data = tables(self._floats, self._longs)
        words.append(kernels.END)
        if len(words) & 1:
            words.append(kernels.END)
        words[0] = len(words)
        words[1] = words[0] + count
        script.floats_at = words[0] + len(constants.floats)
        script.longs_at = words[1] + 2 * len(constants.longs)
        words.frombytes(data)
        script.words = words


def _number(place: int, inputs: int) -> int:
    """Which hole a place stands for, of inputs and then of memory."""
    return -1 - place >> 1 if place & 1 else inputs + (-2 - place >> 1)
