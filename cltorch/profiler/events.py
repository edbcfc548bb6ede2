"""Events, their averages by name, their table and Chrome's trace of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

Shapes = list[list[int]]
"""The shapes of a call's tensors; an empty list stands for an argument that is none."""


_BLANKS = str.maketrans(" ;\t\n", "____")


class Interval(NamedTuple):
    """Microseconds since the profile began."""

    start: float
    end: float

    def elapsed_us(self) -> float:
        """How long it is."""
        return self.end - self.start


def _as_text(name: str) -> Any:
    return property(lambda event: _text(getattr(event, name)), doc=f"``{name}`` with its unit.")


def _texts(cls: type) -> type:
    """Give a class of events its times as texts: ``cpu_time_str`` and so on."""
    for name in (
        "cpu_time",
        "device_time",
        *(f"{kind}_time_total" for kind in "cpu device self_cpu self_device".split()),
    ):
        setattr(cls, f"{name}_str", _as_text(name))
    return cls


@_texts
class FunctionEvent:
    """Something that took time: a call of a function, a named range, a kernel. Times are microseconds since the profile began."""

    count = 1

    def __init__(self, name: str, start: float, end: float, on_device: bool, thread: int) -> None:
        self.name = self.key = name
        self.time_range = Interval(start, end)
        self.on_device, self.thread = on_device, thread
        self.within = 0.0  # of this, in calls and ranges inside of it
        self.input_shapes: Shapes = []
        self.stack: list[str] = []  # lines of the program, the innermost first, if they were asked for

    @property
    def cpu_time_total(self) -> float:
        """Microseconds on the host; 0 for a kernel."""
        return 0.0 if self.on_device else self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds on the host, without those of calls and ranges inside."""
        return self.cpu_time_total - self.within

    @property
    def device_time_total(self) -> float:
        """Microseconds of a kernel; 0 on the host."""
        return self.time_range.elapsed_us() if self.on_device else 0.0

    cpu_time = cpu_time_total
    device_time = self_device_time_total = cuda_time = cuda_time_total = self_cuda_time_total = device_time_total

    def __repr__(self) -> str:
        where = "device" if self.on_device else "host"
        return f"<FunctionEvent name={self.name} time={self.time_range.elapsed_us():.3f}us {where}>"


@_texts
class FunctionEventAvg:
    """All events of one name (and of the same shapes, if they are told apart)."""

    def __init__(self, key: str, input_shapes: Shapes | None = None) -> None:
        self.key, self.count = key, 0
        self.input_shapes = input_shapes or []
        self.cpu_time_total = self.self_cpu_time_total = self.device_time_total = 0.0

    def add(self, event: FunctionEvent) -> FunctionEventAvg:
        """Count one more."""
        self.count += 1
        self.cpu_time_total += event.cpu_time_total
        self.self_cpu_time_total += event.self_cpu_time_total
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
    def self_device_time_total(self) -> float:
        """Microseconds on the device."""
        return self.device_time_total

    cuda_time, cuda_time_total, self_cuda_time_total = device_time, self_device_time_total, self_device_time_total

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={_text(self.self_cpu_time_total)} "
            f"cpu_time={_text(self.cpu_time)} device_time={_text(self.device_time)}>"
        )


def _text(microseconds: float) -> str:
    for unit, scale in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= scale:
            return f"{microseconds / scale:.3f}{unit}"
    return f"{microseconds:.3f}us"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}%" if whole else "0.00%"


class EventList(list[Any]):
    """Events, or averages of events."""

    def key_averages(self, group_by_input_shapes: bool = False, group_by_stack_n: int = 0) -> EventList:
        """One entry for each name (and each shape, if asked for), in order of appearance."""
        found: dict[Any, FunctionEventAvg] = {}
        for event in self:
            shapes = event.input_shapes if group_by_input_shapes else []
            key = (event.key, str(shapes))
            if key not in found:
                found[key] = FunctionEventAvg(event.key, shapes)
            found[key].add(event)
        return EventList(found.values())

    def total_average(self) -> FunctionEventAvg:
        """All in one."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.count += event.count
            total.cpu_time_total += event.cpu_time_total
            total.self_cpu_time_total += event.self_cpu_time_total
            total.device_time_total += event.device_time_total
        return total

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds on the host."""
        return sum(event.self_cpu_time_total for event in self)

    def export_stacks(self, path: str, metric: str) -> None:
        """Write the stacks of events that have one (``with_stack``), the outermost line first, each with its time, as flame graphs are
        made of. ValueError for another metric than the time of the host's or the device's calls.
        """
        known = ["self_cpu_time_total", "self_cuda_time_total", "self_xpu_time_total", "self_privateuse1_time_total"]
        if metric not in known:
            raise ValueError(f"metric should be one of: {known}")
        lines = []
        for event in self:
            time = int(
                getattr(
                    event, metric.replace("cuda", "device").replace("xpu", "device").replace("privateuse1", "device")
                )
            )
            if getattr(event, "stack", None) and time > 0:
                lines.append(";".join(line.translate(_BLANKS) for line in reversed(event.stack)) + f" {time}\n")
        Path(path).write_text("".join(lines), encoding="utf-8")

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        **more: Any,
    ) -> str:
        """A table, sorted by one of ``cpu_time_total``, ``self_cpu_time_total``, ``device_time_total``, ``count`` and the like."""
        rows = list(self)
        if sort_by:
            rows.sort(key=lambda event: getattr(event, sort_by.replace("cuda", "device")), reverse=True)
        shown = rows if row_limit < 0 else rows[:row_limit]
        host, device = self.self_cpu_time_total, sum(event.device_time_total for event in self)
        has_shapes = any(event.input_shapes for event in self)
        titles = ["Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg"]
        titles += ["Device %", "Device total", "Device time avg", "# of Calls"] + ["Input Shapes"] * has_shapes
        lines = [titles]
        for event in shown:
            name, shapes = event.key, str(event.input_shapes)
            lines.append(
                [
                    name if len(name) <= max_name_column_width else f"{name[: max_name_column_width - 3]}...",
                    _share(event.self_cpu_time_total, host),
                    _text(event.self_cpu_time_total),
                    _share(event.cpu_time_total, host),
                    _text(event.cpu_time_total),
                    _text(event.cpu_time_total / max(event.count, 1)),
                    _share(event.device_time_total, device),
                    _text(event.device_time_total),
                    _text(event.device_time_total / max(event.count, 1)),
                    str(event.count),
                    *[shapes[:max_shapes_column_width]] * has_shapes,
                ]
            )
        widths = [max(len(line[k]) for line in lines) for k in range(len(titles))]
        ruler = "  ".join("-" * width for width in widths)
        made = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in lines]
        totals = [f"Self CPU time total: {_text(host)}", f"Device time total: {_text(device)}", ""]
        text = "\n".join([ruler, made[0], ruler, *made[1:], ruler, *totals])
        return f"{header}\n{text}" if header else text

    def export_chrome_trace(self, path: str) -> None:
        """Write the events for chrome://tracing and Perfetto."""
        entries = [
            {
                "ph": "X",
                "cat": "kernel" if event.on_device else "cpu_op",
                "name": event.name,
                "ts": event.time_range.start,
                "dur": event.time_range.elapsed_us(),
                "pid": "device" if event.on_device else os.getpid(),
                "tid": 0 if event.on_device else event.thread,
                "args": {"Input Dims": event.input_shapes} if event.input_shapes else {},
            }
            for event in self
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"schemaVersion": 1, "traceEvents": entries}, file)

    def __str__(self) -> str:
        return self.table()


def nested(events: Iterable[FunctionEvent]) -> EventList:
    """Events in order of their beginning."""
    return EventList(sorted(events, key=lambda event: event.time_range.start))
