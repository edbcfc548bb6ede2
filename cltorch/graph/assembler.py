"""Instructions of the tape: what is known of those of one record, and how they are written.

For each value only the places of its operands and its numbers are filled in (`writing`).
"""

from __future__ import annotations

import math
import struct
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..kernels import tape
from ..kernels.sizes import TRACING
from ..kernels.tape import NUMBER, NUMBERS, TYPES, UnknownError, decompose
from .view import View, collapse

if TYPE_CHECKING:
    from ..dtypes import dtype as DType

_PAD = 64  # bytes: results begin at, and are padded to, whole vectors
NARROW = {
    dtypes.float16: 16,
    dtypes.bfloat16: 16,
    dtypes.bool: 1,
    dtypes.uint8: 8,
    dtypes.int8: 8,
    dtypes.int16: 16,
    dtypes.int32: 32,
}


def narrowed(number: Any, dtype: DType | None) -> Any:
    """A number rounded to a 16-bit float, or wrapped to a narrow integer; others as they are."""
    if dtype is dtypes.bool:
        return int(bool(number))
    if dtype is None or dtype not in NARROW:
        return number
    bits = NARROW[dtype]
    if dtype.is_floating_point:
        return _half(number) if dtype is dtypes.float16 else _bfloat(number)
    whole = int(number) & ((1 << bits) - 1)
    return whole - (1 << bits) if dtype.is_signed and whole >> (bits - 1) else whole


def _half(number: float) -> float:
    try:
        return struct.unpack("e", struct.pack("e", float(number)))[0]
    except OverflowError:
        return math.copysign(math.inf, number)


def _bfloat(number: float) -> float:
    """Rounded from float32, as kernels do it."""
    bits = array("I", array("f", [number]).tobytes())[0]
    if number == number:
        bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return array("f", array("I", [bits]).tobytes())[0]


def padded(nbytes: int) -> int:
    """Bytes that a place in the scratch takes."""
    return (nbytes + _PAD - 1) & -_PAD


@dataclass(eq=False, slots=True)
class Code:
    """The instructions of one record. Word ``at`` of ``reads``, ``outs`` and ``temps`` gets a place added: of a read, of a result
    (``(at, which)``), of the scratch. ``numbers`` are (word, number of the value, whether it goes to the longs, the dtype that it is cut to).

    ``replaces`` are results and the reads whose memory they may have (``(which, k)``), if nobody needs these any more. ``copy`` are the instructions
    that copy read 0 into the result first, for a work that changes it in place, where it may not. ``is_bare``: there are but words, reads and outs.
    """

    words: list[int] = field(default_factory=list)
    reads: list[tuple[int, int]] = field(default_factory=list)
    outs: list[tuple[int, int]] = field(default_factory=list)
    temps: list[int] = field(default_factory=list)
    numbers: list[tuple[int, int, bool, DType | None]] = field(default_factory=list)
    nbytes: tuple[int, ...] = ()  # of each result
    room: int = 0  # bytes that the first takes in the scratch
    scratch: int = 0
    cost: int = 0  # a guess, in nanoseconds
    faults: bool = False
    replaces: tuple[tuple[int, int], ...] = ()
    copy: Code | None = None
    sealed: array[int] = field(default_factory=lambda: array("i"))
    is_bare: bool = False

    def seal(self) -> None:
        """Note that all is written."""
        self.sealed = sealed(self.words)
        self.is_bare = not (self.temps or self.numbers or self.faults or self.replaces or self.copy)

    def resized(self, words: array[int], nbytes: int, room: int, scratch: int, cost: int) -> Code:
        """The instructions of a record that differs in sizes, without a copy of its first read."""
        code = _new(Code)
        code.reads, code.outs, code.temps, code.numbers = self.reads, self.outs, self.temps, self.numbers
        code.faults, code.replaces, code.copy, code.is_bare = self.faults, self.replaces, None, self.is_bare
        code.sealed, code.nbytes, code.room, code.scratch, code.cost = words, (nbytes,), room, scratch, cost
        return code


_new = object.__new__


def sealed(words: list[int]) -> array[int]:
    """Words as they are copied to a tape; while sizes are traced, as they are."""
    return words if TRACING.now else array("i", words)  # type: ignore[return-value]


class Constants:
    """Numbers that are part of instructions: they stand at the start of every tape's tables."""

    def __init__(self) -> None:
        self.floats = array("f")
        self.longs = array("q")
        self._known: dict[tuple[bool, str], int] = {}
        self._alone: tuple[int, bytes] | None = (
            None  # the tables of a tape without numbers of its own, and where longs begin
        )

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.floats) + len(self.longs)

    def place(self, number: float, is_long: bool) -> int:
        """The index of a constant."""
        key = (is_long, repr(int(number) if is_long else float(number)))
        found = self._known.get(key)
        if found is None:
            table: Any = self.longs if is_long else self.floats
            found = self._known[key] = len(table)
            table.append(int(number) if is_long else float(number))
            self._alone = None
        return found

    def alone(self) -> tuple[int, bytes]:
        """`tables` of the constants and nothing else."""
        if self._alone is None:
            self._alone = tables(self.floats[:], self.longs)
        return self._alone


def tables(floats: array[float], longs: array[int]) -> tuple[int, bytes]:
    """Floats, longs, and what loads may reach behind them; and how many words come before the longs. ``floats`` may become longer."""
    if len(floats) & 1:
        floats.append(0)
    return len(floats), floats.tobytes() + longs.tobytes() + _SLACK


_SLACK = bytes(128)


@dataclass(frozen=True, slots=True)
class Operand:
    """What an instruction reads or writes: ``source`` is ("read", k), ("out", k), ("region", k), ("temp", bytes), ("number", k) or ("constant", x)."""

    source: tuple[str, Any]
    view: View | None = None
    dtype: DType = dtypes.float32


class Assembler:
    """Writes the instructions of one record."""

    def __init__(self, constants: Constants, lanes: int) -> None:
        self.code = Code()
        self.constants = constants
        self.lanes = lanes

    def place(self, operand: Operand, at: int, offset: int) -> int:
        """The word of an operand's place at word ``at``; notes what is to be added to it."""
        kind, k = operand.source
        if kind == "read":
            self.code.reads.append((at, k))
        elif kind in ("out", "region"):  # a region of a result must not be written in whole vectors
            self.code.outs.append((at, k))
        else:
            self.code.temps.append(at)
            offset += k
        return offset

    def number(self, operand: Operand, at: int, is_long: bool) -> int:
        """The word of a number operand: where it stands in its table."""
        kind, k = operand.source
        if kind == "constant":
            return self.constants.place(narrowed(k, operand.dtype), is_long)
        self.code.numbers.append((at, k, is_long, operand.dtype if operand.dtype in NARROW else None))
        return 0

    def map(self, kind: str, name: str, out: Operand, operands: list[Operand]) -> None:
        """One primitive: ``out[...] = name(operands...)``, all views having one shape."""
        if len(operands) > tape.MOST_OPERANDS:
            raise UnknownError(name)
        is_long = kind == "long"
        with_views = [o for o in operands if o.view is not None]
        views = collapse([out.view, *(o.view for o in with_views)])  # type: ignore[list-item]
        shape = views[0].shape
        numel = views[0].numel
        if numel and not shape:
            views = tuple(View.of((1,), (0,), view.offset) for view in views)
            shape = (1,)
        if not numel:
            return
        seen = dict(zip(map(id, with_views), views[1:], strict=True))
        words = self.code.words
        number = NUMBERS[kind][name]
        if not is_long and len(shape) == 1 and self.is_fast(out, views[0], numel):
            found = [self.fast_step(o, seen.get(id(o)), numel) for o in operands]
            steps = [step for step in found if step is not None]
            if len(steps) == len(operands):
                at = len(words)
                words += [tape.FAST, number, numel, 0, 0, 0, 0, 0, 0, 0]
                words[at + 3] = self.place(out, at + 3, views[0].offset * 4)
                for k, (operand, step) in enumerate(zip(operands, steps, strict=True)):
                    slot = at + 4 + 2 * k
                    words[slot + 1] = step
                    words[slot] = (
                        self.number(operand, slot, False)
                        if step == -1
                        else self.place(operand, slot, seen[id(operand)].offset * 4)
                    )
                self.code.cost += 40 + numel // 4
                return
        start = len(words)
        rank = len(shape) - 1
        size = out.dtype.itemsize
        words += [tape.MAP_L if is_long else tape.MAP_F, 0, number, len(operands), rank, shape[-1]]
        words += [TYPES[out.dtype], 0, views[0].strides[-1] * size]
        words[start + 7] = self.place(out, start + 7, views[0].offset * size)
        for operand in operands:
            at = len(words)
            if operand.view is None:
                words += [NUMBER, 0, 0]
                words[at + 1] = self.number(operand, at + 1, is_long)
                continue
            view, size = seen[id(operand)], operand.dtype.itemsize
            words += [TYPES[operand.dtype], 0, view.strides[-1] * size]
            words[at + 1] = self.place(operand, at + 1, view.offset * size)
        for d in range(rank):
            words += [shape[d], views[0].strides[d] * out.dtype.itemsize]
            words += [0 if o.view is None else seen[id(o)].strides[d] * o.dtype.itemsize for o in operands]
        words[start + 1] = len(words) - start
        rows = numel // max(1, shape[-1])
        self.code.cost += 60 + rows * 20 + numel * (3 if is_long else 2)

    def is_fast(self, out: Operand, view: View, numel: int) -> bool:
        """Whether a result may be written in whole vectors."""
        fresh = out.source[0] == "temp" or (out.source[0] == "out" and out.view is not None and out.view.numel == numel)
        return fresh and out.dtype is dtypes.float32 and view.offset == 0 and (view.strides[0] == 1 or numel == 1)

    @staticmethod
    def fast_step(operand: Operand, view: View | None, numel: int) -> int | None:
        """How a fast operand steps: -1 a number, 0 one element for all, 1 neighbours; None if it is none."""
        if view is None:
            return -1
        if operand.dtype is not dtypes.float32 or view.strides[0] not in (0, 1):
            return None
        return view.strides[0] if numel > 1 else 1

    def temp(self, nbytes: int) -> tuple[str, int]:
        """A piece of this record's scratch."""
        at = self.code.scratch
        self.code.scratch = at + padded(nbytes)
        return ("temp", at)

    def expression(
        self,
        expr: str,
        kind: str,
        masks: frozenset[str],
        names: dict[str, Operand],
        out: Operand,
    ) -> None:
        """An expression over operands as instructions; intermediate results lie in the scratch, row by row."""
        dtype = dtypes.int64 if kind == "long" else dtypes.float32
        results: list[Operand] = []
        literals = tuple((n, o.source[1]) for n, o in names.items() if o.source[0] == "constant" and n not in masks)
        steps = decompose(expr, kind, masks, tuple(x for x in literals if x[1] == 2))
        dense = View.dense(out.view.shape)  # type: ignore[union-attr]
        last = {arg[0]: k for k, step in enumerate(steps) for arg in step.args if isinstance(arg, tuple)}
        free: list[tuple[str, int]] = []  # temporaries that nobody reads any more
        for k, step in enumerate(steps):
            operands = []
            for arg in step.args:
                if isinstance(arg, tuple):
                    operands.append(results[arg[0]])
                elif isinstance(arg, str):
                    if arg not in names:
                        raise UnknownError(arg)
                    operands.append(Operand(("iota", 0)) if names[arg].source[0] == "iota" else names[arg])
                else:
                    operands.append(Operand(("constant", arg)))
            for j, operand in enumerate(operands):
                if operand.source[0] == "iota":
                    operands[j] = Operand(self.temp(dense.numel * dtype.itemsize), dense, dtype)
                    self.map(kind, "iota", operands[j], [])
            if k == len(steps) - 1:
                target = out
            else:
                target = Operand(free.pop() if free else self.temp(dense.numel * dtype.itemsize), dense, dtype)
                results.append(target)
            self.map(kind, step.name, target, operands)
            free += [results[arg[0]].source for arg in {*step.args} if isinstance(arg, tuple) and last[arg[0]] == k]
            self.code.faults |= step.name == tape.REPORTING
