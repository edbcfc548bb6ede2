"""Functions of linear systems: factorizations for users, solutions, inverses, determinants. See torch.linalg."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..autograd.composite import composite
from ..autograd.flat import without_derivative
from ..autograd.names import shown_as
from ..errors import LinAlgError
from ..ops import rules
from ..ops.arguments import also_named
from ..ops.names import public
from . import factorizations as f
from .apply import stored
from .factorizations import mH, mT, need_matrix
from .return_types import named
from .tensor import Tensor

_LU_FACTOR = named("linalg_lu_factor", "LU pivots")
_LU_FACTOR_EX = named("linalg_lu_factor_ex", "LU pivots info")
_LU = named("linalg_lu", "P L U")
_QR = named("linalg_qr", "Q R")
_GEQRF = named("geqrf", "a tau")
_CHOLESKY_EX = named("linalg_cholesky_ex", "L info")
_INV_EX = named("linalg_inv_ex", "inverse info")
_SOLVE_EX = named("linalg_solve_ex", "result info")
_SLOGDET = named("linalg_slogdet", "sign logabsdet")
_UNPACKED = named("lu_unpack", "P L U")


def _first(info: Tensor) -> tuple[int, int]:
    """The first matrix of a batch that failed, and where: waits for the device, since an error depends on it."""
    numbers = info._of_all_slices().reshape(-1).tolist()
    at = next((k for k, number in enumerate(numbers) if number), -1)
    return at, (numbers[at] if at >= 0 else 0)


def need_regular(name: str, info: Tensor, text: str) -> None:
    """LinAlgError with `text` if a matrix of the batch failed. Waits for the device."""
    at, where = _first(info)
    if where:
        batch = f"(Batch element {at}): " if info.dim() else ""
        raise LinAlgError(f"{name}: {batch}{text.format(where)}")


SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
SOLVER = "The solver failed because the input matrix is singular."
MINOR = "The factorization could not be completed because the input is not positive-definite (the leading minor of order {} is not positive-definite)."


# --- LU -------------------------------------------------------------------------------------------------------------------


@public("linalg")
def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """Packed LU factors, pivots counted from 1, and info (0, or the first zero pivot). See torch.linalg.lu_factor_ex."""
    need_matrix("torch.linalg.lu_factor", A)
    if not pivot and A.numel():
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    packed, (_, pivots, info) = f.lu_packed.with_aux(A)
    if check_errors:
        need_regular(
            "torch.linalg.lu_factor_ex",
            info,
            "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero.",
        )
    return stored(_LU_FACTOR_EX((packed, pivots, info)), out)


@public("linalg")
def lu_factor(A: Tensor, *, pivot: bool = True, out: Any = None) -> Any:
    """Packed LU factors and pivots; RuntimeError for singular input. See torch.linalg.lu_factor."""
    packed, pivots, _ = lu_factor_ex(A, pivot=pivot, check_errors=True)
    return stored(_LU_FACTOR((packed, pivots)), out)


def _permutation(order: Tensor, like: Tensor) -> Tensor:
    """The matrix P of A = P L U for rows that elimination took in ``order``."""
    m = order._cl_meta.shape[-1]
    return (order._range(0, 1, m).unsqueeze(-1) == order.unsqueeze(-2)).to(like.dtype)


@public("linalg")
def lu(A: Tensor, *, pivot: bool = True, out: Any = None) -> Any:
    """P, L and U with A = P L U. See torch.linalg.lu."""
    need_matrix("linalg.lu", A)
    if not pivot and A.numel():
        raise RuntimeError("linalg.lu: LU without pivoting is not implemented on the CPU")
    packed, (order, *_) = f.lu_packed.with_aux(A)
    permutation = _permutation(order, packed) if pivot else A.new_zeros((0,))
    return stored(_LU((permutation, f.lower_of(packed), f.upper_of(packed))), out)


def _order_of(pivots: Tensor, rows: int) -> Tensor:
    """The order of rows after the swaps of ``pivots``: one gather per swap, on the device."""
    batch = pivots._cl_meta.shape[:-1]
    order = pivots._range(0, 1, rows).expand(*batch, rows).contiguous()
    places = pivots._range(0, 1, rows)
    for k in range(pivots._cl_meta.shape[-1]):
        other = pivots[..., k : k + 1].long() - 1
        swapped = places.where(places != k, other)
        order = order.gather(-1, swapped.where(places != other, k).expand(*batch, rows))
    return order


@public()
def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True, *, out: Any = None
) -> Any:
    """P, L and U of packed factors; empty tensors for what is not asked for. See torch.lu_unpack."""
    if unpack_pivots and LU_pivots.dtype is not dtypes.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is intended "
            "to be used with the output produced by torch.linalg.lu_factor"
        )
    empty = LU_data.new_zeros((0,))
    P = _permutation(_order_of(LU_pivots, LU_data.shape[-2]), LU_data) if unpack_pivots else empty
    L, U = (f.lower_of(LU_data), f.upper_of(LU_data)) if unpack_data else (empty, empty)
    return stored(_UNPACKED((P, L, U)), out)


@public("linalg")
@shown_as("LinalgLuSolveBackward0")
def lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False, out: Tensor | None = None
) -> Tensor:
    """Solutions of A X = B (X A = B with ``left=False``) from packed factors. See torch.linalg.lu_solve."""
    need_matrix("linalg.lu_solve", LU, square=True)
    if not left:
        return stored(mH(lu_solve(LU, pivots, mH(B), adjoint=not adjoint)), out)
    order = _order_of(pivots, LU.shape[-1])
    LU, B, order = alike(LU, B, order)
    if adjoint:
        X = f.unpermuted(f.solve_triangles(mH(LU), f.solve_triangles(mH(LU), B, False, False), True, True), order)
    else:
        X = f.solve_triangles(LU, f.solve_triangles(LU, f.permuted(B, order), False, True), True, False)
    return stored(X, out)


def alike(A: Tensor, B: Tensor, order: Tensor | None = None) -> Any:
    """Matrices (and orders of rows) broadcast to one batch shape."""
    batch = rules.broadcast_shape([A.shape[:-2], B.shape[:-2]])
    A, B = A.expand(*batch, *A.shape[-2:]), B.expand(*batch, *B.shape[-2:])
    return (A, B) if order is None else (A, B, order.expand(*batch, order.shape[-1]))


# --- solutions ------------------------------------------------------------------------------------------------------------


def _solve_rule(g: Any, y: Any, aux: Any, A: Any, B: Any) -> Any:
    gB = _solved(mH(A), g)
    return -(gB @ mH(y)), gB


@composite(vjp=_solve_rule, saves="y A", name="linalg_solve_ex")
def _solved(A: Tensor, B: Tensor) -> Any:
    packed, _, order, info = f.lu_parts(A)
    half = f.solve_triangles(packed, f.permuted(B, order), False, True)
    return f.solve_triangles(packed, half, True, False), (info,)


def _is_vector(A: Tensor, B: Tensor) -> bool:
    return B.dim() == 1 or (A.dim() - 1 == B.dim() and B.shape == A.shape[:-1])


@public("linalg")
def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """Solutions of A X = B (X A = B) and info. See torch.linalg.solve_ex."""
    need_matrix("linalg.solve", A, square=True)
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {A.dtype.title} and B of type {B.dtype.title} instead"
        )
    vector = _is_vector(A, B)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is "
            "equivalent to B / A.squeeze(-1)"
        )
    right = B.unsqueeze(-1) if vector else B
    if right.dim() < 2:
        raise RuntimeError("linalg.solve: The input tensor B must have at least 2 dimensions.")
    if right.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({A.shape[-2]}x{A.shape[-1]} and {right.shape[-2]}x{right.shape[-1]})"
        )
    one, two = alike(A, right)
    if left:
        X, (info,) = _solved.with_aux(one, two)
    else:
        X, (info,) = _solved.with_aux(mT(one), mT(two))
        X = mT(X)
    if check_errors:
        need_regular("torch.linalg.solve_ex", info, SOLVER)
    return stored(_SOLVE_EX((X.squeeze(-1) if vector else X, info)), out)


@public("linalg")
def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """The solution X of A X = B (X A = B with ``left=False``); RuntimeError if A is singular. See torch.linalg.solve."""
    X, info = solve_ex(A, B, left=left)
    need_regular("torch.linalg.solve", info, SOLVER)
    return stored(X, out)


@public("linalg")
def solve_triangular(
    A: Tensor,
    B: Tensor,
    *,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The solution of a triangular system; of A one triangle is read. See torch.linalg.solve_triangular."""
    need_matrix("linalg.solve_triangular", A, square=True)
    need_matrix("linalg.solve_triangular", B, any_dtype=True)
    if B.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(
            f"linalg.solve_triangular: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    one, two = alike(A, B.to(A.dtype))
    if left:
        X = f.solve_triangles(one, two, upper, unitriangular)
    else:
        X = mT(f.solve_triangles(mT(one), mT(two), not upper, unitriangular))
    return stored(X, out)


@public("linalg")
def inv_ex(A: Tensor, *, check_errors: bool = False, out: Any = None) -> Any:
    """The inverse and info. See torch.linalg.inv_ex."""
    need_matrix("linalg.inv", A, square=True)
    unit = f.eye_like(A, A.shape[-1]).expand(A.shape)
    X, (info,) = _solved.with_aux(A, unit)
    if check_errors:
        need_regular("linalg.inv_ex", info, SINGULAR)
    return stored(_INV_EX((X, info)), out)


@public("linalg")
@shown_as("LinalgInvExBackward0")
def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse; RuntimeError (LinAlgError) if A is singular. See torch.linalg.inv."""
    X, info = inv_ex(A)
    need_regular("linalg.inv", info, SINGULAR)
    return stored(X, out)


@public("torch", method=True)
@shown_as("LinalgInvExBackward0")
def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse. See torch.inverse."""
    return inv(input, out=out)


# --- Cholesky -------------------------------------------------------------------------------------------------------------


@public("linalg")
def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False, out: Any = None) -> Any:
    """The Cholesky factor and info. See torch.linalg.cholesky_ex."""
    need_matrix("linalg.cholesky", A, square=True)
    L, (info,) = f.cholesky_factor.with_aux(A, upper)
    if check_errors:
        need_regular("linalg.cholesky_ex", info, MINOR)
    return stored(_CHOLESKY_EX((mH(L) if upper else L, info)), out)


@public("linalg")
def cholesky(A: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """The factor L of A = L L^T; RuntimeError (LinAlgError) if A is not positive-definite. See torch.linalg.cholesky."""
    L, info = cholesky_ex(A, upper=upper)
    need_regular("linalg.cholesky", info, MINOR)
    return stored(L, out)


@public("torch", method=True)
@also_named(input2="L")
def cholesky_solve(input: Tensor, L: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The solution of (L L^T) X = input. See torch.cholesky_solve."""
    for name, given in (("b", input), ("u", L)):
        if given.dim() < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {given.dim()} dimensions instead")
    if input.dtype is not L.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {input.dtype.title} and A of type "
            f"{L.dtype.title} instead."
        )
    need_matrix("cholesky_solve", L, square=True)
    one, two = alike(L, input)
    return stored(_cholesky_solved(two, one, upper), out, exact=False)


def _symmetric_factor(L: Tensor, common: Tensor, upper: bool) -> Tensor:
    """The gradient of a factor, given that of the inverse of its product: of all of it, as torch has it."""
    both = common + mH(common)
    return -(L @ both) if upper else -(both @ L)


def _cholesky_solve_rule(g: Any, y: Any, aux: Any, B: Any, L: Any, upper: bool) -> Any:
    gB = _cholesky_solved(g, L, upper)
    return gB, _symmetric_factor(L, gB @ mH(y), upper)


@composite(vjp=_cholesky_solve_rule, saves="y L", name="cholesky_solve")
def _cholesky_solved(B: Tensor, L: Tensor, upper: bool) -> Tensor:
    lower, raised = (mH(L), L) if upper else (L, mH(L))
    return f.solve_triangles(raised, f.solve_triangles(lower, B, False, False), True, False)


def _cholesky_inverse_rule(g: Any, y: Any, aux: Any, L: Any, upper: bool) -> Any:
    return (_symmetric_factor(L, y @ g @ y, upper),)


@composite(vjp=_cholesky_inverse_rule, saves="y L", name="cholesky_inverse")
def _cholesky_inverted(L: Tensor, upper: bool) -> Tensor:
    return _cholesky_solved(f.eye_like(L, L.shape[-1]).expand(L.shape), L, upper)


@public("torch", method=True)
def cholesky_inverse(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The inverse of L L^T. See torch.cholesky_inverse."""
    need_matrix("cholesky_inverse", input, square=True)
    return stored(_cholesky_inverted(input, upper), out, exact=False)


# --- QR -------------------------------------------------------------------------------------------------------------------


@public("linalg")
def qr(A: Tensor, mode: str = "reduced", *, out: Any = None) -> Any:
    """Q and R with A = Q R; ``mode``: reduced, complete or r. See torch.linalg.qr."""
    need_matrix("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    Q, R = f.qr_factors(A, mode == "complete")
    if mode == "r":
        if A.requires_grad:
            raise RuntimeError(
                "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') "
                "if you are going to require gradients on R."
            )
        Q = A.new_zeros((0,))
    return stored(_QR((Q, R)), out)


@public("torch", method=True)
def geqrf(input: Tensor, *, out: Any = None) -> Any:
    """Packed Householder reflectors and their factors. See torch.geqrf."""
    need_matrix("torch.geqrf", input, argument="input")
    found = _GEQRF(f.reflectors(input.detach()))
    return stored(without_derivative(found, "geqrf", input, name="GeqrfBackward0"), out, exact=False)


@public("linalg")
@shown_as("LinalgHouseholderProductBackward0")
def householder_product(A: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first columns of the product of Householder reflections. See torch.linalg.householder_product.

    With gradients it is computed reflection by reflection.
    """
    need_matrix("torch.linalg.householder_product", A)
    if A.shape[-2] < A.shape[-1]:
        raise RuntimeError(
            "torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if tau.dim() + 1 != A.dim() or tau.shape[:-1] != A.shape[:-2] or tau.shape[-1] > A.shape[-1]:
        raise RuntimeError(
            f"torch.linalg.householder_product: tau of shape {list(tau.shape)} does not fit {list(A.shape)}"
        )
    if tau.dtype is not A.dtype:
        raise RuntimeError(
            f"torch.linalg.householder_product: tau dtype {tau.dtype.title} does not match input dtype {A.dtype.title}"
        )
    if not (A._is_recorded or tau._is_recorded):
        return stored(f.product_of_reflectors(A, tau, A.shape[-1]), out, exact=False)
    m, n = A.shape[-2:]
    Q = f.wide_eye(A, m, n).expand(A.shape)
    V = A.tril(-1) + f.wide_eye(A, m, n)
    for k in reversed(range(tau.shape[-1])):
        v = V[..., :, k : k + 1]
        Q = Q - tau[..., k : k + 1].unsqueeze(-1) * (v @ (mH(v) @ Q))
    return stored(Q, out, exact=False)


def _check_reflectors(input: Tensor, tau: Tensor, other: Tensor, left: bool) -> None:
    """PyTorch's refusals of shapes and dtypes by `ormqr`."""
    if input.dim() < 2 or other.dim() < 2:
        name = "input" if input.dim() < 2 else "other"
        raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    side = -2 if left else -1
    if other.shape[side] < tau.shape[-1] if tau.dim() else True:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if other.shape[side] != input.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.shape[-1] != min(other.shape[side], input.shape[-1]):
        raise RuntimeError(f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    if input.dim() - tau.dim() != 1 or input.dim() != other.dim():
        raise RuntimeError("torch.ormqr: Expected tau to have one dimension less than input, and other as many")
    if tau.shape[:-1] != input.shape[:-2] or other.shape[:-2] != input.shape[:-2]:
        raise RuntimeError("torch.ormqr: Expected batch dimensions of tau and other to be equal to input.shape[:-2]")
    if not tau.dtype is input.dtype is other.dtype:
        raise RuntimeError(
            f"torch.ormqr: Expected input, tau and other to have the same dtype, but they are {input.dtype.title}, "
            f"{tau.dtype.title} and {other.dtype.title}"
        )
    if not input.dtype.differentiable or input.dtype.itemsize < 4:
        raise NotImplementedError(f"\"ormqr_cpu\" not implemented for '{input.dtype.title}'")


@public("torch", method=True)
@also_named(input2="tau", input3="other")
@shown_as("OrmqrBackward0")
def ormqr(
    input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """A matrix times the whole product of Householder reflections. See torch.ormqr."""
    _check_reflectors(input, tau, other, left)
    m, k = input.shape[-2], tau.shape[-1]
    V = input.tril(-1)[..., :k] + f.wide_eye(input, m, k)
    X = other if left else mH(other)
    factors = tau.conj() if tau.is_complex() and left is transpose else tau
    order = range(k) if (left and transpose) or (not left and not transpose) else reversed(range(k))
    for j in order:
        v = V[..., :, j : j + 1]
        X = X - factors[..., j : j + 1].unsqueeze(-1) * (v @ (mH(v) @ X))
    return stored(X if left else mH(X), out)


# --- determinants ---------------------------------------------------------------------------------------------------------


def _sign_of(order: Tensor, pivots: Tensor) -> Tensor:
    """The sign of the permutation that the pivots make: -1 for each row that moved."""
    k = pivots.shape[-1]
    moved = (pivots.long() != pivots._range(1, 1, k)).sum(-1)
    return 1 - 2 * (moved % 2)


def _det_rule(g: Any, y: Any, aux: Any, A: Any) -> Any:
    """0 for a singular matrix, as in PyTorch, whatever its adjugate is."""
    scale = (g * (y.conj() if y.is_complex() else y)).unsqueeze(-1).unsqueeze(-1)
    one = f.eye_like(A, A.shape[-1]).expand(A.shape)
    return (scale * mH(_solved(A.where((y != 0).unsqueeze(-1).unsqueeze(-1), one), one)),)


@composite(vjp=_det_rule, saves="y A", name="linalg_det")
def _det(A: Tensor) -> Tensor:
    packed, pivots, order, _ = f.lu_parts(A)
    return packed.diagonal(0, -2, -1).prod(-1) * _sign_of(order, pivots)


@public("linalg")
def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant. See torch.linalg.det."""
    need_matrix("linalg.det", A, square=True)
    return stored(_det(A), out)


def _slogdet_rule(g: Any, y: Any, aux: Any, A: Any) -> Any:
    factor = g[1]
    if A.is_complex() and g[0] is not None:
        turn = (g[0].conj() * y[0]).imag * -1j
        factor = turn if factor is None else factor + turn
    if factor is None or (g[1] is None and not A.is_complex()):
        return (A._full_like(0.0),)
    inverse = _solved(A, f.eye_like(A, A.shape[-1]).expand(A.shape))
    return (factor.unsqueeze(-1).unsqueeze(-1) * mH(inverse),)


@composite(vjp=_slogdet_rule, saves="A y", name="linalg_slogdet", results=2)
def _slogdet(A: Tensor) -> Any:
    packed, pivots, order, _ = f.lu_parts(A)
    diagonal = packed.diagonal(0, -2, -1)
    sign = (diagonal.sgn() if A.is_complex() else diagonal.sign()).prod(-1) * _sign_of(order, pivots)
    return sign, diagonal.abs().log().sum(-1)


@public("linalg")
def slogdet(A: Tensor, *, out: Any = None) -> Any:
    """The sign and the logarithm of the absolute determinant. See torch.linalg.slogdet."""
    need_matrix("linalg.slogdet", A, square=True)
    return stored(_SLOGDET(_slogdet(A)), out)


@public("torch", method=True)
def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant; nan where it is negative. See torch.logdet."""
    sign, logabsdet = slogdet(input)
    if sign.is_complex():
        return logabsdet + sign.log()
    return logabsdet.where(sign > 0, (sign.sqrt() * 0).where(sign < 0, logabsdet))


def _matrix_power(A: Tensor, n: int) -> Tensor:
    if n == 3:  # in this order, as PyTorch has it
        return (A @ A) @ A
    result = None
    while n:
        if n & 1:
            result = A if result is None else result @ A
        n >>= 1
        A = A @ A if n else A
    return result  # type: ignore[return-value]


@public("linalg")
def matrix_power(A: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """A multiplied by itself ``n`` times, by its inverse for negative ``n``. See torch.linalg.matrix_power."""
    n = rules.single(n, "n")
    if not A.is_floating_point() and n < 0:
        need_matrix("linalg.inv", A, square=True)
    if A.dim() < 2:
        raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"linalg.matrix_power: A must be batches of square matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
        )
    if n == 0:
        return stored(f.eye_like(A, A.shape[-1]).expand(A.shape).clone(), out, exact=False)
    return stored(A.clone() if n == 1 else _matrix_power(inv(A) if n < 0 else A, abs(n)), out, exact=False)
