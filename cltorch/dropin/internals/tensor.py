"""What programs read from ``torch._tensor`` and ``torch._tensor_str``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """A block in which tensors are printed in some way."""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


def _add_suffixes(tensor_str: str, suffixes: list[str], indent: int, force_newline: bool) -> str:
    """A tensor's text with what is said of it behind, on further lines where it gets too long."""
    parts, length = [tensor_str], len(tensor_str) - tensor_str.rfind("\n") + 1
    for suffix in suffixes:
        fits = not force_newline and length + len(suffix) + 2 <= get_printoptions()["linewidth"]
        parts.append(f", {suffix}" if fits else f",\n{' ' * indent}{suffix}")
        length = length + len(suffix) + 2 if fits else indent + len(suffix)
        force_newline = False
    return "".join([*parts, ")"])


def _tensor_str(self: Tensor, indent: int) -> str:
    """The elements of a tensor as text, further lines indented."""
    return tensor_text(self.detach()).removeprefix("tensor(").rpartition("]")[0] + "]"
