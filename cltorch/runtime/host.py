"""The host without a driver: where the tensors of a loader's worker processes lie, which never touch a device.

It stands where a `Device` does. What is recorded for it is computed at once (`data.host`), and the buffer of a value is an array: of any shape
and dtype, row-major, and never changed, so that values may share it.
"""

from __future__ import annotations

from .driverless import Driverless


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
