"""Which way a batch takes: the tape, parts, or a plan.

The *tape* (`kernels/tape.py`) runs small values of any structure at once, in one launch. A *plan* fuses, and needs kernels of
its own. A batch may also go in *parts* (`parts.py`): small values on the tape, the others as ops. ``CLTORCH_TIER`` forces
one: ``tape`` (where the tape has instructions; ops for the rest), ``op`` (all by themselves) or ``fused``.
"""

from __future__ import annotations

import itertools
from array import array
from typing import TYPE_CHECKING, Any

from ..config import config
from ..errors import from_driver
from ..kernels import tape as kernels
from ..kernels.render import prelude
from ..runtime import program
from ..runtime.aside import Aside
from ..runtime.launch import RUN, DriverError, TapeLaunch
from ..runtime.memory import ELSEWHERE
from ..runtime.transit import Pace
from . import parts
from .tape import PANEL, Code, Constants, assemble, finished, narrowed, padded
from .value import Staged, Value

if TYPE_CHECKING:
    from ..runtime.device import Device
    from ..runtime.memory import Buffer

CHEAP = 30_000  # nanoseconds of device time that any batch may take on the tape, and
PER_VALUE = 6_000  # for each of its values: a plan takes that, too
ANY = 1 << 62  # nanoseconds: whatever it takes
NEW = 2  # times that a structure comes before it gets a plan of its own
SEEN_KEPT = 1 << 14
_marks = itertools.count(1).__next__


class Machine:
    """The tape of one device: its kernel, and how batches are written for it."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.constants = Constants()
        self.launch: TapeLaunch | None = None
        self._text = kernels.kernel(device.traits)
        self._seen: dict[
            int, tuple[str, int]
        ] = {}  # how structures go that are dear on the tape, and how often they came
        self._aside = Aside(device.index)
        self.arena = device.arena
        self.lanes = kernels.lane_count(device.traits)

    def prepare(self, wait: bool = False) -> bool:
        """Load the kernel if it is on disk; whether it is there now. If it is not, another process builds it, or this one if it
        is to ``wait``."""
        if not wait and not self._aside.may_be_done():
            return False
        if not wait and not program.is_kept(self.device, self._text, prelude):
            return False
        (made,) = program.kernels(self.device, [self._text], prelude)
        self.launch = TapeLaunch(self.device, made, self._text.name, kernels.group_size(self.device.traits))
        return True

    def code_of(self, record: Any) -> Code | bool:
        """The instructions of a record."""
        kind = record.kind
        if kind.tape is None:
            kind.tape = assemble(kind, self.constants, self.lanes, self.arena.largest)
        record.tape = kind.tape
        return kind.tape

    def way(self, key: tuple[Any, ...], batch: list[Value]) -> str:
        """Whether a batch without a plan goes in parts: `parts.ALWAYS` or `parts.FIRST`, or `parts.NEVER` where it is to get a plan."""
        if config.tier:
            return parts.ALWAYS
        if self.launch is None:
            return parts.NEVER
        known = hash(key)
        way, times = self._seen.get(known, ("", 0))
        if not way:
            if len(self._seen) >= SEEN_KEPT:
                self._seen.clear()
            way = parts.choose(self, batch)
        self._seen[known] = way, times + 1
        return parts.NEVER if way == parts.FIRST and times >= NEW else way

    @staticmethod
    def is_cheap(cost: int, count: int) -> bool:
        """Whether so many values are likely to be faster on the tape than by a plan, if they take ``cost`` nanoseconds there."""
        return cost <= CHEAP + PER_VALUE * count

    def run(self, batch: list[Value], most: int = 0) -> TapeRun | None:
        """A batch as a tape, if that can be and is likely to be the fastest, or takes at most ``most`` nanoseconds."""
        if config.tier == "op":
            if not most:
                return None  # only what leaves out what nobody needs
        elif self.launch is None and not self.prepare(config.tier == "tape"):
            return None
        order, cost = self.choose(batch, most)
        return None if order is None else self.write(batch, order, cost)

    def choose(self, batch: list[Value], most: int) -> tuple[list[tuple[Value, bool]] | None, int]:
        """The needed values, the last first, and whether each may change its first read in place; and a guess of the device's
        nanoseconds. No values where a plan is better."""
        mark = _marks()
        cost = 0
        order: list[tuple[Value, bool]] = []
        for value in reversed(batch):
            outs = value.outs
            if outs is None:
                if value.mark != mark and not value.is_wanted:
                    continue
            elif not any(out.mark == mark or out.is_wanted for out in outs):
                continue
            record: Any = value.record
            code = record.tape
            if code is None:
                code = self.code_of(record)
            if code is False:
                return None, 0
            cost += code.cost
            reads = value.reads
            inplace = False
            if code.copy is not None:
                base = reads[0]
                inplace = base.mark != mark and base.__class__ is Value and not base.is_wanted and base not in reads[1:]
                if not inplace:
                    cost += code.copy.cost
            for read in reads:
                read.mark = mark
            order.append((value, inplace))
        if cost > most and not self.is_cheap(cost, len(order)):
            return None, 0
        return order, cost

    def write(self, batch: list[Value], order: list[tuple[Value, bool]], cost: int) -> TapeRun | None:
        """The tape of a batch; None where a value lies outside the arena or was dropped."""
        constants = self.constants
        words = array("i", (0,) * kernels.HEAD)
        floats, longs = constants.floats[:], constants.longs[:]
        allocate = self.device.allocate
        top, limit = PANEL, self.arena.scratch
        held: list[tuple[Value, Buffer]] = []
        scratch: list[Buffer] = []
        owner: dict[int, Buffer] = {}  # of values that took over the memory of what they change
        faults = False
        overwritten: list[Value] = []
        order.reverse()
        met = -_marks()
        staging = self.launch.staging if self.launch is not None else None
        if staging is not None:
            staging.begin()
        for value, inplace in order:
            code = value.record.tape  # type: ignore[union-attr]
            reads = value.reads
            outs = value.outs
            places = []
            for read in reads:
                if read.index == met:
                    place = read.place
                else:
                    memory = read.buffer if read.__class__ is Value else self.stage(read, met)
                    if memory is None:
                        if read.index != met:
                            return None  # dropped: the plan says so
                        place = read.place
                    else:
                        place = memory.place
                        if place == ELSEWHERE:
                            return None
                places.append(place)
            value.index = met
            wanted = value.is_wanted  # asked once: other threads may let go of it meanwhile
            if outs is None and inplace:
                value.place = places[0]
                owned = reads[0].buffer or owner.get(id(reads[0]))
                if owned is not None:
                    if reads[0].buffer is not None:
                        overwritten.append(reads[0])
                    owner[id(value)] = owned
                    held.append((value, owned))
                elif wanted:
                    inplace = False
            if outs is None and not inplace:
                nbytes = code.nbytes[0]
                if wanted or top + nbytes > limit:
                    buffer = allocate(nbytes)
                    value.place = buffer.place
                    if value.place == ELSEWHERE:
                        return None
                    if wanted:
                        held.append((value, buffer))
                    else:
                        scratch.append(buffer)
                else:
                    value.place = top
                    top += padded(nbytes)
            elif outs is not None:
                for out, nbytes in zip(outs, code.nbytes, strict=True):
                    buffer = allocate(nbytes)
                    out.place = buffer.place
                    out.index = met
                    if out.place == ELSEWHERE:
                        return None
                    held.append((out, buffer))
            if code.copy is not None and not inplace:
                base = len(words)
                words += code.copy.sealed
                for at, _ in code.copy.reads:
                    words[base + at] += places[0]
                for at, _ in code.copy.outs:
                    words[base + at] += value.place
            base = len(words)
            words += code.sealed
            for at, k in code.reads:
                words[base + at] += places[k]
            if outs is None:
                place = value.place
                for at, _ in code.outs:
                    words[base + at] += place
            else:
                for at, k in code.outs:
                    words[base + at] += outs[k].place
            if code.temps:
                if top + code.scratch > limit:
                    return None
                for at in code.temps:
                    words[base + at] += top
            for at, k, is_long, narrow in code.numbers:
                number = value.numbers[k] if narrow is None else narrowed(value.numbers[k], narrow)
                table: Any = longs if is_long else floats
                words[base + at] = len(table)
                table.append(_wrapped(number) if is_long else number)
            if code.faults:
                faults = True
        steps: Any = ()
        if len(words) > kernels.HEAD:
            steps = self.launch.run(finished(words, floats, longs))  # type: ignore[union-attr]
            if steps is None:
                return None
        return TapeRun(self.device, batch, steps, held, scratch, overwritten, cost, faults)

    def stage(self, value: Any, met: int) -> Buffer | None:
        """Where the numbers of a computed value are to be read: in its memory; or, if the host still has them and shares the
        arena, at the ``place`` of the value, which gets the ``index`` of this tape. They stay with the host."""
        host = value.host if value.__class__ is Staged else None
        staging = self.launch.staging  # type: ignore[union-attr]
        place = None if host is None or staging is None else staging.put(host.tobytes())
        if place is None:
            return value.buffer
        value.place, value.index = place, met
        return None


class TapeRun:
    """One batch on the tape, ready to be launched; like a `run.Run`, it can be gone on with after any exception."""

    __slots__ = (
        "_cost",
        "_done",
        "_faults",
        "_overwritten",
        "_scratch",
        "_steps",
        "batch",
        "device",
        "error",
        "held",
        "launches",
    )

    def __init__(
        self,
        device: Device,
        batch: list[Value],
        steps: tuple[Any, ...],
        held: list[tuple[Value, Buffer]],
        scratch: list[Buffer],
        overwritten: list[Value],
        cost: int,
        faults: bool,
    ) -> None:
        self.device = device
        self.batch = batch
        self.held = held
        self.error: Exception | None = None
        self.launches = 1 if steps else 0  # kernels
        self._steps = steps
        self._done: list[Any] = []
        self._scratch = scratch
        self._overwritten = overwritten
        self._cost = cost
        self._faults = faults

    def launch(self) -> None:
        """Launch it, if that has not been done. A refusal is met once more when the queue is empty; then it spoils the batch."""
        done, steps = self._done, self._steps
        if self._faults:
            self.device.fault_armed = True
        refused = False
        while len(done) < len(steps) and self.error is None:
            done.clear()
            try:
                done.extend(map(RUN, steps))
            except DriverError as error:
                if refused:
                    self.error = from_driver(error, self.device.name)
                    break
                refused = True
                try:
                    self.device.queue.finish()
                except DriverError:
                    self.device.transit.forget()
        self.device.transit.note(done, Pace(self._cost * 1e-9))

    def settle(self) -> None:
        """Hand the results to the pinned values; all values forget how they were made."""
        error = self.error
        for value, buffer in self.held:
            if error is None:
                value.buffer = buffer
            else:
                value.error = error
        for value in self._overwritten:
            value.buffer = None
        for value in self.batch:
            value.record = None
            value.reads = ()


def _wrapped(number: float) -> int:
    """A number as 64 bits with a sign."""
    whole = int(number) & 0xFFFFFFFFFFFFFFFF
    return whole - (1 << 64) if whole >> 63 else whole


def machine(device: Device) -> Machine | None:
    """The tape of a device; None where it has none or must not be used."""
    if config.tier == "fused" or not device.arena.largest:
        return None
    return Machine(device)
