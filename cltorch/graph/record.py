"""The list of pending values of each device, and its flush: key, plan, run.

Rule: after a flush nothing that is pinned on that device is pending, but what failed. Values that nobody pins and nobody
needs are dropped. A value that failed is held back with those that read it, and says so when one of them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..backends import are_deterministic_algorithms_enabled
from ..config import config
from ..kernels.sizes import TRACING
from ..runtime import transfer
from ..runtime.host import HOST
from ..runtime.nowhere import META
from . import parts, repeats, tiers
from .cohorts import DIARY, close
from .failures import FAILURES, Failures, is_pinned
from .families import Plans
from .forms import form_of
from .keys import plan_key, protected
from .origins import ORIGINS
from .run import Ways
from .sharing import PUBLISHING, publish
from .value import SLICING, Cast, Inner, Number, Record, Staged, Value, Window, result, unheld

if TYPE_CHECKING:
    import numpy as np

    from ..runtime.device import Device
    from .meta import Meta
    from .plan import Plan
    from .run import Direct, Run
    from .script import TapeRun
    from .storage import Storage

LENGTH_LIMIT = 0 if config.eager else 256  # pending values from which `overflow` looks for a place to flush
LONGEST = 4096  # pending values at which it takes any
UPLOAD_LIMIT = 1 << 28  # bytes uploaded since the last flush after which one comes by itself: pending values hold them
STAGED_LIMIT = 1 << 10  # bytes up to which numbers stay on the host until a batch reads them
PLANS_KEPT = 512
OPS_KEPT = 4096  # plans of one value
FEW = 8  # values recorded one by one that may be known by what they read
NOBODY: list[Value] = []


class Recorder(Failures):
    """What is pending on one device, and the plans that ran there."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.pending: list[Value] = []
        self.held = []
        self.made: tuple[Any, list[Value]] | None = (
            None  # a recording whose values are all that was pending when it was recorded, and these
        )
        self.running = None  # the batch that is handed to the device, or was when an exception came
        self.plans = Plans(device, PLANS_KEPT)
        self.ops = Plans(device, OPS_KEPT)  # of one value, whose kernels all structures share
        self.built = 0  # plans built so far, rather than cast for other sizes, but for ops
        self.launched = 0  # kernels launched so far
        self.flushing = False
        self.uploaded = 0  # bytes since the last flush
        self._alike: dict[tuple[Record | None, ...], Ways] = {}  # of few values that were recorded one by one
        self._cuts: dict[Any, tuple[list[int], tuple[Any, ...]]] = {}  # see `repeats.begun`
        self._step: tuple[Any, ...] = ()  # of a loop whose first steps ran, while others of them are pending
        self._stumbled: Value | None = None
        self.machine = tiers.machine(device)
        device.on_exhausted.append(self._relieve)

    def upload(self, array: np.ndarray, is_own: bool = False) -> Value:
        """The value of numbers from the host, a copy of them. Few of them stay there until somebody reads them, and are not
        copied again where the array ``is_own``."""
        if array.nbytes <= STAGED_LIMIT:
            self.device.check_process()
            return Staged(self.device, array if is_own else transfer.copied(array))
        buffer = transfer.upload(self.device, array, is_own)
        self.uploaded += buffer.nbytes
        if self.uploaded > UPLOAD_LIMIT:
            self.flush()
        return Value.computed(buffer)

    def place(self, storage: Storage, meta: Meta, index: Any, source: Any, source_meta: Meta | None = None) -> bool:
        """Let elements of a tensor, at an index of ints and slices, become a number, or a value that is seen as ``source_meta``, at
        once. False where that has to be recorded."""
        return False

    def _relieve(self) -> None:
        """Called by the allocator when memory ran out: run what is pending."""
        if not self.flushing:
            self.flush()

    def flush(self, is_awaited: bool = False, is_long: bool = False) -> None:
        """Run everything recorded so far, without waiting for the device, unless somebody is about to (``is_awaited``) and may as well compute it.
        What fails is held back. If this is done only since there is much of it (``is_long``), the last steps of a loop that goes on may stay pending.

        An exception may come at any moment, from a signal's handler. Until the first launch everything stays pending; from
        then on ``running`` knows what has been launched, and the next flush goes on from there.
        """
        device = self.device
        device.check_process()
        if TRACING.now:
            raise TypeError("what is traced has no numbers")
        ahead = None
        if DIARY.is_open and self.machine is not None:
            ahead = close(device, self.pending, self.machine.codes)
        with device.lock:
            if self.flushing:
                return
            self.flushing = True
            try:
                if self.running is not None:
                    self._finish()
                if self.held:
                    self._hold_readers()
                machine = self.machine
                if is_awaited and self._is_done():
                    return
                if self.pending:
                    if machine is not None:
                        machine.is_awaited, machine.ahead = is_awaited, ahead
                    self._flush(is_long)
                    if machine is not None:
                        machine.review()
                if PUBLISHING:
                    publish(device)
            finally:
                self.flushing, self.made = False, None

    def _is_done(self) -> bool:
        """Compute all that is pending at once, if it lies ready (`graph.ready`, `run.Direct`) and nothing else is to be thought of; False, and all is as
        it was, if not."""
        if self.running is not None or self.held or self._step or PUBLISHING or are_deterministic_algorithms_enabled():
            return False
        pending, machine = self.pending, self.machine
        batch = pending[:]
        if not batch:
            return True
        found = self._way(batch)
        if found is not None:
            launched = found[0].plan.launches
            is_done = len(pending) == len(batch) and self._computes(batch, *found)  # else another thread's may read it
        else:
            launched, is_done = 1, machine is not None and machine.at_once(batch, pending)
        if not is_done:
            return False
        del pending[: len(batch)]
        for value in batch:
            value.record, value.reads = None, ()
        self.launched += launched
        self.uploaded = 0
        return True

    def _way(self, batch: list[Value]) -> tuple[Direct, Sequence[Value | Window]] | None:
        """How a batch goes, and the inputs of its plan, if that is known by what it reads."""
        made = self.made
        if len(batch) == 1:
            ways = batch[0].record.direct  # type: ignore[union-attr]
        elif made is not None and made[1] == batch:
            ways = made[0].direct
        else:
            ways = self._alike.get(tuple([value.record for value in batch])) if len(batch) <= FEW else None
            if ways is not None and not ways.fit(batch):
                ways = None
        return None if ways is None else ways.of(batch)

    def _note(self, plan: Plan, batch: list[Value], inputs: Sequence[Value | Window]) -> None:
        """Note how a batch is about to run where `_way` looks for it."""
        made = self.made
        owner: Any = batch[0].record if len(batch) == 1 else made[0] if made is not None and made[1] == batch else None
        if owner is not None:
            if owner.direct is None:
                owner.direct = Ways(batch)
            owner.direct.note(plan, batch, inputs)
        elif len(batch) <= FEW:
            records = tuple([value.record for value in batch])
            ways = self._alike.get(records)
            if ways is None or not ways.fit(batch):
                if len(self._alike) >= PLANS_KEPT:
                    self._alike.clear()
                ways = self._alike[records] = Ways(batch, True)
            ways.note(plan, batch, inputs)

    def _computes(self, batch: list[Value], direct: Direct, inputs: Sequence[Value | Window]) -> bool:
        """Compute a batch, the first values that are pending, at once; False, and all is as it was, if that cannot be."""
        direct.plan.used = self.launched
        self.device.memory.review()
        try:
            return direct.compute(batch, inputs)
        except FAILURES:
            return False  # it will be met again

    def _flush(self, is_long: bool) -> None:
        batch = self.pending[:]
        self.uploaded = 0
        try:
            self._run(batch, is_long)
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

    def _run(self, batch: list[Value], is_long: bool = False) -> None:
        """Run values that are all pending or all held back."""
        step, self._step = self._step, ()
        found = self._way(batch) if not step and not self.held else None
        if found is not None and not self._others(batch):
            self._launch(found[0].plan, batch, found[1])
            return
        machine = self.tape_machine()
        inputs: list[Value | Window] = []
        key = structure(batch, inputs, machine)
        if key.__class__ is not tuple:
            if not self._others(batch):
                self.running = key
                self._finish()
                return
            key = plan_key(batch, inputs)
        others = self._others(batch)  # after the pins were read
        if others:
            key = protected(key, batch, inputs, others)
        plans = self.plans if len(batch) > 1 else self.ops
        plan = plans.get(key)
        is_first = not others and bool(self.pending) and self.pending[0] is batch[0]
        if is_first and (plan is None or step) and self._run_apart(key, batch, step, is_long):
            return
        if plan is None:
            before = plans.built
            plan = plans.make(key, batch, inputs)
            self.built += plans.built - before
        elif not others and machine is self.machine and (machine is None or machine.is_whole):
            self._note(plan, batch, inputs)
        self._launch(plan, batch, inputs)

    def _run_apart(self, key: tuple[Any, ...], batch: list[Value], step: tuple[Any, ...], is_long: bool) -> bool:
        """Run what is pending in parts or pieces, if that is its way. It may go on with a loop of this ``step``."""
        machine = self.tape_machine()
        way, cut = (parts.NEVER, None) if machine is None or len(batch) == 1 else machine.way(key, batch)
        if way == parts.NEVER or (way == parts.FIRST and (is_long or step)):
            pieces, following = self._pieces(batch, step, is_long)
            if len(pieces) > 1 or sum(pieces) < len(batch):
                repeats.run(self, batch, pieces)
                self._step = following
                return True
        if way == parts.NEVER:
            return False
        parts.run(self, machine, batch, cut)  # type: ignore[arg-type]
        return True

    def _launch(self, plan: Plan, batch: list[Value], inputs: Sequence[Value | Window]) -> Run:
        """Run a batch by its plan."""
        plan.used = self.launched
        self.device.memory.review()
        run = self.running = plan.run(batch, inputs)
        self._finish()
        return run

    def _pieces(self, batch: list[Value], step: tuple[Any, ...], is_long: bool) -> tuple[list[int], tuple[Any, ...]]:
        """The lengths of the pieces that a batch runs in, and the step of the loop that goes on behind them. What repeats has one content, however
        its records came about: forms and integers say so of those that were cast, which need not be completed."""
        if not step and len(batch) < repeats.SHORTEST:
            return [len(batch)], ()
        kinds: Sequence[Any] = [value.record.base for value in batch]  # type: ignore[union-attr]
        goes_on = is_long or bool(step)
        if goes_on or any(kind.__class__ is Cast for kind in kinds):
            kinds = [*map(form_of, kinds)]
        key = (tuple(kinds), step, is_long) if goes_on else repeats.pattern(kinds)
        known = self._cuts.get(key)
        if known is None:
            if len(self._cuts) >= PLANS_KEPT:
                self._cuts.clear()
            known = repeats.begun(kinds, step) if is_long else ([], ())
            if not known[0]:
                known = repeats.cut(kinds, step), ()
            self._cuts[key] = known
        return known

    def run_piece(self, piece: list[Value], ahead: int) -> Run:
        """Run the first pending values by a plan of their own; ``ahead`` pending values belong to their batch."""
        inputs: list[Value | Window] = []
        key = plan_key(piece, inputs)
        others = self._others(piece, ahead)
        if others:
            key = protected(key, piece, inputs, others)
        plans = self.plans if len(piece) > 1 else self.ops
        plan = plans.get(key)
        if plan is None:
            before = self.plans.built
            plan = plans.make(key, piece, inputs)
            self.built += self.plans.built - before
        return self._launch(plan, piece, inputs)

    def run_tape(self, part: list[Value], ahead: int) -> TapeRun | None:
        """Run the first pending values on the tape, if that can be and nobody else reads what it may write over; ``ahead``
        pending values belong to their batch."""
        tape: Any = None if self.machine is None else self.machine.run(part, tiers.ANY)
        if tape is None or self._others(part, ahead):
            return None
        self.running = tape
        self._finish()
        return tape  # type: ignore[no-any-return]

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
            if len(pending) == len(batch) and not self.held:
                return NOBODY
            others = pending[max(ahead, len(batch)) :]
        else:
            others = pending[:]
        if self.held:
            inside = {id(value) for value in batch}
            others += [value for value in self.held if id(value) not in inside]
        return others


def structure(batch: list[Value], inputs: list[Value | Window], machine: tiers.Machine | None) -> Any:
    """How a batch is read: as a tape ready to be launched, where that is the better way, else as the key of a plan."""
    tape = None if machine is None else machine.run(batch)
    return plan_key(batch, inputs) if tape is None else tape


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
        self.made = None
        self.held = []
        self.built = self.launched = 0
        self.machine = None

    def upload(self, array: np.ndarray, is_own: bool = False) -> Value:
        """A value without the numbers."""
        return Value(None, ())

    def flush(self, is_awaited: bool = False, is_long: bool = False) -> None:
        """Nothing is pending."""

    def retry(self, value: Value) -> None:
        """NotImplementedError: no value has numbers."""
        META.refuse()


_RECORDERS: dict[Device, Recorder] = {META: MetaRecorder()}
_OPENED: list[Recorder] = []
"""Those of them where something may be pending."""


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
                _OPENED.append(found)
    return found


def flush(device: Device, is_awaited: bool = False) -> None:
    """Run everything recorded on ``device``, without waiting for it; see `Recorder.flush`."""
    found = _RECORDERS.get(device)
    if found is not None:
        found.flush(is_awaited)


_new = object.__new__
BATCHING: list[Callable[..., tuple[Value, ...]]] = []
"""What records work on `Batched` values (`batching.record_batched`), once there are any."""


def emit(record: Record, reads: tuple[Value, ...], numbers: tuple[Number, ...] = ()) -> Value:
    """Record a value: the one door through which everything recorded goes, but for `emit_several` beside it, recordings, and
    ``Tensor._emitted``, which does the same for a tensor.

    The value has a pin, which its maker hands to a Storage.
    """
    value: Value
    if BATCHING:
        for read in reads:
            if read.levels:
                return BATCHING[0](record, reads, numbers)[0]
        value = Inner(record, reads, numbers) if SLICING.now else unheld(record, reads, numbers)
    elif record.at_once is not None and not ORIGINS:
        return record.at_once(reads, numbers)  # type: ignore[no-any-return]
    else:
        value = _new(Value)  # `unheld`, written out
        value.record = record
        value.reads = reads
        value.numbers = numbers
        value.buffer = value.outs = None
        value.kept = value.mark = 0
        value.index = -1
    value.pins = 1
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
    value = unheld(record, reads, numbers)
    value.outs = tuple([result() for _ in record.metas])
    record.pending.append(value)
    if len(record.pending) > LENGTH_LIMIT:
        overflow(record)
    return value.outs


WATCHERS: list[Any] = []
"""Who wants to know of the flushes that `overflow` makes: what notes all that is recorded meanwhile."""


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
        for watcher in WATCHERS:
            watcher.before_flush(record)
        recorder(record.device).flush(is_long=True)
        for watcher in WATCHERS:
            watcher.after_flush()


def flush_all(is_awaited: bool = False) -> None:
    """`flush` for every device that has been used."""
    for found in _OPENED:
        found.flush(is_awaited)


def materialize(value: Value, device: Device) -> Any:
    """The buffer of ``value``, after running what is pending if it is not computed yet; raises why it could not be."""
    if value.buffer is None:
        found = recorder(device)
        found.flush(True)
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
        return transfer.stretch(value.buffer, kind, numel, start)  # type: ignore[arg-type]
    return transfer.download(device, materialize(value, device), kind, numel, start)


def number(value: Value, meta: Meta) -> Any:
    """The one element that ``meta`` shows of ``value``, as a number of Python's (or of NumPy's where Python has none of that
    dtype); waits for it."""
    kind, device = meta.dtype.np, meta.device
    if device is HOST:
        array: Any = value.buffer
        if array.dtype is kind:
            return array.item(meta.view.offset)
    start = meta.view.offset * kind.itemsize
    if value.__class__ is Staged or device is HOST:
        return read(value, device, kind, 1, start).item()
    return transfer.element(device, value.buffer or materialize(value, device), kind, start)
