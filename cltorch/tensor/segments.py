"""Reductions of the segments of a dimension. See torch.segment_reduce."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.names import shown_as
from ..ops import rules
from ..ops.names import public
from .batching import slice_by_slice
from .counting import searchsorted
from .tensor import Tensor


def _extremes_rule(
    g: Tensor, y: Tensor, aux: Any, data: Tensor, index: Tensor, base: Tensor, **call: Any
) -> tuple[Any, ...]:
    """What is the extreme, or nan, shares the gradient of its segment."""
    chosen = (data == y.gather(call["at"], index)) | data.isnan()
    count = y.new_zeros(y.shape).scatter_add(call["at"], index, chosen.to(y.dtype))
    return (g / count).gather(call["at"], index).where(chosen, 0.0), None, None


@composite(vjp=_extremes_rule, saves="y data index", name="SegmentReduce", moves=True)
def _extremes(data: Tensor, index: Tensor, base: Tensor, at: int, reduce: str) -> Tensor:
    """The extreme of each segment and of what ``base`` has for it."""
    return base.scatter_reduce(at, index, data, reduce)


_STARTS = {"sum": 0.0, "mean": 0.0, "amax": float("-inf"), "amin": float("inf"), "prod": 1.0}
_NAMES = {"max": "amax", "min": "amin"}


@public(aliases="_segment_reduce")
@shown_as("SegmentReduceBackward0")
@slice_by_slice
def segment_reduce(
    data: Tensor,
    reduce: str,
    *,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Any = None,
) -> Tensor:
    """Sums, means, extremes or products of neighbours along ``axis``: as many as ``lengths`` say, or from offset to offset.

    An empty segment has ``initial``, or what the reduction starts with (NaN for a mean). See torch.segment_reduce.
    """
    reduce = _NAMES.get(reduce, reduce)
    if reduce not in _STARTS:
        raise RuntimeError(f"segment_reduce: unsupported reduction {reduce}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    at = rules.wrap_dim(axis, data.dim())
    given = lengths if offsets is None else offsets
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if not 0 < given.dim() <= data.dim():
        raise RuntimeError(f"segment_reduce(): {given.dim()} dimensions of lengths do not fit {data.dim()} of data")
    total = data.shape[at]
    if offsets is not None:
        first, ends, sizes = offsets[..., :1], offsets[..., 1:], offsets.diff()
    else:
        first, ends, sizes = given[..., :1] * 0, given.cumsum(-1), given
        if not unsafe and bool((ends[..., -1:] != total).any()):
            raise RuntimeError("segment_reduce(): Expected all rows of lengths along axis to sum to data.size(axis)")
    if bool((sizes < 0).any()):
        raise RuntimeError("segment_reduce(): Expected segment_length >= 0")
    if not data.is_floating_point() or given.dtype not in (dtypes.int32, dtypes.int64):
        kind = (given if data.is_floating_point() else data).dtype.title
        raise NotImplementedError(f"\"_segment_reduce_cpu\" not implemented for '{kind}'")
    if not ends.shape[-1]:
        return data.new_empty((*data.shape[:at], 0, *data.shape[at + 1 :]))
    places = data._range(0, 1, total).expand(*ends.shape[:-1], total).contiguous()
    segment = searchsorted(ends.contiguous().to(places.dtype), places, right=True)
    tail = data.shape[at + 1 :]
    inside = ((segment < ends.shape[-1]) & (places >= first)).reshape(*segment.shape, *(1 for _ in tail))
    data = data.where(inside, _STARTS[reduce])
    segment = segment.clamp_max(max(ends.shape[-1] - 1, 0))
    index = segment.reshape(*segment.shape, *(1 for _ in tail)).expand(data.shape)
    shape = (*data.shape[:at], ends.shape[-1], *tail)
    base = data.new_full(shape, _STARTS[reduce] if initial is None else initial)
    if reduce in ("sum", "mean"):
        made = base.scatter_add(at, index, data)
    elif reduce == "prod":
        made = base.scatter_reduce(at, index, data, reduce)
    else:
        made = _extremes(data, index, base, at=at, reduce=reduce)
    if reduce != "mean":
        return made
    count = sizes.reshape(*sizes.shape, *(1 for _ in tail)).to(data.dtype)
    return made / count if initial is None else (made / count.clamp_min(1))
