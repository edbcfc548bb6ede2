"""In-place arithmetic whose record is known: what `writes.inplace` does, where no gradient flows and nothing is to be said, in one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.aliases import AliasState
from ..graph.origins import ORIGINS
from ..graph.record import BATCHING, emit
from ..graph.storage import Birth, Uncounted
from ..graph.value import Record, Value
from ..ops.mode import MODE
from ..ops.op import LITERALS, Op, is_literal
from ..ops.rules import LARGEST

UNASKED = {"fits", "holds", "refused", "divisor"}
"""What rows say of numbers (`ops.pointwise`) that are looked at one by one."""


def changing(op: Op, slow: Callable[..., Any]) -> Callable[..., Any]:
    """The in-place method of a row: the tensor becomes the row's result with it and the other operand; ``slow`` does it where more has to be
    looked at. Rows with more than two operands, or whose operands are looked at, have the slow one alone.

    It needs the record of the same call without the writing, which the row remembers: if that gives what the tensor is, over all of its
    storage, then no check of an in-place change has anything to say.
    """
    if len(op.tensors) > 2 or UNASKED & set(op.numbers.split()):
        return slow
    return _alone(op, slow) if len(op.tensors) == 1 else _with_other(op, slow)


def _alone(op: Op, slow: Callable[..., Any]) -> Callable[..., Any]:
    cache, policy = op.cache, op.autocast

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not args and not kwargs and self._edge is None and not (policy and MODE.cast is not None):
            record = cache.get(self._cl_meta)
            if record is not None and _write(self, record, (self._storage.value,), ()):
                return self
        return slow(self, *args, **kwargs)

    return method


def _with_other(op: Op, slow: Callable[..., Any]) -> Callable[..., Any]:
    cache, policy = op.cache, op.autocast

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) != 1 or kwargs or self._edge is not None or (policy and MODE.cast is not None):
            return slow(self, *args, **kwargs)
        (other,) = args
        kind = other.__class__
        if kind is float or kind is int:
            literal = other if (kind, other) in LITERALS and (other or is_literal(other)) else None
            record = cache.get((self._cl_meta, kind, literal))
            if record is None or (kind is int and not -LARGEST <= other < LARGEST):
                return slow(self, other)
            done = _write(self, record, (self._storage.value,), (other,) if literal is None else ())
            return self if done else slow(self, other)
        try:
            record, edge, read = cache.get((self._cl_meta, other._cl_meta)), other._edge, other._storage.value
        except AttributeError:  # an array, say
            return slow(self, other)
        value = self._storage.value
        if (
            record is None
            or (edge is not None and (edge.__class__ is not AliasState or edge.history.edge is not None))
            or (read is value and other is not self)  # perhaps some of the elements that are written
        ):
            return slow(self, other)
        return self if _write(self, record, (value, read), ()) else slow(self, other)

    return method


def _write(target: Any, record: Record, reads: tuple[Value, ...], numbers: tuple[Any, ...]) -> bool:
    """Point a tensor at a new value, if all of its storage becomes that and nobody counts otherwise; whether it did."""
    storage = target._storage
    if record.meta is not target._cl_meta or record.nbytes != storage.nbytes or storage.version < 0:
        return False
    if storage.__class__ is Uncounted or BATCHING or Birth.version is not None:
        return False
    made, before = record.at_once, reads[0]
    storage.value = emit(record, reads, numbers) if made is None or ORIGINS else made(reads, numbers)
    before.pins -= 1
    storage.version += 1
    return True
