"""What the spellings of torch.cuda.amp share."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

from ...tensor.device_names import served

__all__ = ["amp_definitely_not_available"]


def amp_definitely_not_available() -> bool:
    """Whether there is neither CUDA, nor what `cltorch run` lets it mean, nor XLA."""
    return not ("cuda" in served() or find_spec("torch_xla"))


def deprecated(old: str, new: str) -> None:
    """A warning that a spelling is PyTorch's older one."""
    warnings.warn(
        f"`torch.cuda.amp.{old}` is deprecated. Please use `torch.amp.{new}` instead.", FutureWarning, stacklevel=3
    )
