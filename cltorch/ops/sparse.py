"""The row of sparse products. See `sparse.products`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels import sparse
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


@heavy("ends columns held dense")
def sparse_rows(ends: Meta, columns: Meta, held: Meta, dense: Meta) -> Job:
    """A matrix in compressed rows times a dense one; int64 indices."""
    shape = (ends.shape[0] - 1, dense.shape[1])
    return sparse.lower, sparse.Rows(*shape, held.shape[0], held.dtype), ((shape, held.dtype),)
