"""Making sparse tensors: from indices and values, and from strided tensors. See torch.sparse_coo_tensor and Tensor.to_sparse."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from .. import dtypes
from ..ops.names import public
from ..tensor.creation import as_tensor
from ..tensor.formats import sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr
from ..tensor.tensor import Tensor
from .base import SparseTensor, check_conversion
from .batches import CompressedBatch, batched
from .blocked import Blocked, blocked, check_blocksize, cut, from_grid, grid_size, to_blocks
from .compressed import Compressed, compressed, from_coo
from .coo import SparseCoo, coo
from .invariants import check_compressed, check_coordinates, check_order, wanted

_INSIDE: WeakKeyDictionary[Any, tuple[Any, ...]] = WeakKeyDictionary()
"""Indices, by their storage, that were found to lie inside of sizes: in which version, and seen how. A graph's stay when its weights change."""


def _value_tensor(values: Any, dtype: Any, device: Any) -> Tensor:
    held = as_tensor(values, dtype=dtype, device=device)
    return held.unsqueeze(0) if not held.dim() else held


def _check_places(places: Tensor, held: Tensor, size: tuple[int, ...]) -> None:
    if places.shape[1] != held.shape[0]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from values: "
            f"{held.shape[0]}"
        )
    if len(size) != places.shape[0] + held.dim() - 1:
        raise RuntimeError(
            f"number of dimensions must be sparse_dim ({places.shape[0]}) + dense_dim ({held.dim() - 1}), but got {len(size)}"
        )
    storage, found = places._storage, (places._storage.version, places._cl_meta, size[: places.shape[0]])
    if _INSIDE.get(storage) != found:
        check_coordinates(places, size)
        _INSIDE[storage] = found


@public("torch")
def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> SparseCoo:
    """A sparse tensor from coordinates (sparse_dim, nnz) and values (nnz, ...). See torch.sparse_coo_tensor.

    With a size alone there are no values. Without one it is the smallest that holds all (the largest coordinates are read).
    """
    if values is None:
        shape = tuple(indices) if size is None else tuple(size)
        held = as_tensor([], dtype=dtype or dtypes.get_default_dtype(), device=device)
        places = held.new_zeros((len(shape), 0), dtype=dtypes.int64)
        return coo(places, held, shape, True).requires_grad_(requires_grad)
    held = _value_tensor(values, dtype, device)
    places = as_tensor(indices, device=device if device is not None else held.device).long()
    places = places.unsqueeze(0) if places.dim() == 1 and places.numel() else places
    if size is None:
        largest = places.max(1).values.tolist() if places.numel() else [-1] * places.shape[0]
        shape = (*(n + 1 for n in largest), *held.shape[1:])
    else:
        shape = tuple(size)
    _check_places(places, held, shape)
    made = coo(places, held, shape, bool(is_coalesced) or places.shape[1] < 2)
    return made.detach().requires_grad_(True) if requires_grad else made


def _compressed_tensor(
    ends: Any,
    plain: Any,
    values: Any,
    size: Any,
    by_rows: bool,
    dtype: Any,
    device: Any,
    requires_grad: bool,
    check: bool | None,
) -> Compressed:
    held = _value_tensor(values, dtype, device)
    where = device if device is not None else held.device
    along, across = as_tensor(ends, device=where), as_tensor(plain, device=where)
    if size is None:
        other = int(across.max()) + 1 if across.numel() else 0
        lines = along.shape[-1] - 1
        shape = (*along.shape[:-1], *((lines, other) if by_rows else (other, lines)), *held.shape[across.dim() :])
    else:
        shape = tuple(size)
    lead = across.dim() - 1
    if (along.dim(), tuple(along.shape[:-1])) != (lead + 1, tuple(across.shape[:-1])) or len(shape) < lead + 2:
        raise RuntimeError(
            f"number of dimensions of indices must be equal: got {list(along.shape)} and {list(across.shape)} for size {list(shape)}"
        )
    if along.shape[-1] != shape[lead + (not by_rows)] + 1:
        name = ("crow_indices", "nrows") if by_rows else ("ccol_indices", "ncols")
        raise RuntimeError(
            f"{name[0]}.shape[-1] must be equal to the number of {name[1][1:]} + 1, but got {along.shape[-1]} for size {list(shape)}"
        )
    if across.shape != held.shape[: lead + 1]:
        counts = [part.shape[-1 if part is across else min(lead, part.dim() - 1)] for part in (across, held)]
        raise RuntimeError(f"number of indices ({counts[0]}) and of values ({counts[1]}) must be equal")
    for starts, others in zip(along.reshape(-1, along.shape[-1]), across.reshape(-1, across.shape[-1]), strict=True):
        check_compressed(starts, others, shape[lead + by_rows], by_rows)
        if wanted(check):
            check_order(starts, others, by_rows)
    made = compressed(along, across, held, shape, by_rows)
    return made.detach().requires_grad_(True) if requires_grad else made


@public("torch")
def sparse_csr_tensor(
    crow_indices: Any,
    col_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Compressed:
    """A matrix from where its rows start, the columns of its values, and the values. See torch.sparse_csr_tensor."""
    return _compressed_tensor(
        crow_indices, col_indices, values, size, True, dtype, device, requires_grad, check_invariants
    )


@public("torch")
def sparse_csc_tensor(
    ccol_indices: Any,
    row_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Compressed:
    """A matrix from where its columns start, the rows of its values, and the values. See torch.sparse_csc_tensor."""
    return _compressed_tensor(
        ccol_indices, row_indices, values, size, False, dtype, device, requires_grad, check_invariants
    )


def _blocked_tensor(
    ends: Any,
    plain: Any,
    values: Any,
    size: Any,
    by_rows: bool,
    dtype: Any,
    device: Any,
    requires_grad: bool,
    check: bool | None,
) -> Blocked:
    """A matrix of blocks: its parts are those of one whose elements are blocks, and are checked as that."""
    held = _value_tensor(values, dtype, device)
    kind = "sparse_bsr_tensor" if by_rows else "sparse_bsc_tensor"
    if held.dim() < 3:
        raise RuntimeError(
            f"{kind}: values must have blocks of two dimensions, (nnz, height, width), but got {held.dim()}D"
        )
    blocksize = tuple(held.shape[1:3])
    if size is not None:
        size = tuple(size)
        check_blocksize(kind, size, blocksize)
    grid = None if size is None else grid_size(size, blocksize)
    made = _compressed_tensor(ends, plain, held, grid, by_rows, None, None, False, check)
    down, across = (n * k for n, k in zip(made._size, blocksize, strict=False))
    found = blocked(made._ends, made._plain, held, size or (down, across, *held.shape[3:]), by_rows)
    return found.detach().requires_grad_(True) if requires_grad else found


@public("torch")
def sparse_bsr_tensor(
    crow_indices: Any,
    col_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Blocked:
    """A matrix of blocks (nnz, height, width), one row of blocks after the other. See torch.sparse_bsr_tensor."""
    return _blocked_tensor(
        crow_indices, col_indices, values, size, True, dtype, device, requires_grad, check_invariants
    )


@public("torch")
def sparse_bsc_tensor(
    ccol_indices: Any,
    row_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Blocked:
    """A matrix of blocks (nnz, height, width), one column of blocks after the other. See torch.sparse_bsc_tensor."""
    return _blocked_tensor(
        ccol_indices, row_indices, values, size, False, dtype, device, requires_grad, check_invariants
    )


@public("torch")
def sparse_compressed_tensor(
    compressed_indices: Any,
    plain_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Compressed:
    """A matrix in the compressed layout ``layout``: CSR, CSC, BSR or BSC. See torch.sparse_compressed_tensor."""
    if layout not in (sparse_csr, sparse_csc, sparse_bsr, sparse_bsc):
        raise RuntimeError(f"sparse_compressed_tensor: expected a compressed sparse layout, got {layout}")
    make = _compressed_tensor if layout in (sparse_csr, sparse_csc) else _blocked_tensor
    by_rows = layout in (sparse_csr, sparse_bsr)
    return make(
        compressed_indices, plain_indices, values, size, by_rows, dtype, device, requires_grad, check_invariants
    )


# --- methods of strided tensors ---------------------------------------------------------------------------------------------


def from_strided(self: Tensor, depth: int) -> SparseCoo:
    """What is not 0, by coordinates of the first ``depth`` dimensions. How many places there are is read."""
    if not 0 <= depth <= self.dim():
        raise RuntimeError(f"sparse_dim argument must be in [0, {self.dim()}] range, but {depth} is given")
    held = self.detach() != 0
    mask = held.reshape(*self.shape[:depth], -1).any(-1) if depth < self.dim() else held
    places = mask.nonzero().t().contiguous()
    keys = places[0] if depth else places.new_zeros((1,))
    for d in range(1, depth):
        keys = keys * self.shape[d] + places[d]
    count = 1
    for n in self.shape[:depth]:
        count *= n
    return coo(places, self.reshape(count, *self.shape[depth:]).index_select(0, keys), tuple(self.shape), True)


@public("", method=True)
def to_sparse(
    self: Tensor,
    sparse_dim: int | None = None,
    *,
    layout: Any = None,
    blocksize: Any = None,
    dense_dim: int | None = None,
) -> Any:
    """The elements that are not 0, by coordinates of the first ``sparse_dim`` dimensions, or in the layout ``layout``.

    RuntimeError for an argument that says nothing in that layout, TypeError for ``sparse_dim`` beside another one.
    See torch.Tensor.to_sparse.
    """
    check_conversion(self, "dense_to_sparse", sparse_dim, layout, blocksize, dense_dim)
    if layout in (None, sparse_coo):
        return from_strided(self, self.dim() - (dense_dim or 0) if sparse_dim is None else sparse_dim)
    if layout in (sparse_csr, sparse_csc):
        return _to_lines(self, dense_dim, layout is sparse_csr)
    if layout in (sparse_bsr, sparse_bsc):
        return _to_blocks(self, blocksize, dense_dim, layout is sparse_bsr)
    return self


@public("", method=True)
def to_sparse_coo(self: Tensor) -> SparseCoo:
    """The elements that are not 0, by coordinates. See torch.Tensor.to_sparse_coo."""
    return from_strided(self, self.dim())


@public("", method=True)
def to_sparse_csr(self: Tensor, dense_dim: int | None = None) -> Compressed:
    """Elements that are not 0, one row after the other, of a matrix or of a batch of matrices. See torch.Tensor.to_sparse_csr.

    RuntimeError unless all matrices of a batch, along the leading dimensions, have equally many.
    """
    return _to_lines(self, dense_dim, True)


@public("", method=True)
def to_sparse_csc(self: Tensor, dense_dim: int | None = None) -> Compressed:
    """Elements that are not 0, one column after the other, of a matrix or of a batch of matrices. See torch.Tensor.to_sparse_csc.

    RuntimeError unless all matrices of a batch, along the leading dimensions, have equally many.
    """
    return _to_lines(self, dense_dim, False)


def _to_lines(self: Tensor, dense_dim: int | None, by_rows: bool) -> Compressed:
    if isinstance(self, SparseTensor):
        return from_coo(self.to_sparse_coo(), by_rows)
    depth = self.dim() - (dense_dim or 0)
    source = from_strided(self, depth)
    return from_coo(source, by_rows) if depth <= 2 else batched(source, by_rows, depth - 2)


def _to_blocks(self: Tensor, blocksize: Any, dense_dim: int | None, by_rows: bool) -> Blocked:
    if isinstance(self, CompressedBatch):
        raise RuntimeError(
            f"to_sparse: conversion from {self.layout} to blocks is not supported for batches: got shape {list(self.shape)}"
        )
    if isinstance(self, SparseTensor):
        return to_blocks(self, blocksize, by_rows)
    size = tuple(self.shape)
    if self.dim() - (dense_dim or 0) != 2:
        raise NotImplementedError(f"to_sparse: one matrix has blocks, not a batch of them: got shape {list(size)}")
    blocksize = check_blocksize(f"dense_to_sparse_{'bsr' if by_rows else 'bsc'}", size, blocksize)
    return from_grid(from_strided(cut(self, blocksize), 2), size, by_rows)


@public("", method=True)
def to_sparse_bsr(self: Tensor, blocksize: Any, dense_dim: int | None = None) -> Blocked:
    """A matrix's blocks that are not 0, one row of blocks after the other. See torch.Tensor.to_sparse_bsr."""
    return _to_blocks(self, blocksize, dense_dim, True)


@public("", method=True)
def to_sparse_bsc(self: Tensor, blocksize: Any, dense_dim: int | None = None) -> Blocked:
    """A matrix's blocks that are not 0, one column of blocks after the other. See torch.Tensor.to_sparse_bsc."""
    return _to_blocks(self, blocksize, dense_dim, False)


@public("", method=True)
def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """This tensor: strided ones are dense. See torch.Tensor.to_dense."""
    return self if dtype is None else self.to(dtype)


@public("", method=True)
def sparse_mask(self: Tensor, mask: Any) -> Any:
    """The elements at the places of a sparse tensor. See torch.Tensor.sparse_mask."""
    if isinstance(mask, Blocked):
        return mask._with(cut(self.to_dense(), mask._blocksize)[mask._lines()])
    if isinstance(mask, Compressed):
        return mask._with(sparse_mask(self, mask.to_sparse_coo())._held.reshape(mask._held.shape))
    depth = mask.sparse_dim()
    source = self.to_dense() if isinstance(self, SparseTensor) else self
    flat = source.reshape(-1, *source.shape[depth:])
    return mask._with(flat.index_select(0, mask._keys()))


def _only_sparse(name: str, wanted: str) -> None:
    """The method that strided tensors have to say that they are not sparse."""

    def refused(self: Tensor) -> Any:
        raise RuntimeError(f"{name} expected sparse {wanted} layout but got Strided")

    refused.__name__ = refused.__qualname__ = name
    refused.__doc__ = f"A part of sparse tensors; RuntimeError for others. See torch.Tensor.{name}."
    public("", method=True)(refused)


for _wanted, _names in {
    "coordinate tensor": "coalesce is_coalesced indices",
    "tensor": "values",
    "row compressed tensor": "crow_indices col_indices",
    "column compressed tensor": "ccol_indices row_indices",
}.items():
    for _name in _names.split():
        _only_sparse(_name, _wanted)


@public("", method=True)
def sparse_dim(self: Tensor) -> int:
    """How many dimensions have coordinates: none of a strided tensor. See torch.Tensor.sparse_dim."""
    return 0


@public("", method=True)
def dense_dim(self: Tensor) -> int:
    """How many dimensions have none: all of a strided tensor. See torch.Tensor.dense_dim."""
    return self.dim()
