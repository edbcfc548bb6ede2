"""The standard's extension of linear algebra."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import linalg as torch_linalg
from ..tensor.tensor import Tensor
from .manipulation import broadcast_arrays, matmul, matrix_transpose, tensordot, vecdot
from .promotion import together
from .statistics import sum as _sum

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]
_t: Any = torch_linalg


class Eigh(NamedTuple):
    """What `eigh` returns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class QR(NamedTuple):
    """What `qr` returns."""

    Q: Tensor
    R: Tensor


class Slogdet(NamedTuple):
    """What `slogdet` returns."""

    sign: Tensor
    logabsdet: Tensor


class SVD(NamedTuple):
    """What `svd` returns."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    """The Cholesky factor."""
    return _t.cholesky(x, upper=upper)


def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Cross products of vectors of three elements."""
    a, b = together(x1, x2)
    if not (-min(a.ndim, b.ndim) <= axis < max(a.ndim, b.ndim)):
        raise ValueError(f"axis {axis} out of bounds for cross product of arrays with shapes {a.shape} and {b.shape}")
    if not (a.shape[axis] == b.shape[axis] == 3):
        raise ValueError("cross product axis must have size 3")
    return _t.cross(*broadcast_arrays(a, b), dim=axis)


def det(x: Tensor, /) -> Tensor:
    """The determinant."""
    return _t.det(x)


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """The diagonals of the last two axes."""
    return x.diagonal(offset, -2, -1)


def eigh(x: Tensor, /) -> Eigh:
    """Eigenvalues and eigenvectors of symmetric matrices."""
    return Eigh(*_t.eigh(x))


def eigvalsh(x: Tensor, /) -> Tensor:
    """Eigenvalues of symmetric matrices."""
    return _t.eigvalsh(x)


def inv(x: Tensor, /) -> Tensor:
    """The inverse."""
    return _t.inv(x)


def matrix_norm(x: Tensor, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    """A norm of matrices."""
    return _t.matrix_norm(x, ord=ord, keepdim=keepdims)


def matrix_power(x: Tensor, n: int, /) -> Tensor:
    """A power of matrices."""
    return _t.matrix_power(x, n)


def matrix_rank(x: Tensor, /, *, rtol: Any = None) -> Tensor:
    """How many singular values are not small."""
    return _t.matrix_rank(x, rtol=rtol)


def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    """All products of the elements of two vectors."""
    a, b = together(x1, x2)
    return a.unsqueeze(-1) * b.unsqueeze(0)


def pinv(x: Tensor, /, *, rtol: Any = None) -> Tensor:
    """The pseudoinverse."""
    return _t.pinv(x, rtol=rtol)


def qr(x: Tensor, /, *, mode: str = "reduced") -> QR:
    """An orthogonal and an upper triangular factor."""
    return QR(*_t.qr(x, mode=mode))


def slogdet(x: Tensor, /) -> Slogdet:
    """Sign and logarithm of the determinant."""
    return Slogdet(*_t.slogdet(x))


def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Solutions of linear systems: ``x2`` is a vector only if it has one axis."""
    a, b = together(x1, x2)
    if b.ndim == 1:
        return _t.solve(a, b.unsqueeze(-1).expand((*a.shape[:-2], *b.shape, 1))).squeeze(-1)
    batch = a.shape[:-2] if a.ndim >= b.ndim else b.shape[:-2]
    return _t.solve(a.expand((*batch, *a.shape[-2:])), b.expand((*batch, *b.shape[-2:])))


def svd(x: Tensor, /, *, full_matrices: bool = True) -> SVD:
    """The singular value decomposition."""
    return SVD(*_t.svd(x, full_matrices=full_matrices))


def svdvals(x: Tensor, /) -> Tensor:
    """Singular values."""
    return _t.svdvals(x)


def trace(x: Tensor, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """The sum of the diagonals of the last two axes."""
    return _sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def vector_norm(x: Tensor, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    """A norm of vectors."""
    if axis == ():
        return x.abs() if ord != 0 else (x != 0).to(x.abs().dtype)
    return _t.vector_norm(x, ord=ord, dim=axis, keepdim=keepdims)
