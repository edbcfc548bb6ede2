"""Making tensors: from data, full of a number, ranges, random. Signatures and defaults are torch's."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np

from .. import dtypes
from ..autograd.modes import no_grad
from ..graph.storage import Storage
from ..graph.value import Value
from ..ops.layout import range_record
from . import random
from .apply import post
from .conversion import resolve_device
from .tensor import Tensor
from .views import sizes


def _finish(made: Tensor, requires_grad: bool) -> Tensor:
    return made.requires_grad_(True) if requires_grad else made


def _infer_dtype(data: Any, array: np.ndarray) -> dtypes.dtype:
    if isinstance(data, (np.ndarray, np.generic)):
        return dtypes.from_numpy_dtype(array.dtype)
    if array.dtype.kind == "f" or array.size == 0:
        return dtypes.get_default_dtype()
    if array.dtype.kind == "b":
        return dtypes.bool
    if array.dtype.kind in "iu":
        return dtypes.int64
    return dtypes.from_numpy_dtype(array.dtype)


def _array(data: Any) -> np.ndarray:
    """Nested sequences of numbers (tensors among them) as an array."""
    if isinstance(data, (list, tuple)):
        data = _without_tensors(data)
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"expected sequences of equal lengths: {error}") from error
    if array.dtype == object or array.dtype.kind in "USO":
        if isinstance(data, str) or array.dtype.kind in "US":
            raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
        raise RuntimeError(f"Could not infer dtype of {type(array.flat[0] if array.size else data).__name__}")
    return array


def _without_tensors(data: Any) -> Any:
    if isinstance(data, Tensor):
        return data.detach()._host()
    if isinstance(data, (list, tuple)):
        return [_without_tensors(part) for part in data]
    return data


def tensor(
    data: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new tensor with a copy of ``data``: numbers, nested sequences, an array. See torch.tensor."""
    if isinstance(data, Tensor):
        made = data.detach().clone().to(dtype=dtype, device=device)
        return _finish(made, requires_grad)
    array = _array(data)
    return _finish(Tensor._from_array(array, dtype or _infer_dtype(data, array), resolve_device(device)), requires_grad)


def as_tensor(data: Any, dtype: dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """``data`` itself if it is such a tensor already, else a copy. See torch.as_tensor."""
    return data.to(dtype=dtype, device=device) if isinstance(data, Tensor) else tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor with a copy of an array's elements (device memory cannot be shared with NumPy). See torch.from_numpy."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    return Tensor._from_array(ndarray, dtypes.from_numpy_dtype(ndarray.dtype), resolve_device(None))


def _shape(args: tuple[Any, ...]) -> tuple[int, ...]:
    shape = sizes(args)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


def _full(shape: tuple[int, ...], value: Any, dtype: dtypes.dtype | None, device: Any, requires_grad: bool) -> Tensor:
    kind = dtype or dtypes.get_default_dtype()
    return _finish(Tensor._filled(shape, value, kind, resolve_device(device)), requires_grad)


def zeros(
    *size: Any,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
) -> Tensor:
    """A tensor of zeros. See torch.zeros."""
    return _full(_shape(size), 0, dtype, device, requires_grad)


def ones(
    *size: Any,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
) -> Tensor:
    """A tensor of ones. See torch.ones."""
    return _full(_shape(size), 1, dtype, device, requires_grad)


def empty(
    *size: Any,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor whose elements mean nothing (zeros here). See torch.empty."""
    return _full(_shape(size), 0, dtype, device, requires_grad)


def full(
    size: Sequence[int],
    fill_value: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
) -> Tensor:
    """A tensor full of one number. See torch.full."""
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.item()
    kind = dtype or dtypes.of_scalar(type(fill_value))
    return _full(_shape(tuple(size)), fill_value, kind, device, requires_grad)


def _like(value: Any) -> Any:
    def like(
        input: Tensor,
        *,
        dtype: dtypes.dtype | None = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        memory_format: Any = None,
    ) -> Tensor:
        where = input._meta.device if device is None else resolve_device(device)
        return _finish(Tensor._filled(input._meta.shape, value, dtype or input.dtype, where), requires_grad)

    return like


zeros_like, ones_like, empty_like = _like(0), _like(1), _like(0)
for _name, _made, _what in (
    ("zeros_like", zeros_like, "zeros"),
    ("ones_like", ones_like, "ones"),
    ("empty_like", empty_like, "meaningless elements (zeros)"),
):
    _made.__name__ = _made.__qualname__ = _name
    _made.__doc__ = f"A tensor of {_what} with the shape, dtype and device of ``input``. See torch.{_name}."


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor full of one number with the shape, dtype and device of ``input``. See torch.full_like."""
    where = input._meta.device if device is None else resolve_device(device)
    return _finish(Tensor._filled(input._meta.shape, fill_value, dtype or input.dtype, where), requires_grad)


def arange(
    *args: Any,
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
) -> Tensor:
    """Numbers from ``start`` (0) up to but without ``end``, ``step`` apart. See torch.arange."""
    given = list(args)
    if len(given) == 1:
        end = given[0]
    elif given:
        start, end, *rest = given
        step = rest[0] if rest else step
    start = 0 if start is None else start
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    kind = dtype or (
        dtypes.get_default_dtype() if any(isinstance(v, float) for v in (start, end, step)) else dtypes.int64
    )
    count = ceil((end - start) / step)
    return _finish(_range(start, step, count, kind, resolve_device(device)), requires_grad)


def _range(start: Any, step: Any, count: int, dtype: dtypes.dtype, device: Any) -> Tensor:
    record = range_record(count, dtype, device)
    value = Value(record, (), (start, step))
    post(value)
    return Tensor._made(Storage(value, count), record.meta, None)


def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end`` with both, evenly spaced. See torch.linspace."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    kind = dtype or dtypes.get_default_dtype()
    where = resolve_device(device)
    if steps < 2:
        return _finish(Tensor._filled((steps,), start, kind, where), requires_grad)
    step = (end - start) / (steps - 1)
    at = _range(0, 1, steps, dtypes.int64, where)
    work = dtypes.float64 if kind is dtypes.float64 else dtypes.float32
    from_end = end - (steps - 1 - at).to(work) * step
    made = (start + at.to(work) * step).where(at < steps // 2, from_end).to(kind)
    return _finish(made, requires_grad)


def logspace(
    start: float, end: float, steps: int, base: float = 10.0, *, dtype: dtypes.dtype | None = None, device: Any = None
) -> Tensor:
    """``base`` to the powers of `linspace`. See torch.logspace."""
    return base ** linspace(start, end, steps, dtype=dtype, device=device)


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones on the diagonal of an n x m matrix of zeros. See torch.eye."""
    where, m = resolve_device(device), n if m is None else m
    if n < 0 or m < 0:
        raise RuntimeError(f"n must be greater or equal to 0, got {min(n, m)}")
    rows, columns = _range(0, 1, n, dtypes.int64, where).unsqueeze(1), _range(0, 1, m, dtypes.int64, where)
    return _finish((rows == columns).to(dtype or dtypes.get_default_dtype()), requires_grad)


# --- random -------------------------------------------------------------------------------------------------------------


def _draw(
    kind: str, shape: tuple[int, ...], dtype: Any, device: Any, generator: Any, requires_grad: bool = False
) -> Tensor:
    chosen = dtype or dtypes.get_default_dtype()
    if not chosen.is_floating_point:
        raise NotImplementedError(f"\"{kind}\" not implemented for '{chosen}'")
    return _finish(random.draw(Tensor, kind, shape, chosen, resolve_device(device), generator), requires_grad)


def rand(
    *size: Any,
    generator: Any = None,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random numbers in [0, 1). See torch.rand."""
    return _draw("uniform", _shape(size), dtype, device, generator, requires_grad)


def randn(
    *size: Any,
    generator: Any = None,
    out: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normally distributed random numbers of mean 0 and variance 1. See torch.randn."""
    return _draw("normal", _shape(size), dtype, device, generator, requires_grad)


def rand_like(
    input: Tensor, *, dtype: dtypes.dtype | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`rand` with the shape, dtype and device of ``input``."""
    return _draw("uniform", input._meta.shape, dtype or input.dtype, device or input._meta.device, None, requires_grad)


def randn_like(
    input: Tensor, *, dtype: dtypes.dtype | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`randn` with the shape, dtype and device of ``input``."""
    return _draw("normal", input._meta.shape, dtype or input.dtype, device or input._meta.device, None, requires_grad)


def randint(
    *args: Any,
    low: int | None = None,
    high: int | None = None,
    size: Any = None,
    generator: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random integers in [low, high). ``randint(high, size)`` or ``randint(low, high, size)``. See torch.randint."""
    given = list(args)
    if size is None:
        size = given.pop()
    if len(given) == 2:
        low, high = given
    elif given:
        high = given[0]
    low = 0 if low is None else low
    if high is None or low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    with no_grad():
        bits = random.draw(Tensor, "bits", _shape(tuple(size)), dtypes.int64, resolve_device(device), generator)
        return _finish((bits % (high - low) + low).to(dtype or dtypes.int64), requires_grad)


def randperm(
    n: int,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: dtypes.dtype = dtypes.int64,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A random order of 0 .. n - 1. See torch.randperm."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    keys = random.draw(Tensor, "bits", (n,), dtypes.int64, resolve_device(device), generator)
    return keys.argsort(stable=True).to(dtype)


def normal(
    mean: Any,
    std: Any,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
) -> Tensor:
    """Normally distributed numbers with means and deviations given as numbers or tensors. See torch.normal."""
    shape = tuple(size) if size is not None else (mean if isinstance(mean, Tensor) else std)._meta.shape
    return _draw("normal", shape, dtype, device, generator) * std + mean


def bernoulli(input: Tensor, *, generator: Any = None) -> Tensor:
    """1 with the probability that ``input`` gives, else 0. See torch.bernoulli."""
    with no_grad():
        return (_draw("uniform", input._meta.shape, None, input._meta.device, generator) < input).to(input.dtype)


__all__ = [
    *("arange", "as_tensor", "asarray", "bernoulli", "empty", "empty_like", "eye", "from_numpy", "full", "full_like"),
    *("linspace", "logspace", "normal", "ones", "ones_like", "rand", "rand_like", "randint", "randn", "randn_like"),
    *("randperm", "tensor", "zeros", "zeros_like"),
]
