"""The functions of expressions on complex numbers. What has no place in `COMPLEX` is not defined for them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .functions import FUNCTIONS, POWERS, Function, Operand, builtin, composed
from .registers import PARTS, Literal, Register

if TYPE_CHECKING:
    from .expression import Expression


def _complex(name: str, to_real: bool = False) -> Function:
    """A function of `complex.cl`, which has them for every number of lanes."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        values = e.aligned(operands, e.float_kind(*operands))
        return e.complex_call(name, values, PARTS[values[0].kind] if to_real else "")

    return apply


def _complex_math(name: str) -> Function:
    """A function of `complex_math.cl`, number by number."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        kind = e.float_kind(*operands)
        e.writer.need_complex("complex", kind, 1)
        e.writer.need_complex("complex_math", kind, 1)
        return e.writer.lanewise(f"c_{name}_{kind}", e.aligned(operands, kind), kind)

    return apply


def _complex_power(e: Expression, operands: list[Operand]) -> Operand:
    base, exponent = operands
    if isinstance(exponent, Literal) and exponent.number in POWERS:
        return COMPLEX[POWERS[exponent.number]](e, [base])
    return _complex_math("pow")(e, operands)


def _of_parts(join: str, test: str) -> Function:
    """A test of the parts: of both (``&``) or of one (``|``)."""

    def apply(e: Expression, operands: list[Operand]) -> Operand:
        parts = e.writer.parts(e.value(operands[0], e.float_kind(*operands)))
        found = [e.call(test, [part]) for part in parts]
        return e.bitwise(ast.BitAnd if join == "&" else ast.BitOr, *found)

    return apply


def _part(which: int) -> Function:
    """The real or the imaginary part."""
    return lambda e, operands: e.writer.parts(e.value(operands[0], e.float_kind(*operands)))[which]


def _conjugate(e: Expression, operands: list[Operand]) -> Operand:
    real, imag = e.writer.parts(e.value(operands[0], e.float_kind(*operands)))
    return e.writer.pair(real, Register(f"(-{imag.text})", imag.kind, imag.lanes))


def _angle(e: Expression, operands: list[Operand]) -> Operand:
    real, imag = e.writer.parts(e.value(operands[0], e.float_kind(*operands)))
    return builtin("atan2")(e, [imag, real])


_COMPLEX_MATH = "sqrt expm1 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh".split()

COMPLEX: dict[str, Function] = (
    {name: _complex(name) for name in ("exp", "log")}
    | {name: _complex_math(name) for name in _COMPLEX_MATH}
    | {name: FUNCTIONS[name] for name in ("rsqrt", "reciprocal", "square", "cube", "identity", "sigmoid", "where")}
    | {
        "real": _part(0),
        "imag": _part(1),
        "conj": _conjugate,
        "sgn": _complex("sgn"),
        "abs": _complex("abs", to_real=True),
        "angle": _angle,
        "exp2": composed("x", "exp(x * 0.6931471805599453)"),
        "log2": composed("x", "complex(real(log(x)) * 1.4426950408889634, imag(log(x)) * 1.4426950408889634)"),
        "log10": composed("x", "complex(real(log(x)) * 0.4342944819032518, imag(log(x)) * 0.4342944819032518)"),
        "logaddexp": composed("a b", "where(real(a) < real(b), b + log1p(exp(a - b)), a + log1p(exp(b - a)))"),
        "pow": _complex_power,
        "isnan": _of_parts("|", "isnan"),
        "isinf": _of_parts("|", "isinf"),
        "isfinite": _of_parts("&", "isfinite"),
    }
)
"""Functions that are defined for complex numbers too, by name."""
