"""Functions of eigenvalues and singular values: eigh, svd, pinv, rank, condition, least squares, matrix exponential. See torch.linalg."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.names import called
from ..ops import rules
from ..ops.arguments import Omitted, also_named, is_tensor
from ..ops.mode import MODE
from ..ops.names import public
from . import factorizations as f
from .apply import stored
from .factorizations import mH, need_matrix
from .return_types import named
from .solving import qr, solve_triangular
from .tensor import Tensor

_EIGH = named("linalg_eigh", "eigenvalues eigenvectors")
_EIG = named("linalg_eig", "eigenvalues eigenvectors")
_SVD = named("linalg_svd", "U S Vh")
_LSTSQ = named("linalg_lstsq", "solution residuals rank singular_values")


def _lower_triangle(A: Tensor, UPLO: str, name: str) -> Tensor:
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    need_matrix(name, A, square=True)
    return A if UPLO.upper() == "L" else mH(A)


@public("linalg")
def eigh(A: Tensor, UPLO: str = "L", *, out: Any = None) -> Any:
    """Eigenvalues, rising, and eigenvectors of a symmetric matrix, of which one triangle is read. See torch.linalg.eigh."""
    return stored(_EIGH(f.eigh_factors(_lower_triangle(A, UPLO, "linalg.eigh"))), out)


@public("linalg")
def eig(A: Tensor, *, out: Any = None) -> Any:
    """Eigenvalues (in no order) and eigenvectors of length 1 of a square matrix; complex. See torch.linalg.eig."""
    need_matrix("linalg.eig", A, square=True)
    return stored(_EIG(f.eig_factors(A)), out)


@public("linalg")
def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Eigenvalues of a square matrix, in no order; complex. See torch.linalg.eigvals."""
    need_matrix("linalg.eigvals", A, square=True)
    return stored(f.eig_factors(A)[0], out)


@public("linalg")
def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """Eigenvalues of a symmetric matrix, rising. See torch.linalg.eigvalsh."""
    return stored(f.eigh_factors(_lower_triangle(A, UPLO, "linalg.eigvalsh"))[0], out)


def _need_no_driver(A: Tensor, driver: str | None) -> None:
    if driver is not None and A.numel():
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


@public("linalg")
def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None, out: Any = None) -> Any:
    """U, singular values (falling) and Vh. ``driver`` is for CUDA. See torch.linalg.svd."""
    need_matrix("linalg.svd", A)
    _need_no_driver(A, driver)
    return stored(_SVD(f.svd_factors(A, full_matrices)), out)


@public("linalg")
def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """Singular values, falling. See torch.linalg.svdvals."""
    need_matrix("linalg.svdvals", A)
    _need_no_driver(A, driver)
    return stored(f.singular_values(A), out)


def _tolerance(values: Tensor, atol: Any, rtol: Any, shape: tuple[int, ...]) -> Tensor:
    """``max(atol, rtol * largest)``, as torch has it: rtol is eps * max(shape) unless one of both is given."""
    largest = values.amax(-1)
    if rtol is None:
        rtol = (
            0.0
            if atol is not None and not (is_tensor(atol) is False and atol == 0)
            else dtypes.finfo(values.dtype).eps * max(shape)
        )
    absolute = 0.0 if atol is None else atol
    relative = largest * rtol
    return relative.clamp_min(absolute) if not is_tensor(absolute) else relative.maximum(absolute)


def _values(A: Tensor, hermitian: bool) -> Tensor:
    return eigvalsh(A).abs() if hermitian else f.singular_values(A)


@public("linalg")
def matrix_rank(
    A: Tensor,
    tol: float | Tensor | Omitted = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """How many singular values are above the tolerance; int64. See torch.linalg.matrix_rank."""
    need_matrix("linalg.matrix_rank", A, square=hermitian and A.numel() > 0)
    if min(A.shape[-2:]) == 0:
        return stored(A.new_zeros(A.shape[:-2], dtype=dtypes.int64), out, exact=False)
    values = _values(A.detach(), hermitian)
    limit = _tolerance(values, tol if tol is not None else atol, 0.0 if tol is not None else rtol, A.shape[-2:])
    return stored((values > limit.unsqueeze(-1)).sum(-1), out, exact=False)


@public("linalg")
def pinv(
    A: Tensor,
    rcond: float | Tensor | Omitted = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The Moore-Penrose inverse. See torch.linalg.pinv."""
    need_matrix("linalg.pinv", A, square=hermitian and A.numel() > 0)
    if A.numel() == 0:
        return stored(A.new_zeros((*A.shape[:-2], A.shape[-1], A.shape[-2])), out, exact=False)
    rtol = rcond if rcond is not None else rtol
    made = (_pinv.with_aux(A, atol, rtol, hermitian)[0],)
    if MODE.cast is not None:  # what comes last is a product
        made = MODE.cast("matmul", made)
    return stored(made[0], out, exact=False)


def _pinv_rule(g: Any, y: Any, aux: Any, A: Any, atol: Any, rtol: Any, hermitian: bool) -> Any:
    """Golub and Pereyra, The differentiation of pseudo-inverses (1973)."""
    gT, yT = mH(g), mH(y)
    left = gT @ y @ yT
    right = yT @ y @ gT
    return (left - A @ (y @ left) + right - (right @ y) @ A - yT @ g @ yT,)


@composite(vjp=_pinv_rule, saves="y A", name="linalg_pinv")
def _pinv(A: Tensor, atol: Any, rtol: Any, hermitian: bool) -> Any:
    """The inverse; ``aux`` has the singular values."""
    if hermitian:
        L, V = f.eigh_factors(A)
        size = L.abs()
        inverse = (1 / L).masked_fill(size <= _tolerance(size, atol, rtol, A.shape[-2:]).unsqueeze(-1), 0.0)
        return (V * inverse.unsqueeze(-2)) @ mH(V), (size,)
    U, values, Vh = f.svd_factors(A, False)
    kept = values > _tolerance(values, atol, rtol, A.shape[-2:]).unsqueeze(-1)
    inverse = (1 / values.where(kept, 1.0)).where(kept, 0.0)
    return (mH(Vh) * inverse.unsqueeze(-2)) @ mH(U), (values,)


@public("torch", method=True)
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The Moore-Penrose inverse. See torch.pinverse."""
    return pinv(input, rcond)


@public("linalg")
@also_named(b="B")
def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None, out: Any = None) -> Any:
    """Least squares solutions of A X = B, with residuals, rank and singular values. See torch.linalg.lstsq.

    ``driver``: gels (full rank, by QR) or gelsy, gelsd and gelss (any rank, by singular values).
    """
    if is_tensor(A) and A.dim() < 2:
        raise RuntimeError("torch.linalg.lstsq: input must have at least 2 dimensions.")
    need_matrix("torch.linalg.lstsq", A)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    if not B.dim():
        raise RuntimeError("torch.linalg.lstsq: other must have at least 1 dimension.")
    if not 0 <= A.dim() - B.dim() <= 1:
        raise RuntimeError(
            "torch.linalg.lstsq: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    vector = B.dim() == A.dim() - 1
    right = B.unsqueeze(-1) if vector else B
    m, n = A.shape[-2:]
    batch = rules.broadcast_shape([A.shape[:-2], right.shape[:-2]])
    right = right.expand(*batch, *right.shape[-2:])  # not A: there is one rank for each matrix that is given
    name = driver or "gelsy"
    empty = A.reshape(-1)[:0].abs()  # differentiable, as PyTorch's
    rank, values = empty.detach().to(dtypes.int64), empty.detach()
    if name == "gels" and m >= n:
        Q, R = qr(A)
        X = solve_triangular(R, mH(Q) @ right, upper=True)
    elif A.numel() == 0:
        X = pinv(A) @ right
        rank = matrix_rank(A) if name != "gels" else rank
        values = _values(A, False) if name in ("gelsd", "gelss") else values
    else:
        rtol = _rank_tolerance(name, rcond, dtypes.finfo(A.dtype).eps, max(m, n))
        inverse, (found,) = _pinv.with_aux(A, None, rtol, False)
        X = inverse @ right
        if name != "gels":
            rank = (found > _tolerance(found, None, rtol, A.shape[-2:]).unsqueeze(-1)).sum(-1)
            values = found if name != "gelsy" else values
    residuals = empty
    if m > n and (name == "gels" or bool((rank == n).all())) and name != "gelsy":
        residuals = ((A @ X - right).abs() ** 2).sum(-2)
    X = called(X.squeeze(-1) if vector else X, "LinalgLstsqBackward0")
    return stored(_LSTSQ((X, residuals, rank, values)), out, exact=False)


def _rank_tolerance(driver: str, rcond: float | None, eps: float, size: int) -> float:
    """What of the largest singular value the smallest must have that counts. As in LAPACK, gelsy finds at least one, and to the others
    what makes no sense is the precision."""
    if rcond is None:
        return eps * size
    if driver == "gelsy":
        return min(rcond, 1 - eps)
    return eps if rcond < 0 or (driver == "gelsd" and not 0 < rcond < 1) else rcond


# --- the exponential --------------------------------------------------------------------------------------------------------

_DEGREE = 18  # of the Taylor polynomial


def _exponential(A: Tensor) -> Tensor:
    """By scaling and squaring (Higham, Functions of Matrices, 10.3). The largest norm decides how often: one read."""
    norm = A.detach().abs().sum(-1).amax()._of_all_slices().amax().item() if A.numel() else 0.0
    bound = 3.0 if A.dtype.to_real() is dtypes.float32 else 1.0  # below it, the polynomial is exact to a rounding
    squarings = max(0, ceil(log2(norm / bound))) if 0 < norm < float("inf") else 0
    X = A / 2.0**squarings if norm < float("inf") else A * float("nan")
    unit = f.eye_like(A, A.shape[-1])
    result = unit + X / _DEGREE
    for k in range(_DEGREE - 1, 0, -1):
        result = unit + (X @ result) / k
    for _ in range(squarings):
        result = result @ result
    return result


def _exponential_rule(g: Any, y: Any, aux: Any, A: Any) -> Any:
    n = A.shape[-1]
    top = A._joined([mH(A), g], -1)
    bottom = A._joined([A._full_like(0.0), mH(A)], -1)
    return (matrix_exp(A._joined([top, bottom], -2))[..., :n, n:],)


@composite(vjp=_exponential_rule, saves="A", name="linalg_matrix_exp")
def _matrix_exp(A: Tensor) -> Tensor:
    return _exponential(A)


@public("torch linalg", method=True)
@also_named(input="A")
def matrix_exp(A: Tensor) -> Tensor:
    """The matrix exponential. See torch.linalg.matrix_exp."""
    if A.dtype in (dtypes.float16, dtypes.bfloat16):
        return matrix_exp(A.to(dtypes.float32)).to(A.dtype)
    need_matrix("linalg.matrix_exp", A, square=True)
    return _matrix_exp(A) if A.numel() else A.clone()
