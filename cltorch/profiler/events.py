"""Events, their averages by name, their table and Chrome's trace of them."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from typing import Any

from ..library import Library
from ..opencl import synchronize
from ..runtime import trace


class FunctionEvent:
    """Something that took time: a kernel or a named range. Times are microseconds since the profile began."""

    def __init__(self, name: str, start: float, end: float, on_device: bool, thread: int) -> None:
        self.name = self.key = name
        self.start, self.end, self.on_device, self.thread = start, end, on_device, thread
        self.count = 1

    @property
    def cpu_time_total(self) -> float:
        """Microseconds of a named range; 0 for a kernel."""
        return 0.0 if self.on_device else self.end - self.start

    @property
    def device_time_total(self) -> float:
        """Microseconds of a kernel; 0 for a named range."""
        return self.end - self.start if self.on_device else 0.0

    cpu_time = self_cpu_time_total = cpu_time_total
    device_time = self_device_time_total = cuda_time = cuda_time_total = device_time_total

    def __repr__(self) -> str:
        return f"<FunctionEvent name={self.name} time={self.end - self.start:.3f}us {'device' if self.on_device else 'host'}>"


class FunctionEventAvg:
    """All events of one name."""

    def __init__(self, key: str) -> None:
        self.key, self.count = key, 0
        self.cpu_time_total = self.device_time_total = 0.0

    def add(self, event: FunctionEvent) -> FunctionEventAvg:
        """Count one more."""
        self.count += 1
        self.cpu_time_total += event.cpu_time_total
        self.device_time_total += event.device_time_total
        return self

    @property
    def cpu_time(self) -> float:
        """Microseconds of one, on the host."""
        return self.cpu_time_total / max(self.count, 1)

    @property
    def device_time(self) -> float:
        """Microseconds of one, on the device."""
        return self.device_time_total / max(self.count, 1)

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds on the host."""
        return self.cpu_time_total

    @property
    def self_device_time_total(self) -> float:
        """Microseconds on the device."""
        return self.device_time_total

    cuda_time, cuda_time_total, self_cuda_time_total = device_time, self_device_time_total, self_device_time_total

    def __repr__(self) -> str:
        return f"<FunctionEventAvg key={self.key} count={self.count} device_time={self.device_time:.3f}us>"


def _text(microseconds: float) -> str:
    for unit, scale in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= scale:
            return f"{microseconds / scale:.3f}{unit}"
    return f"{microseconds:.3f}us"


class EventList(list[Any]):
    """Events, or averages of events."""

    def key_averages(self, group_by_input_shapes: bool = False, group_by_stack_n: int = 0) -> EventList:
        """One entry for each name, in order of appearance."""
        found: dict[str, FunctionEventAvg] = {}
        for event in self:
            found.setdefault(event.key, FunctionEventAvg(event.key)).add(event)
        return EventList(found.values())

    def total_average(self) -> FunctionEventAvg:
        """All in one."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.count += event.count
            total.cpu_time_total += event.cpu_time_total
            total.device_time_total += event.device_time_total
        return total

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of named ranges."""
        return sum(event.cpu_time_total for event in self)

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_name_column_width: int = 55,
        header: str | None = None,
        **more: Any,
    ) -> str:
        """A table, sorted by one of ``cpu_time_total``, ``device_time_total``, ``count`` and the like."""
        rows = list(self)
        if sort_by:
            rows.sort(key=lambda event: getattr(event, sort_by.replace("cuda", "device")), reverse=True)
        shown = [] if row_limit == 0 else rows[: row_limit if row_limit > 0 else None]
        whole = sum(event.device_time_total for event in self) or 1.0
        lines = [("Name", "Device %", "Device total", "Device time avg", "Host total", "# of Calls")]
        for event in shown:
            each = event.device_time_total / max(event.count, 1)
            share = f"{100 * event.device_time_total / whole:.2f}%"
            name = (
                event.key if len(event.key) <= max_name_column_width else f"{event.key[: max_name_column_width - 3]}..."
            )
            lines.append(
                (
                    name,
                    share,
                    _text(event.device_time_total),
                    _text(each),
                    _text(event.cpu_time_total),
                    str(event.count),
                )
            )
        widths = [max(len(line[k]) for line in lines) for k in range(6)]
        ruler = "  ".join("-" * width for width in widths)
        made = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in lines]
        total = sum(event.device_time_total for event in self)
        text = "\n".join([ruler, made[0], ruler, *made[1:], ruler, f"Device time total: {_text(total)}", ""])
        return f"{header}\n{text}" if header else text

    def export_chrome_trace(self, path: str) -> None:
        """Write the events for chrome://tracing and Perfetto."""
        entries = [
            {
                "ph": "X",
                "cat": "kernel" if event.on_device else "user_annotation",
                "name": event.name,
                "ts": event.start,
                "dur": event.end - event.start,
                "pid": "device" if event.on_device else os.getpid(),
                "tid": 0 if event.on_device else event.thread,
            }
            for event in self
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"schemaVersion": 1, "traceEvents": entries}, file)

    def __str__(self) -> str:
        return self.table()


class Collector:
    """Collects events while it is on. One at a time listens to the runtime."""

    def __init__(self) -> None:
        self.events: list[FunctionEvent] = []
        self.began = time.perf_counter()
        self._before: Any = None

    def start(self) -> None:
        """Listen from now on, to what is recorded from now on."""
        synchronize()
        self._before, trace.listener = trace.listener, self._kernel
        _LISTENING.append(self)

    def stop(self) -> None:
        """Listen no longer; what was recorded is run first."""
        if self in _LISTENING:
            synchronize()
            trace.listener = self._before
            _LISTENING.remove(self)

    def _kernel(self, enqueue: Callable[[], Any], name: str) -> Any:
        """Enqueue a kernel, wait for it, and note its time."""
        started = time.perf_counter()
        event = enqueue()
        event.wait()
        self.note(name, started, time.perf_counter(), on_device=True)
        return event

    def note(self, name: str, started: float, ended: float, on_device: bool = False) -> None:
        """One event between two moments of ``time.perf_counter``."""
        start, end = ((moment - self.began) * 1e6 for moment in (started, ended))
        self.events.append(FunctionEvent(name, start, end, on_device, threading.get_ident()))


_LISTENING: list[Collector] = []


class record_function(ContextDecorator):
    """A named range, as a block or a decorator. See torch.profiler.record_function."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self._started = 0.0

    def _recreate_cm(self) -> record_function:
        return record_function(self.name)

    def __enter__(self) -> record_function:
        self._started = time.perf_counter()
        return self

    def __exit__(self, *details: object) -> None:
        ended = time.perf_counter()
        for one in _LISTENING:
            one.note(self.name, self._started, ended)


def merged(events: Iterable[FunctionEvent]) -> EventList:
    """Events in order of their beginning."""
    return EventList(sorted(events, key=lambda event: event.start))


def _record_function_enter(name: str, args: str | None = None) -> record_function:
    """Begin a range; gives what ends it. Known as ``torch.ops.profiler._record_function_enter``."""
    return record_function(name, args).__enter__()


def _record_function_exit(handle: record_function) -> None:
    """End a range."""
    handle.__exit__()


_OPS = Library("profiler", "FRAGMENT")
_OPS.impl("_record_function_enter", _record_function_enter, "CompositeExplicitAutograd")
_OPS.impl("_record_function_exit", _record_function_exit, "CompositeExplicitAutograd")
