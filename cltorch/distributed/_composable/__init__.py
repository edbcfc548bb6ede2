"""``torch.distributed._composable``."""

from __future__ import annotations

from ..fsdp import fully_shard

__all__ = ["fully_shard"]
