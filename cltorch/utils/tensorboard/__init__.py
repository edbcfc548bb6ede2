"""``SummaryWriter``, by the library `tensorboard`. See torch.utils.tensorboard."""

from __future__ import annotations

from .writer import FileWriter, RecordWriter, SummaryWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
