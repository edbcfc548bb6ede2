"""The host without a driver: where the tensors of a loader's worker processes lie, which never touch a device.

It stands where a `Device` does. What is recorded for it is computed at once (`data.host`), in arrays of the process.
"""

from __future__ import annotations

import numpy as np

from .driverless import Driverless
from .memory import Buffer


class HostMemory(Buffer):
    """The bytes of a value, which do not change, as an array of the process."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray) -> None:
        self.array = array.reshape(-1).view(np.uint8)
        self.nbytes = array.nbytes

    def __del__(self) -> None:
        """The array goes by itself."""


class Host(Driverless):
    """The processor that runs the program, reached by no driver."""

    def __init__(self) -> None:
        super().__init__(-2, "the host", "host")

    def empty_cache(self) -> None:
        """The system takes memory back by itself."""

    def __str__(self) -> str:
        return "cpu"

    def __repr__(self) -> str:
        return "<Device host>"


HOST = Host()
