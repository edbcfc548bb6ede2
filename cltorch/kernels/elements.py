"""What scalar kernels share: C functions that read and write elements of a dtype, their names, and how work is split."""

from __future__ import annotations

from ..config import config
from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import codec
from .call import Kernel
from .render import named, render
from .sizes import choose, least, most

SMALL = 4096  # elements below which one work-item does all: a second one would cost more than it saves
UNSIGNED = {1: "uchar", 2: "ushort", 4: "uint", 8: "ulong", 16: "ulong2"}


def moved(dtype: DType) -> str:
    """The C type in which elements are moved without looking at them."""
    return UNSIGNED[dtype.itemsize]


def functions(name: str, dtype: DType) -> str:
    """``load_NAME(pointer, i)`` and ``store_NAME(pointer, i, x)`` between the storage and the compute type of ``dtype``."""
    storage, compute = dtype.storage, dtype.compute
    read, write = codec.load(dtype, "p", "i"), codec.store(dtype, "p", "i", "x")
    return (
        f"static {compute} load_{name}(const __global {storage}* p, const long i) {{ return {read}; }}\n"
        f"static void store_{name}(__global {storage}* p, const long i, const {compute} x) {{ {write} }}\n"
    )


def product(a: str, b: str, dtype: DType) -> str:
    """The product of two variables of the compute type, as an expression."""
    if dtype.is_complex:
        return f"({dtype.compute})({a}.x * {b}.x - {a}.y * {b}.y, {a}.x * {b}.y + {a}.y * {b}.x)"
    return f"{a} * {b}"


NARROW = 0 if config.wide_index else (1 << 31) - (1 << 24)
"""Positions from which indices take 64 bits: a grid of work-items may step over the end by as much as it has work-items."""


def index_type(*counts: int) -> str:
    """``int`` when all positions fit into it, else ``long`` (always with ``CLTORCH_INDEX=64``, for tests)."""
    return "int" if all(count < NARROW for count in counts) else "long"


def kernel(stem: str, template: str, preludes: tuple[str, ...] = (), **names: object) -> Kernel:
    """The kernel of a template. ``name`` is its own name there; helper functions get it as a suffix (``load_e_${name}``).

    Values in ``names`` spell it KERNEL: `functions("e_KERNEL", dtype)`.
    """
    source = render(template, name="KERNEL", **names)
    name = named(stem, source)
    return Kernel(name, source.replace("KERNEL", name), preludes)


def split(units: int, traits: Traits, size: int = 1) -> tuple[int, int, int]:
    """Work-items, units of each, and the local size for a kernel that walks ``units`` of ``size`` elements."""
    if traits.form == "cpu":
        items = choose(SMALL, units * size, 1, most(1, least(units, 4 * traits.compute_units)))
        return items, -(-units // items), 1
    local = min(256, traits.max_work_group)
    groups = most(1, least(-(-units // local), 64 * traits.compute_units))
    return groups * local, 0, local


def infinity(dtype: DType) -> int:
    """The bits of infinity: those of a NaN, without its sign, are greater. 0 where there is none."""
    return {"float16": 0x7C00, "bfloat16": 0x7F80, "float32": 0x7F800000, "float64": 0x7FF << 52}.get(dtype.name, 0)


def ordering(name: str, dtype: DType, descending: bool = False) -> tuple[str, str]:
    """The C type of keys, and ``key_NAME(bits)``: an unsigned key of an element's bits whose order is that of the elements.

    NaN is the greatest, all NaNs are equal, and so are both zeros; ``descending`` turns the order round. Signs are guessed wrong
    half of the time, so it has no branch.
    """
    bits, kind = 8 * dtype.itemsize, "ulong" if dtype.itemsize == 8 else "uint"
    ones, sign = f"({kind})0x{(1 << bits) - 1:x}", f"({kind})0x{1 << (bits - 1):x}"
    body = ""
    if dtype.is_floating_point:
        body = (
            f"    const {kind} size = x & ~{sign};\n"
            f"    x &= -({kind})(size != 0);\n"
            f"    x ^= (-(x >> {bits - 1}) | {sign}) & {ones};\n"
            f"    x = (x | -({kind})(size > ({kind})0x{infinity(dtype):x})) & {ones};\n"
        )
    elif dtype.is_signed:
        body = f"    x ^= {sign};\n"
    end = f"~x & {ones}" if descending else "x"
    return (
        kind,
        f"static {kind} key_{name}(const {moved(dtype)} bits) {{\n    {kind} x = bits;\n{body}    return {end};\n}}\n",
    )
