"""``torch.distributed.constants``."""

from __future__ import annotations

from .distributed_c10d import default_pg_nccl_timeout
from .store import default_pg_timeout

__all__ = ["default_pg_nccl_timeout", "default_pg_timeout"]
