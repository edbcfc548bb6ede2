"""A few singular values by random projections (Halko, Martinsson and Tropp 2009), or a few eigenvalues by iteration (Knyazev 2001)."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..ops.names import public
from . import solving, spectral
from .factorizations import mH, need_matrix
from .joining import cat
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
    if not hasattr(A, "_apply_sparse"):
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
    if not center:
        return svd_lowrank(A, q, niter)
    if not hasattr(A, "_apply_sparse"):
        return svd_lowrank(A - A.mean(-2, keepdim=True), q, niter)
    means = A.sum(-2).to_dense() / m  # a sparse matrix is not made dense by them
    return svd_lowrank(A, q, niter, means.unsqueeze(0))


@public()
def lobpcg(
    A: Tensor,
    k: int | None = None,
    B: Tensor | None = None,
    X: Tensor | None = None,
    n: int | None = None,
    iK: Tensor | None = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Any = None,
    ortho_iparams: dict[str, int] | None = None,
    ortho_fparams: dict[str, float] | None = None,
    ortho_bparams: dict[str, bool] | None = None,
) -> tuple[Tensor, Tensor]:
    """The ``k`` largest (or smallest) eigenvalues, and their vectors in columns, of symmetric matrices A, dense or sparse; of
    A x = e B x if B is given. See torch.lobpcg.

    Both methods orthonormalize by `linalg.qr`, so the ``ortho_`` parameters say nothing. Gradients, where B is not given, are those of
    `linalg.eigh`. ValueError for matrices smaller than three times the number of vectors, NotImplementedError for a ``tracker``.
    """
    if A.dim() < 2 or A.shape[-1] != A.shape[-2]:
        raise AssertionError(f"A must be square, got shape {A.shape}")
    if tracker is not None:
        raise NotImplementedError("lobpcg(): a tracker")
    count = (1 if X is None else X.shape[-1]) if k is None else k
    width = X.shape[-1] if X is not None else count if n is None else n
    if A.shape[-1] < 3 * width:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={A.shape[-1]}) is smaller than 3 x the number of requested "
            f"eigenpairs (={width})"
        )
    down = largest is None or largest
    if A.requires_grad or (B is not None and B.requires_grad):
        if B is not None or A.is_sparse or A.is_complex():
            raise ValueError("lobpcg.backward does not support sparse or complex input, or backward with B != I yet.")
        E, V = spectral.eigh((A + mH(A)) / 2)
        return (E.flip(-1)[..., :count], V.flip(-1)[..., :count]) if down else (E[..., :count], V[..., :count])
    with no_grad():
        start = randn(*A.shape[:-1], width, dtype=A.dtype, device=A.device) if X is None else X
        limit = dtypes.finfo(A.dtype).eps ** 0.5 if tol is None else tol
        E, V = _Iteration(A, B, iK, down).run(start, min(count, width), 1000 if niter is None else niter, limit)
    return E[..., :count], V[..., :count]


class _Iteration:
    """Locally optimal steps: the best vectors of the space of the last ones, their residuals, and the last step's directions."""

    def __init__(self, A: Tensor, B: Tensor | None, iK: Tensor | None, down: bool) -> None:
        self.A, self.B, self.iK, self.down = A, B, iK, down

    def times_B(self, X: Tensor) -> Tensor:
        """B X, where no B is the identity."""
        return X if self.B is None else self.B @ X

    def ritz(self, S: Tensor, width: int) -> tuple[Tensor, Tensor]:
        """The ``width`` outermost eigenvalues within the space of S, and their vectors."""
        Q = solving.qr(S)[0]
        inner = mH(Q) @ (self.A @ Q)
        turn = None
        if self.B is not None:  # to a problem without B, by its factor within the space
            turn = solving.inv(solving.cholesky(mH(Q) @ self.times_B(Q)))
            inner = turn @ inner @ mH(turn)
        E, Z = spectral.eigh((inner + mH(inner)) / 2)
        E, Z = (E.flip(-1), Z.flip(-1)) if self.down else (E, Z)
        Z = Z[..., :width] if turn is None else mH(turn) @ Z[..., :width]
        return E[..., :width], Q @ Z

    def run(self, start: Tensor, count: int, niter: int, tol: float) -> tuple[Tensor, Tensor]:
        """From first vectors until the residuals of ``count`` of them are below ``tol`` (see `converged`), ``niter`` steps at most."""
        width = start.shape[-1]
        E, X = self.ritz(start, width)
        P, step = None, 0
        while step != niter:
            R = self.A @ X - self.times_B(X) * E.unsqueeze(-2)
            if self.converged(R, E, X, count, tol):
                break
            W = R if self.iK is None else self.iK @ R
            E, new = self.ritz(cat([X, W] if P is None else [X, W, P], -1), width)
            P = new - X @ (mH(X) @ self.times_B(new))
            X, step = new, step + 1
        return E, X

    def converged(self, R: Tensor, E: Tensor, X: Tensor, count: int, tol: float) -> bool:
        """Whether residuals are small beside the vectors and what A makes of them: the number that PyTorch compares with ``tol``."""
        size = (self.A @ X).norm(dim=-2) / X.norm(dim=-2)
        error = R.norm(dim=-2) / (X.norm(dim=-2) * (size + E.abs()))
        return bool((error[..., :count] < tol).all())
