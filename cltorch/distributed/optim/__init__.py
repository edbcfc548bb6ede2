"""Optimizers whose states are in parts on several ranks: with one rank they are whole. See torch.distributed.optim."""

from __future__ import annotations

from .post_local_sgd import PostLocalSGDOptimizer
from .zero_redundancy_optimizer import ZeroRedundancyOptimizer

__all__ = ["PostLocalSGDOptimizer", "ZeroRedundancyOptimizer"]
