"""A sample of random calls; 20,000 of them: ``python -m tests.fuzz.calls 20000``."""

from __future__ import annotations

from .calls import differences

COUNT, ALLOWED = 300, 0.05


def test_random_calls_give_what_pytorch_gives_and_spoil_nothing() -> None:
    found = differences(COUNT, seed=1)
    assert len(found) <= ALLOWED * COUNT, "\n".join(found)
