"""The tape: one kernel per device that reads instructions and runs them one after another, in one launch.

A loops of small tensors costs a device more in launches than in work, and a structure that was never seen costs a build.
The tape has neither: it is built once, and any batch of small values is written as words for it. CPU form: one work-item
with vectors. GPU form: one work-group, a barrier between instructions.

All tensors lie in one buffer, the *arena*, at byte offsets (`runtime.memory` puts small blocks there). An instruction is a run
of 32-bit words; a number is an index into a table of floats or of longs behind the words. There are two classes of
elementwise instructions: F computes in float (float32, the 16-bit floats, what compares them), L in long (integers and bool: sums,
products and comparisons of narrow integers are those of wide ones, cut when stored). A mask is 0 or 1 in its class.

An expression of the op table is taken apart into *primitives* (`decompose`): operators and the functions of `expression.py`,
each a case of the kernel. So every op that is an expression has a tape form, without being known here.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .. import dtypes
from .call import Kernel
from .expression import compile_expression, parse
from .functions import FROM_TEXTS, POWERS
from .loops import tidy
from .registers import Register, Writer, spell
from .render import named, render
from .tiles import transpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..dtypes import dtype as DType
    from ..runtime.traits import Traits

# --- words ----------------------------------------------------------------------------------------------------------------

END, FAST, MAP_F, MAP_L, REDUCE_F, REDUCE_L, GEMM, GATHER, SCATTER, PILE = range(10)
SMALL = frozenset([END, FAST, MAP_F, REDUCE_F])
HEAD = 4  # words before the first instruction: where the floats start, where the longs start, two spare
MOST_OPERANDS = 3

TYPES: dict[DType, int] = {
    dtypes.float32: 0,
    dtypes.float16: 1,
    dtypes.bfloat16: 2,
    dtypes.bool: 3,
    dtypes.uint8: 4,
    dtypes.int8: 5,
    dtypes.int16: 6,
    dtypes.int32: 7,
    dtypes.int64: 8,
}
NUMBER = 9  # the type of an operand that is a number of the tables
RAW: dict[int, DType] = {1: dtypes.uint8, 2: dtypes.int16, 4: dtypes.float32, 8: dtypes.int64}  # moves by size

REDUCTIONS = {"sum": 0, "prod": 1, "amax": 2, "amin": 3, "any": 4, "all": 5, "argmax": 6, "argmin": 7}
_PLACES = REDUCTIONS["argmax"]
MODES = {"set": 0, "add": 1, "prod": 2, "amax": 3, "amin": 4}

# --- primitives -----------------------------------------------------------------------------------------------------------

_COMPARISONS = {"lt": "a < b", "le": "a <= b", "gt": "a > b", "ge": "a >= b", "eq": "a == b", "ne": "a != b"}
_F_UNARY = (
    "exp exp2 log log2 log10 log1p expm1 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc lgamma "
    "rsqrt reciprocal square cube sigmoid sign sgn floor ceil trunc round abs erfinv digamma"
).split()
_F_BINARY = (
    "atan2 hypot copysign nextafter fmin fmax logaddexp fmod remainder floor_divide trunc_divide maximum minimum pow"
).split()
_SAMPLED = "binomial_sample gamma_sample gamma_slope poisson_sample von_mises_sample".split()
RARE = frozenset([*FROM_TEXTS, *_SAMPLED, "gcd", "lcm", "logaddexp2"])
"""Not among them: their texts would make the kernel long to build, and a value with one is an op."""
SELDOM = frozenset(
    "exp2 log2 log10 expm1 tan asin acos atan sinh cosh asinh acosh atanh erfc lgamma cube erfinv digamma "
    "atan2 hypot copysign nextafter logaddexp fmod remainder floor_divide trunc_divide log1p uniform11 uniform8".split()
)
"""What a small tape does without, beside the reductions from `_PLACES` on: half of its machine code, and few programs begin with one."""
_L_UNARY = "square cube sign sgn abs".split()
_L_BINARY = "fmod remainder floor_divide trunc_divide maximum minimum pow".split()
REPORTING = "class_count"  # it writes to the fault record
_LOGIC = {"land": "a & b", "lor": "a | b", "lxor": "a ^ b", "lnot": "~a"}  # of truth values


@dataclass(frozen=True, slots=True)
class Primitive:
    """One case: ``expr`` over ``a``, ``b``, ``c``; ``truths`` are those read as truth values; ``text`` is code in its place."""

    expr: str
    arity: int
    truths: str = ""
    is_mask: bool = False
    text: str = ""


def _primitives(kind: str) -> dict[str, Primitive]:
    """The cases of a class, by name; the order is their number."""
    floats = kind == "float"
    found = {"copy": Primitive("a", 1), "truth": Primitive("a", 1, "a", True)}
    found |= {"add": Primitive("a + b", 2), "sub": Primitive("a - b", 2), "mul": Primitive("a * b", 2)}
    found |= {"neg": Primitive("-a", 1), "where": Primitive("where(a, b, c)", 3, "a")}
    found |= {name: Primitive(expr, 2, "", True) for name, expr in _COMPARISONS.items()}
    found |= {name: Primitive(expr, 2 if "b" in expr else 1, "ab", True) for name, expr in _LOGIC.items()}
    found["clamp"] = Primitive("clamp(a, b, c)", 3)
    if floats:
        found["lerp"] = Primitive("lerp(a, b, c)", 3)
    found |= {name: Primitive(f"{name}(a)", 1) for name in (_F_UNARY if floats else _L_UNARY)}
    found |= {name: Primitive(f"{name}(a, b)", 2) for name in (_F_BINARY if floats else _L_BINARY)}
    count = "(POSITION + (L)(longs[q0])), (ulong)longs[q1]"
    if floats:
        found["div"] = Primitive("a / b", 2)
        found |= {name: Primitive(f"{name}(a)", 1, "", True) for name in ("isnan", "isinf", "isfinite")}
        found["iota"] = Primitive("", 0, text="CONVERT(POSITION)")
        found |= {
            f"uniform{bits}": Primitive("", 2, text=f"uniform_FLOAT(AS_ULONG{count}, {bits})") for bits in (24, 11, 8)
        }
        found["normal"] = Primitive("", 2, text=f"normal_FLOAT(AS_ULONG{count})")
    else:
        found |= {"and": Primitive("a & b", 2), "or": Primitive("a | b", 2), "xor": Primitive("a ^ b", 2)}
        found |= {"invert": Primitive("~a", 1), "lshift": Primitive("a << b", 2), "rshift": Primitive("a >> b", 2)}
        found["iota"] = Primitive("", 0, text="POSITION")
        found[REPORTING] = Primitive(f"{REPORTING}(a, b, c)", 3)
        found["bits64"] = Primitive("", 2, text=f"bits64_LONG(AS_ULONG{count})")
    return found


PRIMITIVES = {"float": _primitives("float"), "long": _primitives("long")}
NUMBERS = {kind: {name: k for k, name in enumerate(table)} for kind, table in PRIMITIVES.items()}
_SELDOM = frozenset(NUMBERS["float"][name] for name in SELDOM)
_RANDOM = ("uniform24", "uniform11", "uniform8", "normal", "bits64")


# --- expressions taken apart ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One primitive of a taken-apart expression. An argument is a name, a number, or ``(step,)``: the result of an earlier one."""

    name: str
    args: tuple[object, ...]


class UnknownError(Exception):
    """An expression that the tape has no primitives for."""


@cache
def decompose(expr: str, kind: str, masks: frozenset[str], literals: tuple[tuple[str, float], ...]) -> tuple[Step, ...]:
    """The primitives of an expression in class ``kind`` whose names in ``masks`` are truth values; raises `UnknownError`."""
    work = _Decomposer(kind, masks, dict(literals))
    result = work.visit(parse(expr))
    if not work.steps or not isinstance(result, tuple) or result[0] != len(work.steps) - 1:
        is_mask = work.is_mask(result)
        work.emit("truth" if is_mask else "copy", result)
    return tuple(work.steps)


_BINARY: dict[type[ast.AST], str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_ON_MASKS = {"add": "lor", "sub": "lxor", "mul": "land", "maximum": "lor", "minimum": "land"}
_BITWISE: dict[type[ast.AST], str] = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}
_CALLED: dict[type[ast.AST], str] = {ast.FloorDiv: "floor_divide", ast.Mod: "remainder", ast.Pow: "pow"}
_COMPARED: dict[type[ast.AST], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}
_FOLDED = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b}


class _Decomposer:
    def __init__(self, kind: str, masks: frozenset[str], literals: dict[str, float]) -> None:
        self.kind = kind
        self.masks = masks
        self.literals = literals
        self.steps: list[Step] = []

    def emit(self, name: str, *args: object) -> tuple[int]:
        if name not in PRIMITIVES[self.kind]:
            raise UnknownError(name)
        if self.kind == "long" and any(isinstance(a, float) for a in args):
            raise UnknownError("a fraction among integers")
        self.steps.append(Step(name, args))
        return (len(self.steps) - 1,)

    def is_mask(self, operand: object) -> bool:
        """Whether an operand is a truth value."""
        if isinstance(operand, tuple):
            step = self.steps[operand[0]]
            if step.name == "where":
                return self.is_mask(step.args[1]) and self.is_mask(step.args[2])
            return PRIMITIVES[self.kind][step.name].is_mask
        return operand in self.masks if isinstance(operand, str) else isinstance(operand, bool)

    def visit(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value=bool() | int() | float() as number):
                return number
            case ast.Name(id="inf" | "nan" as name):
                return float(name)
            case ast.Name(id=name):
                return self.literals.get(name, name)
            case ast.BinOp():
                return self.binary(type(node.op), self.visit(node.left), self.visit(node.right))
            case ast.UnaryOp():
                return self.unary(type(node.op), self.visit(node.operand))
            case ast.Compare():
                operands = [self.visit(n) for n in (node.left, *node.comparators)]
                parts: list[object] = [
                    self.emit(_COMPARED[type(op)], a, b)
                    for op, a, b in zip(node.ops, operands, operands[1:], strict=False)
                ]
                return self.chain("land", parts)
            case ast.BoolOp():
                return self.chain(
                    "land" if isinstance(node.op, ast.And) else "lor", [self.visit(v) for v in node.values]
                )
            case ast.IfExp():
                return self.emit("where", self.visit(node.test), self.visit(node.body), self.visit(node.orelse))
            case ast.Call(func=ast.Name(id=name)):
                return self.call(name, [self.visit(argument) for argument in node.args])
        raise UnknownError(ast.unparse(node))

    def chain(self, name: str, parts: list[object]) -> object:
        result = parts[0]
        for part in parts[1:]:
            result = self.emit(name, result, part)
        return result

    def binary(self, op: type[ast.AST], a: object, b: object) -> object:
        both_masks = self.is_mask(a) and self.is_mask(b)
        if op in _BITWISE:
            if both_masks:
                return self.emit("l" + _BITWISE[op], a, b)
            if self.kind == "float":
                raise UnknownError("bits of floats")
            return self.emit(_BITWISE[op], a, b)
        if op in _CALLED:
            return self.call(_CALLED[op], [a, b])
        if op in (ast.LShift, ast.RShift):
            return self.emit("lshift" if op is ast.LShift else "rshift", a, b)
        name = _BINARY[op]
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            return _FOLDED[name](a, b)
        return self.emit(_ON_MASKS[name] if both_masks and name != "div" else name, a, b)

    def unary(self, op: type[ast.AST], a: object) -> object:
        if isinstance(a, (int, float)) and not isinstance(a, bool) and op in (ast.USub, ast.UAdd):
            return -a if op is ast.USub else a
        if op is ast.UAdd:
            return a
        if op is ast.Not or (op is ast.Invert and self.is_mask(a)):
            return self.emit("lnot", a)
        if op is ast.Invert:
            return self.emit("invert", a)
        if self.is_mask(a):
            return self.emit("lnot", a)
        return self.emit("neg", a)

    def call(self, name: str, args: list[object]) -> object:
        if name == "identity":
            return args[0]
        if name == "pow" and isinstance(args[1], (int, float)) and args[1] in POWERS:
            return self.call(POWERS[args[1]], [args[0]])
        if self.is_mask(args[0]) and name in _ON_MASKS:
            return self.chain(_ON_MASKS[name], args) if all(map(self.is_mask, args)) else self.emit(name, *args)
        if all(isinstance(a, (int, float)) for a in args) and name != "where":
            raise UnknownError("a function of numbers alone")
        if self.kind == "long" and name in ("floor", "ceil", "trunc", "round"):
            return args[0]
        if name in ("uniform", "normal", "bits64"):
            raise UnknownError("random numbers stand alone")
        if any(self.is_mask(a) for a in args[:1]) and name != "where":
            raise UnknownError("a function of a truth value")
        return self.emit(name, *args)


# --- the kernel -------------------------------------------------------------------------------------------------------------


def kernel(traits: Traits, is_whole: bool = True) -> Kernel:
    """The tape's kernel: ``(arena, words, fault, start)``, one work-item (CPU form) or one work-group (GPU form). The tape begins at
    word ``start``. One that is not whole has the instructions `SMALL` alone, without what is in `SELDOM`, and is built in a third of the time (CPU form)."""
    on_cpu = traits.form == "cpu"
    lanes = lane_count(traits)
    preludes: dict[str, None] = {}
    Writer("", preludes).need("vectors")
    Writer("", preludes).need("philox", lanes)
    cases = {
        kind: [
            _case(kind, NUMBERS[kind][name], p, lanes, preludes)
            for name, p in PRIMITIVES[kind].items()
            if is_whole or name not in SELDOM
        ]
        for kind in PRIMITIVES
        if is_whole or kind == "float"
    }
    text = tidy(
        render(
            "tape.cl.mako" if on_cpu else "tape_group.cl.mako",
            name="KERNEL",
            lanes=lanes,
            cases=cases,
            is_whole=is_whole,
            group=group_size(traits),
            transposed=transpose([f"t{k}" for k in range(lanes)], "F") if on_cpu and is_whole else [],
        )
    )
    name = named("tape", text)
    return Kernel(name, text.replace("KERNEL", name), tuple(sorted(preludes)))


def is_small(words: Sequence[int]) -> bool:
    """Whether a tape that is not whole has all that these instructions ask for."""
    at = HEAD
    while at < len(words) and words[at] != END:
        kind, what = words[at], words[at + 1] if words[at] == FAST else words[at + 2]
        if kind not in SMALL or (what >= _PLACES if kind == REDUCE_F else what in _SELDOM):
            return False
        at += 10 if kind == FAST else words[at + 1]
    return True


def lane_count(traits: Traits) -> int:
    """Lanes of the tape's vectors."""
    return max(4, min(16, traits.vector_width)) if traits.form == "cpu" else 1


def group_size(traits: Traits) -> int:
    """Work-items of the tape's only group."""
    return 1 if traits.form == "cpu" else min(256, 1 << (traits.max_work_group.bit_length() - 1))


def _case(kind: str, number: int, p: Primitive, lanes: int, preludes: dict[str, None]) -> list[str]:
    """The statements of ``case number``: they set ``r`` from x0, x1, x2."""
    if p.text:
        text = p.text.replace("POSITION", "position")
        for word, spelled in (
            ("CONVERT", f"convert_{spell('float', lanes)}"),
            ("AS_ULONG", f"as_{spell('ulong', lanes)}"),
            ("FLOAT", spell("float", lanes)),
            ("bits64_LONG", f"bits64_{spell('long', lanes)}"),
        ):
            text = text.replace(word, spelled)
        return [f"case {number}: r = {text}; break;"]
    lines, text = _compiled(kind, f"c{number}_", p, lanes, preludes, "x")
    if lines is not None:
        return [f"case {number}: {{", *lines, f"r = {text};", "} break;"]
    lines, text = _compiled(kind, f"c{number}_", p, 1, preludes, "y")  # lane by lane, in a loop: short text builds fast
    names = range(p.arity)
    vectors = spell(kind, lanes)
    return [
        f"case {number}: {{",
        f"{kind} {', '.join([*(f'v{k}[{lanes}]' for k in names), f'o[{lanes}] = {{0}}'])};",
        *(f"*({vectors}_at*)v{k} = x{k};" for k in names),
        f"ROLLED for (int l = 0; l < min({lanes}, left); l++) {{",
        *(f"const {kind} y{k} = v{k}[l];" for k in names),
        *(lines or ()),
        f"o[l] = {text};",
        "}",
        f"r = *({vectors}_at*)o;",
        "} break;",
    ]


def _compiled(
    kind: str, prefix: str, p: Primitive, lanes: int, preludes: dict[str, None], stem: str
) -> tuple[list[str] | None, str]:
    """Statements and result of a primitive's expression; None for the statements where it is computed lane by lane."""
    needed: dict[str, None] = {}
    writer = Writer(prefix, needed)
    zero = "0.0f" if kind == "float" else "0L"
    bits = 32 if kind == "float" else 64
    bindings = {}
    for k, name in enumerate("abc"[: p.arity]):
        if name in p.truths:
            bindings[name] = writer.let(Register(f"({stem}{k} != {zero})", "mask", lanes, bits))
        else:
            bindings[name] = Register(f"{stem}{k}", kind, lanes)
    dtype = dtypes.bool if p.is_mask else dtypes.float32 if kind == "float" else dtypes.int64
    value = compile_expression(p.expr, bindings, dtype, writer)
    if lanes > 1 and any(not name.partition("@")[2] for name in needed):
        return None, ""
    preludes.update(needed)
    if value.kind != "mask":
        return writer.lines, value.text
    if lanes == 1:
        return writer.lines, f"(({kind})({value.text}))"
    mask = writer.mask(value, bits)
    vector = spell(kind, lanes)
    if kind == "float":
        return writer.lines, f"select(({vector})(0.0f), ({vector})(1.0f), {mask.text})"
    return writer.lines, f"(-({mask.text}))"
