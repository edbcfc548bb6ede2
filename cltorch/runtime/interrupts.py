"""Ctrl-C waits while a batch is handed to a device: half a batch, run again, would change tensors in place twice."""

from __future__ import annotations

import signal
import threading
from typing import Any

# Without the wrappers around them, which take ten times as long: a flush is short.
_set = getattr(signal.signal, "__wrapped__", signal.signal)
_get = getattr(signal.getsignal, "__wrapped__", signal.getsignal)
_arrived: list[Any] = []  # frames


def _note(number: int, frame: Any) -> None:
    _arrived.append(frame)


def hold() -> Any:
    """From now on keep an interrupt for later; returns what `release` needs. Python interrupts only the main thread."""
    if threading.get_ident() != threading.main_thread().ident:
        return None
    handler = _get(signal.SIGINT)
    if not callable(handler) or handler is _note:
        return None
    try:
        _set(signal.SIGINT, _note)
    except ValueError:  # the main thread of a sub-interpreter
        return None
    return handler


def release(handler: Any) -> None:
    """Undo `hold`, and deliver an interrupt that arrived meanwhile."""
    if handler is None:
        return
    _set(signal.SIGINT, handler)
    if _arrived:
        frame = _arrived.pop()
        _arrived.clear()
        handler(signal.SIGINT, frame)
