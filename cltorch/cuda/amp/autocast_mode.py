"""``autocast`` of cuda, in PyTorch's older spelling. See torch.cuda.amp."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ... import dtypes
from ...amp import autocast_mode
from ...amp.older import deprecated

__all__ = ["autocast", "custom_bwd", "custom_fwd"]


class autocast(autocast_mode.autocast):
    """``amp.autocast("cuda", ...)``."""

    def __init__(self, enabled: bool = True, dtype: dtypes.dtype = dtypes.float16, cache_enabled: bool = True) -> None:
        deprecated("cuda", "autocast(args...)", "autocast('cuda', args...)")
        super().__init__("cuda", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


def custom_fwd(fwd: Callable[..., Any] | None = None, *, cast_inputs: dtypes.dtype | None = None) -> Any:
    """``amp.custom_fwd(..., device_type="cuda")``."""
    deprecated("cuda", "custom_fwd(args...)", "custom_fwd(args..., device_type='cuda')")
    return functools.partial(autocast_mode.custom_fwd, device_type="cuda")(fwd, cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Any:
    """``amp.custom_bwd(..., device_type="cuda")``."""
    deprecated("cuda", "custom_bwd(args...)", "custom_bwd(args..., device_type='cuda')")
    return autocast_mode.custom_bwd(bwd, device_type="cuda")
