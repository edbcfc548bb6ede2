"""The workers of a loader as its process sees them: started, given tasks, their results taken in order, stopped."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, NoReturn

from .fetch import Fetcher
from .holding import held
from .shared import Slot
from .worker import END, NEXT_PASS, Order, serve

_LONGEST = 5.0  # seconds that a worker has to end by itself
_END = object()


class Worker:
    """One process, and a pipe to it. Memory in which it answers is one of ``slots``, as each task says."""

    def __init__(self, context: Any, order: Order, slots: list[Slot]) -> None:
        self.slots = slots
        self.used: deque[int] = deque()  # slots of the tasks that it has, in their order
        self.pipe, other = context.Pipe()
        try:
            self.process = context.Process(target=serve, args=(other, slots, order), daemon=True)
            self.process.start()
        except BaseException:
            self.pipe.close()
            raise
        finally:
            other.close()

    def give(self, task: Any, slot: int) -> None:
        """Let it do a task after those that it has."""
        self._send((slot, task))
        self.used.append(slot)

    def begin(self, pipes_seed: int | None) -> None:
        """Let it begin another pass."""
        self._send((NEXT_PASS, pipes_seed))

    def _send(self, message: Any) -> None:
        try:
            self.pipe.send(message)
        except OSError:
            self.lose()

    def take(self) -> tuple[Any, int]:
        """The next result, `_END` at the end of its data, or what is told of an error of its own; and the slot that is free now. RuntimeError if
        it is gone."""
        try:
            kind, sizes = self.pipe.recv()
        except (EOFError, OSError):
            self.lose()
        slot = self.used.popleft()
        if kind == END:
            return _END, slot
        return self.slots[slot].get(sizes), slot

    def drain(self) -> None:
        """Throw away what it has not been asked for yet."""
        while self.used:
            self.pipe.recv()
            self.used.popleft()

    def lose(self) -> NoReturn:
        """RuntimeError: it ended by itself."""
        self.process.join(_LONGEST)
        pid, code = self.process.pid, self.process.exitcode
        if code is not None and code < 0:
            why = f"DataLoader worker (pid {pid}) is killed by signal: {signal.strsignal(-code)}. "
        else:
            why = (
                f"DataLoader worker (pid {pid}) exited unexpectedly with exit code {code}. Details are lost due to "
                "multiprocessing. Rerunning with num_workers=0 may give better error trace."
            )
        raise RuntimeError(f"DataLoader worker (pid(s) {pid}) exited unexpectedly") from RuntimeError(why)

    def ask_to_stop(self) -> None:
        """Tell it that there is nothing more to do."""
        with suppress(OSError):
            self.pipe.send(None)

    def stop(self) -> None:
        """Wait for its end, or end it; nothing of it is left then."""
        self.process.join(_LONGEST)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()
        self.pipe.close()


class Crew:
    """All workers of a loader, for a pass or, if they are persistent, for many."""

    def __init__(self, loader: Any, fetcher: Fetcher, seed: int, pipes_seed: int | None) -> None:
        self.timeout, self.in_order = loader.timeout, loader.in_order
        self.ahead = loader.num_workers * loader.prefetch_factor  # tasks given before a result is taken
        self.slots = [Slot() for _ in range(self.ahead + 1)]  # a device may still be reading the last one taken
        self.workers: list[Worker] = []
        try:
            self._start(loader, (fetcher, loader.worker_init_fn), seed, pipes_seed)
        except BaseException:
            self.stop()
            raise

    def _start(self, loader: Any, whole: tuple[Fetcher, Any], seed: int, pipes_seed: int | None) -> None:
        context: Any = loader.multiprocessing_context or multiprocessing.get_context()
        if context.get_start_method() == "fork":
            order = Order(0, loader.num_workers, seed, pipes_seed, whole, held(*whole))
        else:
            order = Order(0, loader.num_workers, seed, pipes_seed, None, [], bytes(ForkingPickler.dumps(whole)))
        for k in range(loader.num_workers):
            self.workers.append(Worker(context, order._replace(id=k), self.slots))

    def run(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """The results of all tasks, or their failures, in their order, or as they come."""
        turn = deque(self.workers)  # who is next
        waiting: deque[Worker] = deque()  # whose results come next
        free = deque(range(len(self.slots)))

        def give() -> None:
            for task in islice(tasks, 1 if turn else 0):
                self.slots[free[0]].settle()
                turn[0].give(task, free.popleft())
                waiting.append(turn[0])
                turn.rotate(-1)

        for _ in range(self.ahead):
            give()
        while waiting:
            worker = self._ready(waiting)
            waiting.remove(worker)
            found, slot = worker.take()
            free.append(slot)
            if found is _END and worker in turn:
                turn.remove(worker)
            give()
            if found is not _END:
                yield found

    def _ready(self, waiting: deque[Worker]) -> Worker:
        """The worker whose result is the next, once it is there. RuntimeError after ``timeout`` seconds, or if a worker is gone."""
        wanted = {waiting[0].pipe: waiting[0]} if self.in_order else {worker.pipe: worker for worker in waiting}
        ends = {worker.process.sentinel: worker for worker in self.workers}
        found = wait([*wanted, *ends], self.timeout or None)
        if not found:
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds")
        for source in found:
            if isinstance(source, Connection):
                return wanted[source]
        ends[found[0]].lose()  # type: ignore[index]

    def begin(self, pipes_seed: int | None) -> None:
        """Begin another pass; what is left of the last one is thrown away."""
        for worker in self.workers:
            worker.drain()
            worker.begin(pipes_seed)

    def stop(self) -> None:
        """End all workers."""
        workers, self.workers = self.workers, []
        for worker in workers:
            worker.ask_to_stop()
        for worker in workers:
            worker.stop()
        slots, self.slots = self.slots, []
        for memory in slots:
            memory.close()
