"""``torch.distributed.fsdp.sharded_grad_scaler``: with one rank, `GradScaler`."""

from __future__ import annotations

from ...amp.grad_scaler import GradScaler

__all__ = ["ShardedGradScaler"]


class ShardedGradScaler(GradScaler):
    """A scaler of losses that knows of overflows on all ranks."""
