"""Ops that move or make elements without computing on them: casts, copies into a layout, fills, ranges, random numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from .. import dtypes
from ..dtypes import dtype as DType
from ..graph.cohorts import WATCHED, RecordMiss, missed
from ..graph.meta import Meta
from ..graph.moulds import TRACING, made
from ..graph.record import recorder
from ..graph.value import Number, Pointwise, Record
from ..graph.view import View, elementwise_strides
from . import rules
from .op import Op, declare, is_literal

if TYPE_CHECKING:
    from ..runtime.device import Device
    from ..tensor.tensor import Tensor

Shape = tuple[int, ...]
_SOURCES: dict[Any, Record] = {}


def _row(
    infer: Callable[[Op, tuple[Any, ...], tuple[Any, ...]], Record], **columns: Any
) -> Callable[[Callable[..., Any]], Op]:
    def decorate(function: Callable[..., Any]) -> Op:
        return declare(function, "layout", infer, method=False, **columns)

    return decorate


def _infer_cast(op: Op, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
    (meta,), (dtype,) = operands, params
    rules.need_dtype(meta.device, dtype)
    view = View.of(meta.shape, elementwise_strides(meta.shape, (meta.view,)), 0)
    work = Pointwise("input", ("input",), (dtype,))
    return Record(
        work, (meta.view,), (Meta.of(view, dtype, meta.device),), recorder(meta.device).pending, op.rule, (meta,)
    )


@_row(_infer_cast, vjp=lambda g: g)
def cast(input: Tensor, dtype: DType) -> Tensor:
    """Every element converted to ``dtype``, in the input's memory order."""
    ...


def _infer_copy(op: Op, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
    (meta,), (view,) = operands, params
    work = Pointwise("input", ("input",), (meta.dtype,))
    out = meta.with_view(view)
    return Record(work, (meta.view,), (out,), recorder(meta.device).pending, op.rule, (meta,))


@_row(_infer_copy, vjp=lambda g: g)
def copy_as(input: Tensor, view: View) -> Tensor:
    """A copy laid out as ``view``, which has the input's shape and reaches every element of the new storage once."""
    ...


def fill_record(shape: Shape, value: Number, dtype: DType, device: Device) -> tuple[Record, tuple[Number, ...]]:
    """The record of a tensor full of one number, and the numbers that its value takes."""
    if dtype is dtypes.complex32:
        value = dtypes.halves(value)
    elif dtype in rules.BITS and value != 0:
        raise NotImplementedError(f"\"fill_cpu\" not implemented for '{dtype.title}'")
    key_value = value if is_literal(value) else None
    key = ("fill", shape, value.__class__, key_value, dtype, device)
    numbers = () if key_value is not None else (value,)
    record = _known(key)
    if record is None:
        rules.need_dtype(device, dtype)
        kind = dtypes.float32 if dtype.is_floating_point and dtype.itemsize < 4 else dtype
        literals = (("value", value, kind),) if key_value is not None else ()
        work = Pointwise("value", (), (), () if literals else (("value", kind),), literals)
        record = _source(key, work, shape, dtype, device)
    return record, numbers


def is_exact(start: Number, step: Number, count: int) -> bool:
    """Whether all of a range are integers that float32 holds."""
    last: Any = start + step * count
    return start == start // 1 and step == step // 1 and max(abs(start), abs(step), abs(last)) <= 1 << 24  # type: ignore[operator]


def range_record(count: int, dtype: DType, device: Device, exact: bool = False) -> Record:
    """The record of ``start + i * step``; its numbers are start and step. ``exact``: float32 holds all of them."""
    work = _ramp(dtype, device.traits.fp64 and not exact)
    key = (work, count, dtype, device)
    return _known(key) or _source(key, work, (count,), dtype, device)


@cache
def _ramp(dtype: DType, apart: bool) -> Pointwise:
    """What computes a range; real ones that are not exact in doubles, where there are any, so that they are rounded once."""
    wide = dtype.to_real() is dtypes.float64 or (dtype.is_floating_point and apart)
    kind = (
        dtype
        if dtype.is_complex
        else dtypes.float64
        if wide
        else dtypes.float32
        if dtype.is_floating_point
        else dtypes.int64
    )
    return Pointwise("start + i * step", (), (), (("start", kind), ("step", kind)), (), kind)


def random_record(kind: str, shape: Shape, dtype: DType, device: Device) -> Record:
    """The record of random numbers; numbers are the seed and the counter of the first element.

    ``uniform`` in [0, 1), ``normal`` of mean 0 and variance 1, ``bits`` 63 random bits (int64). Those that the tape does not know have
    two numbers more: ``integers`` how many there are, and the lowest; ``spread``, uniform in a range, its width and where it begins.
    """
    key = ("random", kind, shape, dtype, device)
    found = _known(key)
    if found is not None:
        return found
    bound = dtype if kind == "spread" else dtypes.int64
    numbers = [("seed", dtypes.int64), ("start", dtypes.int64), *((name, bound) for name in _BOUNDS.get(kind, ()))]
    work = Pointwise(_DRAWN[kind], (), (), tuple(numbers), (), dtypes.int64)
    return _source(key, work, shape, dtype, device)


_DRAWN = {
    "uniform": "uniform(i + start, seed)",
    "normal": "normal(i + start, seed)",
    "bits": "bits64(i + start, seed)",
    "integers": "bits64(i + start, seed) % span + low",
    "spread": "uniform(i + start, seed) * span + low",
}
_BOUNDS = {"integers": ("span", "low"), "spread": ("span", "low")}


def _known(key: Any) -> Record | None:
    return None if TRACING.now else _SOURCES.get(key)  # sizes that are traced are no keys


def _source(key: Any, work: Pointwise, shape: Shape, dtype: DType, device: Device) -> Record:
    params = (work, shape, dtype, device)
    if TRACING.now:
        return made(_Sources, (), params)
    if WATCHED and missed(RecordMiss, _Sources, key, (), params, _keep) and key in _SOURCES:
        return _SOURCES[key]
    return _keep(key, made(_Sources, (), params))


def _keep(key: Any, record: Record) -> Record:
    if len(_SOURCES) > 1 << 11:
        _SOURCES.clear()
    return _SOURCES.setdefault(key, record)


class _Sources:
    """What `graph.moulds` asks of ops: values that come about from nothing."""

    name = ""
    kin: ClassVar[dict[Any, Any]] = {}

    @staticmethod
    def infer(op: Any, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
        """The record of pointwise work without operands, of a shape, dtype and device."""
        work, shape, dtype, device = params
        return Record(work, (), (Meta.dense(shape, dtype, device),), recorder(device).pending)
