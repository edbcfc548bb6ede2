"""``torch.cpu`` for programs that treat the host as one more device: its stream is in order, and waiting means all devices."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..opencl import Event, Stream, current_stream, synchronize
from . import amp


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """``cpu``."""
    return "cpu"


def set_device(device: Any) -> None:
    """Choose nothing: there is one."""


def is_initialized() -> bool:
    """True."""
    return True


@contextlib.contextmanager
def stream(stream: Any) -> Iterator[None]:
    """A block on a stream of the host, of which there is one."""
    yield


StreamContext = stream
