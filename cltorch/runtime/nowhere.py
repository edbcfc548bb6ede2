"""The device ``meta``: it has no memory and computes nothing. Tensors there have shapes, dtypes and strides."""

from __future__ import annotations

from typing import Any, NoReturn

from .driverless import Driverless


class Nowhere(Driverless):
    """Stands where a `Device` does."""

    def __init__(self) -> None:
        super().__init__(-1, "meta", "meta")

    def empty_cache(self) -> None:
        """There is no memory."""

    def refuse(self, *args: Any) -> NoReturn:
        """NotImplementedError: there are no numbers."""
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")

    def __str__(self) -> str:
        return "meta"

    def __repr__(self) -> str:
        return "<Device meta>"


META = Nowhere()
