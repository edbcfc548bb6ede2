"""Pooling over windows of planes: maximum with positions, mean, and their gradients.

Sizes of planes are arguments; dtype and window are text, since taps that are written out are several times as fast.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Kernel, Lowered, Out
from .elements import functions, index_type, split
from .render import named, render

Pair = tuple[int, int]


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


class Window(NamedTuple):
    """What of a request is text: the window, by what a mean is divided (``ceil``: windows may reach over the padding), and
    whether none reaches over the plane's border (``fits``)."""

    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_h: int
    pad_w: int
    step_h: int
    step_w: int
    divisor: int
    count_pad: bool
    ceil: bool
    fits: bool

    @staticmethod
    def of(p: MaxPool | AvgPool) -> Window:
        """The window of a request."""
        ceil = any(
            (out - 1) * s + k > n + 2 * pad
            for n, out, k, s, pad in zip(p.in_size, p.out_size, p.kernel, p.stride, p.padding, strict=True)
        )
        step = p.dilation if isinstance(p, MaxPool) else (1, 1)
        fits = not any(p.padding) and all(
            (out - 1) * s + (k - 1) * d < n
            for n, out, k, s, d in zip(p.in_size, p.out_size, p.kernel, p.stride, step, strict=True)
        )
        if isinstance(p, MaxPool):
            return Window(*p.kernel, *p.stride, *p.padding, *step, 0, False, False, fits)
        return Window(*p.kernel, *p.stride, *p.padding, *step, p.divisor or 0, p.count_include_pad, ceil, fits)

    @property
    def reach_h(self) -> int:
        """From the first tap of a window to the last, downwards."""
        return (self.kernel_h - 1) * self.step_h

    @property
    def reach_w(self) -> int:
        """From the first tap of a window to the last, to the right."""
        return (self.kernel_w - 1) * self.step_w


def vector_lanes(p: MaxPool | AvgPool, traits: Traits) -> tuple[int, ...]:
    """The vectors that rows are walked in: the native one, then 4 lanes for short rows and for what is left."""
    if p.dtype.storage not in ("float", "int") or p.stride[1] > 4 or p.kernel[1] > 16:
        return ()
    return tuple(dict.fromkeys((traits.vector_width, 4)))


def _lower(part: str, p: MaxPool | AvgPool, args: tuple[Arg, ...], traits: Traits) -> Lowered:
    forward = part in ("max", "avg")
    written = p.out_size if forward else p.in_size
    if not p.planes * prod(written):
        return Lowered(())
    cpu, window = traits.form == "cpu", Window.of(p)
    template, units, size = "pool", p.planes * prod(written), 1
    if cpu and forward:
        template, units, size = "pool_rows", p.planes * written[0], written[1]
    elif cpu and p.dtype.storage == p.dtype.compute:
        template, units, size = "pool_planes", p.planes, prod(written)
    index = index_type(p.planes * prod(p.in_size), p.planes * prod(p.out_size))
    source = render(
        f"{template}.cl.mako",
        name="KERNEL",
        functions=functions("e", p.dtype),
        part=part,
        forward=forward,
        indices=isinstance(p, MaxPool) and p.indices,
        storage=p.dtype.storage,
        compute=p.dtype.compute,
        floating=p.dtype.is_floating_point,
        index=index,
        cpu=cpu,
        w=window,
        vectors=vector_lanes(p, traits),
    )
    name = named(f"pool_{part}_{p.dtype.name}", source)
    kernel = Kernel(name, re.sub(r"\b(load|store|rounded)_e\b", rf"\1_{name}", source.replace("KERNEL", name)))
    items, chunk, local = split(units, traits, size)
    sizes = (Int(units, index), Int(chunk, index), *(Int(n) for n in (*p.in_size, *p.out_size)))
    return Lowered((Call(kernel, (*args, *sizes), (items,), (local,)),))


def lower_max(p: MaxPool, traits: Traits) -> Lowered:
    """In(0) planes -> Out(0) the largest element of each window (NaN counts as largest), Out(1) its position."""
    outs = (Out(0), Out(1)) if p.indices else (Out(0),)
    return _lower("max", p, (In(0), *outs), traits)


def lower_max_gradient(p: MaxPool, traits: Traits) -> Lowered:
    """In(0) gradient of the result, In(1) positions -> Out(0) gradient of the planes."""
    return _lower("max_gradient", p, (In(0), In(1), Out(0)), traits)


def lower_avg(p: AvgPool, traits: Traits) -> Lowered:
    """In(0) planes -> Out(0) the mean of each window."""
    return _lower("avg", p, (In(0), Out(0)), traits)


def lower_avg_gradient(p: AvgPool, traits: Traits) -> Lowered:
    """In(0) gradient of the result -> Out(0) gradient of the planes."""
    return _lower("avg_gradient", p, (In(0), Out(0)), traits)
