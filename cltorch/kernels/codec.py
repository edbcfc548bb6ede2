"""How elements of each dtype are read from memory and written to it: the one place that spells it, for all kernel families.

Floats of 16 and 8 bits lie in memory as unsigned integers and are computed in ``float``; all other dtypes but bool (``uchar`` 0
or 1) lie there as they are computed. Fused kernels decode and encode whole vectors in registers (`decode`, `encode`: functions
of a prelude, for every number of lanes), other families use scalar loads and stores (`load`, `store`), which for 16-bit floats
are the driver's.
"""

from __future__ import annotations

from ..dtypes import dtype as DType

PACKED = {
    "float16": ("half", "half"),
    "bfloat16": ("half", "bfloat"),
    "float8_e4m3fn": ("float8", "e4m3fn"),
    "float8_e5m2": ("float8", "e5m2"),
}
"""The dtypes that are packed in memory: the prelude that has their functions, and their name in it."""


def is_packed(dtype: DType) -> bool:
    """Whether memory holds bits that have to be decoded."""
    return dtype.name in PACKED


def prelude(dtype: DType) -> str:
    """The prelude with the functions of a packed dtype."""
    return PACKED[dtype.name][0]


def decode(text: str, floats: str, dtype: DType) -> str:
    """Expression: packed bits as ``floats`` (``float``, ``float8``)."""
    return f"{PACKED[dtype.name][1]}_to_{floats}({text})"


def encode(text: str, floats: str, dtype: DType) -> str:
    """Expression: the packed bits of ``floats`` that are exact in the dtype."""
    return f"{floats}_to_{PACKED[dtype.name][1]}({text})"


def rounded(text: str, floats: str, dtype: DType) -> str:
    """Expression: ``floats`` rounded to the precision of the dtype, half to even."""
    return f"round_{PACKED[dtype.name][1]}_{floats}({text})"


def load(dtype: DType, pointer: str, index: str, space: str = "__global ") -> str:
    """Expression: element ``index`` of ``pointer`` in the compute type."""
    if dtype.name == "float16":
        return f"vload_half({index}, (const {space}half*)({pointer}))"
    if dtype.name == "bfloat16":
        return f"as_float((uint)({pointer})[{index}] << 16)"
    return f"({pointer})[{index}]"


def load_vector(dtype: DType, address: str, width: int) -> str:
    """Expression: ``width`` neighbours at ``address``, of a float of 16 bits as a vector of float, else as they lie there."""
    if dtype.name == "float16":
        return f"vload_half{width}(0, (const __global half*)({address}))"
    if dtype.name == "bfloat16":
        return f"as_float{width}(convert_uint{width}(vload{width}(0, {address})) << 16)"
    return f"vload{width}(0, {address})"


def store(dtype: DType, pointer: str, index: str, value: str, space: str = "__global ") -> str:
    """Statement: write an expression of the compute type, rounded to nearest even."""
    if dtype.name == "float16":
        return f"vstore_half_rte({value}, {index}, ({space}half*)({pointer}));"
    if dtype.name == "bfloat16":
        return (
            f"{{ const float rounded = {value}; const uint bits = as_uint(rounded); ({pointer})[{index}] = "
            "isnan(rounded) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16); }"
        )
    cast = "" if dtype.storage == dtype.compute else f"({dtype.storage})"
    return f"({pointer})[{index}] = {cast}({value});"
