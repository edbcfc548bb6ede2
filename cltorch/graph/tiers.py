"""Which way a batch takes: the tape, parts, or a plan.

The *tape* (`kernels/tape.py`) runs small values of any structure at once, in one launch. A *plan* fuses, and needs kernels of
its own. A batch may also go in *parts* (`parts.py`): small values on the tape, the others as ops. ``CLTORCH_TIER`` forces
one: ``tape`` (where the tape has instructions; ops for the rest), ``op`` (all by themselves) or ``fused``.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ..config import config
from ..kernels import tape as kernels
from ..kernels.render import prelude
from ..runtime import program
from ..runtime.aside import Aside
from ..runtime.launch import TapeLaunch
from . import parts
from .assembler import Code
from .tape import Codes
from .value import Value
from .writing import TapeRun, write

if TYPE_CHECKING:
    from ..runtime.device import Device

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
        self.launch: TapeLaunch | None = None
        self._text = kernels.kernel(device.traits)
        self._seen: dict[
            int, tuple[str, int]
        ] = {}  # how structures go that are dear on the tape, and how often they came
        self._aside = Aside(device.index)
        self.arena = device.arena
        self.codes = Codes(kernels.lane_count(device.traits), device.arena.largest)

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
            kind.tape = self.codes.of(kind)
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
        return None if order is None else write(self, batch, order, cost)

    def choose(self, batch: list[Value], most: int) -> tuple[list[tuple[Value, bool]] | None, int]:
        """The needed values, the last first, and whether each may change its first read in place; and a guess of the device's
        nanoseconds. No values where a plan is better."""
        mark = _marks()
        cost = 0
        order: list[tuple[Value, bool]] = []
        for value in reversed(batch):
            outs = value.outs
            if outs is None:
                if value.mark != mark and not (value.pins > 0 or value.kept > 0):
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


def machine(device: Device) -> Machine | None:
    """The tape of a device; None where it has none or must not be used."""
    if config.tier == "fused" or not device.arena.largest:
        return None
    return Machine(device)
