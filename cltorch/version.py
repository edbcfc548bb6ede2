"""Versions, as torch.version has them."""

from __future__ import annotations

__version__ = "0.1.0"
cuda = None
hip = None
