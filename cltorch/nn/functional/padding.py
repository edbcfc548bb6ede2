"""Padding. See torch.nn.functional.pad."""

from ...tensor.padding import pad

__all__ = ["pad"]
