"""Text that register-tiled kernels share: how a dtype is read, computed in and written; transposes."""

from __future__ import annotations

from dataclasses import dataclass

from .. import dtypes
from ..dtypes import dtype as DType
from . import codec
from .call import Kernel
from .elements import index_type as index_type
from .render import named, render

_NAME = "KERNEL_NAME"  # stands for the name until the text, which the name depends on, is there


@dataclass(frozen=True, slots=True)
class Spelling:
    """How elements of one dtype are spelled in a kernel that accumulates.

    ``storage`` is the type in a buffer; ``compute`` the type of products and sums: float for float16 and bfloat16, an
    unsigned integer for integers, because it wraps around by definition (the low bits are those of the signed result).
    """

    dtype: DType
    storage: str
    compute: str

    @property
    def plain(self) -> bool:
        """Whether a buffer holds the compute type itself, so that vectors are read and written as they are."""
        return self.storage == self.compute

    @property
    def itemsize(self) -> int:
        """Bytes of one compute element."""
        return 8 if self.compute in ("double", "ulong") else 4

    @property
    def zero(self) -> str:
        """The literal 0 of the compute type."""
        return {"float": "0.0f", "double": "0.0"}.get(self.compute, "0")

    def load(self, pointer: str, index: str) -> str:
        """Expression: element ``index`` of ``pointer``, in the compute type."""
        element = codec.load(self.dtype, pointer, index)
        return element if self.plain or codec.is_packed(self.dtype) else f"({self.compute}){element}"

    def load_vector(self, address: str, width: int) -> str:
        """Expression: ``width`` consecutive elements at ``address``, which need no more than element alignment."""
        if self.plain:
            return f"*(const __global vector_at*)({address})"
        elements = codec.load_vector(self.dtype, address, width)
        return elements if codec.is_packed(self.dtype) else f"convert_{self.compute}{width}({elements})"

    def store(self, pointer: str, index: str, value: str) -> str:
        """Statement: write ``value``, an expression of the compute type, rounded to nearest even."""
        if codec.is_packed(self.dtype):
            return codec.store(self.dtype, pointer, index, value)
        return f"({pointer})[{index}] = ({self.storage})({value});"


def number(dtype: DType) -> Spelling:
    """The spelling of ``dtype``. bool raises `TypeError`: sums of products are not defined for it."""
    if dtype is dtypes.bool:
        raise TypeError(f"no sum of products for {dtype}")
    if dtype.is_floating_point:
        return Spelling(dtype, dtype.storage, dtype.compute)
    return Spelling(dtype, dtype.storage, "ulong" if dtype.itemsize == 8 else "uint")


def transpose(names: list[str], vector: str, lanes: int = 0) -> list[str]:
    """Statements that transpose the square of ``len(names)`` vectors of as many lanes, in place, or as many squares beside each other as ``lanes`` hold.

    Blocks of 1, 2, 4... lanes off the diagonal are exchanged, one size a stage.
    """
    width = len(names)
    statements = []
    block = 1
    while block < width:
        for i in range(width):
            if i & block:
                continue
            x, y = names[i], names[i + block]
            low, high = _merged(x, y, vector, lanes or width, block)
            statements.append(f"{{ const {vector} low = {low}; {y} = {high}; {x} = low; }}")
        block *= 2
    return statements


def _merged(x: str, y: str, vector: str, width: int, block: int) -> tuple[str, str]:
    """Those blocks of two vectors that have even numbers, in turn, and the odd ones. By swizzles of whole vectors: lanes one by one are 32
    instructions for a compiler where these are four, and transpositions were a third of a convolution's build."""
    even = [lane for lane in range(width) if not lane & block]
    odd = [lane for lane in range(width) if lane & block]
    place = [even.index(lane & ~block) + (width // 2 if lane & block else 0) for lane in range(width)]

    def some(lanes: list[int]) -> str:
        return "s" + "".join(f"{lane:x}" for lane in lanes)

    low, high = (f"(({vector})({x}.{some(half)}, {y}.{some(half)})).{some(place)}" for half in (even, odd))
    return low, high


def sum_lanes(names: list[str], vector: str) -> list[str]:
    """Statements after which lane i of the first of ``len(names)`` vectors is the sum of all lanes of the i-th.

    Two vectors become one a step: an addition and two shuffles a vector, where lanes one by one are as many additions.
    """
    width = len(names)
    statements = []
    block = 1
    while block < width:
        for i in range(0, width, 2 * block):
            x, y = names[i], names[i + block]
            low, high = _merged(x, y, vector, width, block)
            statements.append(f"{x} = {low} + {high};")
        block *= 2
    return statements


def ceil_div(a: int, b: int) -> int:
    """``a / b`` rounded up."""
    return -(-a // b)


def round_up(a: int, b: int) -> int:
    """The least multiple of ``b`` that is not below ``a``."""
    return -(-a // b) * b


def kernel(stem: str, template: str, **names: object) -> Kernel:
    """The kernel that ``template`` makes with ``names``; products and sums may be contracted to fused ones."""
    text = render(template, name=_NAME, **names)
    name = named(stem, text)
    return Kernel(name, text.replace(_NAME, name), options="-cl-mad-enable")
