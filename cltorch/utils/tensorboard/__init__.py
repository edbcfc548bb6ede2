"""``SummaryWriter``, by the library `tensorboard`. See torch.utils.tensorboard."""

from __future__ import annotations

from .writer import SummaryWriter

__all__ = ["SummaryWriter"]
