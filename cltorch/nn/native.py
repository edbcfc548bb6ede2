"""Operators of PyTorch's own library that stand behind its functions: with the statistics, masks and gradients that those keep.

They are ``torch.ops.aten`` operators; the older of them are at the top level too.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from ..autograd.composite import widened
from ..autograd.modes import enable_grad, is_grad_enabled
from ..autograd.passes import grad
from ..dtypes import uint8
from ..ops.names import also, public
from ..tensor.sampling import rand_like
from ..tensor.tensor import Tensor
from . import functional as F
from .functional.interpolate import resized


def _statistics(rows: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Mean and one over the deviation of the last dimension."""
    mean = rows.mean(-1)
    return mean, (rows.var(-1, correction=0) + eps).rsqrt()


@public("torch aten")
def native_layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """`nn.functional.layer_norm`, the means and the reciprocal deviations."""
    made = F.layer_norm(input, normalized_shape, weight, bias, eps)
    lead = input.dim() - len(normalized_shape)
    mean, rstd = _statistics(input.detach().reshape(*input.shape[:lead], prod(normalized_shape)), eps)
    kept = (*input.shape[:lead], *(1 for _ in normalized_shape))
    return made, mean.reshape(kept), rstd.reshape(kept)


@public("torch aten")
def native_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """`nn.functional.group_norm`, the means and the reciprocal deviations (N, groups)."""
    mean, rstd = _statistics(input.reshape(N, group, C // group * HxW), eps)
    return F.group_norm(input, group, weight, bias, eps), mean, rstd


@public("torch aten")
def native_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """`nn.functional.batch_norm`, and in training the means and the reciprocal deviations of the channels."""
    result = F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return result, input.new_zeros((0,)), input.new_zeros((0,))
    channels = input.detach().transpose(0, 1).reshape(input.shape[1], -1)
    return result, *_statistics(channels, eps)


@public("torch aten")
def _native_batch_norm_legit(input: Tensor, weight: Any, bias: Any, *args: Any) -> tuple[Tensor, Tensor, Tensor]:
    """`native_batch_norm` with running statistics, or without them: ``(input, weight, bias, training, momentum, eps)``."""
    statistics = args if len(args) == 5 else (None, None, *args)
    return native_batch_norm(input, weight, bias, *statistics)


@public("aten")
def _batch_norm_with_update(
    input: Tensor, weight: Any, bias: Any, running_mean: Tensor, running_var: Tensor, momentum: float, eps: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`native_batch_norm` in training; the fourth result is room that other backends use."""
    results = native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return *results, input.new_zeros((0,), dtype=uint8)


@public("torch aten")
def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """`nn.functional.dropout`, and where elements were kept."""
    if not input.numel():
        return input, input.new_empty(input.shape)
    if train is not False and not input.dtype.differentiable:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.title}")
    if train is False or p == 0:
        return input.clone(), input.new_ones(input.shape).bool()
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={1 - p}")
    keep = rand_like(input.detach().real if input.is_complex() else input.detach(), dtype=None) >= p
    return input * keep * (0.0 if p == 1 else 1 / (1 - p)), keep


@public("aten")
def native_dropout_backward(grad_output: Tensor, mask: Tensor, scale: float) -> Tensor:
    """The gradient of `native_dropout`."""
    return grad_output * mask * scale


@public("torch aten")
def _softmax_backward_data(grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any) -> Tensor:
    """The gradient of softmax from its result."""
    grad_output, output = widened((grad_output, output))
    return (output * (grad_output - (grad_output * output).sum(dim, True))).to(input_dtype)


@public("torch aten")
def _log_softmax_backward_data(grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any) -> Tensor:
    """The gradient of log_softmax from its result."""
    grad_output, output = widened((grad_output, output))
    return (grad_output - output.exp() * grad_output.sum(dim, True)).to(input_dtype)


@public("aten")
def _safe_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """`softmax`, which gives zeros where all is -inf."""
    source = input if dtype is None else input.to(dtype)
    empty = (source == float("-inf")).all(dim, True)
    return source.masked_fill(empty, 0.0).softmax(dim).masked_fill(empty, 0.0)


@public("aten")
def max_pool2d_with_indices_backward(
    grad_output: Tensor,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: Tensor,
) -> Tensor:
    """The gradient of `nn.functional.max_pool2d` from where the largest elements lie."""
    lead, plane = input.shape[:-2], prod(input.shape[-2:])
    flat = grad_output.new_zeros((*lead, plane))
    return flat.scatter_add(-1, indices.reshape(*lead, -1), grad_output.reshape(*lead, -1)).reshape(input.shape)


@public("aten")
def _upsample_bilinear2d_aa(
    input: Tensor,
    output_size: Any,
    align_corners: bool,
    scales_h: Any = None,
    scales_w: Any = None,
    scale_factors: Any = None,
) -> Tensor:
    """`nn.functional.interpolate` in mode bilinear, smoothed where it shrinks."""
    if output_size is None:
        scales = scale_factors or (scales_h if isinstance(scales_h, (list, tuple)) else (scales_h, scales_w))
        return F.interpolate(input, None, scales, "bilinear", align_corners, antialias=True)
    return resized(input, "linear_smooth", tuple(output_size), (scales_h, scales_w), align_corners)


def _slice(input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    """A slice of one dimension, as ``input[start:end:step]`` has it."""
    whole = (slice(None),) * (dim % input.dim())
    return input[whole + (slice(start, end, step),)]


also("aten", _slice, "slice")


def _slope(function: Callable[..., Tensor], params: int) -> Callable[..., Tensor]:
    """The operator that gives the gradient of an activation, called with as many ``params``, from that of its result."""

    def backward(grad_output: Tensor, input: Tensor, *given: Any, **named: Any) -> Tensor:
        onward = is_grad_enabled() and (grad_output.requires_grad or input.requires_grad)
        with enable_grad():
            source = input if input.requires_grad else input.detach().requires_grad_()
            return grad(function(source, *given[:params], **named), source, grad_output, create_graph=onward)[0]

    backward.__doc__ = f"The gradient of `nn.functional.{function.__name__}`, with its parameters."
    return backward


for _function, _params in (
    *(
        (F.gelu, 0),
        (F.glu, 1),
        (F.hardshrink, 1),
        (F.hardsigmoid, 0),
        (F.hardswish, 0),
        (F.hardtanh, 2),
        (F.leaky_relu, 1),
    ),
    *((F.mish, 0), (F.silu, 0), (F.softplus, 2), (F.softshrink, 1), (Tensor.logit, 1)),
):
    also("aten", _slope(_function, _params), f"{_function.__name__}_backward")
