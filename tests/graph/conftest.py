"""Tests here are about plans: what the tape would run at once is planned too. `test_tiers.py`, `test_patterns.py`, `test_scripts.py`, `test_ready.py`, `test_fresh.py`,
`test_moulds.py`, `test_cohorts.py`, `test_laid.py`, `test_near.py`, `test_parts.py` and `test_chains.py` are about the tape and parts."""

from __future__ import annotations

from typing import Any

import pytest

from cltorch.autograd import replay
from cltorch.graph import cohorts, moulds
from cltorch.graph.record import recorder
from cltorch.ops.op import TABLE
from cltorch.runtime import device


@pytest.fixture(autouse=True)
def plans_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tape, except for its own tests."""
    if not request.module.__name__.endswith(
        (
            "test_tiers",
            "test_parts",
            "test_patterns",
            "test_scripts",
            "test_near",
            "test_ready",
            "test_fresh",
            "test_moulds",
            "test_chains",
            "test_cohorts",
            "test_laid",
        )
    ):
        monkeypatch.setattr(recorder(device.default()), "machine", None)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been learnt of any op, composition or chain."""
    known: dict[int, dict[Any, Any]] = {}
    original = moulds.kin_of
    for module in (moulds, replay):
        monkeypatch.setattr(module, "kin_of", lambda kin, name: original(known.setdefault(id(kin), {}), name))
    cohorts.forget()
    for op in TABLE.values():
        op.cache.clear()
        op.plain.clear()
