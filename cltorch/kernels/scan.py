"""Scans: running sum, product, maximum and minimum along a dimension."""

from __future__ import annotations

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Kernel, Lowered, Out
from .elements import functions, index_type
from .pool import split
from .render import named, render

SIGNS = {"sum": "+", "prod": "*", "max": "", "min": ""}
BETTER = {"max": ">=", "min": "<="}


def lower_scan(kind: str, outer: int, n: int, inner: int, in_dtype: DType, dtype: DType, traits: Traits) -> Lowered:
    """In(0) (outer, n, inner) -> Out(0) the same shape in ``dtype``; for max and min also Out(1) int64 positions."""
    units = outer * inner
    if not units or not n:
        return Lowered(())
    index = index_type(units * n)
    positions = kind in BETTER
    source = render(
        "scan.cl.mako",
        name="KERNEL",
        functions=functions("i", in_dtype) + functions("o", dtype),
        in_storage=in_dtype.storage,
        storage=dtype.storage,
        compute=dtype.compute,
        positions=positions,
        better=BETTER.get(kind, ""),
        sign=SIGNS[kind],
        index=index,
        cpu=traits.form == "cpu",
    )
    name = named(f"scan_{kind}_{in_dtype.name}_{dtype.name}", source)
    text = source.replace("KERNEL", name)
    for helper in ("load_i", "store_i", "load_o", "store_o", "rounded_i", "rounded_o"):
        text = text.replace(helper, f"{helper}_{name}")
    items, chunk, local = split(units, traits)
    if traits.form == "cpu" and units > 1:
        items = min(units, 4 * traits.compute_units) if units * n > 4096 else 1
        chunk = -(-units // items)
    outs: tuple[Arg, ...] = (Out(0), Out(1)) if positions else (Out(0),)
    sizes = (Int(units, index), Int(chunk, index), Int(n, index), Int(inner, index))
    return Lowered((Call(Kernel(name, text), (In(0), *outs, *sizes), (items,), (local,)),))
