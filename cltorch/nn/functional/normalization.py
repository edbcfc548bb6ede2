"""Normalization. See the torch.nn.functional page of each name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

from ...autograd.composite import composite, is_narrow
from ...autograd.names import called, shown_as
from ...autograd.remembered import remembered
from ...dtypes import finfo, float32
from ...ops import rules
from ...ops.arguments import Number, need_kind
from ...ops.rules import integers
from ...tensor.apply import stored
from ...tensor.formats import is_like_channels_last
from ...tensor.guards import refuse_gradient
from ...tensor.planes import lying_as
from ...tensor.tensor import Tensor
from .loss import FLOATS
from .padding import pad
from .pooling import avg_pool2d

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
]


def _normalize_vjp(
    g: Tensor,
    y: Any,
    aux: tuple[Tensor, Tensor],
    input: Tensor,
    weight: Any,
    bias: Any,
    dims: Any,
    shape: Any,
    eps: float,
) -> tuple[Any, ...]:
    """Gradients of ``(input - mean) * rstd * weight + bias`` over ``dims`` (Ioffe, Szegedy 2015)."""
    mean, rstd = aux
    count = prod(input._cl_meta.shape[d] for d in dims)
    centred = (input - mean) * rstd
    summed = tuple(d for d, n in enumerate(shape) if n == 1) if weight is not None or bias is not None else ()
    scaled = g if weight is None else g * weight.reshape(shape)
    first, second = scaled.sum(dims, True), (scaled * centred).sum(dims, True)
    grad = rstd * (scaled - (first + centred * second) / count)
    grad_weight = None if weight is None else (g * centred).sum(summed, True).reshape(weight._cl_meta.shape)
    grad_bias = None if bias is None else g.sum(summed, True).reshape(bias._cl_meta.shape)
    return grad, grad_weight, grad_bias


@composite(vjp=_normalize_vjp, saves="aux", name="native_batch_norm")
def _normalize(input: Tensor, weight: Any, bias: Any, dims: Any, shape: Any, eps: float) -> Any:
    """Normalized over ``dims``, scaled by weight and bias of broadcast shape ``shape``; also mean and 1 / deviation."""
    count = prod(input._cl_meta.shape[d] for d in dims)
    mean = input.sum(dims, True) / count
    centred = input - mean
    rstd = ((centred * centred).sum(dims, True) / count + eps).rsqrt()
    result = centred * rstd
    if weight is not None:
        result = result * weight.reshape(shape)
    if bias is not None:
        result = result + bias.reshape(shape)
    return result, (mean, rstd)


def _standardize_vjp(
    g: Tensor,
    y: Any,
    aux: Any,
    input: Tensor,
    mean: Tensor,
    var: Tensor,
    weight: Any,
    bias: Any,
    shape: Any,
    eps: float,
) -> tuple[Any, ...]:
    dims = tuple(d for d, n in enumerate(input._cl_meta.shape) if d != 1)
    rstd = (var.reshape(shape) + eps).rsqrt()
    grad = g * (rstd if weight is None else rstd * weight.reshape(shape))
    grad_weight = None if weight is None else (g * (input - mean.reshape(shape)) * rstd)._sum(dims, False)
    return grad, None, None, grad_weight, None if bias is None else g._sum(dims, False)


def _verify_batch_size(size: Sequence[int]) -> None:
    """ValueError for (N, C, ...) with one value a channel."""
    if prod(size[2:], start=size[0]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def _verify_spatial_size(size: Sequence[int]) -> None:
    """ValueError for (N, C, ...) with one value a channel of a sample."""
    if prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {size}")


@composite(vjp=_standardize_vjp, saves="input mean var weight bias", name="native_batch_norm")
def _standardize(input: Tensor, mean: Tensor, var: Tensor, weight: Any, bias: Any, shape: Any, eps: float) -> Tensor:
    """Normalized by given statistics, one a channel."""
    result = (input - mean.reshape(shape)) * (var.reshape(shape) + eps).rsqrt()
    result = result if weight is None else result * weight.reshape(shape)
    return result if bias is None else result + bias.reshape(shape)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Tensor:
    """Normalizes each channel (dimension 1) over batch and space, or by the running statistics."""
    if not input._cl_meta.view.numel:
        scaled = input.clone() if weight is None else input * weight[0]
        return scaled if bias is None else scaled + bias[0]
    rules.wrap_dim(1, input.dim())
    _check_channels(
        input._cl_meta, *(None if part is None else part._cl_meta for part in (running_mean, running_var, weight, bias))
    )
    refuse_gradient("native_batch_norm", running_mean=running_mean, running_var=running_var)
    dims = (0, *range(2, input.dim()))
    shape = tuple(n if d == 1 else 1 for d, n in enumerate(input._cl_meta.shape))
    if not input._cl_meta.view.is_contiguous and not is_like_channels_last(input._cl_meta.view):
        input = input.contiguous()
    if not training:
        if running_mean is None or running_var is None:
            missing = "running_mean" if running_mean is None else "running_var"
            raise RuntimeError(f"{missing} must be defined in evaluation mode")
        return _standardize(input, running_mean, running_var, weight, bias, shape=shape, eps=eps)
    if (running_mean is None) is not (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    _verify_batch_size(input.shape)
    count = prod(input._cl_meta.shape[d] for d in dims)
    result, (mean, rstd) = _normalize.with_aux(input, weight, bias, dims=dims, shape=shape, eps=eps)
    if running_mean is not None and running_var is not None and count:
        unbiased = (1.0 / (rstd * rstd) - eps) * (count / (count - 1))
        running_mean.copy_(running_mean * (1 - momentum) + mean.reshape(running_mean._cl_meta.shape) * momentum)
        running_var.copy_(running_var * (1 - momentum) + unbiased.reshape(running_var._cl_meta.shape) * momentum)
    return result


@lru_cache(maxsize=1024)
def _check_channels(input: Any, *parts: Any) -> None:
    """RuntimeError unless running mean and variance, weight and bias have one number a channel, of a dtype that goes with the input's;
    arguments are metas."""
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{input.dtype.title}'")
    for name, part in zip(("running_mean", "running_var", "weight", "bias"), parts):
        if part is not None and part.shape != (input.shape[1],):
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {part.view.numel}")
    _need_parameters(input, *parts)


def _normalized(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of what is normalized together; RuntimeError if it has no dimension."""
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    return integers(shape, "normalized_shape")


def _need_alike(last: tuple[int, ...], **parameters: Tensor | None) -> None:
    """RuntimeError unless parameters have the shape that is normalized."""
    for name, parameter in parameters.items():
        if parameter is not None and tuple(parameter.shape) != last:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(parameter.shape)} and "
                f"normalized_shape = {list(last)}"
            )


def _need_parameters(input: Any, *parameters: Any) -> None:
    """RuntimeError unless parameters have the input's dtype, or are float32 beside 16-bit floats; of tensors, or of their metas."""
    kinds = {p.dtype for p in parameters if p is not None}
    if not kinds or kinds == {input.dtype} or (kinds == {float32} and input.dtype.itemsize == 2):
        return
    raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """Normalizes over the last dimensions, which have ``normalized_shape`` (Ba et al. 2016)."""
    last, meta = _normalized(normalized_shape), input._cl_meta
    scale, shift = None if weight is None else weight._cl_meta, None if bias is None else bias._cl_meta
    key = (len(meta.shape), meta.shape[-len(last) :], meta.dtype, last, scale, shift)
    found = _LAYERS.get(key)
    if found is None:  # whatever the other sizes are
        found = _layer(input, last, weight, bias)
        if len(_LAYERS) >= LAYERS_KEPT:
            _LAYERS.clear()
        _LAYERS[key] = found
    dims, shape = found
    return _normalize_last(input.contiguous(), weight, bias, dims=dims, shape=shape, eps=eps)


LAYERS_KEPT = 1 << 10
_LAYERS: dict[Any, tuple[tuple[int, ...], tuple[int, ...]]] = {}


def _layer(
    input: Tensor, last: tuple[int, ...], weight: Tensor | None, bias: Tensor | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The dimensions that are normalized, and the shape in which parameters meet them, once all has been checked."""
    _need_alike(last, weight=weight, bias=bias)
    before = input.dim() - len(last)
    if tuple(input.shape[before:]) != last:
        raise RuntimeError(
            f"Given normalized_shape={list(last)}, expected input with shape [*, {', '.join(map(str, last))}], but got input "
            f"of size{list(input.shape)}"
        )
    need_kind("LayerNormKernelImpl", FLOATS, input._cl_meta.dtype)
    _need_parameters(input, weight, bias)
    return tuple(range(before, input.dim())), (1,) * before + last


def _normalize_last_vjp(
    g: Tensor, y: Any, aux: Any, input: Tensor, weight: Any, bias: Any, dims: Any, shape: Any, eps: float
) -> tuple[Any, ...]:
    mean, rstd = aux
    count = prod(input._cl_meta.shape[d] for d in dims)
    centred = (input - mean) * rstd
    lead = tuple(range(input.dim() - len(dims)))
    scaled = g if weight is None else g * weight
    grad = rstd * (scaled - (scaled.sum(dims, True) + centred * (scaled * centred).sum(dims, True)) / count)
    grad_weight = None if weight is None else ((g * centred).sum(lead) if lead else g * centred)
    return grad, grad_weight, None if bias is None else (g.sum(lead) if lead else g)


_normalize_last = composite(vjp=_normalize_last_vjp, saves="aux", name="native_layer_norm")(_normalize.__wrapped__)  # type: ignore[attr-defined]


_normalize_groups = composite(vjp=_normalize_vjp, saves="aux", name="native_group_norm")(_normalize.__wrapped__)  # type: ignore[attr-defined]


@shown_as("NativeGroupNormBackward0")
@remembered
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05
) -> Tensor:
    """Normalizes (N, C, ...) in groups of channels (Wu, He 2018), then scales and shifts each channel."""
    shape = input._cl_meta.shape
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    n, channels = shape[:2]
    _verify_batch_size([n * channels // max(num_groups, 1), num_groups, *shape[2:]])
    return grouped(input, num_groups, weight, bias, eps)


def grouped(input: Tensor, num_groups: int, weight: Tensor | None, bias: Tensor | None, eps: float) -> Tensor:
    """`group_norm`, also of one element a group. IndexError for less than two dimensions."""
    shape = input._cl_meta.shape
    if len(shape) < 2:
        raise IndexError(f"Dimension out of range (expected to be in range of [-1, 0], but got {len(shape)})")
    n, channels = shape[:2]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(shape)} and "
            f"num_groups={num_groups}"
        )
    for name, part in (("weight", weight), ("bias", bias)):
        if part is not None and part._cl_meta.shape != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape "
                f"{list(part.shape)} and input of shape {list(shape)}"
            )
    need_kind("GroupNormKernelImpl", FLOATS, input._cl_meta.dtype)
    _need_parameters(input, weight, bias)
    rows = input.contiguous().reshape(n, num_groups, channels // num_groups, prod(shape[2:]))
    each = (1, num_groups, channels // num_groups, 1)
    return lying_as(_normalize_groups(rows, weight, bias, dims=(2, 3), shape=each, eps=eps).reshape(shape), input)


@shown_as("ViewBackward0")
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Tensor:
    """Normalizes each channel of each sample of (N, C, ...) over space (Ulyanov et al. 2016); running statistics move by
    the mean over the batch, and are used without ``use_input_stats``."""
    shape = input._cl_meta.shape
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    _verify_spatial_size(input.shape)
    _need_parameters(input, weight, bias)
    count = prod(shape[2:])
    planes = input.contiguous().reshape(*shape[:2], count)
    result, (mean, rstd) = _normalize.with_aux(planes, weight, bias, dims=(2,), shape=(1, shape[1], 1), eps=eps)
    if running_mean is not None and running_var is not None:
        unbiased = (1.0 / (rstd * rstd) - eps) * (count / (count - 1))
        running_mean.copy_(running_mean * (1 - momentum) + mean.mean((0, 2)) * momentum)
        running_var.copy_(running_var * (1 - momentum) + unbiased.mean((0, 2)) * momentum)
    return result.reshape(shape)


def _rms_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, weight: Any, dims: Any, eps: float) -> tuple[Any, ...]:
    (rstd,) = aux
    count = prod(input._cl_meta.shape[d] for d in dims)
    scaled, normal = g if weight is None else g * weight, input * rstd
    grad = rstd * (scaled - normal * ((scaled * normal).sum(dims, True) / count))
    lead = tuple(range(input.dim() - len(dims)))
    return grad, None if weight is None else ((g * normal).sum(lead) if lead else g * normal)


@composite(vjp=_rms_vjp, saves="aux", name="mul")
def _rms(input: Tensor, weight: Any, dims: Any, eps: float) -> Any:
    count = prod(input._cl_meta.shape[d] for d in dims)
    rstd = ((input * input).sum(dims, True) / count + eps).rsqrt()
    return (input * rstd if weight is None else input * rstd * weight), (rstd,)


@remembered
def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divides by the root of the mean square over the last dimensions (Zhang, Sennrich 2019); ``eps`` is the
    smallest difference from 1 of the dtype that is computed in if not given: of float32 for 16-bit floats."""
    last = _normalized(normalized_shape)
    _need_alike(last, weight=weight)
    lead = input.dim() - len(last)
    if lead < 0 or tuple(input.shape[lead:]) != last:
        raise RuntimeError(
            f"Given normalized_shape={list(last)}, expected input with shape [*{', '.join(map(str, last))}], but got input "
            f"of size{list(input.shape)}"
        )
    need_kind("rms_norm", ("half", "wide", "complex"), input._cl_meta.dtype)
    small = finfo(float32 if is_narrow(input.dtype) else input.dtype).eps if eps is None else eps
    if input.is_complex():  # the rule of real numbers is none of theirs
        normal = input * ((input * input).mean(tuple(range(lead, input.dim())), True) + small).rsqrt()
        return normal if weight is None else normal * weight
    made = _rms(input.contiguous(), weight, dims=tuple(range(lead, input.dim())), eps=small).to(input.dtype)
    return called(made, "ToCopyBackward0") if is_narrow(input.dtype) else made


def local_response_norm(input: Tensor, size: int, alpha: Number = 1e-4, beta: Number = 0.75, k: Number = 1.0) -> Tensor:
    """Divides by ``(k + alpha * mean of squares of size channels nearby) ** beta`` (Krizhevsky et al. 2012)."""
    shape = input._cl_meta.shape
    if len(shape) < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {len(shape)} dimensions)"
        )
    if 0 in shape:
        return input
    squares = (input * input).reshape(shape[0], 1, shape[1], -1)
    near = avg_pool2d(pad(squares, (0, 0, size // 2, (size - 1) // 2)), (size, 1), stride=1)
    return input / (near.reshape(shape) * alpha + k) ** beta


@remembered
def normalize(
    input: Tensor, p: Number | None = 2.0, dim: Any = 1, eps: Number = 1e-12, out: Tensor | None = None
) -> Tensor:
    """``input`` divided by its norm of order ``p`` along ``dim``, or by ``eps`` where that is larger."""
    result = input / input.norm(p, dim, keepdim=True).clamp_min(eps)
    return stored(result, out, exact=False)
