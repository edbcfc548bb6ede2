"""Sizes as symbols: sizes are numbers here, so what is asked of them is known. See torch.fx.experimental.symbolic_shapes."""

from __future__ import annotations

from typing import Any

__all__ = [
    "GuardOnDataDependentSymNode",
    "free_symbols",
    "free_unbacked_symbols",
    "guard_int",
    "guard_or_false",
    "guard_or_true",
    "guard_size_oblivious",
    "has_free_symbols",
    "hint_int",
    "is_concrete_bool",
    "is_concrete_int",
    "statically_known_false",
    "statically_known_true",
    "sym_and",
    "sym_eq",
    "sym_or",
]


class GuardOnDataDependentSymNode(RuntimeError):  # noqa: N818  (PyTorch's name)
    """What PyTorch raises where it must know a size that depends on data; nothing raises it here."""


def guard_or_false(a: Any) -> bool:
    """Whether something holds."""
    return bool(a)


guard_or_true = guard_size_oblivious = statically_known_true = guard_or_false


def statically_known_false(a: Any) -> bool:
    """Whether something does not hold."""
    return not a


def guard_int(a: Any) -> int:
    """The number itself."""
    return int(a)


def hint_int(a: Any, fallback: int | None = None) -> int:
    """The number itself."""
    return int(a)


def free_symbols(val: Any) -> set[Any]:
    """The symbols in a size: none."""
    return set()


free_unbacked_symbols = free_symbols


def has_free_symbols(val: Any) -> bool:
    """False: sizes are numbers."""
    return False


def is_concrete_int(a: Any) -> bool:
    """True: sizes are numbers."""
    return True


is_concrete_bool = is_concrete_int


def sym_eq(x: Any, y: Any) -> bool:
    """Whether sizes, or tuples of them, are equal."""
    return bool(x == y)


def sym_and(x: Any, *others: Any) -> Any:
    """Whether all hold."""
    return all((x, *others))


def sym_or(x: Any, *others: Any) -> Any:
    """Whether any holds."""
    return any((x, *others))
