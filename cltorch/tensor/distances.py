"""Distances between rows. See torch.cdist and torch.pdist."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.flat import with_zeros
from ..autograd.names import shown_as
from ..ops import rules
from ..ops.arguments import need_kind
from ..ops.names import public
from .tensor import Tensor

_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


def _euclidean_rule(g: Any, y: Any, aux: Any, x1: Tensor, x2: Tensor, by_products: bool) -> Any:
    """Along the unit vectors between points; nothing between points that are equal."""
    weight = (g / y).where(y > 0, 0.0)
    first = weight.sum(-1, True) * x1 - weight @ x2
    return first, weight.sum(-2).unsqueeze(-1) * x2 - weight.transpose(-1, -2) @ x1


@composite(vjp=_euclidean_rule, saves="y x1 x2", name="cdist")
def _euclidean(x1: Tensor, x2: Tensor, by_products: bool) -> Tensor:
    if not by_products:
        return (x1.unsqueeze(-2) - x2.unsqueeze(-3)).norm(2, -1)
    squares = (x1 * x1).sum(-1, True) + (x2 * x2).sum(-1).unsqueeze(-2)
    return (squares - 2 * (x1 @ x2.transpose(-1, -2))).clamp_min(0).sqrt()


@composite(
    vjp=lambda g, y, aux, difference, only: (g.where(difference == difference, nan),), saves="difference", name="cdist"
)
def _compared(difference: Tensor, only: bool) -> Tensor:
    """Differences, of which the norm has no slope where they are no numbers; ``only`` those that can be compared."""
    return difference.where(difference == difference, 0.0) if only else difference.clone()


@public()
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: Any = _MODES[0]) -> Tensor:
    """Distances of order ``p`` between each row of ``x1`` (..., P, M) and each of ``x2`` (..., R, M): (..., P, R). See torch.cdist.

    Euclidean ones of more than 25 rows go by matrix products, unless ``compute_mode`` says otherwise.
    """
    for name, x in (("X1", x1), ("X2", x2)):
        if x.dim() < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.dim()}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if not p >= 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        if not x.is_floating_point():
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {x.dtype.title}")
    need_kind("cdist", ("wide",), x1._cl_meta.dtype)
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"expected scalar type {x1.dtype.title} but found {x2.dtype.title}")
    batch = rules.broadcast_shape([x1.shape[:-2], x2.shape[:-2]])
    x1, x2 = x1.expand(*batch, *x1.shape[-2:]), x2.expand(*batch, *x2.shape[-2:])
    if p != 2:  # coordinates outside of points: distances that lie side by side are added up together
        difference = x1.unsqueeze(-1) - x2.transpose(-1, -2).contiguous().unsqueeze(-3)
        if p in (1, inf):
            difference = _compared(difference, p == inf)
        return with_zeros(_norm(difference, p, -2), "CdistBackward0", x1, x2) if not p else _norm(difference, p, -2)
    rows = max(x1.shape[-2], x2.shape[-2])
    return _euclidean(x1, x2, compute_mode == _MODES[1] or (compute_mode == _MODES[0] and rows > 25))


@public()
@shown_as("PdistBackward0")
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """Distances of order ``p`` between all pairs of rows, those of the first row first. See torch.nn.functional.pdist."""
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if not input.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if not p >= 0:
        raise RuntimeError("pdist only supports non-negative p values")
    n, size = input._cl_meta.shape
    if n < 2 or not size:
        none = input._filled((n * (n - 1) // 2,), 0, input._cl_meta.dtype, input._cl_meta.device)
        return with_zeros(none, "PdistBackward0", input)
    need_kind("pdist", ("wide",), input._cl_meta.dtype)
    places: Any = input._range(0, 1, n)
    above = (places.unsqueeze(1) < places).reshape(-1)
    order = (~above).to(dtypes.int64).argsort(stable=True)[: n * (n - 1) // 2]
    difference = input.index_select(0, order // n) - input.index_select(0, order % n)
    return _norm(difference, p, 1)


def _norm(difference: Tensor, p: float, dim: int) -> Tensor:
    """The norm, where a difference that is NaN is no difference of 1."""
    found = difference.norm(p, dim)
    return found if p else found.masked_fill((difference != difference).any(dim), nan)
