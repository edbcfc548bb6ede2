"""Gradients that are sparse: of rows that were looked up by index, as `nn.functional.embedding` with ``sparse=True`` has them."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.modes import MODE
from ..autograd.node import Node
from ..autograd.packing import packed, unpacked
from ..tensor.tensor import Tensor
from .coo import coo


class EmbeddingBackward(Node):
    """Sends a looked-up table the rows of the gradient, at the indices of the look-up."""

    __slots__ = ("indices", "padding", "whole")
    label = "EmbeddingBackward0"

    def __init__(self, edge: Any, weight: Tensor, indices: Tensor, padding: int | None, out: Tensor) -> None:
        super().__init__((edge,), out._cl_meta)
        self.indices, self.padding, self.whole = packed(indices), padding, weight._cl_meta

    def gradients(self, grad: Any) -> tuple[Any, ...]:
        (indices,) = unpacked((self.indices,))
        rows = grad.reshape(indices.numel(), self.whole.shape[1])
        places = indices.reshape(1, -1).to(
            dtypes.int64, copy=True
        )  # the gradient's own: the program may change its indices
        if self.padding is not None:
            kept = (places[0] != self.padding).nonzero().squeeze(1)
            rows, places = rows.index_select(0, kept), places.index_select(1, kept)
        return (coo(places, rows, self.whole.shape, False),)


def looked_up(weight: Tensor, indices: Tensor, padding: int | None = None) -> Tensor:
    """Rows of ``weight`` (n, width) by ``indices`` of any shape; its gradient is sparse, without the rows of ``padding``."""
    rows = weight.detach().index_select(0, indices.reshape(-1)).reshape(*indices.shape, weight.shape[1])
    if MODE.enabled and weight._is_recorded:
        rows._edge = EmbeddingBackward(weight._resolve_edge(), weight, indices, padding, rows)
    return rows
