"""`Timer`: runs a statement often enough, and waits for the device before it looks at the clock."""

from __future__ import annotations

import statistics
import sys
import textwrap
import time
import timeit
from collections.abc import Callable
from enum import Enum
from typing import Any

from ...graph.record import flush_all
from ...opencl import synchronize
from .measurement import Measurement, TaskSpec


class Language(Enum):
    """In which language a statement is written."""

    PYTHON = 0
    CPP = 1


def timer() -> float:
    """The time in seconds, when the device has done everything that was recorded."""
    synchronize()
    return time.perf_counter()


def _kept(stmt: str) -> str:
    """A statement whose result is held until it is handed to the device: what nobody holds is never computed."""
    try:
        compile(stmt.strip(), "<statement>", "eval")
    except SyntaxError:
        return f"{stmt}\n_flush()"
    return f"_result = ({stmt.strip()})\n_flush()"


def _dedented(text: str) -> str:
    return textwrap.dedent(text).removeprefix("\n").rstrip()


class Timer:
    """Measures a statement. See torch.utils.benchmark.Timer."""

    _timer_cls = timeit.Timer

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Any = Language.PYTHON,
    ) -> None:
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if language in (Language.CPP, "cpp", "c++"):
            raise NotImplementedError("Timer: cltorch runs statements of Python alone")
        if language not in (Language.PYTHON, "py", "python"):
            raise ValueError(f"Invalid language `{language}`.")
        if global_setup:
            raise ValueError(
                f"global_setup is C++ only, got `{global_setup}`. Most likely this code can simply be moved to `setup`."
            )
        stmt, setup = _dedented(stmt), _dedented(setup)
        self._task_spec = TaskSpec(stmt, setup, global_setup, label, sub_label, description, env, num_threads)
        names = {"torch": sys.modules[__name__.partition(".")[0]], **(globals or {}), "_flush": flush_all}
        self._timer = self._timer_cls(_kept(stmt), setup, timer, globals=names)

    def _timeit(self, number: int) -> float:
        return max(self._timer.timeit(number), 1e-9)

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, self._task_spec)

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """One block of so many runs."""
        self._timeit(max(number // 100, 2))
        return self._measured(number, [self._timeit(number)])

    def repeat(self, repeat: int = -1, number: int = -1) -> None:
        """NotImplementedError: see `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback: Any = None) -> None:
        """NotImplementedError: see `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def collect_callgrind(self, number: int = 100, **options: Any) -> Any:
        """NotImplementedError: the instructions of an OpenCL device are not counted."""
        raise NotImplementedError("Timer.collect_callgrind(): instructions of an OpenCL device are not counted")

    def _block(self, min_run_time: float) -> int:
        """How many runs a block has: such that looking at the clock does not count."""
        self._timeit(2)  # builds what is to be built
        looking = statistics.median([self._timeit(0) for _ in range(5)])
        number, taken = 1, self._timeit(1)
        while taken <= min_run_time and (looking > 1e-4 * taken or taken < min_run_time / 1000) and number < 10**9:
            number *= 10
            taken = self._timeit(number)
        return number

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Blocks until their time adds up to ``min_run_time`` seconds."""
        number, times = self._block(min_run_time), list[float]()
        while sum(times) < min_run_time:
            times.append(self._timeit(number))
            if callback is not None:
                callback(number, times[-1])
        return self._measured(number, times)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0, callback: Any = None
    ) -> Measurement:
        """Blocks until the quartiles are nearer than ``threshold`` of the median, or the time is up."""
        number, times = self._block(0.05), list[float]()
        while sum(times) < max_run_time:
            times.append(self._timeit(number))
            if callback is not None:
                callback(number, times[-1])
            is_enough = sum(times) >= min_run_time and len(times) > 3
            if is_enough and self._measured(number, times).meets_confidence(threshold):
                break
        return self._measured(number, times)
