"""Averages over all ranks at first, and over neighbours later. See torch.distributed.algorithms.ddp_comm_hooks.post_localSGD_hook."""

from __future__ import annotations

from typing import Any

from ....futures import Future
from ...distributed_c10d import GradBucket
from .default_hooks import allreduce_hook

__all__ = ["PostLocalSGDState", "post_localSGD_hook"]


class PostLocalSGDState:
    """Which groups average, the one until step ``start_localSGD_iter``, the other, if ``post_local_gradient_allreduce``, from then on."""

    def __init__(
        self,
        process_group: Any,
        subgroup: Any,
        start_localSGD_iter: int,
        post_local_gradient_allreduce: bool = True,
    ) -> None:
        self.process_group, self.subgroup = process_group, subgroup
        self.start_localSGD_iter = start_localSGD_iter
        self.post_local_gradient_allreduce = post_local_gradient_allreduce
        self.iter = 0

    def maybe_increase_iter(self, bucket: GradBucket) -> None:
        """Count the step, at its last bucket."""
        self.iter += bucket.is_last()


def post_localSGD_hook(state: PostLocalSGDState, bucket: GradBucket) -> Future[Any]:
    """The average over the group whose turn it is."""
    if state.iter < state.start_localSGD_iter:
        state.maybe_increase_iter(bucket)
        return allreduce_hook(state.process_group, bucket)
    if not state.post_local_gradient_allreduce:
        done: Future[Any] = Future()
        done.set_result(bucket.buffer())
        return done
    return allreduce_hook(state.subgroup, bucket)
