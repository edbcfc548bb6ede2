"""The command ``cltorch prewarm``: what every program needs is built once and kept on disk."""

from __future__ import annotations

import os
import time

from . import opencl
from .graph.record import recorder
from .runtime import aside, device


def run(index: int | None = None) -> None:
    """Build the tape of one device, or of all."""
    for number in range(opencl.device_count()) if index is None else [index]:
        started = time.perf_counter()
        if index is not None and hasattr(os, "nice"):
            os.nice(5)  # asked for by a process that is at work meanwhile
        try:
            machine = recorder(device.get(number)).machine
            if machine is not None:
                machine.prepare(wait=True)
        finally:
            aside.release(number)
        print(f"opencl:{number} {opencl.get_device_name(number)}: {time.perf_counter() - started:.1f} s", flush=True)
