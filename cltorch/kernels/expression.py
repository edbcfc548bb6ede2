"""Expressions in Python's syntax, as op rows write them (``where(x > 0, x, exp(x) - 1)``), to OpenCL C for scalars or vectors.

Operators: ``+ - * / // % **``, comparisons, ``& | ^ ~ << >>``, ``and or not``, ``a if c else b``. Functions are the keys of
`FUNCTIONS`. Semantics are PyTorch's: integers wrap around, ``/`` divides truly, ``//`` and ``%`` follow the divisor's sign,
on booleans ``+`` is *or* and ``*`` is *and*, maximum and minimum pass NaN on. A division of integers by zero is defined
(the divisor counts as 1) because a driver may trap.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache, reduce

from .. import dtypes
from ..dtypes import dtype as DType
from .registers import SIZE, UNSIGNED, Literal, Value, Writer, is_float, kind_of, literal, spell

Operand = Value | Literal

_ARITHMETIC: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_BITWISE: dict[type[ast.AST], str] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
_COMPARE: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_FOLD: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_RANK = {kind: rank for rank, kind in enumerate(("mask", "uchar", "char", "short", "int", "long", "float", "double"))}


@cache
def parse(expr: str) -> ast.expr:
    """The syntax tree of an expression; `SyntaxError` where it has none."""
    return ast.parse(expr.strip(), mode="eval").body


@cache
def names_of(expr: str) -> frozenset[str]:
    """The names that an expression reads, functions apart."""
    tree = parse(expr)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called)


def compile_expression(expr: str, bindings: Mapping[str, Value], dtype: DType, writer: Writer) -> Value:
    """The value of ``expr`` as dtype ``dtype``; statements that it needs are added to ``writer``."""
    result = Expression(bindings, dtype, writer).visit(parse(expr))
    if isinstance(result, Literal):
        return writer.cast(writer.constant(result.number, kind_of(dtype)), None, dtype)
    return writer.cast(result, None, dtype)


class Expression:
    """One expression being compiled. ``dtype`` is that of its result; functions use it where operands do not decide."""

    def __init__(self, bindings: Mapping[str, Value], dtype: DType, writer: Writer) -> None:
        self.bindings = bindings
        self.dtype = dtype
        self.writer = writer

    def visit(self, node: ast.expr) -> Operand:
        """The operand that a piece of syntax stands for."""
        match node:
            case ast.Constant(value=bool() | int() | float() as number):
                return Literal(number)
            case ast.Name(id="inf" | "nan" as name):
                return Literal(float(name))
            case ast.Name(id=name) if name in self.bindings:
                return self.bindings[name]
            case ast.BinOp():
                return self.binary(type(node.op), self.visit(node.left), self.visit(node.right))
            case ast.UnaryOp():
                return self.unary(type(node.op), self.visit(node.operand))
            case ast.Compare():
                return self.comparison(node)
            case ast.BoolOp():
                symbol: type[ast.AST] = ast.BitAnd if isinstance(node.op, ast.And) else ast.BitOr
                return reduce(lambda a, b: self.bitwise(symbol, a, b), [self.truth(self.visit(v)) for v in node.values])
            case ast.IfExp():
                return self.where(self.visit(node.test), self.visit(node.body), self.visit(node.orelse))
            case ast.Call(func=ast.Name(id=name)):
                return self.call(name, [self.visit(argument) for argument in node.args])
        raise SyntaxError(f"not part of an expression: {ast.unparse(node)}")

    # --- operands ----------------------------------------------------------------------------------------------------

    def value(self, operand: Operand, kind: str) -> Value:
        """The operand in a given kind."""
        if isinstance(operand, Literal):
            return self.writer.constant(operand.number, kind)
        return self.writer.convert(operand, kind)

    def truth(self, operand: Operand) -> Value:
        """The operand as a mask."""
        return self.writer.truth(self.value(operand, "mask") if isinstance(operand, Literal) else operand)

    def common_kind(self, *operands: Operand) -> str:
        """The kind in which operands of several kinds meet."""
        kinds = {o.kind for o in operands if isinstance(o, Value)}
        numbers = [o.number for o in operands if isinstance(o, Literal)]
        kind = max(kinds, key=_RANK.__getitem__) if kinds else "mask"
        if kinds >= {"uchar", "char"} and kind == "char":
            kind = "short"
        if not is_float(kind) and any(isinstance(n, float) for n in numbers):
            return self.float_kind()
        if kind == "mask" and any(not isinstance(n, bool) for n in numbers):
            return "long" if self.dtype is dtypes.bool else kind_of(self.dtype)
        return kind

    def float_kind(self, *operands: Operand) -> str:
        """The floating-point kind for operands that may be integers: double only where it is asked for."""
        kinds = [o.kind for o in operands if isinstance(o, Value) and is_float(o.kind)]
        if kinds:
            return "double" if "double" in kinds else "float"
        return "double" if self.dtype is dtypes.float64 else "float"

    def aligned(self, operands: list[Operand], kind: str) -> list[Value]:
        """The operands in one kind and with the same number of lanes; masks with the same bits."""
        values = [self.value(o, kind) for o in operands]
        lanes = max(v.lanes for v in values)
        if kind == "mask" and lanes > 1:
            bits = max(v.bits for v in values if v.lanes > 1)
            return [self.writer.mask(self.writer.widen(v, lanes), bits) for v in values]
        return [self.writer.widen(v, lanes) for v in values]

    def atoms(self, operands: list[Operand], kind: str) -> list[Value]:
        """Like `aligned`, under names, so that their texts may be repeated."""
        return [self.writer.let(v) for v in self.aligned(operands, kind)]

    # --- operators ---------------------------------------------------------------------------------------------------

    def binary(self, op: type[ast.AST], a: Operand, b: Operand) -> Operand:
        """``a op b``."""
        if isinstance(a, Literal) and isinstance(b, Literal):
            return Literal(_FOLD[op](a.number, b.number))
        if op in _ARITHMETIC:
            return self.arithmetic(_ARITHMETIC[op], a, b)
        if op in _BITWISE:
            return self.bitwise(op, a, b)
        if op is ast.Div:
            x, y = self.aligned([a, b], self.float_kind(a, b))
            return Value(f"({x.text} / {y.text})", x.kind, x.lanes)
        if op in (ast.LShift, ast.RShift):
            return self.shift(op is ast.LShift, a, b)
        names: dict[type[ast.AST], str] = {ast.FloorDiv: "floor_divide", ast.Mod: "remainder", ast.Pow: "pow"}
        return self.call(names[op], [a, b])

    def arithmetic(self, symbol: str, a: Operand, b: Operand) -> Value:
        """Sum, difference or product. Signed integers go through unsigned ones, which wrap around by definition."""
        kind = self.common_kind(a, b)
        if kind == "mask":
            return self.bitwise({"+": ast.BitOr, "-": ast.BitXor, "*": ast.BitAnd}[symbol], a, b)
        x, y = self.aligned([a, b], kind)
        if is_float(kind):
            return Value(f"({x.text} {symbol} {y.text})", kind, x.lanes)
        if x.lanes == 1:
            wide = "ulong" if kind == "long" else "uint"
            return Value(f"(({kind})(({wide})({x.text}) {symbol} ({wide})({y.text})))", kind, 1)
        if kind == "uchar":
            return Value(f"({x.text} {symbol} {y.text})", kind, x.lanes)
        free = f"as_{spell(UNSIGNED[kind], x.lanes)}"
        return Value(f"as_{spell(kind, x.lanes)}({free}({x.text}) {symbol} {free}({y.text}))", kind, x.lanes)

    def bitwise(self, op: type[ast.AST], a: Operand, b: Operand) -> Value:
        """And, or, exclusive or: of integers, and of booleans as 0 and 1."""
        kind = self.common_kind(a, b)
        x, y = self.aligned([a, b], kind)
        text = f"({x.text} {_BITWISE[op]} {y.text})"
        if x.lanes == 1 and kind in SIZE and SIZE[kind] < 4:
            text = f"(({kind}){text})"
        return Value(text, kind, x.lanes, x.bits)

    def shift(self, left: bool, a: Operand, b: Operand) -> Value:
        """Shifts by less than 0 or by all bits and more give 0, to the right -1 where the number is negative."""
        kind = self.common_kind(a, b)
        x, y = self.atoms([a, b], kind)
        bits = 8 * SIZE[kind]
        inside = self.binary(
            ast.BitAnd,
            self.compare(">=", y, Literal(0)),
            self.compare("<", y, Literal(bits)),
        )
        amount = self.writer.let(self.where(inside, y, Literal(bits - 1)))
        if left:
            free = spell(UNSIGNED.get(kind, kind), x.lanes)
            text = f"as_{spell(kind, x.lanes)}(({free})(as_{free}({x.text}) << as_{free}({amount.text})))"
            return self.where(inside, Value(text, kind, x.lanes), Literal(0))
        shifted = Value(f"(({spell(kind, x.lanes)})({x.text} >> {amount.text}))", kind, x.lanes)
        if kind == "uchar":
            return self.where(inside, shifted, Literal(0))
        return shifted

    def unary(self, op: type[ast.AST], a: Operand) -> Operand:
        """``-a``, ``+a``, ``~a``, ``not a``."""
        if op is ast.UAdd:
            return a
        if isinstance(a, Literal):
            folds: dict[type[ast.AST], Callable[[float], float]] = {ast.USub: operator.neg, ast.Not: operator.not_}
            return Literal(folds[op](a.number))
        if op is ast.Not or a.kind == "mask":
            return self.negation(self.truth(a))
        if op is ast.Invert:
            text = f"(~{a.text})"
            return Value(f"(({a.kind}){text})" if a.lanes == 1 else text, a.kind, a.lanes)
        if is_float(a.kind):
            return Value(f"(-{a.text})", a.kind, a.lanes)
        return self.arithmetic("-", Literal(0), a)

    def negation(self, mask: Value) -> Value:
        """The opposite of a mask."""
        return Value(f"({'!' if mask.lanes == 1 else '~'}{mask.text})", "mask", mask.lanes, mask.bits)

    def comparison(self, node: ast.Compare) -> Value:
        """``a < b <= c``."""
        operands = [self.visit(n) for n in (node.left, *node.comparators)]
        parts = [
            self.compare(_COMPARE[type(op)], a, b) for op, a, b in zip(node.ops, operands, operands[1:], strict=False)
        ]
        return reduce(lambda a, b: self.bitwise(ast.BitAnd, a, b), parts)

    def compare(self, symbol: str, a: Operand, b: Operand) -> Value:
        """A mask: ``a symbol b``."""
        kind = self.common_kind(a, b)
        x, y = self.aligned([a, b], kind)
        if kind != "mask":
            return Value(f"({x.text} {symbol} {y.text})", "mask", x.lanes, 8 * SIZE[kind])
        x, y = self.writer.let(x), self.writer.let(y)
        text = {
            "==": self.negation(Value(f"({x.text} ^ {y.text})", "mask", x.lanes)).text,
            "!=": f"{x.text} ^ {y.text}",
            "<": f"{self.negation(x).text} & {y.text}",
            "<=": f"{self.negation(x).text} | {y.text}",
            ">": f"{x.text} & {self.negation(y).text}",
            ">=": f"{x.text} | {self.negation(y).text}",
        }[symbol]
        return Value(f"({text})", "mask", x.lanes, x.bits)

    def where(self, condition: Operand, a: Operand, b: Operand) -> Value:
        """``a`` where the condition holds, else ``b``."""
        writer = self.writer
        kind = self.common_kind(a, b)
        if kind == "mask" and isinstance(a, Literal) and isinstance(b, Literal) and self.dtype is not dtypes.bool:
            kind = kind_of(self.dtype)
        mask = self.truth(condition)
        x, y = self.aligned([a, b], kind)
        lanes = max(mask.lanes, x.lanes)
        if kind == "mask" and lanes > 1:
            mask, x, y = self.atoms([mask, x, y], "mask")
            return Value(f"(({mask.text} & {x.text}) | (~{mask.text} & {y.text}))", "mask", lanes, mask.bits)
        if lanes == 1:
            return Value(f"({mask.text} ? {x.text} : {y.text})", kind, 1)
        mask = writer.mask(writer.widen(mask, lanes), 8 * SIZE[kind])
        x, y = writer.widen(x, lanes), writer.widen(y, lanes)
        return Value(f"select({y.text}, {x.text}, {mask.text})", kind, lanes)

    # --- functions ---------------------------------------------------------------------------------------------------

    def call(self, name: str, arguments: list[Operand]) -> Operand:
        """A function applied to operands."""
        function = FUNCTIONS.get(name)
        if function is None:
            raise SyntaxError(f"no such function in an expression: {name}")
        return function(self, arguments)

    def expand(self, expr: str, **bindings: Value) -> Operand:
        """Another expression over values of this one."""
        return Expression({k: self.writer.let(v) for k, v in bindings.items()}, self.dtype, self.writer).visit(
            parse(expr)
        )


Function = Callable[[Expression, list[Operand]], Operand]


def _builtin(name: str) -> Function:
    """A built-in function of OpenCL over floating-point operands."""

    def apply(e: Expression, operands: list[Operand]) -> Value:
        values = e.aligned(operands, e.float_kind(*operands))
        kind, lanes = values[0].kind, values[0].lanes
        if name in OWN_MATH and kind == "float" and lanes > 1:
            e.writer.need("math", lanes)
            return Value(f"own_{name}_{spell(kind, lanes)}({values[0].text})", kind, lanes)
        text = f"{name}({', '.join(v.text for v in values)})"
        return Value(text, kind, lanes)

    return apply


def _rounding(name: str) -> Function:
    """A built-in that leaves integers as they are."""
    builtin = _builtin(name)

    def apply(e: Expression, operands: list[Operand]) -> Operand:
        only = operands[0]
        return only if isinstance(only, Value) and not is_float(only.kind) else builtin(e, operands)

    return apply


def _composed(parameters: str, expr: str, integers: bool = False) -> Function:
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

    def apply(e: Expression, operands: list[Operand]) -> Value:
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

    def apply(e: Expression, operands: list[Operand]) -> Value:
        kind = e.common_kind(*operands)
        if kind == "mask":
            return e.bitwise(on_masks, *operands)
        x, y = e.atoms(operands, kind)
        if not is_float(kind):
            text = f"{builtin}({x.text}, {y.text})"
            return Value(f"(({kind}){text})" if x.lanes == 1 else text, kind, x.lanes)
        both = Value(f"(({x.text} {symbol} {y.text}) | ({x.text} != {x.text}))", "mask", x.lanes, 8 * SIZE[kind])
        return e.where(both, x, y)

    return apply


def _power(e: Expression, operands: list[Operand]) -> Operand:
    base, exponent = operands
    if isinstance(exponent, Literal) and exponent.number in _POWERS:
        return FUNCTIONS[_POWERS[exponent.number]](e, [base])
    kind = e.common_kind(base, exponent)
    if is_float(kind):
        return _builtin("pow")(e, operands)
    e.writer.need("integers")
    wide = e.writer.lanewise("power_long", e.aligned(operands, "long"), "long")
    return e.writer.convert(wide, kind)


def _own(prelude: str, name: str) -> Function:
    """A scalar function of a prelude, lane by lane, computed in float or double."""

    def apply(e: Expression, operands: list[Operand]) -> Value:
        kind = e.float_kind(*operands)
        e.writer.need(f"{prelude}_double" if kind == "double" else prelude)
        return e.writer.lanewise(f"{name}_{kind}", e.aligned(operands, kind), kind)

    return apply


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
        return Value(texts[symbol], "mask", x.lanes, 8 * SIZE[x.kind])

    return apply


def _absolute(e: Expression, operands: list[Operand]) -> Operand:
    only = operands[0]
    if isinstance(only, Literal):
        return Literal(abs(only.number))
    if is_float(only.kind):
        return Value(f"fabs({only.text})", only.kind, only.lanes)
    return only if only.kind in ("uchar", "mask") else e.expand("where(x < 0, -x, x)", x=only)


def _random(name: str) -> Function:
    """Random words, or numbers made of them: a function of the element's counter and of the seed (`philox.cl`)."""

    def apply(e: Expression, operands: list[Operand]) -> Value:
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
            return Value(f"uniform_{spell('float', lanes)}{call}, {bits})", "float", lanes)
        kind = {"bits32": "int", "bits64": "long"}.get(name, "double" if double else "float")
        return Value(f"{name}_{spell(kind, lanes)}{call})", kind, lanes)

    return apply


OWN_MATH = frozenset("exp log sin cos erf".split())
_POWERS = {2: "square", 3: "cube", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal", 1: "identity"}
_BUILTINS = (
    "exp exp2 log log2 log10 log1p expm1 sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc "
    "lgamma hypot copysign nextafter fmin fmax"
).split()

FUNCTIONS: dict[str, Function] = {name: _builtin(name) for name in _BUILTINS} | {
    "rsqrt": _composed("x", "1 / sqrt(x)"),
    "reciprocal": _composed("x", "1 / x"),
    "square": _composed("x", "x * x", integers=True),
    "cube": _composed("x", "x * x * x", integers=True),
    "identity": _composed("x", "x", integers=True),
    "sigmoid": _composed("x", "1 / (1 + exp(-x))"),
    "logaddexp": _composed("a b", "where((a == b) & isinf(a), a, maximum(a, b) + log1p(exp(-abs(a - b))))"),
    "clamp": _composed("x low high", "minimum(maximum(x, low), high)", integers=True),
    "sign": _composed("x", "where(x > 0, 1, where(x < 0, -1, 0))", integers=True),
    "sgn": _composed("x", "where(x > 0, 1, where(x < 0, -1, 0))", integers=True),
    "floor": _rounding("floor"),
    "ceil": _rounding("ceil"),
    "trunc": _rounding("trunc"),
    "round": _rounding("rint"),
    "fmod": _division("fmod"),
    "remainder": _division("remainder"),
    "floor_divide": _division("floor_divide"),
    "trunc_divide": _division("trunc_divide"),
    "maximum": _extreme(">", "max", ast.BitOr),
    "minimum": _extreme("<", "min", ast.BitAnd),
    "pow": _power,
    "erfinv": _own("special", "erfinv"),
    "digamma": _own("special", "digamma"),
    "isnan": _test("nan"),
    "isinf": _test("inf"),
    "isfinite": _test("finite"),
    "abs": _absolute,
    "where": lambda e, operands: e.where(*operands),
    "uniform": _random("uniform"),
    "normal": _random("normal"),
    "bits32": _random("bits32"),
    "bits64": _random("bits64"),
}
