"""What is on its way in a device's queue: commands not known to be done, and the host's arrays that uploads still read."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import pyopencl as cl

SHORT = 0.005  # seconds: what is expected to take less is waited for in the driver, which no signal interrupts
LOOK = 0.1  # seconds between looks at signals where a lock that is waited for does not show them (Windows)
AHEAD = 256  # batches that may be on their way; the host waits for the oldest then
COMPLETE = cl.command_execution_status.COMPLETE


class Pace:
    """How long a batch of one plan takes on the device, as far as waiting for it has shown."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float = float("inf")) -> None:
        self.seconds = seconds


class Transit:
    """The events of one queue, which runs in order: when one is done, so are all before it.

    Python handles signals only between two calls of a driver, and some drivers run the whole queue while one event is waited
    for. So what may take long is waited for by a thread made for it, and Ctrl-C is answered at once. It has to be a thread that
    waits in the driver, not a loop that asks and sleeps: Intel's runtime lets the thread that waits compute, and leaves its
    processor idle when there is none. Uploads are held until the device has read them, since pyopencl's event of an upload
    waits for it when it is dropped.
    """

    __slots__ = ("_batches", "uploads", "waiting")

    def __init__(self) -> None:
        self.waiting: set[Any] = set()  # who waits in the driver without the device's lock
        self._batches: deque[tuple[Sequence[Any], Pace]] = deque()
        self.uploads: deque[cl.Event] = deque()  # those that are held

    def note(self, results: Sequence[Any], pace: Pace) -> None:
        """Remember the events among the results of a batch's steps (see `launch.Launch.run`)."""
        self._batches.append((results, pace))
        if len(self._batches) > AHEAD:
            event = last_event(self._batches.popleft()[0])
            if event is not None:
                event.wait()

    def hold(self, event: cl.Event) -> None:
        """Keep the event of an upload until it is done, and forget those that are."""
        uploads = self.uploads
        while uploads and uploads[0].command_execution_status == COMPLETE:
            uploads.popleft()
        uploads.append(event)

    @property
    def is_idle(self) -> bool:
        """Whether everything that was noted or held is known to be done."""
        return not self._batches and not self.uploads

    def drained(self, uploads: int) -> None:
        """The queue was waited for when ``uploads`` were held."""
        for _ in range(min(uploads, len(self.uploads))):
            self.uploads.popleft()

    def begin(self) -> tuple[float, list[tuple[Sequence[Any], Pace]]]:
        """To be called before a wait for all that is noted: waits here for what takes long, and can be interrupted."""
        batches = list(self._batches)
        started = time.perf_counter()
        seconds = 0.0
        for _, pace in batches:
            seconds += pace.seconds
        if seconds > SHORT:
            event = last_event(batches[-1][0])
            if event is not None and event.command_execution_status > COMPLETE:
                self._wait_aside(event)
        return started, batches

    def _wait_aside(self, event: cl.Event) -> None:
        """Wait for an event in a thread of its own, so that signals are handled meanwhile. A failure shows in what comes next."""
        done = threading.Lock()
        done.acquire()

        def wait() -> None:
            try:
                with contextlib.suppress(cl.Error):
                    event.wait()
            finally:
                self.waiting.discard(done)
                done.release()

        self.waiting.add(done)
        try:
            threading.Thread(target=wait, name="cltorch waits", daemon=True).start()
        except RuntimeError:  # no threads any more: the interpreter goes down, or the system has none left
            wait()
        while not done.acquire(timeout=LOOK):
            continue

    def finish(
        self, queue: cl.CommandQueue, noted: tuple[float, list[tuple[Sequence[Any], Pace]]], uploads: int
    ) -> None:
        """Wait for all that `begin` gave and for so many ``uploads``, in the driver: for one event where that is all, which takes less than asking a
        queue."""
        event = None if uploads or not noted[1] else last_event(noted[1][-1][0])
        if event is None:
            queue.finish()
        else:
            event.wait()

    def end(self, noted: tuple[float, list[tuple[Sequence[Any], Pace]]]) -> None:
        """To be called after the wait, with what `begin` gave."""
        started, batches = noted
        if not batches:
            return
        seconds = (time.perf_counter() - started) / len(batches)
        for batch in batches:
            batch[1].seconds = seconds
            if self._batches and self._batches[0] is batch:  # else another thread has taken it out
                self._batches.popleft()

    def forget(self) -> None:
        """Forget all commands: the device does not answer."""
        self._batches.clear()


def last_event(results: Sequence[Any]) -> cl.Event | None:
    """The last event among the results of steps."""
    return next((result for result in reversed(results) if isinstance(result, cl.Event)), None)
