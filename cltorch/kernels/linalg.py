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
from .tiles import ceil_div, round_up

STEPS = 120  # of QR iteration on one block; 2 or 3 are usual
WHOLE = 64  # order up to which a factorization is one launch
PANEL = 32  # columns that larger ones finish at a time
BLOCK = 64  # rows of what is left behind that a team takes
COLUMNS = 32  # right-hand sides that a team of a triangular solve takes


class Factorization(NamedTuple):
    """``kind`` (see `lower`) of ``batch`` matrices of ``rows`` x ``columns``.

    ``depth``: reflectors, whose ones stand ``offset`` behind their own place. ``hermitian``: what ldl takes its complex matrices for.
    """

    kind: str
    batch: int
    rows: int
    columns: int
    dtype: DType
    depth: int = 0
    offset: int = 0
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

    Complex numbers are pairs; products with reals, sums and quotients by reals are those of vectors. ``lanes`` elements are a
    ``vector`` (of numbers of type ``real``) where a CPU's single member of a team walks rows by vectors, elsewhere one.
    """

    def __init__(self, dtype: DType, traits: Traits) -> None:
        self.type = dtype.compute
        self.itemsize = dtype.itemsize
        self.real = dtype.to_real().compute if dtype.is_complex else dtype.compute
        self.complex = dtype.is_complex
        parts = 2 if dtype.is_complex else 1
        count = max(2 * parts, traits.vector_width * 4 * parts // dtype.itemsize) if traits.form == "cpu" else parts
        self.lanes = count // parts
        self.vector = f"{self.real}{count}"
        whole = "int" if self.real == "float" else "long"
        self.places = f"({whole}{count})({', '.join(str(k // parts) for k in range(count))})"
        self.signs = f"({self.vector})({', '.join('-1, 1' for _ in range(count // 2))})"
        self.halves = [f"{self.real}{count >> k}" for k in range(1, count.bit_length() - 1)] + [self.real]
        self.swapped = "s" + "".join(f"{k ^ 1:x}" for k in range(count))

    def padded(self, columns: int) -> int:
        """How far apart rows of ``columns`` elements are, if they are whole vectors: an odd number of these, as elements of a column
        that lie a power of two apart share few places of a cache."""
        return (ceil_div(columns, self.lanes) // 2 * 2 + 1) * self.lanes

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
    n = Numbers(dtype, traits)
    made = kernel(f"{kind}_{dtype.name}", f"linalg_{kind}.cl.mako", n.preludes, n=n, team=team, **names)
    return Call(made, args, (max(1, teams) * team,), (team,))


def lower(p: Factorization, traits: Traits) -> Lowered:
    """In(0) dense matrices; outputs by kind, see the templates.

    lu: the packed factors, int32 pivots from 1, int64 rows in their new order, int32 info. cholesky: the lower factor, int32
    info. ldl: blocks and multipliers, int32 pivots from 1, int32 info. qr (columns lie in rows: the input is transposed): packed
    reflectors, their factors. orgqr: In(1) is those factors; the first ``columns`` columns of the product, transposed. tridiagonal:
    diagonal, what stands beside it, reflectors in rows, their factors; bidiagonal: the last two for each side. ql and gk
    (In(1): beside the diagonal): values, places of vectors (gk: left, right), rotations (of both), sweeps. turn: In(0) rows, In(1)
    rotations, In(2) sweeps, In(3) places; rows turned. eig (complex): values and vectors in rows.
    """
    if not p.batch:
        return Lowered(())
    return KINDS[p.kind](p, traits)


def _lower_ldl(p: Factorization, traits: Traits) -> Lowered:
    args = (In(0), Out(0), Out(1), Out(2), Int(p.batch), Int(p.rows), Int(p.columns))
    return Lowered((_launch("ldl", p.batch, args, p.dtype, traits, hermitian=p.hermitian),))


def _lower_reduced(p: Factorization, traits: Traits) -> Lowered:
    """To three or two diagonals."""
    stride, two = Numbers(p.dtype, traits).padded(p.rows), p.kind == "bidiagonal"
    outs = tuple(Out(k) for k in range(6 if two else 4))
    args: tuple[Arg, ...] = (In(0), *outs, Temp(0), Int(p.batch), Int(p.rows), Int(stride))
    work = p.batch * (p.rows + (6 if two else 8)) * stride * p.dtype.itemsize
    return Lowered((_launch(p.kind, p.batch, args, p.dtype, traits),), (work,))


def _lower_iteration(p: Factorization, traits: Traits) -> Lowered:
    """On these diagonals, by one work-item each: every step needs the one before."""
    outs = tuple(Out(k) for k in range(4 if p.kind == "ql" else 6))
    room, most = rotations(p.rows)
    args: tuple[Arg, ...] = (In(0), In(1), *outs, Temp(0), Int(p.rows), Int(room), Int(most))
    source = f"linalg_{p.kind}.cl.mako"
    made = kernel(f"{p.kind}_{p.dtype.name}", source, real=p.dtype.compute, eps=_epsilon(p.dtype))
    return Lowered((Call(made, args, (p.batch,), (1,)),), (2 * p.batch * p.rows * p.dtype.itemsize,))


def _lower_eig(p: Factorization, traits: Traits) -> Lowered:
    n = Numbers(p.dtype, traits)
    stride = tall = n.padded(p.rows)
    eps = _epsilon(p.dtype)
    args: tuple[Arg, ...] = (In(0), Out(0), Temp(0), Temp(1), Int(p.batch), Int(p.rows), Int(tall), Int(stride))
    triangle = _launch("eig", p.batch, args, p.dtype, traits, eps=eps, steps=STEPS)
    units, local = p.batch * p.rows, _team(traits)
    args = (Temp(0), Out(1), Temp(2), Int(p.rows), Int(tall), Int(stride), Int(units))
    made = kernel(f"eigvectors_{p.dtype.name}", "linalg_eigvectors.cl.mako", n.preludes, n=n, eps=eps)
    vectors = Call(made, args, (round_up(max(1, units), local),), (local,))
    row = p.batch * p.dtype.itemsize
    return Lowered(
        (triangle, vectors),
        (row * (tall + p.rows) * stride, row * (5 * stride + tall + p.rows), 2 * units * stride * p.dtype.itemsize),
    )


def _epsilon(dtype: DType) -> str:
    return "DBL_EPSILON" if dtype.to_real().compute == "double" else "FLT_EPSILON"


def rotations(order: int) -> tuple[int, int]:
    """How many rotations and how many sweeps there is room for: more than twice of what eigenvalues of this order need."""
    return 2 * order * order + 64 * order, 30 * order + 64


def _lower_turn(p: Factorization, traits: Traits) -> Lowered:
    width = 2 * Numbers(p.dtype, traits).lanes if traits.form == "cpu" else _team(traits)
    blocks = -(-p.columns // width)
    room, most = rotations(p.rows)
    args = (In(0), In(1), In(2), In(3), Out(0), Temp(0), Int(p.rows), Int(p.columns), Int(room), Int(most), Int(blocks))
    call = _launch("turn", p.batch * blocks, args, p.dtype, traits, width=width)
    return Lowered((call,), (p.batch * blocks * p.rows * width * p.dtype.itemsize,))


def _panels(p: Factorization) -> list[tuple[int, int]]:
    """First and last column of what is finished at a time: all of a small matrix. The last panel has all that is left."""
    depth = min(p.rows, p.columns)
    starts = range(0, depth, PANEL) if depth > WHOLE else (0,)
    return [(first, first + PANEL) for first in starts[:-1]] + [(starts[-1], p.columns)]


def _lower_lu(p: Factorization, traits: Traits) -> Lowered:
    n = Numbers(p.dtype, traits)
    stride = n.padded(p.columns)
    sizes = (Int(p.batch), Int(p.rows), Int(p.columns), Int(stride))
    width = 4 * n.lanes if n.lanes > 1 else 32
    panels, whole = _panels(p), (p.rows, p.columns)
    calls = list(_copy(In(0), Temp(0), p.batch, *whole, p.columns, stride, p.dtype, traits)) if len(panels) > 1 else []
    for first, last in panels:
        args: tuple[Arg, ...] = (In(0), Out(0), Out(1), Out(2), Out(3), Temp(0), *sizes, Int(first), Int(last))
        calls.append(_launch("lu", p.batch, args, p.dtype, traits))
        if len(panels) > 1:
            right, left = ceil_div(p.columns - last, width), ceil_div(first, width)
            args = (Temp(0), Out(1), *sizes, Int(first), Int(last), Int(right), Int(right + left))
            calls.append(_launch("swap", p.batch * (right + left), args, p.dtype, traits, width=width))
            calls += _update(p, first, last, Temp(0), (p.rows * stride, first * stride), False, traits)
    calls += _copy(Temp(0), Out(0), p.batch, *whole, stride, p.columns, p.dtype, traits) if len(panels) > 1 else ()
    return Lowered(tuple(calls), (p.batch * p.rows * stride * p.dtype.itemsize,))


def _lower_cholesky(p: Factorization, traits: Traits) -> Lowered:
    stride = Numbers(p.dtype, traits).padded(p.columns)
    panels, whole = _panels(p), (p.rows, p.columns)
    calls = list(_copy(In(0), Temp(0), p.batch, *whole, p.columns, stride, p.dtype, traits)) if len(panels) > 1 else []
    for first, last in panels:
        sizes = (Int(p.batch), Int(p.rows), Int(stride), Int(first), Int(last))
        blocks = -(-(p.rows - last) // BLOCK) if _team(traits) == 1 else 0  # a group does the rows below as well
        args: tuple[Arg, ...] = (In(0), Out(0), Out(1), Temp(0), Temp(1), *sizes, Int(last if blocks else p.rows))
        calls.append(_launch("cholesky", p.batch, args, p.dtype, traits, panel=PANEL))
        if blocks:
            args = (Out(1), Temp(0), Temp(1), *sizes, Int(blocks))
            calls.append(_launch("cholesky_rows", p.batch * blocks, args, p.dtype, traits, panel=PANEL, block=BLOCK))
        calls += _update(p, first, last, Temp(1), (PANEL * stride, 0), True, traits) if len(panels) > 1 else ()
    if len(panels) > 1:
        calls += _copy(Temp(0), Out(0), p.batch, *whole, stride, p.columns, p.dtype, traits, lower=True)
    itemsize = p.batch * stride * p.dtype.itemsize
    return Lowered(tuple(calls), (p.rows * itemsize, PANEL * itemsize))


def _update(
    p: Factorization, first: int, last: int, right: Arg, place: tuple[int, int], lower: bool, traits: Traits
) -> tuple[Call, ...]:
    """What is left behind a panel; ``place``: how far ``right`` of one matrix is from the next, and where it starts."""
    if last >= min(p.rows, p.columns):
        return ()
    n = Numbers(p.dtype, traits)
    tile, width = 4, (4 if traits.vector_width >= 16 and not n.complex else 2) * n.lanes * _team(traits)
    row_blocks, column_blocks = -(-(p.rows - last) // BLOCK), -(-(p.columns - last) // width)
    room, start = place
    sizes = (Int(p.batch), Int(p.rows), Int(n.padded(p.columns)), Int(first), Int(last), Int(room, "long"))
    args = (Temp(0), right, *sizes, Int(start, "long"), Int(lower), Int(row_blocks), Int(column_blocks))
    names = {"tile": tile, "width": width, "block": BLOCK, "panel": PANEL}
    return (_launch("update", p.batch * row_blocks * column_blocks, args, p.dtype, traits, **names),)


def _copy(
    source: Arg,
    target: Arg,
    batch: int,
    rows: int,
    columns: int,
    apart: int,
    then: int,
    dtype: DType,
    traits: Traits,
    lower: bool = False,
) -> tuple[Call, ...]:
    """Rows of ``columns`` elements that are ``apart``, and ``then`` with zeros behind them."""
    chunk = 16 if _team(traits) == 1 else 1
    sizes = (Int(rows), Int(columns), Int(apart), Int(then), Int(lower), Int(batch * rows, "long"), Int(chunk))
    return (_launch("copy", ceil_div(batch * rows, chunk), (source, target, *sizes), dtype, traits),)


def _lower_qr(p: Factorization, traits: Traits) -> Lowered:
    n = Numbers(p.dtype, traits)
    stride, depth = n.padded(p.rows), min(p.rows, p.columns)
    sizes = (Int(p.batch), Int(p.rows), Int(p.columns), Int(stride))
    panels = _panels(p)
    calls: list[Call] = []
    if len(panels) > 1:
        calls += _copy(In(0), Temp(0), p.batch, p.columns, p.rows, p.rows, stride, p.dtype, traits)
    for first, last in panels:
        args: tuple[Arg, ...] = (In(0), Out(0), Out(1), Temp(0), Temp(1), *sizes, Int(first), Int(last))
        calls.append(_launch("qr", p.batch, args, p.dtype, traits))
        if last < p.columns:
            width, blocks = _columns(p.columns - last, traits)
            args = (Temp(0), Temp(1), Out(1), *sizes, Int(first), Int(last), Int(blocks))
            calls.append(_launch("reflect", p.batch * blocks, args, p.dtype, traits, width=width))
    row = p.batch * stride * p.dtype.itemsize
    return Lowered(tuple(calls), (p.columns * row, depth * row))


def _columns(columns: int, traits: Traits) -> tuple[int, int]:
    """How many columns that lie in rows a team takes, and how many teams that makes."""
    width = 8 if traits.form == "cpu" else _team(traits)
    return width, -(-columns // width)


def _lower_orgqr(p: Factorization, traits: Traits) -> Lowered:
    width, blocks = _columns(p.columns, traits)
    stride = Numbers(p.dtype, traits).padded(p.rows)
    sizes = (Int(p.batch), Int(p.rows), Int(p.columns), Int(stride), Int(p.depth), Int(p.offset), Int(blocks))
    args = (In(0), In(1), Out(0), Temp(0), Temp(1), *sizes)
    calls = [_launch("orgqr", p.batch * p.depth, args, p.dtype, traits, clean=True, width=width)] if p.depth else []
    calls.append(_launch("orgqr", p.batch * blocks, args, p.dtype, traits, clean=False, width=width))
    row = p.batch * stride * p.dtype.itemsize
    return Lowered(tuple(calls), (p.depth * row, p.columns * row))


KINDS = {
    "lu": _lower_lu,
    "cholesky": _lower_cholesky,
    "ldl": _lower_ldl,
    "qr": _lower_qr,
    "orgqr": _lower_orgqr,
    **dict.fromkeys(("tridiagonal", "bidiagonal"), _lower_reduced),
    **dict.fromkeys(("ql", "gk"), _lower_iteration),
    "turn": _lower_turn,
    "eig": _lower_eig,
}


def lower_triangular(p: Triangular, traits: Traits) -> Lowered:
    """In(0) triangles, In(1) right-hand sides (order x columns) -> Out(0) the solutions."""
    if not p.batch * p.order * p.columns:
        return Lowered(())
    n = Numbers(p.dtype, traits)
    width = COLUMNS if n.lanes == 1 else n.lanes if p.columns <= n.lanes else 4 * n.lanes
    blocks = -(-p.columns // width)
    args = (In(0), In(1), Out(0), Temp(0), Int(p.batch), Int(p.order), Int(p.columns), Int(blocks))
    names = {"upper": p.upper, "unit": p.unit, "width": width}
    work = p.batch * blocks * p.order * width * p.dtype.itemsize if n.lanes > 1 else 0
    return Lowered((_launch("triangular", p.batch * blocks, args, p.dtype, traits, **names),), (work,))


def lower_factored(p: Factored, traits: Traits) -> Lowered:
    """In(0) packed factors, In(1) their pivots, In(2) right-hand sides (order x columns) -> Out(0) the solutions."""
    if not p.batch * p.order * p.columns:
        return Lowered(())
    blocks = -(-p.columns // COLUMNS)
    args = (In(0), In(1), In(2), Out(0), Int(p.batch), Int(p.order), Int(p.columns), Int(blocks))
    names = {"hermitian": p.hermitian, "width": COLUMNS}
    return Lowered((_launch("ldl_solve", p.batch * blocks, args, p.dtype, traits, **names),))
