"""Builds in a process beside this one: nothing here waits for them, neither Ctrl-C nor exit, and no lock is held.

The other process (``python -m cltorch prewarm``) leaves programs in the cache on disk and goes its own way when this one ends.
A mark in the cache's folder keeps several processes from building the same at once.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from . import folders, trace

LONGEST = 120.0  # seconds after which a mark is believed to be left over
EVERY = 0.2  # seconds between two looks


class Aside:
    """The build of what one device needs, by another process."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.mark = folders.root() / f"building-{index}"
        self.failed = False
        self._child: subprocess.Popen[bytes] | None = None
        self._looked = 0.0
        self._started = 0.0

    def may_be_done(self) -> bool:
        """Whether it is time to look at the cache again. The second time that it is, the build begins: a process that ends at
        once needs none."""
        now = time.monotonic()
        if self.failed or now - self._looked < EVERY:
            return False
        first, self._looked = not self._looked, now
        if not self._started:
            if first:
                return True
            self._started = now
            if claim(self.mark):
                self._start()
            return False
        if self._child is not None and self._child.poll() is not None:
            self.failed = self._child.returncode != 0
        elif now - self._started > LONGEST:
            self.failed = True
        return True

    def _start(self) -> None:
        root = str(Path(__file__).parents[2])
        paths = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        command = [sys.executable, "-m", "cltorch", "prewarm", "--device", str(self.index)]
        environment = {**os.environ, "PYTHONPATH": paths, "CLTORCH_DEBUG": "0"}
        trace.say(1, f"opencl:{self.index}: the tape is built by another process")
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C is for this process
            )
        except OSError:
            self.failed = True


def claim(mark: Path) -> bool:
    """Make the mark that says who builds; False where somebody else has made it, or nothing can be kept."""
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if time.time() - mark.stat().st_mtime > LONGEST:
                mark.unlink()
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except OSError:
        return False
    return True


def release(index: int) -> None:
    """Take the mark away."""
    with contextlib.suppress(OSError):
        (folders.root() / f"building-{index}").unlink()
