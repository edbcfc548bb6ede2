"""The functions of ``torch.sparse``."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..ops.arguments import also_named
from ..ops.names import public
from ..tensor.tensor import Tensor
from . import products
from .base import SparseTensor
from .compressed import Compressed
from .coo import SparseCoo, coo
from .creation import sparse_coo_tensor


def _need_sparse(name: str, x: Any) -> Any:
    if not isinstance(x, SparseTensor):
        raise RuntimeError(f"{name}: expected a sparse tensor, got layout {x.layout}")
    return x


@public("sparse")
def mm(mat1: Any, mat2: Any, reduce: str | None = None) -> Any:
    """The product of a sparse matrix with a strided or a sparse one; gradients flow to both. See torch.sparse.mm.

    ``reduce`` has sums (the default), means or extremes of what a row's values meet.
    """
    if reduce is not None:
        return products.reduced_rows(_need_sparse("sparse.mm", mat1), mat2, reduce)
    if mat1.dim() != 2:
        raise RuntimeError(f"mat1 must be a matrix, got {mat1.dim()}-D tensor")
    if not isinstance(mat1, SparseTensor) and isinstance(mat2, SparseTensor):
        return mat2.t().matmul(mat1.t()).t()
    return mat1.matmul(mat2)


@public("sparse")
def addmm(mat: Tensor, mat1: Any, mat2: Tensor, *, beta: complex = 1.0, alpha: complex = 1.0) -> Tensor:
    """``beta * mat + alpha * (mat1 @ mat2)`` for a sparse ``mat1``. See torch.sparse.addmm."""
    return mat * beta + _need_sparse("sparse.addmm", mat1).matmul(mat2) * alpha


@public("sparse")
def sum(input: Any, dim: Any = None, dtype: Any = None) -> Any:
    """The sum of all elements, or along dimensions. See torch.sparse.sum."""
    return _need_sparse("sparse.sum", input).sum(dim, dtype=dtype)


@public("sparse")
def softmax(input: SparseCoo, dim: int, *, dtype: Any = None) -> SparseCoo:
    """Softmax of the values that are held, along a dimension. See torch.sparse.softmax."""
    source = _need_sparse("sparse.softmax", input)
    return products.softened(source if dtype is None else source.to(dtype), dim, False)


@public("sparse")
def log_softmax(input: SparseCoo, dim: int, *, dtype: Any = None) -> SparseCoo:
    """The logarithm of `softmax`. See torch.sparse.log_softmax."""
    source = _need_sparse("sparse.log_softmax", input)
    return products.softened(source if dtype is None else source.to(dtype), dim, True)


@public("sparse")
def sampled_addmm(
    input: Compressed, mat1: Tensor, mat2: Tensor, *, beta: complex = 1.0, alpha: complex = 1.0, out: Any = None
) -> Compressed:
    """``beta * input + alpha * (mat1 @ mat2)`` at the places of ``input``. See torch.sparse.sampled_addmm."""
    source = _need_sparse("sampled_addmm", input).to_sparse_coo()
    found = products.at_places(source._places[0], source._places[1], mat1, mat2)
    made = input._with(input._held * beta + found * alpha)
    return made if out is None else out.copy_(made)


@public("torch", method=True)
@also_named(mat2="mat")
def smm(input: Any, mat: Tensor) -> Any:
    """The product of a sparse and a strided matrix, sparse. See torch.smm."""
    return _need_sparse("smm", input).matmul(mat).to_sparse()


@public("torch")
def hspmm(mat1: Any, mat2: Tensor, *, out: Any = None) -> Any:
    """The product of a sparse and a strided matrix, with one sparse dimension. See torch.hspmm."""
    made = _need_sparse("hspmm", mat1).matmul(mat2).to_sparse(1)
    return made if out is None else out.copy_(made)


@public("torch", aliases="spmm")
def dsmm(input: Any, mat2: Tensor) -> Any:
    """The product of a sparse and a strided matrix. See torch.mm."""
    return _need_sparse("mm", input).matmul(mat2)


@public("torch", method=True)
def sspaddmm(
    input: Any, mat1: Any, mat2: Tensor, *, beta: complex = 1, alpha: complex = 1, out: Any = None
) -> SparseCoo:
    """``beta * input + alpha * (mat1 @ mat2)`` for sparse ``input`` and ``mat1``, by coordinates. See torch.sspaddmm.

    Whole rows of the product are held, those in which ``mat1`` has values; how many there are is read.
    """
    kept, one = (_need_sparse("sspaddmm", x).to_sparse_coo().coalesce() for x in (input, mat1))
    product, rows = one.matmul(mat2), one._places[0].unique()
    if kept._size != tuple(product.shape):
        raise RuntimeError(f"sspaddmm: expected input of shape {list(product.shape)}, got {list(kept._size)}")
    width = product.shape[1]
    columns = rows._range(0, 1, width).repeat(len(rows))
    places = rows._joined([rows.repeat_interleave(width).unsqueeze(0), columns.unsqueeze(0)], 0)
    values = [kept._held * beta, product.index_select(0, rows).reshape(-1) * alpha]
    made = coo(places._joined([kept._places, places], 1), values[0]._joined(values, 0), kept._size, False)
    return made if out is None else out.copy_(made)


def _copied(part: str) -> None:
    """``torch.values_copy(x)`` and its kin: a part of a sparse tensor in memory of its own."""

    def copied(input: Any, *, out: Tensor | None = None) -> Tensor:
        found = getattr(input, part)().clone()
        return found if out is None else out.copy_(found)

    copied.__name__ = copied.__qualname__ = f"{part}_copy"
    copied.__doc__ = f"A copy of `Tensor.{part}`. See torch.Tensor.{part}."
    public("torch")(copied)


for _part in "values indices crow_indices col_indices ccol_indices row_indices".split():
    _copied(_part)


@public("sparse")
def spdiags(diagonals: Tensor, offsets: Tensor, shape: Any, layout: Any = None) -> Any:
    """A sparse matrix with rows of ``diagonals`` along the diagonals ``offsets``. See torch.sparse.spdiags.

    Element ``j`` of a row stands in column ``j``, as far as there is a row for it.
    """
    table = diagonals if diagonals.dim() == 2 else diagonals.unsqueeze(0)
    below = offsets.reshape(-1).long()
    if below.unique().numel() != below.numel():
        raise RuntimeError("Offset tensor contains duplicate values")
    if below.numel() != table.shape[0]:
        raise RuntimeError(
            f"Number of diagonals ({table.shape[0]}) does not match the number of offsets ({below.numel()})"
        )
    width = min(table.shape[1], shape[1])
    columns = table._range(0, 1, width).expand(table.shape[0], width)
    rows = columns - below.unsqueeze(1)
    which, where = ((rows >= 0) & (rows < shape[0])).nonzero(as_tuple=True)
    places = rows[which, where].unsqueeze(0)._joined([rows[which, where].unsqueeze(0), where.unsqueeze(0)], 0)
    made = coo(places, table[which, where], tuple(shape), False)
    return made if layout is None else made.to_sparse(layout=layout)


def _older(name: str, dtype: Any) -> None:
    """``torch.sparse.FloatTensor(indices, values, size)`` and its kin."""

    def tensor_of(*args: Any) -> SparseCoo:
        return sparse_coo_tensor(*args, dtype=dtype) if args else sparse_coo_tensor((0,), dtype=dtype)

    tensor_of.__name__ = tensor_of.__qualname__ = name
    tensor_of.__doc__ = f"`sparse_coo_tensor` of {dtype}. See torch.sparse.{name}."
    public("sparse")(tensor_of)


for _name, _dtype in {
    **{"FloatTensor": dtypes.float32, "DoubleTensor": dtypes.float64, "HalfTensor": dtypes.float16},
    **{"BFloat16Tensor": dtypes.bfloat16, "ByteTensor": dtypes.uint8, "CharTensor": dtypes.int8},
    **{"ShortTensor": dtypes.int16, "IntTensor": dtypes.int32, "LongTensor": dtypes.int64},
}.items():
    _older(_name, _dtype)
