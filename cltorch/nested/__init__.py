"""Nested tensors: tensors that differ in size, as one. See torch.nested.

One of layout ``jagged`` (`jagged.Jagged`) holds all rows in one tensor, so that functions of elements and of equal dimensions are one call,
and attention is one of padded tensors; one of layout ``strided`` (`strided.Strided`) holds a list. What neither has raises NotImplementedError.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..tensor.creation import arange, as_tensor
from ..tensor.formats import jagged as jagged_layout
from ..tensor.formats import strided as strided_layout
from ..tensor.tensor import Tensor
from . import jagged, strided
from .base import NestedTensor

__all__ = [
    "as_nested_tensor", "masked_select", "narrow", "nested_tensor", "nested_tensor_from_jagged", "to_padded_tensor",
]  # fmt: skip


def nested_tensor(
    tensor_list: Sequence[Any],
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> NestedTensor:
    """A new nested tensor, a leaf, with copies of tensors (or of what becomes such). See torch.nested.nested_tensor."""
    copies = [as_tensor(one).detach().clone() for one in tensor_list]
    made: Any = as_nested_tensor(copies, dtype=dtype, device=device, layout=layout)
    return made.requires_grad_(True) if requires_grad else made  # type: ignore[no-any-return]


def as_nested_tensor(ts: Any, dtype: Any = None, device: Any = None, layout: Any = None) -> NestedTensor:
    """A nested tensor of tensors, or of the slices of one, to which gradients flow. See torch.nested.as_nested_tensor."""
    if isinstance(ts, NestedTensor):
        return ts.to(dtype=dtype, device=device)  # type: ignore[return-value]
    if not isinstance(ts, (list, tuple)) and not (isinstance(ts, Tensor) and ts.dim()):
        raise TypeError("as_nested_tensor(): Expected first argument to be a tensor or a list / tuple of tensors")
    tensors = [one.to(dtype=dtype or one.dtype, device=device) for one in ts]
    if layout is jagged_layout:
        return jagged.of_tensors(tensors)
    if layout not in (None, strided_layout):
        raise RuntimeError(f"Specified layout is unsupported for nested tensors: {layout}")
    return strided.made(tensors)


def nested_tensor_from_jagged(
    values: Tensor,
    offsets: Tensor | None = None,
    lengths: Tensor | None = None,
    jagged_dim: int | None = None,
    min_seqlen: int | None = None,
    max_seqlen: int | None = None,
) -> NestedTensor:
    """The nested tensor whose rows are those of ``values``, cut at ``offsets``, or into ``lengths``; it shares them.
    See torch.nested.nested_tensor_from_jagged."""
    if offsets is None:
        if lengths is None:
            raise RuntimeError("nested_tensor_from_jagged(): At least one of offsets or lengths is required.")
        offsets = arange(len(lengths) + 1, device=lengths.device) * 0
        offsets[1:] = lengths.cumsum(0)
    elif lengths is not None:
        return narrow_rows(values, offsets[:-1], lengths)
    ends = offsets.tolist()
    sizes = [end - start for start, end in pairwise(ends)]
    at = 1 if jagged_dim is None else jagged_dim
    return jagged.made(values.movedim(at - 1, 0), jagged.Ragged(offsets, sizes), at)


def narrow_rows(rows: Tensor, starts: Tensor, lengths: Tensor) -> NestedTensor:
    """The nested tensor of stretches of ``rows``."""
    sizes = lengths.tolist()
    offsets = arange(len(sizes) + 1, device=lengths.device) * 0
    offsets[1:] = lengths.cumsum(0)
    ragged = jagged.Ragged(offsets, sizes)
    owners = ragged.owners
    places = starts[owners] + arange(sum(sizes), device=owners.device) - offsets[owners]
    return jagged.made(rows.index_select(0, places), ragged, 1)


def narrow(
    tensor: Tensor, dim: int, start: int | Tensor, length: int | Tensor, layout: Any = strided_layout
) -> NestedTensor:
    """A nested tensor of a stretch of each slice of ``tensor``, whose ``start`` and ``length`` may differ. See torch.nested.narrow."""
    count = tensor.shape[0]
    starts, lengths = (as_tensor(one, device=tensor.device).expand(count) for one in (start, length))
    if layout is jagged_layout:
        if dim != 1:
            raise RuntimeError("jagged layout only supports dim=1")
        begins = arange(count, device=tensor.device) * tensor.shape[1] + starts
        return narrow_rows(tensor.flatten(0, 1), begins, lengths)
    if layout is not strided_layout:
        raise RuntimeError(f"Specified layout is unsupported for nested narrow: {layout}")
    stretches = zip(tensor, starts.tolist(), lengths.tolist(), strict=True)
    return strided.made([one.narrow(dim - 1, start, length) for one, start, length in stretches])


def masked_select(tensor: Tensor, mask: Tensor) -> NestedTensor:
    """A nested tensor, of layout ``jagged``, of the elements of each slice where ``mask`` holds. See torch.nested.masked_select."""
    wide = mask.expand(tensor.shape)
    counts = wide.flatten(1).sum(1)
    return nested_tensor_from_jagged(tensor.masked_select(wide), lengths=counts)


def to_padded_tensor(
    input: NestedTensor, padding: float, output_size: Sequence[int] | None = None, out: Any = None
) -> Tensor:
    """One tensor, where ``padding`` stands behind what is shorter. See torch.nested.to_padded_tensor."""
    return input.to_padded_tensor(padding, output_size)  # type: ignore[attr-defined, no-any-return]
