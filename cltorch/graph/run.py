"""One run of a plan: its memory, and how far it has come."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..errors import from_driver
from ..runtime.launch import NOTHING, RUN, STEPS, DriverError, Step
from ..runtime.memory import ELSEWHERE
from .value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..runtime.memory import Buffer
    from .chain import Chain
    from .near import Near
    from .plan import Plan
    from .value import Window


class Direct:
    """The plan of one value by itself, known by what it reads: neither a key nor a tape is asked for where all of that is as it was.

    It writes over nothing that it reads, all of which somebody holds, and somebody holds its results: so what other threads do meanwhile is no
    question.
    """

    __slots__ = ("_reads", "plan")

    def __init__(self, plan: Plan, reads: Sequence[Value]) -> None:
        self.plan = plan
        self._reads = described(reads)

    @staticmethod
    def note(plan: Plan, value: Value) -> None:
        """Note on its record how a value is about to run by itself, if that can be told by so little."""
        record: Any = value.record
        sliced = record.windows or record.kind.windows
        if not sliced and not plan.overwritten and is_held(value) and are_plain(value.reads):
            record.direct = Direct(plan, value.reads)

    def holds(self, value: Value) -> bool:
        """Whether a value of the same record goes that way."""
        return is_held(value) and are_plain(value.reads) and described(value.reads) == self._reads


def is_held(value: Value) -> bool:
    """Whether somebody holds all results."""
    return value.pins > 0 if value.outs is None else all(out.pins > 0 for out in value.outs)


def are_plain(reads: Sequence[Value]) -> bool:
    """Whether these are computed values, each another one, that lie on the device and that somebody holds."""
    for read in reads:
        if read.__class__ is not Value or read.pins <= 0 or read.buffer is None:
            return False
    return len(reads) < 2 or len(set(map(id, reads))) == len(reads)


def described(reads: Sequence[Value]) -> list[int]:
    """How long the memory of each is, below 0 where the tape could reach it."""
    return [b.nbytes if b.place == ELSEWHERE else -1 - b.nbytes for b in [read.buffer for read in reads]]  # type: ignore[union-attr]


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
