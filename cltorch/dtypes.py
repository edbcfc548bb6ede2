"""Element types: one table of all their spellings, and PyTorch's rules of promotion."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Literal

import ml_dtypes
import numpy as np

Kind = Literal["bool", "integer", "floating", "complex"]
_KINDS: tuple[Kind, ...] = ("bool", "integer", "floating", "complex")


class dtype:
    """An element type, e.g. ``cltorch.float32``. Compared by identity; prints as PyTorch's does (``torch.float32``).

    A row of the table below; whoever needs a spelling reads it here:

    - ``kind``: bool, integer, floating or complex; ``rank`` orders the types by what they can hold;
    - ``storage``: the OpenCL C type of one element in a buffer (float16 and bfloat16 are kept as ``ushort`` bit patterns,
      bool as ``uchar`` 0 or 1); ``compute``: the type in which arithmetic on it is done in registers;
    - ``differentiable``: whether tensors of it may have gradients: floating and complex ones;
    - ``np``: NumPy's type, or that of ml_dtypes (``is_foreign``, whose numbers are no Python numbers), ``file``: its code in safetensors files;
    - ``title``: PyTorch's name in error texts (``Float``) and, with ``Tensor`` behind it, of the type from before there were
      dtypes; ``c_name``: the C++ type that PyTorch's errors show.
    """

    __module__ = "cltorch"

    __slots__ = (
        "c_name",
        "compute",
        "differentiable",
        "file",
        "is_complex",
        "is_floating_point",
        "is_foreign",
        "is_signed",
        "itemsize",
        "kind",
        "name",
        "np",
        "rank",
        "storage",
        "title",
    )

    def __init__(
        self,
        name: str,
        kind: Kind,
        rank: builtins.int,
        storage: str,
        compute: str,
        np_type: type,
        title: str,
        c_name: str,
        file: str,
    ) -> None:
        self.name, self.kind, self.rank = name, kind, rank
        self.storage, self.compute = storage, compute
        self.np = np.dtype(np_type)
        self.title, self.c_name, self.file = title, c_name, file
        self.itemsize = self.np.itemsize
        self.is_floating_point = kind == "floating"
        self.is_complex = kind == "complex"
        self.is_foreign = self.np.type.__module__ != "numpy"
        self.differentiable = kind in ("floating", "complex")
        self.is_signed = kind != "bool" and not name.startswith(("uint", "bits")) and name != "float8_e8m0fnu"

    @property
    def limited_name(self) -> str:
        """The C++ type as PyTorch's error about a number that does not fit has it: ``int64_t``, ``c10::Half``."""
        return f"{self.name}_t" if self.kind == "integer" and self.c_name != "int" else self.c_name

    def to_real(self) -> dtype:
        """The dtype of the real part: itself, for all that are not complex."""
        return REAL.get(self, self)

    def to_complex(self) -> dtype:
        """The complex dtype whose parts have this dtype; complex64 for 16-bit floats, as there is no smaller one here.

        TypeError for integers and bool.
        """
        if not (self.is_floating_point or self.is_complex):
            raise TypeError(f"there is no complex dtype with parts of {self}")
        return complex128 if self in (float64, complex128) else complex64

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


# fmt: off
#                    name       kind     rank storage   compute   NumPy               title       C++               file
bool     = dtype("bool",     "bool",      0, "uchar",  "uchar",  np.bool_,           "Bool",     "bool",           "BOOL")
uint8    = dtype("uint8",    "integer",   1, "uchar",  "uchar",  np.uint8,           "Byte",     "unsigned char",  "U8")
int8     = dtype("int8",     "integer",   2, "char",   "char",   np.int8,            "Char",     "signed char",    "I8")
int16    = dtype("int16",    "integer",   3, "short",  "short",  np.int16,           "Short",    "short int",      "I16")
int32    = dtype("int32",    "integer",   4, "int",    "int",    np.int32,           "Int",      "int",            "I32")
int64    = dtype("int64",    "integer",   5, "long",   "long",   np.int64,           "Long",     "long int",       "I64")
float16  = dtype("float16",  "floating",  6, "ushort", "float",  np.float16,         "Half",     "c10::Half",      "F16")
bfloat16 = dtype("bfloat16", "floating",  6, "ushort", "float",  ml_dtypes.bfloat16, "BFloat16", "c10::BFloat16",  "BF16")
float32  = dtype("float32",  "floating",  7, "float",  "float",  np.float32,         "Float",    "float",          "F32")
float64  = dtype("float64",  "floating",  8, "double", "double", np.float64,         "Double",   "double",         "F64")
complex64  = dtype("complex64",  "complex",  9, "float2",  "float2",  np.complex64,  "ComplexFloat",  "c10::complex<float>",  "C64")
complex128 = dtype("complex128", "complex", 10, "double2", "double2", np.complex128, "ComplexDouble", "c10::complex<double>", "C128")
# Kept and converted, hardly computed with; they promote with next to nothing.
uint16   = dtype("uint16",   "integer", 3, "ushort", "ushort", np.uint16, "UInt16", "short unsigned int", "U16")
uint32   = dtype("uint32",   "integer", 4, "uint",   "uint",   np.uint32, "UInt32", "unsigned int",       "U32")
uint64   = dtype("uint64",   "integer", 5, "ulong",  "ulong",  np.uint64, "UInt64", "long unsigned int",  "U64")
float8_e4m3fn = dtype("float8_e4m3fn", "floating", 6, "uchar", "float", ml_dtypes.float8_e4m3fn, "Float8_e4m3fn", "c10::Float8_e4m3fn", "F8_E4M3")
float8_e5m2   = dtype("float8_e5m2",   "floating", 6, "uchar", "float", ml_dtypes.float8_e5m2,   "Float8_e5m2",   "c10::Float8_e5m2",   "F8_E5M2")
# fmt: on

float = float32  # this module's names are PyTorch's: here Python's own types are spelled builtins.float and so on
double = float64
half = float16
short = int16
int = int32
long = int64
cfloat = complex64
cdouble = complex128

ALL = (bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128)

KEPT = (uint16, uint32, uint64, float8_e4m3fn, float8_e5m2)
"""The dtypes that are kept and converted, and hardly computed with."""
EVERY = ALL + KEPT

NARROW = tuple(
    dtype(f"{kind}{bits}", "integer", 1, "uchar", "uchar", np.uint8, f"{title}{bits}", "unsigned char", "")
    for kind, title in (("uint", "UInt"), ("int", "Int"))
    for bits in range(1, 8)
)
uint1, uint2, uint3, uint4, uint5, uint6, uint7, int1, int2, int3, int4, int5, int6, int7 = NARROW
"""Names for bytes with fewer bits in use, as PyTorch has them: bytes are seen so by `view`, and nothing computes with them."""

# fmt: off
complex32        = dtype("complex32",        "complex",  9, "uint",   "uint",   np.uint32, "ComplexHalf",      "c10::complex<c10::Half>", "")
float8_e4m3fnuz  = dtype("float8_e4m3fnuz",  "floating", 6, "uchar",  "uchar",  np.uint8,  "Float8_e4m3fnuz",  "c10::Float8_e4m3fnuz",    "")
float8_e5m2fnuz  = dtype("float8_e5m2fnuz",  "floating", 6, "uchar",  "uchar",  np.uint8,  "Float8_e5m2fnuz",  "c10::Float8_e5m2fnuz",    "")
float8_e8m0fnu   = dtype("float8_e8m0fnu",   "floating", 6, "uchar",  "uchar",  np.uint8,  "Float8_e8m0fnu",   "c10::Float8_e8m0fnu",     "")
float4_e2m1fn_x2 = dtype("float4_e2m1fn_x2", "floating", 6, "uchar",  "uchar",  np.uint8,  "Float4_e2m1fn_x2", "c10::Float4_e2m1fn_x2",   "")
bits8            = dtype("bits8",            "integer",  1, "uchar",  "uchar",  np.uint8,  "Bits8",            "c10::bits8",              "")
bits16           = dtype("bits16",           "integer",  1, "ushort", "ushort", np.uint16, "Bits16",           "c10::bits16",             "")
bits1x8          = dtype("bits1x8",          "integer",  1, "uchar",  "uchar",  np.uint8,  "Bits1x8",          "c10::bits1x8",            "")
bits2x4          = dtype("bits2x4",          "integer",  1, "uchar",  "uchar",  np.uint8,  "Bits2x4",          "c10::bits2x4",            "")
bits4x2          = dtype("bits4x2",          "integer",  1, "uchar",  "uchar",  np.uint8,  "Bits4x2",          "c10::bits4x2",            "")
# fmt: on

chalf = complex32
REAL = {complex32: float16, complex64: float32, complex128: float64}
"""The dtypes of the parts of complex numbers."""
CARRIED = (
    complex32,
    float8_e4m3fnuz,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    float4_e2m1fn_x2,
    bits8,
    bits16,
    bits1x8,
    bits2x4,
    bits4x2,
)
"""The dtypes whose bits are carried from file to file, moved and seen as others (`view`), and never taken for numbers."""
DECODED: dict[dtype, Any] = {
    complex32: np.float16,
    float8_e4m3fnuz: ml_dtypes.float8_e4m3fnuz,
    float8_e5m2fnuz: ml_dtypes.float8_e5m2fnuz,
    float8_e8m0fnu: ml_dtypes.float8_e8m0fnu,
}
"""What the bits of those that stand for numbers mean to NumPy, or those of the parts of a complex number."""


def decoded(kind: dtype, bits: np.ndarray) -> np.ndarray:
    """The numbers that a flat array's bits stand for, for reading and printing."""
    numbers = bits.view(DECODED[kind]).astype(np.float32)
    return numbers.view(np.complex64) if kind.is_complex else numbers


def halves(number: builtins.complex) -> builtins.int:
    """The bits of a number in complex32."""
    return builtins.int(np.array([number.real, number.imag], np.float16).view(np.uint32)[0])


BITS = NARROW + CARRIED
"""The dtypes that nothing computes with: their elements are unsigned integers of their size to kernels and to NumPy."""

_default = float32
_BY_NUMPY = {kind.np: kind for kind in EVERY}
BY_NAME = {kind.name: kind for kind in EVERY + BITS}
BY_FILE = {kind.file: kind for kind in EVERY}
_BY_PYTHON = {builtins.complex: complex128, builtins.float: float64, builtins.int: int64, builtins.bool: bool}

FORGET_DEFAULT: list[Callable[[], None]] = []
"""What must be forgotten when the default dtype changes: results that were worked out with the old one."""


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats; float32 unless set otherwise."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors made from Python floats. TypeError when it is no floating dtype."""
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, but got {d}")
    if d is not _default:
        _default = d
        for forget in FORGET_DEFAULT:
            forget()


def named(kind: Any, function: str = "dtype") -> dtype:
    """The dtype that a ``dtype=`` argument means: a dtype, or Python's ``float``, ``int`` or ``bool``. TypeError for others."""
    found = kind if isinstance(kind, dtype) else _BY_PYTHON.get(kind) if isinstance(kind, type) else None
    if found is None:
        raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {type(kind).__name__}")
    return found


def from_numpy_dtype(kind: np.dtype) -> dtype:
    """The dtype of a NumPy array. TypeError when there is none, ValueError when its bytes are swapped."""
    found = _BY_NUMPY.get(kind)
    if found is not None:
        return found
    if not kind.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. "
            "Conversion between byte orders is currently not supported."
        )
    raise TypeError(
        f"can't convert np.ndarray of type {kind.type.__module__}.{kind.type.__name__}. The only supported types are: "
        "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
    )


def of_type(name: str) -> dtype:
    """The dtype of a type from before there were dtypes, ``torch.FloatTensor``. ValueError when there is none."""
    plain = name.removeprefix("cltorch.").removeprefix("torch.")
    for kind in EVERY:
        if plain == f"{kind.title}Tensor":
            return kind
    raise ValueError(f"invalid type: '{name}'")


def _check(function: str, **given: object) -> None:
    """TypeError for the first argument that is no dtype."""
    for position, (name, kind) in enumerate(given.items(), 1):
        if not isinstance(kind, dtype):
            raise TypeError(
                f"{function}(): argument '{name}' (position {position}) must be torch.dtype, not {type(kind).__name__}"
            )


# --- promotion --------------------------------------------------------------------------------------------------------


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds what both hold, as torch.promote_types has it."""
    _check("promote_types", type1=type1, type2=type2)
    if type1 is type2:
        return type1
    if type1 in KEPT or type2 in KEPT:
        return _promote_kept(type1, type2)
    low, high = sorted((type1, type2), key=lambda kind: kind.rank)
    if high.is_complex and low is float64:
        return complex128
    if complex32 in (type1, type2) and {type1, type2} & {bfloat16, float32, complex64}:
        return complex64
    if low.rank == high.rank:  # float16 with bfloat16
        return float32
    if low is uint8 and high is int8:
        return int16
    return high


def _promote_kept(type1: dtype, type2: dtype) -> dtype:
    """`promote_types` where one is only kept: unsigned integers go with floats, everything else is refused."""
    names = f"attempted to promote {type1.title} and {type2.title}"
    if any(kind.name.startswith("float8") for kind in (type1, type2)):
        raise RuntimeError(f"Promotion for Float8 Types is not supported, {names}")
    for kind in (type1, type2):
        if kind.is_floating_point:
            return kind
    raise RuntimeError(f"Promotion for uint16, uint32, uint64 types is not supported, {names}")


def _category(kind: dtype) -> builtins.int:
    """0 for bool, 1 for integers, 2 for floating, 3 for complex dtypes."""
    return _KINDS.index(kind.kind)


def of_scalar(kind: type) -> dtype:
    """The dtype that a Python (or NumPy) number of a type stands for: bool, int64 or the default dtype.

    TypeError for any other type.
    """
    if kind is builtins.float:
        return _default
    if issubclass(kind, (builtins.bool, np.bool_)):
        return bool
    if issubclass(kind, (builtins.int, np.integer)):
        return int64
    if issubclass(kind, (builtins.float, np.floating)):
        return _default
    if issubclass(kind, (builtins.complex, np.complexfloating)):
        return _default.to_complex()
    raise TypeError(f"a number must be a bool, an int, a float or a complex number, not {kind.__name__}")


def result_dtype(dims: Sequence[dtype], zero_dims: Sequence[dtype], scalars: Sequence[type]) -> dtype:
    """PyTorch's result type of operands: tensors with dimensions, 0-dimensional tensors, and Python numbers' types.

    A class of operands counts only when its category (bool, integer, floating, complex) is above that of the classes before
    it; a floating dtype that meets a complex one of a later class keeps its size.
    """
    result: dtype | None = None
    for group in (dims, zero_dims, [of_scalar(kind) for kind in scalars]):
        if group:
            own = reduce(promote_types, group)
            if result is None:
                result = own
            elif _category(own) > _category(result):
                result = result.to_complex() if result.is_floating_point else own
    if result is None:
        raise ValueError("result_dtype needs at least one operand")
    return result


def can_cast(from_: dtype, to: dtype) -> builtins.bool:
    """Whether a result of dtype ``from_`` may be stored as ``to``: never in a lower category."""
    _check("can_cast", from_=from_, to=to)
    return _category(from_) <= _category(to)


# --- limits -----------------------------------------------------------------------------------------------------------


class _Limits:
    """Limits of one dtype; those of the same dtype are equal, and have no hash, as PyTorch's."""

    dtype: str
    _fields: tuple[str, ...]

    def __eq__(self, other: object) -> builtins.bool:
        return isinstance(other, type(self)) and other.dtype == self.dtype

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        numbers = "".join(f"{name}={getattr(self, name):g}, " for name in self._fields)
        return f"{type(self).__name__}({numbers}dtype={self.dtype})"


class finfo(_Limits):
    """Limits of a floating dtype (the default one if none is given), of a complex one those of its parts; see torch.finfo.

    ``bits``, ``eps`` (step above 1), ``max``, ``min``, ``tiny`` or ``smallest_normal``, ``resolution`` (of its decimal
    digits), ``dtype`` (its name).
    """

    __module__ = "cltorch"

    _fields = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type: dtype | None = None) -> None:
        kind = _default if type is None else type
        _check("finfo", type=kind)
        if not kind.differentiable:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{kind}'")
        kind = kind.to_real()
        info = ml_dtypes.finfo(DECODED.get(kind, kind.np))
        self.bits = kind.itemsize * 8
        self.eps, self.max, self.min = builtins.float(info.eps), builtins.float(info.max), builtins.float(info.min)
        self.tiny = self.smallest_normal = builtins.float(info.smallest_normal)
        self.resolution = 1.0 if kind in DECODED else 10.0**-info.precision
        self.dtype = kind.name


class iinfo(_Limits):
    """Limits of an integer dtype; see torch.iinfo: ``bits``, ``max``, ``min``, ``dtype`` (its name)."""

    __module__ = "cltorch"

    _fields = ("min", "max")

    def __init__(self, type: dtype) -> None:
        _check("iinfo", type=type)
        if type.differentiable or type in NARROW:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type}'")
        if type is bool:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        self.bits = type.itemsize * 8
        self.min = -(1 << self.bits - 1) if type.is_signed else 0
        self.max = self.min + (1 << self.bits) - 1
        self.dtype = type.name
