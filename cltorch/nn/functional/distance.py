"""Distances and similarities. See the torch.nn.functional page of each name."""

from __future__ import annotations

from typing import Any

from ... import dtypes
from ...tensor.tensor import Tensor

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The norm of order ``p`` of ``x1 - x2 + eps`` over the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Inner products along ``dim`` over the product of the norms, each of which is at least ``eps``."""
    kind = dtypes.promote_types(x1.dtype, x2.dtype)
    if not kind.is_floating_point:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {kind.title}")
    a, b = x1.to(kind), x2.to(kind)
    lengths = [(t * t).sum(dim, True).clamp_min(eps * eps).sqrt() for t in (a, b)]
    return ((a / lengths[0]) * (b / lengths[1])).sum(dim)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """Distances of order ``p`` between all pairs of rows, those of the first row first."""
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if not input.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    n = input._meta.shape[0]
    if n < 2:
        return input._filled((0,), 0, input._meta.dtype, input._meta.device)
    places: Any = input._range(0, 1, n)
    above = (places.unsqueeze(1) < places).reshape(-1)
    order = (~above).to(dtypes.int64).argsort(stable=True)[: n * (n - 1) // 2]
    difference = input.index_select(0, order // n) - input.index_select(0, order % n)
    return difference.norm(p, 1)
