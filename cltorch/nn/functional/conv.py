"""Convolution and its transpose in one, two and three dimensions. See the torch.nn.functional page of each name.

The kernels know two spatial dimensions. One dimension is two with a height of 1. In three, the taps along depth become input
channels: the slices that a depth of the result reads lie side by side, and one convolution of two dimensions does the rest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ... import dtypes
from ...autograd.aliases import no_view
from ...autograd.composite import widened
from ...autograd.names import called
from ...tensor.cat import join
from ...tensor.planes import convolve, convolve_back
from ...tensor.tensor import Tensor
from .padding import pad
from .sizes import sizes

__all__ = ["conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

Shape = tuple[int, ...]


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """One-dimensional cross-correlation: (N, C, L) or (C, L) with weight (O, C / groups, K)."""
    batched, strides, pads, dilations = _prepared(1, input, weight, bias, stride, padding, dilation, groups)
    result = convolve(
        batched.unsqueeze(2), weight.unsqueeze(2), bias, (1, *strides), (0, *pads), (1, *dilations), groups
    )
    return _unbatched(result.squeeze(2), input)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Two-dimensional cross-correlation: (N, C, H, W) or (C, H, W) with weight (O, C / groups, kH, kW)."""
    batched, strides, pads, dilations = _prepared(2, input, weight, bias, stride, padding, dilation, groups)
    return _unbatched(convolve(batched, weight, bias, strides, pads, dilations, groups), input)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Three-dimensional cross-correlation: (N, C, D, H, W) or (C, D, H, W) with weight (O, C / groups, kD, kH, kW)."""
    batched, strides, pads, dilations = _prepared(3, input, weight, bias, stride, padding, dilation, groups)
    if pads[0]:
        batched = pad(batched, (0, 0, 0, 0, pads[0], pads[0]))
    taps, step, apart = weight._cl_meta.shape[2], strides[0], dilations[0]
    n, channels, depth, *plane = batched._cl_meta.shape
    out = (depth - apart * (taps - 1) - 1) // step + 1
    slices = [batched[:, :, k * apart : k * apart + (out - 1) * step + 1 : step].unsqueeze(2) for k in range(taps)]
    planes = (join(slices, 2) if taps > 1 else slices[0]).permute(0, 3, 1, 2, 4, 5)
    flat = planes.reshape(n * out, channels * taps, *plane)
    kernel = weight.reshape(weight._cl_meta.shape[0], -1, *weight._cl_meta.shape[3:])
    result = convolve(flat, kernel, bias, strides[1:], pads[1:], dilations[1:], groups)
    result = result.reshape(n, out, *result._cl_meta.shape[1:]).transpose(1, 2)
    return _unbatched(result.contiguous(), input)


def _unbatched(result: Tensor, input: Tensor) -> Tensor:
    """The result without the batch dimension that an input without one was given."""
    made = result if len(input._cl_meta.shape) == len(result._cl_meta.shape) else result.squeeze(0)
    return called(no_view(made), "ConvolutionBackward0")


def _prepared(
    n: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> tuple[Tensor, Shape, Shape, Shape]:
    """The input as a batch, and stride, padding and dilation for each dimension; what "same" asks beyond equal padding at
    both ends is padded already."""
    padding = padding if isinstance(padding, str) else sizes(padding, n, "padding")
    strides, dilations = sizes(stride, n, "stride"), sizes(dilation, n, "dilation")
    pads, extra = _convolution(
        n, input._cl_meta, weight._cl_meta, None if bias is None else bias._cl_meta, strides, padding, dilations, groups
    )
    batched = input if len(input._cl_meta.shape) == n + 2 else input.unsqueeze(0)
    return batched if extra is None else pad(batched, extra), strides, pads, dilations


@lru_cache(maxsize=1024)
def _convolution(
    n: int, input: Any, weight: Any, bias: Any, stride: Shape, padding: Any, dilation: Shape, groups: int
) -> tuple[Shape, Shape | None]:
    """The padding of both ends of each dimension, and what is to be padded before where the ends differ; arguments are
    metas. RuntimeError for what PyTorch refuses. Remembered, since a training loop asks the same each step."""
    if len(input.shape) not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to conv{n}d, but got input of size: "
            f"{list(input.shape)}"
        )
    if len(weight.shape) < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if len(weight.shape) != n + 2:
        raise RuntimeError(_dimensions(n, input, weight, stride, padding))
    _check_numbers(weight, stride, dilation, groups, padding)
    _check_channels(input, input.shape[-n - 1], weight, bias, groups)
    pads, extra = _padding(padding, weight.shape[2:], stride, dilation)
    ends = [0] * n if extra is None else [extra[2 * k + 1] for k in reversed(range(n))]
    padded = [size + 2 * p + end for size, p, end in zip(input.shape[-n:], pads, ends)]
    extents = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilation)]
    if any(size < extent for size, extent in zip(padded, extents)):
        found, needed = (" x ".join(map(str, numbers)) for numbers in (padded, extents))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({found}). Kernel size: "
            f"({needed}). Kernel size can't be greater than actual input size"
        )
    return pads, extra


def _dimensions(n: int, input: Any, weight: Any, stride: Shape, padding: Any) -> str:
    """What is wrong with a weight of another number of dimensions than it should have."""
    dims, shape = len(weight.shape), list(weight.shape)
    if dims > n + 2 or isinstance(padding, str):
        batch = list(input.shape) if len(input.shape) == n + 2 else [1, *input.shape]
        found = f"{n + 2}-dimensional input of size {batch}"
        space = "" if isinstance(padding, str) else " "
        return f"Expected {dims}-dimensional input for {dims}-dimensional weight{space}{shape}, but got {found} instead"
    return (
        f"expected stride to be a single integer value or a list of {dims - 2} values to match the convolution dimensions, "
        f"but got stride={list(stride)}"
    )


def _check_numbers(weight: Any, stride: Shape, dilation: Shape, groups: int, padding: Any) -> None:
    shape = list(weight.shape)
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if not isinstance(padding, str) and min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        found = "" if min(dilation) else f", but got {list(dilation)}"
        raise RuntimeError(f"dilation should be greater than zero{found}")
    if 0 in shape[2:]:
        raise RuntimeError(f"kernel size should be greater than zero, but got weight of size {shape}")
    if shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {shape} "
            "instead"
        )
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"[{shape}] instead"
        )


def _check_channels(input: Any, channels: int, weight: Any, bias: Any, groups: int, transposed: bool = False) -> None:
    shape, given = list(weight.shape), "transposed=1" if transposed else f"groups={groups}"
    wanted, made = (shape[0], shape[1] * groups) if transposed else (shape[1] * groups, shape[0])
    if channels != wanted:
        raise RuntimeError(
            f"Given {given}, weight of size {shape}, expected input{list(input.shape)} to have "
            f"{wanted} channels, but got {channels} channels instead"
        )
    if bias is not None and tuple(bias.shape) != (made,):
        raise RuntimeError(
            f"Given {'transposed=1, ' if transposed else ''}weight of size {shape}, expected bias to be 1-dimensional with "
            f"{made} elements, but got bias of size {list(bias.shape)} instead"
        )
    if input.dtype is dtypes.bool or (
        transposed and not input.dtype.differentiable and input.dtype is not dtypes.int64
    ):
        kernel = f"slow_conv{'_transpose' if transposed else ''}{min(max(len(shape) - 2, 2), 3)}d_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.title}'")
    is_small = groups == 1 and (len(input.shape) < len(shape) or input.shape[0] == 1)
    plain = (
        transposed
        and len(shape) < 5
        and (is_small or input.dtype is not dtypes.float32)
        and input.dtype is not dtypes.bfloat16
    )
    is_added = plain and bias is not None and bias.dtype.is_complex == input.dtype.is_complex  # by what casts it
    if bias is not None and not is_added and bias.dtype is not input.dtype:
        kinds = input.dtype.c_name, bias.dtype.c_name
        raise RuntimeError("Input type ({}) and bias type ({}) should be the same".format(*kinds))
    if weight.dtype is not input.dtype and input.dtype is dtypes.float32 and not is_small:
        raise RuntimeError(
            f"Input type (torch.FloatTensor) and weight type (torch.{weight.dtype.title}Tensor) should be the same or input "
            "should be a MKLDNN tensor and weight is a dense tensor"
        )
    if weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {weight.dtype.title}")


def _padding(padding: Any, kernel: Shape, stride: Shape, dilation: Shape) -> tuple[Shape, Shape | None]:
    if padding == "valid":
        return (0,) * len(kernel), None
    if padding == "same":
        if max(stride) != 1:
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        spans = [d * (k - 1) for k, d in zip(kernel, dilation)]
        extra = tuple(end for span in reversed(spans) for end in (0, span % 2))
        return tuple(span // 2 for span in spans), extra if any(extra) else None
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    return padding, None


# --- transposed -----------------------------------------------------------------------------------------------------------


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv1d`: (N, C, L) or (C, L) with weight (C, O / groups, K)."""
    batched, strides, pads, dilations, out = _transposed(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
    result = _spread_out(
        batched.unsqueeze(2),
        weight.unsqueeze(2),
        (*out[:2], 1, *out[2:]),
        (1, *strides),
        (0, *pads),
        (1, *dilations),
        groups,
    )
    return _unbatched(_with_bias(result.squeeze(2), bias), input)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv2d`: (N, C, H, W) or (C, H, W) with weight (C, O / groups, kH, kW)."""
    batched, strides, pads, dilations, out = _transposed(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
    result = _spread_out(batched, weight, out, strides, pads, dilations, groups)
    return _unbatched(_with_bias(result, bias), input)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv3d`: (N, C, D, H, W) or (C, D, H, W) with weight (C, O / groups, kD, kH, kW).

    Each slice gives what it adds to all depths that it reaches, by one transposed convolution of two dimensions whose
    output channels are the taps along depth; then these are added where they belong."""
    batched, strides, pads, dilations, out = _transposed(
        3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
    n, channels, depth, *plane = batched._cl_meta.shape
    taps, step, apart = weight._cl_meta.shape[2], strides[0], dilations[0]
    flat = batched.transpose(1, 2).reshape(n * depth, channels, *plane)
    kernel = weight.reshape(channels, -1, *weight._cl_meta.shape[3:])
    shape = (n * depth, out[1] * taps, *out[3:])
    flat, kernel = widened((flat, kernel))  # what is added up is rounded once
    parts = _spread_out(flat, kernel, shape, strides[1:], pads[1:], dilations[1:], groups)
    parts = parts.reshape(n, depth, out[1], taps, *out[3:]).permute(0, 2, 3, 1, 4, 5)
    reach = max((depth - 1) * step + apart * (taps - 1) + 1, pads[0] + out[2])
    whole = input._filled((n, out[1], reach, *out[3:]), 0, parts._cl_meta.dtype, input._cl_meta.device)
    for k in range(taps):
        whole[:, :, k * apart : k * apart + (depth - 1) * step + 1 : step].add_(parts[:, :, k])
    result = whole.narrow(2, pads[0], out[2]).contiguous()
    return _unbatched(_with_bias(result, bias).to(input.dtype), input)


def _spread_out(
    batched: Tensor, weight: Tensor, out: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int
) -> Tensor:
    """The transposed convolution of two dimensions whose result has the shape ``out``: the gradient of a convolution's
    input of that shape. A shape that no such convolution could have had (output_padding beyond a step) is cut from the
    whole result, with zeros behind it."""
    spans = [d * (k - 1) + 1 for k, d in zip(weight._cl_meta.shape[2:], dilation)]
    if all(
        (n + 2 * p - span) // s + 1 == m for n, p, span, s, m in zip(out[2:], padding, spans, stride, batched.shape[2:])
    ):
        return convolve_back(batched, weight, out, stride, padding, dilation, groups)
    whole = tuple((m - 1) * s + span for m, s, span in zip(batched.shape[2:], stride, spans))
    result = convolve_back(batched, weight, (*out[:2], *whole), stride, (0, 0), dilation, groups)
    ends = [(-p, n + p - m) for n, p, m in zip(out[2:], padding, whole)]
    return pad(result, (*ends[1], *ends[0]))


def _with_bias(result: Tensor, bias: Tensor | None) -> Tensor:
    return result if bias is None else result + bias.to(result.dtype).reshape((-1,) + (1,) * (result.dim() - 2))


def _transposed(
    n: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> tuple[Tensor, Shape, Shape, Shape, Shape]:
    """The input as a batch, stride, padding and dilation for each dimension, and the result's shape."""
    strides, pads, ends, dilations = (
        sizes(value, n, name)
        for name, value in (
            ("stride", stride),
            ("padding", padding),
            ("output_padding", output_padding),
            ("dilation", dilation),
        )
    )
    shape, kernel = input._cl_meta.shape, weight._cl_meta.shape
    if len(kernel) != n + 2 or len(shape) not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to conv_transpose{n}d, but got input of size: "
            f"{list(shape)}"
            if len(kernel) == n + 2
            else f"Expected {n + 2}-dimensional weight for conv_transpose{n}d, but got weight of size {list(kernel)}"
        )
    _check_numbers(weight._cl_meta, strides, dilations, groups, (*pads, *ends))
    bias_meta = None if bias is None else bias._cl_meta
    _check_channels(input._cl_meta, shape[-n - 1], weight._cl_meta, bias_meta, groups, transposed=True)
    if any(end >= s and end >= d for end, s, d in zip(ends, strides, dilations)):
        names = ("depth", "height", "width")[-n:]
        listed = " ".join(
            f"{kind}_{name}: {value}"
            for kind, values in (("output_padding", ends), ("stride", strides), ("dilation", dilations))
            for name, value in zip(names, values)
        )
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {listed}")
    batched = input if len(shape) == n + 2 else input.unsqueeze(0)
    out = tuple(
        (size - 1) * s - 2 * p + d * (k - 1) + end + 1
        for size, s, p, d, k, end in zip(shape[-n:], strides, pads, dilations, kernel[2:], ends)
    )
    if min(out) < 1:
        given, made = ((" x ".join(map(str, numbers))) for numbers in (shape[-n:], out))
        raise RuntimeError(
            f"Given input size per channel: ({given}). Calculated output size per channel: ({made}). Output size is too small"
        )
    return batched, strides, pads, dilations, (batched._cl_meta.shape[0], kernel[1] * groups, *out)


def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """A convolution of (time, batch, channels) with a weight (width, channels, out)."""
    bias = bias.to(input.dtype)
    return conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, 1, pad).permute(2, 0, 1).contiguous()
