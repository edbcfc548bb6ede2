"""Kernel families on the host: what each computes, said in NumPy. Those that loading data needs."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..kernels import cat, conv, gemm, index, pad, pool, scan, search, select, sort, taps
from ..kernels.conv_shape import Conv
from ..runtime.faults import error_of

Array = np.ndarray
Family = Callable[..., tuple[Array, ...]]


def _strided(flat: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Elements of a flat array at ``offset + sum(i[d] * strides[d])``; the same memory."""
    size = flat.itemsize
    return np.ndarray(shape, flat.dtype, flat.view(np.uint8), offset * size, [s * size for s in strides])


def _wide(array: Array) -> Array:
    """16-bit floats as float32."""
    return array.astype(np.float32) if array.dtype.itemsize == 2 and array.dtype.kind not in "iu" else array


def _gemm(g: gemm.Gemm, a: Array, b: Array, bias: Array | None = None) -> tuple[Array, ...]:
    left = _strided(a, g.a.offset, (g.batch, g.m, g.k), g.a[:3])
    right = _strided(b, g.b.offset, (g.batch, g.k, g.n), g.b[:3])
    made = np.matmul(_wide(left), _wide(right))
    return (made if bias is None else made + _wide(bias),)


def _positions(x: index.Indexed, indices: tuple[Array, ...]) -> Array:
    """Where the elements of an indexing lie. IndexError, or RuntimeError, for an index out of range."""
    places = np.full(x.shape, x.offset, np.int64)
    for d, stride in enumerate(x.strides):
        shape = [1] * len(x.shape)
        shape[d] = x.shape[d]
        places += (np.arange(x.shape[d]) * stride).reshape(shape)
    for indexer, flat in zip(x.indexers, indices, strict=True):
        picked = _strided(flat, indexer.offset, x.shape, indexer.strides).astype(np.int64)
        wrong = (picked >= indexer.size) | (picked < (0 if indexer.strict else -indexer.size))
        if wrong.any():
            raise error_of(int(picked[wrong][0]), indexer.size, indexer.dim)
        places += np.where(picked < 0, picked + indexer.size, picked) * indexer.step
    return places


def _gather(x: index.Indexed, source: Array, *indices: Array) -> tuple[Array, ...]:
    if not prod(x.shape):
        return (np.empty(x.shape, source.dtype),)
    if not indices:
        return (_strided(source, x.offset, x.shape, x.strides),)
    return (source[_positions(x, indices)],)


_COMBINED: dict[str, Any] = {"add": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _scatter(p: index.Scatter, base: Array, values: Array, *indices: Array) -> tuple[Array, ...]:
    if prod(p.at.shape):
        places, new = _positions(p.at, indices), _strided(values, p.offset, p.at.shape, p.strides)
        if p.mode == "set":
            base[places] = new
        else:
            _COMBINED[p.mode].at(base, places, new)
    return (base,)


def _cat(p: cat.Cat, *parts: Array) -> tuple[Array, ...]:
    rows = zip(parts, p.offsets, p.widths, p.steps, strict=True)
    seen = [_strided(part, o, (p.outer, w), (step, 1)) for part, o, w, step in rows if w]
    return (np.concatenate(seen, 1),) if seen else (np.empty(0, p.dtype.np),)


def _scan(p: scan.Scan, x: Array) -> tuple[Array, ...]:
    rows = x.reshape(p.outer, p.n, p.inner).astype(p.dtype.np, copy=False)
    if p.kind in ("sum", "prod"):
        run = np.add if p.kind == "sum" else np.multiply
        return (run.accumulate(_wide(rows), 1),)
    if p.kind == "logsumexp":
        return (np.logaddexp.accumulate(_wide(rows), 1),)
    best = (np.maximum if p.kind == "max" else np.minimum).accumulate(rows, 1)
    reached = (rows == best) | (np.isnan(rows) if rows.dtype.kind == "f" else False)
    at = np.where(reached, np.arange(p.n).reshape(1, -1, 1), 0)
    return best, np.maximum.accumulate(at, 1)


def _order(rows: Array, descending: bool) -> Array:
    """Positions of a stable sort, NaN being the greatest."""
    if not descending:
        return np.argsort(rows, -1, kind="stable")
    flipped = np.argsort(rows[..., ::-1], -1, kind="stable")[..., ::-1]
    return rows.shape[-1] - 1 - flipped


def _sort(p: sort.Sort, x: Array) -> tuple[Array, ...]:
    rows = x.reshape(p.rows, p.n)
    order = _order(rows, p.descending)
    return np.take_along_axis(rows, order, -1), order


def _first(p: select.First, x: Array) -> tuple[Array, ...]:
    rows = x.reshape(p.rows, p.n)
    order = _order(rows, p.descending)[:, : p.k]
    return np.take_along_axis(rows, order, -1), order


def _kth(p: select.Kth, x: Array) -> tuple[Array, ...]:
    rows = x.reshape(p.rows, p.n)
    order = _order(rows, False)
    nans = np.isnan(rows).sum(-1) if rows.dtype.kind == "f" else np.zeros(p.rows, np.int64)
    place = np.full(p.rows, p.k if p.kind == "kth" else (p.n - 1) // 2)
    if p.kind == "median":  # NaN if there is any: the first of them
        place = np.where(nans > 0, p.n - nans, place)
    elif p.kind == "nanmedian":
        place = np.where(nans < p.n, np.maximum(p.n - nans - 1, 0) // 2, 0)
    order = np.take_along_axis(order, place[:, None], -1)
    return np.take_along_axis(rows, order, -1), order


def _search(p: search.Search, ordered: Array, values: Array, sorter: Array | None = None) -> tuple[Array, ...]:
    rows = ordered.reshape(-1, p.n)
    if sorter is not None:
        rows = np.take_along_axis(rows, sorter.reshape(-1, p.n), -1)
    wanted = values.reshape(1 if p.shared else p.rows, -1)
    side: Any = "right" if p.right else "left"
    return (np.stack([np.searchsorted(row, some, side) for row, some in zip(rows, wanted, strict=True)]),)


def _count(p: search.Mask, mask: Array) -> tuple[Array, ...]:
    return (np.array([np.count_nonzero(mask)]),)


def _where(p: search.Mask, mask: Array, sums: Array) -> tuple[Array, ...]:
    flat = np.flatnonzero(mask)
    return (np.stack(np.unravel_index(flat, p.shape)) if p.coordinates else flat,)


def _windows(x: Array, kernel: Any, stride: Any, dilation: Any, out: Any) -> Array:
    """(n, channels, out_h, out_w, kernel_h, kernel_w) of padded planes; the same memory."""
    n, channels, down, along = x.strides
    shape = (*x.shape[:2], *out, *kernel)
    steps = (n, channels, down * stride[0], along * stride[1], down * dilation[0], along * dilation[1])
    return np.lib.stride_tricks.as_strided(x, shape, steps)


def _padded(x: Array, padding: Any, value: Any) -> Array:
    (h, w) = padding
    return np.pad(x, ((0, 0), (0, 0), (h, h), (w, w)), constant_values=value) if h or w else x


def _conv(p: Conv, x: Array, weight: Array, bias: Array | None = None) -> tuple[Array, ...]:
    planes = _padded(_wide(x).reshape(p.batch, p.in_channels, *p.in_size), p.padding, 0)
    each = p.out_channels // p.groups
    windows = _windows(planes, p.kernel, p.stride, p.dilation, p.out_size)
    windows = windows.reshape(p.batch, p.groups, p.in_channels // p.groups, *windows.shape[2:])
    taps = _wide(weight).reshape(p.groups, each, p.in_channels // p.groups, *p.kernel)
    made = np.einsum("ngchwij,gocij->ngohw", windows, taps, optimize=True)
    made = made.reshape(p.batch, p.out_channels, *p.out_size)
    return (made if not p.bias or bias is None else made + _wide(bias).reshape(-1, 1, 1),)


def _max_pool(p: pool.MaxPool, x: Array) -> tuple[Array, ...]:
    wide = _wide(x).reshape(1, p.planes, *p.in_size)
    least = -np.inf if wide.dtype.kind == "f" else np.iinfo(wide.dtype).min
    need = [(o - 1) * s + d * (k - 1) + 1 for o, s, d, k in zip(p.out_size, p.stride, p.dilation, p.kernel)]
    planes = np.full(
        (1, p.planes, *(max(m, n + pad) for m, n, pad in zip(need, p.in_size, p.padding))), least, wide.dtype
    )
    top, left = p.padding
    planes[:, :, top : top + p.in_size[0], left : left + p.in_size[1]] = wide
    windows = _windows(planes, p.kernel, p.stride, p.dilation, p.out_size).reshape(p.planes, *p.out_size, -1)
    best = windows.argmax(-1)
    found = np.take_along_axis(windows, best[..., None], -1)[..., 0]
    if not p.indices:
        return (found,)
    rows, columns = np.divmod(best, p.kernel[1])
    rows = np.arange(p.out_size[0])[:, None] * p.stride[0] - top + rows * p.dilation[0]
    columns = np.arange(p.out_size[1]) * p.stride[1] - left + columns * p.dilation[1]
    return found, rows * p.in_size[1] + columns


def _avg_pool(p: pool.AvgPool, x: Array) -> tuple[Array, ...]:
    wide = _wide(x).reshape(1, p.planes, *p.in_size)
    sums, counts = [], []
    limits = [n + pad for n, pad in zip(p.in_size, p.padding)]
    for i in range(p.out_size[0]):
        for j in range(p.out_size[1]):
            starts = (i * p.stride[0] - p.padding[0], j * p.stride[1] - p.padding[1])
            ends = [min(s + k, limit) for s, k, limit in zip(starts, p.kernel, limits)]
            inside = [(max(s, 0), min(e, n)) for s, e, n in zip(starts, ends, p.in_size)]
            (a, b), (c, d) = inside
            sums.append(wide[0, :, a:b, c:d].sum((-1, -2)))
            whole = (ends[0] - starts[0]) * (ends[1] - starts[1])
            counts.append(p.divisor or (whole if p.count_include_pad else (b - a) * (d - c)))
    return (np.stack(sums, -1) / np.array(counts, wide.dtype),)


def _pad(p: pad.Pad, planes: Array) -> tuple[Array, ...]:
    made = planes.reshape(p.planes, *(side.n for side in p.sides))
    for d, (n, before, out) in enumerate(p.sides, 1):
        at = np.arange(-before, out - before)
        wraps = {"reflect": n - 1 - np.abs(n - 1 - np.abs(at)), "replicate": np.clip(at, 0, n - 1), "circular": at % n}
        made = made.take(wraps[p.mode], d)
    return (made,)


def _taps(p: taps.Taps, planes: Array, places: Array, weights: Array) -> tuple[Array, ...]:
    wide = _wide(planes).reshape(p.groups, p.shared, p.n, p.inner)
    at, scale = (a.reshape(p.groups, p.taps, p.out) for a in (places, _wide(weights)))
    sums = 0
    for t in range(p.taps):
        found = np.take_along_axis(wide, np.maximum(at[:, None, t, :, None], 0), 2)
        sums = sums + np.where(at[:, None, t, :, None] < 0, 0, found) * scale[:, None, t, :, None]
    return (np.asarray(sums, wide.dtype).reshape(p.planes, p.out, p.inner),)


FAMILIES: dict[tuple[Any, type], Family] = {
    (gemm.lower, gemm.Gemm): _gemm,
    (index.lower_gather, index.Indexed): _gather,
    (index.lower_scatter, index.Scatter): _scatter,
    (cat.lower, cat.Cat): _cat,
    (scan.lower, scan.Scan): _scan,
    (sort.lower, sort.Sort): _sort,
    (select.lower_first, select.First): _first,
    (select.lower_kth, select.Kth): _kth,
    (search.lower, search.Search): _search,
    (search.lower_count, search.Mask): _count,
    (search.lower_write, search.Mask): _where,
    (conv.lower_forward, Conv): _conv,
    (pool.lower_max, pool.MaxPool): _max_pool,
    (pool.lower_avg, pool.AvgPool): _avg_pool,
    (pad.lower, pad.Pad): _pad,
    (taps.lower, taps.Taps): _taps,
}
"""What computes a request of each family, from arrays as its views show them."""
