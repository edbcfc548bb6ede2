"""Few values whose numbers are waited for, when they have come before: their tape lies ready, and is launched without anything around it.

What a notebook or a loop asks for most is a small op or two and a number. Filling in a tape, handing it over and going on after a signal take
twice as long as the tape itself. Here nothing has to be gone on with: the tape runs in the thread that asks, writes over nothing that it reads, and
everything stays pending until its results are there. So whatever goes otherwise, an exception from a signal's handler in front, leaves things
as they were, and the flush that knows all cases begins anew. Such an exception may come between any two calls: what was launched is waited for
before its words or its memory are anybody else's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..runtime.launch import RUN, DriverError
from ..runtime.memory import ELSEWHERE
from .script import fill_numbers, place_of
from .value import Staged, Value

if TYPE_CHECKING:
    from ..runtime.device import Device
    from ..runtime.launch import Step, TapeLaunch
    from ..runtime.staging import Seat, Staging
    from .script import Script


class Waiting:
    """A tape that is waited for as it is launched, and the memory that it may still write to if an exception came meanwhile."""

    __slots__ = ("_device", "_memory")

    def __init__(self, device: Device) -> None:
        self._device = device
        self._memory: list[Any] = []

    def _is_run(self, steps: Sequence[Step], memory: list[Any]) -> bool:
        """Launch a tape that writes to ``memory``, and wait for it; False if the driver refuses, which it will again where that is met."""
        self._memory = memory  # as long as the tape may run, whatever comes meanwhile
        try:
            list(map(RUN, steps))[-1].wait()
        except DriverError:
            return False
        except BaseException:  # from a signal's handler
            self._wait()
            raise
        self._memory = []
        return True

    def _wait(self) -> None:
        """Wait for what an exception left running: it reads the words, and writes to memory that is free then."""
        with contextlib.suppress(DriverError):
            self._device.near.finish()  # type: ignore[union-attr]
        self._memory = []


class Ready(Waiting):
    """The tape of a script, whose words stay where the device reads them; what changes is written there."""

    __slots__ = ("_held", "_holes", "_places", "_script", "_seat", "_staging", "_steps", "is_single")

    def __init__(
        self, script: Script, inputs: int, device: Device, staging: Staging, seat: Seat, steps: tuple[Step, Step]
    ) -> None:
        super().__init__(device)
        self._script, self._seat, self._steps, self._staging = script, seat, steps, staging
        self._holes = [(at, k, script.words[at]) for at, k in script.holes]
        self.is_single = script.is_single
        self._held = [(slot, k - inputs) for slot, k in script.held]
        self._places: list[int] = []  # where everything lay last; empty where that is not known

    @staticmethod
    def of(script: Script, inputs: int, device: Device, launch: TapeLaunch) -> Ready | None:
        """What is to lie ready for a tape that reads so many ``inputs``; None if it writes over one of them, or there is no room."""
        if not script.words or script.overwritten:
            return None
        seated = launch.seat(script.words)
        return None if seated is None else Ready(script, inputs, device, launch.staging, *seated)  # type: ignore[arg-type]

    def run(self, batch: list[Value], slots: list[Value], inputs: Sequence[Any]) -> bool:
        """Compute a batch that it holds for, which is the first that is pending, with these results and inputs; False, and nothing has changed, where
        that has to go its usual way."""
        seat, script, staging = self._seat, self._script, self._staging
        if self._memory:
            self._wait()
        if not seat.is_kept:
            script.ready = None
            return False
        places = [
            read.buffer.place
            if read.__class__ is Value and read.buffer is not None
            else read.laid(staging)
            if read.__class__ is Staged
            else place_of(read, None)
            for read in inputs
        ]
        memory = [*map(self._device.allocate, script.sizes)]
        places += [piece.place for piece in memory]
        words = seat.words
        if places != self._places:
            if ELSEWHERE in places:
                return False
            self._places = []  # until all of them are written
            for at, k, base in self._holes:
                words[at] = base + places[k]
            self._places = places
        if script.floats or script.longs:
            fill_numbers(words, batch, script.floats, script.floats_at, script.longs, script.longs_at)
        if script.faults:
            self._device.fault_armed = True
        if not self._is_run(self._steps, memory):
            return False
        for slot, k in self._held:
            slots[slot].buffer = memory[k]
        return True
