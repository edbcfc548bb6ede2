"""``torch.distributed.fsdp.fully_sharded_data_parallel``."""

from __future__ import annotations

from . import CPUOffload, FullyShardedDataParallel, MixedPrecision, ShardingStrategy, StateDictType

__all__ = ["CPUOffload", "FullyShardedDataParallel", "MixedPrecision", "ShardingStrategy", "StateDictType"]
