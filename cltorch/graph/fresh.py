"""Few values whose numbers are waited for, of a structure that has not come before: written, launched and waited for in one go.

A notebook's cell comes once. Then nothing that is known of its structure is worth finding out, and each function that is called once in a flush takes twice
what it takes in a loop, as no cache of the processor has it. So there is one function here from the records to the words. What it writes is
what `writing` writes, word by word; what that has cases for which are rare here (results in place of what they read, work with several results) goes the usual way.
As in `ready`, everything stays pending until its results are there.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from ..kernels.tape import END
from ..runtime.memory import ELSEWHERE
from .assembler import narrowed, tables
from .failures import FAILURES
from .ready import Waiting
from .script import place_of, wrapped
from .tape import PANEL
from .value import Value
from .writing import NO_HEAD

if TYPE_CHECKING:
    from ..runtime.staging import Staging
    from .tiers import Machine

MOST = 48  # values


class Fresh(Waiting):
    """Computes what comes for the first time, on one device."""

    __slots__ = ("_machine",)

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine.device)
        self._machine = machine

    def run(self, batch: list[Value], pending: list[Value]) -> bool:
        """Compute all that is pending; False, and nothing has changed, where that has to go its usual way."""
        machine = self._machine
        launch: Any = machine.launch
        if launch.staging is None:
            return False
        codes: list[Any] = []
        cost = 0
        for value in batch:
            record: Any = value.record
            code = record.tape
            if code is None:
                code = machine.code_of(record)
            if not code or code.replaces or value.outs is not None:
                return False
            codes.append(code)
            cost += code.cost
        if not machine.is_cheap(cost, len(batch)):
            return False
        if self._memory:
            self._wait()
        made: list[tuple[Value, Any]] = []
        try:
            words = self._written(batch, codes, launch.staging, made)
        except (*FAILURES, OverflowError):
            return False  # it will be met again
        steps = None if words is None else launch.once(words)
        if steps is None or len(pending) > len(batch):  # another thread may read what nobody held
            return False
        if not self._is_run(steps, made):
            return False
        for value, memory in made:
            value.buffer = memory
        return True

    def _written(
        self, batch: list[Value], codes: list[Any], staging: Staging, made: list[tuple[Value, Any]]
    ) -> array[int] | None:
        """The words of a tape; None where something that it reads is out of reach, that nobody needs is made, or there is no room. Notes in
        ``made`` what gets memory."""
        machine, device = self._machine, self._device
        constants = machine.codes.constants
        floats, longs, words = constants.floats[:], constants.longs[:], array("i", NO_HEAD)
        top, limit = PANEL, machine.arena.scratch
        places: dict[Value, int] = {}
        unread: set[Value] = set()
        staging.begin()
        for value, code in zip(batch, codes, strict=True):
            base = len(words)
            words += code.sealed
            reads = value.reads
            for word, k in code.reads:
                read = reads[k]
                place = places.get(read)
                if place is None:
                    place = read.buffer.place if read.__class__ is Value and read.buffer else place_of(read, staging)
                    if place == ELSEWHERE:
                        return None
                    places[read] = place
                words[base + word] += place
            unread.difference_update(reads)
            if value.pins > 0:
                memory = device.allocate(code.nbytes[0])
                place = memory.place
                if place == ELSEWHERE:
                    return None
                made.append((value, memory))
            else:
                place = top
                top += code.room
                unread.add(value)
            places[value] = place
            for word, _ in code.outs:
                words[base + word] += place
            if code.temps:
                for word in code.temps:
                    words[base + word] += top
                if top + code.scratch > limit:
                    return None
            for word, k, is_long, narrow in code.numbers:
                number = value.numbers[k] if narrow is None else narrowed(value.numbers[k], narrow)
                if is_long:
                    words[base + word] = len(longs)
                    longs.append(wrapped(number))
                else:
                    words[base + word] = len(floats)
                    floats.append(number)
            if code.faults:
                device.fault_armed = True
        if unread or top > limit:
            return None
        count, data = tables(floats, longs)
        words.append(END)
        if len(words) & 1:
            words.append(END)
        words[0] = len(words)
        words[1] = words[0] + count
        words.frombytes(data)
        return words
