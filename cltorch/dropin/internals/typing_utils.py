"""What programs read from ``torch.utils._typing_utils``."""

from __future__ import annotations

from typing import Any


def not_none(obj: Any) -> Any:
    """The object; TypeError if it is None."""
    if obj is None:
        raise TypeError("Invariant encountered: value was None when it should not be")
    return obj
