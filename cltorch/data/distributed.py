"""``DistributedSampler``: each rank's share of the indices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized

from ..distributed import distributed_c10d as world
from ..tensor.random import Generator
from ..tensor.sampling import randperm
from .sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every ``num_replicas``-th index from ``rank`` on, shuffled by seed and epoch. See torch.utils.data.DistributedSampler.

    Without ``num_replicas`` and ``rank`` they are the world's (ValueError before it is made). ValueError for a rank outside.
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        self.num_replicas = world.get_world_size() if num_replicas is None else num_replicas
        self.rank = world.get_rank() if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(f"Invalid rank {self.rank}, rank should be in the interval [0, {self.num_replicas - 1}]")
        self.dataset, self.shuffle, self.seed, self.drop_last, self.epoch = dataset, shuffle, seed, drop_last, 0
        total = len(dataset)
        if drop_last and total % self.num_replicas:
            self.num_samples = math.ceil((total - self.num_replicas) / self.num_replicas)
        else:
            self.num_samples = math.ceil(total / self.num_replicas)
        self.total_size = self.num_samples * self.num_replicas

    def __iter__(self) -> Iterator[int]:
        total = len(self.dataset)
        if self.shuffle:
            indices = randperm(total, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            indices = list(range(total))
        if not self.drop_last:
            missing = self.total_size - total
            indices += (indices * math.ceil(missing / total))[:missing] if total else []
        return iter(indices[: self.total_size][self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Shuffle another way in the next epoch."""
        self.epoch = epoch
