"""``replicate``: copies of a module for devices, of which there is one."""

from __future__ import annotations

from typing import Any

__all__ = ["replicate"]


def replicate(network: Any, devices: Any, detach: bool = False) -> list[Any]:
    """The module, for the one device. RuntimeError for more."""
    if len(devices) > 1:
        raise RuntimeError(f"replicate(): one device is there, {len(devices)} are named")
    return [network]
