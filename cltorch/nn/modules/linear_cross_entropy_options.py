"""How `LinearCrossEntropyLoss` cuts its work in PyTorch. See torch.nn.LinearCrossEntropyOptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["LinearCrossEntropyOptions"]

POLICIES = ("accurate", "balanced", "compact", "auto")


@dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """Sizes of pieces and dtypes of sums. They don't change the result, and nothing here: what is fused needs no such choice.

    ValueError for a policy that PyTorch doesn't have.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None

    def __post_init__(self) -> None:
        if self.acc_policy not in POLICIES:
            raise ValueError(f"acc_policy must be one of {POLICIES}, got {self.acc_policy!r}")
