"""``torch.ao``: quantization, as far as models name it before they are quantized."""

from __future__ import annotations

from . import quantization

__all__ = ["quantization"]
