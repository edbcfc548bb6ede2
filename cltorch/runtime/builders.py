"""Builds shared with processes beside this one, so that what a plan lacks is built on several processors at once.

No driver gains from two threads, all do from two processes. A *builder* opens the same device, takes sources over its standard input, keeps
what it has built in the cache on disk and answers with a byte. Nothing waits for it but a batch that needs what it builds: it ends
with its input, so with this process, however that ends, or when it has had nothing to do for a minute.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import select
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from . import cache, quirks, trace

MOST = 3  # builders of one process
LEAST = 3  # kernels from which starting one pays: it needs a second
START = "import sys, types; p = sys.modules['cltorch'] = types.ModuleType('cltorch'); p.__path__ = [{root!r} + '/cltorch']; "
"""A builder needs this floor of the package alone: the rest would take a second to import."""
KERNEL = re.compile(r"__kernel (?:__attribute__\(\(.*?\)\)\s+)?void (\w+)\(([^)]*)\)")  # its name, and its parameters
IDLE = 60.0  # seconds after which one that has nothing to do ends
PATIENCE = 0.05  # seconds between two looks at builders that all that is left waits for
ROOM = 200_000  # characters of a source, which becomes a fifth of that; a pipe takes 65,536 bytes at once


class Job(NamedTuple):
    """A program to be built, and the key under which it is kept."""

    source: str
    flags: str
    key: str
    is_near: bool = False  # whether it is for the device that computes in the thread that asks


class Builder:
    """A process that builds for the device at a position of the listing. ``job`` is what it is at; before it is ready it is not idle."""

    def __init__(self, position: tuple[int, int]) -> None:
        start = START.format(root=str(Path(__file__).parents[2]))
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"{start}from cltorch.runtime.building import serve; serve({position})"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **quirks.BUILDER_ENVIRONMENT, "CLTORCH_DEBUG": "0"},
            start_new_session=True,  # Ctrl-C is for this process
        )
        self._input: int = self._process.stdin.fileno()  # type: ignore[union-attr]
        self.output: int = self._process.stdout.fileno()  # type: ignore[union-attr]
        os.set_blocking(self._input, False)
        self.job: Job | None = None
        self.is_ready = self.is_dead = False

    @property
    def is_idle(self) -> bool:
        """Whether it would begin at once."""
        return self.is_ready and self.job is None and not self.is_dead

    def take(self, job: Job) -> bool:
        """Give it a job; whether it has taken it."""
        data = zlib.compress(pickle.dumps(tuple(job)), 1)
        message = len(data).to_bytes(4, "little") + data
        self.job = job  # before it has it: an interrupt in between must not leave it idle with a job
        try:
            taken = os.write(self._input, message) == len(message)  # it is idle, so the pipe is empty
        except OSError:
            taken = False
        if not taken:
            self.end()
        return taken

    def hear(self) -> None:
        """It has something to say: that it is ready for a first job, or for another one, however the last one ended; or nothing more."""
        said = os.read(self.output, 1)
        if said and not self.is_ready:
            self.is_ready = True
            return  # what it was given before is still to be done
        job, self.job = self.job, None
        if not said:
            if job is not None:
                trace.say(
                    1,
                    f"a process that helped to build has ended over {[name for name, _ in KERNEL.findall(job.source)]}",
                )
            self.end()

    def end(self) -> None:
        """Want nothing of it any more."""
        self.is_dead = True
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        self._process.poll()


class Builders:
    """The builders of one device, started when there is enough to do. Used under the device's lock."""

    allowed = os.name == "posix"  # not in a builder itself

    def __init__(self, position: tuple[int, int], is_late: bool) -> None:
        self.position = position
        self.busy = 0.0  # when a batch last waited for them
        self.is_late = is_late  # see `quirks.LATE`: what is built here costs most at its first launch, and nobody else can take that over
        self._running = [_early.pop(position)] if position in _early else []
        self._is_first = bool(self._running) or not cache.folder().is_dir()  # whether nothing had ever been built here

    def _most(self, wanted: int) -> int:
        """How many are of use."""
        count = processors()
        return min(MOST, wanted, count - (not self.is_late)) if count > 1 else 0

    def ahead(self) -> None:
        """A first batch has run. Where nothing had ever been built, much will be: start what will help with that."""
        if self._is_first:
            self._is_first = False
            self._start(self._most(MOST))

    def _start(self, count: int) -> None:
        """See to it that so many are there."""
        self._running = [builder for builder in self._running if not builder.is_dead]
        try:
            while self.allowed and len(self._running) < count:
                self._running.append(Builder(self.position))
                trace.say(1, "another process helps to build")
        except OSError:
            self.allowed = False

    def share(self, jobs: list[Job], here: Callable[[Job], object]) -> Iterator[Job]:
        """Have all jobs done, the longest first: ``here``, or beside. Gives those that were done beside, as they come; some may have failed.

        One alone is done by who is at it at once, if machine code is made late: this process may not have made any, and the first takes longest.
        """
        left = sorted(jobs, key=lambda job: len(job.source))
        several = len(jobs) > 1
        if len(left) >= LEAST:
            self._start(self._most(len(left) // 2))
        given = [
            job for job in left if any(builder.job == job for builder in self._running)
        ]  # begun before: see `begin_early`
        left = [job for job in left if job not in given]
        while left or given:
            self.hear()
            done = [job for job in given if all(builder.job != job for builder in self._running)]
            given = [job for job in given if job not in done]
            fits = bool(left) and len(left[-1].source) <= ROOM and (several or self.is_late)
            for builder in self._running if fits else ():
                if left and builder.is_idle and builder.take(left[-1]):
                    given.append(left.pop())
            yield from done
            waits = several and fits and self.is_late and any(not builder.is_dead for builder in self._running)
            if left and not waits:
                here(left.pop())
            elif not done and (left or given):
                self.hear(PATIENCE)
        if several:
            self.busy = time.monotonic()

    def free(self) -> Builder | None:
        """One that would begin at once; one is started where there is none."""
        self.hear()
        self._start(1)
        return next((builder for builder in self._running if builder.is_idle), None)

    def hear(self, seconds: float = 0.0) -> None:
        """Hear what they say, waiting so long for the first word."""
        alive = {builder.output: builder for builder in self._running if not builder.is_dead}
        for output in select.select(list(alive), [], [], seconds)[0] if alive else ():
            alive[output].hear()


_early: dict[tuple[int, int], Builder] = {}  # those of devices that are not opened yet


def begin_early(position: tuple[int, int], job: Job) -> None:
    """A device is about to be tried, which keeps one processor of several busy: have another process begin with what its first batch is likely
    to need. No number of it is used unless the device passes."""
    if Builders.allowed and processors() > 1 and not cache.is_kept(job.key):
        with contextlib.suppress(OSError):
            builder = _early[position] = Builder(position)
            builder.take(job)


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
