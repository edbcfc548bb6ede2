"""Batches in pinned memory: they are where copies to the device begin in PyTorch; here batches lie on the device already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..accelerator import is_available
from ..warned import warn

__all__ = ["pin_memory", "warn_of_pinning"]


def pin_memory(data: Any, device: Any = None) -> Any:
    """A batch whose tensors' ``pin_memory`` was called, as everything's else that has one, inside containers too."""
    if hasattr(data, "pin_memory"):
        return data.pin_memory()
    if isinstance(data, Mapping):
        return type(data)({key: pin_memory(value) for key, value in data.items()})  # type: ignore[call-arg]
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(pin_memory(value) for value in data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return type(data)([pin_memory(value) for value in data]) if isinstance(data, (list, tuple)) else data
    return data


def warn_of_pinning(device: str) -> None:
    """PyTorch's warnings of a loader that pins memory: of a device that is named for it, and of no accelerator."""
    if device:
        warn(
            "pin_memory_device is deprecated, the current accelerator will be used as the device,"
            f"ignore pin_memory_device='{device}'."
        )
    if not is_available():
        warn(
            "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used."
        )
