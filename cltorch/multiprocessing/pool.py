"""Pools of processes under torch.multiprocessing: Python's, whose pipes take tensors."""

from __future__ import annotations

from multiprocessing.pool import Pool

__all__ = ["Pool"]
