"""Gradients of convolutions as functions. See torch.nn.grad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd import grad
from ..autograd.modes import enable_grad
from ..tensor.tensor import Tensor
from . import functional as F

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _gradient(
    convolve: Callable[..., Tensor], operands: list[Any], wanted: int, grad_output: Tensor, *rest: Any
) -> Tensor:
    """The gradient of one operand, given by its size; the convolution itself isn't computed, as nobody reads it."""
    operands[wanted] = grad_output.new_zeros(operands[wanted]).requires_grad_()
    with enable_grad():
        made = convolve(operands[0], operands[1], None, *rest)
    return grad(made, operands[wanted], grad_output)[0]


def _of_input(convolve: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    """The function of the input's gradient."""

    def gradient(
        input_size: Any,
        weight: Tensor,
        grad_output: Tensor,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        return _gradient(convolve, [input_size, weight.detach()], 0, grad_output, stride, padding, dilation, groups)

    gradient.__name__ = gradient.__qualname__ = f"{name}_input"
    gradient.__doc__ = f"The gradient of `{name}`'s input, which has ``input_size``. See torch.nn.grad.{name}_input."
    return gradient


def _of_weight(convolve: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    """The function of the weight's gradient."""

    def gradient(
        input: Tensor,
        weight_size: Any,
        grad_output: Tensor,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        return _gradient(convolve, [input.detach(), weight_size], 1, grad_output, stride, padding, dilation, groups)

    gradient.__name__ = gradient.__qualname__ = f"{name}_weight"
    gradient.__doc__ = f"The gradient of `{name}`'s weight, which has ``weight_size``. See torch.nn.grad.{name}_weight."
    return gradient


conv1d_input, conv1d_weight = _of_input(F.conv1d, "conv1d"), _of_weight(F.conv1d, "conv1d")
conv2d_input, conv2d_weight = _of_input(F.conv2d, "conv2d"), _of_weight(F.conv2d, "conv2d")
conv3d_input, conv3d_weight = _of_input(F.conv3d, "conv3d"), _of_weight(F.conv3d, "conv3d")
