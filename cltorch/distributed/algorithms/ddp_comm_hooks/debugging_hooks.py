"""``torch.distributed.algorithms.ddp_comm_hooks.debugging_hooks``."""

from __future__ import annotations

from typing import Any

from ....futures import Future
from ...distributed_c10d import GradBucket

__all__ = ["noop_hook"]


def noop_hook(_: Any, bucket: GradBucket) -> Future[Any]:
    """The gradients as they are: nothing is communicated."""
    done: Future[Any] = Future()
    done.set_result(bucket.buffer())
    return done
