"""``autocast`` of cpu, in PyTorch's older spelling. See torch.cpu.amp."""

from __future__ import annotations

from ... import dtypes
from ...amp import autocast_mode
from ...amp.older import deprecated

__all__ = ["autocast"]


class autocast(autocast_mode.autocast):
    """``amp.autocast("cpu", ...)``."""

    def __init__(self, enabled: bool = True, dtype: dtypes.dtype = dtypes.bfloat16, cache_enabled: bool = True) -> None:
        deprecated("cpu", "autocast(args...)", "autocast('cpu', args...)")
        super().__init__("cpu", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)
