"""Layers that become one when they are quantized. See torch.ao.nn.intrinsic."""

from __future__ import annotations

from . import fused
from .fused import *
from .fused import _FusedModule as _FusedModule

__all__ = fused.__all__
