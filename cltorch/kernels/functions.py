"""The functions of expressions: each makes an operand from operands, with what an `Expression` gives it to compute with."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import dtypes
from .registers import SIZE, UNSIGNED_KINDS, Literal, Register, is_float, kind_of, literal, spell
from .render import prelude

if TYPE_CHECKING:
    from .expression import Expression

Operand = Register | Literal
Function = Callable[["Expression", list[Operand]], Operand]


def builtin(name: str) -> Function:
    """A built-in function of OpenCL over floating-point operands."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        values = e.aligned(operands, e.float_kind(*operands))
        kind, lanes = values[0].kind, values[0].lanes
        if name in OWN_MATH and kind == "float" and lanes > 1:
            e.writer.need("math", lanes)
            return Register(f"own_{name}_{spell(kind, lanes)}({values[0].text})", kind, lanes)
        text = f"{name}({', '.join(v.text for v in values)})"
        return Register(text, kind, lanes)

    return apply


def _rounding(name: str) -> Function:
    """A built-in that leaves integers as they are."""
    by_name = builtin(name)

    def apply(e: Expression, operands: list[Operand]) -> Operand:
        only = operands[0]
        return only if isinstance(only, Register) and not is_float(only.kind) else by_name(e, operands)

    return apply


def composed(parameters: str, expr: str, integers: bool = False) -> Function:
    """A function that is an expression itself; ``integers`` says that it keeps the kind of integer operands."""
    names = parameters.split()

    def apply(e: Expression, operands: list[Operand]) -> Operand:
        kind = e.common_kind(*operands) if integers else e.float_kind(*operands)
        if kind == "mask":
            kind = kind_of(e.dtype) if e.dtype is not dtypes.bool else "mask"
        return e.expand(expr, **dict(zip(names, e.atoms(operands, kind), strict=True)))

    return apply


def _division(name: str) -> Function:
    """A division in one of its roundings: own functions for each kind (`division.cl`), lane by lane."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        kind = e.common_kind(*operands)
        if kind == "mask":
            kind = "int"
        wide = kind if is_float(kind) or kind == "long" else "int"
        values = e.aligned(operands, wide)
        e.writer.need("division_double" if wide == "double" else "division")
        return e.writer.convert(e.writer.lanewise(f"{name}_{wide}", values, wide), kind)

    return apply


def _extreme(symbol: str, builtin: str, on_masks: type[ast.AST]) -> Function:
    """Maximum or minimum; NaN wins."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        kind = e.common_kind(*operands)
        if kind == "mask":
            return e.bitwise(on_masks, *operands)
        x, y = e.atoms(operands, kind)
        if not is_float(kind):
            text = f"{builtin}({x.text}, {y.text})"
            return Register(f"(({kind}){text})" if x.lanes == 1 else text, kind, x.lanes)
        both = Register(f"(({x.text} {symbol} {y.text}) | ({x.text} != {x.text}))", "mask", x.lanes, 8 * SIZE[kind])
        return e.where(both, x, y)

    return apply


def _power(e: Expression, operands: list[Operand]) -> Operand:
    base, exponent = operands
    if isinstance(exponent, Literal) and exponent.number in POWERS:
        return FUNCTIONS[POWERS[exponent.number]](e, [base])
    kind = e.common_kind(base, exponent)
    if kind == "double":
        return _by_fours(e, "pow", e.aligned(operands, kind))
    if is_float(kind):
        return builtin("pow")(e, operands)
    return _of_longs("power")(e, operands)


def _by_fours(e: Expression, name: str, values: list[Register]) -> Register:
    """A built-in of vectors, four lanes at a time: of eight doubles it is wrong in some drivers (`runtime.quirks`)."""
    kind, lanes = values[0].kind, values[0].lanes
    if lanes <= 4:
        return Register(f"{name}({', '.join(v.text for v in values)})", kind, lanes)
    atoms = [e.writer.let(v) for v in values]
    calls = []
    for first in range(0, lanes, 4):
        places = "".join(f"{k:x}" for k in range(first, first + 4))
        calls.append(f"{name}({', '.join(f'{atom.text}.s{places}' for atom in atoms)})")
    return Register(f"(({spell(kind, lanes)})({', '.join(calls)}))", kind, lanes)


def _of_longs(name: str) -> Function:
    """A function of integers (`integers.cl`), computed in 64 bits."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        e.writer.need("integers")
        wide = e.writer.lanewise(f"{name}_long", e.aligned(operands, "long"), "long")
        return e.writer.convert(wide, e.common_kind(*operands))

    return apply


def _own(stem: str, name: str) -> Function:
    """A scalar function of a prelude, lane by lane, computed in float or double."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        kind = e.float_kind(*operands)
        e.writer.need(f"{stem}_double" if kind == "double" else stem)
        return e.writer.lanewise(f"{name}_{kind}", e.aligned(operands, kind), kind)

    return apply


def _either(stem: str, name: str) -> Function:
    """`_own`, of a prelude that has one text for float and double."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        kind = e.float_kind(*operands)
        e.writer.need(f"{stem}_double" if kind == "double" else stem, 1)
        return e.writer.lanewise(f"{name}_{kind}", e.aligned(operands, kind), kind)

    return apply


def _sampled(name: str) -> Function:
    """A random number of a distribution: parameters, then a key of random bits (`samples.cl`)."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        *numbers, key = operands
        kind = e.float_kind(*numbers)
        e.writer.need("philox", 1)
        e.writer.need("samples_double" if kind == "double" else "samples", 1)
        return e.writer.lanewise(f"{name}_{kind}", [*e.aligned(numbers, kind), e.value(key, "long")], kind)

    return apply


def _slope(e: Expression, operands: list[Operand]) -> Operand:
    e.writer.need("philox", 1)
    return _either("samples", "gamma_slope")(e, operands)


def _class_count(e: Expression, operands: list[Operand]) -> Register:
    """1 for a class, 0 for the ignored one; any other number is reported (`fault.cl`)."""
    e.writer.need("fault")
    return e.writer.lanewise("class_count", [Register("fault", "int", 1), *e.aligned(operands, "long")], "long")


def _test(symbol: str) -> Function:
    """A test of floating-point values for NaN or infinity; integers are always finite."""

    def apply(e: Expression, operands: list[Operand]) -> Operand:
        only = operands[0]
        if isinstance(only, Literal) or not is_float(only.kind):
            return Literal(symbol == "finite")
        x = e.writer.let(only)
        texts = {
            "nan": f"({x.text} != {x.text})",
            "inf": f"(fabs({x.text}) == {literal(float('inf'), x.kind)})",
            "finite": f"(fabs({x.text}) < {literal(float('inf'), x.kind)})",
        }
        return Register(texts[symbol], "mask", x.lanes, 8 * SIZE[x.kind])

    return apply


def _absolute(e: Expression, operands: list[Operand]) -> Operand:
    only = operands[0]
    if isinstance(only, Literal):
        return Literal(abs(only.number))
    if is_float(only.kind):
        return Register(f"fabs({only.text})", only.kind, only.lanes)
    return only if only.kind in (*UNSIGNED_KINDS, "mask") else e.expand("where(x < 0, -x, x)", x=only)


def _random(name: str) -> Function:
    """Random words, or numbers made of them: a function of the element's counter and of the seed (`philox.cl`)."""

    def apply(e: Expression, operands: list[Operand]) -> Register:
        writer = e.writer
        counter, seed = (e.value(o, "long") for o in operands)
        lanes = counter.lanes
        if seed.lanes != 1:
            raise SyntaxError("the seed of random numbers is one number, not one per element")
        writer.need("philox", lanes)
        double = name in ("uniform", "normal") and e.dtype is dtypes.float64
        if double:
            writer.need("philox_double", lanes)
        ulong = f"as_{spell('ulong', lanes)}({counter.text})"
        call = f"(({ulong}), (ulong)({seed.text})"
        if name == "uniform" and not double:
            bits = {dtypes.float16: 11, dtypes.bfloat16: 8}.get(e.dtype, 24)
            return Register(f"uniform_{spell('float', lanes)}{call}, {bits})", "float", lanes)
        kind = {"bits32": "int", "bits64": "long"}.get(name, "double" if double else "float")
        return Register(f"{name}_{spell(kind, lanes)}{call})", kind, lanes)

    return apply


def _defined(stem: str) -> list[str]:
    """The functions of a prelude that expressions may call: those of floating-point numbers alone; helpers begin with ``_``."""
    return re.findall(r"^static FLOAT ([a-z]\w*)_FLOAT\((?:const FLOAT \w+(?:, )?)+\)", prelude(stem), re.MULTILINE)


FROM_TEXTS = {name: stem for stem in "airy bessel frexp gamma polynomials".split() for name in _defined(stem)}
"""Functions that a prelude with one text for float and double defines: a new one is its text there, and nothing else."""
OWN_MATH = frozenset("exp log sin cos tan tanh erf".split())
POWERS: dict[complex, str] = {2: "square", 3: "cube", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal", 1: "identity"}
_BUILTINS = (
    "exp exp2 log log2 log10 log1p expm1 sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc "
    "lgamma hypot copysign nextafter fmin fmax"
).split()

FUNCTIONS: dict[str, Function] = {name: builtin(name) for name in _BUILTINS} | {
    "rsqrt": composed("x", "1 / sqrt(x)"),
    "reciprocal": composed("x", "1 / x"),
    "square": composed("x", "x * x", integers=True),
    "cube": composed("x", "x * x * x", integers=True),
    "identity": composed("x", "x", integers=True),
    "sigmoid": composed("x", "1 / (1 + exp(-x))"),
    "logaddexp2": composed(
        "a b", "where((a == b) & isinf(a), a, maximum(a, b) + 1.4426950408889634 * log1p(exp2(-abs(a - b))))"
    ),
    "logaddexp": composed("a b", "where((a == b) & isinf(a), a, maximum(a, b) + log1p(exp(-abs(a - b))))"),
    "lerp": composed("a b weight", "where(abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight))"),
    "clamp": composed("x low high", "minimum(maximum(x, low), high)", integers=True),
    "sign": composed("x", "where(x > 0, 1, where(x < 0, -1, 0))", integers=True),
    "sgn": composed("x", "where(x > 0, 1, where(x < 0, -1, 0))", integers=True),
    "floor": _rounding("floor"),
    "ceil": _rounding("ceil"),
    "trunc": _rounding("trunc"),
    "round": _rounding("rint"),
    "fmod": _division("fmod"),
    "remainder": _division("remainder"),
    "floor_divide": _division("floor_divide"),
    "trunc_divide": _division("trunc_divide"),
    "maximum": _extreme(">=", "max", ast.BitOr),
    "minimum": _extreme("<=", "min", ast.BitAnd),
    "pow": _power,
    "erfinv": _own("special", "erfinv"),
    "digamma": _own("special", "digamma"),
    "gcd": _of_longs("gcd"),
    "lcm": _of_longs("lcm"),
    **{name: _either(stem, name) for name, stem in FROM_TEXTS.items()},
    "class_count": _class_count,
    **{name: _sampled(name) for name in "gamma_sample poisson_sample binomial_sample von_mises_sample".split()},
    "gamma_slope": _slope,
    "isnan": _test("nan"),
    "isinf": _test("inf"),
    "isfinite": _test("finite"),
    "abs": _absolute,
    "where": lambda e, operands: e.where(*operands),
    "uniform": _random("uniform"),
    "normal": _random("normal"),
    "bits32": _random("bits32"),
    "bits64": _random("bits64"),
    "real": lambda e, operands: operands[0],
    "imag": lambda e, operands: Literal(0),
    "conj": lambda e, operands: operands[0],
    "angle": composed("x", "where(x != x, x, where(x < 0, 3.141592653589793, 0.0))"),
    "complex": lambda e, operands: e.writer.pair(*e.aligned(operands, e.float_kind(*operands))),
}
