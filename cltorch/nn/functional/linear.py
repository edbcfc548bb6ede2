"""Linear maps. See the torch.nn.functional page of each name."""

from __future__ import annotations

from ...tensor import products
from ...tensor.tensor import Tensor

__all__ = ["bilinear", "linear"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: (..., in_features) -> (..., out_features)."""
    return products.linear(input, weight, bias)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]``: (..., in1) and (..., in2) with weight (out, in1, in2) to (..., out)."""
    if input1.shape[:-1] != input2.shape[:-1]:
        raise RuntimeError(
            f"bilinear(): input batch dimensions do not match: got {list(input1.shape)} and {list(input2.shape)}"
        )
    if weight.dim() != 3 or (input1.shape[-1], input2.shape[-1]) != tuple(weight.shape[1:]):
        raise RuntimeError(
            f"bilinear(): input sizes {input1.shape[-1]} and {input2.shape[-1]} do not match a weight of size "
            f"{list(weight.shape)}"
        )
    out, first, second = weight.shape
    rows = input1.reshape(-1, first)
    mapped = rows.matmul(weight.transpose(0, 1).reshape(first, out * second)).reshape(-1, out, second)
    result = (mapped * input2.reshape(-1, 1, second)).sum(2).reshape(*input1.shape[:-1], out)
    return result if bias is None else result + bias
