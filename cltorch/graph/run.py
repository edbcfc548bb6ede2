"""One run of a plan: its memory, and how far it has come."""

from __future__ import annotations

import contextlib
from operator import is_
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..errors import from_driver
from ..runtime import trace
from ..runtime.launch import NOTHING, RUN, STEPS, DriverError, Step
from ..runtime.memory import ELSEWHERE
from ..runtime.transit import last_event
from .value import Staged, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..runtime.memory import Buffer
    from .chain import Chain
    from .near import Near
    from .plan import Plan
    from .value import Window

NONE: list[Any] = []  # the numbers of a plan that has none
MOST = 4  # ways that are known of one record or recording
BRIEF = 1e-3  # seconds: what takes longer is not waited for under the device's lock, and would not notice what is saved


class Direct:
    """The plan of a batch that is known by what it reads, see `Ways`: neither a key nor a tape is asked for where all of that is as it was.

    It writes over nothing that it reads, all of which somebody holds, and somebody holds its results: so what other threads do meanwhile is no
    question. What is waited for is launched without anything around it, as in `graph.ready`: it stays pending until its results are there.
    """

    __slots__ = ("_memory", "_near", "_numbers", "_places", "_steps", "is_plain", "plan")

    def __init__(self, plan: Plan, reads: Sequence[Value], inputs: Sequence[Value | Window]) -> None:
        self.plan = plan
        self._memory: list[Any] = []  # of the run before, all in the arena, which keeps it anyway
        self._near: Near | None = None
        self._numbers: list[Any] = NONE
        self._steps: list[Step] = []  # that run's
        self._places: list[
            tuple[int, Window | None]
        ] = []  # of each input among the reads; what it shows of that, if not all
        for source in inputs:
            if isinstance(source, Value):
                self._places.append((reads.index(source), None))
            else:
                self._places.append((reads.index(source.value), source.empty()))
        self.is_plain = self._places == [(at, None) for at in range(len(reads))]  # the inputs are the reads

    def inputs(self, reads: Sequence[Value]) -> Sequence[Value | Window]:
        """The inputs of the plan, of what the batch reads."""
        return [reads[at] if shown is None else shown.of(reads[at]) for at, shown in self._places]

    def compute(self, batch: list[Value], inputs: Sequence[Value | Window]) -> bool:
        """Compute a batch that somebody waits for, if that takes so little time that a signal may wait for it; False, and all is as it was, if not.

        What an exception leaves running, of a signal's handler or of a later command that the driver refuses, is waited for before its memory is
        anybody else's."""
        plan = self.plan
        device = plan.device
        if plan.pace.seconds > BRIEF or not device.transit.is_idle:
            return False
        started = perf_counter()
        buffers, near = plan.memory(inputs)
        steps = self._bound(batch, buffers, near)  # type: ignore[arg-type]
        queue = device.queue if near is None else device.near
        if plan.faults:
            device.fault_armed = True
        try:
            done = list(map(RUN, steps))
            event = (done and done[-1]) or last_event(done)
            if event is not None:
                event.wait()
        except BaseException as error:
            with contextlib.suppress(DriverError):
                queue.finish()  # type: ignore[union-attr]
            if isinstance(error, DriverError):
                return False  # it will be met again
            raise
        if near is None:
            plan.pace.seconds = perf_counter() - started
        else:
            near.note(perf_counter() - started)
        by_slot = batch if len(batch) == 1 and batch[0].outs is None else slots_of(batch)
        for slot, place in plan.results:
            by_slot[slot].buffer = buffers[place]
        return True

    def _bound(self, batch: list[Value], buffers: list[Buffer], near: Near | None) -> list[Step]:
        """The steps of the plan in this memory: those of the run before, if that had the same and the same numbers, as in a loop it has."""
        plan = self.plan
        memory = [buffer.cl for buffer in buffers]
        numbers = [number for value in batch for number in value.numbers] if plan.has_numbers else NONE
        if trace.listener is not None:
            return plan.bound(memory, numbers, near)
        if memory == self._memory and near is self._near and (numbers is NONE or are_same(numbers, self._numbers)):
            return self._steps
        steps = plan.bound(memory, numbers, near)
        if all(buffer.place != ELSEWHERE for buffer in buffers):
            self._memory, self._near, self._numbers, self._steps = memory, near, numbers, steps
        return steps


class Ways:
    """How batches go that are made alike: one value of a record, all values of a recording (which nothing else is pending with), or few of these records,
    of which nothing but ``wired`` says what reads what."""

    __slots__ = ("_found", "_spots", "_wiring")

    def __init__(self, batch: list[Value], wired: bool = False) -> None:
        self._wiring = wiring(batch)
        spots = [(k, at) for k, value in enumerate(batch) for at in range(len(value.reads))]
        self._spots = [spot for spot, source in zip(spots, self._wiring, strict=True) if source < 0]
        if not wired:
            self._wiring = []
        self._found: dict[Any, Direct] = {}

    def fit(self, batch: list[Value]) -> bool:
        """Whether a batch of these records is wired so."""
        return not self._wiring or wiring(batch) == self._wiring

    def note(self, plan: Plan, batch: list[Value], inputs: Sequence[Value | Window]) -> None:
        """Note how a batch is about to run, if that can be told by so little."""
        reads = self._reads(batch)
        key = None if plan.overwritten else described(reads, batch)
        if key is not None:
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[key] = Direct(plan, reads, inputs)

    def of(self, batch: list[Value]) -> tuple[Direct, Sequence[Value | Window]] | None:
        """How a batch goes, and the inputs of its plan; None if that is not known."""
        reads = batch[0].reads if len(batch) == 1 else self._reads(batch)
        direct = self._found.get(described(reads, batch))
        return None if direct is None else (direct, reads if direct.is_plain else direct.inputs(reads))

    def _reads(self, batch: list[Value]) -> Sequence[Value]:
        """What it reads and does not make."""
        if len(batch) == 1:
            return batch[0].reads
        return [batch[k].reads[at] for k, at in self._spots]


def wiring(batch: list[Value]) -> list[int]:
    """Of each read, which slot of the batch it is; -1 for what the batch does not make."""
    slots = {id(value): k for k, value in enumerate(slots_of(batch))}
    return [slots.get(id(read), -1) for value in batch for read in value.reads]


def slots_of(batch: list[Value]) -> list[Value]:
    """The values of a batch, or their results where they have several, by slot of a plan."""
    slots: list[Value] = []
    for value in batch:
        slots += (value,) if value.outs is None else value.outs
    return slots


def described(reads: Sequence[Value], batch: list[Value]) -> tuple[Any, ...] | None:
    """How long the memory of each read is, below 0 where the tape could reach it, which are one, and which of several results somebody holds; None unless
    all reads are computed values that lie on the device and that somebody holds, as he does what one value makes."""
    found: list[Any] = []
    for read in reads:
        if read.pins <= 0 or (read.__class__ is not Value and (read.__class__ is not Staged or read.host is not None)):
            return None
        buffer = read.buffer
        if buffer is None:
            return None
        found.append(buffer.nbytes if buffer.place == ELSEWHERE else -1 - buffer.nbytes)
    if len(reads) > 1 and len(set(reads)) < len(reads):
        found += map(reads.index, reads)
    if len(batch) > 1:
        found += [value.pins > 0 or value.kept > 0 for value in slots_of(batch)]
    elif not is_held(batch[0]):
        return None
    return tuple(found)


def are_same(numbers: list[Any], others: list[Any]) -> bool:
    """Whether numbers make the same arguments as others of the same call did: 0.0 and -0.0 do not, nor need complex ones that are equal."""
    return all(map(is_, numbers, others)) or (numbers == others and all(numbers) and complex not in map(type, numbers))


def is_held(value: Value) -> bool:
    """Whether somebody holds all results."""
    return value.pins > 0 if value.outs is None else all(out.pins > 0 for out in value.outs)


class Run:
    """A plan with the ``buffers`` and numbers of one batch, as ``steps``. All is allocated before, so that a lack of memory changes nothing.

    ``done`` has the results of the steps that were made. They are called from C without Python code between them, so it is
    right at any moment at which a signal's handler may raise, and `launch` and `settle` can be called again after that.
    """

    __slots__ = ("_steps", "batch", "buffers", "done", "error", "inputs", "near", "plan", "spoiled")

    def __init__(
        self,
        plan: Plan | Chain,
        batch: list[Value],
        inputs: Sequence[Value | Window],
        buffers: list[Buffer | None],
        steps: list[Step],
        near: Near | None = None,
    ) -> None:
        self.plan = plan
        self.batch = batch
        self.inputs = inputs
        self.buffers = buffers
        self.done: list[Any] = []
        self.spoiled: set[int] = set()  # places with no right content, as a command for them was refused
        self.error: Exception | None = None
        self.near = near  # the steps are for the near queue
        self._steps = steps

    @property
    def launches(self) -> int:
        """Kernels that it launches."""
        return self.plan.launches

    def launch(self) -> None:
        """Make the steps that are left. A command that the driver refuses is tried again when the queue is empty; if it is
        refused again, its results and what needs them are spoiled, and the rest goes on."""
        device, done = self.plan.device, self.done
        if self.plan.faults:
            device.fault_armed = True
        refused, started = -1, perf_counter()
        while len(done) < len(self._steps):
            del done[len(done) - len(done) % STEPS :]  # arguments are set again: others may have used the kernel
            try:
                done.extend(map(RUN, self._steps[len(done) :]))
            except DriverError as error:
                at = len(done) // STEPS
                if refused == at:
                    self._spoil(at, from_driver(error, device.name))
                else:
                    refused = at
                    self._drain()
        if self.near is None:
            device.transit.note(done, self.plan.pace)
        else:
            self._drain()
            self.near.note(perf_counter() - started)

    def _drain(self) -> None:
        """Wait for what has been enqueued, if the driver lets us."""
        device = self.plan.device
        queue = device.queue if self.near is None else device.near
        try:
            queue.finish()  # type: ignore[union-attr]
        except DriverError:
            device.transit.forget()

    def _spoil(self, at: int, error: Exception) -> None:
        """Leave out an action, and those after it that read or change what it should have written."""
        self.error = error
        for k in range(at, len(self.plan.touched)):
            reads, writes = self.plan.touched[k]
            if k == at or not self.spoiled.isdisjoint(reads | writes):
                self.spoiled |= writes
                self._steps[k * STEPS : (k + 1) * STEPS] = [NOTHING] * STEPS

    def settle(self) -> None:
        """Hand the results to the pinned values; all values forget how they were made. Inputs that were written over have no
        numbers any more."""
        plan, buffers = self.plan, self.buffers
        by_slot = slots_of(self.batch)
        for slot, place in plan.results:
            if place in self.spoiled:
                by_slot[slot].error = self.error  # type: ignore[assignment]
            else:
                by_slot[slot].buffer = buffers[place]
        for source in plan.overwritten:
            self.inputs[source].buffer = None  # type: ignore[misc]
        for value in self.batch:
            value.record = None
            value.reads = ()
