"""``torch.ao``: quantization of linear layers."""

from __future__ import annotations

from .. import nn as networks
from . import nn, quantization

for _name in nn.__all__:
    setattr(networks, _name, getattr(nn, _name))  # PyTorch has these layers under both names
del _name

__all__ = ["nn", "quantization"]
