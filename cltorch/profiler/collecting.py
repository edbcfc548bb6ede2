"""What makes events while a profile is on: public functions that a program calls, ranges that it names, kernels."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from pathlib import Path
from typing import Any

from ..library import Library
from ..opencl import synchronize
from ..ops.arguments import is_tensor
from ..ops.asking import STATE, borrow, give_back
from ..runtime import trace
from .events import FunctionEvent, Shapes

_HERE = str(Path(__file__).parents[1])
NO_TENSORS = frozenset("item tolist equal allclose is_nonzero numpy backward".split())
"""Functions that are events though they give no tensor."""


class Collector:
    """Collects events while it is on. The functions are those that the thread calls which began."""

    def __init__(self, record_shapes: bool = False, with_stack: bool = False) -> None:
        self.events: list[FunctionEvent] = []
        self.record_shapes, self.with_stack = record_shapes, with_stack
        self.began = time.perf_counter()
        self._before: Any = None
        self._calls = Calls(self)
        self._open = threading.local()  # ``within`` of each range that is open, the innermost last

    def start(self) -> None:
        """Listen from now on, to what is recorded from now on."""
        synchronize()
        self._before, trace.listener = trace.listener, self._kernel
        borrow()
        STATE.modes.append(self._calls)
        _LISTENING.append(self)

    def stop(self) -> None:
        """Listen no longer; what was recorded is run first."""
        if self in _LISTENING:
            synchronize()
            trace.listener = self._before
            if self._calls in STATE.modes:
                STATE.modes.remove(self._calls)
            _LISTENING.remove(self)
            give_back()

    def _kernel(self, enqueue: Callable[[], Any], name: str) -> Any:
        """Enqueue a kernel, wait for it, and note its time."""
        started = time.perf_counter()
        event = enqueue()
        event.wait()
        self._note(name, started, time.perf_counter(), on_device=True)
        return event

    def _note(self, name: str, started: float, ended: float, on_device: bool = False) -> FunctionEvent:
        """One event between two moments of ``time.perf_counter``."""
        start, end = ((moment - self.began) * 1e6 for moment in (started, ended))
        event = FunctionEvent(name, start, end, on_device, threading.get_ident())
        self.events.append(event)
        return event

    def enter(self) -> float:
        """Begin a call or range; gives its moment."""
        if not hasattr(self._open, "within"):
            self._open.within = []
        self._open.within.append(0.0)
        return time.perf_counter()

    def leave(self, name: str | None, started: float, shapes: Shapes | None = None) -> None:
        """End the innermost call or range, which is no event without a name."""
        ended = time.perf_counter()
        levels = self._open.within
        within = levels.pop()
        if name is None:
            spent = within
        else:
            event = self._note(name, started, ended)
            event.within, event.input_shapes = within, shapes or []
            event.stack = _stack() if self.with_stack else []
            spent = event.cpu_time_total
        if levels:
            levels[-1] += spent


class Calls:
    """Notes the functions that a program calls, each by the name that PyTorch's profiler shows; what they call is part of them."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        collector = self.collector
        started = collector.enter()
        name: str | None = None
        try:
            result = func(*args, **(kwargs or {}))
            called = getattr(func, "__name__", "__get__")
            if called != "__get__" and (called in NO_TENSORS or _has_tensor(result)):
                name = f"aten::{called.strip('_') if called.startswith('__') else called}"
        finally:
            collector.leave(name, started, _shapes(args) if name and collector.record_shapes else None)
        return result


def _stack() -> list[str]:
    """The lines of the program that lead here, the innermost first."""
    lines = [one for one in traceback.extract_stack() if not one.filename.startswith(_HERE)]
    return [f"{one.filename}({one.lineno}): {one.name}" for one in reversed(lines)]


def _has_tensor(result: Any) -> bool:
    return is_tensor(result) or (isinstance(result, (tuple, list)) and any(map(is_tensor, result)))


def _shapes(args: Iterable[Any]) -> Shapes:
    return [list(arg.shape) if is_tensor(arg) else [] for arg in args]


_LISTENING: list[Collector] = []


class record_function(ContextDecorator):
    """A named range, as a block or a decorator. See torch.profiler.record_function."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self._open: list[tuple[Collector, float]] = []

    def _recreate_cm(self) -> record_function:
        return record_function(self.name)

    def __enter__(self) -> record_function:
        self._open = [(one, one.enter()) for one in _LISTENING]
        return self

    def __exit__(self, *details: object) -> None:
        for one, started in self._open:
            one.leave(self.name, started)
        self._open = []


def _record_function_enter(name: str, args: str | None = None) -> record_function:
    """Begin a range; gives what ends it. Known as ``torch.ops.profiler._record_function_enter``."""
    return record_function(name, args).__enter__()


def _record_function_exit(handle: record_function) -> None:
    """End a range."""
    handle.__exit__()


_OPS = Library("profiler", "FRAGMENT")
_OPS.impl("_record_function_enter", _record_function_enter, "CompositeExplicitAutograd")
_OPS.impl("_record_function_exit", _record_function_exit, "CompositeExplicitAutograd")
