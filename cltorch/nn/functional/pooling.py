"""Pooling by windows of a fixed size. See the torch.nn.functional page of each name.

The kernels know planes. One dimension is a plane of height 1; windows of three dimensions are pooled in each slice and then
across slices, which gives the same maxima, positions and means.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, inf, prod
from typing import Any

from ... import dtypes
from ...autograd.names import shown_as
from ...ops.arguments import Number, need_kind
from ...ops.autocast import autocasting, cast_as
from ...ops.rules import integer, integers
from ...tensor.apply import stored
from ...tensor.planes import lasting, lying_as, max_pool, max_pool_with_indices
from ...tensor.tensor import Tensor
from .pooling_errors import refuse_dims, refuse_sizes, refuse_windows
from .sizes import sizes

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]

Shape = tuple[int, ...]


def _geometry(
    name: str, n: int, input: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Tensor, tuple[Any, ...]]:
    """The input as a batch, and what pooling ops take: sizes of the batch and of the result, and the windows."""
    if input._cl_meta.dtype is dtypes.bool or input.is_complex():
        raise NotImplementedError(f"\"pool{n}d\" not implemented for '{input.dtype.title}'")
    window = sizes(kernel, n, "kernel_size")
    steps = _steps(window, stride)
    pads, apart = sizes(padding, n, "padding"), sizes(dilation, n, "dilation")
    params = _pooling(name, n, input._cl_meta.shape, window, steps, pads, apart, bool(ceil_mode))
    return input if len(input._cl_meta.shape) == n + 2 else input.unsqueeze(0), params


def _steps(window: Shape, stride: Any) -> Shape:
    """The stride for each dimension: the window's size unless one is given."""
    if stride is None or (isinstance(stride, (tuple, list)) and not stride):
        return window
    return sizes(stride, len(window), "stride")


@lru_cache(maxsize=1024)
def _pooling(
    name: str, n: int, shape: Shape, window: Shape, steps: Shape, pads: Shape, dilations: Shape, ceil_mode: bool
) -> tuple[Any, ...]:
    """The numbers of `_geometry`. RuntimeError for what PyTorch refuses. Remembered as those of convolution are."""
    refuse_dims(name, n, shape)
    batch = shape if len(shape) == n + 2 else (1, *shape)
    refuse_windows(name, window, steps, pads, dilations)
    out = []
    for size, k, s, p, d in zip(batch[2:], window, steps, pads, dilations, strict=True):
        span = size + 2 * p - d * (k - 1) - 1
        count = (ceil(span / s) if ceil_mode else span // s) + 1
        if ceil_mode and (count - 1) * s >= size + p:
            count -= 1
        out.append(count)
    refuse_sizes(name, n, shape, tuple(out), window)
    return batch, tuple(out), window, steps, pads, dilations


def _flat_plane(params: tuple[Any, ...]) -> tuple[Any, ...]:
    """Windows of one dimension as windows of planes of height 1."""
    batch, out, window, steps, pads, dilations = params
    return (*batch[:2], 1, batch[2]), (1, *out), (1, *window), (1, *steps), (0, *pads), (1, *dilations)


def _slices(params: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Windows of three dimensions as those inside each slice, and those across slices that were pooled."""
    (n, c, depth, *plane), out, window, steps, pads, dilations = params
    inside = ((n, c * depth, *plane), out[1:], window[1:], steps[1:], pads[1:], dilations[1:])
    across = (n, c, depth, out[1] * out[2]), (out[0], out[1] * out[2])
    return inside, (*across, (window[0], 1), (steps[0], 1), (pads[0], 0), (dilations[0], 1))


# --- maximum --------------------------------------------------------------------------------------------------------------


def _max_pool(n: int, input: Tensor, params: tuple[Any, ...]) -> Tensor:
    """The largest element of each window."""
    if n == 2:
        return max_pool(input, params)
    if n == 1:
        return max_pool(input.unsqueeze(2), _flat_plane(params)).squeeze(2)
    inside, across = _slices(params)
    pooled = max_pool(input.reshape(inside[0]), inside)
    return max_pool(pooled.reshape(across[0]), across).reshape(*params[0][:2], *params[1])


def _max_positions(n: int, input: Tensor, params: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
    """The largest element of each window and its flat position (int64), without gradients."""
    if n == 2:
        values, indices = max_pool_with_indices(input, params)
        return values, indices.long()
    if n == 1:
        values, indices = max_pool_with_indices(input.unsqueeze(2), _flat_plane(params))
        return values.squeeze(2), indices.squeeze(2).long()
    inside, across = _slices(params)
    pooled, places = max_pool_with_indices(input.reshape(inside[0]), inside)
    values, winners = max_pool_with_indices(pooled.reshape(across[0]), across)
    batch, shape = params[0], (*params[0][:2], *params[1])
    winners = winners.long().reshape(*batch[:2], prod(params[1]))  # positions among (slice, window of the slice)
    within = places.long().flatten(0, 1).reshape(*batch[:2], prod(across[0][2:])).gather(2, winners)
    slices = winners // across[0][3]
    return values.reshape(shape), (slices * (batch[3] * batch[4]) + within).reshape(shape)


def _max(
    n: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    name = f"max_pool{n}d_with_indices" if return_indices else f"max_pool{n}d"
    batched, params = _geometry(name, n, input, kernel_size, stride, padding, dilation, ceil_mode)
    single = input.dim() == n + 1
    if not return_indices:
        result = _max_pool(n, batched, params)
        return result.squeeze(0) if single else result
    values, indices = _max_positions(n, batched.detach(), params)
    if batched._is_recorded:
        values = _max_pool(n, batched, params)
    return (values.squeeze(0), indices.squeeze(0)) if single else (values, indices)


@shown_as("SqueezeBackward1")
def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of (N, C, L) or (C, L); with ``return_indices`` also its position (int64)."""
    if not return_indices:
        need_kind("max_pool1d_impl", ("half", "wide"), input._cl_meta.dtype)
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@lasting
def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window; with ``return_indices`` also its flat position in the plane (int64)."""
    return _max(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@shown_as("MaxPool3DWithIndicesBackward0")
@lasting
def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of (N, C, D, H, W) or (C, D, H, W); with ``return_indices`` also its flat position
    in the volume (int64)."""
    if not return_indices:
        input = cast_as("max_pool3d_without_indices", input)
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool1d` and the positions, whatever ``return_indices`` says."""
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


@lasting
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool2d` and the positions, whatever ``return_indices`` says."""
    return _max(2, input, kernel_size, stride, padding, dilation, ceil_mode, True)


@lasting
def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool3d` and the positions, whatever ``return_indices`` says."""
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode, True)


# --- back to where the maximum was ----------------------------------------------------------------------------------------


def _unpool(
    n: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    window = _each(kernel_size, n)
    steps = window if stride is None else _each(stride, n)
    if len(input._cl_meta.shape) < len(window) or len(steps) < len(window):
        raise IndexError("tuple index out of range")
    if len(window) < n:
        what = {2: "two elements (height, width)", 3: "three elements (depth, height, width)"}[n]
        raise RuntimeError(f"There should be exactly {what} in output_size, but got {len(window)} elements.")
    wanted = _unpool_output_size(input, window, steps, _each(padding, n), output_size)
    for d, size in enumerate(wanted[:n]):
        if size < 0:
            raise ValueError(
                "max_unpooling: output_size must contain non-negative spatial dimensions, but got "
                f"output_size[{d}]={size}"
            )
    out = integers([int(size) if isinstance(size, bool) else size for size in wanted], "output_size")
    if len(out) != n:
        raise RuntimeError(f"There should be exactly {n} elements in output_size, but got {len(out)} elements.")
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype}")
    if indices.shape != input.shape:
        line = (1,) * (n == 1)  # which PyTorch unpools as planes of width 1
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({[*input.shape, *line]}) but got indices "
            f"tensor with shape: {[*indices.shape, *line]}"
        )
    if len(input._cl_meta.shape) not in (n + 1, n + 2):
        raise RuntimeError(f"Input to max_unpooling{n}d should be a {n + 1}d or {n + 2}d Tensor, but got {input.dim()}")
    lead = input._cl_meta.shape[:-n]
    if 0 not in out:
        need_kind(f"max_unpool{max(n, 2)}d", ("half", "wide"), input._cl_meta.dtype)
    if 0 in out or 0 in lead:
        return input.reshape(-1)[:0].reshape(*lead, *out)
    flat = input._filled((*lead, prod(out)), 0, input._cl_meta.dtype, input._cl_meta.device)
    return flat.scatter(-1, indices.reshape(*lead, -1), input.reshape(*lead, -1)).reshape(*lead, *out)


def _each(value: Any, n: int) -> tuple[Any, ...]:
    """What is given as a sequence, or one number for each dimension."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


def _unpool_output_size(input: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> tuple[Any, ...]:
    n = len(kernel_size)
    if len(padding) < n:
        raise IndexError("tuple index out of range")
    usual = tuple((size - 1) * s + k - 2 * p for size, k, s, p in zip(input.shape[-n:], kernel_size, stride, padding))
    if output_size is None:
        return usual
    wanted = tuple(output_size)
    if len(wanted) == n + 2:
        wanted = wanted[2:]
    if len(wanted) != n:
        raise ValueError(
            f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of '{len(wanted)}'"
        )
    for d, (size, middle, s) in enumerate(zip(wanted, usual, stride)):
        if not middle - s < size < middle + s:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {d} must be between {middle - s} and {middle + s})'
            )
    return wanted


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Elements at the positions that `max_pool1d` gave, zeros elsewhere."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


@shown_as("MaxUnpool2DBackward0")
@lasting
def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Elements at the positions that `max_pool2d` gave, zeros elsewhere."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Elements at the positions that `max_pool3d` gave, zeros elsewhere."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)


# --- mean -----------------------------------------------------------------------------------------------------------------


def _need_averages(n: int, input: Tensor) -> None:
    """NotImplementedError for integers of less than 64 bits, which PyTorch does not average."""
    if input._cl_meta.dtype is not dtypes.int64:
        need_kind(f"avg_pool{n}d", ("half", "wide", "bool", "complex"), input._cl_meta.dtype)


def _divisor(divisor: Any) -> int | None:
    """``divisor_override`` as an integer, which is not 0."""
    if divisor is None:
        return None
    divisor = integer(divisor, "divisor_override")
    if not divisor:
        raise RuntimeError("divisor must be not zero")
    return divisor


@shown_as("SqueezeBackward1")
def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of (N, C, L) or (C, L)."""
    _need_averages(1, input)
    batched, params = _geometry("avg_pool1d", 1, input, kernel_size, stride, padding, 1, ceil_mode)
    x, out, window, steps, pads, _ = _flat_plane(params)
    result = batched.unsqueeze(2)._op("avg_pool", x, out, window, steps, pads, count_include_pad, None).squeeze(2)
    return result if input.dim() == 3 else result.squeeze(0)


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The mean of each window, or its sum divided by ``divisor_override``."""
    divisor_override = _divisor(divisor_override)
    if input.dim() < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.dim()}, {input.dim() - 1}], but got -3)"
        )
    _need_averages(2, input)
    batched, params = _geometry("avg_pool2d", 2, input, kernel_size, stride, padding, 1, ceil_mode)
    x, made, window, steps, pads, _ = params
    result = batched._op("avg_pool", x, made, window, steps, pads, count_include_pad, divisor_override)
    return stored(lying_as(result, input) if input.dim() == 4 else result.squeeze(0), out)


@autocasting
@shown_as("AvgPool3DBackward0")
def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The mean of each window of (N, C, D, H, W) or (C, D, H, W), or its sum divided by ``divisor_override``."""
    divisor_override = _divisor(divisor_override)
    _need_averages(3, input)
    batched, params = _geometry("avg_pool3d", 3, input, kernel_size, stride, padding, 1, ceil_mode)
    (x, made, window, steps, pads, _), across = _slices(params)
    once = not batched._cl_meta.dtype.differentiable  # what is an integer is divided once, at the end
    alone = None if divisor_override is None and not once else 1
    first = 1 if once else divisor_override
    pooled = batched.reshape(x)._op("avg_pool", x, made, window, steps, pads, count_include_pad, first)
    x, made, window, steps, pads, _ = across
    result = pooled.reshape(x)._op("avg_pool", x, made, window, steps, pads, count_include_pad, alone)
    result = result.reshape(*params[0][:2], *params[1])
    if once:
        by = _counts(batched, params, count_include_pad) if divisor_override is None else divisor_override
        result = result.div(by, rounding_mode="trunc")
    return stored(result if input.dim() == 5 else result.squeeze(0), out)


def _counts(like: Tensor, params: tuple[Any, ...], padded: bool) -> Any:
    """How many elements each window has, with those of the padding or without."""
    total: Any = 1
    for d, (n, out, window, step, pad) in enumerate(zip(params[0][2:], *params[1:5], strict=True)):
        start = like._range(0, 1, out) * step - pad
        end = (start + window).clamp_max(n + pad)
        size = end - start if padded else end.clamp_max(n) - start.clamp_min(0)
        total = size.reshape(tuple(-1 if k == d else 1 for k in range(len(params[1])))) * total
    return total


# --- powers ---------------------------------------------------------------------------------------------------------------


def _lp(means: Tensor, norm_type: float, count: int) -> Tensor:
    """Norms of windows of ``count`` elements from the means of their powers."""
    return (means.sign() * means.abs().relu() * count) ** (1.0 / norm_type)


def _need_count(n: int, kernel_size: Any) -> None:
    """ValueError for another number of sizes than dimensions, as Python's unpacking has it."""
    if n > 1 and isinstance(kernel_size, (tuple, list)) and len(kernel_size) != n:
        raise ValueError(f"expected {n} values to unpack, got {len(kernel_size)}")


def lp_pool1d(
    input: Tensor, norm_type: Number, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The norm of order ``norm_type`` of each window (signs of odd powers count)."""
    _need_count(1, kernel_size)
    if norm_type == inf:
        return max_pool1d(input.abs(), kernel_size, stride, ceil_mode=ceil_mode)
    means = avg_pool1d(input**norm_type, kernel_size, stride, 0, ceil_mode)
    return _lp(means, norm_type, prod(sizes(kernel_size, 1, "kernel_size")))


def lp_pool2d(
    input: Tensor, norm_type: Number, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The norm of order ``norm_type`` of each window (signs of odd powers count)."""
    _need_count(2, kernel_size)
    if norm_type == inf:
        return max_pool2d(input.abs(), kernel_size, stride, ceil_mode=ceil_mode)
    means = avg_pool2d(input**norm_type, kernel_size, stride, 0, ceil_mode)
    return _lp(means, norm_type, prod(sizes(kernel_size, 2, "kernel_size")))


def lp_pool3d(
    input: Tensor, norm_type: Number, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The norm of order ``norm_type`` of each window (signs of odd powers count)."""
    _need_count(3, kernel_size)
    if norm_type == inf:
        return max_pool3d(input.abs(), kernel_size, stride, ceil_mode=ceil_mode)
    means = avg_pool3d(input**norm_type, kernel_size, stride, 0, ceil_mode)
    return _lp(means, norm_type, prod(sizes(kernel_size, 3, "kernel_size")))
