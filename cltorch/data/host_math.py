"""Expressions of op rows on the host: Python's syntax over NumPy's functions.

The same text that `kernels.expression` writes OpenCL C from. Each is compiled once; its names are arrays and numbers.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from .. import dtypes

_WORD = (1 << 32) - 1
AHEAD = 256  # random numbers that are made at once where one is asked for
_FRACTION = {dtypes.float16: 11, dtypes.bfloat16: 8}  # bits of uniform numbers

Numbers = Any  # an array, or a number
Words = tuple[np.ndarray, np.ndarray]  # 32 bits each, as uint64


def _is_bool(*operands: Numbers) -> bool:
    return all(isinstance(x, (bool, np.bool_)) or getattr(x, "dtype", None) == np.bool_ for x in operands)


def _is_integer(*operands: Numbers) -> bool:
    return all(np.result_type(x).kind in "biu" for x in operands)


def _subtract(a: Numbers, b: Numbers) -> Numbers:
    try:
        return np.subtract(a, b)
    except TypeError:  # of two bools
        return a ^ b


def _negative(a: Numbers) -> Numbers:
    return ~np.asarray(a) if _is_bool(a) else -a


def _sign(a: Numbers) -> Numbers:
    return a if _is_bool(a) else np.sign(a)


def _safe(b: Numbers) -> Numbers:
    """A divisor of integers, 1 in the place of 0."""
    return np.where(np.equal(b, 0), np.asarray(1, np.result_type(b)), b)


def _dividing(function: Callable[..., Numbers]) -> Callable[..., Numbers]:
    def divide(a: Numbers, b: Numbers) -> Numbers:
        return function(a, _safe(b) if _is_integer(a, b) else b)

    return divide


def _truncated(a: Numbers, b: Numbers) -> Numbers:
    if not _is_integer(a, b):
        return np.trunc(np.divide(a, b))
    b = _safe(b)
    return (a - np.fmod(a, b)) // b


def _power(a: Numbers, b: Numbers) -> Numbers:
    if not _is_integer(a, b):
        return np.power(a, b)
    if np.all(np.greater_equal(b, 0)):
        return np.power(a, b)
    whole = np.power(a, np.maximum(b, 0))
    odd = np.where(np.equal(np.bitwise_and(b, 1), 1), -1, 1)
    return np.where(np.greater_equal(b, 0) | np.equal(a, 1), whole, np.where(np.equal(a, -1), odd, 0))


def _shifted(function: Callable[..., Numbers]) -> Callable[..., Numbers]:
    """A shift; by less than 0 or by all bits and more it gives 0, to the right -1 where the number is negative."""

    def shift(a: Numbers, b: Numbers) -> Numbers:
        bits = 8 * np.result_type(a).itemsize
        inside = np.greater_equal(b, 0) & np.less(b, bits)
        outside = np.minimum(a, 0) >> (bits - 1) if function is np.right_shift else 0
        return np.where(inside, function(a, np.where(inside, b, 0)), outside)

    return shift


def _sigmoid(x: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-x))


def _lerp(a: Numbers, b: Numbers, weight: Numbers) -> Numbers:
    return np.where(np.abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight))


def _angle(x: Numbers) -> Numbers:
    return np.where(np.isnan(x), x, np.angle(x))


def _one_by_one(function: Callable[[float], float]) -> Callable[[Numbers], Numbers]:
    """A function of Python's ``math`` over arrays."""
    over = np.frompyfunc(function, 1, 1)

    def apply(x: Numbers) -> Numbers:
        kind = np.result_type(x, np.float32)
        return np.asarray(over(np.asarray(x, np.float64)), np.float64).astype(kind)

    return apply


def _log_gamma(x: float) -> float:
    if x != x or math.isinf(x) or (x <= 0 and x == int(x)):
        return x if x != x else math.inf
    return math.lgamma(x)


# --- random numbers -------------------------------------------------------------------------------------------------------


def _words(counter: np.ndarray, seed: int) -> Words:
    """The first two words of Philox-4x32-10 (`prelude/philox.cl`) for an array of counters, as uint64."""
    seed &= (1 << 64) - 1
    if counter.size == 1:  # programs draw one number after another
        block, at = divmod(counter.item(), AHEAD)
        first, second = _block(block, seed)
        return first[at : at + 1].reshape(counter.shape), second[at : at + 1].reshape(counter.shape)
    free = counter.astype(np.uint64)
    low, half = np.uint64(_WORD), np.uint64(32)
    c0, c1 = free & low, free >> half
    c2 = c3 = np.zeros_like(free)
    k0, k1 = seed & _WORD, seed >> 32
    for _ in range(10):
        first, second = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1 = (second >> half) ^ c1 ^ np.uint64(k0), second & low
        c2, c3 = (first >> half) ^ c3 ^ np.uint64(k1), first & low
        k0, k1 = (k0 + 0x9E3779B9) & _WORD, (k1 + 0xBB67AE85) & _WORD
    return c0, c1


@lru_cache(maxsize=4)
def _block(number: int, seed: int) -> Words:
    """The words of `AHEAD` counters, from ``number * AHEAD`` on."""
    return _words(np.arange(number * AHEAD, (number + 1) * AHEAD, dtype=np.int64), seed)


def _joined(words: Words) -> np.ndarray:
    first, second = words
    return ((second << np.uint64(32)) | first).view(np.int64)


def _fractions(dtype: dtypes.dtype, words: Words) -> np.ndarray:
    """Uniform numbers."""
    if dtype is dtypes.float64:
        return (_joined(words).view(np.uint64) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    bits = _FRACTION.get(dtype, 24)
    return (words[0] >> np.uint64(32 - bits)).astype(np.float32) * np.float32(2.0**-bits)


def _bell(dtype: dtypes.dtype, words: Words) -> np.ndarray:
    """Normally distributed numbers."""
    first, second = words
    if dtype is dtypes.float64:
        radius, angle = (first + 1.0) * 2.0**-32, second * 1.4629180792671596e-09
    else:
        radius = (first.astype(np.float32) + np.float32(1)) * np.float32(2.0**-32)
        angle = (second >> np.uint64(8)).astype(np.float32) * np.float32(3.7450702829239286e-07)
    return np.sqrt(-2 * np.log(radius)) * np.cos(angle)


def _bits32(counter: Numbers, seed: Numbers) -> np.ndarray:
    return _words(np.asarray(counter), int(seed))[0].astype(np.uint32).view(np.int32)


def _bits64(counter: Numbers, seed: Numbers) -> np.ndarray:
    return _joined(_words(np.asarray(counter), int(seed)))


def _uniform(dtype: dtypes.dtype, counter: Numbers, seed: Numbers) -> np.ndarray:
    return _fractions(dtype, _words(np.asarray(counter), int(seed)))


def _normal(dtype: dtypes.dtype, counter: Numbers, seed: Numbers) -> np.ndarray:
    return _bell(dtype, _words(np.asarray(counter), int(seed)))


def _spread(dtype: dtypes.dtype, words: Words, span: Numbers, low: Numbers) -> np.ndarray:
    return _fractions(dtype, words) * dtype.np.type(span) + dtype.np.type(low)


DRAWN: dict[str, Callable[..., np.ndarray]] = {
    "uniform(i + start, seed)": _fractions,
    "normal(i + start, seed)": _bell,
    "uniform(i + start, seed) * span + low": _spread,
    "bits64(i + start, seed) % span + low": lambda dtype, words, span, low: _joined(words) % span + low,
}
"""The expressions of random numbers (`ops.layout.random_record`), from a result's dtype and words."""


@lru_cache(maxsize=64)
def ahead(expr: str, dtype: dtypes.dtype, seed: int, block: int, *bounds: int) -> np.ndarray:
    """The random numbers of the counters from ``block * AHEAD`` on, of which one after another is asked for."""
    return DRAWN[expr](dtype, _block(block, seed), *bounds).astype(dtype.np)


# --- expressions ----------------------------------------------------------------------------------------------------------

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Sub: "subtract",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "pow",
    ast.Div: "divide",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}

_SAME = (
    "exp exp2 log log2 log10 log1p expm1 sqrt sin cos tan sinh cosh tanh hypot copysign nextafter fmin fmax square floor ceil trunc "
    "maximum minimum isnan isinf isfinite real imag conj abs where logaddexp logaddexp2 gcd lcm divide "
    "add multiply less less_equal greater greater_equal equal not_equal"
).split()
_FUNCTIONS: dict[str, Callable[..., Numbers]] = {name: getattr(np, name) for name in _SAME} | {
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "round": np.rint,
    "sign": _sign,
    "sgn": _sign,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "cube": lambda x: x * x * x,
    "identity": lambda x: x,
    "sigmoid": _sigmoid,
    "lerp": _lerp,
    "clamp": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "angle": _angle,
    "complex": lambda a, b: a + b * np.complex64(1j),
    "erf": _one_by_one(math.erf),
    "erfc": _one_by_one(math.erfc),
    "lgamma": _one_by_one(_log_gamma),
    "subtract": _subtract,
    "negative": _negative,
    "remainder": _dividing(np.remainder),
    "fmod": _dividing(np.fmod),
    "floor_divide": _dividing(np.floor_divide),
    "trunc_divide": _truncated,
    "pow": _power,
    "lshift": _shifted(np.left_shift),
    "rshift": _shifted(np.right_shift),
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_not": np.logical_not,
    "bits32": _bits32,
    "bits64": _bits64,
    "inf": math.inf,  # type: ignore[dict-item]
    "nan": math.nan,  # type: ignore[dict-item]
}


class _ToNumPy(ast.NodeTransformer):
    """Puts functions in the place of what NumPy's arrays mean otherwise by Python's operators."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        name = _OPERATORS.get(type(node.op))
        return ast.BinOp(left, node.op, right) if name is None else _call(name, left, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.Invert) or isinstance(operand, ast.Constant):
            return ast.UnaryOp(node.op, operand)
        return _call("logical_not" if isinstance(node.op, ast.Not) else "negative", operand)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        name = "logical_and" if isinstance(node.op, ast.And) else "logical_or"
        first, *rest = [self.visit(value) for value in node.values]
        for value in rest:
            first = _call(name, first, value)
        return first

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        operands = [self.visit(n) for n in (node.left, *node.comparators)]
        tests: list[ast.expr] = [ast.Compare(a, [op], [b]) for a, op, b in zip(operands, node.ops, operands[1:])]
        first, *rest = tests
        for test in rest:
            first = _call("logical_and", first, test)
        return first

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return _call("where", self.visit(node.test), self.visit(node.body), self.visit(node.orelse))


def _call(name: str, *operands: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(operands), [])


@cache
def spelled(expr: str) -> str:
    """The expression over `functions`. NotImplementedError for a function that NumPy lacks."""
    tree = ast.parse(expr.strip(), mode="eval")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id not in (*_FUNCTIONS, *_RANDOM)
        ):
            raise NotImplementedError(f"{node.func.id} is computed on devices alone")
    return ast.unparse(ast.fix_missing_locations(_ToNumPy().visit(tree.body)))


_RANDOM: dict[str, Callable[..., Numbers]] = {"uniform": _uniform, "normal": _normal}


def functions(dtype: dtypes.dtype, has_bools: bool) -> dict[str, Any]:
    """The functions of expressions for results of ``dtype``, by name. Only where an operand may be a bool are they asked whether it is."""
    found: dict[str, Any] = _FUNCTIONS | {name: partial(random, dtype) for name, random in _RANDOM.items()}
    return found if has_bools else found | {"subtract": np.subtract, "negative": np.negative}


@cache
def called(expr: str) -> tuple[str, ...]:
    """The functions in `spelled`."""
    nodes = ast.walk(ast.parse(spelled(expr), mode="eval"))
    return tuple([ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)])


_QUIETLY: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Mult: "multiply",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
"""What operators that stay are as functions, to be called by a context."""


@cache
def alone(expr: str) -> tuple[str, bool]:
    """`spelled`, and whether NumPy says nothing about it: it is a name, or one function that is called through ``_quiet``."""
    text = spelled(expr)
    tree = ast.parse(text, mode="eval").body
    if isinstance(tree, ast.Name):
        return text, True
    if isinstance(tree, ast.BinOp) and type(tree.op) in _QUIETLY:
        name, operands = _QUIETLY[type(tree.op)], [tree.left, tree.right]
    elif isinstance(tree, ast.Compare) and len(tree.ops) == 1 and type(tree.ops[0]) in _QUIETLY:
        name, operands = _QUIETLY[type(tree.ops[0])], [tree.left, *tree.comparators]
    elif isinstance(tree, ast.Call):
        name, operands = ast.unparse(tree.func), tree.args
    else:
        return text, False
    if not all(isinstance(operand, ast.Name) for operand in operands):
        return text, False
    return f"_quiet.run({', '.join((name, *map(ast.unparse, operands)))})", True


@cache
def _bound(lines: tuple[str, ...], names: tuple[str, ...]) -> Callable[..., Any]:
    """What makes `written`'s function from the meanings of names, which it closes over: Python finds them faster than by a dictionary."""
    body = "\n        ".join((f"def bound({', '.join(names)}):\n    def compute(values, numbers):", *lines))
    space: dict[str, Any] = {"__builtins__": {}}
    exec(compile(f"{body}\n    return compute", "<host>", "exec"), space)
    return space["bound"]  # type: ignore[no-any-return]


def written(lines: tuple[str, ...], space: dict[str, Any]) -> Callable[..., Any]:
    """The function ``compute(values, numbers)`` with a body of these lines, in which names mean what they do in ``space``. Texts without
    sizes in them are compiled once."""
    own = {line.split(" = ")[0] for line in lines}
    names = tuple(sorted({word for line in lines for word in _WORDS_OF(line) if word in space} - own))
    return _bound(lines, names)(*[space[name] for name in names])  # type: ignore[no-any-return]


_WORDS_OF = re.compile(r"[A-Za-z_]\w*").findall
