"""Convolution and pooling of planes: batches (N, C, H, W) of checked sizes, complex numbers by their parts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..autograd.composite import composite
from ..ops import heavy
from .apply import apply_several
from .complex_products import complex_convolution
from .formats import arranged, contiguous_format, suggested

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]
F = TypeVar("F", bound=Callable[..., Any])


def lying_as(made: Tensor, *sources: Tensor) -> Tensor:
    """What was made of tensors, with its channels last if one of them has its own there. Kernels write planes: a pointwise function that
    follows reads these where they are, and so does the next layer, so what lies between two layers is often written nowhere."""
    for source in sources:
        wanted = suggested(source._cl_meta.view)
        if wanted is not contiguous_format:
            return made._laid_out(arranged(made._cl_meta.view, wanted))
    return made


def lasting(function: F) -> F:
    """Decorates a function of ``input``: all its results have their channels last if that has its own there."""

    @wraps(function)
    def laid(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        made = function(input, *args, **kwargs)
        if suggested(input._cl_meta.view) is contiguous_format:
            return made
        return tuple(lying_as(one, input) for one in made) if isinstance(made, tuple) else lying_as(made, input)

    return cast(F, laid)


def convolve(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Shape, padding: Shape, dilation: Shape, groups: int
) -> Tensor:
    """Cross-correlation of planes."""
    if input.is_complex():
        made = complex_convolution(lambda x, w: convolve(x, w, None, stride, padding, dilation, groups), input, weight)
        return made if bias is None else made + bias.reshape(-1, 1, 1)
    params = (input._cl_meta.shape, weight._cl_meta.shape, stride, padding, dilation, int(groups))
    if bias is None:
        return input._op("conv2d_plain", weight, *params)
    return input._op("conv2d_bias", weight, bias, *params)


def convolve_back(
    grad: Tensor, weight: Tensor, shape: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int
) -> Tensor:
    """The gradient of a convolution's input of a shape, which is the transposed convolution."""
    params = (shape, weight._cl_meta.shape, stride, padding, dilation, groups)
    if grad.is_complex():
        return complex_convolution(lambda g, w: g._op("conv_input_gradient", w, *params), grad, weight)
    return grad._op("conv_input_gradient", weight, *params)


def max_pool(input: Tensor, params: tuple[Any, ...]) -> Tensor:
    """The largest element of each window; the positions are kept only when a gradient may be asked for."""
    return _max_pool(input, params) if input._is_recorded else input._op("max_pool", *params)


def max_pool_with_indices(input: Tensor, params: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """The largest element of each window and its position in the plane (int32), without gradients."""
    return apply_several(heavy.max_pool_indices, (input._dense(),), params)


@composite(vjp=lambda g, y, aux, input, params: (g._op("max_pool_gradient", aux[0], *params),), moves=True)
def _max_pool(input: Tensor, params: tuple[Any, ...]) -> Any:
    pooled, indices = max_pool_with_indices(input, params)
    return pooled, (indices,)
