"""What is left of records without their integers, and these: by that plans for other sizes are found (`graph.families`).

A record that was cast (`graph.moulds`) has them without being completed: what it is cast like was traced, and so its integers are functions of the call's.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

from ..kernels.sizes import TRACING, Size
from .meta import Meta, TracedMeta
from .value import BY_FORM, Heavy, Pointwise, Record, Reduction, at_zero
from .view import Seen, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..kernels.sizes import Varying


class Form:
    """What is left of a record without its integers; equal ones are one object."""

    __slots__ = ("__weakref__", "content")

    def __init__(self, content: Any) -> None:
        self.content = content

    @property
    def is_heavy(self) -> bool:
        """Whether it is of records of a kernel family of its own."""
        work = self.content[1]  # behind the class of the whole
        return work.__class__ is tuple and work[0] is Heavy


_FORMS: WeakValueDictionary[Any, Form] = WeakValueDictionary()


def form_of(record: Record) -> tuple[Form, tuple[int, ...]]:
    """The form of a record, and the integers that were taken out."""
    if record.form is None:
        integers: list[int] = []
        content = _without((record.work, record.views, record.metas, record.inputs), integers)
        record.form = _FORMS.setdefault(content, Form(content)), tuple(integers)
        if record.kind is record:
            BY_FORM.setdefault(record.form, record)  # what is cast with this content is of this kind from now on
    found: tuple[Form, tuple[int, ...]] = record.form
    return found


def _without(part: Any, integers: list[int]) -> Any:
    """A part of a record with its integers moved to ``integers``."""
    kind = part.__class__
    if kind is int or kind is Size:
        integers.append(part)
        return int
    if kind is Pointwise:  # literals are no sizes
        return part, *[(literal.__class__, repr(literal)) for _, literal, _ in part.literals]
    if kind is Reduction:
        return part
    if kind is View or kind is Seen:
        integers += (*part.shape, *part.strides, part.offset)
        return View, part.ndim
    if kind is Meta or kind is TracedMeta:
        return Meta, _without(part.view, integers), part.dtype
    inside = parts_of(part)
    return (kind, part) if inside is None else (kind, *[_without(x, integers) for x in inside])


def parts_of(part: Any) -> Sequence[Any] | None:
    """What a tuple or a request consists of; None for all others."""
    if isinstance(part, tuple):
        return part
    return [getattr(part, field.name) for field in fields(part)] if is_dataclass(part) else None


class Start(NamedTuple):
    """Where the reads of a record start that do so elsewhere than at 0: the form and the integers of the record that differs in nothing else, and the
    windows, as of `Record`."""

    form: tuple[Form, tuple[int, ...]]
    windows: tuple[tuple[int, int] | None, ...]


class _Place(NamedTuple):
    """Where what is known of a record stands among a call's numbers: its form and integers, those of the same from 0, and its windows."""

    form: Form
    integers: slice
    base: Form | None = None
    base_integers: slice = slice(0)
    windows: tuple[slice | None, ...] = ()


class Forms:
    """The forms of traced records, and from a call's integers theirs: what records need that are cast of these, if a plan asks."""

    __slots__ = ("_bind", "_last", "_places", "_records", "_trace", "asked")

    def __init__(self, trace: Varying, records: Sequence[Record]) -> None:
        self._trace, self._records = trace, records
        self._places: list[_Place | None] = []
        self._bind: Any = None
        self.asked = 0  # calls whose records plans asked for
        self._last: tuple[Any, Any] = (None, None)  # the call whose records were asked for last, and all their integers

    def of(self, k: int, integers: Sequence[int]) -> tuple[tuple[Form, tuple[int, ...]], Start | None] | None:
        """The form and the integers of what is cast of record ``k`` for a call with these ``integers``, and where its reads start, if not all do at 0; None
        where it has to be completed."""
        if self._bind is None:
            self._trace_all()
        call, found = self._last
        if call is not integers:
            found = self._bind(integers)
            self._last = integers, found
            self.asked += 1
        place = self._places[k]
        if place is None or found is None:
            return None
        form = place.form, found[place.integers]
        if place.base is None:
            return form, None
        windows = tuple([None if at is None or 0 in found[at] else found[at] for at in place.windows])
        return form, Start((place.base, found[place.base_integers]), windows) if any(windows) else None

    def _trace_all(self) -> None:
        trace, numbers = self._trace, list[Any]()
        decided = dict(trace.decisions)
        TRACING.now, TRACING.pending = True, []
        try:
            self._places = [_place(record, numbers) for record in self._records]
        finally:
            TRACING.now = False
        self._bind = trace.function(numbers)
        trace.decisions = decided  # what was decided here is asked here alone


def _place(record: Record, numbers: list[Any]) -> _Place | None:
    """Where what is known of a traced record stands in ``numbers``, to which it is added. None where a size is no integer of it, or a read starts
    elsewhere than at 0 and nothing is known of the record that does not."""
    start = len(numbers)
    try:
        form, at = _traced_form(record, numbers)
        if not any(map(_may_start_elsewhere, (*record.views, *[meta.view for meta in record.inputs]))):
            return _Place(form, at)
        base = _from_zero(record)
        if base is not None:
            return _Place(form, at, *_traced_form(base, numbers), tuple(_windows(record, base, numbers)))
    except TypeError:  # sizes are no keys
        pass
    del numbers[start:]
    return None


def _from_zero(record: Record) -> Record | None:
    """The traced record of the same work with all reads starting at 0; None where there is none."""
    if record.work.__class__ in (Pointwise, Reduction):
        return at_zero(record)
    return None if record.at_zero is None else record.at_zero()


def _windows(record: Record, base: Record, numbers: list[Any]) -> Iterator[slice | None]:
    """Where the windows of a traced record stand in ``numbers``, as `Record.start_from` has them; there is none where one of these is 0."""
    for mine, meta, seen in zip(record.inputs, base.inputs, base.views, strict=True):
        if _may_start_elsewhere(mine.view):
            size = meta.dtype.itemsize
            numbers += (mine.view.offset * size, (seen.max_position + 1) * size)
            yield slice(len(numbers) - 2, len(numbers))
        else:
            yield None


def _may_start_elsewhere(view: View) -> bool:
    """Whether a traced view starts elsewhere than at 0 for some sizes."""
    return view.offset.__class__ is not int or view.offset != 0


def _traced_form(record: Record, numbers: list[Any]) -> tuple[Form, slice]:
    """The form of a traced record, and where its integers are added to ``numbers``."""
    at = len(numbers)
    content = _without((record.work, record.views, record.metas, record.inputs), numbers)
    return _FORMS.setdefault(content, Form(content)), slice(at, len(numbers))
