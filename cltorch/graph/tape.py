"""Batches as tapes: records to instruction templates, values to places, and one launch for all of it.

What a record's instruction looks like is found once and kept on the record (`Code`); for each value only the places of its
operands and its numbers are filled in. A value that a storage pins gets a buffer, every other one a place in the arena's scratch,
which the next tape uses again.
"""

from __future__ import annotations

import math
import struct
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..kernels import cat, gemm, index, tape
from ..kernels.body import Compute, Load, Scalar, Store
from ..kernels.tape import NUMBER, NUMBERS, RAW, TYPES, UnknownError, decompose
from .value import Heavy, Multi, Pointwise, Reduction, Write
from .view import View, collapse

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from .value import Record

PANEL = 1 << 20  # bytes at the start of the arena's scratch where products copy their panels
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
_SLACK = bytes(128)  # behind the tables, which loads may reach
_BITS = {dtypes.float16: "uniform11", dtypes.bfloat16: "uniform8"}


def narrowed(number: Any, dtype: DType) -> Any:
    """A number rounded to a 16-bit float, or wrapped to a narrow integer; others as they are."""
    if dtype is dtypes.bool:
        return int(bool(number))
    bits = NARROW.get(dtype)
    if bits is None:
        return number
    if dtype.is_floating_point:
        return _half(number) if dtype is dtypes.float16 else _bfloat(number)
    whole = int(number) & ((1 << bits) - 1)
    return whole - (1 << bits) if dtype.is_signed and whole >> (bits - 1) else whole


def _half(number: float) -> float:
    try:
        return struct.unpack("e", struct.pack("e", number))[0]
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

    ``copy`` are the instructions that copy read 0 into the result first, for a work that changes it in place.
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
    copy: Code | None = None
    sealed: array[int] = field(default_factory=lambda: array("i"))


class Constants:
    """Numbers that are part of instructions: they stand at the start of every tape's tables."""

    def __init__(self) -> None:
        self.floats = array("f")
        self.longs = array("q")
        self._known: dict[tuple[bool, str], int] = {}

    def place(self, number: float, is_long: bool) -> int:
        """The index of a constant."""
        key = (is_long, repr(int(number) if is_long else float(number)))
        found = self._known.get(key)
        if found is None:
            table: Any = self.longs if is_long else self.floats
            found = self._known[key] = len(table)
            table.append(int(number) if is_long else float(number))
        return found


@dataclass(frozen=True, slots=True)
class _Operand:
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

    def place(self, operand: _Operand, at: int, offset: int) -> int:
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

    def number(self, operand: _Operand, at: int, is_long: bool) -> int:
        """The word of a number operand: where it stands in its table."""
        kind, k = operand.source
        if kind == "constant":
            return self.constants.place(narrowed(k, operand.dtype), is_long)
        self.code.numbers.append((at, k, is_long, operand.dtype if operand.dtype in NARROW else None))
        return 0

    def map(self, kind: str, name: str, out: _Operand, operands: list[_Operand]) -> None:
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

    def is_fast(self, out: _Operand, view: View, numel: int) -> bool:
        """Whether a result may be written in whole vectors."""
        fresh = out.source[0] == "temp" or (out.source[0] == "out" and out.view is not None and out.view.numel == numel)
        return fresh and out.dtype is dtypes.float32 and view.offset == 0 and (view.strides[0] == 1 or numel == 1)

    @staticmethod
    def fast_step(operand: _Operand, view: View | None, numel: int) -> int | None:
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
        names: dict[str, _Operand],
        out: _Operand,
    ) -> None:
        """An expression over operands as instructions; intermediate results lie in the scratch, row by row."""
        dtype = dtypes.int64 if kind == "long" else dtypes.float32
        results: list[_Operand] = []
        literals = tuple((n, o.source[1]) for n, o in names.items() if o.source[0] == "constant" and n not in masks)
        steps = decompose(expr, kind, masks, tuple(x for x in literals if x[1] == 2))
        dense = View.dense(out.view.shape)  # type: ignore[union-attr]
        for k, step in enumerate(steps):
            operands = []
            for arg in step.args:
                if isinstance(arg, tuple):
                    operands.append(results[arg[0]])
                elif isinstance(arg, str):
                    if arg not in names:
                        raise UnknownError(arg)
                    operands.append(_Operand(("iota", 0)) if names[arg].source[0] == "iota" else names[arg])
                else:
                    operands.append(_Operand(("constant", arg)))
            for j, operand in enumerate(operands):
                if operand.source[0] == "iota":
                    operands[j] = _Operand(self.temp(dense.numel * dtype.itemsize), dense, dtype)
                    self.map(kind, "iota", operands[j], [])
            if k == len(steps) - 1:
                target = out
            else:
                target = _Operand(self.temp(dense.numel * dtype.itemsize), dense, dtype)
                results.append(target)
            self.map(kind, step.name, target, operands)
            self.code.faults |= step.name == tape.REPORTING


def assemble(record: Record, constants: Constants, lanes: int, largest: int) -> Code | bool:
    """The code of a record; False if the tape has none for it, or if its results are larger than ``largest`` bytes."""
    nbytes = tuple(meta.view.numel * meta.dtype.itemsize for meta in record.metas)
    if max(nbytes) > largest or any(meta.view.max_position + 1 > (1 << 30) for meta in record.inputs):
        return False
    work = Assembler(constants, lanes)
    work.code.nbytes, work.code.room = nbytes, padded(nbytes[0])
    try:
        match record.work:
            case Pointwise():
                _pointwise(work, record, record.work)
            case Reduction():
                _reduction(work, record, record.work)
            case Write():
                _write(work, record, record.work)
            case Multi():
                _multi(work, record, record.work)
            case Heavy():
                _heavy(work, record, record.work)
    except (UnknownError, KeyError):
        return False
    code = work.code
    if code.scratch > largest or len(code.words) > 1 << 14:
        return False
    code.sealed = array("i", code.words)
    return code


def _move(work: Assembler, out: _Operand, read: _Operand) -> None:
    """A copy of equal dtypes, as elements of their size."""
    raw = RAW[out.dtype.itemsize]
    kind = "float" if raw is dtypes.float32 else "long"
    work.map(kind, "copy", _Operand(out.source, out.view, raw), [_Operand(read.source, read.view, raw)])


def _pointwise(work: Assembler, record: Record, what: Pointwise) -> None:
    meta = record.meta
    out = _Operand(("out", 0), meta.view, meta.dtype)
    names: dict[str, _Operand] = {}
    kinds: dict[str, DType] = {}
    for k, (name, view, dtype) in enumerate(zip(what.reads, record.views, what.in_dtypes, strict=True)):
        read = record.inputs[k].dtype
        names[name] = _Operand(("read", k), view, read)
        kinds[name] = dtype
        if what.expr == name and dtype is read is meta.dtype:
            _move(work, out, names[name])
            return
        narrowed = dtype is not read and not (dtype.is_floating_point and dtype.itemsize == 4)
        if narrowed and what.expr != name and dtype not in (dtypes.bool, dtypes.int64):
            raise UnknownError("an operand that is cut before it is used")
    for k, (name, dtype) in enumerate(what.numbers):
        names[name], kinds[name] = _Operand(("number", k), None, dtype), dtype
    for name, literal, dtype in what.literals:
        names[name], kinds[name] = _Operand(("constant", literal), None, dtype), dtype
    kind = _class(record, kinds)
    if "seed" in names:
        draw = what.expr.partition("(")[0]
        draw = _BITS.get(meta.dtype, "uniform24") if draw == "uniform" else draw
        work.map(kind, draw, out, [names["start"], names["seed"]])
        words = work.code.numbers
        work.code.numbers = [(at, k, True, None) for at, k, _, _ in words]
        return
    if what.index is not None:
        names["i"], kinds["i"] = _Operand(("iota", 0)), what.index
    if kind == "long" and ("<<" in what.expr or ">>" in what.expr) and meta.dtype is not dtypes.int64:
        raise UnknownError("shifts of narrow integers")
    masks = frozenset(name for name, dtype in kinds.items() if dtype is dtypes.bool)
    work.expression(what.expr, kind, masks, names, out)


def _class(record: Record, kinds: dict[str, DType]) -> str:
    """The class in which a pointwise record is computed."""
    involved = {*kinds.values(), record.meta.dtype, *(meta.dtype for meta in record.inputs)}
    if dtypes.float64 in involved:
        raise UnknownError("doubles")
    if record.meta.dtype.is_floating_point or any(dtype.is_floating_point for dtype in kinds.values()):
        if not record.meta.dtype.is_floating_point and record.meta.dtype is not dtypes.bool:
            raise UnknownError("integers from floats")
        return "float"
    reads_floats = any(meta.dtype.is_floating_point for meta in record.inputs)
    if reads_floats and not {*kinds.values()} <= {dtypes.bool, dtypes.int64, dtypes.uint8}:
        raise UnknownError(
            "narrow integers from floats: what does not fit becomes another number than on the way over 64 bits"
        )
    return "float" if reads_floats and dtypes.bool in kinds.values() else "long"


def _reduction(work: Assembler, record: Record, what: Reduction) -> None:
    read, out = record.inputs[0], record.meta
    if dtypes.float64 in (read.dtype, out.dtype, what.in_dtype):
        raise UnknownError("doubles")
    view = record.views[0]
    if not out.view.numel:
        return
    by_truth = what.kind in ("any", "all", "argmax", "argmin")
    floating = read.dtype.is_floating_point if by_truth else what.in_dtype.is_floating_point
    size = read.dtype.itemsize
    kept = _merged(
        [(n, s * size) for d, (n, s) in enumerate(zip(view.shape, view.strides, strict=True)) if d not in what.dims]
    )
    reduced = _merged([(view.shape[d], view.strides[d] * size) for d in what.dims])
    columns = int(bool(kept) and kept[-1][0] > 1 and (reduced[-1][1] != size or reduced[-1][0] < 8 <= kept[-1][0]))
    code = work.code
    kind = tape.REDUCE_F if floating else tape.REDUCE_L
    code.words += [kind, 10 + 2 * (len(kept) + len(reduced)), tape.REDUCTIONS[what.kind], columns]
    code.words += [TYPES[read.dtype], TYPES[out.dtype], view.offset * size, 0, len(kept), len(reduced)]
    code.words += [word for dim in (*kept, *reduced) for word in dim]
    code.reads.append((6, 0))
    code.outs.append((7, 0))
    slow = 1 if columns or reduced[-1][1] == size else 3
    code.cost = 60 + view.numel * slow // 2 + out.view.numel * (5 if columns else 40)


def _merged(dims: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(size, stride) of dimensions, neighbours merged where one steps through the other; at least one."""
    found: list[tuple[int, int]] = []
    for n, s in dims:
        if n == 1:
            continue
        if found and found[-1][1] == s * n:
            found[-1] = (found[-1][0] * n, s)
        else:
            found.append((n, s))
    return found or [(1, 0)] if dims else found


def _copies(work: Assembler, record: Record) -> None:
    """Note how the whole of read 0 is copied, for work that changes it in place."""
    meta = record.meta
    copy = Assembler(work.constants, work.lanes)
    whole = View.dense((meta.view.numel,))
    _move(copy, _Operand(("out", 0), whole, meta.dtype), _Operand(("read", 0), whole, meta.dtype))
    copy.code.sealed = array("i", copy.code.words)
    work.code.copy = copy.code


def _write(work: Assembler, record: Record, what: Write) -> None:
    meta = record.meta
    if record.inputs[1].dtype is not meta.dtype:
        raise UnknownError("a write that casts")
    _copies(work, record)
    raw = RAW[meta.dtype.itemsize]
    kind = "float" if raw is dtypes.float32 else "long"
    target = _Operand(("region", 0), what.view, raw)
    work.map(kind, "copy", target, [_Operand(("read", 1), record.views[1], raw)])


def _multi(work: Assembler, record: Record, what: Multi) -> None:
    body = what.request.body
    if what.flag or any(meta.dtype is not dtypes.float32 for meta in record.inputs):
        raise UnknownError("lists of other dtypes than float32, or watched ones")
    stores = {node.arg: node.slot for node in body.nodes if isinstance(node, Store)}
    lists = sum(isinstance(node, Load) for node in body.nodes)
    scalars = {j: lists * what.count + k for k, (j, _) in enumerate(body.scalars)}
    scratch = 0
    for t, numel in enumerate(body.numels):
        if not numel:
            continue
        view = View.dense((numel,))
        work.code.scratch = 0  # tensors come one after another and use the same
        known: dict[int, _Operand] = {}
        for k, node in enumerate(body.nodes):
            match node:
                case Compute(expr, names, args, _, dtype):
                    if dtype is not dtypes.float32:
                        raise UnknownError("another dtype than float32")
                    out = (
                        _Operand(("out", stores[k] * what.count + t), view)
                        if k in stores
                        else _Operand(work.temp(numel * 4), view)
                    )
                    bound = {name: known[arg] for name, arg in zip(names, args, strict=True)}
                    work.expression(expr, "float", frozenset(), bound, out)
                    known[k] = out
                case Scalar(index=j) if j in scalars:
                    known[k] = _Operand(("read", scalars[j]), View.of((numel,), (0,), 0))
                case Scalar(index=j):
                    known[k] = _Operand(("number", j))
                case Load(slot=j):
                    known[k] = _Operand(("read", j * what.count + t), view)
        for k, slot in stores.items():
            if not isinstance(body.nodes[k], Compute):
                work.map("float", "copy", _Operand(("out", slot * what.count + t), view), [known[k]])
        scratch = max(scratch, work.code.scratch)
    work.code.scratch = scratch


def _heavy(work: Assembler, record: Record, what: Heavy) -> None:
    request = what.request
    if what.numbers:
        raise UnknownError("heavy work with numbers")
    if what.lower is gemm.lower:
        _gemm(work, request)
    elif what.lower is index.lower_gather:
        dense = View.dense(request.shape).strides
        _indexed(work, request, None, dense, 0)
    elif isinstance(request, cat.Cat):
        _cat(work, request)
    elif isinstance(request, index.Scatter):
        _copies(work, record)
        _indexed(work, request.at, request.mode, request.strides, request.offset)
    else:
        raise UnknownError("a family of its own")


def _cat(work: Assembler, p: cat.Cat) -> None:
    raw = RAW[p.dtype.itemsize]
    kind = "float" if raw is dtypes.float32 else "long"
    total, at = sum(p.widths), 0
    for k, (width, offset, step) in enumerate(zip(p.widths, p.offsets, p.steps, strict=True)):
        target = _Operand(("region", 0), View.of((p.outer, width), (total, 1), at), raw)
        work.map(kind, "copy", target, [_Operand(("read", k), View.of((p.outer, width), (step, 1), offset), raw)])
        at += width


def _gemm(work: Assembler, g: gemm.Gemm) -> None:
    if g.dtype is not dtypes.float32 or g.k * work.lanes * 4 > PANEL:
        raise UnknownError("a product of another dtype")
    if not g.batch * g.m * g.n:
        return
    code = work.code
    code.words += [tape.GEMM, 17, g.batch, g.m, g.n, g.k]
    for operand in (g.a, g.b):
        code.words += [operand.offset * 4, operand.batch_stride, operand.row_stride, operand.col_stride]
    code.words += [0 if g.bias else -1, 0, 0]
    code.reads += [(6, 0), (10, 1), *(((14, 2),) if g.bias else ())]
    code.outs.append((15, 0))
    lines = -(-g.n // work.lanes) * work.lanes
    code.cost = 200 + g.batch * (max(g.m, 4) * lines * g.k // 16 + lines * g.k // 4)


def _indexed(work: Assembler, x: index.Indexed, mode: str | None, others: tuple[int, ...], other_offset: int) -> None:
    """Gather (no mode) and scatter."""
    size, rank = x.dtype.itemsize, len(x.shape)
    if size not in RAW:
        raise UnknownError("elements of 16 bytes")
    if mode not in (None, "set") and x.dtype is dtypes.float64:
        raise UnknownError("doubles")
    code = work.code
    units = View.dense(x.shape).numel
    if not units:
        return
    inside, beside = x.offset * size, other_offset * size
    code.words += [tape.GATHER if mode is None else tape.SCATTER, 0, 0 if mode is None else tape.MODES[mode]]
    code.words += [size if mode in (None, "set") else TYPES[x.dtype], rank, len(x.indexers)]
    code.words += [inside, 0] if mode is None else [beside, inside]
    code.reads.append((6, 0 if mode is None else 1))
    code.outs.append((7, 0))
    for n, s, other in zip(x.shape, x.strides, others, strict=True):
        code.words += [n, s * size, other * size]
    for k, indexer in enumerate(x.indexers):
        width = indexer.dtype.itemsize
        code.reads.append((len(code.words), k + (1 if mode is None else 2)))
        code.words += [indexer.offset * width, TYPES[indexer.dtype], indexer.size, indexer.step * size, indexer.dim]
        code.words.append(0 if indexer.strict else -indexer.size)
        code.words += [s * width for s in indexer.strides]
    code.words[1] = len(code.words)
    code.faults = True
    code.cost = 60 + units * 4


def finished(words: array[int], floats: array[float], longs: array[int]) -> array[int]:
    """The whole of a tape: its words, whose head is filled in, the floats, the longs."""
    words.append(tape.END)
    words[0] = len(words)
    words[1] = -(-(len(words) + len(floats)) // 2) * 2
    words.frombytes(floats.tobytes())
    if len(words) < words[1]:
        words.append(0)
    words.frombytes(longs.tobytes())
    words.frombytes(_SLACK)
    return words
