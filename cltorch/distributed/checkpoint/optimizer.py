"""States of optimizers in parts. See torch.distributed.checkpoint.optimizer."""

from __future__ import annotations

from typing import Any

from .state_dict_loader import _load_state_dict_from_keys

__all__ = ["load_sharded_optimizer_state_dict"]


def load_sharded_optimizer_state_dict(
    model_state_dict: Any, optimizer_key: str, storage_reader: Any, planner: Any = None
) -> dict[str, Any]:
    """What a checkpoint has under the key of an optimizer: whole tensors, as the one rank has all of them."""
    return _load_state_dict_from_keys(optimizer_key, storage_reader=storage_reader)
