"""Blocks in which the host's values remember how they were made: each thread has its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import cltorch
from cltorch.data.host import on_host
from cltorch.graph.origins import ORIGINS, origins_kept


def made() -> cltorch.Tensor:
    """A tensor of the host that was computed in this thread."""
    with on_host():
        return cltorch.ones(3) + 1


def knows(tensor: cltorch.Tensor) -> bool:
    """Whether it knows how it was made."""
    return getattr(tensor._storage.value, "record", None) is not None


def elsewhere(call: Callable[[], cltorch.Tensor]) -> cltorch.Tensor:
    """What a call in another thread gives."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def test_values_know_until_the_outermost_block_ends() -> None:
    with origins_kept():
        with origins_kept():
            inner = made()
        assert knows(inner) and knows(made())
    assert not knows(inner) and not knows(made()) and inner.tolist() == [2, 2, 2]


def test_values_of_another_thread_do_not() -> None:
    with origins_kept():
        theirs = elsewhere(made)
        assert not knows(theirs) and knows(made())
    assert theirs.tolist() == [2, 2, 2]


def test_blocks_of_two_threads_end_as_they_like() -> None:
    began, end = Event(), Event()

    def other() -> cltorch.Tensor:
        with origins_kept():
            theirs = made()
            began.set()
            end.wait()
            assert knows(theirs)
        return theirs

    with ThreadPoolExecutor(1) as pool:
        with origins_kept():
            running = pool.submit(other)
            began.wait()
            ours = made()
        assert not knows(ours)
        end.set()
        assert not knows(running.result())
    assert not ORIGINS
