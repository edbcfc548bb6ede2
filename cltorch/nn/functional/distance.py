"""Distances and similarities. See the torch.nn.functional page of each name."""

from __future__ import annotations

from ... import dtypes
from ...tensor.distances import pdist
from ...tensor.joining import broadcast_tensors
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
    a, b = broadcast_tensors(x1.to(kind), x2.to(kind))
    lengths = [(t * t).sum(dim, True).clamp_min(eps * eps).sqrt() for t in (a, b)]
    return ((a / lengths[0]) * (b / lengths[1])).sum(dim)
