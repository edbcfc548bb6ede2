"""What ``CLTORCH_DEBUG`` shows, on stderr: 1 device and cache, 2 launches, 3 plans, 4 sources, 5 graphs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..config import config

listener: Callable[[Callable[[], Any], str], Any] | None = None
"""Set by a profiler: enqueues a kernel of a name by calling the first argument, in whose place it is called."""


def say(level: int, text: str) -> None:
    """Show ``text`` where the level asked for is at least ``level``."""
    if config.debug >= level:
        sys.stderr.write(f"cltorch: {text}\n")
