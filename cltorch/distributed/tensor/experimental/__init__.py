"""``torch.distributed.tensor.experimental``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["implicit_replication"]


@contextmanager
def implicit_replication() -> Iterator[None]:
    """A block in which plain tensors count as tensors that every rank has: with one rank they are."""
    yield
