"""Python's ``multiprocessing`` under ``torch.multiprocessing``. Processes that use a device must be spawned, not forked."""

from __future__ import annotations

import multiprocessing
from multiprocessing import *  # noqa: F403
from multiprocessing import get_context
from typing import Any

__all__ = [
    *multiprocessing.__all__,
    "get_all_sharing_strategies",
    "get_sharing_strategy",
    "set_sharing_strategy",
    "spawn",
]
_strategy = "file_system"


def get_all_sharing_strategies() -> set[str]:
    """Ways in which host memory is shared between processes."""
    return {"file_descriptor", "file_system"}


def get_sharing_strategy() -> str:
    """What `set_sharing_strategy` was called with last."""
    return _strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Keep which way is wanted."""
    global _strategy
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(f"{new_strategy} is not one of {sorted(get_all_sharing_strategies())}")
    _strategy = new_strategy


class ProcessRaisedException(Exception):  # noqa: N818
    """A process that `spawn` started has failed."""


def spawn(
    fn: Any,
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> Any:
    """Run ``fn(rank, *args)`` in new processes. With ``join`` wait for them: `ProcessRaisedException` if one fails."""
    context = get_context(start_method)
    started: list[Any] = []
    for rank in range(nprocs):
        process = context.Process(target=fn, args=(rank, *args), daemon=daemon)  # type: ignore[attr-defined]
        process.start()
        started.append(process)
    if not join:
        return started
    for rank, process in enumerate(started):
        process.join()
        if process.exitcode:
            raise ProcessRaisedException(f"process {rank} terminated with exit code {process.exitcode}")
    return None
