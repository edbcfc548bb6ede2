"""Loading a state from a folder. See torch.distributed.checkpoint.state_dict_loader."""

from __future__ import annotations

import os
from typing import Any

from .api import told
from .default_planner import DefaultLoadPlanner, _EmptyStateDictLoadPlanner
from .filesystem import FileSystemReader
from .state_dict_saver import folder, known_planner
from .stateful import Stateful

__all__ = ["load", "load_state_dict"]


def load(
    state_dict: dict[str, Any],
    *,
    checkpoint_id: str | os.PathLike[str] | None = None,
    storage_reader: Any = None,
    planner: Any = None,
    process_group: Any = None,
    no_dist: bool = False,
) -> None:
    """Load into a state what it has, from the folder ``checkpoint_id`` (or by a ``storage_reader``), which PyTorch may have written.

    Tensors are filled, other values replaced; entries that are `Stateful` give their states and take what was loaded.
    `CheckpointException` for what goes wrong: names that are missing, shapes that differ, classes that are not allowed (no code of a
    checkpoint runs). See torch.distributed.checkpoint.load.
    """
    reader = folder(storage_reader, checkpoint_id, FileSystemReader)
    states = {k: v.state_dict() if isinstance(v, Stateful) else v for k, v in state_dict.items()}
    load_state_dict(states, reader, planner=planner)
    for key, value in list(state_dict.items()):
        if isinstance(value, Stateful):
            value.load_state_dict(states[key])
        else:
            state_dict[key] = states[key]


def load_state_dict(
    state_dict: dict[str, Any],
    storage_reader: Any,
    process_group: Any = None,
    coordinator_rank: int = 0,
    no_dist: bool = False,
    planner: Any = None,
) -> None:
    """`load` by a reader, without asking entries for their states."""
    known_planner(planner, DefaultLoadPlanner, _EmptyStateDictLoadPlanner)
    with told():
        (planner or DefaultLoadPlanner()).load(state_dict, storage_reader.read_metadata(), storage_reader)


_load_state_dict = load_state_dict


def _load_state_dict_from_keys(
    keys: set[str] | str | None = None,
    *,
    checkpoint_id: str | os.PathLike[str] | None = None,
    storage_reader: Any = None,
    process_group: Any = None,
) -> dict[str, Any]:
    """All of a checkpoint, or what lies under some names."""
    reader = folder(storage_reader, checkpoint_id, FileSystemReader)
    found: dict[str, Any] = {}
    load_state_dict(found, reader, planner=_EmptyStateDictLoadPlanner({keys} if isinstance(keys, str) else keys))
    return found
