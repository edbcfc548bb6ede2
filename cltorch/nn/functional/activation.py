"""Activations. See the torch.nn.functional page of each name."""

from __future__ import annotations

import warnings
from math import pi, sqrt
from typing import Any

from ...autograd.composite import composite
from ...tensor.tensor import Tensor

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "relu",
    "relu_",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(input, 0)``."""
    return input.relu_() if inplace else input.relu()


def relu_(input: Tensor) -> Tensor:
    """In-place `relu`."""
    return input.relu_()


def sigmoid(input: Tensor) -> Tensor:
    """``1 / (1 + exp(-input))``."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    return input.tanh()


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """``input`` where positive, else ``negative_slope * input``."""
    result = input.where(input > 0, input * negative_slope)
    return input.copy_(result) if inplace else result


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``input`` where positive, else ``alpha * (exp(input) - 1)``."""
    result = input.where(input > 0, input.clamp_max(0.0).expm1() * alpha)
    return input.copy_(result) if inplace else result


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * sigmoid(input)``."""
    result = input * input.sigmoid()
    return input.copy_(result) if inplace else result


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """``log(1 + exp(beta * input)) / beta``; the input itself above the threshold."""
    scaled = input * beta
    return input.where(scaled > threshold, scaled.clamp_max(threshold).exp().log1p() / beta)


def logsigmoid(input: Tensor) -> Tensor:
    """``log(sigmoid(input))``, accurately."""
    return input.clamp_max(0.0) - (-input.abs()).exp().log1p()


def _gelu_vjp(g: Tensor, y: Any, aux: Any, input: Tensor) -> tuple[Tensor]:
    density = (input * input * -0.5).exp() * (1 / sqrt(2 * pi))
    return (g * ((input * (1 / sqrt(2))).erf() * 0.5 + 0.5 + input * density),)


@composite(vjp=_gelu_vjp, saves="input")
def _gelu(input: Tensor) -> Tensor:
    return input * 0.5 * ((input * (1 / sqrt(2))).erf() + 1.0)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """``input * Phi(input)`` with the normal distribution's Phi, exact or by the tanh formula (Hendrycks, Gimpel 2016)."""
    if approximate == "tanh":
        inner = sqrt(2 / pi) * (input + 0.044715 * input * input * input)
        return 0.5 * input * (1.0 + inner.tanh())
    if approximate != "none":
        raise RuntimeError(f"approximate argument must be either none or tanh, got {approximate}")
    return _gelu(input)


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``exp(input) / sum(exp(input))`` along ``dim``."""
    return input.softmax(_implicit("softmax", input, _stacklevel) if dim is None else dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``log(softmax(input))`` along ``dim``."""
    return input.log_softmax(_implicit("log_softmax", input, _stacklevel) if dim is None else dim, dtype)


def _implicit(name: str, input: Tensor, stacklevel: int) -> int:
    """The dimension that PyTorch takes when none is named, with its warning."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if input.dim() in (0, 1, 3) else 1
