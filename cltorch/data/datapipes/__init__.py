"""Data sets that are made of steps, one behind the other. See torch.utils.data.datapipes."""

from __future__ import annotations

from . import iter, map

__all__ = ["iter", "map"]
