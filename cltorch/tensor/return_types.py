"""Results with names, as torch.return_types has them: ``values`` and ``indices`` of `max`, `sort`, `topk` and so on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from operator import itemgetter
from typing import Any


class Named(tuple[Any, ...]):
    """A tuple whose members have names; prints as PyTorch's. Made by `named`."""

    __slots__ = ()
    _names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        members = ",\n".join(f"{name}={value!r}" for name, value in zip(self._names, self, strict=True))
        return f"torch.return_types.{type(self).__name__}(\n{members})"

    def __reduce__(self) -> Any:
        return rebuild, (type(self).__name__, tuple(self))


RETURN_TYPES: dict[str, type[Named]] = {}


def named(function: str, names: str) -> type[Named]:
    """The class of a function's results."""
    fields = tuple(names.split())
    members = {name: property(itemgetter(k)) for k, name in enumerate(fields)}
    made = type(
        function,
        (Named,),
        {"__slots__": (), "_names": fields, "__doc__": f"{', '.join(fields)} of `{function}`.", **members},
    )
    RETURN_TYPES[function] = made
    return made


def rebuild(function: str, members: tuple[Any, ...]) -> Named:
    """A result from its pickled parts."""
    return RETURN_TYPES[function](members)


def also_named(names: dict[str, str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function take further names of arguments, each given with the one that it stands for."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def renamed(*args: Any, **kwargs: Any) -> Any:
            if kwargs:
                kwargs = {names.get(name, name): value for name, value in kwargs.items()}
            return function(*args, **kwargs)

        return renamed

    return decorate


numpy_names = also_named({"axis": "dim", "keepdims": "keepdim"})
"""NumPy's names of arguments, which all of PyTorch's functions take too."""
