"""Results that come later. See torch.futures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

__all__ = ["Future", "collect_all", "wait_all"]

T = TypeVar("T")


class Future(Generic[T]):
    """A result that somebody will set. See torch.futures.Future."""

    __module__ = "cltorch"

    def __init__(self, *, devices: Any = None) -> None:
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._result: T | None = None
        self._error: BaseException | None = None
        self._calls: list[Callable[[Any], Any]] = []

    def done(self) -> bool:
        """Whether the result (or an error) is there."""
        return self._ready.is_set()

    def wait(self) -> T:
        """Wait for the result; raises the error if that was set."""
        self._ready.wait()
        return self.value()

    def value(self) -> T:
        """The result that is there; RuntimeError if it is not."""
        if not self.done():
            raise RuntimeError("Future is not complete")
        if self._error is not None:
            raise self._error
        return cast(T, self._result)

    def set_result(self, result: T) -> None:
        """Set the result, once, and call who waits for it."""
        self._finish(result, None)

    def set_exception(self, result: BaseException) -> None:
        """Set an error, once: `wait` raises it."""
        self._finish(None, result)

    def _finish(self, result: T | None, error: BaseException | None) -> None:
        with self._lock:
            if self.done():
                raise RuntimeError("Attempting to mark a completed Future as complete again.")
            self._result, self._error = result, error
            self._ready.set()
            calls, self._calls = self._calls, []
        for call in calls:
            call(self)

    def add_done_callback(self, callback: Callable[[Future[T]], None]) -> None:
        """Call ``callback(self)`` when the result is there, at once if it is."""
        with self._lock:
            if not self.done():
                self._calls.append(callback)
                return
        callback(self)

    def then(self, callback: Callable[[Future[T]], Any]) -> Future[Any]:
        """The future of ``callback(self)``."""
        following: Future[Any] = Future()

        def call(done: Future[T]) -> None:
            try:
                following.set_result(callback(done))
            except Exception as error:
                following.set_exception(error)

        self.add_done_callback(call)
        return following


def collect_all(futures: list[Future[Any]]) -> Future[list[Future[Any]]]:
    """The future of all: done when the last one is."""
    together: Future[list[Future[Any]]] = Future()
    left = [len(futures)]
    lock = threading.Lock()

    def one_done(done: Future[Any]) -> None:
        with lock:
            left[0] -= 1
            last = left[0] == 0
        if last:
            together.set_result(futures)

    for future in futures:
        future.add_done_callback(one_done)
    if not futures:
        together.set_result(futures)
    return together


def wait_all(futures: list[Future[Any]]) -> list[Any]:
    """The results of all; the first error is raised."""
    return [future.wait() for future in futures]
