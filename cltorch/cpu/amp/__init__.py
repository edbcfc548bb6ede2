"""The spellings of torch.cpu.amp, which are deprecated there: those of `amp` with ``cpu`` as their device."""

from __future__ import annotations

from .autocast_mode import autocast
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast"]
