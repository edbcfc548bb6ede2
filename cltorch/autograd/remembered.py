"""Calls that are recorded again as a whole: ops that move elements cost their checks once, and then a look into a dictionary.

A composition that is made of ops, views and checks records the same whenever it is called with tensors of the same metas and the same
parameters (`replay`). A composite looks for its recording after the checks; here, where no gradient is asked for, that comes before everything.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from ..graph.cohorts import WATCHED, missed
from ..graph.moulds import TRACING
from ..graph.origins import origins_kept
from ..graph.record import recorder
from ..graph.value import Staged
from ..ops.mode import MODE
from .aliases import any_history
from .replay import MISSING, Recast, Recording, RecordingMiss, capture, exactly, keep, shared_by, unheld_of

F = TypeVar("F", bound=Callable[..., Any])

META, VALUE = map(attrgetter, ("_cl_meta", "_storage.value"))
ONCE: Any = object()
"""In the place of a recording: one call was seen. What never comes again, as each length of something that grows, is not worth a recording."""


def remembered(function: F) -> F:
    """Let calls with one new result and no gradients be recorded again. An index whose numbers the host still knows is looked at
    by the function itself, which may have to refuse them."""
    recordings: dict[Any, Any] = {}  # with the tables that they read

    def compute(args: Sequence[Any], names: tuple[str, ...]) -> tuple[Any, ...]:
        at = len(args) - len(names)
        with _tables_noted() as tables:
            made = function(*args[:at], **dict(zip(names, args[at:], strict=True)))
        if tables:
            raise TypeError("it reads tables")
        return (made,)

    recast = Recast(compute)

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        if MODE.levels or MODE.cast is not None:
            return function(*args, **named)
        key: list[Any] = [tuple(named)] if named else []  # no argument is described by a tuple
        tensors: list[Any] = []
        given = (*args, *named.values()) if named else args
        if not _describe(given, key, tensors) or (MODE.enabled and any_history(tensors)):
            return function(*args, **named)
        inputs = list(map(VALUE, tensors))
        for value, tensor in zip(inputs, tensors, strict=True):
            if value.__class__ is Staged and tensor._cl_meta.dtype.kind == "integer":
                return function(*args, **named)
        found = recordings.get(known := tuple(key), MISSING)
        if found.__class__ is not tuple and len(set(inputs)) < len(inputs):  # what one tensor does twice, two do not
            found = recordings.get(known := (known, shared_by(inputs)), MISSING)
        if found.__class__ is tuple:
            if found[1]:
                inputs += map(VALUE, found[1])
            return found[0].record(inputs, tensors[0])[0]
        if found is None or not tensors:
            return function(*args, **named)
        if found is MISSING:
            if TRACING.now:  # no key of a cache
                return function(*args, **named)
            if WATCHED and _misses(recast, given, recordings, known, named, tensors):
                found = recordings.get(known)
                if found.__class__ is tuple:
                    return found[0].record(inputs, tensors[0])[0]
            keep(recordings, known, ONCE)
            return function(*args, **named)
        reads, recorded = MODE.reads, recorder(tensors[0]._cl_meta.device)
        launched = recorded.launched
        with origins_kept(), _tables_noted() as tables:
            made = function(*args, **named)
            unchanged = MODE.reads == reads and list(map(VALUE, tensors)) == inputs
            whole = hasattr(made, "_storage") and unchanged
            recording = capture([*inputs, *map(VALUE, tables)], (made,), shared=True) if whole else None
        if recording is not None or not whole or recorded.launched == launched:  # else a flush came between
            keep(recordings, known, None if recording is None else (recording, tables))
        return made

    return call  # type: ignore[return-value]


class RememberedMiss(RecordingMiss):
    """A recording of a whole call that is missing, and reads no tables."""

    __slots__ = ()

    are_joined = False  # as it is not where it is recorded

    @staticmethod
    def keep(recordings: dict[Any, Any], key: Any, recording: Recording) -> None:
        """As `keep`."""
        keep(recordings, key, (recording, []))


def _misses(
    recast: Recast, given: tuple[Any, ...], recordings: dict[Any, Any], key: Any, named: dict[str, Any], tensors: Any
) -> bool:
    """Note that there is no recording of a call; whether it may be there now."""
    if list in key or len({*map(VALUE, tensors)}) < len(tensors):
        return False  # a list is its caller's, who may change it; what one tensor does twice, two do not
    args, are_tensors = unheld_of(given)
    if sum(are_tensors) < len(tensors):
        return False  # some are in a tuple
    return missed(RememberedMiss, recast, args, are_tensors, recordings, key, tuple(named), tensors[0]._made)


_NOTED: dict[int, list[Any]] = {}


@contextlib.contextmanager
def _tables_noted() -> Iterator[list[Any]]:
    """The tables that are asked for meanwhile; one too many, of another thread, is an input that nothing reads."""
    tables: list[Any] = []
    _NOTED[id(tables)] = tables
    try:
        yield tables
    finally:
        del _NOTED[id(tables)]


def table(tensor: Any) -> Any:
    """``tensor``, which is no argument of a call that is recorded, and the same in each that has tensors of these metas."""
    for tables in list(_NOTED.values()):
        tables.append(tensor)
    return tensor


def _describe(args: Sequence[Any], key: list[Any], tensors: list[Any]) -> bool:
    """Add what tells a call from others to ``key``, and its tensors to theirs; False where something is neither a tensor nor a plain number,
    text or sequence of these."""
    for arg in args:
        kind = arg.__class__
        if kind is int or kind is str or arg is None:
            key.append(arg)
        elif kind is list or kind is tuple:
            key += (kind, len(arg))
            if arg and hasattr(arg[0], "_storage"):
                try:
                    key += map(META, arg)
                    tensors += arg
                    continue
                except AttributeError:
                    return False
            if not _describe(arg, key, tensors):
                return False
        elif hasattr(arg, "_storage"):
            key.append(arg._cl_meta)
            tensors.append(arg)
        elif kind is float or kind is bool:
            key.append(exactly(arg))
        else:
            return False
    return True
