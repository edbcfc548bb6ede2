"""Handles of hooks. See torch.utils.hooks."""

from __future__ import annotations

from ..autograd.hooks import RemovableHandle

__all__ = ["RemovableHandle"]
