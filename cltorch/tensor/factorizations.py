"""Factorizations of matrices, with gradients: LU, Cholesky, QR, eigenvalues of symmetric matrices, singular values.

Kernels take batches (batch, rows, columns); the rules are those of Giles, An extended collection of matrix derivative results
(2008), and of Walter and Lehmann (QR, 2010), written for complex matrices too.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.modes import MODE
from ..errors import kind_of
from ..ops import linalg
from ..ops.arguments import is_tensor
from .apply import apply, apply_several
from .functions import record

if TYPE_CHECKING:
    from .tensor import Tensor

BLOCK = 128  # order above which triangular systems are cut into blocks, whose products are matrix products


KERNELS = {
    **dict.fromkeys(("linalg.det", "linalg.lu", "torch.linalg.lu_factor", "linalg.solve"), "lu_cpu"),
    **dict.fromkeys(("linalg.svd", "linalg.svdvals", "linalg.cond"), "linalg_svd_cpu"),
    **dict.fromkeys(("linalg.eigh", "linalg.eigvalsh"), "linalg_eigh_cpu"),
    **dict.fromkeys(("linalg.qr", "torch.geqrf"), "geqrf_cpu"),
    "linalg.cholesky": "cholesky_cpu",
    "svd_lowrank": "geqrf_cpu",
    **dict.fromkeys(("linalg.eig", "linalg.eigvals"), "linalg_eig_out_cpu"),
    "linalg.matrix_rank": "linalg_svd_cpu",
    "torch.linalg.ldl_factor_ex": "ldl_factor_kernel_cpu",
    "cholesky_inverse": "cholesky_inverse_out_cpu",
    "cholesky_solve": "cholesky_solve_cpu",
    "linalg.lu_solve": "linalg.lu_solve_cpu",
    "linalg.solve_triangular": "triangular_solve_cpu",
    "torch.linalg.householder_product": "orgqr_cpu",
}
"""Functions of which PyTorch's kernel refuses 16-bit floats, not the function itself: with another class of error."""
UNASKED = frozenset(
    "linalg.eigh linalg.eigvalsh linalg.lu torch.linalg.lu_factor cholesky_inverse torch.geqrf linalg.solve_triangular "
    "cholesky_solve torch.linalg.householder_product".split()
)
"""Those of which it refuses integers too."""


def need_matrix(name: str, A: Any, square: bool = False, argument: str = "A", any_dtype: bool = False) -> None:
    """PyTorch's errors for what is no batch of (square) floating-point matrices, or with ``any_dtype`` of matrices."""
    if not is_tensor(A):
        raise TypeError(f"{name}(): argument '{argument}' (position 1) must be Tensor, not {kind_of(A)}")
    shape, dtype = A._cl_meta.shape, A._cl_meta.dtype
    if len(shape) < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")
    if square and shape[-1] != shape[-2]:
        raise RuntimeError(
            f"{name}: {argument} must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )
    if not any_dtype and dtype.to_real() not in (dtypes.float32, dtypes.float64):
        kernel = KERNELS.get(name)
        if kernel is not None and (dtype.is_floating_point or (name in UNASKED and not dtype.is_complex)):
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.title}'")
        if dtype.is_floating_point:
            raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {dtype.title}")
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {dtype.title}")


def flat(A: Tensor) -> Tensor:
    """A batch of matrices with one batch dimension, dense."""
    m, n = A._cl_meta.shape[-2:]
    return A.reshape(prod(A._cl_meta.shape[:-2]), m, n)._dense()


def mT(A: Tensor) -> Tensor:
    """The matrices transposed."""
    return A.transpose(-1, -2)


def mH(A: Tensor) -> Tensor:
    """The matrices transposed and conjugated."""
    return A.transpose(-1, -2).conj() if A.is_complex() else A.transpose(-1, -2)


def eye_like(A: Tensor, n: int) -> Tensor:
    """The identity of order ``n``, with A's dtype and device."""
    return wide_eye(A, n, n)


# --- triangular systems ---------------------------------------------------------------------------------------------------


def _triangular(A: Tensor, B: Tensor, upper: bool, unit: bool) -> Tensor:
    """A of (batch, n, n) and B of (batch, n, k): the solution, in blocks where that pays."""
    n = A._cl_meta.shape[-1]
    if n <= BLOCK or B._cl_meta.shape[-1] < 8:
        return apply(linalg.triangular_rows, (A._dense(), B._dense()), (upper, unit))
    half = -(-n // 2 // BLOCK) * BLOCK if n > 2 * BLOCK else n // 2
    one, two = slice(0, half), slice(half, n)
    if upper:
        one, two = two, one
    first = _triangular(A[:, one, one], B[:, one], upper, unit)
    second = _triangular(A[:, two, two], B[:, two] - A[:, two, one] @ first, upper, unit)
    parts = [second, first] if upper else [first, second]
    return parts[0]._joined(parts, 1)


def _triangular_rule(g: Any, y: Any, aux: Any, A: Any, B: Any, upper: bool, unit: bool) -> Any:
    gB = solve_triangles(mH(A), g, not upper, unit)
    gA = -(gB @ mH(y))
    gA = gA.triu(1 if unit else 0) if upper else gA.tril(-1 if unit else 0)
    return gA, gB


@composite(vjp=_triangular_rule, saves="y A", name="linalg_solve_triangular", autocast="float32")
def solve_triangles(A: Tensor, B: Tensor, upper: bool, unit: bool) -> Tensor:
    """Solutions X of A X = B for batches of triangles of equal batch shape."""
    shape = B._cl_meta.shape
    return _triangular(flat(A), flat(B), upper, unit).reshape(shape)


# --- LU -------------------------------------------------------------------------------------------------------------------


def lu_parts(A: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Packed factors, pivots, the order of rows and info, without gradients."""
    batch = A._cl_meta.shape[:-2]
    packed, pivots, order, info = apply_several(linalg.lu_packed, (flat(A),))
    m, n = A._cl_meta.shape[-2:]
    return (
        packed.reshape(*batch, m, n),
        pivots.reshape(*batch, min(m, n)),
        order.reshape(*batch, m),
        info.reshape(batch),
    )


def lower_of(packed: Tensor) -> Tensor:
    """The unit lower factor that lies in packed ones."""
    m, n = packed._cl_meta.shape[-2:]
    k = min(m, n)
    return packed[..., :k].tril(-1) + wide_eye(packed, m, k)


def upper_of(packed: Tensor) -> Tensor:
    """The upper factor that lies in packed ones."""
    m, n = packed._cl_meta.shape[-2:]
    return packed[..., : min(m, n), :].triu()


def wide_eye(like: Tensor, m: int, n: int) -> Tensor:
    """Ones where row and column are equal, of m rows and n columns, with the dtype and device of ``like``."""
    rows, columns = like._range(0, 1, m), like._range(0, 1, n)
    return (rows.unsqueeze(1) == columns).to(like.dtype)


def permuted(B: Tensor, order: Tensor) -> Tensor:
    """Rows of B in another order."""
    return B.gather(-2, order.unsqueeze(-1).expand(*order._cl_meta.shape, B._cl_meta.shape[-1]))


def unpermuted(B: Tensor, order: Tensor) -> Tensor:
    """The inverse of `permuted`."""
    return permuted(B, order.argsort(-1))


def _lu_rule(g: Any, y: Any, aux: Any, A: Any) -> Any:
    (packed,) = y
    order = aux[0]
    (gP,) = g
    m, n = packed._cl_meta.shape[-2:]
    k = min(m, n)
    L, U = lower_of(packed), upper_of(packed)
    gL, gU = gP[..., :k].tril(-1), gP[..., :k, :].triu()
    L1, U1 = L[..., :k, :], U[..., :, :k]
    gL1, gU1 = gL[..., :k, :], gU[..., :, :k]
    tail = None
    if m > n:  # L2 = A2 U^-1
        tail = _right_solve(gL[..., k:, :], U1)
        gU1 = gU1 - (mH(L[..., k:, :]) @ tail).triu()
    elif n > m:  # U2 = L^-1 A2
        tail = solve_triangles(mH(L1), gU[..., :, k:], True, True)
        gL1 = gL1 - (tail @ mH(U[..., :, k:])).tril(-1)
    inner = (mH(L1) @ gL1).tril(-1) + (gU1 @ mH(U1)).triu()
    head = _right_solve(solve_triangles(mH(L1), inner, True, True), U1)
    if tail is not None:
        head = head._joined([head, tail], -2 if m > n else -1)
    return (unpermuted(head, order),)


def _right_solve(X: Tensor, U: Tensor) -> Tensor:
    """X U^-H for an upper triangle U."""
    return mH(solve_triangles(U, mH(X), True, False))


@composite(vjp=lambda g, y, aux, A: _lu_rule((g,), (y,), aux, A), saves="y", name="linalg_lu_factor_ex")
def lu_packed(A: Tensor) -> Any:
    """Packed LU factors; ``aux`` has the order of rows, pivots and info."""
    packed, pivots, order, info = lu_parts(A)
    return packed, (order, pivots, info)


# --- Cholesky -------------------------------------------------------------------------------------------------------------


def _cholesky_rule(g: Any, y: Any, aux: Any, A: Any, upper: bool) -> Any:
    product = mH(y) @ g.tril()
    inner = product.tril() + mH(product.tril(-1))
    S = solve_triangles(mH(y), inner, True, False)
    return (mH(solve_triangles(mH(y), mH(S), True, False)) / 2,)


@composite(vjp=_cholesky_rule, saves="y", name="linalg_cholesky_ex")
def cholesky_factor(A: Tensor, upper: bool) -> Any:
    """The lower factor of a matrix of which one triangle is read; ``aux`` has info. The gradient is that of A, whichever triangle."""
    batch = A._cl_meta.shape[:-2]
    L, info = apply_several(linalg.cholesky_lower, (flat(mH(A) if upper else A),))
    return L.reshape(A._cl_meta.shape), (info.reshape(batch),)


# --- QR -------------------------------------------------------------------------------------------------------------------


def reflectors(A: Tensor) -> tuple[Tensor, Tensor]:
    """Packed Householder reflectors and their factors, without gradients; see torch.geqrf."""
    m, n = A._cl_meta.shape[-2:]
    batch = A._cl_meta.shape[:-2]
    packed, factors = apply_several(linalg.qr_packed, (mT(flat(A))._dense(),))
    return mT(packed).reshape(*batch, m, n), factors.reshape(*batch, min(m, n))


def product_of_reflectors(packed: Tensor, factors: Tensor, columns: int) -> Tensor:
    """The first columns of the orthogonal matrix that the reflectors make."""
    m = packed._cl_meta.shape[-2]
    k = factors._cl_meta.shape[-1]
    batch = packed._cl_meta.shape[:-2]
    rows = mT(flat(packed))[:, :k]._dense()
    Q = apply(linalg.reflected, (rows, factors.reshape(prod(batch), k)._dense()), (columns, 0))
    return mT(Q).reshape(*batch, m, columns)


def _qr_rule(g: Any, y: Any, aux: Any, A: Any, complete: bool) -> Any:
    (gQ, gR), (Q, R) = g, y
    m, n = Q._cl_meta.shape[-2], R._cl_meta.shape[-1]
    if complete and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols")
    k = min(m, n)
    gQ = Q._full_like(0.0) if gQ is None else gQ
    gR = R._full_like(0.0) if gR is None else gR
    tail = None
    if n > m:
        tail = Q @ gR[..., :, k:]
        gQ = gQ + A[..., :, k:] @ mH(gR[..., :, k:])
        R, gR = R[..., :, :k], gR[..., :, :k]
    M = R @ mH(gR) - mH(gQ) @ Q
    inner = gQ + Q @ (M.tril(-1) + mH(M.tril(-1)) + _real(M.diagonal(0, -2, -1)).diag_embed().to(M.dtype))
    head = _right_solve(inner, R)
    return (head if tail is None else head._joined([head, tail], -1),)


@composite(vjp=_qr_rule, saves="y A", name="linalg_qr", results=2)
def qr_factors(A: Tensor, complete: bool) -> Any:
    """Q and R, reduced or complete."""
    m, n = A._cl_meta.shape[-2:]
    packed, factors = reflectors(A)
    k = min(m, n)
    columns = m if complete else k
    R = packed[..., :columns, :].triu()
    return product_of_reflectors(packed, factors, columns), R


# --- eigenvalues and singular values ----------------------------------------------------------------------------------------


def _real(x: Tensor) -> Tensor:
    return x.real if x.is_complex() else x


def _gaps(values: Tensor, squared: bool = False) -> Tensor:
    """``values_j - values_i`` (or of squares), infinite on the diagonal."""
    v = values * values if squared else values
    gaps = v.unsqueeze(-2) - v.unsqueeze(-1)
    return gaps.masked_fill(eye_like(values, values._cl_meta.shape[-1]).bool(), float("inf"))


def _need_no_phase(turned: list[Tensor], what: str) -> None:
    """RuntimeError if a loss depends on the phase of complex vectors, which is anybody's choice: where these have no real diagonal together. Numbers
    are read for it, so not where the gradient itself is differentiated or mapped."""
    if not turned or not turned[0].is_complex() or MODE.enabled or MODE.levels:
        return
    phases = [part.diagonal(0, -2, -1).imag for part in turned]
    if (sum(phases[1:], phases[0]).abs() > 1e-2).any().item():
        raise RuntimeError(what)


_PHASE = (
    "{}: The eigenvectors in the complex case are specified up to multiplication by e^{{i phi}}. The specified loss function depends on this "
    "quantity, so it is ill-defined."
)
_PHASES = (
    "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. The specified loss function "
    "depends on this phase term, making it ill-defined."
)


def _eigh_rule(g: Any, y: Any, aux: Any, A: Any) -> Any:
    (gL, gV), (L, V) = g, y
    inner = None
    if gV is not None:
        turned = mH(V) @ gV
        _need_no_phase([turned], _PHASE.format("linalg_eigh_backward"))
        inner = (turned - mH(turned)) / (2 * _gaps(L))
    if gL is not None:
        diagonal = gL.diag_embed().to(V.dtype)
        inner = diagonal if inner is None else inner + diagonal
    return (V @ inner @ mH(V),)


@composite(vjp=_eigh_rule, saves="y", name="linalg_eigh", results=2)
def eigh_factors(A: Tensor) -> Any:
    """Eigenvalues, rising, and eigenvectors in columns, of what the lower triangle says."""
    n = A._cl_meta.shape[-1]
    batch = A._cl_meta.shape[:-2]
    diagonal, beside, reflectors, factors = apply_several(linalg.tridiagonal, (flat(A),))
    values, places, rotations, sweeps = apply_several(linalg.eigh_turns, (diagonal, beside))
    vectors = _turned(apply(linalg.reflected, (reflectors, factors), (n, 1)), rotations, sweeps, places)
    return values.reshape(*batch, n), mT(vectors).reshape(A._cl_meta.shape)


def _turned(rows: Tensor, rotations: Tensor, sweeps: Tensor, places: Tensor) -> Tensor:
    """Square matrices' rows after what an iteration wrote down; complex rows are pairs of real numbers."""
    shape = rows._cl_meta.shape
    real = rows._as_pairs().reshape(*shape[:2], 2 * shape[2]) if rows.is_complex() else rows
    turned = apply(linalg.turned, (real, rotations, sweeps, places))
    return turned.reshape(*shape, 2)._as_complex() if rows.is_complex() else turned


def _eig_rule(g: Any, y: Any, aux: Any, A: Any) -> Any:
    """Boeddeker et al., On the computation of complex-valued gradients (2017); eigenvectors have length 1."""
    (gL, gV), (L, V) = g, y
    inner: Any = None
    if gV is not None:
        turned = mH(V) @ gV
        _need_no_phase([turned], _PHASE.format("linalg_eig_backward"))
        length = turned.diagonal(0, -2, -1).real
        gaps = (L.unsqueeze(-2) - L.unsqueeze(-1)).conj()
        same = eye_like(L, L._cl_meta.shape[-1]).real.bool()
        inner = (turned - mH(V) @ (V * length.unsqueeze(-2))) / gaps.masked_fill(same, float("inf"))
        inner = inner.masked_fill(same, 0.0)
    if gL is not None:
        diagonal = gL.diag_embed()
        inner = diagonal if inner is None else inner + diagonal
    packed, _, order, _ = lu_parts(mH(V))
    right = permuted(inner @ mH(V), order)
    return (solve_triangles(packed, solve_triangles(packed, right, False, True), True, False),)


@composite(vjp=_eig_rule, saves="y", name="linalg_eig", results=2)
def eig_factors(A: Tensor) -> Any:
    """Eigenvalues, in no order, and eigenvectors in columns; complex."""
    kind = A.dtype if A.is_complex() else A.dtype.to_complex()
    values, vectors = apply_several(linalg.eig_rows, (flat(A.to(kind)),))
    values = values.reshape(A._cl_meta.shape[:-1])
    if not A.is_complex() and A.numel():  # of real matrices, values that are real but for rounding
        noise = values.abs().amax(-1, True) * (8 * A._cl_meta.shape[-1] * dtypes.finfo(A.dtype).eps)
        real, imag = values.real, values.imag
        values = record("from_parts", real, imag.where(imag.abs() > noise, 0.0))
    return values, mT(vectors).reshape(A._cl_meta.shape)


def _svd_rule(g: Any, y: Any, aux: Any, A: Any, full: bool) -> Any:
    (gU, gS, gVh), (U, S, Vh) = g, y
    m, n, k = U._cl_meta.shape[-2], Vh._cl_meta.shape[-1], S._cl_meta.shape[-1]
    U, Vh = U[..., :, :k], Vh[..., :k, :]
    gU = None if gU is None else gU[..., :, :k]
    gVh = None if gVh is None else gVh[..., :k, :]
    inner = None if gS is None else gS.diag_embed().to(U.dtype)
    gaps = None if gU is None and gVh is None else _gaps(S, squared=True)
    left, right = None if gU is None else mH(U) @ gU, None if gVh is None else Vh @ mH(gVh)
    _need_no_phase([part for part in (left, right) if part is not None], _PHASES)
    if left is not None:
        skew = left - mH(left)
        part = (skew / gaps) * S.unsqueeze(-2)
        if skew.is_complex():
            part = part + (skew.diagonal(0, -2, -1) / (2 * S)).diag_embed()
        inner = part if inner is None else inner + part
    if right is not None:
        part = S.unsqueeze(-1) * ((right - mH(right)) / gaps)
        inner = part if inner is None else inner + part
    result = U @ inner @ Vh
    if gU is not None and m > k:
        scaled = gU / S.unsqueeze(-2)
        result = result + (scaled - U @ (mH(U) @ scaled)) @ Vh
    if gVh is not None and n > k:
        scaled = gVh / S.unsqueeze(-1)
        result = result + U @ (scaled - (scaled @ mH(Vh)) @ Vh)
    return (result,)


@composite(vjp=_svd_rule, saves="y", name="linalg_svd", results=3)
def svd_factors(A: Tensor, full: bool) -> Any:
    """U, falling values and Vh; with ``full`` U and Vh are square."""
    m, n = A._cl_meta.shape[-2:]
    if m < n:
        V, S, Uh = _tall_svd(mH(A), full)
        return mH(Uh), S, mH(V)
    return _tall_svd(A, full)


def singular_values(A: Tensor) -> Tensor:
    """Falling singular values; NaN of a matrix that is not finite."""
    values = svd_factors(A, False)[1]
    return values.where(A.detach().isfinite().all((-2, -1)).unsqueeze(-1), float("nan"))


def _tall_svd(A: Tensor, full: bool) -> tuple[Tensor, Tensor, Tensor]:
    """For m >= n, of the triangle of a QR factorization where that is smaller."""
    m, n = A._cl_meta.shape[-2:]
    batch = A._cl_meta.shape[:-2]
    source, Q = flat(A), None
    if m > n:
        packed, factors = reflectors(A)
        source = flat(packed[..., :n, :].triu())
        Q = product_of_reflectors(packed, factors, m if full else n)
    diagonal, beside, *sides = apply_several(linalg.bidiagonal, (source,))
    values, left_places, right_places, lefts, rights, sweeps = apply_several(linalg.svd_turns, (diagonal, beside))
    left = _turned(apply(linalg.reflected, tuple(sides[:2]), (n, 0)), lefts, sweeps, left_places)
    right = _turned(apply(linalg.reflected, tuple(sides[2:]), (n, 1)), rights, sweeps, right_places)
    U = mT(left).reshape(*batch, n, n)
    if Q is not None:
        head = Q[..., :n] @ U
        U = head._joined([head, Q[..., n:]], -1) if full else head
    Vh = right.conj() if right.is_complex() else right
    return U, values.reshape(*batch, n), Vh.reshape(*batch, n, n)
