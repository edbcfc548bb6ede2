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

from ..graph.cohorts import WATCHED, Miss, Text, missed
from ..graph.cohorts import Tracer as ChainTracer
from ..graph.forms import Forms
from ..graph.integers import described, numbers_of, put_in, taken_out
from ..graph.joining import joined
from ..graph.meta import Meta
from ..graph.moulds import TRACING, Kin, Part, Size, Tracer, add_made, kin_of, tracing
from ..graph.origins import origins_kept
from ..graph.record import LENGTH_LIMIT, overflow, recorder
from ..graph.storage import Storage
from ..graph.value import Value, result, unheld
from ..graph.value import results as results_of
from ..ops.arguments import is_tensor
from ..ops.mode import MODE
from .modes import no_autocast, no_grad

if TYPE_CHECKING:
    from ..graph.value import Number, Record
    from ..tensor.tensor import Tensor

PASSED: Any = ()  # among the outputs of a recording
KEPT = 1024  # recordings of one function; beyond that something varies from call to call, and all are forgotten
FIRST = -1 << 60  # where what is not pending stands


class Recording:
    """What one call of a function recorded.

    ``steps`` are records with the positions of their reads (inputs first, then earlier steps) and their numbers; ``outputs``
    are positions with the meta of each result and the elements of its storage (position -1: a view of the first input), None for a result
    that is None, and `PASSED` for the first input itself. ``sources`` is for those who have to find the inputs.
    """

    __slots__ = ("direct", "is_due", "outputs", "sources", "steps")

    def __init__(
        self,
        steps: list[tuple[Record, tuple[int, ...], tuple[Number, ...]]],
        outputs: list[tuple[int, Meta, int] | None],
        sources: tuple[int, ...] = (),
    ) -> None:
        self.steps = [(record, picker(reads), numbers) for record, reads, numbers in steps]
        self.outputs = outputs
        self.sources = sources
        self.is_due = False
        self.direct: Any = None  # how a batch of nothing else goes, see `graph.run.Ways`

    @staticmethod
    def cast(steps: list[Any], outputs: list[Any]) -> Recording:
        """A recording of steps whose reads are picked already."""
        recording = _new(Recording)
        recording.steps, recording.outputs, recording.sources = steps, outputs, ()
        recording.direct = None
        return recording

    def record(self, inputs: list[Value], like: Tensor, most: int | None = None) -> tuple[Tensor | None, ...]:
        """Record everything for other inputs, whose metas are those of the first call; ``like`` is the first of them. Tensors are made of the first
        ``most`` results alone."""
        values = inputs
        count = len(inputs)
        record: Record | None = None
        add = values.append
        for record, pick, numbers in self.steps:
            value = _new(Value)  # `unheld`, written out
            value.record = record
            value.reads = (values[pick],) if pick.__class__ is int else pick(values)
            value.numbers = numbers
            value.buffer = value.outs = None
            value.pins = value.kept = value.mark = 0
            value.index = -1
            add(value)
        outputs = self.outputs if most is None else self.outputs[:most]
        if len(outputs) == 1:
            made: Any = (self._made(outputs[0], values, like),)
        else:
            made = tuple([self._made(output, values, like) for output in outputs])
        if record is not None:
            pending, added = record.pending, values[count:]
            pending.extend(added)  # at once: a flush takes all of them or none
            if len(pending) == len(added):
                recorder(record.device).made = self, added
            if len(pending) > LENGTH_LIMIT:
                overflow(record)
        return made  # type: ignore[no-any-return]

    @staticmethod
    def _made(output: tuple[int, Meta, int] | None, values: list[Value], like: Tensor) -> Tensor | None:
        """One result."""
        if output is None:
            return None
        if output is PASSED:
            return like
        place, meta, nbytes = output
        if place < 0:
            return like._made(like._storage, meta, None)
        value = values[place]
        value.pins = 1
        return like._made(Storage(value, nbytes), meta, None)


class RecordingOfSeveral(Recording):
    """A recording with work that has several results: each of these is a value of its own, and has a position."""

    __slots__ = ()

    def record(self, inputs: list[Value], like: Tensor, most: int | None = None) -> tuple[Tensor | None, ...]:
        """See `Recording.record`."""
        values, added = inputs, []
        for record, pick, numbers in self.steps:
            value = unheld(record, (values[pick],) if pick.__class__ is int else pick(values), numbers)
            added.append(value)
            if len(record.metas) > 1:
                value.outs = tuple([result() for _ in record.metas])
                for out in value.outs:
                    out.pins = 0  # whoever makes a tensor of it holds it
            values += results_of(value)
        made = tuple([self._made(output, values, like) for output in self.outputs[:most]])
        pending = record.pending
        pending.extend(added)  # at once: a flush takes all of them or none
        if len(pending) == len(added):
            recorder(record.device).made = self, added
        if len(pending) > LENGTH_LIMIT:
            overflow(record)
        return made


def picker(places: tuple[int, ...]) -> Any:
    """What gives the values at these places: a function, or the only place itself."""
    if len(places) > 1:
        return itemgetter(*places)
    return places[0] if places else _nothing


def _nothing(values: list[Value]) -> tuple[Value, ...]:
    return ()


def capture(
    inputs: list[Value],
    results: Sequence[Any],
    passed: Any = None,
    sources: tuple[int, ...] = (),
    shared: bool = False,
    since: Since | None = None,
) -> Recording | None:
    """The recording of a call that has just made ``results``, some of which may be ``passed``, the tensor of the first input, or views of
    it; None if it cannot be recorded again from ``inputs`` alone.

    That is so when something ran in between, when it drew random numbers, gave a view of an input or of another result, or
    read something that is no input. Callers see that it read no numbers (``MODE.reads``), which may be others next time. Inputs of later calls
    need not be one value where these are, unless that is part of the caller's key (``shared``).

    ``since``: what was pending before the call. If all that is captured came after that, elementwise values are joined, and what was recorded is
    pending no more: the caller records it from the recording (``is_due``), so that the first call does what later ones do.
    """
    place = {id(value): k for k, value in enumerate(inputs)}
    if len(place) < len(inputs) and not shared:
        return None
    cell = None if passed is None else passed._storage
    outputs = [result._storage for result in results if result is not None and result._storage is not cell]
    if len({id(storage.value) for storage in outputs}) < len(outputs):
        return None
    lock = next((r._cl_meta.device.lock for r in results if r is not None), None)
    with contextlib.nullcontext() if lock is None else lock:  # a flush elsewhere makes values forget how they were made
        order = _order(place, len(inputs), [storage.value for storage in outputs], since)
        if order is None:
            return None
        steps: list[Any] = [
            (value.record, tuple([place[id(read)] for read in value.reads]), value.numbers) for value in order
        ]
        several = any(value.outs is not None for value in order)
        is_due = False
        if since is not None and not several and since.gives(order):
            kept, places = joined(steps, len(inputs), [place[id(storage.value)] for storage in outputs])
            if len(kept) < len(steps):
                since.forget(order)
                steps, is_due = kept, True
                place = {known: places[at] for known, at in place.items() if at in places}
    made: list[Any] = []
    for r in results:
        if r is None or r is passed:
            made.append(None if r is None else PASSED)
        else:
            made.append((-1 if r._storage is cell else place[id(r._storage.value)], r._cl_meta, r._storage.nbytes))
    recording = (RecordingOfSeveral if several else Recording)(steps, made, sources)
    recording.is_due = is_due
    return recording


class Since:
    """What was pending before a call, on the device of its tensors."""

    __slots__ = ("_count", "_last", "_pending")

    def __init__(self, pending: list[Value]) -> None:
        self._pending, self._count = pending, len(pending)
        self._last = pending[-1] if pending else None

    def gives(self, values: list[Value]) -> bool:
        """Whether these were all recorded since then; asked while nobody can flush."""
        pending, count = self._pending, self._count
        if count and (len(pending) < count or pending[count - 1] is not self._last):
            return False
        return bool(values) and {*map(id, values)}.issubset(map(id, pending[count:]))

    def makers(self) -> dict[int, Value]:
        """What was recorded since then and has several results, by the ids of these."""
        return {id(out): value for value in self._pending[self._count :] for out in value.outs or ()}

    def forget(self, values: list[Value]) -> None:
        """Let them not be pending any more. Other threads may append theirs meanwhile."""
        pending, own = self._pending, {*map(id, values)}
        for at in range(len(pending) - 1, self._count - 1, -1):
            if id(pending[at]) in own:
                del pending[at]


def _order(place: dict[int, int], count: int, outputs: list[Value], since: Since | None) -> list[Value] | None:
    """The values that go into ``outputs``, in the order of the first call, so that both calls have one plan. ``place`` has the positions of
    the ``count`` inputs and gets those of the rest. None if it cannot be recorded again."""
    order: list[Value] = []
    makers: dict[int, Value] | None = None
    stack = [(value, False) for value in outputs]
    while stack:
        value, ready = stack.pop()
        if id(value) in place:
            continue
        if value.record is None and makers is None:
            makers = {} if since is None else since.makers()
        maker = value if value.record is not None else makers.get(id(value))  # type: ignore[union-attr]
        if maker is None or maker.record.is_random:  # type: ignore[union-attr]
            return None
        if ready:
            place.update((id(one), count) for one in results_of(maker))
            order.append(maker)
        else:
            stack.append((value, True))
            stack.extend((read, False) for read in maker.reads)
    if any(place[id(value)] < count for value in outputs):
        return None
    if len(order) > 1:
        left, recorded = {*map(id, order)}, {}
        for k, value in enumerate(reversed(order[0].record.pending)):  # type: ignore[union-attr]
            if id(value) in left:  # most are the last ones
                recorded[id(value)] = -k
                left.remove(id(value))
                if not left:
                    break
        order.sort(key=lambda value: recorded.get(id(value), FIRST))
    made = [one for value in order for one in results_of(value)]
    place.update((id(one), count + k) for k, one in enumerate(made))
    return order


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
    metas = [getattr(arg, "_cl_meta", None) for arg in args]
    if None not in metas:  # tensors alone, of which there may be hundreds
        return (params, *metas), args, [arg._storage.value for arg in args]
    described: list[Any] = [params]
    given: list[Any] = []
    for arg, meta in zip(args, metas, strict=True):
        if meta is not None:
            described.append(meta)
            given.append(arg)
        else:
            described.append(None if arg is None else exactly(arg))
    return tuple(described), given, [tensor._storage.value for tensor in given]


class RecordingMould:
    """Casts recordings of a composition for arguments of other sizes; see `graph.moulds`."""

    def __init__(
        self, kin: Kin, compute: Callable[..., tuple[Any, ...]], args: Sequence[Any], values: tuple[Any, ...]
    ) -> None:
        first = next(arg for arg in args if is_tensor(arg))
        tracer = Tracer(kin.samples, first._cl_meta.device)
        inputs: list[Value] = []
        pending: list[Value] = []
        with tracing(pending):
            values = put_in(values, tracer.given)
            given = [_traced(arg, tracer, inputs) if is_tensor(arg) else put_in(arg, tracer.given) for arg in args]
            since = Since(pending)
            recording = capture(inputs, compute(given, values), since=since)
            if recording is None:
                raise TypeError("it cannot be recorded again")
            parts: dict[Any, int] = {}
            self._parts: list[Part] = []
            self._steps: list[tuple[int, Any, Any]] = []
            self._calls: list[Any] = []
            for record, pick, numbers in recording.steps:
                if record.origin is None:
                    raise TypeError("a record that no op infers")
                key = described(record.origin)
                if key not in parts:
                    parts[key] = len(parts)
                    self._parts.append(Part(tracer, record))
                    self._calls.append(record.origin)
                if Size in map(type, numbers):
                    raise TypeError("a number depends on sizes")
                self._steps.append((parts[key], pick, numbers))
            self._outputs: list[Any] = []
            for output in recording.outputs:
                if output is None or output is PASSED:
                    self._outputs.append(output)
                else:
                    place, meta, nbytes = output
                    self._outputs.append((place, tracer.result(meta), tracer.want((nbytes,))))
        self._device, self._made, self._kin = tracer.device, tracer.made, kin
        self._bind, self._trace = tracer.function(), tracer.trace
        self._forms = Forms(tracer.trace, [part.like for part in self._parts])
        self._late: Any = None

    def cast(self, integers: tuple[int, ...], metas: list[Meta]) -> Recording | None:
        """The recording for arguments with these metas; None where something is decided otherwise."""
        found = self._bind(integers)
        if found is None:
            return None
        metas = metas[:]
        add_made(metas, self._made, found, self._device)
        forms = self._forms
        records = [
            part.cast(found, metas, (self, k, integers), (forms, k, integers)) for k, part in enumerate(self._parts)
        ]
        return Recording.cast(
            [(records[k], pick, numbers) for k, pick, numbers in self._steps],
            [output if not output else (output[0], metas[output[1]], found[output[2]]) for output in self._outputs],
        )

    @property
    def is_for_plans(self) -> bool:
        """Whether plans asked for most of what was cast."""
        return 2 * self._forms.asked > self._kin.given_out

    def whole(self, k: int, integers: tuple[int, ...]) -> Record:
        """Record ``k`` as its op infers it."""
        self._kin.complete(1 / len(self._parts))
        if self._late is None:
            self._late = self._trace.function([n for call in self._calls for n in numbers_of(call[1:])])
        numbers = iter(self._late(integers))
        calls = [(op, *put_in((operands, params), numbers.__next__)) for op, operands, params in self._calls]
        op, operands, params = calls[k]
        return op.infer(op, operands, params)


_new = object.__new__


def _traced(arg: Any, tracer: Tracer, inputs: list[Value]) -> Any:
    """A tensor of traced sizes in the place of one."""
    meta = put_in(arg._cl_meta, tracer.given)
    tracer.argument(meta)
    inputs.append(Value(None, ()))
    return arg._made(Storage(inputs[-1], (meta.view.max_position + 1) * meta.dtype.itemsize), meta, None)


class RecordingMiss(Miss):
    """A recording of a composition that is missing: ``call`` has its key, the arguments, with metas in the place of tensors, and the parameters.

    ``are_joined``: whether elementwise values are, see `capture`. ``keep`` puts a recording among the others.
    """

    __slots__ = ("_made", "_recordings", "_tensors")

    are_joined = True

    @staticmethod
    def keep(recordings: dict[Any, Any], key: Any, recording: Recording) -> None:
        """As `keep`."""
        keep(recordings, key, recording)

    def __init__(
        self,
        recast: Recast,
        args: tuple[Any, ...],
        tensors: list[bool],
        recordings: dict[Any, Any],
        key: Any,
        values: tuple[Any, ...],
        made: Callable[..., Any],
    ) -> None:
        device = next(arg.device for arg, given in zip(args, tensors, strict=True) if given)
        super().__init__(recast, (key, args, values), device)
        self._tensors, self._recordings, self._made = tensors, recordings, made

    def trace(self, tracer: ChainTracer, call: tuple[Any, ...]) -> Callable[[Text], None]:
        """See `Miss.trace`."""
        if MODE.levels:
            raise TypeError("inside vmap")
        key, args, values = call
        inputs: list[Value] = []
        given = [self._tensor(a, inputs) if given else a for a, given in zip(args, self._tensors, strict=True)]
        since = Since(TRACING.pending) if self.are_joined else None
        with no_grad(), no_autocast():
            recording = capture(inputs, self.owner.compute(given, values), since=since)
        if recording is None:
            raise TypeError("it cannot be recorded again")
        parts: dict[Any, int] = {}
        codes: list[tuple[Record, Any]] = []
        for record, _, numbers in recording.steps:
            if record.origin is None or Size in map(type, numbers):
                raise TypeError("a record that no op infers, or a number that depends on sizes")
            if parts.setdefault(described(record.origin), len(codes)) == len(codes):
                codes.append((record, tracer.code(record)))

        def write(text: Text) -> None:
            late = text.constant(LateRecords(tracer, text.whole, [record.origin for record, _ in codes]))
            made = [text.record(record, code, f"({late}, {k}, given)") for k, (record, code) in enumerate(codes)]
            steps = [
                f"({made[parts[described(record.origin)]]}, {text.constant(pick)}, {text.constant(numbers)})"
                for record, pick, numbers in recording.steps
            ]
            outputs = [text.part(output) for output in recording.outputs]
            cast = text.constant(Recording.cast)
            keeper, recordings = text.constant(self.keep), text.constant(self._recordings)
            text.line(f"{keeper}({recordings}, {text.part(key)}, {cast}([{', '.join(steps)}], [{', '.join(outputs)}]))")

        return write

    def _tensor(self, meta: Meta, inputs: list[Value]) -> Any:
        inputs.append(Value(None, ()))
        return self._made(Storage(inputs[-1], (meta.view.max_position + 1) * meta.dtype.itemsize), meta, None)


def unheld_of(args: Sequence[Any]) -> tuple[tuple[Any, ...], list[bool]]:
    """Arguments with metas in the place of tensors, which must not be held, and which they are."""
    tensors = [is_tensor(arg) for arg in args]
    return tuple([arg._cl_meta if given else arg for arg, given in zip(args, tensors, strict=True)]), tensors


class LateRecords:
    """The records of a recording that was made ahead, as their ops infer them: for plans."""

    def __init__(self, tracer: ChainTracer, family: Any, calls: list[Any]) -> None:
        self._trace, self._family, self._calls = tracer.trace, family, calls
        self._numbers: Any = None

    def whole(self, k: int, integers: Sequence[int]) -> Record:
        """Record ``k`` of the chain whose first miss had these integers."""
        if self._numbers is None:
            self._numbers = self._trace.function([n for call in self._calls for n in numbers_of(call[1:])])
        numbers = iter(self._numbers(integers))
        calls = [(op, *put_in((operands, params), numbers.__next__)) for op, operands, params in self._calls]
        record: Record = self._family.whole(*calls[k])
        return record


class Recast:
    """How a composition's recordings for other sizes are cast: what it computes, of tensors and parameters, and what is known of it."""

    def __init__(self, compute: Callable[[Sequence[Any], tuple[Any, ...]], tuple[Any, ...]]) -> None:
        self.compute = compute
        self.kin: dict[Any, Kin] = {}


def known(
    recordings: dict[Any, Recording | None], args: Sequence[Any], params: Hashable, most: int | None = None
) -> tuple[Any, ...] | None:
    """The results of a call of which there is a recording, or the first ``most`` of them, see `replayed`; None where that has to be asked."""
    if MODE.levels:
        return None
    key, given, inputs = _described(args, params)
    try:
        recording = recordings.get(key)
    except TypeError:  # a parameter that is no key
        return None
    return None if recording is None or not given else recording.record(inputs, given[0], most)


def replayed(
    recordings: dict[Any, Recording | None],
    args: Sequence[Any],
    params: Hashable,
    function: Callable[[], tuple[Any, ...]],
    recast: Recast | None = None,
    values: tuple[Any, ...] = (),
) -> tuple[Any, ...]:
    """The results of ``function``, a composition over ``args`` (tensors, and what else it is given) and ``params`` that keeps no
    gradients.

    ``recordings`` belongs to the function, and so does ``recast``, if there is one; ``values`` are the parameters that it takes.
    """
    if MODE.levels:  # what is recorded depends on what the values are slices of
        return function()
    key, given, inputs = _described(args, params)
    try:
        recording = recordings.get(known := key, MISSING)
        if recording is MISSING and len(set(inputs)) < len(inputs):
            recording = recordings.get(known := (key, shared_by(inputs)), MISSING)
    except TypeError:  # a parameter that is no key
        return function()
    if recording is not None and recording is not MISSING and given:
        return recording.record(inputs, given[0])
    kin: Kin | None = None
    integers: tuple[int, ...] = ()
    if recording is MISSING and recast is not None and given and not TRACING.now:
        if (
            WATCHED
            and known is key
            and missed(RecordingMiss, recast, *unheld_of(args), recordings, key, values, given[0]._made)
        ):
            recording = recordings.get(key, MISSING)
            if recording is not MISSING and recording is not None:
                return recording.record(inputs, given[0])
        taken: list[int] = []
        kin = kin_of(recast.kin, taken_out(key, taken))
        integers = tuple(taken)
        if kin.moulds:
            recording = kin.cast(integers, [arg._cl_meta for arg in given])
            if recording is not None:
                keep(recordings, known, recording)
                return recording.record(inputs, given[0])
            recording = MISSING
    if recording is not MISSING:
        return function()
    reads = MODE.reads
    found = recorder(given[0]._cl_meta.device) if given else None
    since, launched = (None, 0) if found is None else (Since(found.pending), found.launched)
    with origins_kept():
        results = function()
        unchanged = all(t._storage.value is value for t, value in zip(given, inputs, strict=True))
        is_alike = unchanged and MODE.reads == reads
        recording = capture(inputs, results, shared=True, since=since) if is_alike else None
        if recording is not None and recording.is_due:
            results = recording.record(inputs, given[0])
        if recording is not None or not is_alike or found is None or found.launched == launched:
            keep(
                recordings, known, recording
            )  # else it was cut by a flush, as much was pending, and may be recorded the next time
        if kin is not None and recast is not None and recording is not None and known is key:
            kin.learn(integers, RecordingMould, recast.compute, args, values)
    return results


def shared_by(inputs: list[Value]) -> tuple[int, ...]:
    """Which inputs are one value: the position of the first that is, by input. What some have in common may decide what is recorded."""
    first: dict[Value, int] = {}
    return tuple([first.setdefault(value, k) for k, value in enumerate(inputs)])


def keep(recordings: dict[Any, Any], key: Any, recording: Any) -> None:
    """Remember a recording."""
    if len(recordings) >= KEPT:
        recordings.clear()
    recordings[key] = recording


MISSING: Any = object()
