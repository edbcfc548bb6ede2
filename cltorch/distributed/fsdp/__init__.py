"""Parameters in parts on several ranks: with one rank each is whole. See torch.distributed.fsdp."""

from __future__ import annotations

from typing import Any

from . import api
from .api import *
from .fully_sharded_data_parallel import FullyShardedDataParallel

__all__ = [*api.__all__, "FSDPModule", "FullyShardedDataParallel", "fully_shard", "register_fsdp_forward_method"]


class FSDPModule:
    """What `fully_shard` makes of a module's class in PyTorch. Nothing is one: with one rank modules stay as they are."""


def fully_shard(module: Any, *, mp_policy: Any = None, **options: Any) -> Any:
    """The module, whose parameters are whole on one rank. RuntimeError for mixed precision, which is autocast's here."""
    if mp_policy is not None and (mp_policy.param_dtype or mp_policy.reduce_dtype):
        raise RuntimeError("fully_shard(): mixed precision by parts is not here; use torch.autocast")
    return module


def register_fsdp_forward_method(module: Any, method_name: str) -> None:
    """Say that a method computes as ``forward`` does: with one rank it needs nothing before it."""
    getattr(module, method_name)
