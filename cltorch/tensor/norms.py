"""Norms of vectors and matrices, and what is built on them and on products. See torch.linalg."""

from __future__ import annotations

from itertools import pairwise
from math import inf, prod
from typing import Any

from .. import dtypes
from ..autograd.names import called, shown_as
from ..autograd.remembered import remembered
from ..errors import kind_of
from ..ops import rules
from ..ops.arguments import Number, also_named, is_tensor, takes
from ..ops.names import public
from . import factorizations as f
from .apply import stored
from .factorizations import need_matrix
from .solving import inv, inv_ex, solve_ex
from .tensor import Tensor
from .writes import need_apart


def _floating(name: str, x: Any, dtype: Any) -> Tensor:
    if not is_tensor(x):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind_of(x)}")
    if not (x.is_floating_point() or x.is_complex()):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.title}")
    if dtype is None:
        return x
    if not dtype.is_floating_point and not getattr(dtype, "is_complex", False):
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.title}")
    if dtypes.promote_types(x.dtype, dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({x.dtype.title}) should be convertible without narrowing to the specified dtype "
            f"({dtype.title})"
        )
    return x.to(dtype)


@public("linalg")
@also_named(input="x")
@remembered
def vector_norm(
    x: Tensor,
    ord: Number = 2,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of all elements, or along dimensions; ``ord`` is any number. See torch.linalg.vector_norm."""
    source = _floating("linalg.vector_norm", x, dtype)
    if dim is None and x.dim():
        result = source.reshape(-1).norm(ord, dim=0)
        return stored(result.reshape((1,) * x.dim()) if keepdim else result, out)
    dims = rules.wrap_dims(dim, x.dim())
    if not x.dim():
        return stored(source.norm(ord), out)
    return stored(source.norm(ord, dim=tuple(dims), keepdim=keepdim), out)


@public("aten")
def linalg__powsum(
    input: Tensor, ord: Number = 2, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """The sum of ``|x| ** ord`` of all elements, or along dimensions: parts of a norm, to be added up. See torch.ops.aten.linalg__powsum."""
    source = _floating("linalg._powsum", input, dtype)
    return source.abs().pow(ord).sum(dim, keepdim)


@public("linalg")
@remembered
def matrix_norm(
    A: Tensor,
    ord: Number | str = "fro",
    dim: Any = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of matrices: fro, nuc, inf, -inf, 1, -1, 2, -2. See torch.linalg.matrix_norm."""
    source = _floating("linalg.matrix_norm", A, dtype)
    if A.dim() < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    rows, columns = (rules.wrap_dim(d, A.dim()) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return stored(source.norm(2, dim=(rows, columns), keepdim=keepdim), out)
    if ord in ("nuc", 2, -2):
        if A.is_floating_point() and A.dtype.itemsize < 4:
            raise RuntimeError(f"linalg.matrix_norm: Low precision dtypes not supported. Got {A.dtype.title}")
        f.need_matrix("linalg.matrix_norm", source)
        values = f.singular_values(source.movedim((rows, columns), (-2, -1)))
        if ord == "nuc":
            result = called(values.sum(-1), "SumBackward1")
        else:
            result = values.amax(-1) if ord == 2 else values.amin(-1)
    elif ord in (1, -1, inf, -inf):
        summed, kept = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = source.abs().sum(summed, keepdim=True)
        result = (sums.amax(kept, keepdim=True) if ord > 0 else sums.amin(kept, keepdim=True)).squeeze((rows, columns))
        result = called(result, f"Am{'ax' if ord > 0 else 'in'}Backward0")
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if keepdim:
        for d in sorted((rows, columns)):
            result = result.unsqueeze(d)
    return stored(result, out)


@public("linalg")
def norm(
    A: Tensor,
    ord: Number | str | None = None,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """A vector or matrix norm, by ``ord`` and ``dim``. See torch.linalg.norm."""
    dims = (dim,) if isinstance(dim, int) else dim
    if ord is not None and dims is None and A.dim() not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.dim()}D."
        )
    if ord is not None and (
        isinstance(ord, str) or (dims is None and A.dim() == 2) or (dims is not None and len(dims) == 2)
    ):
        return matrix_norm(A, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype, out=out)
    if dims is not None and len(dims) not in (1, 2) and ord is not None:
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    return vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype, out=out)


@public("linalg")
def cond(A: Tensor, p: Number | str | None = None, *, out: Tensor | None = None) -> Tensor:
    """The condition number. See torch.linalg.cond."""
    need_matrix("linalg.cond", A, square=p not in (None, 2, -2))
    if p in (None, 2, -2):
        values = f.singular_values(A)
        if not A.numel():
            return stored(values.new_zeros(A.shape[:-2]), out, exact=False)
        ratio = values[..., 0] / values[..., -1]
        return stored(called(1 / ratio if p == -2 else ratio, "SqueezeBackward1"), out, exact=False)
    if not A.numel():
        return stored(A.new_zeros(A.shape[:-2], dtype=A.dtype.to_real()), out, exact=False)
    inverse, info = inv_ex(A)
    both = matrix_norm(A, p) * matrix_norm(inverse, p)
    return stored(called(both.masked_fill(info > 0, float("inf")), "NanToNumBackward0"), out, exact=False)


@public("linalg")
@shown_as("LinalgCrossBackward0")
def cross(input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """The cross product along a dimension of size 3. See torch.linalg.cross."""
    if input.dim() != other.dim():
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if input.dtype is dtypes.bool:
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    if input.dtype is not other.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {other.dtype.title}")
    rules.wrap_dim(dim, input.dim())
    if input.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[dim]} and {other.shape[dim]}"
        )
    shape = rules.broadcast_shape([input.shape, other.shape])
    at = rules.wrap_dim(dim, len(shape))
    a, b = (t.expand(shape) for t in (input, other))
    (a0, a1, a2), (b0, b1, b2) = a.unbind(at), b.unbind(at)
    if is_tensor(out):
        need_apart(out, (input, other))
    parts = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0]
    return stored(input._joined([part.unsqueeze(at) for part in parts], at), out)


@public("linalg")
@takes("vecdot", "half wide complex")
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Sums of products along a dimension. See torch.linalg.vecdot."""
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x.dtype.title} and y of type "
            f"{y.dtype.title} instead"
        )
    products = x.conj() * y if x.is_complex() else x * y
    return stored(products.sum() if x.dim() == y.dim() == 1 else products.sum(dim), out)


@public("linalg")
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product. See torch.linalg.matmul."""
    return stored(input.matmul(other), out)


@public("linalg")
def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """A view of a diagonal of the last two dimensions. See torch.linalg.diagonal."""
    return A.diagonal(offset, dim1, dim2)


@public("linalg")
@takes("vander", "wide integer complex")
def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Columns of rising powers. See torch.linalg.vander."""
    if x.dim() == 0:
        x = x.unsqueeze(0)
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    powers = x.unsqueeze(-1).expand(*x.shape, count - 1).cumprod(-1)
    return x._joined([x._full_like(1).unsqueeze(-1), powers], -1)


@public("linalg")
def multi_dot(tensors: Any, *, out: Tensor | None = None) -> Tensor:
    """The product of several matrices in the order that costs least (Cormen et al., matrix chains). See torch.linalg.multi_dot."""
    if not isinstance(tensors, (tuple, list)) or not all(is_tensor(t) for t in tensors):
        raise TypeError(
            f"linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not {kind_of(tensors)}"
        )
    given = list(tensors)
    if len(given) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(given)}")
    first, last = given[0].dim() == 1, given[-1].dim() == 1
    for which, end in (("first", given[0]), ("last", given[-1])):
        if end.dim() not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {end.dim()}D")
    if first:
        given[0] = given[0].unsqueeze(0)
    if last:
        given[-1] = given[-1].unsqueeze(-1)
    for k, t in enumerate(given):
        if t.dim() != 2:
            raise RuntimeError(f"multi_dot(): tensor {k} must be 2D but got {t.dim()}D")
        if t.dtype is not given[0].dtype:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {given[0].dtype.c_name} and tensor {k} {t.dtype.c_name}"
            )
    for k, (t, other) in enumerate(pairwise(given)):
        if t.shape[1] != other.shape[0]:
            shapes = f"{list(t.shape)} and {list(other.shape)}"
            raise RuntimeError(f"multi_dot(): tensors {k} and {k + 1} with shapes {shapes} cannot be multiplied")
    sizes = [t.shape[0] for t in given] + [given[-1].shape[1]]
    n = len(given)
    cost = [[0] * n for _ in given]
    cut = [[0] * n for _ in given]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], cut[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )

    def product(i: int, j: int) -> Tensor:
        return given[i] if i == j else product(i, cut[i][j]) @ product(cut[i][j] + 1, j)

    result = product(0, n - 1)
    if first:
        result = result.squeeze(0)
    if last:
        result = result.squeeze(-1)
    return stored(result, out)


@public("linalg")
def tensorinv(A: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """The inverse for `tensordot`. See torch.linalg.tensorinv."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    if ind > A.dim():
        raise RuntimeError(f"ArrayRef: invalid slice, N = {ind}; size = {A.dim()}")
    lead, trail = A.shape[:ind], A.shape[ind:]
    rows = 1
    for n in lead:
        rows *= n
    if rows != prod(trail):
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {prod(trail)} != {rows}"
        )
    return stored(inv(A.reshape(rows, rows)).reshape((*trail, *lead)), out, exact=False)


@public("linalg")
def tensorsolve(A: Tensor, B: Tensor, dims: Any = None, *, out: Tensor | None = None) -> Tensor:
    """The solution X of ``tensordot(A, X, X.ndim) == B``. See torch.linalg.tensorsolve."""
    from_dims = A
    if dims is not None:
        from_dims = A.movedim(tuple(dims), tuple(range(A.dim() - len(dims), A.dim())))
    shape = from_dims.shape[B.dim() :]
    columns = 1
    for n in shape:
        columns *= n
    if columns != B.numel():
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got {columns} != {B.numel()}"
        )
    X, _ = solve_ex(from_dims.reshape(B.numel(), columns), B.reshape(-1), check_errors=True)
    return stored(X.reshape(shape), out, exact=False)


@public(method=False)
def _int_mm(self: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices of 8-bit integers in int32, (m, k) by (k, n). RuntimeError for other dtypes and shapes. See torch._int_mm."""
    for name, t in (("self", self), ("mat2", mat2)):
        if t.dim() != 2:
            raise RuntimeError(f"int_mm_out_cpu: Expected {name} to be of dimension 2 but got {t.dim()}")
        if t.dtype not in (dtypes.int8, dtypes.uint8):
            raise RuntimeError(f"int_mm_out_cpu: Expected {name} dtype to be int8 or uint8 but got {t.dtype.c_name}")
    (m, k), (rows, n) = self.shape, mat2.shape
    if k != rows:
        raise RuntimeError(f"int_mm_out_cpu: self.size(1) needs to match mat2.size(0) but got {k} and {rows}")
    if out is not None and out.dtype is not dtypes.int32:
        raise RuntimeError(f"int_mm_out_cpu: Expected result dtype to be of type kInt but got {out.dtype.c_name}")
    if out is not None and tuple(out.shape) != (m, n):
        raise RuntimeError(f"int_mm_out_cpu: Expected result of shape {[m, n]} but got {list(out.shape)}")
    return stored(self.to(dtypes.int32) @ mat2.to(dtypes.int32), out)
