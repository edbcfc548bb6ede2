"""`comm` with gradients. See torch.nn.parallel._functions."""

from __future__ import annotations

from itertools import chain
from typing import Any

from ...autograd.function import Function
from ...tensor.tensor import Tensor
from ...warned import warn
from . import comm


class Broadcast(Function):
    """Copies of tensors on devices, device by device; the gradient is their sum."""

    @staticmethod
    def forward(ctx: Any, target_gpus: Any, *inputs: Tensor) -> Any:
        if not inputs:
            return ()
        ctx.device, ctx.count = inputs[0].device, len(inputs)
        outputs = comm.broadcast_coalesced(inputs, target_gpus)
        fixed = [k for k, needed in enumerate(ctx.needs_input_grad[1:]) if not needed]
        ctx.mark_non_differentiable(*[copies[k] for k in fixed for copies in outputs])
        return tuple(chain.from_iterable(outputs))

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        return None, *ReduceAddCoalesced.apply(ctx.device, ctx.count, *grad_outputs)


class ReduceAddCoalesced(Function):
    """Sums over devices of ``num_inputs`` tensors of each; the gradient is a copy for each device."""

    @staticmethod
    def forward(ctx: Any, destination: Any, num_inputs: int, *grads: Tensor) -> Any:
        by_device = [grads[k : k + num_inputs] for k in range(0, len(grads), num_inputs)]
        ctx.devices = [tensors[0].device for tensors in by_device]
        return comm.reduce_add_coalesced(by_device, destination)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        return None, None, *Broadcast.apply(ctx.devices, *grad_outputs)


class Gather(Function):
    """Tensors joined on one device; numbers become a vector, with a warning."""

    @staticmethod
    def forward(ctx: Any, target_device: Any, dim: int, *inputs: Tensor) -> Tensor:
        ctx.dim, ctx.devices = dim, [one.device for one in inputs]
        ctx.numbers = dim == 0 and all(one.dim() == 0 for one in inputs)
        if ctx.numbers:
            warn(
                "Was asked to gather along dimension 0, but all input tensors were scalars; will instead unsqueeze "
                "and return a vector."
            )
            inputs = tuple(one.view(1) for one in inputs)
        ctx.sizes = [one.shape[dim] for one in inputs]
        return comm.gather(inputs, dim, target_device)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        parts = Scatter.apply(ctx.devices, ctx.sizes, ctx.dim, grad_output)
        return None, None, *([part[0] for part in parts] if ctx.numbers else parts)


class Scatter(Function):
    """Parts of a tensor on devices."""

    @staticmethod
    def forward(ctx: Any, target_gpus: Any, chunk_sizes: Any, dim: int, input: Tensor) -> Any:
        ctx.dim, ctx.device = dim, input.device
        return comm.scatter(input, target_gpus, chunk_sizes, dim)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        return None, None, None, Gather.apply(ctx.device, ctx.dim, *grad_outputs)
