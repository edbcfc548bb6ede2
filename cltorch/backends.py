"""What programs set on ``torch.backends`` before they begin. PyTorch's own backends are not here: nothing is computed by them,
and the settings are kept for programs that read them again."""

from __future__ import annotations

import warnings
from typing import Any


class Backend:
    """A backend of PyTorch's that is not here, with its settings."""

    def __init__(self, **settings: Any) -> None:
        vars(self).update(settings)

    def is_available(self) -> bool:
        """False."""
        return False

    def is_built(self) -> bool:
        """False."""
        return False

    def version(self) -> None:
        """None: it is not here."""
        return None


cudnn = Backend(enabled=False, benchmark=False, deterministic=False, allow_tf32=False)
mps = Backend()
mkl = Backend()
mkldnn = Backend(enabled=False)
cuda = Backend(matmul=Backend(allow_tf32=False))

_PRECISIONS = ("highest", "high", "medium")
_precision = "highest"


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of float32 matrices to be less exact; they are exact here whatever is allowed."""
    global _precision
    if precision not in _PRECISIONS:
        warnings.warn(f"{precision} is not one of {', '.join(_PRECISIONS)}: it is ignored", stacklevel=2)
        return
    _precision = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was called with last."""
    return _precision
