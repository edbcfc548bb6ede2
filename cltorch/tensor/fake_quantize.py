"""Numbers rounded to what few bits would hold, as training for quantized models needs them. See torch.fake_quantize_per_tensor_affine.

The gradient passes where a number was in range, as if nothing had been rounded (Bengio et al., 2013: straight-through).
"""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..ops.arguments import is_tensor
from ..ops.names import public
from ..ops.rules import integer
from .tensor import Tensor


def _rule(g: Any, y: Any, aux: Any, input: Any, scale: Any, zero_point: Any, low: int, high: int, whole: bool) -> Any:
    return g.where(aux[0], 0.0), None, None


@composite(vjp=_rule, saves="", name="fake_quantize_affine_cachemask")
def _rounded(input: Tensor, scale: Tensor, zero_point: Tensor, low: int, high: int, whole: bool) -> Any:
    scaled = input * (1 / scale)
    steps = scaled.round() + zero_point if whole else (scaled + zero_point).round()
    kept = steps.clamp(low, high).where(steps == steps, low)
    return (kept - zero_point) * scale, ((steps >= low) & (steps <= high),)


def _need_range(input: Tensor, low: int, high: int) -> None:
    if not input.is_floating_point():
        raise NotImplementedError(f"\"fake_quantize\" not implemented for '{input.dtype.title}'")
    if low > high:
        raise RuntimeError("`quant_min` should be less than or equal to `quant_max`.")


@public()
def fake_quantize_per_tensor_affine(
    input: Tensor, scale: float | Tensor, zero_point: int | Tensor, quant_min: int, quant_max: int
) -> Tensor:
    """Each element as the nearest of ``scale * (k - zero_point)``, for whole k from ``quant_min`` to ``quant_max``.

    ``scale`` and ``zero_point`` are numbers, or tensors of one element. RuntimeError for a range that is empty or without the zero point.
    See torch.fake_quantize_per_tensor_affine.
    """
    _need_range(input, quant_min, quant_max)
    if not is_tensor(zero_point) and not quant_min <= zero_point <= quant_max:
        raise RuntimeError("`zero_point` must be between `quant_min` and `quant_max`.")
    if not is_tensor(zero_point):
        zero_point = integer(zero_point, "zero_point")
    whole = zero_point.to(dtypes.int32) if is_tensor(zero_point) else zero_point
    step, zero = (t.to(input.dtype) if is_tensor(t) else input.new_tensor(t) for t in (scale, whole))
    return _rounded(input, step.reshape(()), zero.reshape(()), quant_min, quant_max, True)


@public()
def fake_quantize_per_channel_affine(
    input: Tensor, scale: Tensor, zero_point: Tensor, axis: int, quant_min: int, quant_max: int
) -> Tensor:
    """`fake_quantize_per_tensor_affine` with a scale and a zero point for each position along ``axis``.

    See torch.fake_quantize_per_channel_affine.
    """
    _need_range(input, quant_min, quant_max)
    if scale.dtype not in (dtypes.float32, dtypes.bfloat16):
        raise RuntimeError(f"Scale must be Float or BFloat16, found {scale.dtype.title}")
    if zero_point.dtype not in (dtypes.int32, dtypes.float32, dtypes.float16):
        raise RuntimeError(f"Zero-point must be Int32, Float or Half, found {zero_point.dtype.title}")
    for name, t in (("scale", scale), ("zero-point", zero_point)):
        if t.dim() != 1:
            raise RuntimeError(f"{name} should be a 1-D tensor")
        if t.numel() != input.shape[axis]:
            raise RuntimeError("dimensions of scale and zero-point are not consistent with input tensor")
    shape = [1] * input.dim()
    shape[axis] = -1
    step, zero = (t.to(input.dtype).reshape(shape) for t in (scale, zero_point))
    return _rounded(input, step, zero, quant_min, quant_max, not zero_point.is_floating_point())
