"""Values in the registers of one work-item: their C types, how they are converted, read from memory and written.

A value has a *kind* (the C type of one lane, or ``mask`` for booleans) and a number of lanes. Lanes 1 are plain C scalars;
more lanes are OpenCL vectors. A mask of several lanes is a vector of signed integers, 0 or -1, whose width in bits is that
of what was compared; a mask of one lane is an ``int``, 0 or 1. Floats of 16 and 8 bits are kept in ``float`` and rounded to
their own precision whenever a value of these dtypes comes into being. A complex number is a pair of neighbouring lanes, as in
memory: its kind is ``float2`` or ``double2``, and several of them are a vector of twice as many lanes (`part_of`).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from .. import dtypes
from ..dtypes import dtype as DType
from . import codec

SIZE = {
    "char": 1,
    "uchar": 1,
    "short": 2,
    "ushort": 2,
    "int": 4,
    "uint": 4,
    "long": 8,
    "ulong": 8,
    "float": 4,
    "double": 8,
    "float2": 8,
    "double2": 16,
}
PARTS = {"float2": "float", "double2": "double"}  # complex kinds and the kind of their two parts
SIGNED = {8: "char", 16: "short", 32: "int", 64: "long"}
UNSIGNED_KINDS = ("uchar", "ushort", "uint", "ulong")
UNSIGNED = {"char": "uchar", "short": "ushort", "int": "uint", "long": "ulong"}
_LEAST = {"char": -(2**7), "short": -(2**15), "int": -(2**31), "long": -(2**63)}
_LARGEST = {"char": 2**7 - 1, "uchar": 2**8 - 1, "short": 2**15 - 1, "int": 2**31 - 1, "long": 2**63 - 1}
_LARGEST |= {"ushort": 2**16 - 1, "uint": 2**32 - 1, "ulong": 2**64 - 1}


@dataclass(frozen=True, slots=True)
class Register:
    """``text`` is a C expression of ``lanes`` lanes; ``bits`` is the width of a lane where ``kind`` is ``mask``."""

    text: str
    kind: str
    lanes: int
    bits: int = 32

    @property
    def is_atom(self) -> bool:
        """Whether the text may be repeated: a name or a literal, not something to compute."""
        return self.text.replace(".", "0").isalnum() or self.text.isidentifier()


@dataclass(frozen=True, slots=True)
class Literal:
    """A number in an expression, which takes the kind of what it is combined with."""

    number: complex | float | int | bool


def kind_of(dtype: DType) -> str:
    """The kind in which values of ``dtype`` are kept in registers."""
    return "mask" if dtype is dtypes.bool else dtype.compute


def is_float(kind: str) -> bool:
    """Whether the kind is one of the two floating-point ones."""
    return kind in ("float", "double")


def is_complex(kind: str) -> bool:
    """Whether the kind is one of the two complex ones."""
    return kind in PARTS


def part_of(kind: str) -> str:
    """The kind of the real part: that of a complex kind's parts, any other kind itself."""
    return PARTS.get(kind, kind)


def bits_of(kind: str) -> int:
    """The bits of a mask's lane beside values of ``kind``."""
    return 8 * SIZE[part_of(kind)]


def spell(kind: str, lanes: int) -> str:
    """The C type: ``float``, ``float8``; of complex kinds (``float2``) that with twice as many lanes."""
    if kind in PARTS:
        return f"{PARTS[kind]}{2 * lanes}"
    return kind if lanes == 1 else f"{kind}{lanes}"


def type_of(value: Register) -> str:
    """The C type of a variable that holds ``value``."""
    if value.kind != "mask":
        return spell(value.kind, value.lanes)
    return spell("int" if value.lanes == 1 else SIGNED[value.bits], value.lanes)


def literal(number: complex | float | int | bool, kind: str) -> str:
    """The C text of ``number`` as a scalar of ``kind``."""
    if kind == "mask":
        return "1" if number else "0"
    if kind in PARTS:
        pair = complex(number)
        return f"(({kind})({literal(pair.real, PARTS[kind])}, {literal(pair.imag, PARTS[kind])}))"
    if isinstance(number, complex):
        number = number.real
    if is_float(kind):
        return _float_literal(float(number), kind)
    bits = 8 * SIZE[kind]
    whole = int(number) & (2**bits - 1)
    if kind in UNSIGNED and whole >> (bits - 1):
        whole -= 2**bits
    suffix = {"long": "L", "ulong": "UL", "uint": "u"}.get(kind, "")
    if whole == _LEAST.get(kind) and bits >= 32:
        return f"({whole + 1}{suffix} - 1)"
    if bits < 32:
        return f"(({kind}){whole})"
    return f"({whole}{suffix})" if whole < 0 else f"{whole}{suffix}"


def _float_literal(number: float, kind: str) -> str:
    if kind == "float" and math.isfinite(number):
        try:
            number = struct.unpack("f", struct.pack("f", number))[0]
        except OverflowError:
            number = math.copysign(math.inf, number)
    if math.isnan(number):
        text = "NAN"
    elif math.isinf(number):
        text = "INFINITY" if number > 0 else "(-INFINITY)"
    else:
        text = repr(number) + ("f" if kind == "float" else "")
        return f"({text})" if number < 0 or text[0] == "-" else text
    return text if kind == "float" else f"((double){text})"


def least(kind: str) -> float | int:
    """The least number of ``kind``: the identity of a maximum."""
    return -math.inf if is_float(kind) else _LEAST.get(kind, 0)


def largest(kind: str) -> float | int:
    """The largest number of ``kind``: the identity of a minimum."""
    return math.inf if is_float(kind) else _LARGEST[kind]


def lane(value: Register, index: int) -> str:
    """Text of one lane of an atom."""
    if value.lanes == 1:
        return value.text
    if value.kind in PARTS:
        return f"{value.text}.s{2 * index:x}{2 * index + 1:x}"
    return f"{value.text}.s{index:x}"


class Writer:
    """A block of C statements in the making: what it holds, which names are taken, which preludes it needs.

    ``prefix`` starts the names of its variables, so that nested blocks and repeated bodies do not clash.
    """

    def __init__(self, prefix: str, preludes: dict[str, None]) -> None:
        self.prefix = prefix
        self.preludes = preludes
        self.lines: list[str] = []
        self._count = 0

    def need(self, prelude: str, lanes: int | None = None) -> None:
        """Ask for a prelude, for functions of ``lanes`` lanes where it has them for every width."""
        self.preludes[prelude if lanes is None else f"{prelude}@{lanes}"] = None

    def fresh(self) -> str:
        """A new name."""
        self._count += 1
        return f"{self.prefix}{self._count}"

    def let(self, value: Register) -> Register:
        """The value under a name of its own, so that its text may be repeated."""
        if value.is_atom:
            return value
        name = self.fresh()
        self.lines.append(f"const {type_of(value)} {name} = {value.text};")
        return Register(name, value.kind, value.lanes, value.bits)

    def constant(self, number: complex | float | int | bool, kind: str) -> Register:
        """A literal of one lane."""
        return Register(literal(number, kind), kind, 1)

    def widen(self, value: Register, lanes: int) -> Register:
        """The value repeated in ``lanes`` lanes."""
        if value.lanes == lanes:
            return value
        if value.kind == "mask":
            return Register(f"((int{lanes})(-({value.text})))", "mask", lanes, 32)
        if value.kind in PARTS:
            return Register(f"({value.text}).s{'01' * lanes}", value.kind, lanes)
        return Register(f"(({spell(value.kind, lanes)})({value.text}))", value.kind, lanes)

    def mask(self, value: Register, bits: int) -> Register:
        """A mask with lanes of ``bits`` bits."""
        if value.lanes == 1 or value.bits == bits:
            return value
        return Register(f"convert_{SIGNED[bits]}{value.lanes}({value.text})", "mask", value.lanes, bits)

    def truth(self, value: Register) -> Register:
        """Whether each lane is not 0."""
        if value.kind == "mask":
            return value
        if value.kind in PARTS:
            z, zero = self.let(value), literal(0, PARTS[value.kind])
            return Register(f"(({z.text}.even != {zero}) | ({z.text}.odd != {zero}))", "mask", z.lanes, bits_of(z.kind))
        return Register(f"({value.text} != ({value.kind})0)", "mask", value.lanes, 8 * SIZE[value.kind])

    def need_complex(self, prelude: str, kind: str, lanes: int) -> None:
        """Ask for functions of complex numbers of a kind (``complex.cl``, ``complex_math.cl``)."""
        self.need(f"{prelude}_double" if kind == "double2" else prelude, lanes)

    def pair(self, real: Register, imag: Register) -> Register:
        """Complex numbers from their parts, which have one kind and as many lanes."""
        kind = f"{real.kind}2"
        self.need_complex("complex", kind, real.lanes)
        return Register(f"c_pair_{spell(kind, real.lanes)}({real.text}, {imag.text})", kind, real.lanes)

    def parts(self, value: Register) -> tuple[Register, Register]:
        """The real and the imaginary parts of complex numbers."""
        z, part = self.let(value), PARTS[value.kind]
        return Register(f"{z.text}.even", part, z.lanes), Register(f"{z.text}.odd", part, z.lanes)

    def select(self, mask: Register, yes: Register, no: Register) -> Register:
        """``yes`` where the mask holds, else ``no``; all of one number of lanes."""
        kind, lanes = yes.kind, yes.lanes
        if lanes == 1:
            return Register(f"({mask.text} ? {yes.text} : {no.text})", kind, 1)
        chosen = self.mask(mask, bits_of(kind)).text
        if kind in PARTS:
            chosen = f"({chosen}).s{''.join(f'{i:x}{i:x}' for i in range(lanes))}"
        return Register(f"select({no.text}, {yes.text}, {chosen})", kind, lanes)

    def convert(self, value: Register, kind: str) -> Register:
        """The value in another kind, as C converts: towards zero from floating-point, the low bits of integers."""
        if value.kind == kind:
            return value
        if kind == "mask":
            return self.truth(value)
        if value.kind in PARTS or kind in PARTS:
            return self.convert_complex(value, kind)
        target = spell(kind, value.lanes)
        if value.kind == "mask":
            if value.lanes == 1:
                return Register(f"(({kind})({value.text}))", kind, 1)
            mask = self.mask(value, 8 * SIZE[kind])
            if is_float(kind):
                one, zero = literal(1, kind), literal(0, kind)
                return Register(f"select(({target})({zero}), ({target})({one}), {mask.text})", kind, value.lanes)
            return Register(f"as_{target}(-({mask.text}))", kind, value.lanes)
        if is_float(value.kind) and not is_float(kind) and SIZE[kind] < 4:
            value = self.convert(value, "int")  # straight to a narrow integer, some drivers saturate or keep the float
        if value.lanes == 1:
            return Register(f"(({kind})({value.text}))", kind, 1)
        return Register(f"convert_{target}({value.text})", kind, value.lanes)

    def convert_complex(self, value: Register, kind: str) -> Register:
        """`convert` where the value or the kind is complex: of complex numbers a real kind keeps the real parts."""
        if kind not in PARTS:
            return self.convert(self.parts(value)[0], kind)
        if value.kind in PARTS:
            return Register(f"convert_{spell(kind, value.lanes)}({value.text})", kind, value.lanes)
        real = self.convert(value, PARTS[kind])
        return self.pair(real, self.widen(self.constant(0, PARTS[kind]), value.lanes))

    def rounded(self, value: Register, dtype: DType) -> Register:
        """A ``float`` rounded to the precision of a dtype that is packed in memory."""
        self.need(codec.prelude(dtype), value.lanes)
        return Register(codec.rounded(value.text, spell("float", value.lanes), dtype), "float", value.lanes)

    def cast(self, value: Register, source: DType | None, target: DType) -> Register:
        """A value of dtype ``source`` (None: not known to be exact in any) as one of dtype ``target``."""
        result = self.convert(value, kind_of(target))
        if codec.is_packed(target) and source is not target:
            return self.rounded(result, target)
        return result

    def unpack(self, text: str, dtype: DType, lanes: int) -> Register:
        """The value whose storage, ``lanes`` elements of ``dtype.storage``, is the expression ``text``."""
        if dtype is dtypes.bool:
            return Register(f"({text} != (uchar)0)", "mask", lanes, 8)
        if codec.is_packed(dtype):
            self.need(codec.prelude(dtype), lanes)
            return Register(codec.decode(text, spell("float", lanes), dtype), "float", lanes)
        return Register(text, dtype.compute, lanes)

    def pack(self, value: Register, dtype: DType) -> str:
        """The storage, as an expression, of a value that is exact in ``dtype``."""
        lanes = value.lanes
        if dtype is dtypes.bool:
            if lanes == 1:
                return f"((uchar)({value.text}))"
            ones = f"-({value.text})"
            return f"as_uchar{lanes}({ones})" if value.bits == 8 else f"convert_uchar{lanes}({ones})"
        if codec.is_packed(dtype):
            self.need(codec.prelude(dtype), lanes)
            return codec.encode(value.text, spell("float", lanes), dtype)
        return value.text

    def lanewise(self, function: str, arguments: Sequence[Register], kind: str) -> Register:
        """A scalar function of scalars applied to each lane."""
        lanes = max(a.lanes for a in arguments)
        atoms = [self.let(a) for a in arguments]
        calls = [f"{function}({', '.join(lane(a, i) for a in atoms)})" for i in range(lanes)]
        if lanes == 1:
            return Register(calls[0], kind, 1)
        return Register(f"(({spell(kind, lanes)})({', '.join(calls)}))", kind, lanes)
