"""``torch.ao.nn``: quantized layers."""

from __future__ import annotations

from . import quantized

__all__ = ["quantized"]
