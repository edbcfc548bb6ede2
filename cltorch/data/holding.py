"""The tensors that a data set holds, on their way into a forked worker, where devices cannot be read."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import chain
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..graph.meta import Meta
from ..graph.value import Record, Value
from ..runtime.host import HOST
from ..tensor.tensor import Tensor

_PLAIN = (str, bytes, int, float, complex, bool, type(None), np.ndarray, np.generic, type, ModuleType, CodeType)
_COMPUTED = (Value, Record)  # how numbers came about, which leads to whatever else was computed
_OURS = ("builtins", "cltorch", "torch")  # whose classes' methods use no tensors among their globals
_KEPT: list[Any] = []  # what the parent's devices own: a child must not give it back

Held = list[tuple[Tensor, np.ndarray]]


def held(*things: Any) -> Held:
    """The tensors that are reached from ``things``, each with the elements of its storage."""
    known: set[int] = set()
    stack = list(things)
    tensors = []
    while stack:
        thing = stack.pop()
        if isinstance(thing, (*_PLAIN, *_COMPUTED)) or id(thing) in known:
            continue
        known.add(id(thing))
        if isinstance(thing, Tensor):
            tensors.append(thing)
        stack += _inside(thing)
    arrays: dict[int, np.ndarray] = {}
    found = []
    for tensor in tensors:
        if tensor.is_meta or tensor._cl_meta.device is HOST:
            continue
        cell = tensor._storage.cell
        if id(cell) not in arrays:
            arrays[id(cell)] = tensor.detach()._whole()._host()
        found.append((tensor, arrays[id(cell)]))
    return found


def _inside(thing: Any) -> Iterable[Any]:
    """What an object holds: entries, attributes, and of functions what they close over and the tensors among their globals."""
    if isinstance(thing, dict):
        return _unplain(thing.values())
    if isinstance(thing, (list, tuple, set, frozenset)):
        return _unplain(thing)
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if isinstance(thing, MethodType):
        return [thing.__self__, thing.__func__]
    if isinstance(thing, FunctionType):
        return [*_closed_over(thing), thing.__defaults__, *_globals_of(thing)]
    found = list(getattr(thing, "__dict__", {}).values())
    for kind in type(thing).__mro__:
        found += [getattr(thing, name, None) for name in _slots(kind)]
        if kind.__module__.partition(".")[0] not in _OURS:
            found += [value for value in vars(kind).values() if isinstance(value, (FunctionType, Tensor))]
    return found


def _unplain(entries: Any) -> list[Any]:
    """The entries that may hold something. Data sets keep lists of numbers, names and tuples of them: those are passed over as a whole."""
    if len(entries) > 64:
        kinds = set(map(type, entries))
        if kinds <= {tuple, list}:
            kinds = set(map(type, chain.from_iterable(entries)))
        if all(issubclass(kind, _PLAIN) for kind in kinds):
            return []
    return list(entries)


def _closed_over(function: FunctionType) -> list[Any]:
    """What a function's cells hold; one that is not filled yet holds nothing."""
    return [cell.cell_contents for cell in function.__closure__ or () if cell != CellType()]


def _globals_of(function: FunctionType) -> list[Any]:
    """The tensors, and functions beside it, that a function finds by name."""
    space = function.__globals__
    named = [space.get(name) for name in function.__code__.co_names]
    near = [one for one in named if isinstance(one, FunctionType) and one.__module__ == function.__module__]
    return [*near, *(one for one in named if isinstance(one, Tensor))]


def _slots(kind: type) -> Iterable[str]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else slots


def bring(found: Held) -> None:
    """In the child: let the tensors lie on the host."""
    values: dict[int, Value] = {}
    for tensor, array in found:
        cell = tensor._storage.cell
        if id(cell) not in values:
            _KEPT.append(cell.value)
            cell.value = values[id(cell)] = Value.computed(array)  # type: ignore[arg-type]
        tensor._cl_meta = Meta.of(tensor._cl_meta.view, tensor._cl_meta.dtype, HOST)
