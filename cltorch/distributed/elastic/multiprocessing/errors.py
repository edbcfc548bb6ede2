"""Errors of processes that a launcher started. See torch.distributed.elastic.multiprocessing.errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["ChildFailedError", "ProcessFailure", "record"]

F = TypeVar("F", bound=Callable[..., Any])


class ProcessFailure:
    """What is known of a process that failed: nothing makes one, as the one rank is this process."""


class ChildFailedError(Exception):
    """A process that the launcher started has failed; nothing raises it, as the one rank is this process."""

    def __init__(self, name: str, failures: dict[int, Any]) -> None:
        self.name, self.failures = name, failures
        super().__init__(f"{name} FAILED")


def record(fn: F, error_handler: Any = None) -> F:
    """The function itself: its errors reach the one process by themselves."""
    return fn
