"""Gradients of parameters for each sample of a batch. See torch.nn.utils._per_sample_grad."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ...autograd.function import Function
from ...func import functional_call, vmap
from ...tensor.tensor import Tensor
from ...utils.pytree import tree_leaves, tree_map_only
from ..modules.module import Module


class _ForEachSample(Function):
    """A parameter for each sample, whose gradients become its ``grad_sample`` and not its ``grad``."""

    @staticmethod
    def forward(ctx: Any, parameter: Tensor, batch_size: int, factor: float) -> Tensor:
        ctx.parameter, ctx.factor = parameter, factor
        return parameter.expand(batch_size, *parameter.shape)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        before = getattr(ctx.parameter, "grad_sample", None)
        grads = grad_output * ctx.factor
        ctx.parameter.grad_sample = grads if before is None else before + grads
        return None, None, None


def call_for_per_sample_grads(
    module: Module, *, batch_size: int | None = None, loss_reduction: str = "sum", batch_first: bool = True
) -> Callable[..., Any]:
    """The module as a function after whose backward each parameter has ``grad_sample``: its gradients for each sample, stacked.

    Samples lie along the first dimension of the tensors among the arguments (the second, without ``batch_first``), and the module
    is run for all of them at once by `func.vmap`. ``loss_reduction="mean"`` multiplies the gradients by the number of samples.

    RuntimeError for what is no module, for other words and sizes, for arguments whose numbers of samples differ, and for
    parameters that have a ``grad_sample`` already.
    """
    if loss_reduction not in ("sum", "mean"):
        raise RuntimeError(f"Expected loss_reduction argument to be sum or mean, got {loss_reduction}")
    if not isinstance(module, Module):
        raise RuntimeError(f"Module passed must be nn.Module, got {type(module).__name__}")
    if not (batch_size is None or isinstance(batch_size, int)):
        raise RuntimeError(f"Batch size passed must be None or an integer, got {type(batch_size).__name__}")
    if batch_size is not None and batch_size < 1:
        raise RuntimeError(f"Batch size must be positive, got {batch_size}")
    for weight in module.parameters():
        if getattr(weight, "grad_sample", None) is not None:
            raise RuntimeError(
                "Current Expanded Weights accumulates the gradients, which will be incorrect for multiple calls without "
                f"clearing gradients. Please clear out the grad_sample parameter of {weight} or post an issue to "
                "pytorch/pytorch to prioritize correct behavior"
            )
    dim = 0 if batch_first else 1

    @functools.wraps(module.forward)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        count = _batch_size(dim, args, kwargs) if batch_size is None else batch_size
        factor = count if loss_reduction == "mean" else 1
        trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
        expanded = {name: _ForEachSample.apply(p, count, factor) for name, p in trained.items()}

        def one(parameters: Any, given: Any, named: Any) -> Any:
            given, named = tree_map_only(Tensor, lambda t: t.unsqueeze(dim), (given, named))
            return tree_map_only(Tensor, lambda t: t.squeeze(dim), functional_call(module, parameters, given, named))

        return vmap(one, in_dims=(0, dim, dim), out_dims=dim)(expanded, args, kwargs)

    return wrapper


def _batch_size(dim: int, *given: Any) -> int:
    """The number of samples of all tensors among some arguments."""
    sizes = [leaf.shape[dim] for leaf in tree_leaves(given) if isinstance(leaf, Tensor)]
    if not sizes:
        raise RuntimeError(
            "Unable to find a tensor in the passed args and kwargs. They may not be pytree-able and so ExpandedWeights "
            "cannot compute the batch size from the inputs. Please specify it explicitly"
        )
    for size in sizes:
        if size != sizes[0]:
            raise RuntimeError(
                f"When computing batch size, found at least one input with batch size {sizes[0]} and one with batch size "
                f"{size}. Please specify it explicitly using the batch size kwarg in call_for_per_sample_grads"
            )
    return sizes[0]
