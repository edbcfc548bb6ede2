"""The command ``cltorch prewarm``: what every program needs is built once and kept on disk."""

from __future__ import annotations

import time

from . import opencl
from .graph.record import recorder
from .runtime import building, cache, device
from .runtime.builders import Builders


def run(index: int | None = None) -> None:
    """Build the tape of one device, or of all."""
    Builders.allowed = False  # one program
    for number in range(opencl.device_count()) if index is None else [index]:
        started = time.perf_counter()
        opened = device.get(number)
        machine = recorder(opened).machine
        if machine is not None and not cache.is_kept(machine.whole.key):
            building.keep(opened, machine.whole)
        print(f"opencl:{number} {opencl.get_device_name(number)}: {time.perf_counter() - started:.1f} s", flush=True)
