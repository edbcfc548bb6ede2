"""Settings of files. See torch.utils.serialization."""

from __future__ import annotations

from ...serialization import config

__all__ = ["config"]
