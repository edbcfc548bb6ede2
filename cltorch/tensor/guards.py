"""Refusals that depend on numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.faults import error_of

if TYPE_CHECKING:
    from .tensor import Tensor


def refuse(wrong: Tensor, refusal: int) -> None:
    """Raise a refusal of `runtime.faults` if any element of ``wrong`` (bool) holds. Waits for the device: for what is rare."""
    if bool(wrong.any()):
        raise error_of(0, 0, refusal)
