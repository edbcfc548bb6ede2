"""Functions of linear algebra under the signatures that they had before ``torch.linalg``; still common in programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import dtypes
from ..ops import rules
from ..ops.arguments import also_named
from ..ops.names import public
from ..warned import warn
from . import norms, solving, spectral
from .apply import stored
from .factorizations import mH, mT, need_matrix, solve_triangles
from .guards import warn_older, warn_once
from .return_types import named
from .tensor import Tensor

_QR = named("qr", "Q R")
_SVD = named("svd", "U S V")
_SLOGDET = named("slogdet", "sign logabsdet")
_TRIANGULAR = named("triangular_solve", "solution cloned_coefficient")


@public("torch", method=True)
def cholesky(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The Cholesky factor. See torch.cholesky."""
    warn_older(
        "cholesky", "linalg.cholesky", "L = torch.cholesky(A) should be replaced with L = torch.linalg.cholesky(A)"
    )
    if not input.numel():
        return stored(input.clone(), out)
    return solving.cholesky(input, upper=upper, out=out)


@public("torch", method=True)
def qr(input: Tensor, some: bool = True, *, out: Any = None) -> Any:
    """Q and R, reduced or (``some=False``) complete. See torch.qr."""
    warn_older("qr", "linalg.qr", "Q, R = torch.qr(A) should be replaced with Q, R = torch.linalg.qr(A)")
    return stored(_QR(solving.qr(input, "reduced" if some else "complete")), out)


@public("torch", method=True)
def svd(input: Tensor, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """U, singular values and V (not transposed). See torch.svd."""
    if not compute_uv:
        need_matrix("linalg.svd", input)
        m, n = input.shape[-2:]
        zeros = [input.new_zeros((*input.shape[:-2], k, k)) for k in (m, n)]
        return stored(_SVD((zeros[0], spectral.svdvals(input), zeros[1])), out)
    U, S, Vh = spectral.svd(input, not some)
    return stored(_SVD((U, S, mH(Vh))), out)


@public("torch", method=True)
def slogdet(input: Tensor, *, out: Any = None) -> Any:
    """The sign and the logarithm of the absolute determinant. See torch.slogdet."""
    return stored(_SLOGDET(solving.slogdet(input)), out)


@public("torch", method=True)
@also_named(input="b")
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Solutions from packed LU factors. See torch.lu_solve."""
    warn_older("lu_solve", "linalg.lu_solve", "Note that torch.linalg.lu_solve has its arguments reversed.")
    return solving.lu_solve(LU_data, LU_pivots, b, out=out)


@public("torch", method=True)
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False, *, out: Any = None) -> Any:
    """Packed LU factors, pivots and, if asked for, info. See torch.lu."""
    warn_older("lu", "linalg.lu_factor / torch.linalg.lu_factor_ex")
    packed, pivots, info = solving.lu_factor_ex(A, pivot=pivot)
    return stored((packed, pivots, info) if get_infos else (packed, pivots), out)


@public("torch", method=True)
@also_named(input="b")
def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False, *, out: Any = None
) -> Any:
    """The solution of a triangular system, and A. See torch.triangular_solve."""
    warn_older("triangular_solve", "linalg.solve_triangular", "Its arguments are reversed there.")
    for name, given in (("b", b), ("A", A)):
        if given.dim() < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {given.dim()} dimensions instead"
            )
    if A.dtype is not b.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {b.dtype.title} and A of type {A.dtype.title} instead."
        )
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"A must be batches of square matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
        )
    if A.shape[-1] != b.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for triangular_solve: each A matrix is {A.shape[-1]} by {A.shape[-1]} but each b matrix is "
            f"{b.shape[-2]} by {b.shape[-1]}"
        )
    if A.dtype.to_real() not in (dtypes.float32, dtypes.float64) and A.numel() and b.numel():
        raise NotImplementedError(f"\"triangular_solve_cpu\" not implemented for '{A.dtype.title}'")
    one, two = solving.alike(A, b)
    if transpose:
        one, upper = mT(one), not upper
    X = solve_triangles(one, two, upper, unitriangular)
    return stored(_TRIANGULAR((X, A.expand(*X.shape[:-2], *A.shape[-2:]).clone())), out)


@public("torch", method=True)
def cross(input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """The cross product along ``dim``, or along the first dimension of size 3. See torch.cross."""
    if dim is None:
        warn_once(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply "
            "use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release."
        )
        dim = next((k for k, n in enumerate(input.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return norms.cross(input, other, dim=dim, out=out)


@public("torch")
def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """The product of several matrices. See torch.chain_matmul."""
    warn_once(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot instead, "
        "which accepts a list of two or more tensors rather than multiple parameters."
    )
    for matrix in matrices:
        if matrix.dim() != 2:
            raise RuntimeError(f"Tensor dimension is {matrix.dim()}, expected 2 instead.")
    return matrices[0].clone() if len(matrices) == 1 else norms.multi_dot(matrices, out=out)


@public("torch", method=True)
def det(input: Tensor) -> Tensor:
    """The determinant. See torch.det."""
    return solving.det(input)


@public("torch", method=True)
def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """A matrix multiplied by itself. See torch.matrix_power."""
    return solving.matrix_power(input, n, out=out)


@public("torch", method=True)
@also_named(input2="tau")
def orgqr(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first columns of the product of Householder reflections. See torch.orgqr."""
    return solving.householder_product(input, tau, out=out)


def _deprecated(name: str, better: str) -> None:
    warn(
        f"at::{name} is deprecated and it is just left for JIT compatibility. It will be removed in a future PyTorch release. "
        f"Please use `{better}` instead"
    )


@public("torch")
def frobenius_norm(
    input: Tensor, dim: int | Sequence[int], keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The Euclidean norm over one or two dimensions. See torch.linalg.vector_norm, which is the newer name."""
    _deprecated("frobenius_norm", "linalg.vector_norm(A, 2., dim, keepdim)")
    dims = () if isinstance(dim, (tuple, list)) and not dim else rules.wrap_dims(dim, input.dim())
    if len(dims) > 2:
        raise RuntimeError(f"Expected at most 2 dimensions, but got {len(dims)} dimensions instead.")
    return stored(input.norm(2, dims or None, keepdim), out)


@public("torch")
def nuclear_norm(input: Tensor, dim: Any = (-2, -1), keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The sum of singular values over two dimensions; ``nuclear_norm(input, keepdim)`` too. See torch.linalg.matrix_norm."""
    _deprecated("nuclear_norm", "linalg.matrix_norm(A, 'nuc', dim, keepdim)")
    if isinstance(dim, bool):
        dim, keepdim = (-2, -1), dim
    if rules.is_integer(dim):
        rules.wrap_dim(dim, input.dim())
    return norms.matrix_norm(input, "nuc", dim, keepdim, out=out)
