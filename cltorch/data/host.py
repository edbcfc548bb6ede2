"""What is recorded for the host (`runtime.host`) is computed at once, by NumPy: the tensors of a loader's worker processes.

A worker loads and changes small pieces of data while devices work elsewhere; it has no driver, and after a fork can have none. So
its ops go this way, by the same records as everywhere, and nothing outside of workers does.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from .. import dtypes
from ..graph import origins
from ..graph import record as recording
from ..graph.meta import Meta
from ..graph.record import Recorder
from ..graph.storage import Storage
from ..graph.value import Computed, Heavy, Multi, Pointwise, Record, Reduction, Value, Write
from ..graph.view import View
from ..runtime import device as devices
from ..runtime.host import HOST
from ..runtime.transfer import copied
from ..tensor.sampling import randint
from ..tensor.tensor import Tensor
from . import host_families
from .host_math import AHEAD, DRAWN, ahead, alone, called, functions, spelled, written

Compute = Callable[
    [tuple[Value, ...], tuple[Any, ...]], Any
]  # from what is read to an array, or to one for each of several results
Make = Callable[[tuple[Value, ...], tuple[Any, ...]], Value]
KEPT = 16  # blocks of random numbers of one kind, between different bounds
ELSEWHERE = (
    "{} is not computed in a worker process of a DataLoader, which has no device. Do it with the batch in the main process "
    "(or with num_workers=0)"
)


_ARRAY = np.ndarray


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
        value = object.__new__(Computed)
        value.pins = 1
        value.laid = None
        if array.__class__ is not _ARRAY or (is_own and not array.flags.c_contiguous):
            array = copied(array)
        elif not is_own:
            array = array.copy()
        value.buffer = array  # type: ignore[assignment]
        return value

    def place(self, storage: Storage, meta: Meta, index: Any, source: Any, source_meta: Meta | None = None) -> bool:
        """See `Recorder.place`."""
        if source_meta is not None:
            source = seen(array_of(source), source_meta.dtype, source_meta.view)
        whole = array_of(storage.value).copy()
        try:
            _QUIET.run(np.ndarray.__setitem__, seen(whole, meta.dtype, meta.view), index, source)
        except (IndexError, OverflowError, ValueError):  # said, or done, elsewhere
            return False
        storage.repoint(computed(whole))
        return True

    def flush(self, is_awaited: bool = False, is_long: bool = False) -> None:
        """Nothing is pending."""


class AtOnce(list[Value]):
    """What is pending on the host: nothing, as it is computed when it is recorded."""

    def append(self, value: Value) -> None:
        """Compute a value."""
        record: Any = value.record
        if value.outs is None:
            if record.at_once is None:
                record.at_once = making(record)
            value.buffer = record.at_once(value.reads, value.numbers).buffer
        else:
            if record.tape is None:
                record.tape = compiled(record)
            for out, array in zip(value.outs, _QUIET.run(record.tape, value.reads, value.numbers), strict=True):
                out.buffer = array
        kept = origins.origins_here() if origins.ORIGINS else None
        if kept is not None:
            kept.values.append(value)
        else:
            value.record, value.reads, value.numbers = None, (), ()

    def extend(self, values: Iterable[Value]) -> None:
        """Compute values."""
        for value in values:
            self.append(value)


def making(record: Record) -> Make:
    """What makes the value of a record with one result, without one that is pending before."""
    work = record.work
    if isinstance(work, Pointwise):
        try:
            if work.expr in DRAWN and 0 < record.numel <= AHEAD:
                return _drawn(work.expr, record.meta)
            return _pointwise(record, work)
        except NotImplementedError as error:
            raise _elsewhere(record, str(error)) from None
    compute, quiet = compiled(record), _QUIET
    return lambda reads, numbers: computed(quiet.run(compute, reads, numbers))


def computed(array: Any) -> Value:
    """A value of the host that is there: a row-major array, which nobody changes from now on."""
    value = object.__new__(Computed)
    value.buffer = array
    value.pins = 1
    value.laid = None
    return value


def array_of(value: Value) -> np.ndarray:
    """The elements of a computed value, of whatever dtype and shape."""
    return value.buffer  # type: ignore[return-value]


def seen(array: np.ndarray, dtype: dtypes.dtype, view: View) -> np.ndarray:
    """Elements of an array's bytes as a view shows them; the same memory."""
    return reader(dtype, view)(array)


@lru_cache(maxsize=1024)
def reader(dtype: dtypes.dtype, view: View) -> Callable[[np.ndarray], np.ndarray]:
    """`seen` for one dtype and view."""
    shape, kind, size, made = view.shape, dtype.np, dtype.itemsize, np.ndarray
    offset, steps = view.offset * size, [stride * size for stride in view.strides]
    if not view.numel:
        return lambda array: np.empty(shape, kind)
    if not view.is_contiguous:
        return lambda array: made(shape, kind, array, offset, steps)
    if offset:
        return lambda array: made(shape, kind, array, offset)

    def whole(array: np.ndarray) -> np.ndarray:
        return array if array.dtype is kind and array.shape == shape else made(shape, kind, array)

    return whole


def computing(dtype: dtypes.dtype) -> np.dtype:
    """The type in which numbers of a dtype are computed: float32 for the 16-bit floats."""
    return np.dtype(np.float32) if dtype in (dtypes.float16, dtypes.bfloat16) else dtype.np


def laying(meta: Meta) -> Callable[[Any], np.ndarray]:
    """How computed elements become the array of a result."""
    view, kind, shape = meta.view, meta.dtype.np, meta.shape
    is_plain, is_real, array_class = view.is_contiguous, kind.kind != "c", np.ndarray
    region = reader(meta.dtype, view)

    def lay(result: Any) -> np.ndarray:
        fits = is_plain and result.__class__ is array_class and result.dtype is kind and result.shape == shape
        if fits and result.flags.c_contiguous:
            return result  # type: ignore[no-any-return]
        if result.__class__ is not array_class:
            if is_plain and (is_real or result.dtype.kind == "c"):
                made = np.empty(shape, kind)
                made.fill(result)
                return made
            result = np.asarray(result)
        if is_real and result.dtype.kind == "c":
            result = result.real
        if is_plain and result.shape == shape:
            return np.asarray(result, kind, order="C")
        flat = np.empty(view.numel, kind)
        region(flat)[...] = result
        return flat

    return lay


def compiled(record: Record) -> Compute:
    """The function that computes values of a record, no pointwise one, from what they read and their numbers."""
    work = record.work
    try:
        if isinstance(work, Reduction):
            return _reduction(record, work)
        if isinstance(work, Write):
            return _write(record, work)
        if isinstance(work, Heavy) and not work.numbers:
            return _heavy(record, work)
    except NotImplementedError as error:
        raise _elsewhere(record, str(error)) from None
    what = "an optimizer's step" if isinstance(work, Multi) else record.op or "this"
    raise NotImplementedError(ELSEWHERE.format(what))


def _elsewhere(record: Record, why: str) -> NotImplementedError:
    return NotImplementedError(ELSEWHERE.format(f"{record.op or 'this'} ({why})"))


def _pointwise(record: Record, work: Pointwise) -> Make:
    """All of it is one function: the reads, the expression and the value."""
    meta = record.meta
    has_bools = any(kind is dtypes.bool for kind in (*work.in_dtypes, *(kind for _, _, kind in work.literals)))
    space = functions(meta.dtype, has_bools) | {name: number(value, kind) for name, value, kind in work.literals}
    space |= {
        "_lay": laying(meta),
        "_wide": np.dtype(np.float32),
        "_quiet": _QUIET,
        "_new": object.__new__,
        "_value": Computed,
    }
    lines: list[str] = []
    shapes: list[tuple[int, ...]] = []
    in_order, is_calm = True, True  # whether all is read row by row, and whether NumPy has nothing to say of casts
    for k, (name, source, view, kind) in enumerate(
        zip(work.reads, record.inputs, record.views, work.in_dtypes, strict=True)
    ):
        view = unrepeated(view)
        in_order = in_order and view.is_contiguous
        space |= {f"_see{k}": reader(source.dtype, view), f"_kind{k}": source.dtype.np}
        shapes.append(view.shape)
        lines += [f"_read = values[{k}]", f"{name} = _read.buffer"]
        if view.is_dense_at_zero:
            space[f"_laid{k}"] = Meta.dense(view.shape, source.dtype, HOST)
            few = view.numel == 1 and meta.view.ndim > 0  # one element may have another shape
            other = (
                f" and ({name}.dtype is not _kind{k} or {name}.size != 1 or {name}.ndim > {meta.view.ndim})"
                if few
                else ""
            )
            lines.append(f"if _read.laid is not _laid{k}{other}: {name} = _see{k}({name})")
        else:
            lines.append(f"{name} = _see{k}({name})")
        if kind is not source.dtype:
            is_calm = is_calm and not source.dtype.differentiable and kind in (dtypes.float32, dtypes.float64)
            space[f"_rounded{k}"] = kind.np
            lines.append(f"{name} = {name}.astype(_rounded{k}, copy=False)")
        if computing(kind) is not kind.np:
            lines.append(f"{name} = {name}.astype(_wide)")
    for k, (name, kind) in enumerate(work.numbers):
        space[f"_number{k}"] = rounding(kind)
        lines.append(f"{name} = _number{k}(numbers[{k}])")
    if work.index is not None:
        space["i"] = seen(np.arange(meta.view.numel), dtypes.int64, meta.view)
    text, is_whole = alone(work.expr) if is_calm else (spelled(work.expr), False)
    lines.append(f"_found = {text}")
    is_sure = in_order and _is_laid(record, work, shapes, space)
    if not is_sure:
        lines.append(f"_found = {'_quiet.run(_lay, _found)' if is_whole else '_lay(_found)'}")
    space["_laid"] = meta if is_sure and not meta.dtype.is_foreign else None
    lines += ["_made = _new(_value)", "_made.buffer = _found", "_made.pins = 1", "_made.laid = _laid", "return _made"]
    whole, quiet = written(tuple(lines), space), _QUIET
    make = whole if is_whole else lambda reads, numbers: quiet.run(whole, reads, numbers)
    if work.reads or work.numbers:
        return make
    always = array_of(make((), ()))  # nobody changes it
    return lambda reads, numbers: computed(always)


def _is_laid(record: Record, work: Pointwise, shapes: list[tuple[int, ...]], space: dict[str, Any]) -> bool:
    """Whether the expression gives an array of the result's dtype and shape, where all is read row by row: as it does for one element, if
    it is made of NumPy's own functions, which look at no numbers."""
    meta = record.meta
    if not all(isinstance(space[name], np.ufunc) for name in called(work.expr)):
        return False
    if not work.reads or not meta.view.is_dense_at_zero or not meta.shape or not meta.view.numel:
        return False
    if np.broadcast_shapes(*shapes) != meta.shape:
        return False
    one = {
        name: np.ones((1,) * len(shape), computing(kind))
        for name, shape, kind in zip(work.reads, shapes, work.in_dtypes, strict=True)
    }
    given = {name: space[f"_number{k}"](1) for k, (name, _) in enumerate(work.numbers)}
    found = _QUIET.run(eval, spelled(work.expr), space | one | given)  # type: ignore[arg-type]
    return found.__class__ is np.ndarray and found.dtype is meta.dtype.np


def unrepeated(view: View) -> View:
    """A view without the repetitions along dimensions, which NumPy makes by itself."""
    if 0 not in view.strides or not view.numel:
        return view
    shape = tuple([1 if step == 0 else n for n, step in zip(view.shape, view.strides, strict=True)])
    return View.of(shape, view.strides, view.offset)


def _drawn(expr: str, meta: Meta) -> Make:
    """Few random numbers, as programs draw some and then others: the next of those that are made together."""
    shape, dtype, count, new, value, length = meta.shape, meta.dtype, meta.view.numel, object.__new__, Computed, AHEAD
    blocks: dict[tuple[Any, ...], np.ndarray] = {}  # the latest, by seed, bounds and number
    is_flat = shape == (count,)

    def block(key: tuple[Any, ...]) -> np.ndarray:
        if len(blocks) > KEPT:
            blocks.clear()
        seed, bounds, place = key
        found = blocks[key] = _QUIET.run(ahead, expr, dtype, seed, place, *bounds)
        return found

    def make(reads: tuple[Value, ...], numbers: tuple[Any, ...]) -> Value:
        start = numbers[1]
        key = numbers[0], numbers[2:], start // length
        found = blocks.get(key)
        if found is None:
            found = block(key)
        at = start % length
        end = at + count
        some = found[at:end]
        if end > length:
            some = np.concatenate((some, block((*key[:2], key[2] + 1))[: end - length]))
        made = new(value)
        made.buffer = some if is_flat else some.reshape(shape)  # type: ignore[assignment]
        made.pins = 1
        made.laid = meta
        return made

    return make


def rounding(dtype: dtypes.dtype) -> Callable[[Any], Any]:
    """`number` for one dtype."""
    return dtype.np.type if dtype in (dtypes.float32, dtypes.int64) else lambda value: number(value, dtype)


def number(value: Any, dtype: dtypes.dtype) -> Any:
    """A number of Python rounded or wrapped to a dtype, in the type in which that is computed."""
    return np.asarray(value).astype(dtype.np).astype(computing(dtype), copy=False)[()]


_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.add.reduce,
    "prod": np.multiply.reduce,
    "amax": np.maximum.reduce,
    "amin": np.minimum.reduce,
    "any": np.logical_or.reduce,
    "all": np.logical_and.reduce,
}


def _reduction(record: Record, work: Reduction) -> Compute:
    source, view, meta, lay = record.inputs[0], record.views[0], record.meta, laying(record.meta)
    kind = computing(work.in_dtype)
    first = tuple(d for d in range(view.ndim) if d not in work.dims)
    reduce = _REDUCTIONS.get(work.kind)
    if reduce is None and work.kind not in ("argmax", "argmin"):
        raise NotImplementedError(work.kind)
    find = np.argmax if work.kind == "argmax" else np.argmin

    see = reader(source.dtype, view)

    def compute(values: tuple[Value, ...], numbers: tuple[Any, ...]) -> np.ndarray:
        x = see(array_of(values[0]))
        if reduce is None:
            rows = x.transpose((*first, *work.dims)).reshape((*(view.shape[d] for d in first), -1))
            found = find(rows, -1)
        else:
            found = reduce(x.astype(kind, copy=False), axis=work.dims)
        return lay(np.asarray(found).reshape(meta.shape))

    return compute


def _write(record: Record, work: Write) -> Compute:
    region = reader(record.inputs[0].dtype, work.view)
    see = reader(record.inputs[1].dtype, record.views[1])

    def compute(values: tuple[Value, ...], numbers: tuple[Any, ...]) -> np.ndarray:
        whole = array_of(values[0]).copy()
        region(whole)[...] = see(array_of(values[1]))
        return whole

    return compute


def _heavy(record: Record, work: Heavy) -> Compute:
    """A kernel family: its inputs are given as arrays of their views, its results laid out."""
    family, several = host_families.FAMILIES.get((work.lower, type(work.request))), len(record.metas) > 1
    if family is None:
        raise NotImplementedError("a kernel family of its own")

    readers = [reader(meta.dtype, view) for meta, view in zip(record.inputs, record.views, strict=True)]
    lays, shapes = [laying(meta) for meta in record.metas], [meta.shape for meta in record.metas]

    def compute(values: tuple[Value, ...], numbers: tuple[Any, ...]) -> Any:
        flat = [see(array_of(value)) for see, value in zip(readers, values, strict=True)]
        if work.inplace:
            flat[0] = flat[0].copy()
        found = family(work.request, *flat)
        laid = [
            lay(x if x.shape == shape else x.reshape(shape)) for lay, x, shape in zip(lays, found, shapes, strict=True)
        ]
        return laid if several else laid[0]

    return compute


recording.add(HostRecorder())


def piled(tensors: Sequence[Tensor]) -> Tensor | None:
    """Tensors of the host, of one shape and dtype, along a new dimension 0: a batch. None where they are not such ones."""
    first = tensors[0]._cl_meta
    if first.device is not HOST:
        return None
    arrays, latest, see = [], first, reader(first.dtype, first.view)
    for one in tensors:
        meta = one._cl_meta
        if meta is not latest:
            latest, see = meta, reader(meta.dtype, meta.view)
        if (
            meta.dtype is not first.dtype
            or meta.device is not HOST
            or meta.shape != first.shape
            or (one._edge is not None and one.requires_grad)
        ):
            return None
        arrays.append(see(one._storage.value.buffer))  # type: ignore[arg-type]
    meta = Meta.dense((len(arrays), *first.shape), first.dtype, HOST)
    array = stacked(arrays)
    return Tensor._made(Storage(computed(array), array.nbytes), meta, None)


LENDERS: list[Callable[[int], np.ndarray]] = []
"""What gives memory for the bytes of a batch, the last one: a worker's, in which the batch need not be copied again."""
LARGE = 1 << 16  # bytes from which a batch is made there


def stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays of one shape and type along a new dimension 0."""
    first = arrays[0]
    nbytes = first.nbytes * len(arrays)
    if nbytes < LARGE or not LENDERS:
        return np.stack(arrays)
    room = LENDERS[-1](nbytes).view(first.dtype).reshape(len(arrays), *first.shape)
    return np.stack(arrays, out=room)


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
