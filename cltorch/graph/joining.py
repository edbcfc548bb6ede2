"""Elementwise records that are recorded one behind the other, as one: ``exp(x - m)`` in the place of ``x - m`` and ``exp`` of that.

A recording is made once and recorded again many times (`autograd.replay`), so what is joined in it is saved each time: a value to make,
to look at, to write on the tape and to forget. Numbers stay the same to the bit: all is float32, and expressions are compiled as they
are written.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .. import dtypes
from ..kernels.expression import parse
from ..kernels.sizes import TRACING
from .value import Pointwise, Record
from .view import View

Step = tuple[Record, tuple[int, ...], tuple[Any, ...]]
MOST_READS = 6  # of a joined record
LONGEST = 160  # characters of its expression


class Joined:
    """In the place of an op, where a joined record is completed; see `graph.moulds`."""

    name = "joined"

    @staticmethod
    def infer(op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
        """The record of two calls, at which read of the second the first stands, and which reads of both are one."""
        (first, *inner), (second, *outer), at, firsts = operands
        return join(first.infer(first, *inner), second.infer(second, *outer), at, firsts)


def join(inner: Record, outer: Record, at: int, firsts: Sequence[int]) -> Record:
    """The record of ``outer`` whose read ``at`` is what ``inner`` makes. Its reads are the others of ``outer``, then those of ``inner``, without
    those that ``firsts`` says are an earlier one."""
    views = [*outer.views[:at], *outer.views[at + 1 :], *inner.views]
    metas = [*outer.inputs[:at], *outer.inputs[at + 1 :], *inner.inputs]
    kept = [k for k, first in enumerate(firsts) if first == k]
    work = _expression(inner.work, outer.work, at, tuple(firsts))  # type: ignore[arg-type]
    record = Record(
        work, tuple([views[k] for k in kept]), outer.metas, outer.pending, None, tuple([metas[k] for k in kept])
    )
    record.op, record.weight = outer.op, inner.weight + outer.weight
    if TRACING.now:
        record.origin = (Joined, (inner.origin, outer.origin, at, tuple(firsts)), ())
    else:
        record.base.op = outer.op
    return record


@lru_cache(maxsize=1024)
def _expression(inner: Pointwise, outer: Pointwise, at: int, firsts: tuple[int, ...]) -> Pointwise:
    reads = (*outer.reads[:at], *outer.reads[at + 1 :]), inner.reads
    new = [f"r{first}" for first in firsts]
    names = dict(zip(reads[0], new, strict=False)), dict(zip(reads[1], new[len(reads[0]) :], strict=True))
    numbers: list[Any] = []
    literals: list[Any] = []
    for work, known in zip((outer, inner), names, strict=True):
        for name, dtype in work.numbers:
            known[name] = f"n{len(numbers)}"
            numbers.append((known[name], dtype))
        for name, literal, dtype in work.literals:
            known[name] = f"c{len(literals)}"
            literals.append((known[name], literal, dtype))
    put: Any = _Named(names[1]).visit(_parsed(inner))
    whole = _Named(names[0] | {outer.reads[at]: put}).visit(_parsed(outer))
    kept = [k for k, first in enumerate(firsts) if first == k]
    kinds = (*outer.in_dtypes[:at], *outer.in_dtypes[at + 1 :], *inner.in_dtypes)
    return Pointwise(
        ast.unparse(whole),
        tuple([new[k] for k in kept]),
        tuple([kinds[k] for k in kept]),
        tuple(numbers),
        tuple(literals),
    )


def _parsed(work: Pointwise) -> ast.expr:
    return ast.parse(work.expr.strip(), mode="eval").body  # not that of `parse`, which others keep


class _Named(ast.NodeTransformer):
    """Gives names others, or puts an expression in their place."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A function's own name stays."""
        return ast.Call(node.func, [self.visit(arg) for arg in node.args], node.keywords)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        new = self._names.get(node.id, node)
        return ast.Name(new, ast.Load()) if isinstance(new, str) else new


def joined(steps: Sequence[Step], count: int, outputs: Sequence[int]) -> tuple[list[Step], dict[int, int]]:
    """The steps of a recording with those joined that can be, and where what is at a place is then: places are those of ``count`` inputs,
    then of steps. ``outputs`` are the places of results."""
    made: list[Step | None] = list(steps)
    readers = [
        [k for k, step in enumerate(steps) for place in step[1] if place == n + count] for n in range(len(steps))
    ]
    for k in range(len(steps)):
        if len(readers[k]) != 1 or k + count in outputs:
            continue
        reader = readers[k][0]
        one = _one(made[k], made[reader], k + count)  # type: ignore[arg-type]
        if one is None:
            continue
        made[k], made[reader] = None, one
        for place in {*steps[k][1], *one[1]}:
            if place >= count:
                others = [r for r in readers[place - count] if r not in (k, reader)]
                readers[place - count] = others + [reader] * one[1].count(place)
    kept = [k for k, step in enumerate(made) if step is not None]
    places = {k: k for k in range(count)} | {k + count: n + count for n, k in enumerate(kept)}
    left = [(record, tuple([places[p] for p in reads]), numbers) for record, reads, numbers in filter(None, made)]
    return left, places


def _one(inner: Step, outer: Step, place: int) -> Step | None:
    """Two steps as one, the first of which makes what the second reads from ``place``; None where they stay two."""
    (first, first_reads, first_numbers), (second, second_reads, second_numbers) = inner, outer
    at = second_reads.index(place)
    if not (_is_inner(first) and _is_outer(second, at, first)):
        return None
    if TRACING.now and (first.origin is None or second.origin is None):
        return None
    reads = [*second_reads[:at], *second_reads[at + 1 :], *first_reads]
    views: list[View] = [*second.views[:at], *second.views[at + 1 :], *first.views]
    firsts = [
        next(j for j in range(k + 1) if reads[j] == read and views[j] == view)
        for k, (read, view) in enumerate(zip(reads, views, strict=True))
    ]
    kept = [k for k, other in enumerate(firsts) if other == k]
    if len(kept) > MOST_READS:
        return None
    record = join(first, second, at, firsts)
    return record, tuple([reads[k] for k in kept]), (*second_numbers, *first_numbers)


def _is_inner(record: Record) -> bool:
    """Whether a record may stand within another: float32 throughout, or a comparison of such numbers."""
    if not _is_single(record):
        return False
    work: Any = record.work
    is_mask = record.meta.dtype is dtypes.bool and isinstance(parse(work.expr), ast.Compare)
    return is_mask or record.meta.dtype is dtypes.float32


def _is_outer(record: Record, at: int, inner: Record) -> bool:
    """Whether another may stand in a record, which reads it element by element and once."""
    work: Any = record.work
    kind = inner.meta.dtype
    return (
        _is_single(record, at)
        and record.meta.dtype is dtypes.float32
        and work.in_dtypes[at] is kind
        and record.views[at] == inner.meta.view
        and len(work.expr) + len(inner.work.expr) <= LONGEST  # type: ignore[union-attr]
        and _is_read_once(work.expr, work.reads[at])
    )


@lru_cache(maxsize=1024)
def _is_read_once(expr: str, name: str) -> bool:
    return sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(parse(expr))) == 1


def _is_single(record: Record, but: int = -1) -> bool:
    """Whether all that a pointwise record reads, but one read, and its numbers are float32."""
    work = record.work
    if work.__class__ is not Pointwise or work.index is not None or record.is_random or not work.reads:  # type: ignore[union-attr]
        return False
    dtype = dtypes.float32
    kinds = [*work.in_dtypes, *[meta.dtype for meta in record.inputs]]  # type: ignore[union-attr]
    reads = len(record.inputs)
    return all(kind is dtype for k, kind in enumerate(kinds) if k % reads != but) and all(
        kind is dtype
        for *_, kind in (*work.numbers, *work.literals)  # type: ignore[union-attr]
    )
