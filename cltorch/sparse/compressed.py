"""Sparse matrices in compressed formats: CSR has the columns of each row one row after the other, CSC the rows of each column.

See torch.sparse_csr_tensor and torch.sparse_csc_tensor.
"""

from __future__ import annotations

from typing import Any

from ..dtypes import int64
from ..tensor.counting import searchsorted
from ..tensor.formats import layout, sparse_coo, sparse_csc, sparse_csr
from ..tensor.tensor import Tensor
from .base import Shape, SparseTensor, make, text
from .coo import SparseCoo, _plus, coo
from .products import by_rows, check_product, lines


class Compressed(SparseTensor):
    """A matrix (or with dense dimensions, a matrix of blocks) of which one dimension's indices are compressed."""

    __slots__ = ()
    __module__ = "cltorch"

    _ends: Tensor  # where the values of each row (or column) start, and where the last ones end
    _plain: Tensor  # the column (or row) of each value
    _by_rows: bool

    def _with(self, values: Tensor) -> Compressed:
        return compressed(self._ends, self._plain, values, self._size, self._by_rows)

    @property
    def layout(self) -> layout:
        """``sparse_csr`` or ``sparse_csc``."""
        return sparse_csr if self._by_rows else sparse_csc

    @property
    def is_sparse_csr(self) -> bool:
        """Whether the layout is ``sparse_csr``."""
        return self._by_rows

    def values(self) -> Tensor:
        """The values, one row (or column) after the other."""
        return self._held

    def _nnz(self) -> int:
        """How many values are held."""
        return self._plain.shape[-1]

    def sparse_dim(self) -> int:
        """2."""
        return 2

    def dense_dim(self) -> int:
        """How many dimensions a value has."""
        return self._held.dim() - 1

    def crow_indices(self) -> Tensor:
        """Where the values of each row start. RuntimeError for other layouts than CSR."""
        return self._asked(True, "crow_indices", self._ends)

    def col_indices(self) -> Tensor:
        """The column of each value. RuntimeError for other layouts than CSR."""
        return self._asked(True, "col_indices", self._plain)

    def ccol_indices(self) -> Tensor:
        """Where the values of each column start. RuntimeError for other layouts than CSC."""
        return self._asked(False, "ccol_indices", self._ends)

    def row_indices(self) -> Tensor:
        """The row of each value. RuntimeError for other layouts than CSC."""
        return self._asked(False, "row_indices", self._plain)

    def _asked(self, by_rows: bool, name: str, found: Tensor) -> Tensor:
        if by_rows is not self._by_rows:
            wanted, have = "row" if by_rows else "column", self.layout.name.title().replace("_", "")
            raise RuntimeError(f"{name} expected sparse {wanted} compressed tensor layout but got {have}")
        return found

    def to_sparse_coo(self) -> SparseCoo:
        """The same elements by coordinates."""
        parts = [lines(self._ends, self._nnz()).unsqueeze(0), self._plain.long().unsqueeze(0)]
        places = parts[0]._joined(parts if self._by_rows else parts[::-1], 0)
        return coo(places, self._held, self._size, self._by_rows)

    def _converted(self, layout: Any, blocksize: Any) -> Any:
        if layout is self.layout:
            return self
        made = self.to_sparse_coo()
        return made if layout is sparse_coo else self._in_layout(made, layout, blocksize)

    def _in_layout(self, made: SparseCoo, layout: Any, blocksize: Any) -> Any:
        """The same elements, which are there by coordinates, in another layout that is not that."""
        return made._converted(layout, blocksize)

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
        """The strided tensor with the same elements. See torch.Tensor.to_dense."""
        return self.to_sparse_coo().to_dense(dtype)

    def transpose(self, dim0: int, dim1: int) -> Compressed:
        """Rows and columns exchanged: CSR becomes CSC, and the other way round."""
        if {dim0 % 2, dim1 % 2} != {0, 1} or self.dim() != 2:
            raise NotImplementedError("transpose of compressed tensors is implemented for the dimensions of matrices")
        return compressed(self._ends, self._plain, self._held, self._size[::-1], not self._by_rows)

    def t(self) -> Compressed:
        """The matrix transposed."""
        return self.transpose(0, 1)

    T = property(t)

    @property
    def mT(self) -> Compressed:
        """The matrix transposed."""
        return self.t()

    def select(self, dim: int, index: int) -> Any:
        """One slice along a dimension, by coordinates. See torch.Tensor.select."""
        return self.to_sparse_coo().select(dim, index)

    def __getitem__(self, index: Any) -> Any:
        """A row, or an element, by integers."""
        return self.to_sparse_coo()[index]

    def matmul(self, other: Any) -> Any:
        """The product with a strided matrix or vector, or with a sparse matrix."""
        if self._by_rows and not isinstance(other, SparseTensor):
            check_product(self, other)
            return by_rows(wide(self._ends), wide(self._plain), self._held, other)
        made = self.to_sparse_coo().matmul(other)
        return made.to_sparse(layout=self.layout) if isinstance(made, SparseTensor) else made

    def sum(self, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        """The sum of all elements. See torch.Tensor.sum."""
        return self.to_sparse_coo().sum(dim, keepdim, dtype=dtype)

    def zero_(self) -> Compressed:
        """All elements become 0: nothing is held any more."""
        return self._replace(
            compressed(self._ends * 0, self._plain[:0], self._held[:0].detach(), self._size, self._by_rows)
        )

    def _combined(self, name: str, operands: tuple[Any, ...]) -> Any:
        if len(operands) < 2:
            return NotImplemented
        first, second, *rest = operands
        if (
            name in ("add", "add_scaled")
            and getattr(second, "_cl_meta", None) is not None
            and second.shape == self.shape
        ):
            return _plus(second * rest[0] if rest else second, self.to_sparse_coo(), 1)
        plain = [o.to_sparse_coo() if isinstance(o, SparseTensor) else o for o in (first, second)]
        if not any(isinstance(o, SparseCoo) for o in plain):
            return NotImplemented
        found = next(o for o in plain if isinstance(o, SparseCoo))._combined(name, (*plain, *rest))
        return found.to_sparse(layout=self.layout) if isinstance(found, SparseTensor) else found

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        names = ("crow_indices", "col_indices") if self._by_rows else ("ccol_indices", "row_indices")
        parts = {names[0]: self._ends, names[1]: self._plain, "values": self._held}
        return text(parts, self, forced=False)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return compressed, (self._ends, self._plain, self._held, tuple(self._size), self._by_rows)


BATCHES: list[type[Compressed]] = []
"""The class of batches of matrices, which is built upon this one."""


def compressed(ends: Tensor, plain: Tensor, held: Tensor, size: Shape, by_rows: bool) -> Compressed:
    """A tensor from its parts, unchecked."""
    kind = Compressed if plain.dim() == 1 else BATCHES[0]
    return make(kind, _ends=ends, _plain=plain, _held=held, _size=tuple(size), _by_rows=by_rows)


def wide(indices: Tensor) -> Tensor:
    """Indices as int64."""
    return indices if indices._cl_meta.dtype is int64 else indices.long()


def from_coo(source: SparseCoo, by_rows: bool) -> Compressed:
    """A matrix in CSR or CSC from coordinates."""
    if source.sparse_dim() != 2:
        raise RuntimeError(
            f"to_sparse: only matrices have compressed layouts, got {source.sparse_dim()} sparse dimensions"
        )
    held = source.coalesce() if by_rows else source.transpose(0, 1).coalesce()
    along, plain = held._places[0].contiguous(), held._places[1]._dense()
    rows = held.shape[0]
    ends = searchsorted(along, along._range(0, 1, rows + 1))
    return compressed(ends, plain, held._held, source._size, by_rows)
