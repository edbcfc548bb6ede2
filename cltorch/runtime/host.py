"""The host without a driver: where the tensors of a loader's worker processes lie, which never touch a device.

It stands where a `Device` does. What is recorded for it is computed at once (`data.host`), in arrays of the process.
"""

from __future__ import annotations

import os
import threading

import numpy as np

from .device import Device
from .memory import Buffer
from .traits import Traits

LIMIT = 1 << 62  # bytes: the system says when memory ends
INDEX = -2  # among devices


class HostMemory(Buffer):
    """The bytes of a value, which do not change, as an array of the process."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray) -> None:
        self.array = array.reshape(-1).view(np.uint8)
        self.nbytes = array.nbytes

    def __del__(self) -> None:
        """The array goes by itself."""


class Host(Device):
    """The processor that runs the program, reached by no driver."""

    def __init__(self) -> None:
        self.index, self.name, self.platform_name, self.driver = INDEX, "the host", "", ""
        self.traits = Traits(
            kind="host",
            form="cpu",
            compute_units=1,
            vector_width=8,
            max_work_group=1,
            group_multiple=1,
            local_memory=1 << 15,
            max_parameter_bytes=1 << 10,
            max_allocation=LIMIT,
            global_memory=LIMIT,
            fp64=True,
            fp16=True,
            int64_atomics=True,
            subgroups=(),
            exact_division=True,
        )
        self.lock = threading.RLock()
        self.on_exhausted = []
        self.process = os.getpid()

    def check_process(self) -> None:
        """Any process may use it."""

    def synchronize(self) -> None:
        """Nothing is waited for."""

    def empty_cache(self) -> None:
        """The system takes memory back by itself."""

    def __str__(self) -> str:
        return "cpu"

    def __repr__(self) -> str:
        return "<Device host>"


HOST = Host()
