"""``torch.__config__``: how the library was built, which here is about versions and devices."""

from __future__ import annotations

import os

from ...version import TORCH_LEVEL


def show() -> str:
    """Which library this is."""
    return f"cltorch in the place of PyTorch {TORCH_LEVEL}: OpenCL devices, kernels compiled at run time\n"


def parallel_info() -> str:
    """How many threads the host has; kernels are spread by the OpenCL driver."""
    return f"host threads: {os.cpu_count()}; kernels run on the threads of the OpenCL driver\n"
