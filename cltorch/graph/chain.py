"""Batches in parts whose structure came before: all their tapes and ops are one run, prepared once.

Part by part, each is looked at, looked up, given memory and handed over by itself: 25 us a part, though where a batch is cut and what each part
does are questions of its structure alone. A `Chain` is made from the runs of a batch's parts and holds for batches that look the
same: it has all their tapes in one array of words, and knows where the ops find what they read and write. It launches what they did.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import from_driver
from ..runtime.launch import STEPS, DriverError, Step
from ..runtime.memory import ELSEWHERE, SMALLEST
from ..runtime.transit import Pace
from .run import Run
from .schedule import Place, share
from .script import Number, fill_numbers, list_of_none, picker, place_of
from .value import Staged, Value, Window, results

if TYPE_CHECKING:
    from ..runtime.launch import TapeLaunch
    from ..runtime.memory import Buffer
    from .plan import Plan
    from .script import Look, TapeRun

ALIGNED = SMALLEST // 4  # words: where a tape may begin
CLASS, PINS = map(attrgetter, ("__class__", "pins"))


class Op(NamedTuple):
    """A part that is an op, value ``at`` of the batch; ``pick`` gives the memory of its plan out of the chain's."""

    plan: Plan
    pick: Any
    at: int


class Chain:
    """The parts of batches of one structure. Its places are those of what the batch reads, then those of memory that each run allocates.

    To `run.Run` it is what a plan is.
    """

    def __init__(self, look: Look, pins: Sequence[int], runs: Sequence[Run | TapeRun]) -> None:
        """``pins`` are those of what the batch reads, before it ran by these ``runs``."""
        links = _Links(look, runs)
        inputs = links.inputs
        count = len(inputs)
        self.device = look.records[0].device
        self.pace = Pace()
        self.faults = links.faults
        moved, self._made = links.laid_out(self.device.arena.largest)
        self.results = [(slot, moved[place]) for slot, place in links.results]
        self.overwritten = links.overwritten
        self.touched = [({moved[p] for p in reads}, {moved[p] for p in writes}) for reads, writes in links.touched]
        self.launches = sum(1 if part.__class__ is int else part.plan.launches for part in links.parts)
        self._words, self._numbers = links.words, links.numbers
        self._holes = [(word, moved[place]) for word, place in links.holes]
        self._starts = [part for part in links.parts if part.__class__ is int]
        self._parts: list[Any] = [
            part if part.__class__ is int else Op(part.plan, itemgetter(*[moved[p] for p in part.pick], -1), part.at)
            for part in links.parts
        ]
        self._by_tapes = picker(sorted({place for _, place in self._holes})) or list_of_none
        self._nbytes = sorted(links.nbytes.items())
        first: dict[int, int] = {}
        for at, read in enumerate(look.reads):
            first.setdefault(id(read), at)
        self._first = picker([first[id(value)] for value in inputs]) or list_of_none
        self._classes = list(map(CLASS, inputs))
        self._wanted = [pins[first[id(value)]] > 0 for value in inputs]
        self._staged = {k for k in range(count) if isinstance(inputs[k], Staged) and k not in links.nbytes}

    def run(self, launch: TapeLaunch, look: Look) -> Run | None:
        """A run for a batch that looks so; None where what it reads is held, lies or is as long as it was not before."""
        device = self.device
        inputs = self._first(look.reads)
        if list(map(CLASS, inputs)) != self._classes or [pins > 0 for pins in map(PINS, inputs)] != self._wanted:
            return None
        if launch.staging is not None:
            launch.staging.begin()
        buffers: list[Buffer | None] = [None if k in self._staged else v.buffer for k, v in enumerate(inputs)]
        places = [ELSEWHERE if buffer is None else buffer.place for buffer in buffers]
        for k in self._staged:
            places[k] = place_of(inputs[k], launch.staging)
        for k, nbytes in self._nbytes:
            if buffers[k] is None or buffers[k].nbytes != nbytes:  # type: ignore[union-attr]
                return None
        device.memory.review()
        for nbytes in self._made:
            buffer = device.allocate(nbytes)
            buffers.append(buffer)
            places.append(buffer.place)
        if ELSEWHERE in self._by_tapes(places):
            return None
        steps = self._steps(launch, look.batch, buffers, places)
        return None if steps is None else Run(self, look.batch, inputs, buffers, steps)

    def _steps(
        self, launch: TapeLaunch, batch: list[Value], buffers: list[Buffer | None], places: list[int]
    ) -> list[Step] | None:
        words = self._words[:]
        for at, k in self._holes:
            words[at] += places[k]
        for numbers in self._numbers:
            fill_numbers(words, batch, *numbers)
        tapes = launch.several(words, self._starts)
        if tapes is None:
            return None
        pool = [None if buffer is None else buffer.cl for buffer in buffers]
        pool.append(self.device.fault)
        steps: list[Step] = []
        at = 0
        try:
            for part in self._parts:
                if part.__class__ is int:
                    steps += tapes[at : at + STEPS]
                    at += STEPS
                else:
                    steps += part.plan.steps(part.pick(pool), batch[part.at].numbers)
        except DriverError as error:
            raise from_driver(error, self.device.name) from error
        return steps


class _Links:
    """The parts of a batch, linked: what one reads of another has one place."""

    def __init__(self, look: Look, runs: Sequence[Run | TapeRun]) -> None:
        self.inputs: list[Value] = []
        self.overwritten: list[int] = []  # inputs that have no numbers afterwards
        self.faults = False
        self.touched: list[tuple[set[int], set[int]]] = []
        self.parts: list[Any] = []  # the word at which a tape begins, or an `Op`
        self.nbytes: dict[int, int] = {}  # of the inputs that ops read
        self.words = array("i")
        self.holes: list[tuple[int, int]] = []
        self.numbers: list[tuple[list[Number], int, list[Number], int]] = []
        self._places: list[Place] = []
        self._where: dict[int, int] = {}  # the place of each value, by its id
        at = 0
        for self._part, run in enumerate(runs):
            if isinstance(run, Run):
                self._add_op(run, at)
            elif run.script.words:
                self._add_tape(run, at)
            at += len(run.batch)
        wanted = [(slot, self._where[id(value)]) for slot, value in enumerate(look.slots) if look.pins[slot] > 0]
        self.results = wanted
        for _, place in wanted:
            self._places[place].owned, self._places[place].last = True, 1 << 62

    def laid_out(self, largest: int) -> tuple[dict[int, int], list[int]]:
        """The number of each place, those of inputs first, and the bytes of the others. Memory that is used one after another is shared;
        ``largest`` is as much as the tape can address, so what is larger stays apart."""
        moved: dict[int, int] = {}
        sizes: list[int] = []
        for are_large in (False, True):
            some = [k for k, place in enumerate(self._places) if (place.nbytes > largest) == are_large]
            kept, numbers = share([self._places[k] for k in some])
            moved.update({k: len(sizes) + n for k, n in zip(some, numbers, strict=True)})
            sizes += [place.nbytes for place in kept]
        return moved, sizes[len(self.inputs) :]

    def _new(self, nbytes: int) -> int:
        """The place of memory that is used from this part on."""
        self._places.append(Place(nbytes, first=self._part, last=self._part))
        return len(self._places) - 1

    def _read(self, value: Value) -> int:
        """The place of what this part reads."""
        place = self._where.get(id(value))
        if place is None:
            place = self._where[id(value)] = self._new(0)
            self._places[place].source = len(self.inputs)
            self.inputs.append(value)
        self._places[place].last = self._part
        return place

    def _write_over(self, value: Value) -> None:
        """What a value was is lost."""
        source = self._places[self._where.pop(id(value))].source
        if source is not None and value is self.inputs[source]:
            self.overwritten.append(source)

    def _add_tape(self, run: TapeRun, at: int) -> None:
        script, start = run.script, len(self.words)
        reads = [self._read(value) for value in run.inputs]
        places = [*reads, *[self._new(nbytes) for nbytes in script.sizes]]
        self.words += script.words
        self.words += array("i", (0,) * (-len(script.words) % ALIGNED))
        self.holes += [(start + word, places[k]) for word, k in script.holes]
        floats, longs = ([(at + n, k, narrow) for n, k, narrow in some] for some in (script.floats, script.longs))
        if floats or longs:
            self.numbers.append((floats, start + script.floats_at, longs, start + script.longs_at))
        for k in script.overwritten:
            self._write_over(run.inputs[k])
        for slot, k in script.held:
            self._where[id(run.slots[slot])] = places[k]
        self.parts.append(start)
        self.touched.append((set(reads), {*places[len(reads) :], *[places[k] for k in script.overwritten]}))
        self.faults |= script.faults

    def _add_op(self, run: Run, at: int) -> None:
        plan: Any = run.plan
        places = [-1] * len(plan.places)
        for place, source in plan.sources:
            value: Any = run.inputs[source]
            places[place] = k = self._read(value)
            number = self._places[k].source
            if number is not None and value is self.inputs[number]:
                self.nbytes[number] = run.buffers[place].nbytes  # type: ignore[union-attr]
        for place, nbytes in plan.made:
            places[place] = self._new(nbytes)
        for source in plan.overwritten:
            self._write_over(run.inputs[source])  # type: ignore[arg-type]
        slots = results(run.batch[0])
        for slot, place in plan.results:
            self._where[id(slots[slot])] = places[place]
        self.parts.append(Op(plan, places, at))
        self.touched += [({places[p] for p in reads}, {places[p] for p in writes}) for reads, writes in plan.touched]
        self.faults |= plan.faults


def linked(look: Look, pins: Sequence[int], runs: Sequence[Run | TapeRun | None]) -> Chain | None:
    """The chain of a batch that went by these runs; None where one of them failed, a part reads where another starts each
    time, or a result was given up while they ran (the garbage collector may find its tensor then)."""
    for run in runs:
        if run is None or run.error is not None:
            return None
        if isinstance(run, Run) and any(isinstance(source, Window) for source in run.inputs):
            return None
    if any(pinned > 0 >= value.pins for pinned, value in zip(look.pins, look.slots, strict=True)):
        return None  # what nobody holds any more since the batch was looked at, and no part kept
    return Chain(look, pins, runs)  # type: ignore[arg-type]
