"""Scans: running sum, product, maximum, minimum and logarithm of summed exponentials along a dimension."""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from . import codec
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .elements import functions, index_type, kernel, product, split

BETTER = {"max": ">=", "min": "<="}
LANES = 16  # neighbouring columns that a CPU walks side by side
BLOCK = {"cpu": 8192, "gpu": 64}  # fewest steps of a stretch, where a column is cut into several
ASSOCIATIVE = {("float", "double"), ("long", "long"), ("int", "long")}  # sums whose order shows in no result
SIZES = {"double2": 16, "float2": 8, "double": 8, "float": 4, "long": 8, "int": 4, "short": 2, "char": 1, "uchar": 1}


class Scan(NamedTuple):
    """``kind`` (sum, prod, max, min, logsumexp) along the middle of (outer, n, inner), from one dtype to another."""

    kind: str
    outer: int
    n: int
    inner: int
    in_dtype: DType
    dtype: DType


def lower(p: Scan, traits: Traits) -> Lowered:
    """In(0) (outer, n, inner) -> Out(0) the same shape in ``dtype``; for max and min also Out(1) int64 positions."""
    if not p.outer * p.inner * p.n:
        return Lowered(())
    outs: tuple[Arg, ...] = (Out(0), Out(1)) if p.kind in BETTER else (Out(0),)
    scanner = _Scanner(p, traits)
    scanner.scan((In(0),), outs, p.n, nested=False)
    return Lowered(tuple(scanner.calls), tuple(scanner.temps))


class _Scanner:
    """Collects the launches of one scan: totals of stretches, their scan (in the same way), the stretches themselves."""

    def __init__(self, p: Scan, traits: Traits) -> None:
        self.p, self.traits = p, traits
        self.cpu = traits.form == "cpu"
        wide = p.dtype.is_floating_point and traits.fp64 and p.kind not in BETTER
        self.acc = "double" if wide else p.dtype.compute
        self.calls: list[Call] = []
        self.temps: list[int] = []

    def scan(self, source: tuple[Arg, ...], outs: tuple[Arg, ...], n: int, nested: bool) -> None:
        """Running values of ``source`` (elements, or totals with their positions), ``n`` steps a column."""
        blocks, size = self.blocks(n)
        carry: tuple[Arg, ...] = ()
        if blocks > 1:
            totals = self.scratch(blocks)
            self.call(source, totals, (), n, blocks, size, nested, totals=True)
            carry = self.scratch(blocks)
            self.scan(totals, carry, blocks, nested=True)
        self.call(source, outs, carry, n, blocks, size, nested, totals=False)

    def blocks(self, n: int) -> tuple[int, int]:
        """Into how many stretches a column is cut so that all work-items have some, and their length."""
        strips = self.p.outer * (-(-self.p.inner // LANES) if self.cpu else self.p.inner)
        wanted = (2 if self.cpu else 256) * self.traits.compute_units
        least = BLOCK[self.traits.form]
        if strips >= wanted or n < 2 * least:
            return 1, n
        size = max(least, -(-n // -(-wanted // strips)))
        return -(-n // size), size

    def scratch(self, blocks: int) -> tuple[Arg, ...]:
        """Memory for one value a stretch, and its position."""
        count = self.p.outer * blocks * self.p.inner
        first = len(self.temps)
        self.temps.append(count * SIZES[self.acc])
        if self.p.kind not in BETTER:
            return (Temp(first),)
        self.temps.append(count * 8)
        return Temp(first), Temp(first + 1)

    def call(
        self,
        source: tuple[Arg, ...],
        outs: tuple[Arg, ...],
        carry: tuple[Arg, ...],
        n: int,
        blocks: int,
        size: int,
        nested: bool,
        totals: bool,
    ) -> None:
        """Add one launch."""
        p = self.p
        lanes = LANES if self.cpu and p.inner > 1 else 1
        strips = -(-p.inner // lanes)
        units = p.outer * blocks * strips
        index = index_type(p.outer * p.n * p.inner)
        quick = p.kind == "logsumexp" and p.dtype.compute == p.in_dtype.compute == "float"
        stretch = self.cpu and lanes == 1 and p.kind == "sum" and (p.in_dtype.compute, self.acc) in ASSOCIATIVE
        made = kernel(
            f"scan_{p.kind}_{p.in_dtype.name}_{p.dtype.name}",
            "scan.cl.mako",
            ("math@1", "math@16") if quick else (),
            functions=functions("i_KERNEL", p.in_dtype) + functions("o_KERNEL", p.dtype),
            kind=p.kind,
            quick=quick,
            vector=codec.load_vector(p.in_dtype, "in + at", 16) if quick else "",
            stretch=codec.load_vector(p.in_dtype, "in + at", 8) if stretch else "",
            stored="" if codec.is_packed(p.dtype) else p.dtype.compute,
            joined=product("a", "b", p.dtype) if p.kind == "prod" else "a + b",
            better=BETTER.get(p.kind, ""),
            positions=p.kind in BETTER,
            acc=self.acc,
            in_storage=self.acc if nested else p.in_dtype.storage,
            out_storage=self.acc if totals or nested else p.dtype.storage,
            nested=nested,
            totals=totals,
            carried=bool(carry),
            lanes=lanes,
            index=index,
            cpu=self.cpu,
        )
        items, chunk, local = split(units, self.traits, size * lanes)
        sizes = tuple(Int(k, index) for k in (units, chunk, n, p.inner, strips, blocks, size))
        self.calls.append(Call(made, (*source, *outs, *carry, *sizes), (items,), (local,)))
