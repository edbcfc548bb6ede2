"""Runs small programs of their own with this package, as the edges of a process can be seen from outside only."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import cltorch

ROOT = str(Path(cltorch.__file__).parents[1])


def python(code: str, *arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Run ``code`` with the environment changed (None: without the variable); it must end within five minutes, on a busy machine too."""
    changed = {**os.environ, "PYTHONPATH": ROOT, **environment}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={name: value for name, value in changed.items() if value is not None},
    )
