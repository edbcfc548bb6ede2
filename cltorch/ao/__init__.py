"""``torch.ao``: quantization of linear layers."""

from __future__ import annotations

from .. import nn as networks
from . import nn, quantization

networks.quantized = nn.quantized  # type: ignore[attr-defined]  # PyTorch has these layers under both names

__all__ = ["nn", "quantization"]
