"""Declarations of OpenCL C's own functions, of those alone that a source calls.

Some drivers parse a megabyte of declarations for every program, which takes longer than most of our kernels (`quirks.HEADER`). What is
told to leave that out gets this in its place. What is declared, is declared for all types, since which function is called is a question of
all there are; a source that calls anything else is refused, and built with the driver's header then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

GUARD = "CLTORCH_DECLARES"  # defined where the driver's header is left out
FLOATS = ("float", "double")
INTEGERS = ("char", "uchar", "short", "ushort", "int", "uint", "long", "ulong")
WIDTHS = ("", "2", "4", "8", "16")
SPACES = ("__global", "__local", "__private")
SIGNED = {1: "char", 2: "short", 4: "int", 8: "long"}
SIZE = {kind: 1 << k // 2 for k, kind in enumerate(INTEGERS)} | {"float": 4, "double": 8}
FLOATING = {
    1: "acos acosh asin asinh atan atanh cbrt ceil cos cosh cospi erf erfc exp exp2 expm1 fabs floor lgamma log log10 log1p log2 rint round "
    "rsqrt sign sin sinh sinpi sqrt tan tanh tgamma trunc",
    2: "atan2 copysign fmax fmin fmod hypot nextafter pow remainder",
    3: "fma mad",
}
"""Functions of floating-point numbers, by how many they take."""
COUNT = {name: count for count, names in FLOATING.items() for name in names.split()}
ASKS = ("isfinite", "isinf", "isnan", "signbit")
PLACES = ("get_global_id", "get_global_size", "get_group_id", "get_local_id", "get_local_size", "get_num_groups")
NAME = re.compile(r"\b[a-z]\w*(?= ?\()")
CONVERSION = re.compile(r"convert_([a-z]+)(\d*)((?:_sat)?(?:_rt[ezpn])?)$")
MEMORY = re.compile(r"v(load|store)(_half)?(\d*)((?:_rt[ezpn])?)$")
PURE, PLAIN = "__attribute__((overloadable, const))", "__attribute__((overloadable))"
READS = "__attribute__((overloadable, pure))"

HEAD = "\n".join(
    [
        *[f"typedef unsigned {kind[1:]} {kind};" for kind in INTEGERS[1::2]],
        "typedef uint cl_mem_fence_flags;",
        "#define CLK_LOCAL_MEM_FENCE 0x01",
        "#define CLK_GLOBAL_MEM_FENCE 0x02",
        "#define INT_MAX 0x7fffffff",
        "#define LONG_MAX 0x7fffffffffffffffL",
        "#define LONG_MIN (-0x7fffffffffffffffL - 1)",
        "#define INFINITY (__builtin_inff())",
        "#define NAN __builtin_astype(INT_MAX, float)",
        "#define FLT_EPSILON 0x1.0p-23f",
        "#define DBL_EPSILON 0x1.0p-52",
    ]
)


def declared(source: str) -> str:
    """A source with declarations of what it calls in front, for a build in which `GUARD` is defined."""
    widths = [width for width in WIDTHS if re.search(rf"[a-z]{width}\b", source)]
    vectors = [
        f"typedef {kind} {kind}{width} __attribute__((ext_vector_type({width})));"
        for kind in (*INTEGERS, *FLOATS)
        for width in widths
        if width
    ]
    names = dict.fromkeys(NAME.findall(source))
    lines = [line for name in names for line in declarations(name, widths)]
    return "\n".join([f"#ifdef {GUARD}", HEAD, *vectors, *lines, "#endif", source])


def declarations(name: str, widths: Sequence[str] = WIDTHS) -> Iterator[str]:
    """The declarations of a function of OpenCL C, for vectors of these widths; none of any other name."""
    if name in COUNT:
        for kind in (k + width for k in FLOATS for width in widths):
            yield f"{kind} {PURE} {name}({', '.join([kind] * COUNT[name])});"
        if name in ("fmax", "fmin"):
            yield from _with_scalars(name, widths, FLOATS, "{0} {1}")
    elif name in ASKS:
        for kind, answer in (("float", "int"), ("double", "long")):
            for width in widths:
                yield f"{answer if width else 'int'}{width} {PURE} {name}({kind}{width});"
    elif name in PLACES:
        yield f"size_t {PURE} {name}(uint);"
    elif name == "barrier":
        yield f"void __attribute__((overloadable, convergent)) {name}(cl_mem_fence_flags);"
    elif name.startswith("as_"):
        yield f"#define {name}(x) __builtin_astype((x), {name[3:]})"
    elif name in SPECIAL:
        yield from SPECIAL[name](name, widths)
    elif match := CONVERSION.match(name):
        kind, width, _ = match.groups()
        for source in (*INTEGERS, *FLOATS) if kind in SIZE else ():
            yield f"{kind}{width} {PURE} {name}({source}{width});"
    elif match := MEMORY.match(name):
        yield from _memory(name, *match.groups())


def _memory(name: str, does: str, half: str | None, width: str, _: str) -> Iterator[str]:
    """Vectors, and 16-bit floats, from and to memory."""
    if half and does == "load":
        for space in ("__constant", *SPACES):
            yield f"float{width} {READS} {name}(size_t, const {space} half *);"
        return
    for kind in FLOATS if half else (*INTEGERS, *FLOATS):
        for space in SPACES if does == "store" else ("__constant", *SPACES):
            if does == "load":
                yield f"{kind}{width} {READS} {name}(size_t, const {space} {kind} *);"
            else:
                yield f"void {PLAIN} {name}({kind}{width}, size_t, {space} {half[1:] if half else kind} *);"


def _with_scalars(name: str, widths: Sequence[str], kinds: tuple[str, ...], rest: str) -> Iterator[str]:
    """Forms of a function in which vectors meet numbers."""
    for kind in kinds:
        for width in filter(None, widths):
            yield f"{kind}{width} {PURE} {name}({', '.join(rest.format(kind + width, kind).split())});"


def _ordered(name: str, widths: Sequence[str]) -> Iterator[str]:
    """`min`, `max` and `clamp`."""
    kinds, count = (*INTEGERS, *FLOATS), 3 if name == "clamp" else 2
    for kind in (k + width for k in kinds for width in widths):
        yield f"{kind} {PURE} {name}({', '.join([kind] * count)});"
    yield from _with_scalars(name, widths, kinds, "{0} {1} {1}" if count == 3 else "{0} {1}")


def _absolute(name: str, widths: Sequence[str]) -> Iterator[str]:
    for kind in INTEGERS:
        unsigned = kind if kind[0] == "u" else f"u{kind}"
        for width in widths:
            yield f"{unsigned}{width} {PURE} {name}({kind}{width});"


def _high(name: str, widths: Sequence[str]) -> Iterator[str]:
    for kind in (k + width for k in INTEGERS for width in widths):
        yield f"{kind} {PURE} {name}({kind}, {kind});"


def _tests(name: str, widths: Sequence[str]) -> Iterator[str]:
    """`any` and `all`."""
    for kind in INTEGERS[::2]:
        for width in widths:
            yield f"int {PURE} {name}({kind}{width});"


def _select(name: str, widths: Sequence[str]) -> Iterator[str]:
    for kind in (*INTEGERS, *FLOATS):
        by = SIGNED[SIZE[kind]]
        for width in widths:
            for mask in (by, f"u{by}"):
                yield f"{kind}{width} {PURE} {name}({kind}{width}, {kind}{width}, {mask}{width});"


def _frexp(name: str, widths: Sequence[str]) -> Iterator[str]:
    for kind in FLOATS:
        for width in widths:
            for space in SPACES:
                yield f"{kind}{width} {PLAIN} {name}({kind}{width}, {space} int{width} *);"


def _dot(name: str, widths: Sequence[str]) -> Iterator[str]:
    for kind in FLOATS:
        for width in ("", "2", "4"):
            if width in widths:
                yield f"{kind} {PURE} {name}({kind}{width}, {kind}{width});"


def _atomic(name: str, widths: Sequence[str]) -> Iterator[str]:
    for kind in INTEGERS[4:6] if name.startswith("atomic") else INTEGERS[4:]:
        for space in SPACES[:2]:
            rest = f", {kind}, {kind}" if name.endswith("cmpxchg") else ""
            yield f"{kind} {PLAIN} {name}(volatile {space} {kind} *{rest});"


SPECIAL = {
    **dict.fromkeys(("min", "max", "clamp"), _ordered),
    **dict.fromkeys(("any", "all"), _tests),
    **dict.fromkeys(("atomic_cmpxchg", "atomic_inc", "atom_cmpxchg"), _atomic),
    "abs": _absolute,
    "mul_hi": _high,
    "dot": _dot,
    "select": _select,
    "frexp": _frexp,
}
