"""What programs ask of ``torch.cuda`` before they choose a device: there is no CUDA here, as in a CPU build of PyTorch.

``"cuda" if cltorch.cuda.is_available() else "cpu"`` gives ``"cpu"``, the host's own OpenCL device. For the best device
name none: tensors are made there (`cltorch.opencl`, ``CLTORCH_DEVICE``).
"""

from __future__ import annotations

from .errors import OutOfMemoryError as OutOfMemoryError
from .tensor.random import manual_seed as _manual_seed


def is_available() -> bool:
    """False: devices are reached through OpenCL."""
    return False


def device_count() -> int:
    """0: devices are reached through OpenCL."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed the random numbers of every device: they come from one counter here."""
    _manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """Seed the random numbers of every device: they come from one counter here."""
    _manual_seed(seed)


def is_initialized() -> bool:
    """False: devices are reached through OpenCL."""
    return False


def empty_cache() -> None:
    """Nothing is cached for CUDA, as in a CPU build of PyTorch; see `cltorch.opencl.empty_cache`."""


def memory_allocated(device: object = None) -> int:
    """0: devices are reached through OpenCL."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated
