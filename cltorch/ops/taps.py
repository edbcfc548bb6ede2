"""The row of weighted sums along a dimension. See `kernels.taps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels import taps
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


@heavy(
    "input places weights",
    vjp=(
        lambda g, places, weights, params: g._tap_gradient(places, weights, *params),
        None,
        lambda g, input, places, weights: input._tap_weights_gradient(places, weights, g),
    ),
    params=("n",),
)
def taps_along(input: Meta, places: Meta, weights: Meta, n: int) -> Job:
    """(planes, n, inner) to (planes, out, inner): sums of the elements at ``places`` (groups, taps, out; int32, negative for
    none), times ``weights`` of the same shape; planes of a group are neighbours."""
    planes, _, inner = input.shape
    groups, count, out = places.shape
    request = taps.Taps(planes, n, inner, out, count, groups, planes // max(groups, 1), input.dtype, weights.dtype)
    return taps.lower, request, (((planes, out, inner), input.dtype),)
