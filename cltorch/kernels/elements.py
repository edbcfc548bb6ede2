"""How scalar kernels read, write and combine elements of a dtype: small C functions that their templates share."""

from __future__ import annotations

from ..dtypes import dtype as DType

UNSIGNED = {1: "uchar", 2: "ushort", 4: "uint", 8: "ulong"}


def moved(dtype: DType) -> str:
    """The C type in which elements are moved without looking at them."""
    return UNSIGNED[dtype.itemsize]


def functions(name: str, dtype: DType) -> str:
    """``load_NAME(pointer, i)`` and ``store_NAME(pointer, i, x)`` between the storage and the compute type of ``dtype``."""
    storage, compute = dtype.storage, dtype.compute
    if dtype.name == "float16":
        read = "vload_half(i, (const __global half*)p)"
        write = "vstore_half_rte(x, i, (__global half*)p)"
    elif dtype.name == "bfloat16":
        read = "as_float((uint)p[i] << 16)"
        write = f"p[i] = rounded_{name}(x)"
    else:
        read, write = "p[i]", "p[i] = x"
    rounding = (
        f"static ushort rounded_{name}(float x) {{\n"
        "    const uint bits = as_uint(x);\n"
        "    return isnan(x) ? 0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);\n}\n"
        if dtype.name == "bfloat16"
        else ""
    )
    return (
        f"{rounding}static {compute} load_{name}(const __global {storage}* p, const long i) {{ return {read}; }}\n"
        f"static void store_{name}(__global {storage}* p, const long i, const {compute} x) {{ {write}; }}\n"
    )


def index_type(*counts: int) -> str:
    """``int`` when all positions fit into it, else ``long``."""
    return "int" if max(counts, default=0) < 1 << 31 else "long"
