"""Stable sort of rows, with the positions that elements came from."""

from __future__ import annotations

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Call, In, Int, Kernel, Lowered, Out, Temp
from .elements import functions, index_type
from .pool import split
from .render import named, render


def lower_sort(rows: int, n: int, dtype: DType, descending: bool, traits: Traits) -> Lowered:
    """In(0) (rows, n) -> Out(0) sorted values, Out(1) int64 positions; NaN is the greatest, equal elements keep their order."""
    if not rows or not n:
        return Lowered(())
    index = index_type(rows * n)
    source = render(
        "sort.cl.mako",
        name="KERNEL",
        functions=functions("e", dtype),
        storage=dtype.storage,
        compute=dtype.compute,
        floating=dtype.is_floating_point,
        descending=descending,
        index=index,
        cpu=traits.form == "cpu",
    )
    name = named(f"sort_{'down' if descending else 'up'}_{dtype.name}", source)
    text = source.replace("KERNEL", name)
    for helper in ("load_e", "store_e", "rounded_e", "before_e"):
        text = text.replace(helper, f"{helper}_{name}")
    items, chunk, local = split(rows, traits)
    if traits.form == "cpu":
        items = min(rows, 4 * traits.compute_units)
        chunk = -(-rows // items)
    sizes = (Int(rows, index), Int(chunk, index), Int(n, index))
    call = Call(Kernel(name, text), (In(0), Out(0), Out(1), Temp(0), Temp(1), *sizes), (items,), (local,))
    return Lowered((call,), (rows * n * dtype.itemsize, rows * n * 8))
