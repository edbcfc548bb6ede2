"""The GPU form of convolution and its gradients: implicit products of matrices, tiled in local memory."""

from __future__ import annotations

from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Kernel, Lowered, Out, Temp
from .conv_shape import Conv
from .group_tiles import sum_parts
from .tiles import ceil_div, group_blocks, index_type, kernel, number

_DEPTH = 16


def forward(c: Conv, traits: Traits) -> Lowered:
    """Rows are output channels, columns output pixels of all images, k runs over input channels and taps."""
    h, w = c.out_size
    m, n, k = c.out_channels // c.groups, c.batch * h * w, c.in_channels // c.groups * c.taps
    return Lowered((_call("forward", c, traits, (In(1), In(0)), (m, n, k)),))


def data_gradient(c: Conv, traits: Traits) -> Lowered:
    """Rows are input channels, columns input pixels of all images, k runs over output channels and taps."""
    h, w = c.in_size
    m, n, k = c.in_channels // c.groups, c.batch * h * w, c.out_channels // c.groups * c.taps
    return Lowered((_call("data", c, traits, (In(1), In(0)), (m, n, k)),))


def weight_gradient(c: Conv, traits: Traits) -> Lowered:
    """Rows are output channels, columns input channels and taps, k runs over output pixels of all images.

    k is long and the result small, so k is cut into parts that are summed by a second launch.
    """
    h, w = c.out_size
    m, n, k = c.out_channels // c.groups, c.in_channels // c.groups * c.taps, c.batch * h * w
    threads, block_m, block_n = group_blocks(m, n, traits)
    tiles = ceil_div(m, threads * block_m) * ceil_div(n, threads * block_n) * c.groups
    wanted = min(ceil_div(4 * traits.compute_units, tiles), max(1, k // (8 * _DEPTH)))
    part_size = ceil_div(ceil_div(max(k, 1), wanted), _DEPTH) * _DEPTH
    parts = ceil_div(max(k, 1), part_size)
    call = _call("weight", c, traits, (In(0), In(1)), (m, n, k), part_size, parts)
    if parts == 1:
        return Lowered((call,))
    return Lowered(
        (call, sum_parts(number(c.dtype), c.weight_numel, parts, 0, traits)),
        (parts * c.weight_numel * number(c.dtype).itemsize,),
    )


def _call(
    mode: str,
    c: Conv,
    traits: Traits,
    operands: tuple[In, In],
    sizes: tuple[int, int, int],
    part_size: int = 0,
    parts: int = 1,
) -> Call:
    m, n, _ = sizes
    threads, block_m, block_n = group_blocks(m, n, traits)
    index = index_type(c.in_numel, c.out_numel, parts * c.weight_numel)
    bias = c.bias and mode == "forward"
    text: Kernel = kernel(
        f"conv_tiled_{mode}_{c.dtype.name}",
        "conv_tiled.cl.mako",
        mode=mode,
        number=number(c.dtype),
        index=index,
        bias=bias,
        parts=parts > 1,
        kernel=c.kernel,
        threads=threads,
        block_m=block_m,
        block_n=block_n,
        depth=_DEPTH,
    )
    extra: tuple[Arg, ...] = (In(2),) if bias else ()
    args: tuple[Arg, ...] = (
        *(*operands, *extra, Temp(0) if parts > 1 else Out(0)),
        *(Int(c.batch), Int(c.groups), Int(c.in_channels // c.groups), Int(c.out_channels // c.groups)),
        *map(Int, (*c.in_size, *c.out_size, *c.stride, *c.padding, *c.dilation)),
        *(Int(size, index) for size in (*sizes, part_size)),
    )
    columns, rows = ceil_div(n, threads * block_n), ceil_div(m, threads * block_m)
    return Call(text, args, (columns * threads, rows * threads, c.groups * parts), (threads, threads, 1))
