"""``torch.mtia`` for programs that ask it: there is none of these accelerators."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["current_device", "device_count", "is_available", "is_initialized", "set_device", "synchronize"]


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def is_initialized() -> bool:
    """False."""
    return False


def _none(*args: Any, **kwargs: Any) -> NoReturn:
    """AssertionError: there is none."""
    raise AssertionError(
        "Torch not compiled with MTIA enabled: cltorch reaches devices through OpenCL (cltorch.opencl)"
    )


current_device = set_device = synchronize = _none
