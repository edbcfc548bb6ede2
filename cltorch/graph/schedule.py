"""Which buffer holds what, and when: donation, reuse of scratch memory, copies before in-place changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..kernels.sizes import Size, alike, most, plain

if TYPE_CHECKING:
    from .fuse import Batch
    from .lower import Step


FOREVER = 1 << 62


@dataclass(slots=True)
class Place:
    """A piece of memory of a plan: an input's buffer (``source``), one that a result will own, or scratch.

    It is in use from task ``first`` to task ``last``; what a result owns has no last task.
    """

    nbytes: int
    source: int | None = None
    owned: bool = False
    first: int = 0
    last: int = FOREVER

    def meets(self, other: Place) -> bool:
        """Whether both are in use at some time."""
        return self.first <= other.last and other.first <= self.last


@dataclass(slots=True)
class Task:
    """A step with its places: copies first (from, to, bytes), then launches with ``inputs``, ``outputs``, ``temps``."""

    step: Step
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    temps: tuple[int, ...]
    copies: list[tuple[int, int, int]] = field(default_factory=list)

    def move(self, to: list[int]) -> None:
        """Give all places their new numbers."""
        self.inputs = tuple(to[p] for p in self.inputs)
        self.outputs = tuple(to[p] for p in self.outputs)
        self.temps = tuple(to[p] for p in self.temps)
        self.copies = [(to[source], to[target], nbytes) for source, target, nbytes in self.copies]


@dataclass(slots=True)
class Schedule:
    """The tasks in order, the places they use, and the place of every pinned slot."""

    tasks: list[Task]
    places: list[Place]
    results: dict[int, int]

    def made(self) -> list[int]:
        """The places that a run allocates, those of results first: they are given back last, so that the next turn of a loop has the same memory."""
        kept = set(self.results.values())
        return sorted((p for p, place in enumerate(self.places) if place.source is None), key=lambda p: p not in kept)


class Scheduler:
    """Assigns places to slots, walking the steps in order."""

    def __init__(self, batch: Batch, first_input: int, dying: list[bool]) -> None:
        self.batch = batch
        self.first_input = first_input
        self.dying = dying
        self.places: list[Place] = []
        self.place: dict[int, int] = {}
        self.at = 0

    def run(self, steps: list[Step]) -> Schedule:
        """Places for all steps."""
        last: dict[int, int] = {}
        for at, step in enumerate(steps):
            for slot in (*step.inputs, *(base if base >= 0 else -1 - base for base in step.bases.values())):
                last[slot] = at
        tasks = [self.task(at, step, last) for at, step in enumerate(steps)]
        places, moved = share(self.places)
        for task in tasks:
            task.move(moved)
        results = {slot: moved[self.place[slot]] for slot in sorted(self.batch.pinned)}
        return Schedule(tasks, places, results)

    def task(self, at: int, step: Step, last: dict[int, int]) -> Task:
        self.at = at
        inputs = tuple(self.find(slot) for slot in step.inputs)
        copies: list[tuple[int, int, int]] = []
        taken: set[int] = set()
        outputs = tuple(self.output(at, step, slot, last, copies, taken) for slot in step.outputs)
        temps = tuple(self.scratch(nbytes) for nbytes in step.lowered.temps)
        for place in temps:
            self.places[place].last = at
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
        place = self.scratch(nbytes)
        self.places[place].owned = slot in self.batch.pinned
        self.place[slot] = place
        return place

    def scratch(self, nbytes: int) -> int:
        """A new place, in use from now on."""
        self.places.append(Place(nbytes, first=self.at))
        return len(self.places) - 1

    def release(self, slot: int, taken: set[int]) -> None:
        """A dead slot's scratch is free from now on, unless an output took it over."""
        place = self.find(slot)
        kind = self.places[place]
        if place not in taken and kind.source is None and not kind.owned and slot not in self.batch.pinned:
            kind.last = self.at


def holds(memory: Place, place: Place) -> bool:
    """Whether a place may lie in ``memory``, which is at least as large: that of a result is just as large as the result."""
    if alike(memory.nbytes, place.nbytes) or not (memory.owned or place.owned):
        return True
    if isinstance(memory.nbytes, Size) or isinstance(place.nbytes, Size):
        return False  # what these sizes are does not say which is larger for others
    return not place.owned


def share(places: list[Place]) -> tuple[list[Place], list[int]]:
    """Fewer places, each used by several that are never in use together; and the new number of every old place.

    Greedy by size: the largest first, each into the smallest place that is free all the time it is needed. A result's own
    buffer serves as scratch until the result is made. Scratch memory is as large as what lies in it, so of traced sizes the sample's
    say where that is.
    """
    kept: list[Place] = []
    users: list[list[Place]] = []
    moved = [0] * len(places)
    for k in sorted(
        range(len(places)), key=lambda k: (places[k].source is None, -plain(places[k].nbytes), places[k].first)
    ):
        place = places[k]
        fitting = [
            n
            for n, used in enumerate(users)
            if place.source is None
            and kept[n].source is None
            and holds(kept[n], place)
            and not any(place.meets(other) for other in used)
        ]
        if fitting:
            n = min(fitting, key=lambda n: plain(kept[n].nbytes))
            kept[n].nbytes = place.nbytes if place.owned else most(kept[n].nbytes, place.nbytes)
            kept[n].owned |= place.owned
        else:
            n = len(kept)
            kept.append(Place(place.nbytes, place.source, place.owned))
            users.append([])
        users[n].append(place)
        moved[k] = n
    return kept, moved
