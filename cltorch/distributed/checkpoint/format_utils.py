"""Checkpoints in a folder and files of `save`, one made from the other. See torch.distributed.checkpoint.format_utils."""

from __future__ import annotations

import os

from ...serialization import load, save
from .default_planner import _EmptyStateDictLoadPlanner
from .filesystem import FileSystemWriter
from .state_dict_loader import _load_state_dict, _load_state_dict_from_keys
from .state_dict_saver import save_state_dict

__all__ = ["dcp_to_torch_save", "torch_save_to_dcp"]
_ = _load_state_dict, _EmptyStateDictLoadPlanner  # programs import them from here


def dcp_to_torch_save(dcp_checkpoint_dir: str | os.PathLike[str], torch_save_path: str | os.PathLike[str]) -> None:
    """Write all of a checkpoint as one file."""
    save(_load_state_dict_from_keys(checkpoint_id=dcp_checkpoint_dir), torch_save_path)


def torch_save_to_dcp(torch_save_path: str | os.PathLike[str], dcp_checkpoint_dir: str | os.PathLike[str]) -> None:
    """Write what is in a file as a checkpoint."""
    save_state_dict(load(torch_save_path), FileSystemWriter(dcp_checkpoint_dir))
