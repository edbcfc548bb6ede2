"""Which way a batch takes: the tape, parts, or a plan.

The *tape* (`kernels/tape.py`) runs small values of any structure at once, in one launch. A *plan* fuses, and needs kernels of
its own. A batch may also go in *parts* (`parts.py`): small values on the tape, the others as ops. ``CLTORCH_TIER`` forces
one: ``tape`` (where the tape has instructions; ops for the rest), ``op`` (all by themselves) or ``fused``.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, NamedTuple

from ..config import config
from ..errors import KernelBuildError
from ..kernels import tape as kernels
from ..kernels.render import prelude
from ..runtime import builders, platforms, program, quirks, trace
from ..runtime.aside import Aside
from ..runtime.launch import TapeLaunch
from . import laid, parts
from .assembler import Code
from .chain import linked
from .cohorts import REGAINED, TRIES
from .fresh import MOST, Fresh
from .ready import Ready
from .script import Look, Script, TapeRun
from .stencils import Stencil
from .tape import Codes
from .value import Record, Value
from .writing import ordered, write

if TYPE_CHECKING:
    from ..runtime.device import Device
    from ..runtime.platforms import Candidate
    from .cohorts import Ahead
    from .run import Run

CHEAP = 30_000  # nanoseconds of device time that any batch may take on the tape, and
PER_VALUE = 6_000  # for each of its values: a plan takes that, too
FEW = 16  # values of a batch whose tape may lie ready
ANY = 1 << 62  # nanoseconds: whatever it takes
OFTEN = 4  # tapes that had to wait, from which a kernel is built for those that come while the device is at something
MANY = 24  # kinds of records in a batch: their plan has some eight programs, which take as long to build as the tape
NEW = 2  # times that a structure comes before it gets a plan of its own
SEEN_KEPT = 1 << 14
SCRIPTS_KEPT = 256  # tapes of structures that came twice, by their records
ALIKE = 4  # tapes of equal records
NOTHING: list[Script] = []


class Machine:
    """The tape of one device: its kernel, and how batches are written for it."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.launch: TapeLaunch | None = None
        self.is_awaited = False  # whether somebody waits for the batch
        self.ahead: Ahead | None = None  # what was made ahead for it
        self.is_whole = False  # whether ``launch`` has all instructions, rather than `kernels.SMALL`
        self.wants = True  # whether a kernel is to be built beside
        whole = kernels.kernel(device.traits)
        self.whole = program.job_of(device, whole, prelude, device.has_near_device)
        self._seen: dict[
            int, tuple[str, parts.Cut | None, int]
        ] = {}  # how structures go that are dear on the tape, and how often they came
        self._scripts: dict[tuple[Record, ...], list[Script]] = {}
        self._stencils: dict[tuple[Record, ...], list[Stencil]] = {}  # by what their records were cast like
        self._once: set[int] = set()  # hashes of the records of batches
        self._fresh: Fresh | None = None
        self._aside = Aside(device.builders, self.whole)
        self._far = Aside(device.builders, program.job_of(device, whole, prelude)) if device.has_near_device else None
        self._has_small = device.traits.form == "cpu"
        self.arena = device.arena
        self.codes = Codes(kernels.lane_count(device.traits), device.arena.largest)

    def prepare(self, wait: bool = False) -> bool:
        """Load the whole kernel if it is on disk, or if this process is to build it and ``wait``; whether it is there now."""
        if not self.is_whole and (self._aside.is_done() or wait):
            self._load(True)
            self.wants = False
        elif self.is_whole and self._far is not None and self._far.is_done():
            self._load(True, False)
            self._far, self.wants = None, False
        return self.is_whole

    def begin(self) -> None:
        """Have the whole kernel built beside, if nothing more urgent is."""
        self.device.builders.ahead()
        if not self.is_whole:
            self._aside.begin()
        elif self._far is not None:
            self._far.begin()

    def review(self) -> None:
        """A batch has run: see what is still to be built. A kernel for the device itself is, where another has the near queue, once tapes had to
        wait for what the device is at."""
        if self.is_whole and self._far is not None:
            self.wants = self.launch.drained >= OFTEN and not self._far.failed  # type: ignore[union-attr]
        if self.wants:
            self.begin()

    def _load(self, is_whole: bool, is_near: bool | None = None) -> None:
        device = self.device
        is_near = device.has_near_device if is_near is None else is_near
        text = kernels.kernel(device.traits, is_whole)
        (made,) = program.kernels(device, [text], prelude, is_near)
        if self.launch is None or self.launch.name != text.name:
            self.launch = TapeLaunch(device, text.name, kernels.group_size(device.traits))
        self.launch.add(made, is_near)
        self.is_whole = is_whole

    def _has(self, script: Script) -> bool:
        """Whether the small kernel has what a tape needs; if it does, it is built, which takes no longer than one of a plan."""
        if not kernels.is_small(script.words):
            return False
        if self.launch is None and script.words and self._has_small:
            try:
                self._load(False)
            except KernelBuildError:
                self._has_small = False  # plans may fare better
        return self._has_small or not script.words

    def _pays(self, look: Look) -> bool:
        """Whether a batch waits for the whole kernel: if it is of so many kinds, the programs that its plan lacks on a fresh machine would take longer."""
        if not self._has_small or len(set(look.records)) < MANY or config.tier:
            return False
        try:
            return self.prepare(True)
        except KernelBuildError:
            self._has_small = False
            return False

    def code_of(self, record: Any) -> Code | bool:
        """The instructions of a record."""
        kind = record.kind
        if kind.tape is None:
            kind.tape = self.codes.of(kind)
        record.tape = kind.tape
        return kind.tape

    def way(self, key: tuple[Any, ...], batch: list[Value]) -> tuple[str, parts.Cut | None]:
        """Whether a batch without a plan goes in parts: `parts.ALWAYS`, with where it is cut, or `parts.FIRST`; or `parts.NEVER` where it
        is to get a plan."""
        if config.tier:
            return parts.ALWAYS, parts.Cut(parts.cut(self, batch))
        if not self.is_whole:
            return parts.NEVER, None
        known = hash(key)
        found = self._seen.get(known)
        if found is None:
            if len(self._seen) >= SEEN_KEPT:
                self._seen.clear()
            found = (*parts.choose(self, batch), 0)
        way, cut, times = found
        self._seen[known] = way, cut, times + 1
        return (parts.NEVER if way == parts.FIRST and times >= NEW else way), cut

    @staticmethod
    def is_cheap(cost: int, count: int) -> bool:
        """Whether so many values (`Order.weight`) are likely to be faster on the tape than by a plan, if they take ``cost`` nanoseconds
        there."""
        return cost <= CHEAP + PER_VALUE * count

    def _is_dear(self, value: Value) -> bool:
        """Whether a value is known to take longer on the tape than by a plan: one large op by itself need not be looked at any more."""
        code: Any = value.record.tape  # type: ignore[union-attr]
        if code is None or value.outs is not None or value.pins <= 0:
            return False
        return code is False or not self.is_cheap(code.cost, value.record.weight)  # type: ignore[union-attr]

    def run(self, batch: list[Value], most: int = 0) -> TapeRun | Run | None:
        """A batch as a tape, if that can be and is likely to be the fastest, or takes at most ``most`` nanoseconds; or as a known `Chain`."""
        if config.tier == "op":
            if not most:
                return None  # only what leaves out what nobody needs
        elif self.wants:
            self.prepare(config.tier == "tape")
        if not most and len(batch) == 1 and self._is_dear(batch[0]):
            return None
        look = Look(batch, most > 0)
        ahead, self.ahead = self.ahead, None
        if ahead is not None and ahead.script is not None:
            inputs = self._fit(ahead, ahead.script, look)
            if inputs is not None:
                return ahead.script.run(self.device, self.launch, look, inputs, self.is_awaited)
        known = self._scripts.get(look.records, NOTHING)
        for script in known:
            if most and script.refuses:
                continue
            inputs = script.inputs(look)
            if inputs is not None:
                if not script.is_cheap and not most:
                    return None if script.chain is None else script.chain.run(self.launch, look)  # type: ignore[arg-type]
                if self.is_awaited and len(batch) <= FEW and not most:
                    self._lay_ready(script, len(inputs))
                return script.run(self.device, self.launch, look, inputs, self.is_awaited)
        likes = tuple([record.like for record in look.records])
        if likes != look.records:
            cast = self._cast(look, likes, most, ahead)
            if cast is not None:
                return cast
        written = self.written(look, most)
        if written is None:
            return None
        script, inputs, bases = written.script, written.inputs, written.bases
        if not (self.is_whole or script.refuses or self._has(script) or self._pays(look)):
            return None
        self._keep(look, script, inputs, bases)
        if script.refuses:
            return None
        if likes != look.records and script.words:
            self._keep_stencil(look, likes, written)
        return script.run(self.device, self.launch, look, inputs, self.is_awaited)

    def _lay_ready(self, script: Script, inputs: int) -> None:
        """A batch that reads so many ``inputs`` is waited for again: have its tape lie ready, see `Ready`."""
        if self.is_whole and not self.wants and not config.tier and self.device.transit.is_idle:
            script.ready = Ready.of(script, inputs, self.device, self.launch)  # type: ignore[arg-type]

    def at_once(self, batch: list[Value], pending: list[Value]) -> bool:
        """Compute the few values that are pending, if their tape lies ready or they come for the first time (whoever asks
        takes them off the list); False, and all is as it was, if they are to go the usual way."""
        if not 0 < len(batch) <= MOST or self.wants or not self.device.transit.is_idle or trace.listener is not None:
            return False
        records: tuple[Any, ...] = tuple([value.record for value in batch])
        scripts = self._scripts.get(records)
        return self._is_fresh(records, batch, pending) if scripts is None else self._is_ready(scripts, batch, pending)

    def _is_ready(self, scripts: list[Script], batch: list[Value], pending: list[Value]) -> bool:
        """Compute all that is pending, if its tape lies ready."""
        for script in scripts:
            found = script.ready
            if found is None:
                continue
            if found.is_single:
                value = batch[0]
                if value.pins > 0 and len(value.reads) == script.count and value.outs is None:
                    return len(pending) == 1 and found.run(batch, batch, value.reads)
                continue
            look = Look(batch, False)
            inputs = script.inputs(look)
            if inputs is not None:
                are_others = len(pending) > len(batch)  # of another thread, which may read what nobody holds
                return not are_others and found.run(batch, look.slots, inputs)
        return False

    def _is_fresh(self, records: tuple[Any, ...], batch: list[Value], pending: list[Value]) -> bool:
        """Compute all that is pending, if it is of a structure that has not come before, in any sizes."""
        if hash(records) in self._once or not self.is_whole or config.tier:
            return False
        likes = tuple([record.like for record in records])
        if likes != records and likes in self._stencils:
            return False
        if self._fresh is None:
            self._fresh = Fresh(self)
        if not self._fresh.run(batch, pending):
            return False
        self._scripts_of(records)
        if likes != records:
            self._stencils_of(likes)
        return True

    def link(self, look: Look, pins: Sequence[int], runs: Sequence[Run | TapeRun | None]) -> None:
        """Remember what the parts of a batch were that looked so; see `Chain`."""
        for script in self._scripts.get(look.records, NOTHING):
            if script.refuses and script.inputs(look) is not None:
                script.chain = linked(look, pins, runs)

    def _fit(self, ahead: Ahead, script: Script, look: Look) -> Sequence[Any] | None:
        """The inputs of a batch whose tape was cast with its records; None where it has to be found otherwise."""
        caster: Any = ahead.caster
        inputs = script.inputs(look) if ahead.records == look.records else None
        if inputs is None or not (script.is_cheap and self.is_whole):
            caster.tries -= 1
            if caster.tries < 1:
                caster.laid = None
            return None
        caster.tries = min(caster.tries + REGAINED, TRIES)
        self._add(look, script)
        return inputs

    def _add(self, look: Look, script: Script) -> None:
        """Remember a script for batches of these records, from the second one on."""
        known = self._scripts_of(look.records)
        if known is not None:
            known.insert(0, script)
            del known[ALIKE:]

    def _cast(self, look: Look, likes: tuple[Record, ...], most: int, ahead: Ahead | None) -> TapeRun | None:
        """The tape of a batch whose stencil was kept for other sizes; None where it has to be written."""
        for stencil in self._stencils.get(likes, ()):
            inputs = stencil.script.inputs(look)
            script = None if inputs is None else stencil.cast(self, look)
            if inputs is None or script is None:
                continue
            if script.cost > most and not script.is_cheap:
                return None
            if self.is_whole or self._has(script):
                self._add(look, script)
                if ahead is not None and not most:
                    laid.learn(self, stencil, look, ahead)
                return script.run(self.device, self.launch, look, inputs, self.is_awaited)
        return None

    def _keep_stencil(self, look: Look, likes: tuple[Record, ...], written: Written) -> None:
        """Keep the stencil of a tape, if batches like it have come before with other sizes."""
        stencils = self._stencils_of(likes)
        if stencils is None:
            return
        if written.script.count is None:
            written.script.note(look, written.inputs, written.bases)
        stencils.insert(0, Stencil(self, look, written))
        del stencils[ALIKE:]

    def _stencils_of(self, likes: tuple[Record, ...]) -> list[Stencil] | None:
        """The list for stencils of records that were cast like these; None when they come for the first time."""
        stencils = self._stencils.get(likes)
        if stencils is None:
            if len(self._stencils) >= SCRIPTS_KEPT:
                del self._stencils[next(iter(self._stencils))]
            self._stencils[likes] = []
        return stencils

    def _keep(self, look: Look, script: Script, inputs: Sequence[Any], bases: Sequence[tuple[Value, bool]]) -> None:
        """Remember how batches of these records are written, from the second one on."""
        scripts = self._scripts_of(look.records)
        if scripts is not None:
            script.note(look, inputs, bases)
            scripts.insert(0, script)
            del scripts[ALIKE:]

    def _scripts_of(self, records: tuple[Record, ...]) -> list[Script] | None:
        """The list for tapes of these records; None when they come for the first time."""
        scripts = self._scripts.get(records)
        if scripts is None:
            known = hash(records)
            if known not in self._once:
                if len(self._once) >= SEEN_KEPT:
                    self._once.clear()
                self._once.add(known)
                return None
            if len(self._scripts) >= SCRIPTS_KEPT:
                del self._scripts[next(iter(self._scripts))]
            scripts = self._scripts[records] = []
        return scripts

    def written(self, look: Look, most: int) -> Written | None:
        """The tape of a batch, or a refusal where a plan is better, or the tape cannot reach something. None where there is no room."""
        order = ordered(self, look, most)
        if order is None:
            return Written(refusal())
        is_cheap = self.is_cheap(order.cost, order.weight(look))
        if not is_cheap and order.cost > most:
            return Written(refusal())
        copied: set[int] = set()
        written = write(self, look, order, copied)
        if written is None:
            return None
        if written.__class__ is not tuple:
            return Written(refusal(True), [written])
        script, inputs = written
        script.guess(order.cost, is_cheap)
        return Written(script, inputs, order.bases, order, copied)


class Written(NamedTuple):
    """A tape that was written, what it reads, `Order.bases`, what it makes, and the places of those that begin as copies."""

    script: Script
    inputs: Sequence[Any] = ()
    bases: Sequence[tuple[Value, bool]] = ()
    order: Any = None  # an `Order`
    copied: AbstractSet[int] = frozenset()


def refusal(is_outside: bool = False) -> Script:
    """What says that a batch is not for the tape; as long as its first input lies outside the arena, if it ``is_outside``."""
    script = Script()
    script.refuses, script.is_cheap, script.is_outside = True, False, is_outside
    return script


def begin_early(one: Candidate) -> None:
    """The small kernel is built while a device is tried, if both take longer than a process needs to begin."""
    if one.traits.form == "cpu" and config.tier != "fused" and quirks.is_late(one.platform):
        small = program.job_of(one, kernels.kernel(one.traits, False), prelude, one.near is not None)
        builders.begin_early(one.position, small)


platforms.on_trial.append(begin_early)


def machine(device: Device) -> Machine | None:
    """The tape of a device; None where it has none or must not be used."""
    traits = device.traits
    if config.tier == "fused" or not device.arena.largest:
        return None
    if quirks.refuses_tape(device.platform_name, traits.kind, traits.form):
        return None
    return Machine(device)
