"""Layers that train with weights as quantizing would round them. See torch.ao.nn.qat."""

from __future__ import annotations

from .layers import Conv1d, Conv2d, Conv3d, Linear

__all__ = ["Conv1d", "Conv2d", "Conv3d", "Linear"]
