"""One run of a plan: its memory, and how far it has come."""

from __future__ import annotations

import contextlib
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..errors import from_driver
from ..runtime.launch import NOTHING, RUN, STEPS, DriverError, Step
from ..runtime.memory import ELSEWHERE
from ..runtime.transit import last_event
from .value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..runtime.memory import Buffer
    from .chain import Chain
    from .near import Near
    from .plan import Plan
    from .value import Window

WAYS = 4  # that are known of one record
BRIEF = 1e-3  # seconds: what takes longer is not waited for under the device's lock, and would not notice what is saved


class Direct:
    """The plan of one value by itself, known by what it reads: neither a key nor a tape is asked for where all of that is as it was.

    It writes over nothing that it reads, all of which somebody holds, and somebody holds its results: so what other threads do meanwhile is no
    question. What is waited for is launched without anything around it, as in `graph.ready`: it stays pending until its results are there.
    """

    __slots__ = ("_places", "plan")

    def __init__(self, plan: Plan, reads: Sequence[Value]) -> None:
        self.plan = plan
        places = [reads.index(read) for read in dict.fromkeys(reads)]
        self._places = (
            places if len(places) < len(reads) else None
        )  # of the reads that are the plan's inputs; None for all

    @staticmethod
    def note(plan: Plan, value: Value) -> None:
        """Note on its record how a value is about to run by itself, if that can be told by so little."""
        record: Any = value.record
        if record.windows or record.kind.windows or plan.overwritten or not is_held(value):
            return
        key = described(value.reads)
        if key is not None:
            if record.direct is None or len(record.direct) >= WAYS:
                record.direct = {}
            record.direct[key] = Direct(plan, value.reads)

    @staticmethod
    def of(value: Value) -> Direct | None:
        """How a value goes, if that is known."""
        ways = value.record.direct  # type: ignore[union-attr]
        return ways.get(described(value.reads)) if ways is not None and is_held(value) else None

    def inputs(self, value: Value) -> Sequence[Value]:
        """The inputs of the plan."""
        reads, places = value.reads, self._places
        return reads if places is None else [reads[place] for place in places]

    def compute(self, value: Value) -> bool:
        """Compute a value that somebody waits for, if that takes so little time that a signal may wait for it; False, and all is as it was, if not.

        What an exception from a signal's handler leaves running is waited for before its memory is anybody else's."""
        plan = self.plan
        device = plan.device
        if plan.pace.seconds > BRIEF or not device.transit.is_idle:
            return False
        started = perf_counter()
        buffers, steps, near = plan.ready((value,), self.inputs(value))
        queue = device.queue if near is None else device.near
        if plan.faults:
            device.fault_armed = True
        try:
            event = last_event(list(map(RUN, steps)))
            if event is not None:
                event.wait()
        except DriverError:
            return False  # it will be met again
        except BaseException:  # from a signal's handler
            with contextlib.suppress(DriverError):
                queue.finish()  # type: ignore[union-attr]
            raise
        if near is None:
            plan.pace.seconds = perf_counter() - started
        else:
            near.note(perf_counter() - started)
        outs = (value,) if value.outs is None else value.outs
        for slot, place in plan.results:
            outs[slot].buffer = buffers[place]
        return True


def is_held(value: Value) -> bool:
    """Whether somebody holds all results."""
    return value.pins > 0 if value.outs is None else all(out.pins > 0 for out in value.outs)


def described(reads: Sequence[Value]) -> tuple[Any, ...] | None:
    """How long the memory of each is, below 0 where the tape could reach it, and which are one; None unless all are computed values that lie on the
    device and that somebody holds."""
    found: list[Any] = []
    for read in reads:
        buffer = read.buffer if read.__class__ is Value and read.pins > 0 else None
        if buffer is None:
            return None
        found.append(buffer.nbytes if buffer.place == ELSEWHERE else -1 - buffer.nbytes)
    if len(reads) > 1 and len(set(reads)) < len(reads):
        found += map(reads.index, reads)
    return tuple(found)


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
        by_slot: list[Value] = []
        for value in self.batch:
            by_slot += (value,) if value.outs is None else value.outs
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
