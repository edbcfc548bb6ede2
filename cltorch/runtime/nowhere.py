"""The device ``meta``: it has no memory and computes nothing. Tensors there have shapes, dtypes and strides."""

from __future__ import annotations

import os
import threading
from typing import Any, NoReturn

from .device import Device
from .traits import Traits

LIMIT = 1 << 62  # bytes: any tensor fits
INDEX = -1  # among devices


class Nowhere(Device):
    """Stands where a `Device` does, so that ops record for it what they record for any."""

    def __init__(self) -> None:
        self.index, self.name, self.platform_name, self.driver = INDEX, "meta", "", ""
        self.traits = Traits(
            kind="meta",
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
        """There is no memory."""

    def refuse(self, *args: Any) -> NoReturn:
        """NotImplementedError: there are no numbers."""
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")

    def __str__(self) -> str:
        return "meta"

    def __repr__(self) -> str:
        return "<Device meta>"


META = Nowhere()
