"""Recording again what a function recorded before, without running it.

What a composition of ops records depends only on the metas of its tensors and on its parameters. So the first call keeps
a *recording*: the records in order, and where the reads of each come from. Later calls make the values from the recording, which costs
a third of calling the ops: no checks, no promotion, no intermediate tensors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..graph.record import LENGTH_LIMIT, overflow
from ..graph.storage import Storage
from ..graph.value import Pointwise, Value, unheld
from ..ops.mode import MODE

if TYPE_CHECKING:
    from ..graph.meta import Meta
    from ..graph.value import Number, Record
    from ..tensor.tensor import Tensor

PASSED: Any = ()  # among the outputs of a recording
KEPT = 1024  # recordings of one function; beyond that something varies from call to call, and all are forgotten


class Recording:
    """What one call of a function recorded.

    ``steps`` are records with the positions of their reads (inputs first, then earlier steps) and their numbers; ``outputs``
    are positions with the meta of each result and the elements of its storage (position -1: a view of the first input), None for a result
    that is None, and `PASSED` for the first input itself. ``sources`` is for those who have to find the inputs.
    """

    __slots__ = ("outputs", "sources", "steps")

    def __init__(
        self,
        steps: list[tuple[Record, tuple[int, ...], tuple[Number, ...]]],
        outputs: list[tuple[int, Meta, int] | None],
        sources: tuple[int, ...] = (),
    ) -> None:
        self.steps = [(record, _picker(reads), numbers) for record, reads, numbers in steps]
        self.outputs = outputs
        self.sources = sources

    def record(self, inputs: list[Value], like: Tensor) -> tuple[Tensor | None, ...]:
        """Record everything for other inputs, whose metas are those of the first call; ``like`` is the first of them."""
        values = inputs
        count = len(inputs)
        record: Record | None = None
        add = values.append
        for record, pick, numbers in self.steps:
            add(unheld(record, (values[pick],) if pick.__class__ is int else pick(values), numbers))
        results: list[Tensor | None] = []
        made = like._made
        for output in self.outputs:
            if output is None:
                results.append(None)
            elif output is PASSED:
                results.append(like)
            elif output[0] < 0:
                results.append(made(like._storage, output[1], None))
            else:
                place, meta, nbytes = output
                value = values[place]
                value.pins = 1
                results.append(made(Storage(value, nbytes), meta, None))
        if record is not None:
            pending = record.pending
            pending.extend(values[count:])  # at once: a flush takes all of them or none
            if len(pending) > LENGTH_LIMIT:
                overflow(record)
        return tuple(results)


def _picker(places: tuple[int, ...]) -> Any:
    """What gives the values at these places: a function, or the only place itself."""
    if len(places) > 1:
        return itemgetter(*places)
    return places[0] if places else _nothing


def _nothing(values: list[Value]) -> tuple[Value, ...]:
    return ()


def capture(
    inputs: list[Value], results: Sequence[Any], passed: Any = None, sources: tuple[int, ...] = ()
) -> Recording | None:
    """The recording of a call that has just made ``results``, some of which may be ``passed``, the tensor of the first input, or views of
    it; None if it cannot be recorded again from ``inputs`` alone.

    That is so when something ran in between, when it drew random numbers, gave a view of an input or of another result, or
    read something that is no input. Callers see that it read no numbers (``MODE.reads``), which may be others next time.
    """
    place = {id(value): k for k, value in enumerate(inputs)}
    if len(place) < len(inputs):
        return None  # inputs of later calls need not be one value where these are
    cell = None if passed is None else passed._storage
    outputs = [result._storage for result in results if result is not None and result._storage is not cell]
    if len({id(storage.value) for storage in outputs}) < len(outputs):
        return None
    lock = next((r._meta.device.lock for r in results if r is not None), None)
    with contextlib.nullcontext() if lock is None else lock:  # a flush elsewhere makes values forget how they were made
        steps = _steps(place, [storage.value for storage in outputs])
    if steps is None:
        return None
    made: list[Any] = []
    for r in results:
        if r is None or r is passed:
            made.append(None if r is None else PASSED)
        else:
            made.append((-1 if r._storage is cell else place[id(r._storage.value)], r._meta, r._storage.nbytes))
    return Recording(steps, made, sources)


def _steps(place: dict[int, int], outputs: list[Value]) -> list[Any] | None:
    """The records that made ``outputs``, in the order of the first call, so that both calls have one plan; with where each reads
    and its numbers. ``place`` has the inputs' positions and gets those of the rest. None if it cannot be recorded again."""
    count = len(place)
    order: list[Value] = []
    stack = [(value, False) for value in outputs]
    while stack:
        value, ready = stack.pop()
        if id(value) in place:
            continue
        record = value.record
        if record is None or value.outs is not None or is_random(record):
            return None
        if ready:
            place[id(value)] = count + len(order)
            order.append(value)
        else:
            stack.append((value, True))
            stack.extend((read, False) for read in value.reads)
    if any(place[id(value)] < count for value in outputs):
        return None
    if order:
        recorded = {id(value): k for k, value in enumerate(order[0].record.pending)}  # type: ignore[union-attr]
        order.sort(key=lambda value: recorded.get(id(value), -1))
        place.update((id(value), count + k) for k, value in enumerate(order))
    return [(value.record, tuple(place[id(read)] for read in value.reads), value.numbers) for value in order]


def is_random(record: Record) -> bool:
    """Whether a record draws random numbers, which are new in every call."""
    return isinstance(record.work, Pointwise) and any(name == "seed" for name, _ in record.work.numbers)


def exactly(parameter: Any) -> Any:
    """What tells a parameter from others that are equal to it: 1 from 1.0 and True, 0.0 from -0.0."""
    kind = parameter.__class__
    if parameter is None or kind is int or kind is str:
        return parameter
    if kind is float:
        return parameter.hex()
    return tuple([exactly(part) for part in parameter]) if kind is tuple else (kind, parameter)


def _described(args: Sequence[Any], params: Hashable) -> tuple[tuple[Any, ...], Sequence[Any], list[Value]]:
    """The key of a call, its tensors and their values."""
    try:  # tensors alone, of which there may be hundreds
        return (params, *[arg._meta for arg in args]), args, [arg._storage.value for arg in args]
    except AttributeError:
        pass
    described: list[Any] = [params]
    given: list[Any] = []
    for arg in args:
        meta = getattr(arg, "_meta", None)
        if meta is not None:
            described.append(meta)
            given.append(arg)
        else:
            described.append(None if arg is None else exactly(arg))
    return tuple(described), given, [tensor._storage.value for tensor in given]


def replayed(
    recordings: dict[Any, Recording | None],
    args: Sequence[Any],
    params: Hashable,
    function: Callable[[], tuple[Any, ...]],
) -> tuple[Any, ...]:
    """The results of ``function``, a composition over ``args`` (tensors, and what else it is given) and ``params`` that keeps no
    gradients.

    ``recordings`` belongs to the function.
    """
    if MODE.levels:  # what is recorded depends on what the values are slices of
        return function()
    key, given, inputs = _described(args, params)
    try:
        recording = recordings.get(key, MISSING)
    except TypeError:  # a parameter that is no key
        return function()
    if recording is not None and recording is not MISSING and given:
        return recording.record(inputs, given[0])
    reads = MODE.reads
    results = function()
    if recording is MISSING and len(set(map(id, inputs))) == len(inputs):
        unchanged = all(t._storage.value is value for t, value in zip(given, inputs, strict=True))
        if len(recordings) >= KEPT:
            recordings.clear()
        recordings[key] = capture(inputs, results) if unchanged and MODE.reads == reads else None
    return results


MISSING: Any = object()
