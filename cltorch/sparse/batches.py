"""Batches of sparse matrices in compressed formats, which hold equally many values each. See torch.Tensor.to_sparse_csr."""

from __future__ import annotations

from math import prod
from typing import Any

from ..ops.rules import wrap_dim
from ..tensor.counting import searchsorted
from ..tensor.formats import sparse_csc, sparse_csr
from ..tensor.tensor import Tensor
from .base import SparseTensor
from .compressed import BATCHES, Compressed, compressed
from .coo import SparseCoo, coo


class CompressedBatch(Compressed):
    """Matrices along leading dimensions: indices are (batch ..., lines + 1) and (batch ..., nnz), values (batch ..., nnz, dense ...)."""

    __slots__ = ()
    __module__ = "cltorch"

    @property
    def _lead(self) -> int:
        """How many dimensions number the matrices."""
        return self._plain.dim() - 1

    def dense_dim(self) -> int:
        """How many dimensions a value has."""
        return self._held.dim() - self._plain.dim()

    def to_sparse_coo(self) -> SparseCoo:
        """The same elements by coordinates, of which those of the batch are the first."""
        batch, count = tuple(self._plain.shape[:-1]), self._nnz()
        total, ends = prod(batch), self._ends.long().reshape(-1, self._ends.shape[-1])
        every = ends._range(0, 1, count).expand(total, count).contiguous()
        line = searchsorted(ends[:, 1:].contiguous(), every, right=True)
        matrix, places = ends._range(0, 1, total).unsqueeze(1).expand(total, count), []
        for n in reversed(batch):
            places.append((matrix % n).reshape(-1))
            matrix = matrix // n
        pair = [line.reshape(-1), self._plain.long().reshape(-1)]
        rows = [*reversed(places), *(pair if self._by_rows else pair[::-1])]
        held = self._held.reshape(total * count, *self._held.shape[self._lead + 1 :])
        return coo(line._joined([row.unsqueeze(0) for row in rows], 0), held, self._size, self._by_rows)

    def _in_layout(self, made: SparseCoo, layout: Any, blocksize: Any) -> Any:
        """Compressed along the other dimension. RuntimeError for blocks, which batches of matrices have not."""
        if blocksize is not None or layout not in (sparse_csr, sparse_csc):
            raise RuntimeError(f"conversion from {self.layout} to {layout} for batched inputs is not supported")
        return batched(made, not self._by_rows, self._lead)

    def to_sparse_csr(self, dense_dim: int | None = None) -> Any:
        """The matrices by rows. See torch.Tensor.to_sparse_csr."""
        return self if self._by_rows else batched(self.to_sparse_coo(), True, self._lead)

    def to_sparse_csc(self, dense_dim: int | None = None) -> Any:
        """The matrices by columns. See torch.Tensor.to_sparse_csc."""
        return batched(self.to_sparse_coo(), False, self._lead) if self._by_rows else self

    def transpose(self, dim0: int, dim1: int) -> Compressed:
        """Rows and columns of each matrix exchanged: CSR becomes CSC, and the other way round. RuntimeError for other dimensions."""
        first, second = sorted((wrap_dim(dim0, self.dim()), wrap_dim(dim1, self.dim())))
        size, lead = list(self._size), self._lead
        if self.dense_dim():
            raise RuntimeError("transpose(): hybrid sparse compressed tensors with dense dimensions are not supported")
        if (first, second) != (lead, lead + 1):
            raise RuntimeError(
                f"transpose(): can only transpose rows and columns of a batch of matrices, dimensions {lead} and {lead + 1}, but got {dim0} "
                f"and {dim1}"
            )
        size[first], size[second] = size[second], size[first]
        return compressed(self._ends, self._plain, self._held, tuple(size), not self._by_rows)

    def t(self) -> Compressed:
        """RuntimeError: a batch has more than two dimensions."""
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.dim()}D")

    T = property(t)

    @property
    def mT(self) -> Compressed:
        """Each matrix transposed."""
        return self.transpose(self._lead, self._lead + 1)

    def select(self, dim: int, index: int) -> Any:
        """One matrix, or a smaller batch. RuntimeError for rows and columns of several matrices at once."""
        dim = wrap_dim(dim, self.dim())
        if dim >= self._lead:
            raise RuntimeError(
                "select(): selecting sparse dimensions is not supported for batched sparse compressed tensors."
            )
        if not -self._size[dim] <= index < self._size[dim]:
            raise IndexError(f"index {index} is out of bounds for dimension {dim} with size {self._size[dim]}")
        parts = [part.select(dim, index) for part in (self._ends, self._plain, self._held)]
        return compressed(parts[0], parts[1], parts[2], self._size[:dim] + self._size[dim + 1 :], self._by_rows)

    def __getitem__(self, index: Any) -> Any:
        """A matrix, or what an index takes from one."""
        first, *rest = index if isinstance(index, tuple) else (index,)
        found = self.select(0, first)
        return found[tuple(rest)] if rest else found

    def matmul(self, other: Any) -> Any:
        """RuntimeError: there are products of single matrices."""
        raise RuntimeError(
            f"matmul: products of a batch of {self.layout} matrices are not supported; got shape {list(self._size)}"
        )

    def zero_(self) -> CompressedBatch:
        """All elements become 0: nothing is held any more."""
        none = self._plain[..., :0], self._held.detach().narrow(self._lead, 0, 0)
        return self._replace(compressed(self._ends * 0, *none, self._size, self._by_rows))  # type: ignore[no-any-return]

    def _combined(self, name: str, operands: tuple[Any, ...]) -> Any:
        plain = [o.to_sparse_coo() if isinstance(o, SparseTensor) else o for o in operands]
        if (
            len(operands) > 1
            and self is operands[0]
            and not isinstance(operands[1], SparseTensor)
            and name.startswith("add")
        ):
            return super()._combined(name, operands)
        found = next(o for o in plain if isinstance(o, SparseCoo))._combined(name, tuple(plain))
        return batched(found, self._by_rows, self._lead) if isinstance(found, SparseCoo) else found


BATCHES.append(CompressedBatch)


def batched(source: SparseCoo, by_rows: bool, lead: int) -> Compressed:
    """Matrices in CSR or CSC from coordinates, the first ``lead`` of which number the matrices. RuntimeError unless each holds equally many."""
    order = source if by_rows else source.transpose(lead, lead + 1)
    held = order.coalesce()
    batch, places = source._size[:lead], held._places.long()
    total, matrix = prod(batch), places[0]
    for d in range(1, lead):
        matrix = matrix * batch[d] + places[d]
    count = held._nnz() // max(total, 1)
    if total and bool((matrix.bincount(minlength=total) != count).any()):
        raise RuntimeError("Expect the same number of specified elements per batch.")
    lines = held._size[lead]
    along = places[lead].reshape(total, count).contiguous()
    ends = searchsorted(along, along._range(0, 1, lines + 1).expand(total, lines + 1).contiguous())
    plain = places[lead + 1].reshape(*batch, count)
    values: Tensor = held._held.reshape(*batch, count, *held._held.shape[1:])
    return compressed(ends.reshape(*batch, lines + 1), plain, values, source._size, by_rows)
