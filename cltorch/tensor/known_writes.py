"""In-place arithmetic whose record is known: what `writes.inplace` does, where no gradient flows and nothing is to be said, in one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.aliases import AliasState
from ..graph.record import BATCHING, emit
from ..graph.storage import Birth, Uncounted
from ..ops.mode import MODE
from ..ops.op import LITERALS, Op, is_literal
from ..ops.rules import LARGEST

UNASKED = {"fits", "holds", "refused", "divisor"}
"""What rows say of numbers (`ops.pointwise`) that are looked at one by one."""


def written_by(op: Op) -> Callable[..., bool] | None:
    """What lets a tensor become the row's result with it and other operands, and returns whether it did; None for rows with more than two
    operands, or whose operands are looked at.

    It needs the record of the same call without the writing, which the row remembers: if that gives what the tensor is, over all of its
    storage, then no check of an in-place change has anything to say.
    """
    if len(op.tensors) > 2 or UNASKED & set(op.numbers.split()):
        return None
    return _alone(op) if len(op.tensors) == 1 else _with_other(op)


def _alone(op: Op) -> Callable[..., bool]:
    cache, policy = op.cache, op.autocast

    def write(target: Any) -> bool:
        if target._edge is not None or (policy and MODE.cast is not None):
            return False
        return _write(target, cache.get(target._cl_meta), (target._storage.value,), ())

    return write


def _with_other(op: Op) -> Callable[..., bool]:
    cache, policy = op.cache, op.autocast

    def write(target: Any, other: Any) -> bool:
        if target._edge is not None or (policy and MODE.cast is not None):
            return False
        value, kind = target._storage.value, other.__class__
        if kind is float or kind is int:
            literal = other if (kind, other) in LITERALS and (other or is_literal(other)) else None
            if kind is int and not -LARGEST <= other < LARGEST:
                return False
            record = cache.get((target._cl_meta, kind, literal))
            return _write(target, record, (value,), (other,) if literal is None else ())
        try:
            record, edge, read = cache.get((target._cl_meta, other._cl_meta)), other._edge, other._storage.value
        except AttributeError:  # an array, say
            return False
        if (edge is not None and (edge.__class__ is not AliasState or edge.history.edge is not None)) or (
            read is value and other is not target  # perhaps some of the elements that are written
        ):
            return False
        return _write(target, record, (value, read), ())

    return write


def _write(target: Any, record: Any, reads: tuple[Any, ...], numbers: tuple[Any, ...]) -> bool:
    if record is None or record.meta is not target._cl_meta:
        return False
    storage = target._storage
    if record.nbytes != storage.nbytes or storage.version < 0 or storage.__class__ is Uncounted:
        return False
    if BATCHING or Birth.version is not None:
        return False
    storage.value, before = emit(record, reads, numbers), reads[0]
    before.pins -= 1
    storage.version += 1
    return True
