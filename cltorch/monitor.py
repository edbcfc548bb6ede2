"""Events, and statistics of numbers over windows of time. See torch.monitor."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import IntEnum
from threading import Lock
from typing import Any

__all__ = [
    "Aggregation",
    "Event",
    "EventHandlerHandle",
    "Stat",
    "TensorboardEventHandler",
    "log_event",
    "register_event_handler",
    "unregister_event_handler",
]

STAT_EVENT = "torch.monitor.Stat"
data_value_t = int | float | bool | str


class Aggregation(IntEnum):
    """What a `Stat` tells of its numbers."""

    VALUE, MEAN, COUNT, SUM, MAX, MIN = 0, 2, 3, 4, 5, 6


VALUE, MEAN, COUNT, SUM, MAX, MIN = Aggregation


class Event:
    """Something that happened: a name, a time, and what is known of it."""

    def __init__(self, name: str, timestamp: datetime, data: Mapping[str, data_value_t]) -> None:
        self.name, self.timestamp, self.data = name, timestamp, dict(data)


class EventHandlerHandle:
    """What `register_event_handler` gives, for `unregister_event_handler`."""

    def __init__(self, handler: Callable[[Event], None]) -> None:
        self._handler = handler


_HANDLES: list[EventHandlerHandle] = []


def register_event_handler(handler: Callable[[Event], None]) -> EventHandlerHandle:
    """Let a function see each event."""
    handle = EventHandlerHandle(handler)
    _HANDLES.append(handle)
    return handle


def unregister_event_handler(handle: EventHandlerHandle) -> None:
    """Let it see no more."""
    with suppress(ValueError):
        _HANDLES.remove(handle)


def log_event(event: Event) -> None:
    """Show an event to all handlers."""
    for handle in tuple(_HANDLES):
        handle._handler(event)


class Stat:
    """Numbers that are added in windows of ``window_size``, of each of which at most ``max_samples`` count.

    A window ends when the first number comes after it, or the last one that counts; it becomes an event then, and is what `get` tells.
    """

    def __init__(
        self, name: str, aggregations: Sequence[Aggregation], window_size: timedelta, max_samples: int | None = None
    ) -> None:
        self.name = name
        self._aggregations, self._seconds, self._most = list(aggregations), window_size.total_seconds(), max_samples
        self._lock = Lock()
        self._numbers: list[float] = []
        self._last: list[float] = []
        self._window, self._logged = self._now(), -1

    def _now(self) -> int:
        return int(time.time() / self._seconds)

    @property
    def count(self) -> int:
        """How many numbers there are in this window."""
        return len(self._numbers)

    def add(self, v: float) -> None:
        """Add a number."""
        with self._lock:
            now = self._now()
            if now != self._window:
                self._close()
                self._window = now
            if self._logged == self._window:
                return
            self._numbers.append(float(v))
            if self._most is not None and len(self._numbers) >= self._most:
                self._close()

    def get(self) -> dict[Aggregation, float]:
        """What is known of the last window that ended; zeros before."""
        return {kind: _told(kind, self._last) for kind in self._aggregations}

    def _close(self) -> None:
        if self._logged == self._window:
            return
        self._logged, self._last, self._numbers = self._window, self._numbers, []
        data = {f"{self.name}.{kind.name.lower()}": value for kind, value in self.get().items()}
        log_event(Event(STAT_EVENT, datetime.now(), data))

    def __del__(self) -> None:
        if self.__dict__.get("_numbers"):
            self._close()


def _told(kind: Aggregation, numbers: list[float]) -> float:
    if kind is Aggregation.COUNT or not numbers:
        return float(len(numbers))
    if kind is Aggregation.VALUE:
        return numbers[-1]
    total = sum(numbers)
    return {SUM: total, MEAN: total / len(numbers), MAX: max(numbers), MIN: min(numbers)}[kind]


class TensorboardEventHandler:
    """A handler that writes what a `Stat` tells as scalars of a SummaryWriter."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def __call__(self, event: Event) -> None:
        if event.name == STAT_EVENT:
            for name, value in event.data.items():
                self._writer.add_scalar(name, value, walltime=event.timestamp.timestamp())
