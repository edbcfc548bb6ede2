"""Normalization. See the torch.nn.functional page of each name."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

from ...autograd.composite import composite
from ...tensor.tensor import Tensor

__all__ = ["batch_norm", "layer_norm"]


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
    count = prod(input._meta.shape[d] for d in dims)
    centred = (input - mean) * rstd
    summed = tuple(d for d, n in enumerate(shape) if n == 1) if weight is not None or bias is not None else ()
    scaled = g if weight is None else g * weight.reshape(shape)
    first, second = scaled.sum(dims, True), (scaled * centred).sum(dims, True)
    grad = rstd * (scaled - (first + centred * second) / count)
    grad_weight = None if weight is None else (g * centred).sum(summed, True).reshape(weight._meta.shape)
    grad_bias = None if bias is None else g.sum(summed, True).reshape(bias._meta.shape)
    return grad, grad_weight, grad_bias


@composite(vjp=_normalize_vjp, saves="aux", name="native_batch_norm")
def _normalize(input: Tensor, weight: Any, bias: Any, dims: Any, shape: Any, eps: float) -> Any:
    """Normalized over ``dims``, scaled by weight and bias of broadcast shape ``shape``; also mean and 1 / deviation."""
    count = prod(input._meta.shape[d] for d in dims)
    mean = input.sum(dims, True) / count
    centred = input - mean
    rstd = ((centred * centred).sum(dims, True) / count + eps).rsqrt()
    result = centred * rstd
    if weight is not None:
        result = result * weight.reshape(shape)
    if bias is not None:
        result = result + bias.reshape(shape)
    return result, (mean, rstd)


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
    _check_channels(
        input._meta, *(None if part is None else part._meta for part in (running_mean, running_var, weight, bias))
    )
    dims = (0, *range(2, input.dim()))
    shape = tuple(n if d == 1 else 1 for d, n in enumerate(input._meta.shape))
    if not training:
        if running_mean is None or running_var is None:
            missing = "running_mean" if running_mean is None else "running_var"
            raise RuntimeError(f"{missing} must be defined in evaluation mode")
        result = (input - running_mean.reshape(shape)) * (running_var.reshape(shape) + eps).rsqrt()
        result = result if weight is None else result * weight.reshape(shape)
        return result if bias is None else result + bias.reshape(shape)
    count = prod(input._meta.shape[d] for d in dims)
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    result, (mean, rstd) = _normalize.with_aux(input, weight, bias, dims=dims, shape=shape, eps=eps)
    if running_mean is not None and running_var is not None and count:
        unbiased = (1.0 / (rstd * rstd) - eps) * (count / (count - 1))
        running_mean.copy_(running_mean * (1 - momentum) + mean.reshape(running_mean._meta.shape) * momentum)
        running_var.copy_(running_var * (1 - momentum) + unbiased.reshape(running_var._meta.shape) * momentum)
    return result


@lru_cache(maxsize=1024)
def _check_channels(input: Any, *parts: Any) -> None:
    """RuntimeError unless running mean and variance, weight and bias have one number a channel; arguments are metas."""
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{input.dtype.title}'")
    for name, part in zip(("running_mean", "running_var", "weight", "bias"), parts):
        if part is not None and part.shape != (input.shape[1],):
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {part.view.numel}")


def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05
) -> Tensor:
    """Normalizes over the last dimensions, which have ``normalized_shape`` (Ba et al. 2016)."""
    last = tuple(normalized_shape)
    if tuple(input.shape[input.dim() - len(last) :]) != last:
        raise RuntimeError(
            f"Given normalized_shape={list(last)}, expected input with shape [*, {', '.join(map(str, last))}], but got input "
            f"of size{list(input.shape)}"
        )
    dims = tuple(range(input.dim() - len(last), input.dim()))
    shape = (1,) * (input.dim() - len(last)) + last
    return _normalize_last(input, weight, bias, dims=dims, shape=shape, eps=eps)


def _normalize_last_vjp(
    g: Tensor, y: Any, aux: Any, input: Tensor, weight: Any, bias: Any, dims: Any, shape: Any, eps: float
) -> tuple[Any, ...]:
    mean, rstd = aux
    count = prod(input._meta.shape[d] for d in dims)
    centred = (input - mean) * rstd
    lead = tuple(range(input.dim() - len(dims)))
    scaled = g if weight is None else g * weight
    grad = rstd * (scaled - (scaled.sum(dims, True) + centred * (scaled * centred).sum(dims, True)) / count)
    grad_weight = None if weight is None else ((g * centred).sum(lead) if lead else g * centred)
    return grad, grad_weight, None if bias is None else (g.sum(lead) if lead else g)


_normalize_last = composite(vjp=_normalize_last_vjp, saves="aux", name="native_layer_norm")(_normalize.__wrapped__)  # type: ignore[attr-defined]
