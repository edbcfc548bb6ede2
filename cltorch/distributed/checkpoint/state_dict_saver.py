"""Saving a state into a folder. See torch.distributed.checkpoint.state_dict_saver."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from ...tensor.sizes import Size
from ...tensor.tensor import Tensor
from .api import told
from .default_planner import DefaultSavePlanner
from .filesystem import FileSystemWriter
from .metadata import (
    BytesStorageMetadata,
    ChunkStorageMetadata,
    Metadata,
    TensorProperties,
    TensorStorageMetadata,
)
from .stateful import Stateful

__all__ = ["async_save", "save", "save_state_dict"]

VERSION = "1.0.0"
UNNAMED = "`checkpoint_id` must be specified if storage_reader/storage_writer is None."


def save(
    state_dict: Mapping[str, Any],
    *,
    checkpoint_id: str | os.PathLike[str] | None = None,
    storage_writer: Any = None,
    planner: Any = None,
    process_group: Any = None,
    no_dist: bool = False,
    use_collectives: bool = True,
) -> Metadata:
    """Save a state, of which the one rank has all, into the folder ``checkpoint_id`` (or by a ``storage_writer``); PyTorch reads it.

    Entries that are `Stateful` give their states. `CheckpointException` for what goes wrong; RuntimeError where no folder is named;
    NotImplementedError for writers and planners of a program's own. See torch.distributed.checkpoint.save.
    """
    writer = folder(storage_writer, checkpoint_id, FileSystemWriter)
    states = {k: v.state_dict() if isinstance(v, Stateful) else v for k, v in state_dict.items()}
    return save_state_dict(states, writer, planner=planner)


def folder(given: Any, checkpoint_id: Any, kind: Any) -> Any:
    """What writes or reads: what is given, used for ``checkpoint_id`` if there is one."""
    if given is None:
        if checkpoint_id is None:
            raise RuntimeError(UNNAMED)
        return kind(checkpoint_id)
    if not isinstance(given, kind):
        raise NotImplementedError(
            f"{type(given).__name__}: checkpoints are written and read as folders, by {kind.__name__}"
        )
    given.reset(checkpoint_id)
    return given


def save_state_dict(
    state_dict: Mapping[str, Any],
    storage_writer: Any,
    process_group: Any = None,
    coordinator_rank: int = 0,
    no_dist: bool = False,
    planner: Any = None,
) -> Metadata:
    """`save` by a writer, without asking entries for their states."""
    known_planner(planner, DefaultSavePlanner)
    with told():
        leaves, paths = (planner or DefaultSavePlanner()).leaves(state_dict)
        metadata = Metadata({name: _described(value) for name, value in leaves.items()}, paths, version=VERSION)
        return storage_writer.write(leaves, metadata)  # type: ignore[no-any-return]


def known_planner(planner: Any, *kinds: type) -> None:
    """NotImplementedError for a planner that overrides steps that are not taken here."""
    if planner is not None and type(planner) not in kinds:
        raise NotImplementedError(
            f"{type(planner).__name__}: planners of a program's own are not asked; use {kinds[0].__name__}"
        )


def _described(value: Any) -> TensorStorageMetadata | BytesStorageMetadata:
    if not isinstance(value, Tensor):
        return BytesStorageMetadata()
    chunk = ChunkStorageMetadata(Size((0,) * value.dim()), value.size())
    return TensorStorageMetadata(TensorProperties.create_from_tensor(value), value.size(), [chunk])


def async_save(state_dict: Mapping[str, Any], **options: Any) -> Future[Metadata]:
    """`save`, which has ended when this returns: a future that is done."""
    for name in ("async_checkpointer_type", "async_stager", "device"):
        options.pop(name, None)
    done: Future[Metadata] = Future()
    done.set_result(save(state_dict, **options))
    return done
