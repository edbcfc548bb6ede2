"""Distances and similarities. See the torch.nn.functional page of each name."""

from __future__ import annotations

from ... import dtypes
from ...autograd.modes import no_grad
from ...autograd.names import shown_as
from ...autograd.remembered import remembered
from ...tensor.distances import pdist
from ...tensor.joining import broadcast_tensors
from ...tensor.tensor import Tensor

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]


@shown_as("NormBackward1")
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The norm of order ``p`` of ``x1 - x2 + eps`` over the last dimension."""
    return (x1 - x2 + float(eps)).norm(p, -1, keepdim)


@remembered
@shown_as("SumBackward1")
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Inner products along ``dim`` over the product of the norms, each of which is at least ``eps``."""
    kind = dtypes.promote_types(x1.dtype, x2.dtype)
    if not kind.is_floating_point:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {kind.title}")
    if eps < 0:
        raise RuntimeError(f"eps must be non-negative, got: {eps}")
    a, b = (t if t.is_floating_point() else t.to(kind) for t in broadcast_tensors(x1, x2))
    return ((a / _length(a, dim, eps)) * (b / _length(b, dim, eps))).sum(dim)


def _length(vectors: Tensor, dim: int, eps: float) -> Tensor:
    """Norms of at least ``eps``, whose gradient is that of the norms themselves."""
    length = vectors.norm(2, dim, True).clone()
    with no_grad():
        return length.clamp_min_(eps)
