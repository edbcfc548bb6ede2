"""Remote procedure calls: not available, as in a PyTorch that was built without them. See torch.distributed.rpc."""

from __future__ import annotations

__all__ = ["is_available"]


def is_available() -> bool:
    """False: a world has one process."""
    return False
