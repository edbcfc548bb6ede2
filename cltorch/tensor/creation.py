"""Making tensors: from data, full of a number, ranges. Signatures and defaults are torch's."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, prod
from typing import Any

import numpy as np

from .. import dtypes
from ..graph.view import View
from ..ops import rules
from ..ops.arguments import Omitted, need_kind, overloads
from ..ops.layout import is_exact, range_record
from ..ops.names import public
from ..runtime import device as devices
from ..warned import COPIED, READ_ONLY, warn, warn_once
from .batching import slice_by_slice
from .device_names import resolve_device
from .factory import Target, full_size, need_tensor, number, target
from .formats import arranged, preserve_format, strided
from .guards import requiring
from .host_data import as_number, check_part, dtype_of_data, host_array, plain_array, spanned
from .sharing import over
from .storages import StorageView, UntypedStorage
from .tensor import Tensor
from .views import new_geometry

DType = dtypes.dtype


# --- from data --------------------------------------------------------------------------------------------------------


UNWRITABLE_ARRAY = READ_ONLY.format("NumPy array", "writing to this tensor will result in undefined behavior", "array")
UNWRITABLE_BUFFER = READ_ONLY.format(
    "buffer", "you can write to the underlying (supposedly non-writable) buffer using the tensor", "buffer"
)
ASARRAY_KEEPS_GRADIENTS = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass requires_grad=False "
    "explicitly to get the old behavior and silence this warning."
)


@public()
def tensor(
    data: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new tensor with a copy of ``data``: numbers, nested sequences, an array. See torch.tensor."""
    if isinstance(data, Tensor):
        kind = None if dtype is None else dtypes.named(dtype, "tensor")
        warn(COPIED.format("torch.tensor"))
        made = data.detach().clone().to(dtype=kind, device=device)
    else:
        made = _from_data(data, dtype, device)
    return requiring(made) if requires_grad else made


def _from_data(data: Any, dtype: DType | None, device: Any) -> Tensor:
    """A tensor of what is no tensor."""
    if isinstance(data, StorageView):
        held = dtypes.int64 if isinstance(data, UntypedStorage) else data.dtype
        seen = held if dtype is None else dtypes.named(dtype, "tensor")
        return data.seen_as(seen).clone().to(device=device)
    plain = plain_array(data, dtype)
    if plain is not None:
        return Tensor._from_array(plain, dtypes.float32, resolve_device(device), True)
    kind = None if dtype is None else dtypes.named(dtype, "tensor")
    if kind is dtypes.complex32:
        return _from_data(data, dtypes.complex64, device)._cast(kind)
    array = host_array(data, kind)
    return Tensor._from_array(array, kind or dtype_of_data(data, array), resolve_device(device))


@public()
def as_tensor(data: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """``data`` itself if it is such a tensor already, else a copy. See torch.as_tensor."""
    if isinstance(data, np.ndarray) and not data.flags.writeable:
        warn_once(UNWRITABLE_ARRAY)
    return data.to(dtype=dtype, device=device) if isinstance(data, Tensor) else _from_data(data, dtype, device)


@public()
def asarray(
    obj: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """``obj`` itself if it is such a tensor already and ``copy`` is not True, else a copy; it requires gradients as ``obj``
    does, or as ``requires_grad`` says. With ``copy=False`` a tensor in the memory of a NumPy array, as `from_dlpack` has it; ValueError
    where that cannot be. See torch.asarray."""
    if not isinstance(obj, (Tensor, np.ndarray, np.generic, list, tuple)) and _is_buffer(obj):
        obj = np.frombuffer(obj, (dtypes.get_default_dtype() if dtype is None else dtypes.named(dtype, "asarray")).np)
    if copy is False:
        obj = _alias(obj, dtype, device)
    made = as_tensor(obj, dtype=dtype, device=device)
    made = made.clone() if copy and made is obj else made
    if requires_grad is None:
        requires_grad = isinstance(obj, Tensor) and obj.requires_grad
        if requires_grad:
            warn_once(ASARRAY_KEEPS_GRADIENTS)
    if made.requires_grad == requires_grad:
        return made
    return (requiring(made) if requires_grad else made.requires_grad_(False)) if made.is_leaf else made.detach()


def _is_buffer(obj: Any) -> bool:
    """Whether Python's buffer protocol shows the memory of something."""
    try:
        memoryview(obj)
    except TypeError:
        return False
    return True


def _alias(obj: Any, dtype: DType | None, device: Any) -> Tensor:
    """A tensor that shares the memory of ``obj``."""
    if isinstance(obj, np.generic):
        raise RuntimeError("can't alias NumPy scalars. Either remove copy=False or transform it in a ndarray. ")
    if not isinstance(obj, (Tensor, np.ndarray)):
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    try:
        made = obj if isinstance(obj, Tensor) else over(Tensor, obj, resolve_device(device))
    except BufferError as error:
        raise ValueError(f"can't alias: {error}") from None
    if device is not None and resolve_device(device) is not made._cl_meta.device:
        raise ValueError(f"can't alias tensor from device '{made.device}' to '{device}'.")
    if dtype is not None and dtype is not made.dtype:
        raise ValueError(f"can't alias tensor with dtype '{made.dtype.title}' into dtype '{dtype.title}'.")
    return made


@public()
def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor with a copy of an array's elements (device memory cannot be shared with NumPy). See torch.from_numpy."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    flags = ndarray.flags
    if not flags.writeable:
        warn_once(UNWRITABLE_ARRAY)
    kind = dtypes.from_numpy_dtype(ndarray.dtype)
    strides, flat = ((), ndarray) if flags.c_contiguous else spanned(ndarray)
    made = Tensor._from_array(flat, kind, devices.default())
    return made if flat is ndarray else made.as_strided(ndarray.shape, strides)


@public()
def frombuffer(buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A vector with a copy of the bytes of a buffer. See torch.frombuffer."""
    kind = dtypes.named(dtype, "frombuffer")
    try:
        seen = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    if seen.readonly:
        warn_once(UNWRITABLE_BUFFER)
    check_part(seen.nbytes, kind.itemsize, count, offset)
    made = Tensor._from_array(np.frombuffer(buffer, kind.np, count, offset), kind, resolve_device(None))
    return requiring(made) if requires_grad else made


@public()
def _shape_as_tensor(self: Tensor) -> Tensor:
    """The sizes of a tensor as a vector of int64."""
    return Tensor._from_array(np.array(self.shape, np.int64), dtypes.int64, resolve_device(None))


@public()
def scalar_tensor(
    s: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = strided,
    pin_memory: bool = False,
) -> Tensor:
    """A 0-dimensional tensor; float unless a dtype is given. See torch.scalar_tensor."""
    aim = target("scalar_tensor", dtype, device, requires_grad, None, layout)
    value = number(s)
    if not aim.dtype.differentiable or isinstance(value, complex):
        value = as_number(value, aim.dtype)
    return aim.finish(Tensor._filled((), value, aim.dtype, aim.device))


# --- full of a number -------------------------------------------------------------------------------------------------


@public()
def zeros(
    *args: Any,
    size: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of zeros. See torch.zeros."""
    aim = target("zeros", dtype, device, requires_grad, out, layout)
    return aim.finish(Tensor._filled(full_size("zeros", args, size), 0, aim.dtype, aim.device))


@public()
def ones(
    *args: Any,
    size: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of ones. See torch.ones."""
    aim = target("ones", dtype, device, requires_grad, out, layout)
    return aim.finish(Tensor._filled(full_size("ones", args, size), 1, aim.dtype, aim.device))


@public()
def empty(
    *args: Any,
    size: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor whose elements mean nothing (zeros here). See torch.empty."""
    aim = target("empty", dtype, device, requires_grad, out, layout)
    shape = full_size("empty", args, size)
    made = Tensor._filled(shape, 0, aim.dtype, aim.device)
    return aim.finish(made if memory_format is None else made._laid_out(arranged(View.dense(shape), memory_format)))


@public()
def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of some strides whose elements mean nothing (zeros here). See torch.empty_strided."""
    aim = target("empty_strided", dtype, device, requires_grad, None, layout)
    shape, strides = full_size("empty_strided", (size,)), rules.integers(stride, "stride")
    span = 1 + sum((n - 1) * step for n, step in zip(shape, strides, strict=False))
    if span * aim.dtype.itemsize >= 1 << 63:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(strides)}")
    view = new_geometry(shape, strides)
    return aim.finish(
        Tensor._filled((view.max_position + 1,), 0, aim.dtype, aim.device).as_strided(shape, view.strides)
    )


@public()
def full(
    size: Sequence[int],
    fill_value: Any,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor full of one number. See torch.full."""
    value = number(fill_value, "full(): argument 'fill_value' (position 2)")
    aim = target("full", dtype, device, requires_grad, out, layout, dtypes.of_scalar(type(value)))
    shape = full_size("full", (size,))
    return aim.finish(Tensor._filled(shape, as_number(value, aim.dtype, prod(shape) == 1), aim.dtype, aim.device))


def filled_like(
    name: str,
    input: Any,
    value: Any,
    dtype: DType | None,
    layout: Any,
    device: Any,
    requires_grad: bool,
    memory_format: Any,
) -> Tensor:
    """A tensor full of one number with the shape, dtype, device and memory order of another."""
    if hasattr(input, "_apply_sparse") and name in ("zeros_like", "empty_like") and layout is None:
        return input.detach().to(dtype=dtype, device=device).zero_().requires_grad_(requires_grad)
    meta = need_tensor(name, input)._cl_meta
    aim = target(name, dtype or meta.dtype, meta.device if device is None else device, requires_grad, None, layout)
    made = Tensor._filled(meta.shape, as_number(value, aim.dtype, meta.view.numel == 1), aim.dtype, aim.device)
    return aim.finish(made._laid_out(arranged(meta.view, memory_format)))


@public()
def zeros_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = preserve_format,
) -> Tensor:
    """A tensor of zeros with the shape, dtype, device and memory order of ``input``. See torch.zeros_like."""
    return filled_like("zeros_like", input, 0, dtype, layout, device, requires_grad, memory_format)


@public()
def ones_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = preserve_format,
) -> Tensor:
    """A tensor of ones with the shape, dtype, device and memory order of ``input``. See torch.ones_like."""
    return filled_like("ones_like", input, 1, dtype, layout, device, requires_grad, memory_format)


@public()
def empty_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = preserve_format,
) -> Tensor:
    """Elements that mean nothing (zeros here), in the shape, dtype, device and memory order of ``input``."""
    return filled_like("empty_like", input, 0, dtype, layout, device, requires_grad, memory_format)


@public()
def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = preserve_format,
) -> Tensor:
    """A tensor full of one number with the shape, dtype, device and memory order of ``input``. See torch.full_like."""
    value = number(fill_value)
    return filled_like("full_like", input, value, dtype, layout, device, requires_grad, memory_format)


# --- ranges -----------------------------------------------------------------------------------------------------------


@public()
def arange(
    *args: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers from ``start`` (0) up to but without ``end``, ``step`` apart. See torch.arange."""
    first, last, by = _bounds("arange", args, start, end, step)
    kind = dtype if dtype is not None else None if out is None else out.dtype
    count = None
    if kind is not None and not dtypes.named(kind).is_floating_point:
        if dtypes.named(kind) is not dtypes.int64 and by:  # as many as there were of floats
            count = ceil((last - first) / by)
        first, last, by = int(first), int(last), int(by)
        if not by and count is None:
            raise ValueError("step must be nonzero")
    whole = not (isinstance(first, float) or isinstance(last, float) or isinstance(by, float))
    aim = target("arange", dtype, device, requires_grad, out, layout, dtypes.int64 if whole else None)
    if kind is not None:
        need_kind("arange_cpu", ("half", "wide", "integer"), aim.dtype)
    made = ramp(first, by, ceil((last - first) / by) if count is None else count, aim.dtype, aim.device)
    if out is not None and out.numel() not in (0, made.numel()):
        warn(
            f"The number of elements in the out tensor of shape {rules.text(out.shape)} is {out.numel()} which does not match the "
            f"computed number of elements {made.numel()}. Note that this may occur as a result of rounding error. The out tensor "
            f"will be resized to a tensor of shape ({made.numel()},)."
        )
    return aim.finish_range(made)


@public()
def range(
    *args: Any,
    start: Any = 0,
    end: Any = None,
    step: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from ``start`` up to and with ``end``, ``step`` apart; float. See torch.range (`arange` is preferred)."""
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's "
        "range builtin. Instead, use torch.arange, which produces values in [start, end)."
    )
    if len(args) == 1 and end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    first, last, by = _bounds("range", args, start, end, step)
    aim = target("range", dtype, device, requires_grad, out, layout)
    need_kind("range_cpu", ("half", "wide", "integer"), aim.dtype)
    return aim.finish_range(ramp(first, by, int((last - first) / by) + 1, aim.dtype, aim.device))


def _bounds(name: str, args: tuple[Any, ...], start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """Start, end and step of a range, given by position or by name."""
    if (
        len(args) == 1
        and start is end is step is None
        and type(args[0]) in (int, float)
        and 0 <= args[0] < rules.LARGEST
    ):
        return 0, args[0], 1
    given = list(args)
    if len(given) > 3 or (len(given) == 1 and end is None and step is not None):
        raise TypeError(f"{name}() received an invalid combination of arguments - got {len(given)} positional ones")
    if None in given:
        raise TypeError(f"{name}() received an invalid combination of arguments - got NoneType")
    step = 1 if step is None else step
    if len(given) == 1 and end is None:
        end = given[0]
    elif given:
        start, end, step = (*given, *((end, step)[len(given) - 1 :]))[:3]
    start, end, step = (number(v) for v in (0 if start is None else start, end, step))
    for value in (start, end, step):
        if isinstance(value, complex):
            raise RuntimeError("value cannot be converted to type double without overflow")
        if not isinstance(value, (int, float)):
            raise TypeError(f"{name}() received an invalid combination of arguments - got ({type(value).__name__})")
    if step == 0 or step != step:
        raise RuntimeError("step must be nonzero")
    if not (isfinite(start) and isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    return start, end, step


def ramp(start: Any, step: Any, count: int, dtype: DType, device: Any) -> Tensor:
    """``start + k * step`` for ``count`` values of k."""
    record = range_record(count, dtype, device, is_exact(start, step, count))
    return Tensor._emitted(record, (), (start, step))


_MADE = "*, Tensor out = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False"
_ENDS = [f"{start} start, {end} end, int steps" for end in ("Tensor", "Number") for start in ("Tensor", "Number")]


@public()
@overloads(*(f"{ends}, {_MADE}" for ends in _ENDS))
@slice_by_slice
def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end`` with both, evenly spaced. See torch.linspace."""
    steps = rules.single(steps, "steps")
    first, last = _ends("linspace", start, end)
    aim = target("linspace", dtype, device, requires_grad, out, layout, _default_of("linspace", dtype, first, last))
    return aim.finish_range(_spaced(first, last, steps, aim))


def _ends(name: str, *given: Any) -> list[Any]:
    """Start and end as Python's numbers; RuntimeError for tensors with dimensions."""
    dims = [end.dim() if isinstance(end, Tensor) else 0 for end in given]
    if any(dims):
        found = "start with {} dimension(s) and end with {} dimension(s)".format(*dims)
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {found}.")
    return [int(v) if isinstance(v, bool) else v for v in map(number, given)]


def _default_of(name: str, dtype: Any, *numbers: Any) -> DType:
    """The default dtype of floats, or of complex numbers where there are some; RuntimeError for those if ``dtype`` is a real one."""
    default = dtypes.get_default_dtype()
    if not any(isinstance(value, complex) for value in numbers):
        return default
    kind = None if dtype is None else dtypes.named(dtype, name)
    if kind is not None and not kind.is_complex:
        raise RuntimeError(
            f"torch.{name}(): inferred dtype {default.to_complex().c_name} can't be safely cast to passed dtype {kind.title}"
        )
    return default.to_complex()


def _wrapped(value: Any, dtype: DType) -> int:
    """A number as an integer dtype holds it."""
    return int(dtype.np.type(np.int64(int(value)).astype(dtype.np)))


def _spaced(start: Any, end: Any, steps: int, aim: Target) -> Tensor:
    steps = rules.integer(steps, "steps")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = as_number(start, aim.dtype), as_number(end, aim.dtype)
    if steps < 2:
        return Tensor._filled((steps,), start, aim.dtype, aim.device)
    need_kind("linspace_cpu", ("half", "wide", "integer", "complex"), aim.dtype)
    if aim.dtype.kind == "integer":
        start, end = (_wrapped(v, aim.dtype) for v in (start, end))
    step = (end - start) / (steps - 1)
    if aim.dtype.is_floating_point and aim.dtype.itemsize == 2:
        step = float(np.asarray(step, aim.dtype.np))
    at = ramp(0, 1, steps, dtypes.int64, aim.device)
    work = dtypes.float64 if aim.dtype.to_real() is dtypes.float64 else dtypes.float32
    from_end = end - (steps - 1 - at).to(work) * step
    return (start + at.to(work) * step).where(at < steps // 2, from_end).to(aim.dtype)


@public()
@overloads(*(f"{ends}, float base = 10.0, {_MADE}" for ends in _ENDS))
@slice_by_slice
def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """``base`` to the powers of `linspace`. See torch.logspace."""
    first, last = _ends("logspace", start, end)
    aim = target("logspace", dtype, device, requires_grad, out, layout, _default_of("logspace", dtype, first, last))
    if steps != 1:
        need_kind("logspace_cpu", ("half", "wide", "integer", "complex"), aim.dtype)
    work = aim if aim.dtype.differentiable else aim._replace(dtype=dtypes.float32)
    first, last = (v if steps == 1 else as_number(v, aim.dtype) for v in (first, last))
    if work is not aim and steps != 1:
        first, last = _wrapped(first, aim.dtype), _wrapped(last, aim.dtype)
    return aim.finish_range((float(base) ** _spaced(first, last, steps, work)).to(aim.dtype))


@public()
def eye(
    n: int,
    m: int | Omitted = None,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Ones on the diagonal of an n x m matrix of zeros. See torch.eye."""
    n = rules.integer(n, "n")
    m = n if m is None else rules.integer(m, "m")
    for name, count in (("n", n), ("m", m)):
        if count < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {count}")
    aim = target("eye", dtype, device, requires_grad, out, layout)
    rows, columns = (ramp(0, 1, count, dtypes.int64, aim.device) for count in (n, m))
    return aim.finish((rows.unsqueeze(1) == columns).to(aim.dtype))
