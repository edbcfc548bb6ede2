"""Classes of results whose members have names: ``return_types.max``, ``return_types.svd``. See torch.return_types."""

from __future__ import annotations

from .tensor.return_types import RETURN_TYPES, Named


def __getattr__(name: str) -> type[Named]:
    if name in RETURN_TYPES:
        return RETURN_TYPES[name]
    raise AttributeError(f"module 'torch.return_types' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(RETURN_TYPES)
