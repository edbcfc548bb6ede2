"""Pooling over windows of planes: maximum with positions, mean, and their gradients. Sizes are arguments, dtypes are text."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Kernel, Lowered, Out
from .elements import functions, index_type
from .render import named, render

Pair = tuple[int, int]
SMALL = 4096  # elements below which one work-item does all: a second one would cost more than it saves


@dataclass(frozen=True, slots=True)
class MaxPool:
    """Maximum pooling of ``planes`` planes; with ``indices`` the flat positions in the plane (int32) come too."""

    planes: int
    in_size: Pair
    out_size: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    dtype: DType
    indices: bool


@dataclass(frozen=True, slots=True)
class AvgPool:
    """Mean pooling; ``divisor`` replaces the window's size, which counts padding if ``count_include_pad``."""

    planes: int
    in_size: Pair
    out_size: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dtype: DType
    count_include_pad: bool
    divisor: int | None


def split(units: int, traits: Traits) -> tuple[int, int, int]:
    """Work-items, units of each, and the local size for a kernel that walks ``units``."""
    if traits.form == "cpu":
        items = 1 if units <= SMALL else min(units, 4 * traits.compute_units)
        return items, -(-units // items), 1
    local = min(256, traits.max_work_group)
    groups = min(-(-units // local), 64 * traits.compute_units)
    return groups * local, 0, local


def _lower(part: str, p: MaxPool | AvgPool, args: tuple[Arg, ...], written: Pair, traits: Traits) -> Lowered:
    units = p.planes * prod(written)
    if not units:
        return Lowered(())
    indices = isinstance(p, MaxPool) and p.indices
    index = index_type(p.planes * prod(p.in_size), p.planes * prod(p.out_size))
    source = render(
        "pool.cl.mako",
        name="KERNEL",
        functions=functions("e", p.dtype),
        part=part,
        forward=part in ("max", "avg"),
        indices=indices,
        storage=p.dtype.storage,
        compute=p.dtype.compute,
        floating=p.dtype.is_floating_point,
        index=index,
        cpu=traits.form == "cpu",
    )
    name = named(f"pool_{part}_{p.dtype.name}", source)
    kernel = Kernel(
        name,
        source.replace("KERNEL", name)
        .replace("load_e", f"load_{name}")
        .replace("store_e", f"store_{name}")
        .replace("rounded_e", f"rounded_{name}"),
    )
    items, chunk, local = split(units, traits)
    dilation = p.dilation if isinstance(p, MaxPool) else (1, 1)
    divisor, count_pad = (0, 0) if isinstance(p, MaxPool) else (p.divisor or 0, int(p.count_include_pad))
    numbers = (*p.in_size, *p.out_size, *p.kernel, *p.stride, *p.padding, *dilation, divisor, count_pad)
    sizes = (Int(units, index), Int(chunk, index), *(Int(n) for n in numbers))
    return Lowered((Call(kernel, (*args, *sizes), (items,), (local,)),))


def lower_max(p: MaxPool, traits: Traits) -> Lowered:
    """In(0) planes -> Out(0) the largest element of each window (NaN counts as largest), Out(1) its position."""
    outs = (Out(0), Out(1)) if p.indices else (Out(0),)
    return _lower("max", p, (In(0), *outs), p.out_size, traits)


def lower_max_gradient(p: MaxPool, traits: Traits) -> Lowered:
    """In(0) gradient of the result, In(1) positions -> Out(0) gradient of the planes."""
    return _lower("max_gradient", p, (In(0), In(1), Out(0)), p.in_size, traits)


def lower_avg(p: AvgPool, traits: Traits) -> Lowered:
    """In(0) planes -> Out(0) the mean of each window."""
    return _lower("avg", p, (In(0), Out(0)), p.out_size, traits)


def lower_avg_gradient(p: AvgPool, traits: Traits) -> Lowered:
    """In(0) gradient of the result -> Out(0) gradient of the planes."""
    return _lower("avg_gradient", p, (In(0), Out(0)), p.in_size, traits)
