"""The same program under PyTorch and under ``cltorch run`` prints the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))


@cache
def outputs(*launcher: str) -> dict[str, str]:
    """What every program prints, all in one process."""
    command = [sys.executable, *launcher, str(HERE / "runall.py"), *map(str, PROGRAMS)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    parts = re.split(r"^=== (\w+)\n", done.stdout, flags=re.MULTILINE)
    assert done.returncode == 0, done.stderr
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.mark.parametrize("program", [path.stem for path in PROGRAMS])
def test_same_output(program: str) -> None:
    assert outputs("-m", "cltorch", "run")[program] == outputs()[program]


def test_there_are_twenty_programs() -> None:
    assert len(PROGRAMS) >= 20
