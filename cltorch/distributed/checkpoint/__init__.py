"""Checkpoints in parts from several ranks: with one rank a state is a whole, saved by `torch.save`. See torch.distributed.checkpoint."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["FileSystemReader", "FileSystemWriter", "load", "save"]


class InParts:
    """RuntimeError: checkpoints in parts are not read or written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__}: checkpoints in parts are not here; the world has one rank, use torch.save"
        )


class FileSystemReader(InParts):
    """RuntimeError: checkpoints in parts are not read."""


class FileSystemWriter(InParts):
    """RuntimeError: checkpoints in parts are not written."""


def save(state_dict: Any, **options: Any) -> NoReturn:
    """RuntimeError: checkpoints in parts are not written."""
    raise RuntimeError(
        "distributed.checkpoint.save(): checkpoints in parts are not here; the world has one rank, use torch.save"
    )


def load(state_dict: Any, **options: Any) -> NoReturn:
    """RuntimeError: checkpoints in parts are not read."""
    raise RuntimeError(
        "distributed.checkpoint.load(): checkpoints in parts are not here; the world has one rank, use torch.load"
    )
