"""`Timer`: runs a statement often enough, and waits for the device before it looks at the clock."""

from __future__ import annotations

import statistics
import textwrap
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...graph.record import flush_all
from ...opencl import synchronize

_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))


def timer() -> float:
    """The time in seconds, when the device has done everything that was recorded."""
    synchronize()
    return time.perf_counter()


def _unit(seconds: float) -> tuple[str, float]:
    return next(((name, scale) for name, scale in _UNITS if seconds >= scale), _UNITS[-1])


def _kept(stmt: str) -> str:
    """A statement whose result is held until it is handed to the device: what nobody holds is never computed."""
    try:
        compile(stmt.strip(), "<statement>", "eval")
    except SyntaxError:
        return f"{textwrap.dedent(stmt)}\n_flush()"
    return f"_result = ({stmt.strip()})\n_flush()"


@dataclass
class Measurement:
    """Times of a statement: ``raw_times`` of blocks of ``number_per_run`` runs. See torch.utils.benchmark.Measurement."""

    number_per_run: int
    raw_times: list[float]
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    num_threads: int = 1
    stmt: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> list[float]:
        """Seconds of one run, in each block."""
        return [one / self.number_per_run for one in self.raw_times]

    @property
    def median(self) -> float:
        """The median of `times`."""
        return statistics.median(self.times)

    @property
    def mean(self) -> float:
        """The mean of `times`."""
        return statistics.fmean(self.times)

    @property
    def iqr(self) -> float:
        """The distance between the quartiles of `times`."""
        if len(self.times) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return high - low

    @property
    def title(self) -> str:
        """Label and sub-label, or the statement."""
        return ": ".join(part for part in (self.label or self.stmt, self.sub_label) if part)

    def __repr__(self) -> str:
        unit, scale = _unit(self.median)
        runs = f"{len(self.raw_times)} measurement{'s' * (len(self.raw_times) > 1)}, {self.number_per_run} runs per measurement"
        return (
            f"<{type(self).__module__}.Measurement>\n{self.title}\n  Median: {self.median / scale:.2f} {unit}\n  {runs}"
        )


class Timer:
    """Measures a statement. See torch.utils.benchmark.Timer."""

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
        language: Any = "python",
    ) -> None:
        if str(language).lower().endswith(("cpp", "c++")):
            raise ValueError("Timer: statements are Python here")
        self._told = {
            "label": label,
            "sub_label": sub_label,
            "description": description,
            "num_threads": num_threads,
            "stmt": stmt,
        }
        names = {**(globals or {}), "_flush": flush_all}
        self._timer = timeit.Timer(_kept(stmt), setup, timer, names)

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, **self._told)  # type: ignore[arg-type]

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """One block of so many runs."""
        self._timer.timeit(max(number // 100, 2))
        return self._measured(number, [self._timer.timeit(number)])

    def _block(self, min_run_time: float) -> int:
        """How many runs a block has: such that looking at the clock does not count."""
        number = 1
        self._timer.timeit(2)  # builds what is to be built
        while self._timer.timeit(number) < max(min_run_time / 1000, 1e-4):
            number *= 10
        return number

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Blocks until their time adds up to ``min_run_time`` seconds."""
        number, times = self._block(min_run_time), list[float]()
        while sum(times) < min_run_time:
            times.append(self._timer.timeit(number))
            if callback is not None:
                callback(number, times[-1])
        return self._measured(number, times)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0, callback: Any = None
    ) -> Measurement:
        """Blocks until the quartiles are nearer than ``threshold`` of the median, or the time is up."""
        number, times = self._block(min_run_time), list[float]()
        while sum(times) < max_run_time:
            times.append(self._timer.timeit(number))
            made = self._measured(number, times)
            if sum(times) >= min_run_time and len(times) > 3 and made.iqr < threshold * made.median:
                break
        return self._measured(number, times)

    autorange = blocked_autorange


class Compare:
    """A table of measurements: a row for each sub-label, a column for each description."""

    def __init__(self, results: list[Measurement]) -> None:
        self._results = list(results)

    def extend_results(self, results: list[Measurement]) -> None:
        """Add measurements."""
        self._results += results

    def print(self) -> None:
        """Print the table."""
        print(self)

    def trim_significant_figures(self) -> None:
        """Say nothing: medians are shown with two digits behind the point."""

    def colorize(self, rowwise: bool = False) -> None:
        """Say nothing: the table has no colours."""

    def __str__(self) -> str:
        unit, scale = _unit(min(one.median for one in self._results))
        columns = list(dict.fromkeys(one.description or "" for one in self._results))
        rows: dict[str, dict[str, float]] = {}
        for one in self._results:
            rows.setdefault(one.sub_label or one.stmt, {})[one.description or ""] = one.median / scale
        width = max(map(len, rows))
        lines = ["  |  ".join(["".ljust(width), *columns])]
        for name, found in rows.items():
            cells = [f"{found[c]:.2f}".rjust(len(c)) if c in found else "".rjust(len(c)) for c in columns]
            lines.append("  |  ".join([name.ljust(width), *cells]))
        return "\n".join([*lines, f"\nTimes are in {unit}."])
