"""Systems with symmetric matrices that need not be positive definite: A = L D L^T with pivoting. See torch.linalg.ldl_factor.

The factors have no gradient in PyTorch either.
"""

from __future__ import annotations

from math import prod
from typing import Any

from ..autograd.flat import without_derivative
from ..ops import linalg
from ..ops.names import public
from .apply import apply, apply_several, stored
from .factorizations import flat, need_matrix
from .known import within
from .return_types import named
from .solving import alike, need_regular
from .tensor import Tensor

_LDL_FACTOR = named("linalg_ldl_factor", "LD pivots")
_LDL_FACTOR_EX = named("linalg_ldl_factor_ex", "LD pivots info")
ZERO = "The diagonal block {} is zero, and solving with the factors would divide by it."


def _factored(name: str, A: Tensor, hermitian: bool, check: bool) -> tuple[Tensor, Tensor, Tensor]:
    need_matrix("torch.linalg.ldl_factor_ex", A, square=True)
    shape = A.shape
    LD, pivots, info = apply_several(linalg.ldl_packed, (flat(A.detach()),), (hermitian and A.is_complex(),))
    info = info.reshape(shape[:-2])
    if check:
        need_regular(name, info, ZERO)
    return LD.reshape(shape), pivots.reshape(shape[:-1]), info


@public("linalg")
def ldl_factor_ex(A: Tensor, *, hermitian: bool = False, check_errors: bool = False, out: Any = None) -> Any:
    """Factors of symmetric (complex ones with ``hermitian``: Hermitian) matrices (*, n, n), of which the lower triangle is read.

    Gives ``LD``, with the blocks of D (of order 1 or 2) on the diagonal and the multipliers below, int32 ``pivots`` (*, n), counted from 1
    and negative in blocks of order 2, as LAPACK packs them, and ``info`` (*): 0, or the first block that is zero.
    ``check_errors`` raises LinAlgError for the latter, and waits for the device. See torch.linalg.ldl_factor_ex.
    """
    found = _LDL_FACTOR_EX(_factored("torch.linalg.ldl_factor_ex", A, hermitian, check_errors))
    return stored(without_derivative(found, "linalg_ldl_factor_ex", A), out)


@public("linalg")
def ldl_factor(A: Tensor, *, hermitian: bool = False, out: Any = None) -> Any:
    """`ldl_factor_ex` without ``info``: LinAlgError where a block is zero. See torch.linalg.ldl_factor."""
    LD, pivots, _ = _factored("torch.linalg.ldl_factor", A, hermitian, True)
    return stored(without_derivative(_LDL_FACTOR((LD, pivots)), "linalg_ldl_factor_ex", A), out)


@public("linalg")
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False, out: Tensor | None = None) -> Tensor:
    """X (*, n, k) of A X = B, with A (*, n, n) as `ldl_factor` gives it; batches are broadcast. See torch.linalg.ldl_solve."""
    name = "torch.linalg.ldl_solve"
    need_matrix(name, LD, square=True)
    if LD.shape[:-1] != pivots.shape:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} instead"
        )
    if pivots.is_floating_point() or pivots.is_complex():
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {pivots.dtype.title}")
    if LD.dtype is not B.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {B.dtype.title} and A of type {LD.dtype.title} instead."
        )
    if B.dim() < 2:
        raise IndexError(f"Dimension out of range (expected to be in range of [-{B.dim()}, {B.dim() - 1}], but got -2)")
    if B.shape[-2] != LD.shape[-1]:
        n, (m, k) = LD.shape[-1], B.shape[-2:]
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {n} by {n} but each b matrix is {m} by {k}"
        )
    LD, B, pivots = alike(LD.detach(), B.detach(), pivots)
    rows = (within(pivots.long().abs() - 1, LD.shape[-1]) + 1) * pivots.sign()  # rows are read by them
    order = rows.int().reshape(prod(pivots.shape[:-1]), pivots.shape[-1])._dense()
    X = apply(linalg.ldl_rows, (flat(LD), order, flat(B)), (hermitian and LD.is_complex(),))
    return stored(X.reshape(B.shape), out)
