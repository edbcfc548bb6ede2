"""Help with gradients and parameters. See torch.nn.utils."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...autograd.modes import no_grad
from ...tensor.indexing import join
from ...tensor.tensor import Tensor


def _list(parameters: Any) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale all gradients so that their joint norm is at most ``max_norm``; returns the norm before."""
    grads = [p.grad for p in _list(parameters) if p.grad is not None]
    with no_grad():
        if not grads:
            return Tensor([0.0]).sum()
        total = join([g.norm(norm_type).reshape(1) for g in grads], 0).norm(norm_type)
        if error_if_nonfinite and not bool(total.isfinite().item()):
            raise RuntimeError(
                f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. "
                "To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
            )
        scale = (max_norm / (total + 1e-6)).clamp_max(1.0)
        for grad in grads:
            grad.mul_(scale)
        return total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Limit every gradient element to [-clip_value, clip_value]."""
    with no_grad():
        for parameter in _list(parameters):
            if parameter.grad is not None:
                parameter.grad.clamp_(-clip_value, clip_value)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters in one vector."""
    return join([p.reshape(-1) for p in parameters], 0)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Slices of a vector become the parameters' data."""
    start = 0
    for parameter in parameters:
        parameter.data = vec[start : start + parameter.numel()].view_as(parameter).detach().clone()
        start += parameter.numel()
