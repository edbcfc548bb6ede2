"""Python's ``multiprocessing`` under ``torch.multiprocessing``, with tensors. Processes that use a device must be spawned, not forked.

A tensor in shared memory (`Tensor.share_memory_`) is sent as itself, by queues, pipes and arguments of processes; every other one by its
elements. See torch.multiprocessing.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import *

from ..nn.parameter import Parameter
from ..tensor.sharing import register
from ..tensor.tensor import Tensor
from .starting import (
    ProcessContext,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

__all__ = [
    *multiprocessing.__all__,
    "ProcessContext",
    "ProcessExitedException",
    "ProcessRaisedException",
    "SpawnContext",
    "get_all_sharing_strategies",
    "get_sharing_strategy",
    "set_sharing_strategy",
    "spawn",
    "start_processes",
]
_strategy = "file_descriptor"


def get_all_sharing_strategies() -> set[str]:
    """Ways in which host memory is shared between processes."""
    return {"file_descriptor", "file_system"}


def get_sharing_strategy() -> str:
    """What `set_sharing_strategy` was called with last."""
    return _strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Keep which way is wanted; memory is shared by descriptors always, and nothing of it has a name."""
    global _strategy
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(f"{new_strategy} is not one of {sorted(get_all_sharing_strategies())}")
    _strategy = new_strategy


register(Tensor)
register(Parameter)
