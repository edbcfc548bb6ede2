"""The rows of coordinates as ends of rows, and back: the two conversions of indices that programs call by themselves."""

from __future__ import annotations

from ..dtypes import int32, int64
from ..ops.names import public
from ..tensor.apply import stored
from ..tensor.counting import searchsorted
from ..tensor.tensor import Tensor
from .products import lines


def _check(indices: Tensor, name: str) -> None:
    if indices._cl_meta.dtype not in (int32, int64):
        title = indices._cl_meta.dtype.title
        raise NotImplementedError(f"\"convert_indices_from_{name}_cpu\" not implemented for '{title}'")


@public("torch aten", method=False)
def _convert_indices_from_coo_to_csr(
    input: Tensor, size: int, *, out_int32: bool = False, out: Tensor | None = None
) -> Tensor:
    """Where each of ``size`` rows begins, and where the last one ends: ``[size + 1]``, int64 or int32, of rows ``input`` in order."""
    if input.dim() > 1:
        raise RuntimeError(f"Input is supposed to be a vector, but got {input.dim()} dimensional tensor.")
    _check(input, "coo_to_csr")
    ends = searchsorted(input.contiguous(), input._range(0, 1, size + 1), out_int32=out_int32)
    return stored(ends, out)


@public("torch aten", method=False)
def _convert_indices_from_csr_to_coo(
    crow_indices: Tensor,
    col_indices: Tensor,
    *,
    out_int32: bool = False,
    transpose: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Rows and columns ``[2, n]`` (columns and rows with ``transpose``), int64 or int32, from ends of rows and ``n`` columns.

    NotImplementedError for batches.
    """
    _check(crow_indices, "csr_to_coo")
    if crow_indices.dim() != 1 or col_indices.dim() != 1:
        raise NotImplementedError("_convert_indices_from_csr_to_coo() of a batch is not implemented")
    rows, columns = lines(crow_indices, col_indices.numel()), col_indices.long()
    made = rows._joined([one.unsqueeze(0) for one in ((columns, rows) if transpose else (rows, columns))], 0)
    return stored(made.to(int32) if out_int32 else made, out)
