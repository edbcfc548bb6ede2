"""Ctrl-C waits while a batch is handed to a device: half a batch, run again, would change tensors in place twice."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

# Without the wrappers around them, which take ten times as long: a flush is short.
_set = getattr(signal.signal, "__wrapped__", signal.signal)
_get = getattr(signal.getsignal, "__wrapped__", signal.getsignal)
_arrived: list[Any] = []  # frames


def _note(number: int, frame: Any) -> None:
    _arrived.append(frame)


class Hold:
    """Keeps an interrupt for the end of a ``with`` block. Python interrupts only the main thread; elsewhere it does nothing."""

    __slots__ = ("_handler",)

    def __init__(self) -> None:
        self._handler: Any = None

    def __enter__(self) -> Hold:
        if threading.get_ident() == threading.main_thread().ident:
            handler = _get(signal.SIGINT)
            if callable(handler) and handler is not _note:
                with contextlib.suppress(ValueError):  # the main thread of a sub-interpreter
                    _set(signal.SIGINT, _note)
                    self._handler = handler
        return self

    def __exit__(self, *error: object) -> None:
        handler, self._handler = self._handler, None
        if handler is None:
            return
        _set(signal.SIGINT, handler)
        if _arrived:
            frame = _arrived.pop()
            _arrived.clear()
            handler(signal.SIGINT, frame)

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """A block inside that may be interrupted."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()
