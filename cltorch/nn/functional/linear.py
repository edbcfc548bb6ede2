"""Linear maps. See the torch.nn.functional page of each name."""

from __future__ import annotations

from math import prod
from typing import Any

from ... import dtypes
from ...ops.autocast import autocasting
from ...tensor import products
from ...tensor.apply import stored
from ...tensor.indexing import join
from ...tensor.tensor import Tensor

__all__ = ["bilinear", "grouped_mm", "linear"]


@autocasting
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: (..., in_features) -> (..., out_features)."""
    made = products.linear(input, weight, bias)
    return made if out is None else stored(made, out)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]``: (..., in1) and (..., in2) with weight (out, in1, in2) to (..., out)."""
    if input1.shape[:-1] != input2.shape[:-1]:
        if input1.dim() != input2.dim():
            raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.dim()} and {input2.dim()}")
        k = next(k for k, (a, b) in enumerate(zip(input1.shape, input2.shape)) if a != b)
        raise RuntimeError(
            f"bilinear(): input batch dimensions do not match at dim {k}: got {input1.shape[k]} and {input2.shape[k]}"
        )
    if weight.dim() < 3:
        at = f"Dimension out of range (expected to be in range of [{-weight.dim()}, {weight.dim() - 1}], but got 2)"
        raise IndexError(at if weight.dim() else "Dimension specified as 1 but tensor has no dimensions")
    kinds = [t.dtype.title for t in (input1, input2, weight, bias) if t is not None]
    if len({*kinds}) > 1:
        raise RuntimeError(f"All tensors must have the same dtype, got {', '.join(kinds)}")
    if bias is not None and not bias.dim():
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    for k, operand in enumerate((input1, input2), 1):
        if weight.dim() == 3 and operand.shape[-1] != weight.shape[k]:
            raise RuntimeError(
                f"bilinear(): input{k} size does not match weight size: got {operand.shape[-1]} but expected {weight.shape[k]}"
            )
    if weight.dim() != 3:
        raise RuntimeError(
            f"bilinear(): input sizes {input1.shape[-1]} and {input2.shape[-1]} do not match a weight of size "
            f"{list(weight.shape)}"
        )
    out, first, second = weight.shape
    count = prod(input1.shape[:-1])
    rows = input1.reshape(count, first)
    mapped = rows.matmul(weight.transpose(0, 1).reshape(first, out * second)).reshape(count, out, second)
    result = (mapped * input2.reshape(count, 1, second)).sum(2, dtype=mapped.dtype).reshape(*input1.shape[:-1], out)
    return result if bias is None else result + bias


def grouped_mm(
    mat_a: Tensor, mat_b: Tensor, *, offs: Tensor | None = None, bias: Tensor | None = None, out_dtype: Any = None
) -> Tensor:
    """A product for each group: of (G, M, K) and (G, K, N); of rows (M, K) that end at ``offs`` [g] and (G, K, N); of (G, M, K) and
    columns (K, N) that end there; or of columns (M, K) and rows (K, N), which gives (G, M, N).

    ``offs`` are read on the host, as the sizes of the products depend on them. RuntimeError for sizes that don't fit.
    """
    for name, given in (("mat_a", mat_a), ("mat_b", mat_b)):
        if given.dtype not in (dtypes.float32, dtypes.float16, dtypes.bfloat16):
            raise RuntimeError(f"Expected {name} to be Float32, BFloat16 or Float16 matrix, got {given.dtype.title}")
        if given.dim() not in (2, 3):
            raise RuntimeError(f"{name} has to be 2 or 3d")
    if bias is not None:
        raise RuntimeError("Bias not supported yet")
    if mat_a.shape[-1] != mat_b.shape[-2]:
        raise RuntimeError("contraction dimension of mat_a and mat_b must match")
    jagged = mat_a.dim() == 2 or mat_b.dim() == 2
    if jagged != (offs is not None):
        raise RuntimeError("Have to provide offsets if there is a 2d matrix, or no offset if both matrices are 3d")
    if offs is None:
        made = mat_a.bmm(mat_b)
        return made if out_dtype is None else made.to(out_dtype)
    ends = offs.tolist()
    pieces = [slice(low, high) for low, high in zip([0, *ends], ends)]
    if mat_a.dim() == mat_b.dim() == 2:
        parts, dim = [(mat_a[:, s] @ mat_b[s]).unsqueeze(0) for s in pieces], 0
    elif mat_a.dim() == 2:
        parts, dim = [mat_a[s] @ mat_b[g] for g, s in enumerate(pieces)], 0
    else:
        parts, dim = [mat_a[g] @ mat_b[:, s] for g, s in enumerate(pieces)], 1
    made = join(parts, dim)
    return made if out_dtype is None else made.to(out_dtype)
