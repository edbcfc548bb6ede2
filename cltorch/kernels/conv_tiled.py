"""The GPU form of convolution and its gradients: implicit products of matrices, tiled in local memory."""

from __future__ import annotations

from ..runtime.traits import Traits
from . import fused
from .body import Body, Load, Store
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .conv_shape import Conv
from .group_tiles import GroupTile, choose, choose_long, sum_parts
from .sizes import least, most
from .tiles import ceil_div, index_type, kernel, number, round_up

FEW = 4
"""Rows of a group that leave a tile almost empty."""


def forward(c: Conv, traits: Traits) -> Lowered:
    """Rows are output channels, columns output pixels of all images, k runs over input channels and taps."""
    rows, channels = c.out_channels // c.groups, c.in_channels // c.groups
    return _by_images("forward", c, traits, (rows, channels), c.out_size)


def data_gradient(c: Conv, traits: Traits) -> Lowered:
    """Rows are input channels, columns input pixels of all images, k runs over output channels and taps."""
    rows, channels = c.in_channels // c.groups, c.out_channels // c.groups
    return _by_images("data", c, traits, (rows, channels), c.in_size)


def weight_gradient(c: Conv, traits: Traits) -> Lowered:
    """Rows are output channels, columns input channels and taps, k runs over output pixels of all images.

    k is long and the result small, so k is cut into parts that are summed by a second launch.
    """
    h, w = c.out_size
    m, n, k = c.out_channels // c.groups, c.in_channels // c.groups * c.taps, c.batch * h * w
    if m <= FEW and c.in_channels // c.groups <= FEW:
        return _each_weight(c, k, traits)
    spelling = number(c.dtype)
    tile, parts = choose_long(c.groups, m, n, k, spelling.itemsize, traits)
    part_size = round_up(ceil_div(most(k, 1), parts), tile.depth)
    call = _tiled("weight", c, tile, (In(0), In(1)), (m, n, k), (parts, part_size))
    if parts == 1:
        return Lowered((call,))
    numel = parts * c.weight_numel
    return Lowered((call, sum_parts(spelling, c.weight_numel, parts, 0, traits)), (numel * spelling.itemsize,))


def _by_images(mode: str, c: Conv, traits: Traits, channels: tuple[int, int], size: tuple[int, int]) -> Lowered:
    """The result, or the gradient by the images, of ``size``; ``channels`` are those of the rows and those summed, of a group."""
    (m, summed), spelling = channels, number(c.dtype)
    if m <= FEW:
        return _each(mode, c, channels, size, traits)
    n, k = c.batch * size[0] * size[1], summed * c.taps
    tile, _ = choose(c.groups, m, n, k, spelling.itemsize, traits)
    if summed < tile.depth:
        return Lowered((_tiled(mode, c, tile, (In(1), In(0)), (m, n, k)),))
    along_row, along_sum = (summed * c.taps, c.taps) if mode == "forward" else (c.taps, m * c.taps)
    moved = (
        Load(0, c.dtype, (m * k, 1, along_sum, along_row), 0),
        Store(0, 0, c.dtype, (m * k, summed * m, m, 1), 0),
    )
    (pack,) = fused.lower(Body((c.groups, c.taps, summed, m), (), moved), traits).calls
    pack = pack.within((In(1),), (Temp(0),), 1)
    return Lowered((pack, _tiled(mode, c, tile, (Temp(0), In(0)), (m, n, k))), (c.weight_numel * c.dtype.itemsize,))


def _geometry(c: Conv) -> tuple[Int, ...]:
    return tuple(map(Int, (*c.in_size, *c.out_size, *c.stride, *c.padding, *c.dilation)))


def _tiled(
    mode: str,
    c: Conv,
    tile: GroupTile,
    operands: tuple[Arg, Arg],
    sizes: tuple[int, int, int],
    shares: tuple[int, int] = (1, 0),
) -> Call:
    """The launch of products of matrices; weights in Temp(0) have their channels behind the taps. ``shares``: parts of k."""
    (m, n, _), (parts, part_size), spelling = sizes, shares, number(c.dtype)
    packed = isinstance(operands[0], Temp)
    channels = (c.out_channels if mode == "data" else c.in_channels) // c.groups
    height, width = c.in_size if mode == "data" else c.out_size
    line = n if mode == "weight" else height * width  # elements of the result that lie side by side
    bias = c.bias and mode == "forward"
    index = index_type(c.in_numel, c.out_numel, parts * c.weight_numel)
    fours = packed and spelling.plain and m % 4 == 0 and not tile.rest(tile.side_m, 4)
    text = kernel(
        f"conv_tiled_{mode}_{c.dtype.name}",
        "conv_tiled.cl.mako",
        mode=mode,
        number=spelling,
        index=index,
        bias=bias,
        parts=parts > 1,
        kernel=c.kernel,
        tile=tile,
        packed=packed,
        ragged=packed and channels % tile.depth != 0,
        left_width=4 if fours else 1,
        out_width=4 if (spelling.plain or parts > 1) and tile.columns % 4 == 0 and line % 4 == 0 else 1,
    )
    args: tuple[Arg, ...] = (
        *(*operands, *((In(2),) if bias else ()), Temp(0) if parts > 1 else Out(0), Int(c.groups), Int(channels)),
        *(*_geometry(c), *(Int(size, index) for size in (*sizes, part_size))),
    )
    grid = ceil_div(n, tile.side_n) * tile.group, ceil_div(m, tile.side_m), c.groups * parts
    return Call(text, args, grid, (tile.group, 1, 1))


def _each(mode: str, c: Conv, channels: tuple[int, int], size: tuple[int, int], traits: Traits) -> Lowered:
    """A work-item an element."""
    bias, index, local = c.bias and mode == "forward", index_type(c.in_numel, c.out_numel), 64
    text = kernel(
        f"conv_each_{mode}_{c.dtype.name}",
        "conv_each.cl.mako",
        mode=mode,
        number=number(c.dtype),
        index=index,
        bias=bias,
        kernel=c.kernel,
    )
    blocks = ceil_div(size[0] * size[1], local)
    args: tuple[Arg, ...] = (
        *(In(1), In(0), *((In(2),) if bias else ()), Out(0), Int(c.groups), Int(channels[1])),
        *(*_geometry(c), Int(channels[0]), Int(blocks)),
    )
    return Lowered((Call(text, args, (c.batch * c.groups * channels[0] * blocks * local,), (local,)),))


def _each_weight(c: Conv, k: int, traits: Traits) -> Lowered:
    """A work-group a weight, or a part of its sum."""
    group, spelling = min(256, 1 << (traits.max_work_group.bit_length() - 1)), number(c.dtype)
    parts = most(1, least(ceil_div(4 * traits.compute_units, c.weight_numel), k // (4 * group)))
    index = index_type(c.in_numel, c.out_numel, parts * c.weight_numel)
    text = kernel(
        f"conv_each_weight_{c.dtype.name}",
        "conv_each_weight.cl.mako",
        number=spelling,
        index=index,
        kernel=c.kernel,
        group=group,
    )
    args: tuple[Arg, ...] = (
        *(In(0), In(1), Temp(0), Int(c.batch), Int(c.groups)),
        *(Int(c.in_channels // c.groups), Int(c.out_channels // c.groups), *_geometry(c)),
        Int(ceil_div(most(k, 1), parts), index),
    )
    call = Call(text, args, (c.weight_numel * group, parts), (group, 1))
    numel = parts * c.weight_numel
    return Lowered((call, sum_parts(spelling, c.weight_numel, parts, 0, traits)), (numel * spelling.itemsize,))
