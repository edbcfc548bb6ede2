"""Batches written as tapes: for each structure once, with holes for where memory lies and for numbers (`script.Script`)."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Sequence
from itertools import compress
from operator import not_
from typing import TYPE_CHECKING, Any, NamedTuple

from ..kernels import tape as kernels
from .assembler import tables
from .script import Script, is_elsewhere, may_change
from .tape import PANEL
from .value import Staged, Value

if TYPE_CHECKING:
    from .assembler import Code, Constants
    from .script import Look
    from .tiers import Machine

NO_HEAD = (0,) * kernels.HEAD
_marks = itertools.count(2).__next__  # 1 would be the index of new values


class Order(NamedTuple):
    """What a tape is to make of a batch: the ``places`` of the values that are needed, all ``codes`` by place, and the first of the ``slots`` of
    each. ``replaced`` says by place which results may have the memory of which read. ``bases`` are inputs that nobody reads after what may change
    them, each with whether it may. ``cost`` is a guess in nanoseconds."""

    codes: Sequence[Any]
    places: Sequence[int]
    slots: Sequence[int]
    replaced: dict[int, list[tuple[int, int]]]
    bases: Sequence[tuple[Value, bool]]
    cost: int

    def weight(self, look: Look) -> int:
        """How many values are made, those that were joined counted apart: a plan would take that long."""
        return sum([look.records[at].weight for at in self.places])


def ordered(machine: Machine, look: Look, most: int) -> Order | None:
    """What is to be made of a batch; None where something has no instructions, or where all takes longer than a tape may, and than ``most``."""
    codes: list[Any] = [record.tape for record in look.records]
    cost = 0
    for code in codes:
        if not code or code.replaces:
            break
        cost += code.cost
    else:
        if look.slots is look.batch:
            unpinned = compress(map(id, look.batch), map(not_, look.pins))
            if {*map(id, look.reads)}.issuperset(unpinned):  # the common case: all are needed
                places = range(len(codes))
                return Order(codes, places, places, {}, (), cost)
    return _needed(machine, look, codes, most)


def _needed(machine: Machine, look: Look, codes: list[Any], most: int) -> Order | None:
    """`ordered` where some values may not be needed, have several results, or change what they read."""
    mark = _marks()
    cost = 0
    places: list[int] = []
    replaced: dict[int, list[tuple[int, int]]] = {}
    bases: list[tuple[Value, bool]] = []
    batch, pins = look.batch, look.pins
    whole = sum([record.weight for record in look.records])
    slots = list(itertools.accumulate([1 if v.outs is None else len(v.outs) for v in batch], initial=0))
    where: dict[int, int] = {}
    for at in range(len(batch) - 1, -1, -1):
        value, slot = batch[at], slots[at]
        outs = value.outs
        if outs is None:
            if pins[slot] <= 0 and value.mark != mark:
                continue
        elif not any(pins[slot : slots[at + 1]]) and not any(out.mark == mark for out in outs):
            continue
        code = codes[at]
        if code is None:
            code = codes[at] = machine.code_of(value.record)
        if code is False:
            return None
        cost += code.cost
        if cost > most and not machine.is_cheap(cost, whole):
            return None  # whatever the rest takes
        if code.replaces:
            where = where or {id(made): k for k, made in enumerate(look.slots)}
            found = _replaced(value, code, mark, where, pins, bases)
            if found:
                replaced[at] = found
            elif code.copy is not None:
                cost += code.copy.cost
        for read in value.reads:
            read.mark = mark
        places.append(at)
    places.reverse()
    return Order(codes, places, slots, replaced, bases, cost)


def _replaced(
    value: Value, code: Code, mark: int, where: dict[int, int], pins: list[int], bases: list[tuple[Value, bool]]
) -> list[tuple[int, int]]:
    """Which results may have the memory of which read; notes inputs of which that was asked in ``bases``."""
    found = []
    for out, k in code.replaces:
        base = value.reads[k]
        if base.mark == mark or value.reads.count(base) > 1:
            continue
        made_at = where.get(id(base))
        changes = may_change(base) if made_at is None else not pins[made_at]
        if made_at is None:
            bases.append((base, changes))
        if changes:
            found.append((out, k))
    return found


def write(machine: Machine, look: Look, order: Order, copied: set[int]) -> tuple[Script, list[Any]] | Value | None:
    """The tape of what is needed of a batch, and what it reads; or what of that lies outside the arena or was dropped; None where there is no room.
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
    batch, pins = look.batch, look.pins
    codes, slots, replaced = order.codes, order.slots, order.replaced
    for at in order.places:
        value, code, slot = batch[at], codes[at], slots[at]
        reads = value.reads
        for read in reads:
            if read.index != met:
                if not (stages and read.__class__ is Staged) and is_elsewhere(read):
                    return read
                inputs.append(read)
                read.place, read.index = 1 - 2 * len(inputs), met
        value.index = met
        if code.is_bare and not pins[slot] and value.outs is None and top + code.room <= limit:
            base = len(words)  # the common case, written out
            words += code.sealed
            for word, k in code.reads:
                place = reads[k].place
                if place >= 0:
                    words[base + word] += place
                else:
                    holes.append((base + word, place))
            for word, _ in code.outs:
                words[base + word] += top
            value.place = top
            top += code.room
            continue
        if value.outs is not None:
            memory.hold_several(value, code.nbytes, slot, met, dict(replaced.get(at, ())))
        elif at in replaced and memory.takes_over(value, reads[0], pins[slot] > 0, slot):
            pass
        elif pins[slot] > 0:
            memory.hold(value, code.nbytes[0], slot)
        elif top + code.room > limit:
            value.place = memory.new(code.nbytes[0])
        else:
            value.place = top
            top += code.room
        if code.copy is not None and value.place != reads[0].place:
            copied.add(at)
            _append(words, holes, code.copy, value)
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
