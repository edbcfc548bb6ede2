"""Values: immutable flat arrays, computed or to be computed. And the records that say how."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from ..kernels.sizes import TRACING
from ..runtime import transfer
from ..runtime.memory import ELSEWHERE

if TYPE_CHECKING:
    import numpy as np

    from ..dtypes import dtype as DType
    from ..kernels.call import Lowered
    from ..runtime.device import Device
    from ..runtime.memory import Buffer
    from ..runtime.staging import Staging
    from ..runtime.traits import Traits
    from .meta import Meta
    from .view import View

Number = int | float | bool | complex

SPAN = 1 << 24  # between the stamps of two batches, see `record.structure`
_count = itertools.count().__next__


@dataclass(frozen=True, slots=True)
class Pointwise:
    """``expr`` over the reads, the literals and the numbers, in that order in ``names``.

    Reads are cast to ``in_dtypes`` first. A name bound to a literal has an entry in ``literals``; the others that are no
    read take the value's numbers in order. With ``index`` (int64) the name ``i`` is the flat position in the result.
    """

    expr: str
    reads: tuple[str, ...]
    in_dtypes: tuple[DType, ...]
    numbers: tuple[tuple[str, DType], ...] = ()
    literals: tuple[tuple[str, Number, DType], ...] = ()
    index: DType | None = None
    _hash: int = field(default=0, init=False, compare=False, repr=False)  # asked for by every new record

    def __post_init__(self) -> None:
        parts = (self.expr, self.reads, self.in_dtypes, self.numbers, self.literals, self.index)
        object.__setattr__(self, "_hash", hash(parts))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Reduction:
    """``kind`` over the dimensions ``dims`` of the only read, which is cast to ``in_dtype`` first."""

    kind: str
    dims: tuple[int, ...]
    in_dtype: DType


@dataclass(frozen=True, slots=True)
class Write:
    """Read 0 (a whole flat array) with the region ``view`` replaced by read 1."""

    view: View


@dataclass(frozen=True, slots=True)
class Heavy:
    """A kernel family of its own: ``lower(request, traits)`` gives the launches. Reads are dense unless it says otherwise.

    With ``inplace`` output 0 starts as read 0 (which is not an input of the launches) and is changed by them. ``numbers`` is how
    many numbers a value brings, which may differ in every run.
    """

    lower: Callable[[Any, Traits], Lowered]
    request: Any
    inplace: bool = False
    numbers: int = 0


@dataclass(frozen=True, slots=True)
class Multi:
    """One pointwise program over lists of tensors; outputs ``j * count + t`` replace reads ``writes[j] * count + t``.

    Lists in ``inplace`` are changed where they are: their outputs start as the reads, which are no inputs of the launches.
    With ``flag`` the last read and the last output are one more of that kind.
    """

    lower: Callable[[Any, Traits], Lowered]
    request: Any
    count: int
    writes: tuple[int, ...]
    inplace: frozenset[int] = frozenset()
    flag: bool = False


Work = Pointwise | Reduction | Write | Heavy | Multi


class Record:
    """How a value comes about: the work, the geometry of its reads and of its result. Shared by all values of that kind.

    ``views[k]`` is how read ``k`` is seen; for `Pointwise` it has the result's shape. ``metas`` describes each result.
    ``inputs`` are the metas of the reads, ``operands`` those of all operands (None for a scalar), ``rule`` is for autograd.

    ``base`` is the record of the same work whose reads all start at 0, and ``windows`` says for each read where it starts
    here: (first byte, bytes), None for a start at 0. It is empty where nothing starts elsewhere; but a ``kind`` of which such a
    record is known has those of a start at 0, for all of its like. ``is_place``: whether long
    batches may end with it. ``op`` is the name of the op that it belongs to, for profiles. ``is_random``: whether it draws random numbers, which are new in every call.
    ``kind`` is the first record alive with this content, which stands for all of them in the keys of
    plans: a record that was forgotten and made again finds the plans of its like.
    """

    __slots__ = (
        "__weakref__",
        "at_once",
        "at_zero",
        "base",
        "device",
        "differentiable",
        "direct",
        "form",
        "gradients",
        "has_complex",
        "inputs",
        "is_place",
        "is_random",
        "kind",
        "like",
        "meta",
        "metas",
        "nbytes",
        "numel",
        "op",
        "operands",
        "origin",
        "pending",
        "rule",
        "tape",
        "views",
        "weight",
        "windows",
        "work",
    )

    def __init__(
        self,
        work: Work,
        views: tuple[View, ...],
        metas: tuple[Meta, ...],
        pending: list[Value],
        rule: Any = None,
        inputs: tuple[Meta, ...] = (),
        operands: tuple[Meta | None, ...] | None = None,
    ) -> None:
        self.work = work
        self.views = views
        self.metas = metas
        self.meta = metas[0]
        self.device: Device = self.meta.device
        for meta in inputs:  # the last line of defence: a kernel that got another device's memory would crash
            if meta.device is not self.device:
                raise RuntimeError(
                    "Expected all tensors to be on the same device, but found at least two devices, "
                    f"{self.device} and {meta.device}!"
                )
        self.pending = pending
        self.rule = rule
        self.gradients: dict[Any, Any] = {}  # recordings of the rule, see `autograd.replay`
        self.inputs = inputs
        self.operands = inputs if operands is None else operands
        self.differentiable = self.meta.dtype.differentiable
        self.has_complex = self.meta.dtype.is_complex or any(meta.dtype.is_complex for meta in inputs)
        self.numel = self.meta.view.numel
        self.op = ""
        self.nbytes = self.numel * self.meta.dtype.itemsize
        for meta in metas:
            check_size(meta)
        self.tape: Any = (
            None  # its instructions (`graph.assembler.Code`) once they were asked for; False where there are none
        )
        self.at_once: Any = (
            None  # what makes a value from reads and numbers, where that is done when it is recorded (see `data.host`)
        )
        self.direct: Any = None  # how such a value goes by itself, see `run.Ways`
        self.form: Any = None  # without sizes, once it was asked for, see `families.form_of`
        self.like = self  # that of which this one is cast for other sizes
        self.weight = 1  # how many records it was before they were joined, see `joining`
        self.origin: Any = None  # of one that was cast: what it is to be completed from, see `moulds`
        self.is_random = work.__class__ is Pointwise and any(name == "seed" for name, _ in work.numbers)
        if TRACING.now:
            self.pending = TRACING.pending
            self.at_zero: Any = (
                None  # what makes the record of the same work with reads from 0, if there is one (see `ops.heavy`)
            )
            return
        key = content(self)
        known = _KINDS.get(key)
        self.is_place: bool = _count() % 4 == 0 if known is None else known.is_place
        self.kind: Record = self if known is None else known
        self.base = self.kind
        self.windows: tuple[tuple[int, int] | None, ...] = ()
        if isinstance(work, (Pointwise, Reduction)) and any(view.offset for view in views):
            self.start_from(at_zero(self))
        if known is None:  # last: other threads take what they find here for whole
            _KINDS[key] = self

    @staticmethod
    def cast(
        like: Record, meta: Meta, code: Any, origin: tuple[Any, ...], late: tuple[Any, int, Any] | None = None
    ) -> Record:
        """A record that differs from ``like`` in sizes, with what recording and the tape ask for; see `moulds`. ``code`` is None where the tape is cast
        with its records (`laid`): whatever else asks for instructions has them written. ``late`` is where its form and integers
        are found, if not by completing it: the arguments of `forms.Forms.of` behind it."""
        record = _new(Cast)
        record.like, record.late = like, late
        record.meta, record.metas, record.tape, record.origin = meta, (meta,), code, origin
        record.device, record.pending, record.rule, record.op = like.device, like.pending, like.rule, like.op
        record.differentiable, record.has_complex, record.is_random = (
            like.differentiable,
            like.has_complex,
            like.is_random,
        )
        record.gradients, record.form, record.weight, record.at_once = {}, None, like.weight, None
        record.direct = None
        record.numel = numel = meta.view.numel
        record.nbytes = numel * meta.dtype.itemsize
        if like.work.__class__ is not Heavy:  # whose request has sizes
            record.work = like.work
        return record

    def start_from(self, base: Record) -> None:
        """Note ``base``, and the windows of its reads that this record's are."""
        windows = []
        for mine, meta, seen in zip(self.inputs, base.inputs, base.views, strict=True):
            size = meta.dtype.itemsize
            nbytes = (seen.max_position + 1) * size
            windows.append((mine.view.offset * size, nbytes) if mine.view.offset and nbytes else None)
        self.base, self.windows = base.kind, tuple(windows)
        self.base.windows = tuple([mine and (0, mine[1]) for mine in windows])


class Cast(Record):
    """A record that was cast. A class of its own, since Python reads all attributes slowly where some may have to be found.

    A plan's key asks for its kind. That of another one that was cast with the same content does, which takes its form and integers alone: a plan for other
    sizes is found by these. What else it lacks is inferred when it is asked for.
    """

    __slots__ = ("late",)

    late: tuple[Any, int, Any] | None

    def __getattr__(self, name: str) -> Any:
        """What a record that was cast does not have yet."""
        if name not in _LATE or self.origin is None:
            raise AttributeError(name)
        late = self.late
        if name in _KIND and late is not None:
            self.late = None
            forms, *call = late
            found = forms.of(*call)
            if found is not None:
                self.form, start = found
                self.kind = BY_FORM.setdefault(self.form, self)
                self.base, self.windows = (self.kind, ()) if start is None else (self._from_zero(start), start.windows)
                return getattr(self, name)
        self.complete(_LATE if self.form is None else _WORK)
        return getattr(self, name)

    def _from_zero(self, start: Any) -> Record:
        """The record of the same work whose reads start at 0, of which a `forms.Start` says what there is to be known."""
        base = BY_FORM.get(start.form)
        if base is None:
            made = _new(Cast)
            for name in _CARRIED:
                setattr(made, name, getattr(self, name))
            if self.like.work.__class__ is not Heavy:
                made.work = self.like.work
            made.form, made.origin, made.windows = start.form, (_AtZero, *self.origin), ()
            made.late = made.tape = made.direct = made.at_once = None
            made.gradients, made.kind, made.base = {}, made, made
            base = BY_FORM.setdefault(start.form, made)
        base.windows = tuple([mine and (0, mine[1]) for mine in start.windows])
        return base

    def complete(self, names: Sequence[str]) -> None:
        """Take what has these names from the record as its op infers it."""
        mould, *call = self.origin
        whole = mould.whole(*call)
        self.late = None
        for name in names:
            setattr(self, name, getattr(whole, name))
        whole.base.op = self.op


class _AtZero:
    """In the place of a mould, where a record is completed that differs from one that was cast in where its reads start."""

    @staticmethod
    def whole(mould: Any, *call: Any) -> Record:
        """That record as its op infers it: not what stands for all of its kind, which may be the one that asks."""
        record: Record = mould.whole(*call)
        whole: Record = record.at_zero() if record.work.__class__ is Heavy else at_zero(record)
        return whole


_KINDS: WeakValueDictionary[Any, Record] = WeakValueDictionary()
BY_FORM: WeakValueDictionary[Any, Record] = (
    WeakValueDictionary()
)  # the kinds of records that were cast, by form and integers
_CARRIED = (
    *("like", "meta", "metas", "device", "pending", "rule", "op", "weight", "numel", "nbytes"),
    *("differentiable", "has_complex", "is_random"),
)
_WORK = ("work", "views", "inputs", "operands", "is_place")
_KIND = ("kind", "base", "windows")
_LATE = (*_WORK, *_KIND)


def check_size(meta: Meta) -> None:
    """RuntimeError, as PyTorch's on a CPU, for a tensor that is larger than its device: said where it is asked for."""
    nbytes = meta.view.numel * meta.dtype.itemsize
    device = meta.device
    if nbytes > device.traits.global_memory:
        if nbytes >= 1 << 63:
            raise RuntimeError(f"Storage size calculation overflowed with sizes={list(meta.view.shape)}")
        raise RuntimeError(
            f"can't allocate memory: you tried to allocate {nbytes} bytes, but {device.name} has "
            f"{device.traits.global_memory}"
        )


def content(record: Record) -> tuple[Any, ...]:
    """What makes records equal: -0.0 is no 0.0 here."""
    signs = (
        tuple([repr(literal) for _, literal, _ in record.work.literals]) if isinstance(record.work, Pointwise) else ()
    )
    return record.work, signs, record.views, record.metas, record.inputs


def at_zero(record: Record) -> Record:
    """The record of the same pointwise or reducing work with all reads starting at 0; of one kind for all that differ in that."""
    views = tuple(view.from_zero() for view in record.views)
    inputs = tuple(meta.with_view(meta.view.from_zero()) for meta in record.inputs)
    return Record(record.work, views, record.metas, record.pending, None, inputs)


class Window:
    """A stretch of a computed value that a plan reads as an input of its own: where it starts is no part of the plan.

    So a loop over slices of one tensor, batch by batch, has one plan. A window is never overwritten.
    """

    __slots__ = ("device", "index", "nbytes", "start", "value")

    def __init__(self, value: Value, device: Device, start: int, nbytes: int) -> None:
        self.value = value
        self.device = device
        self.start = start  # in bytes
        self.nbytes = nbytes
        self.index = -1

    def empty(self) -> Window:
        """The same stretch of no value."""
        return self.of(None)  # type: ignore[arg-type]

    def of(self, value: Value) -> Window:
        """The same stretch of another value."""
        return Window(value, self.device, self.start, self.nbytes)

    @property
    def buffer(self) -> Buffer:
        """Its memory: a part of the value's, or a copy where the device cannot address that part."""
        return transfer.part(self.device, self.value.buffer, self.start, self.nbytes)  # type: ignore[arg-type]


class Value:
    """A flat array. Pending while ``record`` is set and ``buffer`` is not; afterwards only ``buffer`` counts.

    ``pins`` counts the storages that point at it: a pending value without a pin is computed only if another needs it.
    It is born with one pin, which its maker hands to a Storage. ``kept`` counts the parts of a running batch that are still to read
    it: only the thread that runs the batch changes that, as only those who hold storages change pins. ``outs`` are the results of work that has several.
    ``levels`` of `vmap` are those along which it differs, outermost first: none, unless it is `Batched`.
    """

    levels: tuple[Level, ...] = ()
    laid: Any = None  # see `Computed`
    inside = False  # whether it was recorded inside a `vmap`, so that an in-place op may make it a slice

    __slots__ = ("buffer", "error", "index", "kept", "mark", "numbers", "outs", "pins", "place", "reads", "record")

    place: int  # in the arena, while a tape is written
    error: Exception  # only there if a command that would have made it was refused

    def __init__(self, record: Record | None, reads: tuple[Value, ...], numbers: tuple[Number, ...] = ()) -> None:
        self.record = record
        self.reads = reads
        self.numbers = numbers
        self.buffer: Buffer | None = None
        self.pins = 1
        self.kept = 0
        self.index = -1
        self.mark = 0  # the last tape that reads it
        self.outs: tuple[Value, ...] | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether somebody needs it after what reads it in this batch."""
        return self.pins > 0 or self.kept > 0

    @property
    def nbytes(self) -> int:
        """Bytes of a computed value."""
        return self.buffer.nbytes  # type: ignore[union-attr]

    @staticmethod
    def computed(buffer: Buffer) -> Value:
        """A value that already has its numbers."""
        value = Value(None, ())
        value.buffer = buffer
        return value


_new = object.__new__


def unheld(record: Record, reads: tuple[Value, ...], numbers: tuple[Number, ...] = ()) -> Value:
    """A recorded value without a pin: what ``Value`` makes, in half of the time."""
    value = _new(Value)
    value.record = record
    value.reads = reads
    value.numbers = numbers
    value.buffer = value.outs = None
    value.pins = value.kept = value.mark = 0
    value.index = -1
    return value


class Computed(Value):
    """A value of the host, that has its numbers and keeps them: it never was pending, and nothing is noted in it. ``laid`` is the meta, row-major
    and from the start, whose dtype and shape its array has, so that they need not be asked for; None where that is not known."""

    record = None
    reads = numbers = ()
    outs = None
    kept = mark = 0
    index = -1
    __slots__ = ("laid",)

    laid: Any


def result() -> Value:
    """One of the results of work that has several, with the pin that it is born with."""
    value = _new(Value)
    value.record = value.buffer = value.outs = None
    value.reads = value.numbers = ()
    value.pins = 1
    value.kept = value.mark = 0
    value.index = -1
    return value


class Level:
    """One running or finished `vmap`: how many slices it has, and what random numbers do (``error``, ``same``, ``different``)."""

    __slots__ = ("outer", "randomness", "serial", "size")

    def __init__(self, size: int, randomness: str, outer: tuple[Level, ...]) -> None:
        self.size = size
        self.randomness = randomness
        self.outer = outer  # the levels that it stands in
        self.serial = _count()


class Inner(Value):
    """A value that was recorded inside a `vmap` but is the same for all slices, so far."""

    inside = True
    __slots__ = ()


class Slicing(threading.local):
    """Whether this thread is inside a `vmap`."""

    now = False


SLICING = Slicing()


class Batched(Value):
    """Stands for one slice of ``whole``, which holds that of every slice of a `vmap`, one behind the other, of the same length.

    What reads it is recorded for all slices at once (`graph.batching`). It has no numbers of its own.
    """

    inside = True
    __slots__ = ("level", "levels", "room", "whole")

    def __init__(self, level: Level, whole: Value, nbytes: int) -> None:
        self.record = None
        self.numbers = self.reads = ()
        self.pins = 1
        self.kept = 0
        self.outs = None
        self.level = level
        self.levels = (*whole.levels, level)
        self.whole = whole  # with the pin that it was born with
        self.room = nbytes  # of one slice

    @property
    def buffer(self) -> Any:  # type: ignore[override]
        """There is none: RuntimeError, since the numbers of one slice were asked for."""
        raise RuntimeError(NO_NUMBERS)

    @property
    def nbytes(self) -> int:
        """Bytes of one slice."""
        return self.room

    def __del__(self) -> None:
        self.whole.pins -= 1


NO_NUMBERS = (
    "vmap: It looks like you're calling .item() on a Tensor, or using it in some data-dependent control flow or in an op whose "
    "result's shape depends on its numbers. We don't support vmap over that, please try to rewrite what you're doing with other "
    "operations."
)


class Staged(Value):
    """A small computed value whose numbers are still on the host: they are uploaded when the first plan reads them. Tapes read copies; one that lies
    ready reads the same `laid` copy each time."""

    __slots__ = ("_device", "_uploaded", "host")

    def __init__(self, device: Device, host: np.ndarray) -> None:
        self._uploaded: Buffer | None = None
        super().__init__(None, ())
        self._device = device
        self.host: np.ndarray | None = host

    @property
    def buffer(self) -> Buffer | None:
        """Its memory on the device; None when it was written over."""
        if self.host is not None:
            with self._device.lock:
                if self.host is not None:
                    if self._uploaded is None:
                        self._uploaded = transfer.upload(self._device, self.host)
                    self.host = None
        return self._uploaded

    @buffer.setter
    def buffer(self, buffer: Buffer | None) -> None:
        self._uploaded = buffer
        self.host = None

    def laid(self, staging: Staging) -> int:
        """Where a copy of its numbers lies from now on in the arena that the host shares, or `ELSEWHERE`; the numbers stay with the host too. To be
        called under the device's lock while the queue has nothing to do, so that nothing still reads that memory."""
        memory, host = self._uploaded, self.host
        if memory is None:
            if host is None:
                return ELSEWHERE  # written over
            memory = self._device.allocate(host.nbytes)
            if memory.place != ELSEWHERE:
                staging.write(memory.place, host.tobytes())
                self._uploaded = memory
        return memory.place

    @property
    def nbytes(self) -> int:
        """Bytes of its elements."""
        host = self.host
        return self._uploaded.nbytes if host is None else host.nbytes  # type: ignore[union-attr]


def results(value: Value) -> tuple[Value, ...]:
    """The values that a recorded one makes: itself, or those of work that has several results."""
    return (value,) if value.outs is None else value.outs
