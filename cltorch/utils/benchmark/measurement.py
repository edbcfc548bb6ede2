"""What was measured, of which statement, and how sure that is. See torch.utils.benchmark."""

from __future__ import annotations

import math
import statistics
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

_UNITS = {-3: ("ns", 1e-9), -2: ("us", 1e-6), -1: ("ms", 1e-3)}
_WORDS = {"ns": "nanosecond", "us": "microsecond", "ms": "millisecond", "s": "second"}
_MOST_FIGURES = 4
_LEAST_INTERVAL = 25e-9  # seconds
_SPREAD, _WIDE_SPREAD = 0.1, 0.25  # of quartiles over medians, from which a measurement is doubted


def select_unit(t: float) -> tuple[str, float]:
    """The unit in which so many seconds are a number near 1, and its length."""
    return _UNITS.get(math.floor(math.log10(t) / 3), ("s", 1))


def unit_to_english(u: str) -> str:
    """The name of a unit."""
    return _WORDS[u]


def trim_sigfig(x: float, n: int) -> float:
    """A number with ``n`` digits that count."""
    scale = 10.0 ** (math.ceil(math.log10(abs(x))) - n)
    return float(round(x / scale) * scale)


def ordered_unique(elements: Iterable[Any]) -> list[Any]:
    """Elements, each once, in their order."""
    return list(dict.fromkeys(elements))


@dataclass(frozen=True)
class TaskSpec:
    """What a Timer was told, but for its names. See torch.utils.benchmark.TaskSpec."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """Label and sub-label, or the statement."""
        if self.label is not None or "\n" not in self.stmt:
            return (self.label or self.stmt) + (f": {self.sub_label}" if self.sub_label else "")
        return f"stmt:{f' ({self.sub_label})' if self.sub_label else ''}\n{textwrap.indent(self.stmt, '  ')}"

    def setup_str(self) -> str:
        """The setup as `summarize` shows it."""
        if self.setup in ("", "pass"):
            return ""
        return f"setup:\n{textwrap.indent(self.setup, '  ')}" if "\n" in self.setup else f"setup: {self.setup}"

    def summarize(self) -> str:
        """Title, description and setup."""
        parts = (self.title, self.description or "", self.setup_str())
        return "\n".join(f"{part}\n" if "\n" in part else part for part in parts if part)


_TOLD = frozenset(field.name for field in fields(TaskSpec))


@dataclass(repr=False)
class Measurement:
    """Times of a statement: ``raw_times`` of blocks of ``number_per_run`` runs. See torch.utils.benchmark.Measurement."""

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in _TOLD:
            return getattr(self.task_spec, name)
        raise AttributeError(f"'Measurement' object has no attribute '{name}'")

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

    def _quartiles(self) -> tuple[float, float]:
        if len(self.raw_times) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return low, high

    @property
    def iqr(self) -> float:
        """The distance between the quartiles of `times`."""
        low, high = self._quartiles()
        return high - low

    @property
    def significant_figures(self) -> int:
        """About how many digits of the median count, by what lies between the quartiles."""
        ordered, count = sorted(self.times), len(self.raw_times)
        inner = ordered[count // 4 : math.ceil(3 * count / 4)]
        interval = max(1.645 * statistics.pstdev(inner) / math.sqrt(len(inner)), _LEAST_INTERVAL)
        return min(max(math.floor(math.log10(self.median / interval)), 1), _MOST_FIGURES)

    def meets_confidence(self, threshold: float = _SPREAD) -> bool:
        """Whether the quartiles are nearer than so much of the median."""
        return self.iqr / self.median < threshold

    @property
    def has_warnings(self) -> bool:
        """Whether the times differ so much that they are doubted."""
        return not self.meets_confidence()

    @property
    def title(self) -> str:
        """Label and sub-label, or the statement."""
        return self.task_spec.title

    @property
    def env(self) -> str | None:
        """Where it was measured, if the program said so."""
        return self.task_spec.env

    @property
    def as_row_name(self) -> str:
        """What a table's row is called."""
        return self.task_spec.sub_label or self.task_spec.stmt or "[Unknown]"

    def __repr__(self) -> str:
        count, (low, high) = len(self.raw_times), self._quartiles()
        unit, scale = select_unit(self.median)
        lines = [object.__repr__(self), self.task_spec.summarize()]
        lines.append(f"  {'Median: ' if count > 1 else ''}{self.median / scale:.2f} {unit}")
        if count >= 4:
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {unit} ({low / scale:.2f} to {high / scale:.2f})")
        runs = f"{self.number_per_run} runs {'per measurement,' if count > 1 else ','}"
        threads = f"{self.num_threads} thread{'s' if self.num_threads > 1 else ''}"
        lines.append(f"  {count} measurement{'s' if count > 1 else ''}, {runs} {threads}")
        if self.has_warnings:
            wide = not self.meets_confidence(_WIDE_SPREAD)
            why = "suggests significant environmental influence" if wide else "could indicate system fluctuation"
            share = self.iqr / self.median * 100
            lines.append(
                f"  WARNING: Interquartile range is {share:.1f}% of the median measurement.\n           This {why}."
            )
        return "\n".join(lines)

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """One measurement of each statement, from the times of all."""
        times: dict[TaskSpec, list[float]] = {}
        for one in measurements:
            times.setdefault(one.task_spec, []).extend(one.times)
        return [Measurement(1, found, spec) for spec, found in times.items()]
