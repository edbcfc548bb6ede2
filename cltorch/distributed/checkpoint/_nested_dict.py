"""States of dictionaries and lists as one flat dictionary, whose names are paths joined by dots, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from ...tensor.tensor import Tensor

Path = tuple[str | int, ...]


def flatten_state_dict(state_dict: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Path]]:
    """The leaves of a state by their names, and the path of each. ValueError for two of one name.

    Dictionaries are opened, and lists that hold a tensor or a dictionary at some depth; other lists are leaves.
    """
    flat: dict[str, Any] = {}
    paths: dict[str, Path] = {}
    for key, value in state_dict.items():
        for path, leaf in _leaves((str(key),), value):
            name = ".".join(map(str, path))
            if name in flat:
                raise ValueError(f"duplicated flatten key {name}")
            flat[name], paths[name] = leaf, path
    return flat, paths


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves((*path, str(key)), inner)
    elif isinstance(value, list) and _is_opened(value):
        for k, inner in enumerate(value):
            yield from _leaves((*path, k), inner)
    else:
        yield path, value


def _is_opened(values: list[Any]) -> bool:
    return any(isinstance(v, (Tensor, Mapping)) or (isinstance(v, list) and _is_opened(v)) for v in values)


def set_element(root: Any, path: Path, value: Any) -> None:
    """Put a value at a path; dictionaries and lists on the way are made where there are none."""
    place = root
    for key, following in pairwise(path):
        there = _get(place, key)
        if there is None:
            there = {} if isinstance(following, str) else []
            _put(place, key, there)
        place = there
    _put(place, path[-1], value)


def _get(place: Any, key: Any) -> Any:
    if isinstance(place, Mapping):
        return place.get(_own(place, key))
    return place[key] if key < len(place) else None


def _put(place: Any, key: Any, value: Any) -> None:
    if isinstance(place, Mapping):
        place[_own(place, key)] = value  # type: ignore[index]
        return
    place.extend([None] * (key + 1 - len(place)))
    place[key] = value


def _own(place: Mapping[Any, Any], key: Any) -> Any:
    """A key as the dictionary has it: paths have the text of those that are no strings."""
    return key if key in place else next((own for own in place if str(own) == key), key)
