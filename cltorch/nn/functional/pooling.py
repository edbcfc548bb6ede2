"""Pooling. See the torch.nn.functional page of each name."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import Any

from ...tensor.tensor import Tensor
from .sizes import pair

__all__ = ["avg_pool2d", "max_pool2d"]


def _pool_geometry(
    input: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Tensor, tuple[Any, ...]]:
    window = pair(kernel, "kernel_size")
    steps = window if stride is None or stride == [] else pair(stride, "stride")
    params = _pooling(
        input._meta.shape, window, steps, pair(padding, "padding"), pair(dilation, "dilation"), bool(ceil_mode)
    )
    return input if len(input._meta.shape) == 4 else input.unsqueeze(0), params


@lru_cache(maxsize=1024)
def _pooling(
    shape: tuple[int, ...],
    window: tuple[int, int],
    steps: tuple[int, int],
    pads: tuple[int, int],
    dilations: tuple[int, int],
    ceil_mode: bool,
) -> tuple[Any, ...]:
    """What pooling ops take: sizes of the batch and of the result, and the windows. RuntimeError for what PyTorch
    refuses. Remembered as `_convolution` is."""
    if len(shape) not in (3, 4):
        raise RuntimeError(f"non-empty 3D or 4D (batch mode) tensor expected for input, got {list(shape)}")
    batch = shape if len(shape) == 4 else (1, *shape)
    for name, values in (("stride", steps), ("kernel size", window), ("dilation", dilations)):
        if min(values) <= 0:
            raise RuntimeError(f"{name} should be greater than zero, but got {list(values)}")
    if min(pads) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(pads)}")
    out = []
    for n, k, s, p, d in zip(batch[2:], window, steps, pads, dilations, strict=True):
        if p > k // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
        span = n + 2 * p - d * (k - 1) - 1
        count = (ceil(span / s) if ceil_mode else span // s) + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1
        out.append(count)
    if min(out) < 1 or 0 in batch[1:]:
        given, made = ("x".join(map(str, sizes)) for sizes in (batch[1:], (batch[1], *out)))
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({made}). Output size is too small")
    return batch, tuple(out), window, steps, pads, dilations


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window; with ``return_indices`` also its flat position in the plane (int64)."""
    batched, params = _pool_geometry(input, kernel_size, stride, padding, dilation, ceil_mode)
    if not return_indices:
        result = batched._max_pool(params)
        return result if input.dim() == 4 else result.squeeze(0)
    values, indices = batched._dense()._max_pool_with_indices(params)
    if batched.requires_grad:
        values = batched._max_pool(params)
    indices = indices.long()
    return (values, indices) if input.dim() == 4 else (values.squeeze(0), indices.squeeze(0))


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window."""
    batched, (x, out, window, steps, pads, _) = _pool_geometry(input, kernel_size, stride, padding, 1, ceil_mode)
    result = batched._avg_pool(x, out, window, steps, pads, count_include_pad, divisor_override)
    return result if input.dim() == 4 else result.squeeze(0)
