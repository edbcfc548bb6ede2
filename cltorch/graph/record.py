"""The list of pending values of each device, and its flush: key, plan, run.

Rule: after a flush nothing that is pinned on that device is pending, but what failed. Values that nobody pins and nobody
needs are dropped. A value that failed is held back with those that read it, and says so when one of them is read.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..backends import are_deterministic_algorithms_enabled
from ..config import config
from ..errors import AcceleratorError, KernelBuildError, OutOfMemoryError
from ..runtime import transfer
from ..runtime.host import HOST
from ..runtime.nowhere import META
from . import parts, tiers
from .families import Plans
from .run import Run
from .value import SLICING, SPAN, Inner, Number, Record, Staged, Value, Window, results

if TYPE_CHECKING:
    import numpy as np

    from ..runtime.device import Device
    from .plan import Plan

LENGTH_LIMIT = 0 if config.eager else 256  # pending values from which `overflow` looks for a place to flush
LONGEST = 4096  # pending values at which it takes any
UPLOAD_LIMIT = 1 << 28  # bytes uploaded since the last flush after which one comes by itself: pending values hold them
STAGED_LIMIT = 1 << 10  # bytes up to which numbers stay on the host until a batch reads them
COPY_LIMIT = 1 << 20  # bytes of a slice up to which it is rather copied than given a plan of its own
PLANS_KEPT = 512
OPS_KEPT = 4096  # plans of one value
FIRST = -SPAN // 2  # below the indices of any inputs
_stamps = itertools.count(SPAN, SPAN).__next__


class DroppedError(RuntimeError):
    """A value is read that was dropped, since nobody held it when its batch ran."""

    def __init__(self) -> None:
        super().__init__(
            "a value that was dropped is read again: a tensor was changed by one thread while another read it"
        )


FAILURES = (OutOfMemoryError, KernelBuildError, AcceleratorError, DroppedError)


class Recorder:
    """What is pending on one device, and the plans that ran there."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.pending: list[Value] = []
        self.held: list[Value] = []  # what failed, and what reads it, in the order of recording
        self.running: Run | tiers.TapeRun | None = (
            None  # the batch that is handed to the device, or was when an exception came
        )
        self.plans = Plans(device, PLANS_KEPT)
        self.ops = Plans(device, OPS_KEPT)  # of one value, whose kernels all structures share
        self.built = 0  # plans built so far, rather than cast for other sizes, but for ops
        self.launched = 0  # kernels launched so far
        self.flushing = False
        self.uploaded = 0  # bytes since the last flush
        self._stumbled: Value | None = None
        self.machine = tiers.machine(device)
        device.on_exhausted.append(self._relieve)

    def upload(self, array: np.ndarray, is_own: bool = False) -> Value:
        """The value of numbers from the host, a copy of them. Few of them stay there until somebody reads them, and are not
        copied again where the array ``is_own``."""
        if array.nbytes <= STAGED_LIMIT:
            self.device.check_process()
            return Staged(self.device, array if is_own else transfer.copied(array))
        buffer = transfer.upload(self.device, array)
        self.uploaded += buffer.nbytes
        if self.uploaded > UPLOAD_LIMIT:
            self.flush()
        return Value.computed(buffer)

    def _relieve(self) -> None:
        """Called by the allocator when memory ran out: run what is pending."""
        if not self.flushing:
            self.flush()

    def flush(self) -> None:
        """Run everything recorded so far, without waiting for the device. What fails is held back.

        An exception may come at any moment, from a signal's handler. Until the first launch everything stays pending; from
        then on ``running`` knows what has been launched, and the next flush goes on from there.
        """
        device = self.device
        device.check_process()
        with device.lock:
            if self.flushing:
                return
            self.flushing = True
            try:
                if self.running is not None:
                    self._finish()
                if self.held:
                    self._hold_readers()
                if self.pending:
                    self._flush()
            finally:
                self.flushing = False

    def _flush(self) -> None:
        batch = self.pending[:]
        self.uploaded = 0
        try:
            self._run(batch)
        except Exception as error:
            if self.running is not None:
                raise  # a signal's handler, in the middle
            if not isinstance(error, FAILURES) and self._stumbled is not batch[0]:
                self._stumbled = batch[0]  # perhaps a signal's handler, else it comes again
                raise
            batch = [value for value in batch if value.record is not None]  # parts of it may have run
            self._hold(batch)
            self._run_parts([value for value in batch if is_pinned(value)], (*FAILURES, type(error)))
            if len(self.held) > LONGEST:
                raise

    def tape_machine(self) -> tiers.Machine | None:
        """What runs tapes, unless everything is to take one way."""
        return None if self.machine is None or are_deterministic_algorithms_enabled() else self.machine

    def _run(self, batch: list[Value]) -> None:
        """Run values that are all pending or all held back."""
        machine = self.tape_machine()
        inputs: list[Value | Window] = []
        key = structure(batch, inputs)
        if key.__class__ is not tuple:
            if not self._others(batch):
                self.running = key
                self._finish()
                return
            key = plan_key(batch, inputs)
        others = self._others(batch)
        if others:
            key = protected(key, batch, inputs, others)
        plans = self.plans if len(batch) > 1 else self.ops
        plan = plans.get(key)
        if plan is None:
            is_first = bool(self.pending) and self.pending[0] is batch[0]
            if machine is not None and len(batch) > 1 and is_first and not others:
                way = machine.way(key, batch)
                if way != parts.NEVER:
                    parts.run(self, machine, batch, way == parts.FIRST)
                    return
            before = plans.built
            plan = plans.make(key, batch, inputs)
            self.built += plans.built - before
        self._launch(plan, batch, inputs)

    def _launch(self, plan: Plan, batch: list[Value], inputs: list[Value | Window]) -> None:
        """Run a batch by its plan."""
        plan.used = self.launched
        self.device.memory.review()
        self.running = Run(plan, batch, inputs)
        self._finish()

    def run_op(self, value: Value, ahead: int) -> None:
        """Run the first pending value by a plan of its own; ``ahead`` pending values belong to its batch."""
        inputs: list[Value | Window] = []
        key = plan_key([value], inputs)
        others = self._others([value], ahead)
        if others:
            key = protected(key, [value], inputs, others)
        plan = self.ops.get(key) or self.ops.make(key, [value], inputs)
        self._launch(plan, [value], inputs)

    def run_tape(self, part: list[Value], ahead: int) -> bool:
        """Run the first pending values on the tape, if that can be and nobody else reads what it may write over; ``ahead``
        pending values belong to their batch."""
        tape = None if self.machine is None else self.machine.run(part, tiers.ANY)
        if tape is None or self._others(part, ahead):
            return False
        self.running = tape
        self._finish()
        return True

    def _finish(self) -> None:
        """Launch what is left of the running batch, and hand its results over. May be begun again after any exception."""
        run = self.running
        if run is None:
            return
        batch, pending = run.batch, self.pending
        if pending and pending[0] is batch[0]:
            del pending[: len(batch)]
        run.launch()
        run.settle()
        self.launched += run.launches
        self.running = None
        if self.held:
            self.held = [value for value in self.held if value.record is not None]

    def _others(self, batch: list[Value], ahead: int = 0) -> list[Value]:
        """The values that are no part of a batch but may read what it reads or makes: recorded by other threads since it was
        cut, or held back. Where it is only a part, ``ahead`` pending values belong to the whole."""
        pending = self.pending
        if pending and pending[0] is batch[0]:
            others = pending[max(ahead, len(batch)) :]
        else:
            others = self.pending[:]
        if self.held:
            inside = {id(value) for value in batch}
            others += [value for value in self.held if id(value) not in inside]
        return others

    # --- what failed ------------------------------------------------------------------------------------------------------

    def _hold(self, batch: list[Value]) -> None:
        """Move values from what is pending to what is held back."""
        known = {id(value) for value in self.held}
        self.held += [value for value in batch if id(value) not in known]
        inside = {id(value) for value in batch}
        self.pending[: len(batch)] = [value for value in self.pending[: len(batch)] if id(value) not in inside]

    def _hold_readers(self) -> None:
        """Hold back what reads something held back; forget what nobody needs any more."""
        count = len(self.pending)
        everything = self.held + self.pending[:count]
        needed = closure([*(v for v in self.held if is_pinned(v)), *self.pending[:count]], everything)
        kept = {id(value) for value in needed}
        self.held = [value for value in self.held if id(value) in kept]
        stuck = {id(out) for value in self.held for out in results(value)}
        going, staying = [], []
        for value in self.pending[:count]:
            if id(value) in stuck or any(id(read) in stuck for read in value.reads):
                staying.append(value)
                stuck.update(id(out) for out in results(value))
            else:
                going.append(value)
        known = {id(value) for value in self.held}
        self.held += [value for value in staying if id(value) not in known]
        self.pending[:count] = going

    def _run_parts(self, targets: list[Value], kinds: tuple[type[Exception], ...]) -> None:
        """Run as much as can be of what failed as a whole: halves of it, and halves of these."""
        bad: set[int] = set()
        stack = [targets[len(targets) // 2 :], targets[: len(targets) // 2]]
        while stack:
            part = stack.pop()
            part = [value for value in part if value.record is not None]
            if not part:
                continue
            needed = closure(part, self.held)
            if len(part) > 1 and any(id(value) in bad for value in needed):
                part = [value for value in part if not any(id(v) in bad for v in closure([value], self.held))]
                if not part:
                    continue
                needed = closure(part, self.held)
            if any(id(value) in bad for value in needed):
                continue
            try:
                self._run(needed)
            except kinds:
                if self.running is not None:
                    raise
                if len(part) == 1:
                    bad.add(id(part[0]))
                else:
                    stack += [part[len(part) // 2 :], part[: len(part) // 2]]

    def retry(self, value: Value) -> None:
        """Compute a value that was held back, with all that it needs and nothing else; raises why it cannot be."""
        with self.device.lock:
            maker = next((v for v in self.held if v is value or (v.outs is not None and value in v.outs)), None)
            if maker is None:
                if value.buffer is None:
                    raise why_lost(value)
                return
            self.flushing = True
            try:
                self._finish()
                self._run(closure([maker], self.held))
                rest = [v for v in self.held if is_pinned(v)]
                if rest:
                    self._run_parts(rest, FAILURES)
            finally:
                self.flushing = False


def why_lost(value: Value) -> Exception:
    """Why a value has no numbers and never will."""
    error = getattr(value, "error", None)
    return DroppedError() if error is None else type(error)(*error.args)


def is_pinned(value: Value) -> bool:
    """Whether somebody holds a result."""
    return any(out.is_wanted for out in results(value))


def closure(targets: list[Value], among: list[Value]) -> list[Value]:
    """``targets`` with those of ``among`` that they need and that are not computed, in the order of ``among``."""
    makers = {id(out): value for value in among for out in results(value)}
    needed: dict[int, Value] = {}
    stack = list(targets)
    while stack:
        value = stack.pop()
        if id(value) not in needed and value.record is not None:
            needed[id(value)] = value
            stack += [makers[id(read)] for read in value.reads if id(read) in makers]
    return [value for value in among if id(value) in needed]


def structure(batch: list[Value], inputs: list[Value | Window]) -> Any:
    """How a batch is read: as a tape ready to be launched, where that is the better way, else as the key of a plan."""
    machine = recorder(batch[0].record.device).tape_machine()  # type: ignore[union-attr]
    tape = machine.run(batch, 0) if machine is not None else None
    return plan_key(batch, inputs) if tape is None else tape


def plan_key(batch: list[Value], inputs: list[Value | Window]) -> tuple[Any, ...]:
    """The key of a plan: per value the kind of its record and where its reads come from (a slot of the batch, or -2 - the
    position of an input); then which slots are pinned, which inputs may be overwritten, and how long each is.

    Numbers are no part of it, nor is where slices of computed values start. Sets ``index`` of values to that plus a stamp of
    this batch, so what earlier batches left there means nothing. Everything that may change meanwhile, by other threads or by garbage
    collection, is read once; `protected` must follow.
    """
    stamp = _stamps()
    key: list[Any] = []
    add = key.append
    pinned: list[bool] = []
    windows: dict[Any, Window] = {}
    for value in batch:
        record = value.record
        if record.windows and all_open(value, stamp):  # type: ignore[union-attr]
            add(record.base)  # type: ignore[union-attr]
            for read, stretch in zip(value.reads, record.windows, strict=True):  # type: ignore[union-attr]
                if stretch is None:
                    at = read.index - stamp
                    add(at if at > FIRST else index_of(read, stamp, inputs))
                else:
                    add(window_of(read, stretch, value, inputs, windows))
        else:
            add(record.kind)  # type: ignore[union-attr]
            for read in value.reads:
                at = read.index - stamp
                add(at if at > FIRST else index_of(read, stamp, inputs))
        if value.outs is None:
            value.index = stamp + len(pinned)
            pinned.append(value.is_wanted)
        else:
            for out in value.outs:
                out.index = stamp + len(pinned)
                pinned.append(out.is_wanted)
    dying = overwritable(inputs) if windows else [not source.is_wanted for source in inputs]  # type: ignore[union-attr]
    key += pinned
    key += dying
    key += [source.nbytes for source in inputs]
    return tuple(key)


def protected(
    key: tuple[Any, ...], batch: list[Value], inputs: list[Value | Window], others: list[Value]
) -> tuple[Any, ...]:
    """The key with what ``others`` read kept: values that are no part of the batch. What they read was pinned when they were
    recorded, perhaps by another thread after the batch was cut, but may not have been any more when `structure` asked.
    """
    changed = list(key)
    dying = len(key) - 2 * len(inputs)
    pinned = dying - sum(len(results(value)) for value in batch)
    stamp = results(batch[0])[0].index
    for value in others:
        for read in value.reads:
            at = read.index - stamp
            if at >= 0:
                changed[pinned + at] = True
            elif at > FIRST:
                changed[dying - 2 - at] = False
    return tuple(changed)


def index_of(read: Value, stamp: int, inputs: list[Value | Window]) -> int:
    """The index of a value that is read whole and not made by the batch; inputs get theirs when first met."""
    if read.buffer is None:
        raise why_lost(read)
    inputs.append(read)
    read.index = stamp - 1 - len(inputs)
    return -1 - len(inputs)


def all_open(value: Value, stamp: int) -> bool:
    """Whether every read that starts elsewhere than at 0 can be a window: of a computed value that is not to be overwritten
    here, and cheap to copy if it must be copied."""
    record: Any = value.record
    alignment = record.device.traits.base_alignment
    return all(
        stretch is None
        or (
            read.index < stamp
            and read.buffer is not None
            and read.is_wanted
            and (stretch[1] <= COPY_LIMIT or stretch[0] % alignment == 0)
        )
        for read, stretch in zip(value.reads, record.windows, strict=True)
    )


def window_of(
    read: Value, stretch: tuple[int, int], reader: Value, inputs: list[Value | Window], windows: dict[Any, Window]
) -> int:
    """The index of a stretch of a computed value: equal stretches are one input."""
    key = (id(read), stretch)
    window = windows.get(key)
    if window is None:
        window = windows[key] = Window(read, reader.record.device, *stretch)  # type: ignore[union-attr]
        inputs.append(window)
        window.index = -1 - len(inputs)
    return window.index


def overwritable(inputs: list[Value | Window]) -> list[bool]:
    """Which inputs nobody needs after the batch: those that no storage pins, and that no window shows a part of."""
    shown = {id(source.value) for source in inputs if isinstance(source, Window)}
    return [isinstance(source, Value) and not source.is_wanted and id(source) not in shown for source in inputs]


class Forgotten(list[Value]):
    """What is pending on the device ``meta``: nothing, whatever is recorded there. So its values need not keep what they read."""

    def append(self, value: Value) -> None:
        """Forget a value."""
        value.reads = ()

    def extend(self, values: Iterable[Value]) -> None:
        """Forget values."""
        for value in values:
            value.reads = ()


class MetaRecorder(Recorder):
    """The recorder of the device ``meta``, where nothing is computed."""

    def __init__(self) -> None:
        self.device = META
        self.pending = Forgotten()
        self.held = []
        self.built = self.launched = 0
        self.machine = None

    def upload(self, array: np.ndarray, is_own: bool = False) -> Value:
        """A value without the numbers."""
        return Value(None, ())

    def flush(self) -> None:
        """Nothing is pending."""

    def retry(self, value: Value) -> None:
        """NotImplementedError: no value has numbers."""
        META.refuse()


_RECORDERS: dict[Device, Recorder] = {META: MetaRecorder()}


def add(found: Recorder) -> None:
    """Let a device have a recorder of its own kind."""
    _RECORDERS[found.device] = found


def recorder(device: Device) -> Recorder:
    """The recorder of ``device``, made on first use."""
    found = _RECORDERS.get(device)
    if found is None:
        with device.lock:
            found = _RECORDERS.get(device)
            if found is None:
                found = _RECORDERS[device] = Recorder(device)
    return found


def flush(device: Device) -> None:
    """Run everything recorded on ``device``, without waiting for it."""
    found = _RECORDERS.get(device)
    if found is not None:
        found.flush()


BATCHING: list[Callable[..., tuple[Value, ...]]] = []
"""What records work on `Batched` values (`batching.record_batched`), once there are any."""


def emit(record: Record, reads: tuple[Value, ...], numbers: tuple[Number, ...] = ()) -> Value:
    """Record a value: the one door through which everything recorded goes, but for `emit_several` beside it and recordings.

    The value has a pin, which its maker hands to a Storage.
    """
    if BATCHING:
        for read in reads:
            if read.levels:
                return BATCHING[0](record, reads, numbers)[0]
    value = Value(record, reads, numbers) if not SLICING.now else Inner(record, reads, numbers)
    pending = record.pending
    pending.append(value)
    if len(pending) > LENGTH_LIMIT:
        overflow(record)
    return value


def emit_several(record: Record, reads: tuple[Value, ...], numbers: tuple[Number, ...] = ()) -> tuple[Value, ...]:
    """`emit` for work with several results: a value each."""
    if BATCHING:
        for read in reads:
            if read.levels:
                return BATCHING[0](record, reads, numbers)
    value = Value(record, reads, numbers)
    value.pins = 0
    value.outs = tuple([Value(None, ()) for _ in record.metas])
    record.pending.append(value)
    if len(record.pending) > LENGTH_LIMIT:
        overflow(record)
    return value.outs


def overflow(record: Record) -> None:
    """Called after a value of ``record`` was appended to more than `LENGTH_LIMIT` others: flush, if here is the place.

    Loops that never ask for numbers end up here. Places are given by what is recorded, not by how much: one record in four is
    one, so the same loop is cut at the same ones, and needs few plans.
    """
    if config.eager:
        found = recorder(record.device)
        found.flush()
        if found.held:  # every op runs at once to find the one that fails
            found.retry(found.held[-1])
    elif record.is_place or len(record.pending) > LONGEST:
        flush(record.device)


def flush_all() -> None:
    """`flush` for every device that has been used."""
    for found in list(_RECORDERS.values()):
        found.flush()


def materialize(value: Value, device: Device) -> Any:
    """The buffer of ``value``, after running what is pending if it is not computed yet; raises why it could not be."""
    if value.buffer is None:
        found = recorder(device)
        found.flush()
        if value.buffer is None:
            found.retry(value)
    return value.buffer


def read(value: Value, device: Device, kind: np.dtype, numel: int, start: int = 0) -> np.ndarray:
    """``numel`` elements of ``value`` from byte ``start`` on, as a new array; waits for them."""
    if value.__class__ is Staged:
        device.check_process()
        host = value.host
        if host is not None:
            return transfer.stretch(host, kind, numel, start)
    elif device is HOST:
        return transfer.stretch(value.buffer.array, kind, numel, start)  # type: ignore[union-attr]
    return transfer.download(device, materialize(value, device), kind, numel, start)
