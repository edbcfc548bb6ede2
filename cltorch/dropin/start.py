"""What happens once when ``torch`` begins to mean cltorch: which device its names stand for, and the line that says so."""

from __future__ import annotations

import os
import sys

from .. import opencl
from ..tensor import device_names


def take_devices(strict: bool) -> None:
    """Let "cuda", "mps", "xpu" and "cpu" mean the chosen OpenCL device; with ``strict`` only "cpu" does."""
    strict = strict or os.environ.get("CLTORCH_STRICT_DEVICE", "") not in ("", "0")
    device_names.serve(device_names.ACCELERATORS if not strict else ())


def announce() -> None:
    """One line on stderr: what ``torch`` and its devices mean now. ``CLTORCH_QUIET=1`` keeps it away, workers say nothing."""
    if os.environ.get("CLTORCH_QUIET", "") not in ("", "0"):
        return
    os.environ["CLTORCH_QUIET"] = "1"  # once for a program and the processes that it starts
    if not opencl.is_available():
        print("cltorch: torch means cltorch; no OpenCL device can be used (see `cltorch info`)", file=sys.stderr)
        return
    served = ", ".join(f'"{name}"' for name in (*device_names.served(), "cpu"))
    print(f"cltorch: torch means cltorch, {served} its device {opencl.get_device_name()}", file=sys.stderr)
