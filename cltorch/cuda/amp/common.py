"""Whether mixed precision can be had. See torch.cuda.amp.common."""

from __future__ import annotations

from importlib.util import find_spec

from ...tensor.device_names import served

__all__ = ["amp_definitely_not_available"]


def amp_definitely_not_available() -> bool:
    """Whether there is neither CUDA, nor what `cltorch run` lets it mean, nor XLA."""
    return not ("cuda" in served() or find_spec("torch_xla"))
