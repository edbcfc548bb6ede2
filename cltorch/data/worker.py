"""What a worker process of a loader does: loads what it is told to, on the host, and never touches a device."""

from __future__ import annotations

import gc
import os
import random
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

import numpy as np

from ..runtime import device as devices
from ..runtime.host import HOST
from ..tensor.random import manual_seed
from . import holding
from .fetch import Fetcher
from .shared import Sizes, Slot

DONE, END, FAILED = range(3)
NEXT_PASS = -1  # in the place of a slot
Answer = tuple[int, Sizes]
_PATIENCE = 5.0  # seconds after which a worker asks whether its parent is still the one it had


class WorkerInfo:
    """Which worker this is: ``id`` of ``num_workers``, its ``seed``, and the ``dataset``, its own copy."""

    def __init__(self, id: int, num_workers: int, seed: int, dataset: Any) -> None:
        self.id, self.num_workers, self.seed, self.dataset = id, num_workers, seed, dataset

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"WorkerInfo({values})"


_worker_info: WorkerInfo | None = None


class _ResumeIteration(NamedTuple):
    """Asks a package's own worker to begin another pass."""

    seed: int | None = None


class _IterableDatasetStopIteration(NamedTuple):
    """Says that the data set of a package's own worker has ended."""

    worker_id: int


class ManagerWatchdog:
    """Tells a worker whether its parent is still there."""

    def __init__(self) -> None:
        self.parent = os.getppid()

    def is_alive(self) -> bool:
        """Whether it is."""
        return os.getppid() == self.parent


def get_worker_info() -> WorkerInfo | None:
    """What the worker is in which this is called; None outside of workers. See torch.utils.data.get_worker_info."""
    return _worker_info


class Failure(NamedTuple):
    """An error of a worker: its class, None if that cannot be sent, and the text with its traceback."""

    kind: type[BaseException] | None
    text: str

    def again(self) -> BaseException:
        """An error of the same class; RuntimeError where that class takes no text."""
        if self.kind is None:
            return RuntimeError(self.text)
        try:
            return self.kind(Text(self.text) if issubclass(self.kind, KeyError) else self.text)
        except Exception:
            return RuntimeError(self.text)


class Text(str):
    """A text whose representation is itself: a KeyError shows that."""

    def __repr__(self) -> str:
        return self


def failure(error: BaseException, worker: int) -> Failure:
    """What is told of an error that is being handled."""
    text = f"Caught {type(error).__name__} in DataLoader worker process {worker}.\nOriginal {traceback.format_exc()}"
    try:
        ForkingPickler.dumps(type(error))
    except Exception:
        return Failure(None, text)
    return Failure(type(error), text)


class Order(NamedTuple):
    """What a worker is given at its start. A forked one has the ``whole`` itself, the fetcher and the program's preparation, and what
    they ``hold``; others get it ``pickled``."""

    id: int
    workers: int
    seed: int  # of worker 0
    pipes_seed: int | None  # of the pipes of all
    whole: tuple[Fetcher, Callable[[int], Any] | None] | None
    hold: holding.Held
    pickled: bytes = b""


def serve(pipe: Connection, slots: list[Slot], order: Order) -> None:
    """The whole life of a worker: answers every task of ``pipe`` in the slot that it names, until it is told None or its parent is gone."""
    gc.freeze()  # nothing of the parent's is given back here
    devices.set_default(HOST)
    with suppress(KeyboardInterrupt):  # the main process is interrupted too, and says so
        _work(pipe, slots, order)


def _work(pipe: Connection, slots: list[Slot], order: Order) -> None:
    parent = os.getppid()
    read, broken = None, None
    try:
        fetcher = _begin(order)
        read = fetcher.reader()
    except Exception as error:
        broken = failure(error, order.id)
    while (task := _next(pipe, parent)) is not None:
        slot, wanted = task
        if slot == NEXT_PASS:
            fetcher.settle(wanted, order.workers, order.id)
            read = fetcher.reader()
            continue
        answer = _answer(slots[slot], read, broken, wanted, order.id)
        try:
            pipe.send(answer)
        except OSError:
            return


def _begin(order: Order) -> Fetcher:
    """Seeds, the data set, and the program's own preparation."""
    global _worker_info
    seed = order.seed + order.id
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(_generate_state(order.seed, order.id))  # noqa: NPY002  (programs draw from there)
    holding.bring(order.hold)
    fetcher, init = order.whole or ForkingPickler.loads(order.pickled)
    _worker_info = WorkerInfo(order.id, order.workers, seed, fetcher.dataset)
    fetcher.settle(order.pipes_seed, order.workers, order.id)
    if init is not None:
        init(order.id)
    return fetcher


def _generate_state(base_seed: int, worker_id: int) -> list[int]:
    """What a worker seeds NumPy's own random numbers with."""
    words = (worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0)
    return [int(word) for word in np.random.SeedSequence(words).generate_state(4)]


def _next(pipe: Connection, parent: int) -> Any:
    """The next message; None too when the parent is gone."""
    above: Any = parent_process()
    while True:
        if pipe in wait([pipe, above.sentinel], _PATIENCE):
            try:
                return pipe.recv()
            except (EOFError, OSError):
                return None
        if os.getppid() != parent or not above.is_alive():
            return None


def _answer(slot: Slot, read: Any, broken: Failure | None, task: Any, worker: int) -> Answer:
    """Do a task; its result, or its error, is then in the slot."""
    if broken is not None:
        return FAILED, slot.put(broken)
    try:
        with slot.lending():
            return DONE, slot.put(read(task))
    except StopIteration:
        return END, ()
    except Exception as error:
        return FAILED, slot.put(failure(error, worker))
