"""Where public names come from: each stands where its function is declared, and nowhere else.

`public` marks a function, or a method of one of Tensor's chapters; rows of pointwise ops have the same columns. The names are
handed out by `tensor.publish`: as functions of ``torch``, ``linalg``, ``special`` and so on, as methods, in-place, with ``out=``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .arguments import checked
from .autocast import autocasting

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Name:
    """One declaration: a function, under which names and in which spaces it is known, and in which forms."""

    function: Callable[..., Any]
    names: tuple[str, ...]  # its own first, then its aliases
    spaces: tuple[str, ...]
    in_chapter: bool  # a method of a chapter, whose first parameter is the tensor
    method: bool
    inplace: bool
    out: str | bool  # words of ``cast``, ``dim`` and ``dtype``; False: no ``out=``


DECLARED: list[Name] = []
"""All declarations but those of the op table's rows, in the order in which modules are imported."""


def public(
    spaces: str = "torch",
    *,
    aliases: str = "",
    method: bool | None = None,
    inplace: bool = False,
    out: str | bool = True,
) -> Callable[[F], F]:
    """Publish the decorated function in ``spaces`` (``torch``, ``linalg``, ``special``, ``fft``, ``nn.functional``).

    Above a method of a chapter of Tensor the functions are made from it: ``input`` in the place of ``self``, and ``out=``
    unless ``out`` is False: a tensor of the result's dtype, or of one that it can be ``cast`` to; with ``byte`` also to uint8; ``input``: of the operand's dtype, said so; ``whole``: cast where there is one result; with ``dim`` only where a
    dimension is given, with ``dtype`` it decides in which dtype is computed, ``apart`` from the operands in memory (where there are several results, if it is ``whole`` too); where something is
    ``placed`` into the tensor, that must lie apart from ``out`` and from what is changed in place. Above a function of a module it is published as it is; with ``method`` it is a method too.
    ``inplace`` adds the form whose name ends with ``_`` (made from the other one). ``spaces`` may be empty: no function, only
    aliases or forms of a method.
    """

    def decorate(function: F) -> F:
        function = checked(autocasting(function))
        in_chapter = "." in function.__qualname__
        names = (function.__name__, *aliases.split())
        is_method = in_chapter if method is None else method
        DECLARED.append(Name(function, names, tuple(spaces.split()), in_chapter, is_method, inplace, out))
        return function

    return decorate


def also(spaces: str, function: Callable[..., Any], name: str = "") -> None:
    """Publish a function that is public already, as it is, in other ``spaces`` too."""
    names = (name or function.__name__,)
    DECLARED.append(Name(function, names, tuple(spaces.split()), False, False, False, False))
