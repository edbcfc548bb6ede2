"""Rows of linear algebra: factorizations of batches of matrices (batch, rows, columns) and triangular solves.

They have no gradients of their own: `tensor.factorizations` gives them as compositions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import dtypes
from ..kernels import linalg
from .heavy import Job, heavy

if TYPE_CHECKING:
    from ..graph.meta import Meta


@heavy("input")
def lu_packed(input: Meta) -> Job:
    """Packed factors, int32 pivots counted from 1, int64 order of rows, int32 info; see torch.linalg.lu_factor_ex."""
    batch, m, n = input.shape
    request = linalg.Factorization("lu", batch, m, n, input.dtype)
    pivots, order = ((batch, min(m, n)), dtypes.int32), ((batch, m), dtypes.int64)
    return linalg.lower, request, ((input.shape, input.dtype), pivots, order, ((batch,), dtypes.int32))


@heavy("input")
def cholesky_lower(input: Meta) -> Job:
    """The lower factor of what the lower triangle says, and int32 info; see torch.linalg.cholesky_ex."""
    batch, n, _ = input.shape
    request = linalg.Factorization("cholesky", batch, n, n, input.dtype)
    return linalg.lower, request, ((input.shape, input.dtype), ((batch,), dtypes.int32))


@heavy("input", params=("hermitian",))
def ldl_packed(input: Meta, hermitian: bool) -> Job:
    """Blocks and multipliers of what the lower triangle says, int32 pivots counted from 1, int32 info; see torch.linalg.ldl_factor_ex."""
    batch, n, _ = input.shape
    request = linalg.Factorization("ldl", batch, n, n, input.dtype, hermitian=hermitian)
    return linalg.lower, request, ((input.shape, input.dtype), ((batch, n), dtypes.int32), ((batch,), dtypes.int32))


@heavy("packed pivots right", params=("hermitian",))
def ldl_rows(packed: Meta, pivots: Meta, right: Meta, hermitian: bool) -> Job:
    """Solutions of systems from what `ldl_packed` gives."""
    batch, n, columns = right.shape
    request = linalg.Factored(batch, n, columns, hermitian, packed.dtype)
    return linalg.lower_factored, request, ((right.shape, packed.dtype),)


@heavy("input")
def qr_packed(input: Meta) -> Job:
    """Of transposed matrices (batch, columns, rows): packed reflectors, transposed too, and their factors; see torch.geqrf."""
    batch, n, m = input.shape
    request = linalg.Factorization("qr", batch, m, n, input.dtype)
    return linalg.lower, request, ((input.shape, input.dtype), ((batch, min(m, n)), input.dtype))


@heavy("packed factors", params=("columns", "offset"))
def reflected(packed: Meta, factors: Meta, columns: int, offset: int) -> Job:
    """Of transposed reflectors (batch, depth, rows), with ones ``offset`` behind their places: the first columns of their product, transposed."""
    batch, depth, m = packed.shape
    request = linalg.Factorization("orgqr", batch, m, columns, packed.dtype, depth, offset)
    return linalg.lower, request, (((batch, columns, m), packed.dtype),)


@heavy("input")
def tridiagonal(input: Meta) -> Job:
    """Of Hermitian matrices, of which the lower triangle is read: the diagonal and what stands beside it, reflectors in rows, their factors."""
    batch, n, _ = input.shape
    request = linalg.Factorization("tridiagonal", batch, n, n, input.dtype)
    real, row = ((batch, n), input.dtype.to_real()), ((batch, n), input.dtype)
    return linalg.lower, request, (real, real, (input.shape, input.dtype), row)


@heavy("input")
def bidiagonal(input: Meta) -> Job:
    """Of square matrices: the diagonal and what stands beside it, and for the left and the right reflectors in rows and their factors."""
    batch, n, _ = input.shape
    request = linalg.Factorization("bidiagonal", batch, n, n, input.dtype)
    real, side = ((batch, n), input.dtype.to_real()), ((input.shape, input.dtype), ((batch, n), input.dtype))
    return linalg.lower, request, (real, real, *side, *side)


def _iteration(kind: str, diagonal: Meta, sides: int) -> Job:
    batch, n = diagonal.shape
    dtype = diagonal.dtype
    room, most = linalg.rotations(n)
    places = (((batch, n), dtypes.int32),) * sides
    results = (
        ((batch, n), dtype),
        *places,
        *((((batch, room, 2), dtype),) * sides),
        ((batch, 2 * most + 1), dtypes.int32),
    )
    return linalg.lower, linalg.Factorization(kind, batch, n, n, dtype), results


@heavy("diagonal beside")
def eigh_turns(diagonal: Meta, beside: Meta) -> Job:
    """Eigenvalues of tridiagonal matrices, rising; places of eigenvectors, and the rotations that make them."""
    return _iteration("ql", diagonal, 1)


@heavy("diagonal beside")
def svd_turns(diagonal: Meta, beside: Meta) -> Job:
    """Singular values of bidiagonal matrices, falling; places of left and right vectors, and the rotations that make them."""
    return _iteration("gk", diagonal, 2)


@heavy("rows rotations sweeps places")
def turned(rows: Meta, rotations: Meta, sweeps: Meta, places: Meta) -> Job:
    """Real rows after rotations, in their places."""
    batch, n, columns = rows.shape
    return linalg.lower, linalg.Factorization("turn", batch, n, columns, rows.dtype), ((rows.shape, rows.dtype),)


@heavy("input")
def eig_rows(input: Meta) -> Job:
    """Eigenvalues of complex matrices, in no order, and eigenvectors in rows."""
    batch, n, _ = input.shape
    request = linalg.Factorization("eig", batch, n, n, input.dtype)
    return linalg.lower, request, (((batch, n), input.dtype), (input.shape, input.dtype))


@heavy("input right", params=("upper", "unit"))
def triangular_rows(input: Meta, right: Meta, upper: bool, unit: bool) -> Job:
    """Solutions of triangular systems; of ``input`` one triangle is read."""
    batch, n, columns = right.shape
    request = linalg.Triangular(batch, n, columns, upper, unit, input.dtype)
    return linalg.lower_triangular, request, ((right.shape, input.dtype),)
