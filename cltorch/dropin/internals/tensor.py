"""What programs read from ``torch._tensor`` and ``torch._tensor_str``."""

from __future__ import annotations

from typing import Any

from ...serialization.rebuild import _rebuild_from_type_v2
from ...tensor.printing import get_printoptions, set_printoptions, tensor_text
from ...tensor.tensor import Tensor

__all__ = [
    "PRINT_OPTS",
    "Tensor",
    "_rebuild_from_type_v2",
    "_str",
    "_tensor_str",
    "get_printoptions",
    "set_printoptions",
]


class _Options:
    """The printing options as attributes."""

    def __getattr__(self, name: str) -> Any:
        return get_printoptions()[name]

    def __setattr__(self, name: str, value: Any) -> None:
        set_printoptions(**{name: value})


PRINT_OPTS = _Options()


def _str(self: Tensor, *, tensor_contents: Any = None) -> str:
    """A tensor's text."""
    return repr(self)


def _tensor_str(self: Tensor, indent: int) -> str:
    """The elements of a tensor as text, further lines indented."""
    return tensor_text(self.detach()).removeprefix("tensor(").rpartition("]")[0] + "]"
