"""How a tensor lies on a mesh of ranks."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Partial", "Placement", "Replicate", "Shard"]


class Placement:
    """How a tensor lies along one dimension of a mesh."""

    def is_shard(self, dim: int | None = None) -> bool:
        """Whether it is cut (along a dimension)."""
        return isinstance(self, Shard) and (dim is None or self.dim == dim)

    def is_replicate(self) -> bool:
        """Whether every rank has all of it."""
        return isinstance(self, Replicate)

    def is_partial(self) -> bool:
        """Whether the ranks have terms of it."""
        return isinstance(self, Partial)


@dataclass(frozen=True)
class Shard(Placement):
    """Cut along a dimension."""

    dim: int

    @staticmethod
    def local_shard_size_and_offset(curr_local_size: int, num_chunks: int, rank: int) -> tuple[int, int]:
        """Size and beginning of a rank's part, as `torch.chunk` cuts."""
        size = -(-curr_local_size // num_chunks)
        start = min(size * rank, curr_local_size)
        return min(size, curr_local_size - start), start


@dataclass(frozen=True)
class _StridedShard(Shard):
    """Cut along a dimension that is cut already."""

    split_factor: int = 1


@dataclass(frozen=True)
class Replicate(Placement):
    """Whole on every rank."""


@dataclass(frozen=True)
class Partial(Placement):
    """Every rank has a term."""

    reduce_op: str = "sum"
