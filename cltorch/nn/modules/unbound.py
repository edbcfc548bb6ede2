"""What a class body names and PyTorch has written in C does not become a method: ``act = torch.relu``, then ``self.act(x)``."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from ...ops.asking import PLACES
from ...ops.origins import in_c


def unbind(made: type) -> None:
    """Let the public functions in a class body stay functions.

    Functions of Python are bound when they are read from an instance, those of C are not. Ours are all of Python: one that did not
    bind would have to be an object of another kind, whose every call takes longer.
    """
    for name, value in list(vars(made).items()):
        if isinstance(value, FunctionType) and _is_of_c(value):
            setattr(made, name, staticmethod(value))


def _is_of_c(function: Any) -> bool:
    name = function.__name__
    spaces = [
        place.__name__.partition(".")[2]
        for place, names in PLACES[1:]
        if name in names and vars(place)[name] is function
    ]
    return bool(spaces) and in_c(name, spaces)
