"""Layers with quantized weights. See torch.ao.nn.quantized."""

from __future__ import annotations

from . import dynamic
from .functional_modules import FloatFunctional
from .weight_only import WeightOnlyLinear

__all__ = ["FloatFunctional", "WeightOnlyLinear", "dynamic"]
