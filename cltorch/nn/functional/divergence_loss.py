"""Losses between numbers or distributions. See the torch.nn.functional page of each name."""

from __future__ import annotations

from math import log, pi
from typing import Any

from ...autograd.composite import composite
from ...autograd.names import shown_as
from ...ops.arguments import Number, need_kind
from ...tensor.guards import need_result_in
from ...tensor.joining import broadcast_tensors
from ...tensor.tensor import Tensor
from ...warned import warn
from .loss import FLOATS, _reduced, _same_size, legacy_reduction, need_reduction

__all__ = ["gaussian_nll_loss", "huber_loss", "kl_div", "poisson_nll_loss"]


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """``target * (log(target) - input)``: the Kullback-Leibler divergence of log-probabilities ``input`` from ``target``
    (itself logarithms with ``log_target``); ``batchmean`` divides the sum by the batch size."""
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce, reduction)
    elif reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only "
            "by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as "
            "'batchmean' in the next major release."
        )
    loss = _divergence(input, target, log_target)
    if reduction == "batchmean":
        total = loss.sum()
        return total / input.shape[0] if input.dim() else total
    return _reduced(loss, reduction)


def _divergence(input: Tensor, target: Tensor, log_target: bool) -> Tensor:
    if input.is_complex() or target.is_complex():
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if not (input.is_floating_point() and target.is_floating_point()):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if log_target:
        return target.exp() * (target - input)
    return (target * target.log())._masked_fill(target == 0, 0.0) - target * input


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-likelihood of counts ``target`` with expectation ``exp(input)`` (``input`` without ``log_input``);
    ``full`` adds Stirling's approximation of what does not depend on the input."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    need_reduction(reduction)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0.0).to(loss.dtype)
    return _reduced(loss, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor | float,
    var: Tensor | float,
    full: Any = False,
    eps: Number = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-likelihood of ``target`` with mean ``input`` and variance ``var`` (at least ``eps``), which has the
    input's shape, one number for a row, or is a number."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        variance: Any = input._full_like(var)
    else:
        if isinstance(var, int):
            raise TypeError("any() received an invalid combination of arguments - got (bool)")
        variance = var
        if bool((var < 0).any()):
            raise ValueError("var has negative entry/entries")
    if variance.shape != input.shape:
        if tuple(input.shape[:-1]) == tuple(variance.shape):
            variance = variance.unsqueeze(-1)
        elif input.dim() != variance.dim() or sum(y for x, y in zip(input.shape, variance.shape) if x != y) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    if isinstance(eps, float) and not variance.dtype.differentiable:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {variance.dtype.title}")
    low = variance.detach() < eps  # limited, but its gradient is not
    variance = variance + (eps - variance.detach()).where(low, 0.0)
    loss = 0.5 * (variance.log() + (input - target) ** 2 / variance)
    if full:
        loss = loss + 0.5 * log(2 * pi)
    return _reduced(loss, reduction)


def _huber_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, target: Tensor, delta: float) -> tuple[Tensor, Tensor]:
    difference = input - target
    slope = difference.where(
        difference.abs() < delta, difference.detach().clamp(-delta, delta)
    )  # the second one is 0 at delta
    return g * slope, g * -slope


@composite(vjp=_huber_vjp, saves="input target", name="huber_loss")
def _huber(input: Tensor, target: Tensor, delta: float) -> Tensor:
    difference = input - target
    distance = difference.abs()
    return (difference * difference * 0.5).where(distance <= delta, (distance - 0.5 * delta) * delta)


@shown_as("HuberLossBackward0")
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Half the square of differences below ``delta``, linear above (Huber 1964); times ``weight``."""
    _same_size(input, target)
    if weight is not None and weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    need_kind("huber_cpu", FLOATS, input._cl_meta.dtype)
    need_result_in(input, target)
    input, target = broadcast_tensors(input, target)
    loss = _huber(input, target.to(input.dtype), delta=float(delta))
    if weight is None:
        return _reduced(loss, reduction)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    return _reduced(loss * weight, reduction)
