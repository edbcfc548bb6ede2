"""Parameters averaged over all ranks now and then: those of one rank are their own mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ...distributed_c10d import _get_default_group


class ModelAverager(ABC):
    """Averages parameters over ranks, and counts how often it was asked to."""

    def __init__(self, process_group: Any = None) -> None:
        self.process_group = process_group or _get_default_group()
        self.step = 0

    @abstractmethod
    def average_parameters(self, params: Any) -> None:
        """Average parameters, if it is time."""


class PeriodicModelAverager(ModelAverager):
    """Averages every ``period`` steps, after ``warmup_steps``."""

    def __init__(self, period: int, warmup_steps: int = 0, process_group: Any = None) -> None:
        super().__init__(process_group)
        if warmup_steps < 0:
            raise ValueError("Arg ``warmup_steps`` must be a non-negative number.")
        if period < 1:
            raise ValueError("Arg ``period`` must be a positive value.")
        self.warmup_steps, self.period = warmup_steps, period

    def average_parameters(self, params: Any) -> None:
        """Count a step: with one rank parameters are their own mean."""
        self.step += 1
