"""`Compare`: measurements as a table. See torch.utils.benchmark.Compare."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from .measurement import Measurement, ordered_unique, select_unit, trim_sigfig, unit_to_english

_BEST, _GOOD, _BAD, _VERY_BAD = "\033[92m\033[1m", "\033[34m\033[1m", "\033[2m\033[91m", "\033[31m\033[1m"
_END = "\033[0m"
_Row = tuple[int, str | None, str]  # threads, where it ran, what is measured


class Colorize(Enum):
    """What colours compare with: nothing, the other times of a column, or those of a row."""

    NONE = "none"
    COLUMNWISE = "columnwise"
    ROWWISE = "rowwise"


class _Style(NamedTuple):
    trim: bool
    colorize: Colorize
    warn: bool


def _row(one: Measurement) -> _Row:
    return one.num_threads, one.env, one.as_row_name


def _coloured(text: str, value: float, best: float) -> str:
    """A cell in a colour that says how far it is from the best."""
    if value <= best * 1.01 or value <= best + 100e-9:
        return f"{_BEST}{text}{_END * 2}"
    if value <= best * 1.1:
        return f"{_GOOD}{text}{_END * 2}"
    if value >= best * 5:
        return f"{_VERY_BAD}{text}{_END * 2}"
    return f"{_BAD}{text}{_END * 2}" if value >= best * 2 else text


class Table:
    """The table of one label: a row for each statement and number of threads, a column for each description."""

    def __init__(self, results: list[Measurement], style: _Style) -> None:
        self.results, self.style = results, style
        self.unit, self.scale = select_unit(min(one.median for one in results))
        self.rows: list[_Row] = sorted(ordered_unique(map(_row, results)), key=lambda row: (row[0], row[1] or ""))
        self.columns = ordered_unique(one.description for one in results)
        self.found = {(_row(one), one.description): one for one in results}
        self.warns = style.warn and any(one.has_warnings for one in results)

    def _cells(self, column: str | None) -> list[str]:
        """The cells of a column, of one width."""
        known = [self.found.get((row, column)) for row in self.rows]
        digits = {id(one): math.ceil(math.log10(one.median / self.scale)) for one in known if one}
        behind = 1
        if self.style.trim:
            behind = min(max(one.significant_figures - digits[id(one)], 0) for one in known if one)
        width = max(digits.values()) + behind + (1 if behind else 0)
        marks = 7 if self.style.warn and any(one.has_warnings for one in known if one) else 0

        def cell(one: Measurement | None) -> str:
            if one is None:
                return " " * (width + marks)
            value = one.median / self.scale
            value = trim_sigfig(value, one.significant_figures) if self.style.trim else value
            mark = f" (! {one.iqr / one.median * 100:.0f}%)" if marks and one.has_warnings else ""
            return f"{value:{width}.{behind}f}{mark:>{marks}}"

        return [cell(one) for one in known]

    def _best(self, row: _Row, column: str | None) -> float:
        """The time that a cell's colour compares it with."""
        if self.style.colorize is Colorize.ROWWISE:
            near = [one for (other, _), one in self.found.items() if other == row]
        else:
            near = [one for (other, head), one in self.found.items() if other[0] == row[0] and head == column]
        return min(one.median for one in near)

    def _named(self) -> list[str]:
        """What stands before each row: where it ran, if that differs and was not said in the row before, and what ran."""
        places = {row[1] for row in self.rows}
        room, named, before = max(len(place or "") for place in places) if len(places) > 1 else 0, [], (0, "")
        for threads, place, name in self.rows:
            is_new = len(places) > 1 and (threads, place) != before
            named.append("  " + (f"({place})" if is_new else "").ljust(room + 4) + name)
            before = (threads, place or "")
        return named

    def render(self) -> str:
        """The table as text."""
        named = self._named()
        texts = [named, *(self._cells(column) for column in self.columns)]
        heads = ["", *(column or "" for column in self.columns)]
        widths = [max(map(len, (head, *cells))) for head, cells in zip(heads, texts, strict=True)]
        lines = ["  |  ".join(head.center(width) for head, width in zip(heads, widths, strict=True))]
        whole, threads = len(lines[0]), 0
        for k, row in enumerate(self.rows):
            if row[0] != threads:
                threads = row[0]
                lines.append(f"{threads} threads: ".ljust(whole, "-"))
            shown = [named[k].ljust(widths[0])]
            for column, cells, width in zip(self.columns, texts[1:], widths[1:], strict=True):
                text, one = cells[k].center(width), self.found.get((row, column))
                if one is not None and self.style.colorize is not Colorize.NONE:
                    text = _coloured(text, one.median, self._best(row, column))
                shown.append(text)
            lines.append("  |  ".join(shown))
        title = f" {self.results[0].label or ''} ".center(whole - 2, "-")
        note = "(! XX%) Measurement has high variance, where XX is the IQR / median * 100.\n" if self.warns else ""
        return "\n".join([f"[{title}]", *lines, "", f"Times are in {unit_to_english(self.unit)}s ({self.unit}).", note])


class Compare:
    """Measurements as tables, one for each label. See torch.utils.benchmark.Compare."""

    def __init__(self, results: list[Measurement]) -> None:
        self._results: list[Measurement] = []
        self._style = _Style(False, Colorize.NONE, False)
        self.extend_results(results)

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """Add measurements. ValueError for anything else."""
        for one in results:
            if not isinstance(one, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(one)} instead.")
            self._results.append(one)

    def trim_significant_figures(self) -> None:
        """Show only the digits that count."""
        self._style = self._style._replace(trim=True)

    def colorize(self, rowwise: bool = False) -> None:
        """Show by colours how far times are from the best of their column, or row."""
        self._style = self._style._replace(colorize=Colorize.ROWWISE if rowwise else Colorize.COLUMNWISE)

    def highlight_warnings(self) -> None:
        """Mark times that differ much from round to round."""
        self._style = self._style._replace(warn=True)

    def print(self) -> None:
        """Print the tables."""
        print(self)

    def __str__(self) -> str:
        merged = Measurement.merge(self._results)
        labels = ordered_unique(one.label for one in merged)
        return "\n".join(Table([one for one in merged if one.label == label], self._style).render() for label in labels)
