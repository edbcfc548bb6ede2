"""Measurements are shown as PyTorch shows them, from equal times; statements are run and timed."""

from __future__ import annotations

from typing import Any

import pytest
import torch.utils.benchmark as theirs

import cltorch.utils.benchmark as ours

TIMES = {
    ("a", "x"): [1.1e-3, 1.2e-3, 1.15e-3, 1.13e-3, 1.5e-3],
    ("a", "y"): [2.3e-5] * 5,
    ("b", "x"): [4e-4, 9e-4, 2e-4, 7e-4],
    ("c", "y"): [3.333e-3],
}


def measured(library: Any) -> list[Any]:
    """The same measurements of one library or the other, some of them by two threads, one twice."""
    made = []
    for threads in (1, 4):
        for (name, column), times in TIMES.items():
            spec = library.TaskSpec(
                f"run({name})", "pass", label="L", sub_label=name, description=column, num_threads=threads
            )
            made.append(library.Measurement(10, [10 * t * threads for t in times], spec))
    return [*made, made[0]]


@pytest.mark.parametrize("style", ["", "trim_significant_figures", "colorize", "highlight_warnings", "rowwise"])
def test_tables_as_pytorchs(style: str) -> None:
    texts = []
    for library in (theirs, ours):
        table = library.Compare(measured(library))
        if style == "rowwise":
            table.colorize(rowwise=True)
        elif style:
            getattr(table, style)()
        texts.append(str(table))
    assert texts[1] == texts[0]


@pytest.mark.parametrize("k", range(len(TIMES)))
def test_measurements_as_pytorchs(k: int) -> None:
    other, mine = measured(theirs)[k], measured(ours)[k]
    for name in ("median", "mean", "iqr", "times"):
        assert getattr(mine, name) == pytest.approx(getattr(other, name), rel=1e-6, abs=1e-15)
    for name in ("significant_figures", "has_warnings", "title", "as_row_name", "num_threads", "stmt", "sub_label"):
        assert getattr(mine, name) == getattr(other, name)
    assert repr(mine).splitlines()[1:] == repr(other).splitlines()[1:]
    spec = {"stmt": "a\nb", "setup": "x = 1\ny = 2", "description": "d"}
    assert ours.TaskSpec(**spec).summarize() == theirs.TaskSpec(**spec).summarize()
    for x in (3.14159, 12345.6, 0.00123):
        assert ours.trim_sigfig(x, 2) == pytest.approx(theirs.trim_sigfig(x, 2))
        assert ours.select_unit(x) == theirs.select_unit(x)


def test_statements_are_run_and_timed() -> None:
    counted: list[int] = []
    names = {"counted": counted}
    found = ours.Timer("counted.append(1); x + 1", "x = torch.ones(3)", globals=names, label="add").timeit(5)
    assert len(counted) == 2 + 5
    assert found.median > 0
    assert found.number_per_run == 5
    calls: list[int] = []
    timed = ours.Timer("\n    y = x * 2\n    y.sum()\n", "x = torch.ones(3)", num_threads=2)
    found = timed.blocked_autorange(lambda number, seconds: calls.append(number), min_run_time=0.001)
    assert len(calls) == len(found.raw_times) > 0
    assert found.stmt == "    y = x * 2\n    y.sum()".replace("    ", "")
    assert timed.adaptive_autorange(0.9, min_run_time=1e-4, max_run_time=0.01).num_threads == 2
    with pytest.raises(ValueError, match="global_setup"):
        ours.Timer("1", global_setup="int x;")
    with pytest.raises(NotImplementedError, match="Python alone"):
        ours.Timer("1", language="c++")
    with pytest.raises(ValueError, match="Expected an instance"):
        ours.Compare([1])  # type: ignore[list-item]
