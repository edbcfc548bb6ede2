"""The list of pending values of each device, and its flush: key, plan, run.

Rule: after a flush nothing that is pinned on that device is pending. Values that nobody pins and nobody needs are dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ..config import config
from ..runtime import interrupts
from .plan import Plan
from .value import Number, Record, Value, Window

if TYPE_CHECKING:
    from ..runtime.device import Device
    from ..runtime.memory import Buffer

LENGTH_LIMIT = 0 if config.eager else 256  # pending values from which `overflow` looks for a place to flush
LONGEST = 4096  # pending values at which it takes any
UPLOAD_LIMIT = 1 << 28  # bytes uploaded since the last flush after which one comes by itself: pending values hold them
COPY_LIMIT = 1 << 20  # bytes of a slice up to which it is rather copied than given a plan of its own
PLANS_KEPT = 512


class Recorder:
    """What is pending on one device, and the plans that ran there."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.pending: list[Value] = []
        self.plans: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()
        self.built = 0  # plans built so far
        self.launched = 0  # kernels launched so far
        self.flushing = False
        self.uploaded = 0  # bytes since the last flush
        device.on_exhausted.append(self._relieve)

    def adopt(self, buffer: Buffer) -> Value:
        """The value of freshly uploaded numbers."""
        self.uploaded += buffer.nbytes
        if self.uploaded > UPLOAD_LIMIT:
            self.flush()
        return Value.computed(buffer)

    def _relieve(self) -> None:
        """Called by the allocator when memory ran out: run what is pending, and let plans forget their last buffers."""
        if not self.flushing:
            self.flush()
        for plan in self.plans.values():
            plan.forget()

    def flush(self) -> None:
        """Run everything recorded so far, without waiting for the device. A failure leaves all values pending."""
        self.device.check_process()
        with self.device.lock:
            if self.flushing or not self.pending:
                return
            with interrupts.Hold() as hold:
                self._flush(hold)

    def _flush(self, hold: interrupts.Hold) -> None:
        count = len(self.pending)
        batch = self.pending[:count]
        del self.pending[:count]
        self.flushing = True
        self.uploaded = 0
        inputs: list[Value | Window] = []
        try:
            key = structure(batch, inputs)
            plan = self.plans.get(key)
            if plan is None:
                with hold.lifted():  # drivers take seconds to build kernels
                    plan = self._build(key, batch, inputs)
            plan.run(batch, inputs)
            self.launched += len(plan.launches)
        except BaseException:
            self.pending[:0] = batch
            raise
        finally:
            self.flushing = False
            for value in inputs:
                value.index = -1
            for value in batch:
                value.index = -1
                for out in value.outs or ():
                    out.index = -1

    def _build(self, key: tuple[Any, ...], batch: list[Value], inputs: list[Value | Window]) -> Plan:
        plan = Plan(self.device, batch, inputs, key)
        self.plans[key] = plan
        self.built += 1
        if len(self.plans) > PLANS_KEPT:
            self.plans.popitem(last=False)
        return plan


def structure(batch: list[Value], inputs: list[Value | Window]) -> tuple[Any, ...]:
    """The key of a plan. Sets ``index``: position in the batch for results, ``-2 - position in inputs`` for inputs.

    Per value: its record, where its reads come from, and whether it is pinned; then which inputs may be overwritten and how
    long each is. Numbers are not part of it, nor is where slices of computed values start.
    """
    key: list[Any] = []
    add = key.append
    windows: dict[Any, Window] = {}
    position = 0
    for value in batch:
        record = value.record
        if record.windows and all_open(value):  # type: ignore[union-attr]
            add(record.base)  # type: ignore[union-attr]
            for read, stretch in zip(value.reads, record.windows, strict=True):  # type: ignore[union-attr]
                add(index_of(read, inputs) if stretch is None else window_of(read, stretch, value, inputs, windows))
        else:
            add(record)
            for read in value.reads:
                index = read.index
                add(index if index != -1 else index_of(read, inputs))
        if value.outs is None:
            value.index = position
            position += 1
            add(value.pins != 0)
        else:
            for out in value.outs:
                out.index = position
                position += 1
                add(out.pins != 0)
    key += overwritable(inputs) if windows else [source.pins == 0 for source in inputs]  # type: ignore[union-attr]
    key += [source.nbytes for source in inputs]
    return tuple(key)


def index_of(read: Value, inputs: list[Value | Window]) -> int:
    """The index of a value that is read whole; inputs get theirs when first met."""
    if read.index == -1:
        if read.buffer is None:
            raise RuntimeError(
                "a value that was dropped is read again: a tensor was shared between threads while it was made"
            )
        inputs.append(read)
        read.index = -1 - len(inputs)
    return read.index


def all_open(value: Value) -> bool:
    """Whether every read that starts elsewhere than at 0 can be a window: of a computed value that is not to be overwritten
    here, and cheap to copy if it must be copied."""
    record: Any = value.record
    alignment = record.device.traits.base_alignment
    return all(
        stretch is None
        or (read.buffer is not None and read.pins and (stretch[1] <= COPY_LIMIT or stretch[0] % alignment == 0))
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
    return [isinstance(source, Value) and source.pins == 0 and id(source) not in shown for source in inputs]


_RECORDERS: dict[Device, Recorder] = {}


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


def emit(record: Record, reads: tuple[Value, ...], numbers: tuple[Number, ...] = ()) -> Value:
    """Record a value: the one door through which everything recorded goes, but for `emit_several` beside it and tapes.

    The value has a pin, which its maker hands to a Storage.
    """
    value = Value(record, reads, numbers)
    pending = record.pending
    pending.append(value)
    if len(pending) > LENGTH_LIMIT:
        overflow(record)
    return value


def emit_several(record: Record, reads: tuple[Value, ...], numbers: tuple[Number, ...] = ()) -> tuple[Value, ...]:
    """`emit` for work with several results: a value each."""
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
    if record.is_place or len(record.pending) > LONGEST or config.eager:
        flush(record.device)


def flush_all() -> None:
    """`flush` for every device that has been used."""
    for found in list(_RECORDERS.values()):
        found.flush()


def materialize(value: Value, device: Device) -> Any:
    """The buffer of ``value``, after running what is pending if it is not computed yet."""
    if value.buffer is None:
        flush(device)
    return value.buffer
