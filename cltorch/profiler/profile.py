"""`profile`: a block, or steps of a loop by a schedule, whose events are kept."""

from __future__ import annotations

import enum
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from .collecting import Collector
from .events import EventList, nested


class ProfilerActivity(enum.Enum):
    """What PyTorch's profiler looks at; kernels are seen whatever is chosen. See torch.profiler.ProfilerActivity."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """What a profiler does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities() -> set[ProfilerActivity]:
    """Host and device."""
    return {ProfilerActivity.CPU, ProfilerActivity.CUDA, ProfilerActivity.XPU}


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """Steps that are skipped, warmed up and recorded, in turns. See torch.profiler.schedule."""
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError("Invalid profiler schedule arguments")

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError(f"Step must be non-negative. Got {step}.")
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        length = wait + warmup + active
        if repeat and step // length >= repeat:
            return ProfilerAction.NONE
        at = step % length
        if at < wait:
            return ProfilerAction.NONE
        if at < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if at < length - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


def _always(step: int) -> ProfilerAction:
    return ProfilerAction.RECORD


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[Any], None]:
    """A handler for `profile` that writes traces into a folder."""

    def handler(prof: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        prof.export_chrome_trace(os.path.join(dir_name, f"{worker}.{time.time_ns()}.pt.trace.json"))

    return handler


class profile:
    """A block whose calls of functions, named ranges and kernels are kept. See torch.profiler.profile.

    ``schedule`` and ``on_trace_ready`` work as in PyTorch; stacks and memory are not recorded, whatever is asked for.
    """

    def __init__(
        self,
        *args: Any,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[Any], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        enabled: bool = True,
        **options: Any,
    ) -> None:
        self.enabled = args[0] if args else enabled
        self.record_shapes, self.with_stack = record_shapes, with_stack
        self.schedule = schedule or _always
        self.on_trace_ready = on_trace_ready
        self.step_num = 0
        self.current_action = self.schedule(0)
        self._collector: Collector | None = None
        self._done: Collector | None = None

    def start(self) -> None:
        """Begin with the first step."""
        self._turn(self.current_action)

    def stop(self) -> None:
        """End; what was recorded is handed to ``on_trace_ready``."""
        was_recording = self._collector is not None
        self._turn(ProfilerAction.NONE)
        if was_recording and self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def step(self) -> None:
        """The next step of the loop begins."""
        before = self.current_action
        self.step_num += 1
        self.current_action = self.schedule(self.step_num)
        if before is ProfilerAction.RECORD_AND_SAVE:
            self._turn(ProfilerAction.NONE)
            if self.on_trace_ready is not None:
                self.on_trace_ready(self)
        self._turn(self.current_action)

    def _turn(self, action: ProfilerAction) -> None:
        """Listen or not."""
        recording = action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE) and self.enabled
        if recording and self._collector is None:
            self._collector = Collector(self.record_shapes, self.with_stack)
            self._collector.start()
        elif not recording and self._collector is not None:
            self._collector.stop()
            self._done, self._collector = self._collector, None

    def events(self) -> EventList:
        """What was recorded last. RuntimeError if nothing was."""
        found = self._done or self._collector
        if found is None:
            if self.enabled:
                raise RuntimeError("Profiler must be initialized before getting events")
            return EventList()
        return nested(found.events)

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds on the host."""
        return self.events().self_cpu_time_total

    @property
    def function_events(self) -> EventList:
        """What was recorded last."""
        return self.events()

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, **more: Any) -> EventList:
        """Averages by name, and by the shapes of arguments if asked for."""
        return self.events().key_averages(group_by_input_shape, group_by_stack_n)

    def total_average(self) -> Any:
        """All in one."""
        return self.events().total_average()

    def table(self, sort_by: str | None = None, row_limit: int = 100, **options: Any) -> str:
        """The table of averages."""
        return self.key_averages().table(sort_by, row_limit, **options)

    def export_chrome_trace(self, path: str) -> None:
        """Write the events for chrome://tracing and Perfetto."""
        self.events().export_chrome_trace(path)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write the stacks of calls, if ``with_stack`` asked for them. See `EventList.export_stacks`."""
        self.events().export_stacks(path, metric)

    def add_metadata(self, key: str, value: str) -> None:
        """RuntimeError: traces carry no further data."""
        raise RuntimeError("profile.add_metadata(): traces carry no further data")

    add_metadata_json = add_metadata

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return "<unfinished torch.profiler.profile>" if self._done is None else str(self.key_averages())
