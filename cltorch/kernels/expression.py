"""Expressions in Python's syntax, as op rows write them (``where(x > 0, x, exp(x) - 1)``), to OpenCL C for scalars or vectors.

Operators: ``+ - * / // % **``, comparisons, ``& | ^ ~ << >>``, ``and or not``, ``a if c else b``. Functions are the keys of
`functions.FUNCTIONS`. Semantics are PyTorch's: integers wrap around, ``/`` divides truly, ``//`` and ``%`` follow the divisor's sign,
on booleans ``+`` is *or* and ``*`` is *and*, maximum and minimum pass NaN on. A division of integers by zero is defined
(the divisor counts as 1) because a driver may trap. On complex numbers arithmetic, equality and the functions of
`complex_functions.COMPLEX` are defined; `supports_complex` tells whether an expression asks for no more.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import Any

from .. import dtypes
from ..dtypes import dtype as DType
from .complex_functions import COMPLEX
from .functions import FUNCTIONS, Operand
from .registers import (
    SIZE,
    UNSIGNED,
    UNSIGNED_KINDS,
    Literal,
    Register,
    Writer,
    bits_of,
    is_complex,
    is_float,
    kind_of,
    part_of,
    spell,
)

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
_FOLD: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            "mask",
            "uchar",
            "char",
            "ushort",
            "short",
            "uint",
            "int",
            "ulong",
            "long",
            "float",
            "double",
            "float2",
            "double2",
        )
    )
}


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


@cache
def supports_complex(expr: str) -> bool:
    """Whether an expression is defined for complex numbers."""
    for node in ast.walk(parse(expr)):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                if name not in COMPLEX:
                    return False
            case ast.Compare(left=left, ops=ops, comparators=others):
                ordered = not all(isinstance(op, (ast.Eq, ast.NotEq)) for op in ops)
                if ordered and not all(map(_is_real, (left, *others))):
                    return False
            case ast.BinOp(op=op):
                if not isinstance(op, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)):
                    return False
            case ast.UnaryOp(op=ast.Invert()):
                return False
    return True


def _is_real(node: ast.expr) -> bool:
    """Whether a piece of syntax is real whatever the operands are."""
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("abs", "real", "imag", "angle")
    )


def compile_expression(
    expr: str, bindings: Mapping[str, Register], dtype: DType, writer: Writer, exact: DType | None = None
) -> Register:
    """The value of ``expr`` as dtype ``dtype``; statements that it needs are added to ``writer``.

    ``exact``: a dtype that its values are known to be exact in, as those of a mere operand are; they are not rounded to it again.
    """
    result = Expression(bindings, dtype, writer).visit(parse(expr))
    if isinstance(result, Literal):
        return writer.cast(writer.constant(result.number, kind_of(dtype)), None, dtype)
    return writer.cast(result, exact, dtype)


class Expression:
    """One expression being compiled. ``dtype`` is that of its result; functions use it where operands do not decide."""

    def __init__(self, bindings: Mapping[str, Register], dtype: DType, writer: Writer) -> None:
        self.bindings = bindings
        self.dtype = dtype
        self.writer = writer

    def visit(self, node: ast.expr) -> Operand:
        """The operand that a piece of syntax stands for."""
        match node:
            case ast.Constant(value=bool() | int() | float() | complex() as number):
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

    def value(self, operand: Operand, kind: str) -> Register:
        """The operand in a given kind."""
        if isinstance(operand, Literal):
            return self.writer.constant(operand.number, kind)
        return self.writer.convert(operand, kind)

    def truth(self, operand: Operand) -> Register:
        """The operand as a mask."""
        return self.writer.truth(self.value(operand, "mask") if isinstance(operand, Literal) else operand)

    def common_kind(self, *operands: Operand) -> str:
        """The kind in which operands of several kinds meet."""
        kinds = {o.kind for o in operands if isinstance(o, Register)}
        numbers = [o.number for o in operands if isinstance(o, Literal)]
        kind = max(kinds, key=_RANK.__getitem__) if kinds else "mask"
        if kinds >= {"uchar", "char"} and kind == "char":
            kind = "short"
        if is_complex(kind):
            return self.float_kind(*operands)
        if any(isinstance(n, complex) for n in numbers):
            return f"{self.float_kind(*operands)}2"
        if not is_float(kind) and any(isinstance(n, float) for n in numbers):
            return self.float_kind()
        if kind == "mask" and any(not isinstance(n, bool) for n in numbers):
            return "long" if self.dtype is dtypes.bool else kind_of(self.dtype)
        return kind

    def float_kind(self, *operands: Operand) -> str:
        """The floating-point or complex kind for operands that may be integers: double only where it is asked for."""
        kinds = [o.kind for o in operands if isinstance(o, Register) and (is_float(o.kind) or is_complex(o.kind))]
        if kinds:
            part = "double" if "double" in map(part_of, kinds) else "float"
            return f"{part}2" if any(map(is_complex, kinds)) else part
        return "double" if self.dtype in (dtypes.float64, dtypes.complex128) else "float"

    def aligned(self, operands: list[Operand], kind: str) -> list[Register]:
        """The operands in one kind and with the same number of lanes; masks with the same bits."""
        values = [self.value(o, kind) for o in operands]
        lanes = max(v.lanes for v in values)
        if kind == "mask" and lanes > 1:
            bits = max(v.bits for v in values if v.lanes > 1)
            return [self.writer.mask(self.writer.widen(v, lanes), bits) for v in values]
        return [self.writer.widen(v, lanes) for v in values]

    def atoms(self, operands: list[Operand], kind: str) -> list[Register]:
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
            if is_complex(x.kind):
                return self.complex_call("div", [x, y])
            return Register(f"({x.text} / {y.text})", x.kind, x.lanes)
        if op in (ast.LShift, ast.RShift):
            return self.shift(op is ast.LShift, a, b)
        names: dict[type[ast.AST], str] = {ast.FloorDiv: "floor_divide", ast.Mod: "remainder", ast.Pow: "pow"}
        return self.call(names[op], [a, b])

    def arithmetic(self, symbol: str, a: Operand, b: Operand) -> Register:
        """Sum, difference or product. Signed integers go through unsigned ones, which wrap around by definition."""
        kind = self.common_kind(a, b)
        if kind == "mask":
            return self.bitwise({"+": ast.BitOr, "-": ast.BitXor, "*": ast.BitAnd}[symbol], a, b)
        x, y = self.aligned([a, b], kind)
        if is_complex(kind) and symbol == "*":
            return self.complex_call("mul", [x, y])
        if is_float(kind) or is_complex(kind):
            return Register(f"({x.text} {symbol} {y.text})", kind, x.lanes)
        if x.lanes == 1:
            wide = "ulong" if SIZE[kind] == 8 else "uint"
            return Register(f"(({kind})(({wide})({x.text}) {symbol} ({wide})({y.text})))", kind, 1)
        if kind in UNSIGNED_KINDS:
            return Register(f"({x.text} {symbol} {y.text})", kind, x.lanes)
        free = f"as_{spell(UNSIGNED[kind], x.lanes)}"
        return Register(f"as_{spell(kind, x.lanes)}({free}({x.text}) {symbol} {free}({y.text}))", kind, x.lanes)

    def bitwise(self, op: type[ast.AST], a: Operand, b: Operand) -> Register:
        """And, or, exclusive or: of integers, and of booleans as 0 and 1."""
        kind = self.common_kind(a, b)
        x, y = self.aligned([a, b], kind)
        text = f"({x.text} {_BITWISE[op]} {y.text})"
        if x.lanes == 1 and kind in SIZE and SIZE[kind] < 4:
            text = f"(({kind}){text})"
        return Register(text, kind, x.lanes, x.bits)

    def shift(self, left: bool, a: Operand, b: Operand) -> Register:
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
            return self.where(inside, Register(text, kind, x.lanes), Literal(0))
        shifted = Register(f"(({spell(kind, x.lanes)})({x.text} >> {amount.text}))", kind, x.lanes)
        if kind in UNSIGNED_KINDS:
            return self.where(inside, shifted, Literal(0))
        return shifted

    def unary(self, op: type[ast.AST], a: Operand) -> Operand:
        """``-a``, ``+a``, ``~a``, ``not a``."""
        if op is ast.UAdd:
            return a
        if isinstance(a, Literal):
            folds: dict[type[ast.AST], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.Not: operator.not_}
            return Literal(folds[op](a.number))
        if op is ast.Not or a.kind == "mask":
            return self.negation(self.truth(a))
        if op is ast.Invert:
            text = f"(~{a.text})"
            return Register(f"(({a.kind}){text})" if a.lanes == 1 else text, a.kind, a.lanes)
        if is_float(a.kind) or is_complex(a.kind):
            return Register(f"(-{a.text})", a.kind, a.lanes)
        return self.arithmetic("-", Literal(0), a)

    def negation(self, mask: Register) -> Register:
        """The opposite of a mask."""
        return Register(f"({'!' if mask.lanes == 1 else '~'}{mask.text})", "mask", mask.lanes, mask.bits)

    def comparison(self, node: ast.Compare) -> Register:
        """``a < b <= c``."""
        operands = [self.visit(n) for n in (node.left, *node.comparators)]
        parts = [
            self.compare(_COMPARE[type(op)], a, b) for op, a, b in zip(node.ops, operands, operands[1:], strict=False)
        ]
        return reduce(lambda a, b: self.bitwise(ast.BitAnd, a, b), parts)

    def compare(self, symbol: str, a: Operand, b: Operand) -> Register:
        """A mask: ``a symbol b``."""
        kind = self.common_kind(a, b)
        x, y = self.aligned([a, b], kind)
        if is_complex(kind):
            return self.compare_complex(symbol, x, y)
        if kind != "mask":
            return Register(f"({x.text} {symbol} {y.text})", "mask", x.lanes, 8 * SIZE[kind])
        x, y = self.writer.let(x), self.writer.let(y)
        text = {
            "==": self.negation(Register(f"({x.text} ^ {y.text})", "mask", x.lanes)).text,
            "!=": f"{x.text} ^ {y.text}",
            "<": f"{self.negation(x).text} & {y.text}",
            "<=": f"{self.negation(x).text} | {y.text}",
            ">": f"{x.text} & {self.negation(y).text}",
            ">=": f"{x.text} | {self.negation(y).text}",
        }[symbol]
        return Register(f"({text})", "mask", x.lanes, x.bits)

    def compare_complex(self, symbol: str, a: Register, b: Register) -> Register:
        """A mask: whether both parts are equal, or one is not."""
        join = {"==": "&", "!=": "|"}.get(symbol)
        if join is None:
            raise SyntaxError(f"complex numbers have no order: {symbol}")
        parts = zip(self.writer.parts(a), self.writer.parts(b), strict=True)
        texts = [f"({x.text} {symbol} {y.text})" for x, y in parts]
        return Register(f"({texts[0]} {join} {texts[1]})", "mask", a.lanes, bits_of(a.kind))

    def complex_call(self, name: str, values: list[Register], kind: str = "") -> Register:
        """A function of `complex.cl` on complex numbers of one kind and number of lanes; the result's kind is theirs unless
        it is given."""
        z = values[0]
        self.writer.need_complex("complex", z.kind, z.lanes)
        text = f"c_{name}_{spell(z.kind, z.lanes)}({', '.join(v.text for v in values)})"
        return Register(text, kind or z.kind, z.lanes)

    def where(self, condition: Operand, a: Operand, b: Operand) -> Register:
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
            return Register(f"(({mask.text} & {x.text}) | (~{mask.text} & {y.text}))", "mask", lanes, mask.bits)
        return writer.select(writer.widen(mask, lanes), writer.widen(x, lanes), writer.widen(y, lanes))

    # --- functions ---------------------------------------------------------------------------------------------------

    def call(self, name: str, arguments: list[Operand]) -> Operand:
        """A function applied to operands."""
        function = FUNCTIONS.get(name)
        if function is None:
            raise SyntaxError(f"no such function in an expression: {name}")
        if any(isinstance(a, Register) and is_complex(a.kind) for a in arguments):
            function = COMPLEX.get(name)
            if function is None:
                raise SyntaxError(f"no such function of complex numbers: {name}")
        return function(self, arguments)

    def expand(self, expr: str, **bindings: Register) -> Operand:
        """Another expression over values of this one."""
        return Expression({k: self.writer.let(v) for k, v in bindings.items()}, self.dtype, self.writer).visit(
            parse(expr)
        )
