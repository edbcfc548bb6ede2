"""Timing of statements. See torch.utils.benchmark."""

from __future__ import annotations

from .timer import Compare, Measurement, Timer, timer

__all__ = ["Compare", "Measurement", "Timer", "timer"]
