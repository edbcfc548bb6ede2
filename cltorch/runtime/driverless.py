"""Devices that no driver reaches stand where a `Device` does, so that ops record for them what they record for any."""

from __future__ import annotations

import os
import threading

from .device import Device
from .traits import Traits

LIMIT = 1 << 62  # bytes: as much as anybody asks for


class Driverless(Device):
    """A device without queue and memory of a driver's. ``index``: below 0; ``name``: what programs see."""

    def __init__(self, index: int, name: str, kind: str) -> None:
        self.index, self.name, self.platform_name, self.driver = index, name, "", ""
        self.traits = Traits(
            kind=kind,
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
