"""``torch.ao.nn``: quantized layers, those that train for it, and those that become one."""

from __future__ import annotations

from . import intrinsic, qat, quantized

__all__ = ["intrinsic", "qat", "quantized"]
