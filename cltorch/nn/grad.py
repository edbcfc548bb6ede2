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


def conv1d_input(
    input_size: Any,
    weight: Tensor,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv1d`'s input, which has ``input_size``."""
    return _gradient(F.conv1d, [input_size, weight.detach()], 0, grad_output, stride, padding, dilation, groups)


def conv1d_weight(
    input: Tensor,
    weight_size: Any,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv1d`'s weight, which has ``weight_size``."""
    return _gradient(F.conv1d, [input.detach(), weight_size], 1, grad_output, stride, padding, dilation, groups)


def conv2d_input(
    input_size: Any,
    weight: Tensor,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv2d`'s input, which has ``input_size``."""
    return _gradient(F.conv2d, [input_size, weight.detach()], 0, grad_output, stride, padding, dilation, groups)


def conv2d_weight(
    input: Tensor,
    weight_size: Any,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv2d`'s weight, which has ``weight_size``."""
    return _gradient(F.conv2d, [input.detach(), weight_size], 1, grad_output, stride, padding, dilation, groups)


def conv3d_input(
    input_size: Any,
    weight: Tensor,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv3d`'s input, which has ``input_size``."""
    return _gradient(F.conv3d, [input_size, weight.detach()], 0, grad_output, stride, padding, dilation, groups)


def conv3d_weight(
    input: Tensor,
    weight_size: Any,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv3d`'s weight, which has ``weight_size``."""
    return _gradient(F.conv3d, [input.detach(), weight_size], 1, grad_output, stride, padding, dilation, groups)
