"""``make_tensor``: tensors of random numbers for tests. See torch.testing.make_tensor."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isnan, prod
from typing import Any

from .. import dtypes
from ..tensor.complex import view_as_real
from ..tensor.creation import empty
from ..tensor.sampling import randint
from ..tensor.tensor import Tensor
from ..warned import warn

Number = float | None


def make_tensor(
    *shape: Any,
    dtype: dtypes.dtype,
    device: Any,
    low: Number = None,
    high: Number = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor of a shape, drawn uniformly from [low, high); by default [-9, 9) for floating and complex dtypes, -9 to 9 for
    integers (0 to 9 without a sign), both values for bool. `noncontiguous` takes every second element of a larger one;
    `exclude_zero` puts 1, or the least normal number, where a zero was drawn. See torch.testing.make_tensor.

    ValueError where no value lies in the interval, where one end is nan, or integers should require gradients.
    """
    sizes = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], Sequence) else shape
    exact = not (dtype.is_floating_point or dtype.is_complex)
    if noncontiguous and memory_format is not None:
        raise ValueError(
            f"The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got {noncontiguous=} and {memory_format=}"
        )
    if requires_grad and exact:
        raise ValueError(f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}")
    apart = noncontiguous and prod(sizes) > 1
    if apart:
        sizes = (*sizes[:-1], 2 * sizes[-1])
    low, high = _interval(dtype, low, high)
    made = (
        randint(ceil(low), ceil(high), sizes, dtype=dtype, device=device)
        if exact
        else _drawn(sizes, dtype, device, low, high)
    )
    if apart:
        made = made[..., 1::2]
    elif memory_format is not None:
        made = made.clone(memory_format=memory_format)
    if exclude_zero:
        tiny = 1 if exact else dtypes.finfo(dtype).tiny
        made[made == 0] = complex(tiny, tiny) if dtype.is_complex else tiny
    return made.requires_grad_(requires_grad)


def _interval(dtype: dtypes.dtype, low: Number, high: Number) -> tuple[float, float]:
    """The ends of the interval within what the dtype can hold."""
    exact = not (dtype.is_floating_point or dtype.is_complex)
    least: float
    end: float
    if dtype is dtypes.bool:
        least, end, usual = 0, 2, (0, 2)
    elif exact:
        # randint's own end is an int64, so that the greatest of int64 cannot be drawn
        info = dtypes.iinfo(dtype)
        least, end, usual = info.min, info.max + (dtype is not dtypes.int64), (-9, 10)
    else:
        least, end, usual = dtypes.finfo(dtype).min, dtypes.finfo(dtype).max, (-9, 9)
    low, high = (usual[k] if given is None else given for k, given in enumerate((low, high)))
    if isnan(low) or isnan(high):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if low == high and not exact:
        warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types "
            "is deprecated since 2.1 and will be removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < least or low >= end:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype} only supports [{least}, {end})"
        )
    return min(max(low, least), end), min(max(high, least), end)


def _drawn(sizes: tuple[int, ...], dtype: dtypes.dtype, device: Any, low: float, high: float) -> Tensor:
    """Uniform numbers of a floating or complex dtype; a range wider than the dtype is drawn at half its width."""
    small = dtype.is_floating_point and dtype.itemsize == 1
    made = empty(sizes, dtype=dtypes.float32 if small else dtype, device=device)
    parts = view_as_real(made) if dtype.is_complex else made
    wide = high - low >= dtypes.finfo(parts.dtype).max
    parts.uniform_(low / 2, high / 2).mul_(2) if wide else parts.uniform_(low, high)
    return made.to(dtype)
