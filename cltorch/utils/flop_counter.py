"""Counting floating-point operations. See torch.utils.flop_counter."""

from __future__ import annotations

from typing import Any

__all__ = ["FlopCounterMode"]


class FlopCounterMode:
    """Can be made, as summaries of models do; NotImplementedError on entry. PyTorch counts where its dispatcher calls kernels, and
    there is none here: functions that are made of others would hide what they compute.
    """

    def __init__(
        self, mods: Any = None, depth: int = 2, display: bool = True, custom_mapping: dict[Any, Any] | None = None
    ) -> None:
        self.mods, self.depth, self.display = mods, depth, display

    def get_flop_counts(self) -> dict[str, dict[Any, int]]:
        """What was counted, by module: nothing, as it cannot be entered."""
        return {}

    def get_total_flops(self) -> int:
        """The sum of what was counted."""
        return 0

    def __enter__(self) -> FlopCounterMode:
        raise NotImplementedError("FlopCounterMode: cltorch has no dispatcher at which operations could be counted")

    def __exit__(self, *details: object) -> None:
        return None
