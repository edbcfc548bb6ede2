"""The workers of a loader: threads of this process, as a device is used by one process. They load ahead, in the loader's order."""

from __future__ import annotations

import copy
import queue
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from ..opencl import current_device, set_device

_HERE = threading.local()
_END = object()
Fetch = Callable[[Any], Any]


class WorkerInfo:
    """Which worker this is: ``id`` of ``num_workers``, its ``seed``, and the ``dataset``, its own copy of an iterable one."""

    def __init__(self, id: int, num_workers: int, seed: int, dataset: Any) -> None:
        self.id, self.num_workers, self.seed, self.dataset = id, num_workers, seed, dataset

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"WorkerInfo({values})"


def get_worker_info() -> WorkerInfo | None:
    """What the worker is in which this is called; None outside of workers. See torch.utils.data.get_worker_info."""
    return getattr(_HERE, "info", None)


class _Failure:
    """An error of a worker, with its traceback as text."""

    def __init__(self, error: BaseException, worker: int) -> None:
        self.error = error
        self.text = f"Caught {type(error).__name__} in DataLoader worker {worker}.\nOriginal {traceback.format_exc()}"

    def raise_again(self) -> None:
        """Raise an error of the same class; RuntimeError where that class takes no text."""
        try:
            made = type(self.error)(self.text)
        except Exception:
            made = RuntimeError(self.text)
        raise made from self.error


class Worker(threading.Thread):
    """Loads what its tasks say, one after another, and stops at the task None."""

    def __init__(self, info: WorkerInfo, prepare: Callable[[Any], Fetch], init: Callable[[int], Any] | None) -> None:
        super().__init__(name=f"DataLoader worker {info.id}", daemon=True)
        self.info, self.prepare, self.init = info, prepare, init
        self.device = current_device()
        self.tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.results: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.stopped = False

    def run(self) -> None:
        _HERE.info = self.info
        set_device(self.device)
        try:
            if self.init is not None:
                self.init(self.info.id)
            fetch = self.prepare(self.info.dataset)
        except BaseException as error:
            self.results.put(_Failure(error, self.info.id))
            return
        while (task := self.tasks.get()) is not None and not self.stopped:
            try:
                self.results.put(fetch(task[0]))
            except StopIteration:
                self.results.put(_END)
            except BaseException as error:
                self.results.put(_Failure(error, self.info.id))

    def result(self, timeout: float) -> Any:
        """The next result. RuntimeError when it takes longer than ``timeout`` seconds (0: for ever), or the worker's own error."""
        try:
            found = self.results.get(timeout=timeout or None)
        except queue.Empty:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds") from None
        if isinstance(found, _Failure):
            found.raise_again()
        return found

    def stop(self) -> None:
        """End after the present task."""
        self.stopped = True
        self.tasks.put(None)


def run_ahead(loader: Any, tasks: Iterator[Any], prepare: Callable[[Any], Fetch], seed: int) -> Iterator[Any]:
    """The results of all tasks in their order, ``prefetch_factor`` tasks a worker ahead.

    ``prepare`` makes of a data set the function that does a task; a worker for which that raises StopIteration gets no more.
    """
    count = loader.num_workers
    copied = copy.copy if loader._iterable else lambda dataset: dataset
    infos = [WorkerInfo(i, count, seed + i, copied(loader.dataset)) for i in range(count)]
    workers = [Worker(info, prepare, loader.worker_init_fn) for info in infos]
    turn: deque[Worker] = deque(workers)  # who is next
    waiting: deque[Worker] = deque()  # whose results come next
    for worker in workers:
        worker.start()

    def give() -> None:
        if turn:
            for task in tasks:
                turn[0].tasks.put((task,))
                waiting.append(turn[0])
                turn.rotate(-1)
                return

    try:
        for _ in range(count * (loader.prefetch_factor or 2)):
            give()
        while waiting:
            worker = waiting.popleft()
            found = worker.result(loader.timeout)
            if found is _END:
                if worker in turn:
                    turn.remove(worker)
                give()
                continue
            give()
            yield found
    finally:
        for worker in workers:
            worker.stop()
