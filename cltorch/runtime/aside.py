"""Builds that nobody waits for: a builder is given them when it has nothing else to do, and they are looked for on disk later.

A mark in the cache's folder keeps several processes from building the same at once.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import cache, folders, trace

if TYPE_CHECKING:
    from .builders import Builder, Builders, Job

LONGEST = 120.0  # seconds after which a mark is believed to be left over, and a build is given up
EVERY = 0.2  # seconds between two looks
QUIET = 1.0  # seconds since it was first asked for, and since somebody last waited for builders: who begins may soon want more of them


class Aside:
    """A program that is built beside. It is ``failed`` when it will not come any more."""

    def __init__(self, builders: Builders, job: Job) -> None:
        self.job = job
        self.mark = mark_of(job.key)
        self.failed = False
        self._builders = builders
        self._builder: Builder | None = None
        self._looked = 0.0
        self._asked = 0.0  # when it was first to begin
        self._begun = 0.0  # when its build began, here or in another process

    def is_done(self) -> bool:
        """Whether the program is on disk, if it is time to look."""
        now = time.monotonic()
        if self.failed or now - self._looked < EVERY:
            return False
        self._looked = now
        if self._builder is not None:
            self._builders.hear()
        if self._builder.job is self.job if self._builder is not None else self.mark.exists():
            self.failed = bool(self._begun) and now - self._begun > LONGEST
            return False  # what is on disk may not be whole yet
        is_kept = cache.is_kept(self.job.key)
        self.failed = bool(self._begun) and not is_kept
        return is_kept

    def begin(self) -> None:
        """Have it built, if that has not begun and a builder is free."""
        if self._begun or self.failed:
            return
        now = time.monotonic()
        self._asked = self._asked or now
        if now - max(self._asked, self._builders.busy) < QUIET:
            return
        builder = self._builders.free()
        if builder is None:
            self.failed = not self._builders.allowed
            return
        self._begun = now
        if claim(self.mark) and builder.take(self.job):
            self._builder = builder
            trace.say(1, "the tape is built by another process")


def mark_of(key: str) -> Path:
    """The mark of the program kept under ``key``."""
    return folders.root() / f"building-{key[:16]}"


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


def release(key: str) -> None:
    """Take a mark away, if there is one."""
    with contextlib.suppress(OSError):
        mark_of(key).unlink()
