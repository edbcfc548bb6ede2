"""The list of pending values of each device, and its flush: key, plan, run.

Rule: after a flush nothing that is pinned on that device is pending. Values that nobody pins and nobody needs are dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ..config import config
from .plan import Plan
from .value import Value

if TYPE_CHECKING:
    from ..runtime.device import Device
    from ..runtime.memory import Buffer

LENGTH_LIMIT = (
    0 if config.eager else 4096
)  # pending values after which `overflow` flushes: a net for loops that never read
UPLOAD_LIMIT = 1 << 28  # bytes uploaded since the last flush after which one comes by itself: pending values hold them
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
            count = len(self.pending)
            batch = self.pending[:count]
            del self.pending[:count]
            self.flushing = True
            self.uploaded = 0
            inputs: list[Value] = []
            try:
                key = structure(batch, inputs)
                plan = self.plans.get(key)
                if plan is None:
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

    def _build(self, key: tuple[Any, ...], batch: list[Value], inputs: list[Value]) -> Plan:
        plan = Plan(self.device, batch, inputs)
        self.plans[key] = plan
        self.built += 1
        if len(self.plans) > PLANS_KEPT:
            self.plans.popitem(last=False)
        return plan


def structure(batch: list[Value], inputs: list[Value]) -> tuple[Any, ...]:
    """The key of a plan. Sets ``index``: position in the batch for results, ``-2 - position in inputs`` for inputs.

    Per value: its record, where its reads come from, and whether it is pinned; then which inputs nobody holds any more
    (they may be overwritten) and how long each is. Numbers are not part of it.
    """
    key: list[Any] = []
    add = key.append
    position = 0
    for value in batch:
        add(value.record)
        for read in value.reads:
            index = read.index
            if index == -1:
                if read.buffer is None:
                    raise RuntimeError(
                        "a value that was dropped is read again: a tensor was shared between threads while it was made"
                    )
                inputs.append(read)
                index = read.index = -1 - len(inputs)
            add(index)
        if value.outs is None:
            value.index = position
            position += 1
            add(value.pins != 0)
        else:
            for out in value.outs:
                out.index = position
                position += 1
                add(out.pins != 0)
    for read in inputs:
        add(read.pins == 0)
        add(read.buffer.nbytes)  # type: ignore[union-attr]
    return tuple(key)


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


def flush_all() -> None:
    """`flush` for every device that has been used."""
    for found in list(_RECORDERS.values()):
        found.flush()


def materialize(value: Value, device: Device) -> Any:
    """The buffer of ``value``, after running what is pending if it is not computed yet."""
    if value.buffer is None:
        flush(device)
    return value.buffer
