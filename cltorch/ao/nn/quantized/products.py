"""Products with weights that are decoded."""

from __future__ import annotations

from math import prod

from ....tensor.tensor import Tensor

FEW = 4  # rows up to which a weight is decoded as it is read, by a reduction; more rows are worth a decoded copy


def products(x: Tensor, weight: Tensor) -> Tensor:
    """``x @ weight.T`` in float32 for (..., K) and (N, K) in a narrower dtype."""
    if prod(x.shape[:-1]) <= FEW:
        return (x.unsqueeze(-2) * weight.float()).sum(-1)
    return x @ weight.float().t()
