"""What is recorded for the host (`runtime.host`) is computed at once, by NumPy: the tensors of a loader's worker processes.

A worker loads and changes small pieces of data while devices work elsewhere; it has no driver, and after a fork can have none. So
its ops go this way, by the same records as everywhere, and nothing outside of workers does.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import dtypes
from ..graph import record as recording
from ..graph.meta import Meta
from ..graph.record import Recorder
from ..graph.storage import Storage
from ..graph.value import Heavy, Multi, Pointwise, Record, Reduction, Value, Write
from ..graph.view import View
from ..runtime import device as devices
from ..runtime.host import HOST, HostMemory
from ..runtime.transfer import copied
from ..tensor.sampling import randint
from ..tensor.tensor import Tensor
from . import host_families
from .host_math import function_of

Compute = Callable[[tuple[Value, ...], tuple[Any, ...]], tuple[np.ndarray, ...]]
ELSEWHERE = (
    "{} is not computed in a worker process of a DataLoader, which has no device. Do it with the batch in the main process "
    "(or with num_workers=0)"
)


class _Quiet(threading.local):
    """A context in which NumPy says nothing of overflows, as devices do: entered faster than ``errstate``."""

    def __init__(self) -> None:
        self.run = contextvars.copy_context().run
        if np.lib.NumpyVersion(np.__version__) < "2.0.0":  # where the setting is the thread's, not the context's
            self.run = self._within  # type: ignore[assignment]
        else:
            self.run(np.seterr, all="ignore")

    @staticmethod
    def _within(function: Callable[..., Any], *args: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*args)


_QUIET = _Quiet()


def quietly(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function without NumPy's warnings."""
    return _QUIET.run(function, *args)


class HostRecorder(Recorder):
    """The recorder of the host, where nothing is ever pending."""

    def __init__(self) -> None:
        self.device = HOST
        self.pending = AtOnce()
        self.held = []
        self.built = self.launched = 0
        self.machine = None

    def upload(self, array: np.ndarray, is_own: bool = False) -> Value:
        """The value of an array, a copy of it unless it ``is_own``."""
        return Value.computed(HostMemory(np.ascontiguousarray(array) if is_own else copied(array)))

    def flush(self) -> None:
        """Nothing is pending."""


class AtOnce(list[Value]):
    """What is pending on the host: nothing, as it is computed when it is recorded."""

    def append(self, value: Value) -> None:
        """Compute a value."""
        record: Any = value.record
        if record.tape is None:
            record.tape = compiled(record)
        arrays = quietly(record.tape, value.reads, value.numbers)
        if value.outs is None:
            value.buffer = HostMemory(arrays[0])
        else:
            for out, array in zip(value.outs, arrays, strict=True):
                out.buffer = HostMemory(array)
        value.record, value.reads, value.numbers = None, (), ()

    def extend(self, values: Iterable[Value]) -> None:
        """Compute values."""
        for value in values:
            self.append(value)


def array_of(value: Value) -> np.ndarray:
    """The bytes of a computed value."""
    return value.buffer.array  # type: ignore[union-attr]


def seen(array: np.ndarray, dtype: dtypes.dtype, view: View) -> np.ndarray:
    """Elements in flat bytes as a view shows them; the same memory."""
    if not view.numel:
        return np.empty(view.shape, dtype.np)
    size = dtype.itemsize
    if view.is_contiguous:
        return np.ndarray(view.shape, dtype.np, array, view.offset * size)
    return np.ndarray(view.shape, dtype.np, array, view.offset * size, [s * size for s in view.strides])


def computing(dtype: dtypes.dtype) -> np.dtype:
    """The type in which numbers of a dtype are computed: float32 for the 16-bit floats."""
    return np.dtype(np.float32) if dtype in (dtypes.float16, dtypes.bfloat16) else dtype.np


def laid_out(result: Any, meta: Meta) -> np.ndarray:
    """Computed elements as the flat array of a result."""
    view, kind = meta.view, meta.dtype.np
    result = np.asarray(result)
    if result.dtype.kind == "c" and kind.kind != "c":
        result = result.real
    if view.is_contiguous and result.shape == view.shape:
        return np.ascontiguousarray(result if result.dtype is kind else result.astype(kind))
    flat = np.empty(view.numel, kind)
    seen(flat.view(np.uint8), meta.dtype, view)[...] = result
    return flat


def compiled(record: Record) -> Compute:
    """The function that computes values of a record from what they read and their numbers."""
    work = record.work
    try:
        if isinstance(work, Pointwise):
            return _pointwise(record, work)
        if isinstance(work, Reduction):
            return _reduction(record, work)
        if isinstance(work, Write):
            return _write(record, work)
        if isinstance(work, Heavy) and not work.numbers:
            return _heavy(record, work)
    except NotImplementedError as error:
        raise NotImplementedError(ELSEWHERE.format(f"{record.op or 'this'} ({error})")) from None
    what = "an optimizer's step" if isinstance(work, Multi) else record.op or "this"
    raise NotImplementedError(ELSEWHERE.format(what))


def _pointwise(record: Record, work: Pointwise) -> Compute:
    meta = record.meta
    names = (*work.reads, *(name for name, _ in work.numbers), *(name for name, _, _ in work.literals))
    if work.index is not None:
        names = (*names, "i")
    function = function_of(work.expr, names, meta.dtype)
    reads = [
        (source.dtype, view, computing(dtype), dtype)
        for source, view, dtype in zip(record.inputs, record.views, work.in_dtypes, strict=True)
    ]
    literals = tuple(number(value, dtype) for _, value, dtype in work.literals)
    kinds = [dtype for _, dtype in work.numbers]
    positions = (
        () if work.index is None else (seen(np.arange(meta.view.numel).view(np.uint8), dtypes.int64, meta.view),)
    )

    def compute(values: tuple[Value, ...], numbers: tuple[Any, ...]) -> tuple[np.ndarray, ...]:
        operands = []
        for value, (dtype, view, kind, rounded) in zip(values, reads):
            operand = seen(array_of(value), dtype, view)
            if dtype is not rounded:
                operand = operand.astype(rounded.np)
            operands.append(operand if operand.dtype is kind else operand.astype(kind))
        for value, dtype in zip(numbers, kinds):
            operands.append(number(value, dtype))
        return (laid_out(function(*operands, *literals, *positions), meta),)

    return compute


def number(value: Any, dtype: dtypes.dtype) -> Any:
    """A number of Python rounded or wrapped to a dtype, in the type in which that is computed."""
    if dtype is dtypes.float32 or dtype is dtypes.int64:
        return dtype.np.type(value)
    return np.asarray(value).astype(dtype.np).astype(computing(dtype), copy=False)[()]


_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.add.reduce,
    "prod": np.multiply.reduce,
    "amax": np.max,
    "amin": np.min,
    "any": np.any,
    "all": np.all,
}


def _reduction(record: Record, work: Reduction) -> Compute:
    source, view, meta = record.inputs[0], record.views[0], record.meta
    kind = computing(work.in_dtype)
    first = tuple(d for d in range(view.ndim) if d not in work.dims)
    reduce = _REDUCTIONS.get(work.kind)
    if reduce is None and work.kind not in ("argmax", "argmin"):
        raise NotImplementedError(work.kind)
    find = np.argmax if work.kind == "argmax" else np.argmin

    def compute(values: tuple[Value, ...], numbers: tuple[Any, ...]) -> tuple[np.ndarray, ...]:
        x = seen(array_of(values[0]), source.dtype, view)
        if reduce is None:
            rows = x.transpose((*first, *work.dims)).reshape((*(view.shape[d] for d in first), -1))
            found = find(rows, -1)
        else:
            found = reduce(x.astype(kind, copy=False), axis=work.dims)
        return (laid_out(np.asarray(found).reshape(meta.shape), meta),)

    return compute


def _write(record: Record, work: Write) -> Compute:
    base, source = record.inputs[0].dtype, record.inputs[1].dtype

    def compute(values: tuple[Value, ...], numbers: tuple[Any, ...]) -> tuple[np.ndarray, ...]:
        whole = array_of(values[0]).copy()
        seen(whole, base, work.view)[...] = seen(array_of(values[1]), source, record.views[1])
        return (whole,)

    return compute


def _heavy(record: Record, work: Heavy) -> Compute:
    """A kernel family: its inputs are given as arrays of their views, its results laid out."""
    family = host_families.FAMILIES.get((work.lower, type(work.request)))
    if family is None:
        raise NotImplementedError("a kernel family of its own")

    def compute(values: tuple[Value, ...], numbers: tuple[Any, ...]) -> tuple[np.ndarray, ...]:
        flat = [
            seen(array_of(value), meta.dtype, view)
            for value, meta, view in zip(values, record.inputs, record.views, strict=True)
        ]
        if work.inplace:
            flat[0] = flat[0].copy()
        found = family(work.request, *flat)
        return tuple([laid_out(np.reshape(x, meta.shape), meta) for x, meta in zip(found, record.metas, strict=True)])

    return compute


recording.add(HostRecorder())


def piled(tensors: Sequence[Tensor]) -> Tensor | None:
    """Tensors of the host, of one shape and dtype, along a new dimension 0: a batch. None where they are not such ones."""
    first = tensors[0]._meta
    if first.device is not HOST:
        return None
    arrays = []
    for one in tensors:
        meta = one._meta
        if meta.dtype is not first.dtype or meta.device is not HOST or meta.shape != first.shape or one.requires_grad:
            return None
        arrays.append(seen(array_of(one._storage.value), meta.dtype, meta.view))
    meta = Meta.dense((len(arrays), *first.shape), first.dtype, HOST)
    array = np.stack(arrays)
    return Tensor._made(Storage(Value.computed(HostMemory(array)), array.nbytes), meta, None)


@contextmanager
def on_host() -> Iterator[None]:
    """Tensors are made on the host in this block."""
    before = devices.default()
    devices.set_default(HOST)
    try:
        yield
    finally:
        devices.set_default(before)


def drawn_seed(generator: Any) -> int:
    """A random seed of 62 bits, from a Generator or the default one, for which no device is asked."""
    with on_host():
        return int(randint(0, 1 << 62, (1,), generator=generator).item())
