"""What programs read from ``torch.utils._python_dispatch``."""

from __future__ import annotations

from typing import Any


def is_traceable_wrapper_subclass(t: object) -> bool:
    """Whether a tensor is a class that wraps others and says how (``__tensor_flatten__``)."""
    return hasattr(t, "__tensor_flatten__") and hasattr(t, "__tensor_unflatten__")


class TorchDispatchMode:
    """RuntimeError on entry: ops are recorded, there is no dispatcher that a mode could listen to."""

    def __enter__(self) -> Any:
        raise RuntimeError(
            "TorchDispatchMode: cltorch has no dispatcher; torch.overrides.TorchFunctionMode sees functions"
        )

    def __exit__(self, *details: object) -> None:
        return None


def _get_current_dispatch_mode() -> None:
    """None: there are none."""
    return None
