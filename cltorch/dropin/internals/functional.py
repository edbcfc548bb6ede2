"""``torch.functional``: functions that have their own module in PyTorch, and their names in ``torch`` too."""

from __future__ import annotations

import sys
from typing import Any

_NAMES = (
    "align_tensors atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist chain_matmul "
    "einsum istft lu meshgrid norm split stft tensordot unique unique_consecutive unravel_index"
).split()


def __getattr__(name: str) -> Any:
    if name in _NAMES and hasattr(sys.modules["cltorch"], name):
        return getattr(sys.modules["cltorch"], name)
    raise AttributeError(f"module 'torch.functional' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [name for name in _NAMES if hasattr(sys.modules["cltorch"], name)]
