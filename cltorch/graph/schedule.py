"""Which buffer holds what, and when: donation, reuse of scratch memory, copies before in-place changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .fuse import Batch
    from .lower import Step


@dataclass(slots=True)
class Place:
    """A piece of memory of a plan: an input's buffer (``source``), one that a result will own, or scratch."""

    nbytes: int
    source: int | None = None
    owned: bool = False


@dataclass(slots=True)
class Task:
    """A step with its places: copies first (from, to, bytes), then launches with ``inputs``, ``outputs``, ``temps``."""

    step: Step
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    temps: tuple[int, ...]
    copies: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Schedule:
    """The tasks in order, the places they use, and the place of every pinned slot."""

    tasks: list[Task]
    places: list[Place]
    results: dict[int, int]


class Scheduler:
    """Assigns places to slots, walking the steps in order."""

    def __init__(self, batch: Batch, first_input: int, dying: list[bool]) -> None:
        self.batch = batch
        self.first_input = first_input
        self.dying = dying
        self.places: list[Place] = []
        self.place: dict[int, int] = {}
        self.free: list[int] = []
        self.holds: dict[int, int] = {}  # place -> slot that it holds now

    def run(self, steps: list[Step]) -> Schedule:
        """Places for all steps."""
        last: dict[int, int] = {}
        for at, step in enumerate(steps):
            for slot in (*step.inputs, *(base if base >= 0 else -1 - base for base in step.bases.values())):
                last[slot] = at
        tasks = [self.task(at, step, last) for at, step in enumerate(steps)]
        results = {slot: self.place[slot] for slot in sorted(self.batch.pinned)}
        return Schedule(tasks, self.places, results)

    def task(self, at: int, step: Step, last: dict[int, int]) -> Task:
        inputs = tuple(self.find(slot) for slot in step.inputs)
        copies: list[tuple[int, int, int]] = []
        taken: set[int] = set()
        outputs = tuple(self.output(at, step, slot, last, copies, taken) for slot in step.outputs)
        temps = tuple(self.scratch(nbytes) for nbytes in step.lowered.temps)
        self.free.extend(temps)
        bases = {base if base >= 0 else -1 - base for base in step.bases.values()}
        for slot in {*step.inputs, *bases}:
            if last[slot] == at:
                self.release(slot, taken)
        for slot in step.outputs:
            if slot not in last and slot not in self.batch.pinned:
                self.release(slot, set())
        return Task(step, inputs, outputs, temps, copies)

    def output(
        self, at: int, step: Step, slot: int, last: dict[int, int], copies: list[tuple[int, int, int]], taken: set[int]
    ) -> int:
        base = step.bases.get(slot)
        if base is not None:
            source = base if base >= 0 else -1 - base
            if base >= 0 and self.dies(source, at, last) and self.fits(source, slot):
                return self.take(source, slot, taken)
            place = self.fresh(slot)
            copies.append((self.find(source), place, self.nbytes(slot)))
            return place
        for source in step.heirs.get(slot, ()):
            if self.dies(source, at, last) and self.find(source) not in taken and self.fits(source, slot):
                return self.take(source, slot, taken)
        return self.fresh(slot)

    def nbytes(self, slot: int) -> int:
        """Bytes of a result."""
        meta = self.batch.metas[slot]
        return meta.view.numel * meta.dtype.itemsize

    def fits(self, source: int, slot: int) -> bool:
        """Whether the buffer of ``source`` may become that of ``slot``: scratch must not end up as somebody's result."""
        place = self.places[self.find(source)]
        if source < self.first_input and place.source is None:
            return self.nbytes(source) == self.nbytes(slot) and (
                place.owned or slot not in self.batch.pinned or self.adopt(place)
            )
        return True

    @staticmethod
    def adopt(place: Place) -> bool:
        """Make scratch memory an own buffer, which its last holder keeps after the run."""
        place.owned = True
        return True

    def dies(self, slot: int, at: int, last: dict[int, int]) -> bool:
        """Whether nobody needs the slot after step ``at``."""
        if last[slot] != at or slot in self.batch.pinned:
            return False
        return slot < self.first_input or self.dying[slot - self.first_input]

    def take(self, source: int, slot: int, taken: set[int]) -> int:
        place = self.find(source)
        taken.add(place)
        self.place[slot] = place
        return place

    def find(self, slot: int) -> int:
        """The place of a slot; inputs get theirs when first asked for."""
        place = self.place.get(slot)
        if place is None:
            if slot < self.first_input:
                raise RuntimeError(f"slot {slot} is read before it is made: this is an error in cltorch")
            place = self.place[slot] = len(self.places)
            self.places.append(Place(0, source=slot - self.first_input))
        return place

    def fresh(self, slot: int) -> int:
        nbytes = self.nbytes(slot)
        if slot in self.batch.pinned:
            place = len(self.places)
            self.places.append(Place(nbytes, owned=True))
        else:
            place = self.scratch(nbytes)
        self.place[slot] = place
        return place

    def scratch(self, nbytes: int) -> int:
        """A free scratch place of about this size, or a new one."""
        fitting = [p for p in self.free if nbytes <= self.places[p].nbytes <= 2 * nbytes + 256]
        if fitting:
            best = min(fitting, key=lambda p: self.places[p].nbytes)
            self.free.remove(best)
            return best
        self.places.append(Place(nbytes))
        return len(self.places) - 1

    def release(self, slot: int, taken: set[int]) -> None:
        """Give a dead slot's scratch back, unless an output took it over."""
        place = self.find(slot)
        kind = self.places[place]
        if place not in taken and kind.source is None and not kind.owned and slot not in self.batch.pinned:
            self.free.append(place)
