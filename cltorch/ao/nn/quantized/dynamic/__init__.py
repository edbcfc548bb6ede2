"""Layers with int8 weights whose inputs are quantized as they come. See torch.ao.nn.quantized.dynamic."""

from __future__ import annotations

from .linear import Linear

__all__ = ["Linear"]
