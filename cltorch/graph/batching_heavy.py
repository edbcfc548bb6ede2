"""Batching rules of kernel families: a slice more is more rows, more planes, more groups, or one more stride.

A family without a rule of its own runs once a slice, and its results are put side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..kernels import attention, conv, fft
from ..kernels.attention import Attention, Strided
from ..kernels.cat import Cat
from ..kernels.conv_shape import Conv
from ..kernels.gemm import Gemm, Operand
from ..kernels.index import Indexed, Scatter
from ..kernels.linalg import Factorization, Triangular
from ..kernels.pad import Pad
from ..kernels.pool import AvgPool, MaxPool
from ..kernels.scan import Scan
from ..kernels.search import Search
from ..kernels.select import First, Kth
from ..kernels.sort import Sort
from ..kernels.taps import Taps
from .meta import Meta
from .record import emit, emit_several
from .value import Batched, Level, Number, Pointwise, Record, Value, Write
from .view import View

Values = tuple[Value, ...]
FOLDED = {  # which field counts what is independent of each other, and which reads all of it shares
    Scan: ("outer", ()),
    Sort: ("rows", ()),
    First: ("rows", ()),
    Kth: ("rows", ()),
    MaxPool: ("planes", ()),
    AvgPool: ("planes", ()),
    Pad: ("planes", ()),
    Factorization: ("batch", ()),
    Triangular: ("batch", ()),
}


class Slices:
    """A record, what it reads of a level's slices, and how far it is from slice to slice: ``rooms``, None where all slices read
    the same."""

    __slots__ = ("level", "record", "rooms", "size", "wholes")

    def __init__(self, record: Record, reads: Values, level: Level) -> None:
        self.record = record
        self.level = level
        self.size = level.size
        inside = [isinstance(read, Batched) and read.level is level for read in reads]
        self.wholes: Values = tuple([r.whole if mine else r for r, mine in zip(reads, inside, strict=True)])  # type: ignore[attr-defined]
        self.rooms = tuple(
            [
                read.nbytes // meta.dtype.itemsize if mine else None
                for read, meta, mine in zip(reads, record.inputs, inside, strict=True)
            ]
        )

    def behind(self, view: View, stride: int) -> View:
        """A view with the slices as the first dimension."""
        return View.of((self.size, *view.shape), (stride, *view.strides), view.offset)

    def view(self, k: int, view: View) -> View:
        """How read ``k`` is seen for all slices where one sees it through ``view``."""
        return self.behind(view, self.rooms[k] or 0)

    def flat(self, numel: int) -> View:
        """The dense view of all slices of so many elements."""
        return View.dense((self.size * numel,))

    def step(self, k: int) -> int:
        """How far it is from slice to slice in read ``k``."""
        return self.rooms[k] or 0

    def storage(self, k: int) -> Meta:
        """All of read ``k``, flat."""
        room, meta = self.rooms[k], self.record.inputs[k]
        return meta.with_view(self.record.views[k] if room is None else self.flat(room))

    def made(self, work: Any, views: tuple[View, ...], metas: tuple[Meta, ...], inputs: tuple[Meta, ...]) -> Record:
        """A record for all slices."""
        made = Record(work, views, metas, self.record.pending, None, inputs)
        made.op = self.record.op
        return made

    def results(self) -> tuple[Meta, ...]:
        """The metas of dense results with the slices as the first dimension."""
        return tuple(Meta.dense((self.size, *m.shape), m.dtype, m.device) for m in self.record.metas)


def joined(slices: Slices, wholes: Values) -> Values:
    """Results for all slices as that of one."""
    metas = slices.record.metas
    return tuple(
        [Batched(slices.level, v, m.view.numel * m.dtype.itemsize) for v, m in zip(wholes, metas, strict=True)]
    )


def heavy(slices: Slices, numbers: tuple[Number, ...]) -> Values:
    """The results of a kernel family for all slices."""
    work: Any = slices.record.work
    if work.lower is fft.lower_roots:  # reads nothing but a dtype
        return (emit(slices.record, slices.wholes),)
    kind = type(work.request)
    if kind in FOLDED:
        return joined(slices, _folded(slices, numbers, *FOLDED[kind]))
    if kind is Attention:
        return joined(slices, _attended(slices, numbers))
    if kind is fft.Fourier:
        return joined(slices, _transformed(slices, numbers))
    rule = RULES.get(kind)
    return joined(slices, one_by_one(slices, numbers) if rule is None else rule(slices))


# --- copies -------------------------------------------------------------------------------------------------------------


def dense(slices: Slices, k: int, view: View, at: int = 0) -> Value:
    """What ``view`` shows of read ``k``, row-major for all slices, which are dimension ``at``; a pin goes to the caller."""
    room, value, meta = slices.rooms[k], slices.wholes[k], slices.record.inputs[k]
    if at == 0 and room == view.numel and view is View.dense(view.shape):
        value.pins += 1
        return value
    shape, strides = view.shape, view.strides
    shown = View.of(
        (*shape[:at], slices.size, *shape[at:]), (*strides[:at], slices.step(k), *strides[at:]), view.offset
    )
    return copied(slices, value, meta, shown)


def copied(slices: Slices, value: Value, meta: Meta, shown: View) -> Value:
    """A row-major copy of what a view shows of a value whose elements are as those of ``meta``."""
    work = Pointwise("input", ("input",), (meta.dtype,))
    out = Meta.dense(shown.shape, meta.dtype, meta.device)
    return emit(slices.made(work, (shown,), (out,), (meta.with_view(shown),)), (value,))


def recorded(
    slices: Slices,
    request: Any,
    reads: Values,
    results: tuple[Meta, ...],
    numbers: tuple[Number, ...] = (),
    owned: bool = True,
) -> Values:
    """The family's work with another request. ``owned``: the reads are dense copies with pins to give back."""
    record: Any = slices.record
    inputs = tuple(_dense_of(slices, k, read) if owned else slices.storage(k) for k, read in enumerate(reads))
    work = replace(record.work, request=request)
    made = slices.made(work, tuple(meta.view for meta in inputs), results, inputs)
    outs = emit_several(made, reads, numbers) if len(results) > 1 else (emit(made, reads, numbers),)
    if owned:
        for read in reads:
            read.pins -= 1
    return outs


def _dense_of(slices: Slices, k: int, read: Value) -> Meta:
    """The flat meta of a dense copy of read ``k``; what all slices share is as long as it was."""
    meta, view = slices.record.inputs[k], slices.record.views[k]
    shared = read is slices.wholes[k] and slices.rooms[k] is None
    return meta.with_view(View.dense((view.numel,)) if shared else slices.flat(view.numel))


def _folded(slices: Slices, numbers: tuple[Number, ...], field: str, shared: tuple[int, ...]) -> Values:
    """More rows of the same: the slices' lie one behind the other."""
    record: Any = slices.record
    request = record.work.request
    reads = tuple(
        [
            _kept(slices.wholes[k]) if k in shared and slices.rooms[k] is None else dense(slices, k, view)
            for k, view in enumerate(record.views)
        ]
    )
    more = {field: getattr(request, field) * slices.size}
    changed = request._replace(**more) if hasattr(request, "_replace") else replace(request, **more)
    return recorded(slices, changed, reads, slices.results(), numbers)


def _kept(value: Value) -> Value:
    value.pins += 1
    return value


def one_by_one(slices: Slices, numbers: tuple[Number, ...]) -> Values:
    """Once a slice; the results are written into one array each."""
    record = slices.record
    arrays: list[Value] = []
    for b in range(slices.size):
        reads = tuple([_slice(slices, k, b) for k in range(len(slices.wholes))])
        outs = emit_several(record, reads, numbers) if len(record.metas) > 1 else (emit(record, reads, numbers),)
        for read in reads:
            read.pins -= 1
        if not arrays:
            arrays = [
                copied(slices, out, meta, slices.behind(View.dense(meta.shape), 0))
                for out, meta in zip(outs, record.metas, strict=True)
            ]
        else:
            arrays = [
                _put(slices, array, out, meta, b) for array, out, meta in zip(arrays, outs, record.metas, strict=True)
            ]
        for out in outs:
            out.pins -= 1
    return tuple(arrays)


def _slice(slices: Slices, k: int, b: int) -> Value:
    room = slices.rooms[k]
    if room is None:
        return _kept(slices.wholes[k])
    return copied(slices, slices.wholes[k], slices.record.inputs[k], View.of((room,), (1,), b * room))


def _put(slices: Slices, array: Value, out: Value, meta: Meta, b: int) -> Value:
    """The array with the result of slice ``b`` in its place; takes the array's pin."""
    numel = meta.view.numel
    whole, part = meta.with_view(slices.flat(numel)), meta.with_view(View.dense((numel,)))
    record = slices.made(Write(View.of((numel,), (1,), b * numel)), (whole.view, part.view), (whole,), (whole, part))
    written = emit(record, (array, out))
    array.pins -= 1
    return written


# --- families -----------------------------------------------------------------------------------------------------------


def _product(slices: Slices) -> Values:
    """Matrix products: rows of one product where the right matrix is shared, else more products."""
    record: Any = slices.record
    g: Gemm = record.work.request
    sizes = (g.m, g.k), (g.k, g.n)
    if g.batch > 1:
        reads, operands = [], []
        for k, (operand, (rows, columns)) in enumerate(zip((g.a, g.b), sizes, strict=True)):
            shown = View.of(
                (g.batch, rows, columns), (operand.batch_stride, operand.row_stride, operand.col_stride), operand.offset
            )
            reads.append(dense(slices, k, shown))
            operands.append(Operand(rows * columns, columns, 1, 0))
        more = replace(g, batch=slices.size * g.batch, a=operands[0], b=operands[1])
        return _dense_product(slices, more, tuple(reads), sizes)
    a, b = g.a, g.b
    if slices.rooms[1] is None and (not g.bias or slices.rooms[2] is None):
        step = slices.step(0)
        if g.m == 1 or step == g.m * a.row_stride:
            row = step if g.m == 1 else a.row_stride
            many = replace(g, m=slices.size * g.m, a=Operand(0, row, a.col_stride, a.offset))
            return recorded(slices, many, slices.wholes, slices.results(), owned=False)
    many = replace(
        g,
        batch=slices.size,
        a=a._replace(batch_stride=slices.step(0)),
        b=b._replace(batch_stride=slices.step(1)),
        bias=False,
    )
    (product,) = recorded(slices, many, slices.wholes[:2], slices.results(), owned=False)
    return (_with_bias(slices, product, g),) if g.bias else (product,)


def _dense_product(slices: Slices, g: Gemm, reads: Values, sizes: Any) -> Values:
    metas = slices.record.inputs
    flat = tuple(m.with_view(View.dense((g.batch * r * c,))) for m, (r, c) in zip(metas, sizes, strict=False))
    work: Any = slices.record.work
    work = replace(work, request=g)
    made = slices.made(work, tuple(m.view for m in flat), slices.results(), flat)
    out = emit(made, reads)
    for read in reads:
        read.pins -= 1
    return (out,)


def _with_bias(slices: Slices, product: Value, g: Gemm) -> Value:
    """A product of each slice plus its bias; takes the product's pin."""
    (out,) = slices.results()
    shape = out.view.shape  # of a row there is no dimension of rows
    bias = View.of(shape, (slices.step(2), *(0,) * (len(shape) - 2), 1), 0)
    work = Pointwise("input + other", ("input", "other"), (g.dtype, g.dtype))
    metas = (out, slices.record.inputs[2].with_view(bias))
    made = emit(slices.made(work, (out.view, bias), (out,), metas), (product, slices.wholes[2]))
    product.pins -= 1
    return made


def _transformed(slices: Slices, numbers: tuple[Number, ...]) -> Values:
    """Fourier transforms: more rows, which are made dense; the tables are what all share."""
    record: Any = slices.record
    request = record.work.request
    blocks = dense(slices, 0, record.inputs[0].view)
    flat = record.inputs[0].with_view(slices.flat(record.inputs[0].view.numel))
    metas = (flat, *(meta.with_view(view) for meta, view in zip(record.inputs[1:], record.views[1:], strict=True)))
    more = request._replace(batch=request.batch * slices.size, apart=request.read, start=0)
    work = replace(record.work, request=more)
    made = slices.made(work, tuple(meta.view for meta in metas), slices.results(), metas)
    out = emit(made, (blocks, *slices.wholes[1:]), numbers)
    blocks.pins -= 1
    return (out,)


def _convolution(slices: Slices) -> Values:
    """More images where the weights are shared, else groups of channels: those of each slice are one more."""
    record: Any = slices.record
    c: Conv = record.work.request
    images = View.dense((c.batch, c.in_channels, *c.in_size))
    outputs = View.dense((c.batch, c.out_channels, *c.out_size))
    by_weight = record.work.lower is conv.lower_weight_gradient
    first = images if record.work.lower is conv.lower_forward else outputs
    if not by_weight and all(room is None for room in slices.rooms[1:]):
        reads = (dense(slices, 0, first), *map(_kept, slices.wholes[1:]))
        return recorded(slices, replace(c, batch=c.batch * slices.size), reads, slices.results())
    grouped = replace(
        c,
        in_channels=c.in_channels * slices.size,
        out_channels=c.out_channels * slices.size,
        groups=c.groups * slices.size,
    )
    second = (dense(slices, 1, images, 1),) if by_weight else ()
    weights = tuple([dense(slices, k, record.views[k]) for k in range(len(second) + 1, len(slices.wholes))])
    reads = (dense(slices, 0, first, 1), *second, *weights)
    if by_weight:
        return recorded(slices, grouped, reads, slices.results())
    (meta,) = record.metas
    n, channels, *size = meta.shape
    (out,) = recorded(
        slices, grouped, reads, (Meta.dense((n, slices.size * channels, *size), meta.dtype, meta.device),)
    )
    shown = View.dense((n, slices.size, channels, *size)).permute((1, 0, *range(2, 3 + len(size))))
    turned = copied(slices, out, meta, shown)
    out.pins -= 1
    return (turned,)


def _at(slices: Slices, at: Indexed, stride: int, first: int) -> Indexed:
    """Positions with one more dimension, the slices; index tensors are the reads from ``first`` on."""
    indexers = tuple([x._replace(strides=(slices.step(first + k), *x.strides)) for k, x in enumerate(at.indexers)])
    return at._replace(shape=(slices.size, *at.shape), strides=(stride, *at.strides), indexers=indexers)


def _gathered(slices: Slices) -> Values:
    request: Any = slices.record.work.request  # type: ignore[union-attr]
    return recorded(slices, _at(slices, request, slices.step(0), 1), slices.wholes, slices.results(), owned=False)


def _scattered(slices: Slices) -> Values:
    record: Any = slices.record
    request: Scatter = record.work.request
    room = record.meta.view.numel
    base = dense(slices, 0, record.views[0])
    strides = (slices.step(1), *request.strides)
    changed = request._replace(at=_at(slices, request.at, room, 2), strides=strides)
    whole = record.meta.with_view(slices.flat(room))
    inputs = (whole, *[slices.storage(k) for k in range(1, len(slices.wholes))])
    work = replace(record.work, request=changed)
    made = slices.made(work, tuple(meta.view for meta in inputs), (whole,), inputs)
    out = emit(made, (base, *slices.wholes[1:]))
    base.pins -= 1
    return (out,)


def _side_by_side(slices: Slices) -> Values:
    """Joined rows: more of them."""
    record: Any = slices.record
    request: Cat = record.work.request
    parts = zip(request.widths, request.steps, request.offsets, strict=True)
    views = [View.of((request.outer, width), (step, 1), offset) for width, step, offset in parts]
    reads = tuple([dense(slices, k, view) for k, view in enumerate(views)])
    changed = request._replace(outer=request.outer * slices.size, offsets=(0,) * len(reads), steps=request.widths)
    flat = tuple(m.with_view(slices.flat(v.numel)) for m, v in zip(record.inputs, views, strict=True))
    work = replace(record.work, request=changed)
    out = emit(slices.made(work, tuple(m.view for m in flat), slices.results(), flat), reads)
    for read in reads:
        read.pins -= 1
    return (out,)


def _searched(slices: Slices) -> Values:
    """More rows of values, in the same sorted row if all share it, else each in its own."""
    record: Any = slices.record
    request: Search = record.work.request
    changed = request._replace(rows=request.rows * slices.size)
    if not request.shared:
        reads = tuple([dense(slices, k, view) for k, view in enumerate(record.views)])
        return recorded(slices, changed, reads, slices.results())
    if slices.rooms[0] is None and (not request.sorter or slices.rooms[2] is None):
        reads = tuple(
            [dense(slices, 1, view) if k == 1 else _kept(slices.wholes[k]) for k, view in enumerate(record.views)]
        )
        return recorded(slices, changed, reads, slices.results())
    return one_by_one(slices, ())


def _attended(slices: Slices, numbers: tuple[Number, ...]) -> Values:
    """More heads, of operands that are made dense."""
    record: Any = slices.record
    p: Attention = record.work.request
    matrices: Any = ((p.length, p.depth), (p.width, p.depth), (p.width, p.columns), (p.length, p.width))
    places: tuple[int, ...] = (0, 1, 2, 3)
    if record.work.lower is attention.lower_gradient:
        matrices, places = ((p.length, p.columns), *matrices), (0, 3, 4, 5, 6)
    views, operands = list(record.views), []
    for k, own, size in zip(places, p.operands, matrices, strict=False):
        views[k] = View.of((p.outer, p.inner, *size), own[:4], own.first)
        operands.append(Strided._make((*View.dense(views[k].shape).strides, 0)))
    reads = tuple([dense(slices, k, view) for k, view in enumerate(views)])
    flat = tuple([m.with_view(slices.flat(v.numel)) for m, v in zip(record.inputs, views, strict=True)])
    work = replace(record.work, request=p._replace(outer=p.outer * slices.size, operands=tuple(operands)))
    outs = emit_several(slices.made(work, tuple(m.view for m in flat), slices.results(), flat), reads, numbers)
    for read in reads:
        read.pins -= 1
    return outs


def _tapped(slices: Slices) -> Values:
    """More planes; places and weights of their own, if they have any, are more groups."""
    record: Any = slices.record
    p: Taps = record.work.request
    shared = slices.rooms[1] is None and slices.rooms[2] is None
    planes = dense(slices, 0, record.views[0])
    others = [_kept(slices.wholes[k]) if shared else dense(slices, k, record.views[k]) for k in (1, 2)]
    more = p._replace(planes=p.planes * slices.size, groups=p.groups * (1 if shared else slices.size))
    return recorded(slices, more, (planes, *others), slices.results())


RULES: dict[type, Callable[[Slices], Values]] = {
    Gemm: _product,
    Conv: _convolution,
    Indexed: _gathered,
    Scatter: _scattered,
    Cat: _side_by_side,
    Search: _searched,
    Taps: _tapped,
}
