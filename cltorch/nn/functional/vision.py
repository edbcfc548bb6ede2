"""Grids, shuffles and patches. See the torch.nn.functional page of each name."""

from __future__ import annotations

from math import nan, prod
from typing import Any

from ...autograd.composite import composite, in_float32
from ...autograd.names import shown_as
from ...autograd.remembered import remembered
from ...ops import rules
from ...ops.arguments import need_kind
from ...ops.taps import taps_along
from ...tensor.apply import apply
from ...tensor.cat import of_its_own
from ...tensor.creation import linspace, ones
from ...tensor.indexing import join
from ...tensor.joining import stack
from ...tensor.planes import lying_as
from ...tensor.tensor import Tensor
from ...warned import warn
from .interpolate import _cubic
from .padding import pad

__all__ = [
    "affine_grid",
    "channel_shuffle",
    "fold",
    "grid_sample",
    "native_channel_shuffle",
    "pixel_shuffle",
    "pixel_unshuffle",
    "unfold",
]


# --- shuffles -------------------------------------------------------------------------------------------------------------


@remembered
@shown_as("PixelShuffleBackward0")
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C * r * r, H, W) to (..., C, H * r, W * r) (Shi et al. 2016)."""
    r = upscale_factor
    if input.dim() < 3:
        raise RuntimeError(
            f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {input.dim()} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *lead, c, h, w = input._cl_meta.shape
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={c} is not divisible by {r * r}"
        )
    k = len(lead)
    split = input.reshape(*lead, c // (r * r), r, r, h, w)
    order = (*range(k), k, k + 3, k + 1, k + 4, k + 2)
    return of_its_own(
        lying_as(split.permute(order).reshape(*lead, c // (r * r), h * r, w * r).contiguous(), input), input
    )


@shown_as("PixelUnshuffleBackward0")
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H * r, W * r) to (..., C * r * r, H, W): the inverse of `pixel_shuffle`."""
    r = downscale_factor
    if input.dim() < 3:
        raise RuntimeError(
            f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {input.dim()} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *lead, c, h, w = input._cl_meta.shape
    for name, size, at in (("height", h, -2), ("width", w, -1)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({at})={size} is not "
                f"divisible by {r}"
            )
    if not input.numel():
        return input.clone()  # whose shape PyTorch leaves as it is
    k = len(lead)
    split = input.reshape(*lead, c, h // r, r, w // r, r)
    order = (*range(k), k, k + 2, k + 4, k + 1, k + 3)
    return of_its_own(
        lying_as(split.permute(order).reshape(*lead, c * r * r, h // r, w // r).contiguous(), input), input
    )


@shown_as("ChannelShuffleBackward0")
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """(N, C, ...) with the channels of all groups interleaved (Zhang et al. 2018)."""
    shape = input._cl_meta.shape
    if len(shape) < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups."
        )
    split = input.reshape(shape[0], groups, shape[1] // groups, *shape[2:])
    return of_its_own(lying_as(split.transpose(1, 2).reshape(shape).contiguous(), input), input)


native_channel_shuffle = channel_shuffle


# --- patches --------------------------------------------------------------------------------------------------------------


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The patches of (N, C, H, W) or (C, H, W) as columns: (N, C * kH * kW, L)."""
    kernel, apart, pads, steps = (
        _both(v, n)
        for v, n in ((kernel_size, "kernel_size"), (dilation, "dilation"), (padding, "padding"), (stride, "stride"))
    )
    if not input.dim():
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    _check_windows(kernel, apart, pads, steps)
    if input.dim() < 3:
        rules.wrap_dim(input.dim(), input.dim())  # a dimension that PyTorch asks for before it counts them
    if input.dim() not in (3, 4) or 0 in input._cl_meta.shape[input.dim() - 3 :]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but "
            f"got: {list(input.shape)}"
        )
    batched = input if input.dim() == 4 else input.unsqueeze(0)
    plane = tuple(batched._cl_meta.shape[2:])
    need_kind("im2col_out_cpu", ("half", "wide", "complex", "bool"), input._cl_meta.dtype)
    out = _patches(plane, kernel, apart, pads, steps)
    if min(out) < 1:
        raise RuntimeError(
            f"Given input with spatial size ({plane[0]}, {plane[1]}), kernel_size=({kernel[0]}, {kernel[1]}), "
            f"dilation=({apart[0]}, {apart[1]}), padding=({pads[0]}, {pads[1]}), calculated shape of the array of sliding "
            f"blocks as ({out[0]}, {out[1]}), but its components must be at least one."
        )
    result = _unfold(batched, plane=plane, kernel=kernel, apart=apart, pads=pads, steps=steps)
    return result if input.dim() == 4 else result.squeeze(0)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns (N, C * kH * kW, L) or (C * kH * kW, L) added up where their patches lie in planes of ``output_size``."""
    plane, kernel, apart, pads, steps = (
        _both(v, n)
        for v, n in (
            *((output_size, "output_size"), (kernel_size, "kernel_size"), (dilation, "dilation")),
            *((padding, "padding"), (stride, "stride")),
        )
    )
    _check_windows(kernel, apart, pads, steps)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, "
            f"but got: {list(input.shape)}"
        )
    batched = input if input.dim() == 3 else input.unsqueeze(0)
    rows, columns = batched._cl_meta.shape[1:]
    if rows % prod(kernel):
        raise RuntimeError(
            f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)={rows} "
            f"and kernel_size=({kernel[0]}, {kernel[1]})."
        )
    need_kind("col2im_out_cpu", ("half", "wide", "complex", "bool"), input._cl_meta.dtype)
    out = _patches(plane, kernel, apart, pads, steps)
    if columns != prod(out):
        raise RuntimeError(
            f"Given output_size=({plane[0]}, {plane[1]}), kernel_size=({kernel[0]}, {kernel[1]}), "
            f"dilation=({apart[0]}, {apart[1]}), padding=({pads[0]}, {pads[1]}), stride=({steps[0]}, {steps[1]}), expected "
            f"size of input's dimension 2 to match the calculated number of sliding blocks {out[0]} * {out[1]} = {prod(out)}, "
            f"but got input.size(2)={columns}."
        )
    result = _fold(batched, plane=plane, kernel=kernel, apart=apart, pads=pads, steps=steps)
    return result if input.dim() == 3 else result.squeeze(0)


def _both(value: Any, name: str) -> tuple[int, ...]:
    """An integer twice, or two integers."""
    values = rules.integers(value if isinstance(value, (tuple, list)) else (value, value), name)
    if len(values) != 2:
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(values)}")
    return values


def _check_windows(kernel: Any, apart: Any, pads: Any, steps: Any) -> None:
    """RuntimeError for windows that no plane has."""
    for what, short, values in (
        ("kernel size", "kernel", kernel),
        ("dilation", "dilation", apart),
        ("stride", "stride", steps),
    ):
        if min(values) <= 0:
            raise RuntimeError(
                f"{what} should be greater than zero, but got {short}_height: {values[0]} {short}_width: {values[1]}"
            )
    if min(pads) < 0:
        raise RuntimeError(f"padding should be non-negative, but got pad_height: {pads[0]} pad_width: {pads[1]}")


def _patches(plane: Any, kernel: Any, apart: Any, pads: Any, steps: Any) -> tuple[int, int]:
    """How many patches there are down and across."""
    down, across = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in zip(plane, kernel, apart, pads, steps))
    return down, across


def _slices(kernel: Any, apart: Any, steps: Any, out: tuple[int, int]) -> list[tuple[slice, slice]]:
    """Where the first, second, ... elements of all patches lie in the padded plane."""
    each = [
        [slice(k * d, k * d + (m - 1) * s + 1, s) for k in range(size)]
        for size, d, s, m in zip(kernel, apart, steps, out)
    ]
    return [(down, across) for down in each[0] for across in each[1]]


def _unfold_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, **how: Any) -> tuple[Tensor]:
    return (_fold(g, **how),)


@composite(vjp=_unfold_vjp, name="im2col")
def _unfold(input: Tensor, plane: Any, kernel: Any, apart: Any, pads: Any, steps: Any) -> Tensor:
    out = _patches(plane, kernel, apart, pads, steps)
    padded = pad(input, (pads[1], pads[1], pads[0], pads[0])) if any(pads) else input
    parts = [padded[:, :, down, across].unsqueeze(2) for down, across in _slices(kernel, apart, steps, out)]
    n, channels = input._cl_meta.shape[:2]
    return join(parts, 2).reshape(n, channels * len(parts), prod(out))


@composite(vjp=lambda g, y, aux, input, **how: (_unfold(g, **how),), name="col2im")
def _fold(input: Tensor, plane: Any, kernel: Any, apart: Any, pads: Any, steps: Any) -> Tensor:
    out = _patches(plane, kernel, apart, pads, steps)
    n, rows = input._cl_meta.shape[:2]
    parts = input.reshape(n, rows // prod(kernel), prod(kernel), *out)
    shape = (n, rows // prod(kernel), plane[0] + 2 * pads[0], plane[1] + 2 * pads[1])
    whole = input._filled(shape, 0, input._cl_meta.dtype, input._cl_meta.device)
    for k, (down, across) in enumerate(_slices(kernel, apart, steps, out)):
        whole[:, :, down, across].add_(parts[:, :, k])
    return whole[:, :, pads[0] : pads[0] + plane[0], pads[1] : pads[1] + plane[1]].contiguous()


# --- grids ----------------------------------------------------------------------------------------------------------------


@shown_as("AffineGridGeneratorBackward0")
def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """Where affine maps ``theta`` (N, 2, 3) or (N, 3, 4) take a regular grid of ``size``: (N, H, W, 2) or (N, D, H, W, 3)."""
    if align_corners is None:
        warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
        )
        align_corners = False
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    spatial = tuple(size)[2:]
    n = len(spatial)
    if n not in (2, 3):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size {size}"
        )
    if theta.dim() != 3 or tuple(theta.shape[1:]) != (n, n + 1):
        raise ValueError(
            f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for size {size}. Got {theta.shape}."
        )
    if theta.shape[0] != size[0]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {n + 1}] but got: "
            f"[{theta.shape[0]}, {n + 1}]."
        )
    if min(tuple(size)) < 1:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    axes = []
    for k, count in enumerate(spatial):
        axis = (
            linspace(-1, 1, count, dtype=theta.dtype, device=theta.device)
            if count > 1
            else theta._filled((1,), 0, theta._cl_meta.dtype, theta._cl_meta.device)
        )
        axis = axis if align_corners else axis * ((count - 1) / count)
        axes.append(axis.reshape(tuple(-1 if d == k else 1 for d in range(n))).expand(spatial).unsqueeze(-1))
    base = join([*reversed(axes), ones(*spatial, 1, dtype=theta.dtype, device=theta.device)], n)
    grid = base.reshape(1, prod(spatial), n + 1).expand(theta.shape[0], prod(spatial), n + 1).bmm(theta.transpose(1, 2))
    return grid.reshape(theta.shape[0], *spatial, n)


@shown_as("GridSampler2DBackward0")
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input (N, C, H, W) or (N, C, D, H, W) at the places in ``grid`` (N, ..., 2 or 3), whose coordinates (x first) go
    from -1 to 1; outside are zeros, the border, or reflections."""
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
        )
        align_corners = False
    shape, out = input._cl_meta.shape, grid._cl_meta.shape
    if not (shape and out):
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    n = len(shape) - 2
    if out[0] != shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(shape)} and grid with sizes {list(out)}"
        )
    if out[-1] != n:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {n} in last dimension, but got grid with sizes {list(out)}"
        )
    if n not in (2, 3) or len(out) != n + 2:
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{list(shape)} and grid with sizes {list(out)}"
        )
    if 0 in shape[2:]:
        raise RuntimeError(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
            f"{list(shape)} with dimension {shape.index(0, 2)} being empty"
        )
    if mode == "bicubic" and n == 3:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    need_kind(f"grid_sampler_{n}d_cpu", ("half", "wide"), input._cl_meta.dtype)
    if grid.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {grid.dtype.title}")
    return _sampled(input, grid, mode, padding_mode, align_corners)


@remembered
@in_float32
def _sampled(input: Tensor, grid: Tensor, mode: str, padding_mode: str, align_corners: bool) -> Tensor:
    """`grid_sample` of checked arguments."""
    shape, out = input._cl_meta.shape, grid._cl_meta.shape
    n = len(shape) - 2
    flat = grid.reshape(out[0], prod(out[1:-1]), n)
    places = []  # along each dimension of the input, depth first
    for k, size in enumerate(shape[2:]):
        x = flat[:, :, n - 1 - k]
        places.append((x + 1.0) * ((size - 1) / 2) if align_corners else ((x + 1.0) * size - 1.0) / 2)
    if mode != "bicubic":
        places = [_inside(x, size, padding_mode, align_corners) for x, size in zip(places, shape[2:])]
    corners = [_around(x, mode) for x in places]
    if mode == "bicubic":
        corners = [
            [(_inside(at, size, padding_mode, align_corners), weight) for at, weight in taps]
            for taps, size in zip(corners, shape[2:])
        ]
    made = _weighted(input, corners).reshape(*shape[:2], *out[1:-1])
    if mode != "bicubic":
        return made
    lost = ~(places[0].isfinite() & places[1].isfinite())  # there is no cubic through a place that is none
    return made._masked_fill(lost.reshape(out[0], 1, *out[1:-1]), nan)


def _inside(x: Tensor, size: int, padding_mode: str, align_corners: bool) -> Tensor:
    """Coordinates brought into the input by a padding mode."""
    if padding_mode == "zeros":
        return x
    if padding_mode == "reflection":
        low, high = (0.0, float(size - 1)) if align_corners else (-0.5, size - 0.5)
        span = high - low
        if span == 0:
            return x * 0.0
        distance = (x - low).abs()
        turns = (distance / span).detach().floor()
        rest = distance - turns * span
        x = (rest + low).where(turns % 2 == 0, (span - rest) + low)
    return x.where(x == x, 0.0).clamp(0.0, float(size - 1))  # also what is nowhere lies in the first element


def _around(x: Tensor, mode: str) -> list[tuple[Tensor, Any]]:
    """Coordinates of the elements that a place takes, and their weights."""
    if mode == "nearest":
        return [(x.detach().round(), x * 0.0 + 1.0 if x._is_recorded else None)]  # a gradient of zeros, as PyTorch's
    first = x.detach().floor()
    rest = x - first
    if mode == "bilinear":
        return [(first, 1.0 - rest), (first + 1.0, rest)]
    return [(first + step, _cubic((rest - step).abs(), -0.75)) for step in (-1.0, 0.0, 1.0, 2.0)]


def _weighted(input: Tensor, corners: list[list[tuple[Tensor, Any]]]) -> Tensor:
    """Sums over all combinations of elements along the dimensions (N * C, points, 1); what lies outside is 0."""
    shape = input._cl_meta.shape
    combined: list[tuple[Any, Any, Any]] = [(None, None, None)]  # flat position, weight, whether it is inside
    for taps, size in zip(corners, shape[2:]):
        grown = []
        for flat, weight, valid in combined:
            for at, own in taps:
                here, there = at.clamp(-1.0, float(size)).int().clamp(0, size - 1), (at > -0.5) & (at < size - 0.5)
                grown.append(
                    (
                        here if flat is None else flat * size + here,
                        own if weight is None else weight if own is None else weight * own,
                        there if valid is None else valid & there,
                    )
                )
        combined = grown
    places = stack([flat.where(valid, -1) for flat, _, valid in combined], 1)
    if combined[0][1] is None:
        weights = places._filled(places._cl_meta.shape, 1, input._cl_meta.dtype, input._cl_meta.device)
    else:
        weights = stack([weight for _, weight, _ in combined], 1)
    planes = input.reshape(shape[0] * shape[1], prod(shape[2:]), 1)._dense()
    return apply(taps_along, (planes, places, weights), (prod(shape[2:]),))
