"""Errors of checkpoints in parts. See torch.distributed.checkpoint.api."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["CheckpointException"]

Failure = tuple[BaseException, traceback.StackSummary]


class CheckpointException(BaseException):
    """What went wrong while a checkpoint was saved or loaded: ``failures`` has the error and its place for each rank."""

    def __init__(self, msg: str, failures: dict[int, Failure]) -> None:
        super().__init__(msg, failures)
        self._failures = failures

    @property
    def failures(self) -> dict[int, Failure]:
        """Error and place by rank."""
        return self._failures

    def __str__(self) -> str:
        parts = [f"CheckpointException ranks:{self._failures.keys()}\n"]
        for rank, (error, place) in self._failures.items():
            parts.append(f"Traceback (most recent call last): (RANK {rank})\n")
            parts += traceback.format_list(place)
            parts += traceback.format_exception_only(type(error), error)
        return "".join(parts)


@contextmanager
def told() -> Iterator[None]:
    """A block whose errors become a `CheckpointException` of rank 0."""
    try:
        yield
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)
        raise CheckpointException("CheckpointException", {0: (error, place)}) from error
