"""Results with names, as torch.return_types has them: ``values`` and ``indices`` of `max`, `sort`, `topk` and so on."""

from __future__ import annotations

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
        {
            "__slots__": (),
            "__module__": "cltorch.return_types",
            "_names": fields,
            "__doc__": f"{', '.join(fields)} of `{function}`.",
            **members,
        },
    )
    RETURN_TYPES[function] = made
    return made


def rebuild(function: str, members: tuple[Any, ...]) -> Named:
    """A result from its pickled parts."""
    return RETURN_TYPES[function](members)
