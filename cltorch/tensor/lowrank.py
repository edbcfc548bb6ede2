"""Factorizations of low rank by random projections (Halko, Martinsson and Tropp 2009). See torch.svd_lowrank."""

from __future__ import annotations

from typing import Any

from ..ops.names import public
from . import solving, spectral
from .factorizations import mH, need_matrix
from .sampling import randn
from .tensor import Tensor


def _range_of(A: Tensor, q: int, niter: int, M: Tensor | None) -> Tensor:
    """An orthonormal basis of about what A (without M) reaches, by ``niter`` turns of subspace iteration."""

    def times(X: Tensor) -> Tensor:
        return A @ X if M is None else A @ X - M @ X

    def back(X: Tensor) -> Tensor:
        return mH(A) @ X if M is None else mH(A) @ X - mH(M) @ X

    Q = solving.qr(times(randn(A.shape[-1], q, dtype=A.dtype, device=A.device)))[0]
    for _ in range(niter):
        Q = solving.qr(times(solving.qr(back(Q))[0]))[0]
    return Q


@public()
def svd_lowrank(A: Tensor, q: Any = 6, niter: Any = 2, M: Tensor | None = None) -> Any:
    """U, S and V of a matrix of rank about ``q``; of A - M if M is given. See torch.svd_lowrank."""
    q, niter = 6 if q is None else int(q), 2 if niter is None else niter
    m, n = A.shape[-2:]
    need_matrix("svd_lowrank", A)
    if M is not None:
        M = M.expand(A.shape)
    if m < n:
        U, S, V = svd_lowrank(mH(A), q, niter, None if M is None else mH(M))
        return V, S, U
    Q = _range_of(A, q, niter, M)
    inner = mH(Q) @ A if M is None else mH(Q) @ A - mH(Q) @ M
    U, S, Vh = spectral.svd(inner, False)
    return Q @ U, S, mH(Vh)


@public()
def pca_lowrank(A: Tensor, q: Any = None, center: Any = True, niter: Any = 2) -> Any:
    """U, S and V of the principal components of rows. See torch.pca_lowrank."""
    m, n = A.shape[-2:]
    q = min(6, m, n) if q is None else q
    if not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)
