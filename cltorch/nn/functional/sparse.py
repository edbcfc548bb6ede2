"""Rows by index. See the torch.nn.functional page of each name."""

from __future__ import annotations

from ... import dtypes
from ...tensor.tensor import Tensor

__all__ = ["embedding", "one_hot"]


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None) -> Tensor:
    """Rows of ``weight`` by the indices in ``input``."""
    if max_norm is not None:
        raise RuntimeError("embedding with max_norm is not supported: normalize the weight after the optimizer's step")
    if input.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(
            f"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{input.dtype.name} instead (while checking arguments for embedding)"
        )
    rows = weight.index_select(0, input.reshape(-1)).reshape(*input.shape, weight.shape[1])
    if padding_idx is None:
        return rows
    return rows.detach().where((input == padding_idx % weight.shape[0]).unsqueeze(-1), rows)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the class that each element names, else 0; int64, with a new last dimension."""
    if tensor.dtype is not dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    count = int(tensor.max().item()) + 1 if num_classes < 0 else num_classes
    return (tensor.unsqueeze(-1) == tensor._range(0, 1, count)).long()
