"""A sample of random programs; a thousand of them: ``python -m tests.fuzz.programs 1000``."""

from __future__ import annotations

import pytest

from .programs import run


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_random_programs_give_what_pytorch_gives(first: int) -> None:
    """At most one in twenty may end in one of the known differences (docs/differences.md), of which errors of several faults are the most."""
    found = [f"seed {seed}: {difference}" for seed in range(first, first + 20) if (difference := run(seed)[0])]
    assert len(found) <= 1, "\n".join(found)
