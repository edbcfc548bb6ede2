"""Batches written as tapes: for each structure once, with holes for where memory lies and for numbers (`script.Script`)."""

from __future__ import annotations

import itertools
from array import array
from typing import TYPE_CHECKING, Any

from ..kernels import tape as kernels
from ..runtime.memory import ELSEWHERE
from .assembler import tables
from .script import Script
from .tape import PANEL
from .value import Staged

if TYPE_CHECKING:
    from .assembler import Code, Constants
    from .tiers import Machine
    from .value import Value

Needed = tuple["Value", list[tuple[int, int]], bool, int, int]
"""A value that a tape is to make: which results may have the memory of which read, whether it outlasts the batch (of several results,
all are given memory), its place in the batch, and the first slot of its results."""

NO_HEAD = (0,) * kernels.HEAD
_marks = itertools.count(2).__next__  # 1 would be the index of new values


def write(machine: Machine, order: list[Needed], copied: set[int]) -> tuple[Script, list[Any]] | None:
    """The tape of a batch's needed values, and what it reads; None where one lies outside the arena or was dropped, or there is no room.
    Notes in ``copied`` the places in the batch of those whose first read is copied.

    Meanwhile the ``place`` of a value is where it lies in the scratch, or says which hole its place goes into: -1, -3 ... those of
    inputs, -2, -4 ... those of memory that each run allocates.
    """
    script = Script()
    memory = _Memory(script)
    inputs: list[Any] = []
    words, holes = array("i", NO_HEAD), script.holes
    constants = machine.codes.constants
    numbers = constants.floats[:], constants.longs[:]
    top, limit = PANEL, machine.arena.scratch
    launch = machine.launch
    stages = launch is not None and launch.staging is not None
    met = -_marks()
    for value, replaced, is_wanted, at, slot in order:
        code = value.record.tape  # type: ignore[union-attr]
        reads, outs = value.reads, value.outs
        for read in reads:
            if read.index != met:
                if not (stages and read.__class__ is Staged) and _is_elsewhere(read):
                    return None
                inputs.append(read)
                read.place, read.index = 1 - 2 * len(inputs), met
        value.index = met
        takes_over = False
        if outs is not None:
            memory.hold_several(value, code.nbytes, slot, met, dict(replaced))
        elif replaced and memory.takes_over(value, reads[0], is_wanted, slot):
            takes_over = True
        elif is_wanted:
            memory.hold(value, code.nbytes[0], slot)
        elif top + code.room > limit:
            value.place = memory.new(code.nbytes[0])
        else:
            value.place = top
            top += code.room
        if code.copy is not None and not takes_over:
            copied.add(at)
            _append(words, holes, code.copy, value)
        if outs is None:  # `_append`, without a call
            base = len(words)
            words += code.sealed
            for word, k in code.reads:
                place = reads[k].place
                if place >= 0:
                    words[base + word] += place
                else:
                    holes.append((base + word, place))
            place = value.place
            for word, _ in code.outs:
                if place >= 0:
                    words[base + word] += place
                else:
                    holes.append((base + word, place))
        else:
            base = _append(words, holes, code, value)
        if code.temps:
            if top + code.scratch > limit:
                return None
            for word in code.temps:
                words[base + word] += top
        if code.numbers:
            _note_numbers(script, words, numbers, base, code, at)
        if code.faults:
            script.faults = True
    _seal(script, words, numbers, len(inputs), constants)
    return script, inputs


def _is_elsewhere(read: Value) -> bool:
    """Whether a computed value lies outside the arena, or was dropped: the plan says so."""
    memory = read.buffer
    return memory is None or memory.place == ELSEWHERE


def _append(words: array[int], holes: list[tuple[int, int]], code: Code, value: Value) -> int:
    """Instructions with their places filled in; where they begin."""
    base = len(words)
    words += code.sealed
    reads, outs = value.reads, value.outs
    for word, k in code.reads:
        place = reads[k].place
        if place >= 0:
            words[base + word] += place
        else:
            holes.append((base + word, place))
    for word, k in code.outs:
        place = value.place if outs is None else outs[k].place
        if place >= 0:
            words[base + word] += place
        else:
            holes.append((base + word, place))
    return base


def _note_numbers(script: Script, words: array[int], numbers: tuple[Any, Any], base: int, code: Code, at: int) -> None:
    """Places in the tables for the numbers of value ``at`` of the batch, one for each however often it is read."""
    known: dict[Any, int] = {}
    for word, k, is_long, narrow in code.numbers:
        place = known.get((k, is_long, narrow))
        if place is None:
            table = numbers[is_long]
            place = known[k, is_long, narrow] = len(table)
            table.append(0)
            (script.longs if is_long else script.floats).append((at, k, narrow))
        words[base + word] = place


class _Memory:
    """Which values have memory that may outlast the batch."""

    def __init__(self, script: Script) -> None:
        self._sizes, self._held, self._overwritten = script.sizes, script.held, script.overwritten
        self._kept: set[int] = set()  # ids of values

    def new(self, nbytes: int) -> int:
        """The place of memory that each run allocates."""
        self._sizes.append(nbytes)
        return -2 * len(self._sizes)

    def hold(self, value: Value, nbytes: int, slot: int) -> None:
        """Let a value have such memory."""
        value.place = self.new(nbytes)
        self._kept.add(id(value))
        self._held.append((slot, value.place))

    def hold_several(self, value: Value, sizes: tuple[int, ...], slot: int, met: int, replaced: dict[int, int]) -> None:
        """`hold` for the results of work that has several; some may have the memory of a read."""
        for k, (out, nbytes) in enumerate(zip(value.outs, sizes, strict=True)):  # type: ignore[arg-type]
            out.index = met
            if k not in replaced or not self.takes_over(out, value.reads[replaced[k]], True, slot + k):
                self.hold(out, nbytes, slot + k)

    def takes_over(self, value: Value, base: Value, is_wanted: bool, slot: int) -> bool:
        """Let a value have the memory of a read, which it changes; whether that can be: one that outlasts the batch needs
        memory that does too."""
        value.place = place = base.place
        if id(base) not in self._kept:
            if place >= 0 or not place & 1:
                return not is_wanted
            self._overwritten.append(-1 - place >> 1)  # an input
        self._kept.add(id(value))
        self._held.append((slot, place))
        return True


def _seal(script: Script, words: array[int], numbers: tuple[Any, Any], inputs: int, constants: Constants) -> None:
    """Put the end and the tables behind the words, and number the holes."""
    script.holes = [(word, _number(place, inputs)) for word, place in script.holes]
    script.held = [(slot, _number(place, inputs)) for slot, place in script.held]
    if len(words) == kernels.HEAD:
        return  # nobody needs any of it
    count, data = tables(*numbers)
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
