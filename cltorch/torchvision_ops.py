"""The operators that torchvision has in C++, as compositions, registered where torchvision looks (``torch.ops.torchvision``).

`nms`, `roi_align` and `deform_conv2d`, with torchvision's meanings and arguments.
"""

from __future__ import annotations

import sys
from typing import Any

from .library import Library
from .tensor.tensor import Tensor


def _torch() -> Any:
    return sys.modules[__name__.partition(".")[0]]


def nms(dets: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """The indices of boxes (N, 4) that no better one overlaps by more than ``iou_threshold``, best first.

    All overlaps are computed at once. Which boxes stay is settled in rounds: a box is out when one that surely stays suppresses it,
    and stays when all that could suppress it are out; a round decides at least the best undecided box.
    """
    torch = _torch()
    order = scores.argsort(descending=True, stable=True)
    boxes = dets[order]
    x1, y1, x2, y2 = boxes.unbind(1)
    area = (x2 - x1) * (y2 - y1)
    width = (torch.minimum(x2[:, None], x2) - torch.maximum(x1[:, None], x1)).clamp(min=0)
    height = (torch.minimum(y2[:, None], y2) - torch.maximum(y1[:, None], y1)).clamp(min=0)
    shared = width * height
    overlaps = shared / (area[:, None] + area - shared) > iou_threshold
    suppresses = overlaps.triu(1)  # [better, worse]
    stays = torch.zeros(len(boxes), dtype=torch.bool, device=dets.device)
    out = torch.zeros_like(stays)
    while not bool((stays | out).all()):
        threatened = (suppresses & ~out[:, None]).any(0)
        stays = ~threatened & ~out
        out = out | (suppresses & stays[:, None]).any(0)
    return order[stays.nonzero().squeeze(1)]


def _bilinear(images: Tensor, batch: Tensor, y: Tensor, x: Tensor, inside: Tensor) -> Tensor:
    """The values (points, channels) of ``images`` (N, C, H, W) at points: between four neighbours, 0 outside."""
    height, width = images.shape[2:]
    y, x = y.clamp(min=0), x.clamp(min=0)
    y0, x0 = y.floor().clamp(max=height - 1), x.floor().clamp(max=width - 1)
    y1, x1 = (y0 + 1).clamp(max=height - 1), (x0 + 1).clamp(max=width - 1)
    y = y.minimum(y.new_tensor(height - 1)) if height else y
    x = x.minimum(x.new_tensor(width - 1)) if width else x
    dy, dx = y - y0, x - x0
    last = images.permute(0, 2, 3, 1)

    def at(row: Tensor, column: Tensor, weight: Tensor) -> Tensor:
        return last[batch, row.long(), column.long()] * (weight * inside)[:, None]

    return at(y0, x0, (1 - dy) * (1 - dx)) + at(y0, x1, (1 - dy) * dx) + at(y1, x0, dy * (1 - dx)) + at(y1, x1, dy * dx)


def roi_align(
    input: Tensor,
    rois: Tensor,
    spatial_scale: float,
    pooled_height: int,
    pooled_width: int,
    sampling_ratio: int,
    aligned: bool,
) -> Tensor:
    """Means of bilinear samples in the bins of regions ``rois`` (K, 5: image, x1, y1, x2, y2): (K, C, height, width).

    With ``sampling_ratio`` <= 0 the number of samples follows from each region's size, which is read on the host.
    """
    torch = _torch()
    offset = 0.5 if aligned else 0.0
    corners = rois[:, 1:] * spatial_scale - offset
    x1, y1, x2, y2 = corners.unbind(1)
    wide, high = x2 - x1, y2 - y1
    if not aligned:
        wide, high = wide.clamp(min=1), high.clamp(min=1)
    bin_h, bin_w = high / pooled_height, wide / pooled_width
    if sampling_ratio > 0:
        rows = columns = int(sampling_ratio)
        count_h = count_w = torch.full_like(bin_h, sampling_ratio)
    else:
        count_h, count_w = bin_h.ceil().clamp(min=1), bin_w.ceil().clamp(min=1)
        rows, columns = (int(c.max()) if len(rois) else 1 for c in (count_h, count_w))
    ph = torch.arange(pooled_height, device=input.device, dtype=input.dtype)
    pw = torch.arange(pooled_width, device=input.device, dtype=input.dtype)
    iy = torch.arange(rows, device=input.device, dtype=input.dtype)
    ix = torch.arange(columns, device=input.device, dtype=input.dtype)
    y = y1[:, None, None] + (ph[:, None] + (iy + 0.5) / count_h[:, None, None]) * bin_h[:, None, None]  # (K, ph, iy)
    x = x1[:, None, None] + (pw[:, None] + (ix + 0.5) / count_w[:, None, None]) * bin_w[:, None, None]
    used = (iy < count_h[:, None])[:, None, None, :, None] & (ix < count_w[:, None])[:, None, None, None, :]
    shape = (len(rois), pooled_height, pooled_width, rows, columns)
    y, x = y[:, :, None, :, None].expand(shape), x[:, None, :, None, :].expand(shape)
    height, width = input.shape[2:]
    inside = used & (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
    batch = rois[:, 0].long()[:, None, None, None, None].expand(shape)
    flat = _bilinear(input, batch.reshape(-1), y.reshape(-1), x.reshape(-1), inside.reshape(-1).to(input.dtype))
    summed = flat.view(*shape, input.shape[1]).sum((3, 4))
    return (summed / (count_h * count_w)[:, None, None, None]).permute(0, 3, 1, 2)


def deform_conv2d(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    mask: Tensor,
    bias: Tensor,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    groups: int,
    offset_groups: int,
    use_mask: bool,
) -> Tensor:
    """A convolution whose taps are moved by ``offset`` (and weighed by ``mask``): samples, then a product. See torchvision."""
    torch = _torch()
    count, channels = input.shape[:2]
    out_channels, _, kernel_h, kernel_w = weight.shape
    out_h, out_w = offset.shape[2:]
    taps = kernel_h * kernel_w
    moved = offset.view(count, offset_groups, taps, 2, out_h, out_w)
    kinds = {"device": input.device, "dtype": input.dtype}
    row = (torch.arange(out_h, **kinds) * stride_h - pad_h)[:, None]
    column = torch.arange(out_w, **kinds) * stride_w - pad_w
    ky = (torch.arange(kernel_h, **kinds) * dilation_h).repeat_interleave(kernel_w)[:, None, None]
    kx = (torch.arange(kernel_w, **kinds) * dilation_w).repeat(kernel_h)[:, None, None]
    y, x = moved[:, :, :, 0] + row + ky, moved[:, :, :, 1] + column + kx
    height, width = input.shape[2:]
    images = input.reshape(count * offset_groups, channels // offset_groups, height, width)
    which = torch.arange(count * offset_groups, device=input.device).view(count, offset_groups, 1, 1, 1).expand(y.shape)
    samples = _zero_padded(images, which.reshape(-1), y.reshape(-1), x.reshape(-1))
    samples = samples.view(count, offset_groups, taps, out_h, out_w, -1)
    if use_mask:
        samples = samples * mask.view(count, offset_groups, taps, out_h, out_w, 1)
    columns = samples.permute(0, 1, 5, 2, 3, 4).reshape(count, groups, -1, out_h * out_w)
    kernels = weight.view(groups, out_channels // groups, -1)
    return (kernels @ columns).view(count, out_channels, out_h, out_w) + bias[:, None, None]


def _zero_padded(images: Tensor, batch: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """The values (points, channels) of images at points: between four neighbours, those outside being 0."""
    height, width = images.shape[2:]
    last = images.permute(0, 2, 3, 1)
    y0, x0 = y.floor(), x.floor()

    def at(row: Tensor, column: Tensor, weight: Tensor) -> Tensor:
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        found = last[batch, row.clamp(0, height - 1).long(), column.clamp(0, width - 1).long()]
        return found * (weight * inside.to(weight.dtype))[:, None]

    dy, dx = y - y0, x - x0
    return (
        at(y0, x0, (1 - dy) * (1 - dx))
        + at(y0, x0 + 1, (1 - dy) * dx)
        + at(y0 + 1, x0, dy * (1 - dx))
        + at(y0 + 1, x0 + 1, dy * dx)
    )


_ABSENT = (
    "qnms qroi_align roi_pool ps_roi_pool ps_roi_align box_iou_rotated _roi_align_backward _roi_pool_backward "
    "_ps_roi_align_backward _ps_roi_pool_backward _deform_conv2d_backward"
).split()


def _absent(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"torchvision::{name} is compiled for PyTorch; cltorch has nms, roi_align and deform_conv2d"
        )

    return refuse


def register() -> None:
    """Put them under ``torch.ops.torchvision``; its other operators raise NotImplementedError."""
    library = Library("torchvision", "FRAGMENT")
    for function in (nms, roi_align, deform_conv2d):
        library.impl(function.__name__, function, "CompositeImplicitAutograd")
    for name in _ABSENT:
        library.impl(name, _absent(name), "CompositeExplicitAutograd")
    library.impl("_cuda_version", lambda: -1, "CompositeImplicitAutograd")
