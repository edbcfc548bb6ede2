"""What is left of records without their integers, and these: by that plans for other sizes are found (`graph.families`).

A record that was cast (`graph.moulds`) has them without being completed: what it is cast like was traced, and so its integers are functions of the call's.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from ..kernels.sizes import Size
from .meta import Meta, TracedMeta
from .value import Heavy, Pointwise, Record, Reduction
from .view import Seen, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..kernels.sizes import Varying


class Form:
    """What is left of a record without its integers; equal ones are one object."""

    __slots__ = ("__weakref__", "content")

    def __init__(self, content: Any) -> None:
        self.content = content

    @property
    def is_heavy(self) -> bool:
        """Whether it is of records of a kernel family of its own."""
        work = self.content[0]
        return work.__class__ is tuple and work[0] is Heavy


_FORMS: WeakValueDictionary[Any, Form] = WeakValueDictionary()


def form_of(record: Record) -> tuple[Form, tuple[int, ...]]:
    """The form of a record, and the integers that were taken out."""
    if record.form is None:
        integers: list[int] = []
        content = _without((record.work, record.views, record.metas, record.inputs), integers)
        record.form = _FORMS.setdefault(content, Form(content)), tuple(integers)
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


class Forms:
    """The forms of traced records, and from a call's integers theirs: what records need that are cast of these, if a plan asks."""

    __slots__ = ("_bind", "_forms", "_last", "_records", "_trace", "asked")

    def __init__(self, trace: Varying, records: Sequence[Record]) -> None:
        self._trace, self._records = trace, records
        self._forms: list[tuple[Form, int, int] | None] = []
        self._bind: Any = None
        self.asked = 0  # calls whose records plans asked for
        self._last: tuple[Any, Any] = (None, None)  # the call whose records were asked for last, and all their integers

    def of(self, k: int, integers: Sequence[int]) -> tuple[Form, tuple[int, ...]] | None:
        """The form and the integers of what is cast of record ``k`` for a call with these ``integers``; None where it has to be completed."""
        if self._bind is None:
            self._trace_all()
        call, found = self._last
        if call is not integers:
            found = self._bind(integers)
            self._last = integers, found
            self.asked += 1
        form = self._forms[k]
        return None if form is None or found is None else (form[0], found[form[1] : form[2]])

    def _trace_all(self) -> None:
        numbers: list[Any] = []
        forms: list[tuple[Form, int, int] | None] = []
        for record in self._records:
            start = len(numbers)
            form = _traced_form(record, numbers)
            if form is None:
                del numbers[start:]
            forms.append(None if form is None else (form, start, len(numbers)))
        self._forms, self._bind = forms, self._trace.function(numbers)


def _traced_form(record: Record, integers: list[Any]) -> Form | None:
    """The form of a traced record, whose integers are added to ``integers``; None where a read may start elsewhere than at 0, as that has windows, or
    where a size is no integer of it."""
    views = (*record.views, *[meta.view for meta in record.inputs])
    if any(view.offset.__class__ is not int or view.offset for view in views):
        return None
    try:
        content = _without((record.work, record.views, record.metas, record.inputs), integers)
        return _FORMS.setdefault(content, Form(content))
    except TypeError:  # sizes are no keys
        return None
