"""A sample of random calls; 20,000 of them: ``python -m tests.fuzz.calls 20000``."""

from __future__ import annotations

import io

from .calls import differences

COUNT, ALLOWED = 200, 0.02


def test_random_calls_give_what_pytorch_gives_and_spoil_nothing() -> None:
    found = differences(COUNT, 1, io.StringIO())
    assert found.taken > COUNT / 2
    assert len(found.lines) <= ALLOWED * COUNT, "\n".join(found.lines)
