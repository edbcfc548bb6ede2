"""The integers of a call: taken out of its arguments, and others put in their places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..kernels.sizes import Size, least, most, spelled
from .meta import Meta, TracedMeta
from .value import Pointwise
from .view import Seen, View


def taken_out(part: Any, integers: list[int]) -> Any:
    """An argument with its integers moved to ``integers``."""
    kind = part.__class__
    if kind is Meta:
        integers += part.integers
        return part.form
    if kind is View:
        integers += part.shape
        integers += part.strides
        integers.append(part.offset)
        return part.ndim
    if kind is int:
        integers.append(part)
        return int
    return tuple([taken_out(x, integers) for x in part]) if kind is tuple else told_apart(part)


def told_apart(part: Any) -> Any:
    """An argument as a key: 0.0 is no -0.0 there, and no 0."""
    if part.__class__ is Pointwise:
        return part, *[(literal.__class__, repr(literal)) for _, literal, _ in part.literals]
    return repr(part) if part.__class__ in (float, complex) else part


def put_in(part: Any, number: Callable[[], Any]) -> Any:
    """An argument with numbers in the place of its integers, in the order of `taken_out`."""
    kind = part.__class__
    if kind is Meta or kind is TracedMeta:
        return Meta.of(put_in(part.view, number), part.dtype, part.device)
    if kind is View or kind is Seen:
        shape = tuple([number() for _ in part.shape])
        strides = tuple([number() for _ in part.strides])
        return View.of(shape, strides, number())
    if kind is int or kind is Size:
        return number()
    return tuple([put_in(x, number) for x in part]) if kind is tuple else part


def numbers_of(part: Any) -> list[Any]:
    """The numbers in a traced argument, in the order of `taken_out`."""
    kind = part.__class__
    if kind is TracedMeta:
        return numbers_of(part.view)
    if kind is Seen:
        return [*part.shape, *part.strides, part.offset]
    if kind is int or kind is Size:
        return [part]
    return [n for x in part for n in numbers_of(x)] if kind is tuple else []


def described(part: Any) -> Any:
    """What two traced arguments have in common that are equal whatever the sizes are."""
    kind = part.__class__
    if kind is TracedMeta:
        return part.dtype, len(part.shape), *map(spelled, numbers_of(part))
    if kind is tuple:
        return tuple(map(described, part))
    return tuple(map(spelled, numbers_of(part))) if kind in (Seen, int, Size) else told_apart(part)


def clamped(part: slice, n: Any) -> tuple[Any, Any, Any]:
    """Start, stop and step of a slice of ``n`` elements, as ``slice.indices``, where sizes are traced and steps go forwards."""
    first, last, step = part.start, part.stop, part.step
    ends = [0 if first is None else first, n if last is None else last]
    start, stop = [least(end, n) if end >= 0 else most(end + n, 0) for end in ends]
    return start, stop, 1 if step is None else step
