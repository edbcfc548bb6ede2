"""Factorizations of small dense matrices and triangular solves, a batch at a time.

One text serves both forms: a *team* works on a matrix. On a CPU it is one work-item, on a GPU a work-group, whose members share
the inner loops and meet at barriers. Large matrices are cut into blocks above this family (`tensor.factorizations`).
"""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .elements import kernel

SWEEPS = 30  # of Jacobi rotations; some 6 to 10 are needed, and the loop ends when nothing is left to rotate
STEPS = 120  # of QR iteration on one block; 2 or 3 are usual
COLUMNS = 32  # right-hand sides that a team of a triangular solve takes


class Factorization(NamedTuple):
    """``kind`` (lu, cholesky, ldl, qr, orgqr, eigh, eig, svd) of ``batch`` matrices of ``rows`` x ``columns``; ``depth``: reflectors.

    ``hermitian``: what ldl takes its complex matrices for.
    """

    kind: str
    batch: int
    rows: int
    columns: int
    dtype: DType
    depth: int = 0
    hermitian: bool = False


class Triangular(NamedTuple):
    """``order`` x ``order`` triangles and ``columns`` right-hand sides each; ``unit``: ones on the diagonal."""

    batch: int
    order: int
    columns: int
    upper: bool
    unit: bool
    dtype: DType


class Factored(NamedTuple):
    """Systems of ``order`` unknowns and ``columns`` right-hand sides, whose matrices are factored as ldl does it."""

    batch: int
    order: int
    columns: int
    hermitian: bool
    dtype: DType


class Numbers:
    """How a template computes with real or complex numbers: C's types, and expressions of C from expressions.

    Complex numbers are pairs; products with reals, sums and quotients by reals are those of vectors.
    """

    def __init__(self, dtype: DType) -> None:
        self.type = dtype.compute
        self.real = dtype.to_real().compute if dtype.is_complex else dtype.compute
        self.complex = dtype.is_complex

    @property
    def preludes(self) -> tuple[str, ...]:
        """What the expressions need."""
        return () if not self.complex else ("complex@1",) if self.real == "float" else ("complex_double@1",)

    def product(self, a: str, b: str) -> str:
        """``a * b``."""
        return f"c_mul_{self.type}({a}, {b})" if self.complex else f"{a} * {b}"

    def conjugate_product(self, a: str, b: str) -> str:
        """``conj(a) * b``."""
        return f"c_mul_{self.type}({self.conjugate(a)}, {b})" if self.complex else f"{a} * {b}"

    def quotient(self, a: str, b: str) -> str:
        """``a / b``."""
        return f"c_div_{self.type}({a}, {b})" if self.complex else f"{a} / {b}"

    def conjugate(self, a: str) -> str:
        """The conjugate."""
        return f"(({a}) * ({self.type})(1, -1))" if self.complex else a

    def size(self, a: str) -> str:
        """The absolute value, a real number."""
        return f"c_abs_{self.type}({a})" if self.complex else f"fabs({a})"

    def pivot_size(self, a: str) -> str:
        """What pivots are compared by: LAPACK adds the absolute values of the parts."""
        return f"(fabs(({a}).x) + fabs(({a}).y))" if self.complex else f"fabs({a})"

    def square(self, a: str) -> str:
        """The square of the absolute value."""
        return f"dot({a}, {a})" if self.complex else f"{a} * {a}"

    def re(self, a: str) -> str:
        """The real part."""
        return f"({a}).x" if self.complex else a

    def imaginary_size(self, a: str) -> str:
        """The absolute value of the imaginary part."""
        return f"fabs(({a}).y)" if self.complex else "0"

    def of(self, a: str) -> str:
        """A real number as one of this kind."""
        return f"({self.type})({a}, 0)" if self.complex else a


def _team(traits: Traits) -> int:
    return 1 if traits.form == "cpu" else min(64, traits.max_work_group)


def _launch(kind: str, teams: int, args: tuple[Arg, ...], dtype: DType, traits: Traits, **names: object) -> Call:
    team = _team(traits)
    n = Numbers(dtype)
    made = kernel(f"{kind}_{dtype.name}", f"linalg_{kind}.cl.mako", n.preludes, n=n, team=team, **names)
    return Call(made, args, (max(1, teams) * team,), (team,))


def lower(p: Factorization, traits: Traits) -> Lowered:
    """In(0) dense matrices; outputs by kind, see the templates.

    lu: the packed factors, int32 pivots from 1, int64 rows in their new order, int32 info. cholesky: the lower factor, int32
    info. ldl: blocks and multipliers, int32 pivots from 1, int32 info. qr (columns lie in rows: the input is transposed): packed reflectors, their factors. orgqr: In(1) is those
    factors; the first ``columns`` columns of the product, transposed. eigh: values rising, vectors in rows. eig (complex): values and vectors in rows. svd (transposed
    too, rows >= columns): values falling, left vectors in rows, right vectors in rows.
    """
    if not p.batch:
        return Lowered(())
    sizes = (Int(p.batch), Int(p.rows), Int(p.columns))
    args: tuple[Arg, ...]
    if p.kind == "lu":
        return Lowered((_launch("lu", p.batch, (In(0), Out(0), Out(1), Out(2), Out(3), *sizes), p.dtype, traits),))
    if p.kind == "cholesky":
        work = p.batch * p.rows * p.dtype.itemsize
        args = (In(0), Out(0), Out(1), Temp(0), *sizes)
        return Lowered((_launch("cholesky", p.batch, args, p.dtype, traits),), (work,))
    if p.kind == "ldl":
        args = (In(0), Out(0), Out(1), Out(2), *sizes)
        return Lowered((_launch("ldl", p.batch, args, p.dtype, traits, hermitian=p.hermitian),))
    if p.kind == "qr":
        return Lowered((_launch("qr", p.batch, (In(0), Out(0), Out(1), *sizes), p.dtype, traits),))
    if p.kind == "orgqr":
        args = (In(0), In(1), Out(0), *sizes, Int(p.depth))
        return Lowered((_launch("orgqr", p.batch, args, p.dtype, traits),))
    work = p.batch * p.rows * p.columns * p.dtype.itemsize
    eps = "DBL_EPSILON" if Numbers(p.dtype).real == "double" else "FLT_EPSILON"
    if p.kind == "eigh":
        args = (In(0), Out(0), Out(1), Temp(0), *sizes)
        return Lowered((_launch("eigh", p.batch, args, p.dtype, traits, eps=eps, sweeps=SWEEPS),), (work,))
    if p.kind == "eig":
        turns = 2 * p.batch * p.rows * p.dtype.itemsize
        args = (In(0), Out(0), Out(1), Temp(0), Temp(1), Temp(2), *sizes)
        call = _launch("eig", p.batch, args, p.dtype, traits, eps=eps, steps=STEPS)
        return Lowered((call,), (work, work, turns))
    args = (In(0), Out(0), Out(1), Out(2), *sizes)
    return Lowered((_launch("svd", p.batch, args, p.dtype, traits, eps=eps, sweeps=SWEEPS),))


def lower_triangular(p: Triangular, traits: Traits) -> Lowered:
    """In(0) triangles, In(1) right-hand sides (order x columns) -> Out(0) the solutions."""
    if not p.batch * p.order * p.columns:
        return Lowered(())
    blocks = -(-p.columns // COLUMNS)
    args = (In(0), In(1), Out(0), Int(p.batch), Int(p.order), Int(p.columns), Int(blocks))
    names = {"upper": p.upper, "unit": p.unit, "width": COLUMNS}
    return Lowered((_launch("triangular", p.batch * blocks, args, p.dtype, traits, **names),))


def lower_factored(p: Factored, traits: Traits) -> Lowered:
    """In(0) packed factors, In(1) their pivots, In(2) right-hand sides (order x columns) -> Out(0) the solutions."""
    if not p.batch * p.order * p.columns:
        return Lowered(())
    blocks = -(-p.columns // COLUMNS)
    args = (In(0), In(1), In(2), Out(0), Int(p.batch), Int(p.order), Int(p.columns), Int(blocks))
    names = {"hermitian": p.hermitian, "width": COLUMNS}
    return Lowered((_launch("ldl_solve", p.batch * blocks, args, p.dtype, traits, **names),))
