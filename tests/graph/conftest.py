"""Tests here are about plans: what the tape would run at once is planned too. `test_tiers.py`, `test_patterns.py`, `test_scripts.py`, `test_ready.py`, `test_fresh.py`,
`test_moulds.py`, `test_cohorts.py`, `test_near.py`, `test_parts.py` and `test_chains.py` are about the tape and parts."""

from __future__ import annotations

import pytest

from cltorch.graph.record import recorder
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
        )
    ):
        monkeypatch.setattr(recorder(device.default()), "machine", None)
