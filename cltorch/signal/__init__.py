"""Signal processing. See torch.signal."""

from . import windows

__all__ = ["windows"]
