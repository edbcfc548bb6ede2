"""The CPU form of convolution and its gradients: operands are copied once to padded planes, then summed tap by tap.

Two layouts share all kernels (`conv_pack` draws them). *Images in lanes*: a vector holds one pixel of as many images as
the device has lanes; nothing is wasted but images missing in the last block, whatever the size and stride. *Pixels in
lanes*: a vector holds consecutive pixels of one flattened padded plane; what lies between two rows is computed and
dropped, which costs little for large images and wins for small batches. The one that wastes less is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .conv_shape import Conv
from .group_tiles import sum_parts
from .sizes import least, most
from .tiles import Spelling, ceil_div, index_type, kernel, number, round_up, sum_lanes, transpose

_UNIT_TILES = 12  # tiles of a weight gradient that pass over one block of pixels while it is in the first-level cache
_K_TILE = 3
_MOST_TAPS = 49  # that are written out one by one
_BLOCK_BYTES = 160 * 1024  # of the source, which all tiles of channels pass over while it is in the second-level cache
_BLOCK_PRODUCTS = 144  # that are summed before they are added to what other source channels gave
_VISIT = 96  # vectors of each gradient plane that a visit reads


class _Pixels(NamedTuple):
    """An operand's place in `conv_pack`: what it is, and the padded planes that are made of it."""

    channels: int
    size: tuple[int, int]
    pad: tuple[int, int]
    stride: tuple[int, int]
    rows: int
    columns: int
    plane: int

    @property
    def args(self) -> tuple[Int, ...]:
        numbers = (self.channels, *self.size, *self.pad, self.rows, self.columns, self.plane)
        return tuple(Int(value) for value in numbers)


class _Walk(NamedTuple):
    """How a kernel walks over the result's pixels: lines of ``length`` vectors, in units of ``block_lines`` lines."""

    lanes: int  # images a vector; 1 where vectors run over pixels
    lines: int
    length: int
    segment: int  # pixels of a line where vectors run over pixels


@dataclass(frozen=True, slots=True)
class _Pass:
    """A sum over source channels and taps that gives ``channels`` a group: the forward pass or the data gradient."""

    c: Conv
    channels: int  # of the result, in a group
    sources: int  # channels that are summed over, in a group
    out_size: tuple[int, int]
    in_size: tuple[int, int]
    pad: tuple[int, int]  # zeros before the source, or fewer than 0: rows to drop
    stride: tuple[int, int]
    turned: bool  # taps in reverse
    phases: bool  # the data gradient of a strided convolution
    strides: tuple[int, int]  # of the weights: by result channel, by source channel
    bias: bool


def forward(c: Conv, traits: Traits) -> Lowered:
    """Two launches: copy images and weights, then sum."""
    channels, sources = c.out_channels // c.groups, c.in_channels // c.groups
    strides = (sources * c.taps, c.taps)
    return _lower(
        _Pass(c, channels, sources, c.out_size, c.in_size, c.padding, c.stride, False, False, strides, c.bias), traits
    )


def data_gradient(c: Conv, traits: Traits) -> Lowered:
    """Two launches: copy the gradient and the weights, then sum.

    With stride 1 it is a convolution with the taps in reverse. Else pixels of the input fall into phases; each phase is
    a sum over those taps that reach a pixel of the result.
    """
    channels, sources = c.in_channels // c.groups, c.out_channels // c.groups
    reach = [(k - 1) * d for k, d in zip(c.kernel, c.dilation, strict=True)]
    phases = c.stride != (1, 1)
    if phases:
        pad = [ceil_div(r, s) for r, s in zip(reach, c.stride, strict=True)]
    else:
        pad = [r - p for r, p in zip(reach, c.padding, strict=True)]
    strides = (c.taps, channels * c.taps)
    return _lower(
        _Pass(
            c, channels, sources, c.in_size, c.out_size, (pad[0], pad[1]), (1, 1), not phases, phases, strides, False
        ),
        traits,
    )


def _simd(spelling: Spelling, traits: Traits) -> int:
    return max(2, traits.vector_width * 4 // spelling.itemsize)


def _out_tile(channels: int, traits: Traits) -> int:
    """Destination channels of a register tile."""
    if traits.vector_width >= 16 and channels >= 8:
        return 8
    return 4 if channels > 2 else max(1, channels)


def _walk(c: Conv, out_size: tuple[int, int], columns: int, simd: int, tile: int) -> _Walk:
    """Lines of the layout that wastes fewer lanes; ``tile`` is how many vectors of pixels are summed together."""
    height, width = out_size
    flat = (height - 1) * columns + width if height and width else 0
    by_pixels = height * width / max(1, round_up(flat, simd * tile))
    by_images = c.batch / max(1, round_up(c.batch, simd))
    if by_images >= by_pixels:
        return _Walk(simd, height, width, 0)
    segment = simd * tile * most(1, least(16, ceil_div(flat, 2 * simd * tile)))
    return _Walk(1, ceil_div(flat, segment), segment // simd, segment)


def _share(units: int, traits: Traits) -> tuple[int, int]:
    """Work-items, and units each takes in a row: at most 8 work-items a compute unit."""
    chunk = most(1, ceil_div(units, 8 * traits.compute_units))
    return ceil_div(units, chunk), chunk


def _source(p: _Pass) -> tuple[int, int, int]:
    """Rows and columns of a phase of the padded source, and the farthest place that a tap adds to a pixel's own."""
    reach = [(k - 1) * d for k, d in zip(p.c.kernel, p.c.dilation, strict=True)]
    if p.phases:  # the last pixel in its phase's own count, and the zeros before
        rows, columns = (
            b + (n - 1 + q) // s + 1 for b, n, q, s in zip(p.pad, p.out_size, p.c.padding, p.c.stride, strict=True)
        )
        return rows, columns, 0
    rows, columns = (n + r // s for n, r, s in zip(p.out_size, reach, p.stride, strict=True))
    return rows, columns, _farthest(p.c, p.stride, rows, columns)


def _farthest(c: Conv, stride: tuple[int, int], rows: int, columns: int) -> int:
    def place(y: int, x: int) -> int:
        phase = y % stride[0] * stride[1] + x % stride[1]
        return phase * rows * columns + y // stride[0] * columns + x // stride[1]

    return max(place(r * c.dilation[0], s * c.dilation[1]) for r in range(c.kernel[0]) for s in range(c.kernel[1]))


def _taps(p: _Pass) -> tuple[tuple[tuple[int, int, int, int], ...], ...]:
    """Of each phase, each tap's (plane, row, column) relative to a pixel's own place, and its number."""
    (rows, columns), (down, right), (stride_h, stride_w) = p.c.kernel, p.c.dilation, p.c.stride
    numbered = [(t // columns * down, t % columns * right, t) for t in range(rows * columns)]
    if not p.phases:
        stride_h, stride_w = p.stride
        return (
            tuple((y % stride_h * stride_w + x % stride_w, y // stride_h, x // stride_w, t) for y, x, t in numbered),
        )
    return tuple(
        tuple(
            (0, (phase_h - y) // stride_h, (phase_w - x) // stride_w, t)
            for y, x, t in numbered
            if (phase_h - y) % stride_h == 0 and (phase_w - x) % stride_w == 0
        )
        for phase_h in range(stride_h)
        for phase_w in range(stride_w)
    )


def _lower(p: _Pass, traits: Traits) -> Lowered:
    c, spelling = p.c, number(p.c.dtype)
    simd = _simd(spelling, traits)
    rows, columns, farthest = _source(p)
    height, width = (ceil_div(n, s) for n, s in zip(p.out_size, c.stride if p.phases else (1, 1), strict=True))
    out_tile = _out_tile(p.channels, traits)
    many = traits.vector_width >= 16  # and so 32 registers
    by_pixels = (24 if many else 12) // out_tile
    walk = _walk(c, (height, width), columns, simd, by_pixels)
    vectors = by_pixels if walk.lanes == 1 else min(simd, (16 if many else 8) // out_tile)
    last = walk.lines * (walk.segment or columns) + vectors
    line_pixels = walk.segment or 2 * simd
    if walk.lanes > 1 and p.phases:  # a line is a stretch of the result, as the kernel counts
        line_rows = most(1, 2 * simd // most(1, p.out_size[1]))
        line_pixels = ceil_div(line_rows * p.out_size[1], c.stride[0] * c.stride[1])
        last = vectors
        walk = walk._replace(lines=ceil_div(p.out_size[0], line_rows))
    elif walk.lanes > 1 and width % vectors == 0:
        walk = walk._replace(lines=ceil_div(height * width, 2 * simd))
    plane = most(rows * columns * p.stride[0] * p.stride[1], (rows * columns if p.phases else farthest) + last)
    source = _Pixels(p.sources * c.groups, p.in_size, p.pad, p.stride, rows, columns, plane)
    tiles = ceil_div(p.channels, out_tile)
    blocks_of_images = ceil_div(c.batch, walk.lanes)
    packed = blocks_of_images * source.channels * plane * walk.lanes
    packed_weights = c.groups * tiles * p.sources * c.taps * out_tile
    index = index_type(packed, packed_weights, c.in_numel, c.out_numel, c.weight_numel)
    weight_args = (tiles, p.channels, p.sources, c.taps, int(p.turned), *p.strides, p.channels * p.sources * c.taps)
    pack = _pack(c, spelling, index, walk.lanes, out_tile, (source,), weight_args, blocks_of_images, traits)
    names = {
        "number": spelling,
        "index": index,
        "lanes": walk.lanes,
        "number_width": simd,
        "vectors": vectors,
        "out_tile": out_tile,
        "kernel": c.kernel,
        "block_channels": max(1, _BLOCK_PRODUCTS // c.taps),
        "phased": p.phases,
        "steps": p.stride,
        "dilation": c.dilation,
        "taps": _taps(p) if c.taps <= _MOST_TAPS and c.stride[0] * c.stride[1] <= _MOST_TAPS else (),
        "transposed": transpose([f"t{i}" for i in range(simd)], f"{spelling.compute}{simd}"),
    }
    parts = blocks_of_images * c.groups * tiles
    line_bytes = p.sources * line_pixels * walk.lanes * spelling.itemsize
    block_lines = most(
        1, least(walk.lines // ceil_div(4 * traits.compute_units, parts), _BLOCK_BYTES // most(1, line_bytes))
    )
    blocks = ceil_div(walk.lines, block_lines)
    units = parts * blocks * (c.stride[0] * c.stride[1] if p.phases and walk.lanes == 1 else 1)
    items, chunk = _share(units, traits)
    bias = In(2) if p.bias else In(1)  # which nobody reads
    steps = c.stride if p.phases else p.stride
    numbers = (c.batch, c.groups, p.channels, p.sources, tiles, plane, rows, columns, *p.out_size, *steps, *c.dilation)
    args: tuple[Arg, ...] = (
        *(Temp(0), Temp(1), bias, Out(0)),
        *map(Int, (int(p.bias), *numbers, *c.padding, *p.pad, p.in_size[0], walk.segment, blocks, units, chunk)),
    )
    text = kernel(f"conv_direct_{c.dtype.name}", "conv_direct.cl.mako", **names)
    temps = (packed * spelling.itemsize, packed_weights * spelling.itemsize)
    return Lowered((*pack, Call(text, args, (items,), (1,))), tuple(most(4, nbytes) for nbytes in temps))


def _pack(
    c: Conv,
    spelling: Spelling,
    index: str,
    lanes: int,
    out_tile: int,
    pixels: tuple[_Pixels, ...],
    weights: tuple[int, ...],
    blocks_of_images: int,
    traits: Traits,
) -> tuple[Call, ...]:
    """The launch that copies In(0) to Temp(0) and In(1) to Temp(1); none if there is nothing to copy."""
    a_units = blocks_of_images * pixels[0].channels
    b_units = c.groups * weights[0] if weights else blocks_of_images * pixels[1].channels
    units = a_units + b_units
    if units == 0:
        return ()
    items, chunk = _share(units, traits)
    text = kernel(
        f"conv_pack_{c.dtype.name}",
        "conv_pack.cl.mako",
        number=spelling,
        index=index,
        lanes=lanes,
        out_tile=out_tile,
        weights=bool(weights),
        a_stride=pixels[0].stride,
        b_stride=pixels[-1].stride,
        transposed=transpose([f"t{i}" for i in range(lanes)], f"{spelling.compute}{lanes}"),
        turned_tile=transpose([f"t{i}" for i in range(out_tile)], f"{spelling.compute}{out_tile}"),
    )
    second = tuple(Int(value) for value in weights) if weights else pixels[1].args
    numbers = tuple(Int(value) for value in (c.batch, a_units, units, chunk))
    return (Call(text, (In(0), Temp(0), In(1), Temp(1), *second, *pixels[0].args, *numbers), (items,), (1,)),)


def weight_gradient(c: Conv, traits: Traits) -> Lowered:
    """Two launches: copy gradient and images, then sum; a third adds up parts where there are few channels."""
    spelling = number(c.dtype)
    simd = _simd(spelling, traits)
    height, width = c.out_size
    reach = [(k - 1) * d for k, d in zip(c.kernel, c.dilation, strict=True)]
    rows, columns = (n + r // s for n, r, s in zip(c.out_size, reach, c.stride, strict=True))
    walk = _walk(c, c.out_size, columns, simd, 1)
    grad_columns = width if walk.lanes > 1 else columns
    grad_plane = height * width if walk.lanes > 1 else walk.lines * walk.segment
    last = walk.lines * (columns if walk.lanes > 1 else walk.segment)
    plane = most(rows * columns * c.stride[0] * c.stride[1], _farthest(c, c.stride, rows, columns) + last)
    channels, sources = c.out_channels // c.groups, c.in_channels // c.groups
    gradient = _Pixels(c.out_channels, c.out_size, (0, 0), (1, 1), height, grad_columns, grad_plane)
    images = _Pixels(c.in_channels, c.in_size, c.padding, c.stride, rows, columns, plane)
    blocks_of_images = ceil_div(c.batch, walk.lanes)
    packed = [blocks_of_images * pixels.channels * pixels.plane * walk.lanes for pixels in (gradient, images)]
    index = index_type(*packed, c.in_numel, c.out_numel, c.weight_numel)
    out_tile = min(4, channels)
    tiles, k_blocks = ceil_div(channels, out_tile), ceil_div(sources * c.taps, _UNIT_TILES * _K_TILE)
    parts = most(1, least(ceil_div(4 * traits.compute_units, c.groups * tiles * k_blocks), blocks_of_images))
    part_blocks = most(1, ceil_div(blocks_of_images, parts))
    parts = most(1, ceil_div(blocks_of_images, part_blocks))
    units = c.groups * tiles * k_blocks * parts
    items, chunk = _share(units, traits)
    names = {
        "number": spelling,
        "index": index,
        "lanes": walk.lanes,
        "number_width": simd,
        "out_tile": out_tile,
        "k_tile": _K_TILE,
        "unit_tiles": _UNIT_TILES,
        "kernel": c.kernel,
        "converts": parts == 1 and not spelling.plain,
        "summed": sum_lanes([f"t{i}" for i in range(simd)], f"{spelling.compute}{simd}"),
    }
    line_steps = (columns, grad_columns) if walk.lanes > 1 else (walk.segment, walk.segment)
    visit_lines = most(1, least(walk.lines, _VISIT // most(1, walk.length)))
    visit_blocks = most(1, _VISIT // most(1, walk.lines * walk.length))
    numbers = (
        *(
            blocks_of_images,
            c.groups,
            channels,
            sources,
            tiles,
            k_blocks,
            plane,
            rows,
            columns,
            grad_plane,
            grad_columns,
        ),
        *(
            *c.stride,
            *c.dilation,
            c.padding[0],
            c.in_size[0],
            walk.lines,
            walk.length,
            *line_steps,
            visit_blocks,
            visit_lines,
            part_blocks,
            units,
            chunk,
        ),
    )
    text = kernel(f"conv_direct_weight_{c.dtype.name}", "conv_direct_weight.cl.mako", **names)
    pack = _pack(c, spelling, index, walk.lanes, 1, (gradient, images), (), blocks_of_images, traits)
    sums = Call(text, (Temp(1), Temp(0), Temp(2) if parts > 1 else Out(0), *map(Int, numbers)), (items,), (1,))
    temps = tuple(most(4, numel * spelling.itemsize) for numel in packed)
    if parts == 1:
        return Lowered((*pack, sums), temps)
    return Lowered(
        (*pack, sums, sum_parts(spelling, c.weight_numel, parts, 2, traits)),
        (*temps, parts * c.weight_numel * spelling.itemsize),
    )
