"""Convolution. See the torch.nn.functional page of each name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ...tensor.tensor import Tensor
from .padding import pad
from .sizes import pair

__all__ = ["conv2d"]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Two-dimensional cross-correlation: (N, C, H, W) or (C, H, W) with weight (O, C / groups, kH, kW)."""
    padding = padding if isinstance(padding, str) else pair(padding, "padding")
    strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
    pads, extra = _convolution(
        input._meta, weight._meta, None if bias is None else bias._meta, strides, padding, dilations, groups
    )
    batched = input if len(input._meta.shape) == 4 else input.unsqueeze(0)
    if extra is not None:
        batched = pad(batched, extra)
    result = batched._conv2d(weight, strides, pads, dilations, groups, bias)
    return result if len(input._meta.shape) == 4 else result.squeeze(0)


@lru_cache(maxsize=1024)
def _convolution(
    input: Any, weight: Any, bias: Any, stride: tuple[int, int], padding: Any, dilation: tuple[int, int], groups: int
) -> tuple[tuple[int, int], tuple[int, int, int, int] | None]:
    """The padding on both sides of rows and columns, and what is to be padded before where the sides differ; arguments
    are metas. RuntimeError for what PyTorch refuses. Remembered, since a training loop asks the same each step."""
    if len(input.shape) not in (3, 4):
        raise RuntimeError(
            f"Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: {list(input.shape)}"
        )
    _check_convolution(input, weight, bias, stride, dilation, groups)
    pads, extra = _padding(padding, weight.shape[2:], stride, dilation)
    sizes = [n + 2 * p for n, p in zip(input.shape[-2:], pads)]
    padded = [n + more for n, more in zip(sizes, (extra[3], extra[1]) if extra else (0, 0))]
    extents = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilation)]
    if any(n < extent for n, extent in zip(padded, extents)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({padded[0]} x {padded[1]}). Kernel size: "
            f"({extents[0]} x {extents[1]}). Kernel size can't be greater than actual input size"
        )
    return pads, extra


def _check_convolution(
    input: Any, weight: Any, bias: Any, stride: tuple[int, int], dilation: tuple[int, int], groups: int
) -> None:
    shape, channels = list(weight.shape), input.shape[-3]
    if len(shape) != 4:
        raise RuntimeError(f"Expected 4-dimensional weight for conv2d, but got weight of size {shape}")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"[{shape}] instead"
        )
    if channels != shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {shape}, expected input{list(input.shape)} to have "
            f"{shape[1] * groups} channels, but got {channels} channels instead"
        )
    if bias is not None and tuple(bias.shape) != (shape[0],):
        raise RuntimeError(
            f"Given weight of size {shape}, expected bias to be 1-dimensional with {shape[0]} elements, but got bias of "
            f"size {list(bias.shape)} instead"
        )
    for name, other in (("weight", weight), ("bias", bias)):
        if other is not None and other.dtype is not input.dtype:
            raise RuntimeError(f"Input type ({input.dtype}) and {name} type ({other.dtype}) should be the same")


def _padding(
    padding: Any, kernel: tuple[int, ...], stride: tuple[int, int], dilation: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int, int, int] | None]:
    if padding == "valid":
        return (0, 0), None
    if padding == "same":
        if stride != (1, 1):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        height, width = (d * (k - 1) for k, d in zip(kernel, dilation))
        extra = (0, width % 2, 0, height % 2)
        return (height // 2, width // 2), extra if any(extra) else None
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    return padding, None
