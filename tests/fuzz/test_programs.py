"""A sample of random programs; a thousand of them: ``python -m tests.fuzz.programs 1000``."""

from __future__ import annotations

import pytest

from .programs import run


@pytest.mark.parametrize("seed", range(80))
def test_a_random_program_gives_what_pytorch_gives(seed: int) -> None:
    found, lines = run(seed)
    assert found is None, "\n".join([found, *lines])
