"""``torch.distributed.checkpoint.hf_storage``."""

from __future__ import annotations

from . import InParts


class HuggingFaceStorageReader(InParts):
    """RuntimeError: checkpoints in parts are not read."""


class HuggingFaceStorageWriter(InParts):
    """RuntimeError: checkpoints in parts are not written."""
