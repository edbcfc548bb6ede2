"""``torch.cuda.profiler``: tells NVIDIA's profilers, which look at a process from outside, where to begin and to end. They see nothing of
OpenCL, so there is nobody to tell; what `torch.profiler` shows is measured by the runtime itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["profile", "start", "stop"]


def start() -> None:
    """Nobody listens."""


def stop() -> None:
    """Nobody listens."""


@contextmanager
def profile() -> Iterator[None]:
    """A block to which nobody listens."""
    yield
