"""Sparse matrices of blocks: BSR has the blocks of each row of blocks one after the other, BSC those of each column.

They are CSR and CSC matrices whose elements are blocks, so what moves indices is theirs, and what computes goes through a grid:
the blocks by coordinates. See torch.sparse_bsr_tensor and torch.sparse_bsc_tensor.
"""

from __future__ import annotations

from typing import Any

from ..tensor.formats import layout, sparse_bsc, sparse_bsr
from ..tensor.tensor import Tensor
from .base import Shape, SparseTensor, make
from .compressed import Compressed, from_coo, wide
from .coo import SparseCoo, coo
from .products import check_product, lines


class Blocked(Compressed):
    """A matrix of blocks (nnz, height, width, ...) of which one dimension's indices are compressed."""

    __slots__ = ()
    __module__ = "cltorch"

    def _with(self, values: Tensor) -> Blocked:
        return blocked(self._ends, self._plain, values, self._size, self._by_rows)

    @property
    def layout(self) -> layout:
        """``sparse_bsr`` or ``sparse_bsc``."""
        return sparse_bsr if self._by_rows else sparse_bsc

    @property
    def is_sparse_csr(self) -> bool:
        """False: the elements are blocks."""
        return False

    @property
    def _blocksize(self) -> Shape:
        return tuple(self._held.shape[1:3])

    def dense_dim(self) -> int:
        """How many dimensions an element of a block has."""
        return self._held.dim() - 3

    def _lines(self) -> tuple[Tensor, Tensor]:
        """The row and the column of each block, counted in blocks."""
        along, across = lines(self._ends, self._nnz()), wide(self._plain)
        return (along, across) if self._by_rows else (across, along)

    def _grid(self) -> SparseCoo:
        """The blocks by coordinates."""
        rows, columns = self._lines()
        places = rows._joined([rows.unsqueeze(0), columns.unsqueeze(0)], 0)
        return coo(places, self._held, grid_size(self._size, self._blocksize), self._by_rows)

    def to_sparse_coo(self) -> SparseCoo:
        """Every element of the blocks, zeros among them, by coordinates."""
        (height, width), (rows, columns) = self._blocksize, self._lines()
        across, down = rows._range(0, 1, width), rows._range(0, 1, height)
        places = [
            (rows.view(-1, 1, 1) * height + down.view(-1, 1)).expand(-1, height, width).reshape(1, -1),
            (columns.view(-1, 1, 1) * width + across).expand(-1, height, width).reshape(1, -1),
        ]
        return coo(rows._joined(places, 0), self._held.flatten(0, 2), self._size, False).coalesce()

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
        """The strided tensor with the same elements. See torch.Tensor.to_dense."""
        return self._grid().to_dense(dtype).transpose(1, 2).reshape(self._size)

    def _converted(self, layout: Any, blocksize: Any) -> Any:
        """By coordinates, or as blocks in the other order, which are as large. RuntimeError for other blocks."""
        if layout in (sparse_bsr, sparse_bsc):
            return to_blocks(self, blocksize, layout is sparse_bsr)
        return super()._converted(layout, blocksize)

    def transpose(self, dim0: int, dim1: int) -> Blocked:
        """Rows and columns exchanged: BSR becomes BSC, and the other way round."""
        if {dim0 % 2, dim1 % 2} != {0, 1} or self.dim() != 2:
            raise NotImplementedError("transpose of compressed tensors is implemented for the dimensions of matrices")
        return blocked(self._ends, self._plain, self._held.transpose(1, 2), self._size[::-1], not self._by_rows)

    def matmul(self, other: Any) -> Tensor:
        """The product with a strided matrix or vector. NotImplementedError for sparse ones."""
        if isinstance(other, SparseTensor):
            raise NotImplementedError(f"matmul of layouts {self.layout} and {other.layout} is not implemented")
        check_product(self, other)
        two = other if other.dim() == 2 else other.unsqueeze(1)
        (rows, columns), (height, width) = self._lines(), self._blocksize
        made = self._held @ two.reshape(-1, width, two.shape[1]).index_select(0, columns)
        sums = made.new_zeros((self._size[0] // height, height, two.shape[1])).index_add(0, rows, made).flatten(0, 1)
        return sums if other.dim() == 2 else sums.squeeze(1)

    def sum(self, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        """The sum of all elements. See torch.Tensor.sum."""
        return self._held.sum(dtype=dtype) if dim is None else super().sum(dim, keepdim, dtype=dtype)

    def zero_(self) -> Blocked:
        """All elements become 0: nothing is held any more."""
        return self._replace(self._of(self._ends * 0, self._plain[:0], self._held[:0].detach()))

    def _of(self, ends: Tensor, plain: Tensor, held: Tensor) -> Blocked:
        return blocked(ends, plain, held, self._size, self._by_rows)

    def _combined(self, name: str, operands: tuple[Any, ...]) -> Any:
        first, second = operands[:2] if len(operands) > 1 else (None, None)
        alike = isinstance(first, Blocked) and isinstance(second, Blocked) and first.layout is second.layout
        if not alike or first._size != second._size or first._blocksize != second._blocksize:
            return NotImplemented
        grids = first._grid().coalesce(), second._grid().coalesce()
        found = grids[0]._combined(name, (*grids, *operands[2:]))
        return from_grid(found, self._size, self._by_rows) if isinstance(found, SparseCoo) else found

    def __reduce_ex__(self, protocol: Any) -> Any:
        return blocked, (self._ends, self._plain, self._held, tuple(self._size), self._by_rows)


def blocked(ends: Tensor, plain: Tensor, held: Tensor, size: Shape, by_rows: bool) -> Blocked:
    """A tensor from its parts, unchecked."""
    return make(Blocked, _ends=ends, _plain=plain, _held=held, _size=tuple(size), _by_rows=by_rows)


def grid_size(size: Shape, blocksize: Shape) -> Shape:
    """How many blocks there are down and across, then the shape of one."""
    return size[0] // blocksize[0], size[1] // blocksize[1], *blocksize, *size[2:]


def cut(x: Tensor, blocksize: Shape) -> Tensor:
    """A strided matrix as its blocks: (down, across, height, width, ...)."""
    down, across, height, width, *rest = grid_size(tuple(x.shape), blocksize)
    return x.reshape(down, height, across, width, *rest).transpose(1, 2)


def from_grid(grid: SparseCoo, size: Shape, by_rows: bool) -> Blocked:
    """A matrix of blocks from its blocks by coordinates."""
    made = from_coo(grid, by_rows)
    return blocked(made._ends, made._plain, made._held, size, by_rows)


def check_blocksize(name: str, size: Shape, given: Any) -> Shape:
    """A block's height and width. RuntimeError unless both divide the matrix's."""
    blocksize = (given, given) if isinstance(given, int) else tuple(given or ())
    if len(blocksize) != 2:
        raise RuntimeError(f"{name}: blocksize needs to be a tuple of size 2, but got {len(blocksize)}")
    if min(blocksize) <= 0:
        raise RuntimeError(f"{name}: blocksize needs to be positive, but got {list(blocksize)}")
    if any(n % k for n, k in zip(size, blocksize, strict=False)):
        text = [f"({a},{b})" for a, b in (size[:2], blocksize)]
        raise RuntimeError(f"{name}: tensor sparse size {text[0]} must be divisible by given blocksize {text[1]}")
    return blocksize


def to_blocks(source: SparseTensor, blocksize: Any, by_rows: bool) -> Blocked:
    """A sparse matrix as blocks. RuntimeError where it has blocks of another size."""
    wanted, kind = ("SparseBsr", "to_sparse_bsr") if by_rows else ("SparseBsc", "to_sparse_bsc")
    if isinstance(source, Blocked):
        have = [*source._blocksize]
        if have != [*check_blocksize(kind, source._size, blocksize)]:
            held = "SparseBsr" if source._by_rows else "SparseBsc"
            raise RuntimeError(
                f"{kind}: conversion from {held} to {wanted} with blocksize changed from {have} to {list(blocksize)} is not supported"
            )
        return source if source._by_rows is by_rows else from_grid(source._grid(), source._size, by_rows)
    held = source.to_sparse_coo().coalesce()
    height, width = check_blocksize(kind, held._size, blocksize)
    rows, columns = held._places[0], held._places[1]
    across = held._size[1] // width
    keys, which = ((rows // height) * across + columns // width).unique(return_inverse=True)
    at = which * (height * width) + (rows % height) * width + columns % width
    flat = held._held.new_zeros((len(keys) * height * width, *held._held.shape[1:])).index_add(0, at, held._held)
    places = keys._joined([(keys // across).unsqueeze(0), (keys % across).unsqueeze(0)], 0)
    blocks = flat.reshape(len(keys), height, width, *flat.shape[1:])
    return from_grid(coo(places, blocks, grid_size(held._size, (height, width)), True), held._size, by_rows)
