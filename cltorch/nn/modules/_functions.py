"""What some layers are in autograd, as functions with a gradient of their own. See torch.nn.modules._functions."""

from __future__ import annotations

from typing import Any

from ...autograd.function import Function
from ...autograd.modes import enable_grad
from ...autograd.passes import grad as gradients
from ...tensor.creation import arange
from ...tensor.tensor import Tensor
from .. import functional as F


class SyncBatchNorm(Function):
    """`functional.batch_norm` by the samples of all processes, of which there is one.

    RuntimeError for a ``world_size`` above 1.
    """

    @staticmethod
    def forward(
        ctx: Any,
        input: Tensor,
        weight: Any,
        bias: Any,
        running_mean: Any,
        running_var: Any,
        eps: float,
        momentum: float,
        process_group: Any,
        world_size: int,
    ) -> Tensor:
        if world_size != 1:
            raise RuntimeError(f"SyncBatchNorm: the world has one rank, world_size is {world_size}")
        ctx.eps = eps
        ctx.save_for_backward(input, weight, bias)
        return F.batch_norm(input, running_mean, running_var, weight, bias, True, momentum, eps)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        given: list[Any] = [
            None if t is None else t.detach().requires_grad_(t.requires_grad) for t in ctx.saved_tensors
        ]
        input, weight, bias = given
        with enable_grad():
            out = F.batch_norm(input, None, None, weight, bias, True, 0.0, ctx.eps)
        found = iter(gradients(out, [t for t in given if t is not None and t.requires_grad], grad_output))
        grads = [next(found) if t is not None and t.requires_grad else None for t in given]
        return (*grads, *[None] * 6)


class CrossMapLRN2d(Function):
    """Division of (N, C, H, W) by ``(k + alpha / size * sum of squares of channels nearby) ** beta``.

    Which channels are near is as PyTorch has it: the first channel stays in all sums, others leave one channel late, and the
    gradient adds up channels from one further below. `functional.local_response_norm` has the windows of the paper.
    ValueError for other numbers of dimensions.
    """

    @staticmethod
    def forward(ctx: Any, input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> Tensor:
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        reach = (size - 1) // 2 + 1
        channel = arange(input.shape[1], device=input.device)
        away = channel - channel.unsqueeze(1)
        near = (away < reach) & ((away > -reach) | (channel == 0))
        scale = _summed(near, input * input) * (alpha / size) + k
        ctx.size, ctx.alpha, ctx.beta = size, alpha, beta
        ctx.save_for_backward(input, scale)
        return input * scale**-beta

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        input, scale = ctx.saved_tensors
        size, power = ctx.size, scale**-ctx.beta
        channel = arange(input.shape[1], device=input.device)
        away = channel - channel.unsqueeze(1) + int(size - (size - 1) / 2)
        ratio = _summed((away >= 0) & (away < size), grad_output * input * power / scale)
        return power * grad_output - (2 * ctx.alpha * ctx.beta / size) * input * ratio, None, None, None, None


def _summed(near: Tensor, values: Tensor) -> Tensor:
    """For each channel the sum of those that are near it."""
    return (near.to(values.dtype) @ values.flatten(2)).reshape(values.shape)


class BackwardHookFunction(Function):
    """Tensors as they are: a node that hooks of modules are hung on."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        return args
