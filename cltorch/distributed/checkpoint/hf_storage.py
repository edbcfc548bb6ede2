"""``torch.distributed.checkpoint.hf_storage``."""

from __future__ import annotations

from typing import Any

__all__ = ["HuggingFaceStorageReader", "HuggingFaceStorageWriter"]


class _InSafetensors:
    """NotImplementedError: checkpoints of safetensors files are not read or written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"{type(self).__name__}: checkpoints of safetensors files are not here; use FileSystemReader and FileSystemWriter, or "
            "the library safetensors"
        )


class HuggingFaceStorageReader(_InSafetensors):
    """NotImplementedError: checkpoints of safetensors files are not read."""


class HuggingFaceStorageWriter(_InSafetensors):
    """NotImplementedError: checkpoints of safetensors files are not written."""
