"""Batches as tapes: what instructions a record has.

What they look like is found once and kept on the record (`assembler.Code`). A value that a storage pins gets a buffer, every other
one a place in the arena's scratch, which the next tape uses again (`writing`).
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..kernels import cat, gemm, index, tape
from ..kernels.body import Compute, Load, Scalar, Store
from ..kernels.sizes import TRACING, most
from ..kernels.tape import RAW, TYPES, UnknownError
from .assembler import Assembler, Code, Constants, Operand, padded
from .meta import Meta
from .value import Heavy, Multi, Pointwise, Record, Reduction, Write, content
from .view import View

if TYPE_CHECKING:
    from ..dtypes import dtype as DType

PANEL = 1 << 20  # bytes at the start of the arena's scratch where products copy their panels
PILED = 8  # elements of equal parts up to which they are joined by one instruction
PATTERN = 1 << 10  # elements of the smaller of the two records that a pattern is made from
_BITS = {dtypes.float16: "uniform11", dtypes.bfloat16: "uniform8"}


class Codes:
    """The instructions of records, for one device. Pointwise records whose tensors are dense and of one shape have theirs from
    a pattern, which holds for any number of elements: so a new length costs next to nothing."""

    def __init__(self, lanes: int, largest: int) -> None:
        self.constants = Constants()
        self._lanes = lanes
        self._largest = largest  # bytes of a result, and of the scratch of a record
        self._patterns: dict[tuple[object, ...], Pattern | None] = {}

    def of(self, record: Record) -> Code | bool:
        """The code of a record; False if the tape has none for it, or if its results are too large."""
        nbytes = tuple([meta.view.numel * meta.dtype.itemsize for meta in record.metas])
        if max(nbytes) > self._largest or any(meta.view.max_position + 1 > (1 << 30) for meta in record.inputs):
            return False
        if is_plain(record):
            pattern = self.pattern(record)
            code = None if pattern is None else pattern.code(record.numel)
        else:
            code = self._assembled(record)
        if code is None or code.scratch > self._largest:
            return False
        code.nbytes, code.room = nbytes, padded(nbytes[0])
        return code

    def pattern(self, record: Record) -> Pattern | None:
        """The pattern of a plain record, if there is one."""
        work, signs, *_ = content(record)
        key = (work, signs, record.meta.dtype, *[meta.dtype for meta in record.inputs])
        if key not in self._patterns:
            small, large = (self._assembled(_resized(record, n)) for n in (PATTERN, 2 * PATTERN))
            self._patterns[key] = (
                None if small is None or large is None else Pattern(small, large, record.meta.dtype.itemsize)
            )
        return self._patterns[key]

    def cast(self, pattern: Pattern, numel: int) -> Code | None:
        """`of` for a plain record of that pattern; None if it is too large."""
        code = pattern.code(numel)
        return None if code.room > self._largest or code.scratch > self._largest else code

    def _assembled(self, record: Record) -> Code | None:
        work = Assembler(self.constants, self._lanes)
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
            return None
        code = work.code
        if len(code.words) > 1 << 14:
            return None
        code.seal()
        return code


def is_plain(record: Record) -> bool:
    """Whether it is pointwise over dense tensors of one shape, with more than one element."""
    view = record.meta.view
    return (
        isinstance(record.work, Pointwise)
        and view.numel > 1
        and view == View.dense(view.shape)
        and all(other == view for other in record.views)
    )


def _resized(record: Record, numel: int) -> Record:
    """The same work over vectors of another length."""
    metas = [Meta.dense((numel,), meta.dtype, meta.device) for meta in (record.meta, *record.inputs)]
    views = (metas[0].view,) * len(record.views)
    return Record(record.work, views, (metas[0],), [], None, tuple(metas[1:]))


class Pattern:
    """What the codes of plain records have in common that differ in their number of elements alone, found from two of them."""

    def __init__(self, small: Code, large: Code, itemsize: int) -> None:
        self._code, self._itemsize = small, itemsize  # of the result
        small.sealed = array("i", small.sealed)  # it may be found while sizes are traced
        self._size = (
            8 if small.sealed and small.sealed[0] == tape.MAP_L else 4
        )  # bytes of an element of all temporaries
        unit = PATTERN * self._size
        self._temps = [(at, small.sealed[at] // unit) for at in small.temps]
        inside = set(small.temps)
        pairs = enumerate(zip(small.sealed, large.sealed, strict=True))
        self._counts = [at for at, (a, b) in pairs if a != b and at not in inside]
        self._rooms = small.scratch // unit
        self._fixed, self._slope = (
            2 * small.cost - large.cost,
            large.cost - small.cost,
        )  # the cost for 0, and for PATTERN more

    def code(self, numel: int) -> Code:
        """The code for a number of elements."""
        like = self._code
        words: Any = list(like.sealed) if TRACING.now else like.sealed[:]
        for at in self._counts:
            words[at] = numel
        scratch = 0
        if self._rooms:
            unit = padded(numel * self._size)
            scratch = self._rooms * unit
            for at, k in self._temps:
                words[at] = k * unit
        nbytes, cost = numel * self._itemsize, self._fixed + self._slope * numel // PATTERN
        return like.resized(words, nbytes, padded(nbytes), scratch, cost)


def _move(work: Assembler, out: Operand, read: Operand) -> None:
    """A copy of equal dtypes, as elements of their size."""
    raw = RAW[out.dtype.itemsize]
    kind = "float" if raw is dtypes.float32 else "long"
    work.map(kind, "copy", Operand(out.source, out.view, raw), [Operand(read.source, read.view, raw)])


def _pointwise(work: Assembler, record: Record, what: Pointwise) -> None:
    meta = record.meta
    out = Operand(("out", 0), meta.view, meta.dtype)
    names: dict[str, Operand] = {}
    kinds: dict[str, DType] = {}
    for k, (name, view, dtype) in enumerate(zip(what.reads, record.views, what.in_dtypes, strict=True)):
        read = record.inputs[k].dtype
        names[name] = Operand(("read", k), view, read)
        kinds[name] = dtype
        if what.expr == name and dtype is read is meta.dtype:
            _move(work, out, names[name])
            return
        narrowed = dtype is not read and not (dtype.is_floating_point and dtype.itemsize == 4)
        if narrowed and what.expr != name and dtype not in (dtypes.bool, dtypes.int64):
            raise UnknownError("an operand that is cut before it is used")
    for k, (name, dtype) in enumerate(what.numbers):
        names[name], kinds[name] = Operand(("number", k), None, dtype), dtype
    for name, literal, dtype in what.literals:
        names[name], kinds[name] = Operand(("constant", literal), None, dtype), dtype
    kind = _class(record, kinds)
    if "seed" in names:
        draw = what.expr.partition("(")[0]
        draw = _BITS.get(meta.dtype, "uniform24") if draw == "uniform" else draw
        work.map(kind, draw, out, [names["start"], names["seed"]])
        words = work.code.numbers
        work.code.numbers = [(at, k, True, None) for at, k, _, _ in words]
        return
    if what.index is not None:
        names["i"], kinds["i"] = Operand(("iota", 0)), what.index
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
    _move(copy, Operand(("out", 0), whole, meta.dtype), Operand(("read", 0), whole, meta.dtype))
    copy.code.seal()
    work.code.copy, work.code.replaces = copy.code, ((0, 0),)


def _write(work: Assembler, record: Record, what: Write) -> None:
    meta = record.meta
    if record.inputs[1].dtype is not meta.dtype:
        raise UnknownError("a write that casts")
    _copies(work, record)
    raw = RAW[meta.dtype.itemsize]
    kind = "float" if raw is dtypes.float32 else "long"
    target = Operand(("region", 0), what.view, raw)
    work.map(kind, "copy", target, [Operand(("read", 1), record.views[1], raw)])


def _multi(work: Assembler, record: Record, what: Multi) -> None:
    body = what.request.body
    if what.flag or any(meta.dtype is not dtypes.float32 for meta in record.inputs):
        raise UnknownError("lists of other dtypes than float32, or watched ones")
    stores = {node.arg: node.slot for node in body.nodes if isinstance(node, Store)}
    lists = sum(isinstance(node, Load) for node in body.nodes)
    scalars = {j: lists * what.count + k for k, (j, _) in enumerate(body.scalars)}
    scratch = 0
    # what a formula has assigned to a list stands for it from then on, so the old numbers are read no more
    work.code.replaces = tuple(
        (slot * what.count + t, what.writes[slot] * what.count + t)
        for k, slot in stores.items()
        if isinstance(body.nodes[k], Compute)
        for t in range(what.count)
    )
    for t, numel in enumerate(body.numels):
        if not numel:
            continue
        view = View.dense((numel,))
        work.code.scratch = 0  # tensors come one after another and use the same
        known: dict[int, Operand] = {}
        for k, node in enumerate(body.nodes):
            match node:
                case Compute(expr, names, args, _, dtype):
                    if dtype is not dtypes.float32:
                        raise UnknownError("another dtype than float32")
                    out = (
                        Operand(("out", stores[k] * what.count + t), view)
                        if k in stores
                        else Operand(work.temp(numel * 4), view)
                    )
                    bound = {name: known[arg] for name, arg in zip(names, args, strict=True)}
                    work.expression(expr, "float", frozenset(), bound, out)
                    known[k] = out
                case Scalar(index=j) if j in scalars:
                    known[k] = Operand(("read", scalars[j]), View.of((numel,), (0,), 0))
                case Scalar(index=j):
                    known[k] = Operand(("number", j))
                case Load(slot=j):
                    known[k] = Operand(("read", j * what.count + t), view)
        for k, slot in stores.items():
            if not isinstance(body.nodes[k], Compute):
                work.map("float", "copy", Operand(("out", slot * what.count + t), view), [known[k]])
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
    if p.outer == 1 and 0 < p.widths[0] <= PILED and len(set(p.widths)) == 1:
        _pile(work.code, p)
        return
    kind = "float" if raw is dtypes.float32 else "long"
    total, at = sum(p.widths), 0
    for k, (width, offset, step) in enumerate(zip(p.widths, p.offsets, p.steps, strict=True)):
        target = Operand(("region", 0), View.of((p.outer, width), (total, 1), at), raw)
        work.map(kind, "copy", target, [Operand(("read", k), View.of((p.outer, width), (step, 1), offset), raw)])
        at += width


def _pile(code: Code, p: cat.Cat) -> None:
    """Many short parts of one width: one instruction."""
    size, count, width = p.dtype.itemsize, len(p.widths), p.widths[0]
    code.words += [tape.PILE, 6 + count, size, count, width, 0, *[offset * size for offset in p.offsets]]
    code.reads += [(6 + k, k) for k in range(count)]
    code.outs.append((5, 0))
    code.cost = 60 + 4 * count * width


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
    code.cost = 200 + g.batch * (most(g.m, 4) * lines * g.k // 16 + lines * g.k // 4)


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
