"""Probability distributions: so far the sets that their values lie in. See torch.distributions."""

from __future__ import annotations

from . import constraints

__all__ = ["constraints"]
