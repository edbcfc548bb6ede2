"""Rows about drivers that the package holds itself to."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import cltorch
from cltorch.runtime import quirks

TEXTS = [
    path
    for folder in ("templates", "prelude")
    for path in sorted((Path(cltorch.__file__).parent / "kernels" / folder).iterdir())
    if path.is_file()
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_kernel_declares_a_word_that_some_compiler_keeps_for_itself(path: Path) -> None:
    text = re.sub(r"##.*|//.*|<%def.*|\$\{.*?\}", "", path.read_text())
    assert not re.search(r"\b(channel|pipe|generic)\b\s*(=|,|;|\+)", text)


@pytest.mark.parametrize("quirk", quirks.QUIRKS, ids=lambda quirk: quirk.symptom[:40])
def test_rows_are_complete(quirk: quirks.Quirk) -> None:
    assert quirk.platform == quirk.platform.lower()
    assert all((quirk.symptom, quirk.source, quirk.remedy))
    assert bool(quirk.told) == bool(quirk.advice)
    for words in quirk.told:
        assert quirks.advice(quirk.platform.upper(), f"said: {words}.") is not None


def test_threads_are_pinned_only_where_there_is_a_processor_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POCL_MAX_PTHREAD_COUNT", raising=False)
    monkeypatch.delenv("POCL_CPU_MAX_CU_COUNT", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3}, raising=False)
    assert quirks.environment()["POCL_AFFINITY"] == "1"
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {2, 3}, raising=False)
    assert "POCL_AFFINITY" not in quirks.environment()
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3}, raising=False)
    monkeypatch.setenv("POCL_MAX_PTHREAD_COUNT", "8")
    assert "POCL_AFFINITY" not in quirks.environment()
