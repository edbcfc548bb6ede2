"""Gather and scatter at computed positions: what indexing with tensors, embedding, gather and scatter are made of."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, Fault, In, Int, Kernel, Lowered, Out
from .elements import functions, index_type, moved
from .pool import split
from .render import named, render

COMBINE = {
    "add": "old + new",
    "prod": "old * new",
    "amax": "(new > old || new != new) ? new : old",
    "amin": "(new < old || new != new) ? new : old",
}


class Indexer(NamedTuple):
    """An index tensor, read at ``offset + sum(i[d] * strides[d])``: it adds ``value * step`` to the position.

    Values from ``-size`` to ``size - 1`` are allowed, negative ones count from the end; ``dim`` is named in the error.
    """

    strides: tuple[int, ...]
    offset: int
    size: int
    step: int
    dim: int
    dtype: DType


class Indexed(NamedTuple):
    """Positions ``offset + sum(i[d] * strides[d])`` plus what the index tensors add, for ``i`` in ``shape``."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    indexers: tuple[Indexer, ...]
    dtype: DType


def lower_gather(x: Indexed, traits: Traits) -> Lowered:
    """In(0) source, In(1..) index tensors -> Out(0) dense, of ``x.shape``."""
    return _lower("gather", x, (0,) * len(x.shape), 0, traits)


def lower_scatter(x: Indexed, mode: str, value_strides: tuple[int, ...], value_offset: int, traits: Traits) -> Lowered:
    """In(0) values (read by strides), In(1..) index tensors -> Out(0), changed in place; mode set, add, prod, amax, amin."""
    return _lower(mode, x, value_strides, value_offset, traits)


def _atomic(mode: str, dtype: DType, traits: Traits) -> str:
    """The kind of atomic addition on a GPU; none elsewhere, and where there is none one work-item does all."""
    if traits.form == "gpu" and mode == "add":
        return {"float32": "float", "int32": "int"}.get(dtype.name, "")
    return ""


def _lower(mode: str, x: Indexed, value_strides: tuple[int, ...], value_offset: int, traits: Traits) -> Lowered:
    units = prod(x.shape)
    if not units:
        return Lowered(())
    rank = len(x.shape)
    atomic = _atomic(mode, x.dtype, traits)
    plain = mode in ("gather", "set")
    reach = [s * n for s, n in zip(x.strides, x.shape, strict=True)]
    index = index_type(units, x.offset + sum(reach) + sum(i.size * i.step for i in x.indexers))
    source = render(
        "index.cl.mako",
        name="KERNEL",
        functions="" if plain or atomic else functions("e", x.dtype),
        mode=mode,
        atomic=atomic,
        in_type=moved(x.dtype) if plain else x.dtype.storage,
        out_type=moved(x.dtype) if plain else x.dtype.storage,
        compute=x.dtype.compute,
        combine=COMBINE.get(mode, ""),
        index_types=[i.dtype.storage for i in x.indexers],
        rank=rank,
        index=index,
        cpu=traits.form == "cpu",
    )
    name = named(f"{'gather' if mode == 'gather' else 'scatter_' + mode}_{x.dtype.name}", source)
    text = source.replace("KERNEL", name)
    for helper in ("load_e", "store_e", "rounded_e", "add_atomic"):
        text = text.replace(helper, f"{helper}_{name}")
    items, chunk, local = split(units, traits)
    if mode != "gather" and not atomic:  # in order: sums are the same every time, and the last of equal positions stays
        items, chunk, local = 1, units, 1
    args: list[Arg] = [In(0), Out(0), Fault()]
    for k, indexer in enumerate(x.indexers):
        numbers = (indexer.offset, indexer.size, indexer.step)
        args += [
            In(k + 1),
            *(Int(n, index) for n in numbers),
            Int(indexer.dim),
            *(Int(s, index) for s in indexer.strides),
        ]
    for d in range(rank):
        args += [Int(x.shape[d], index), Int(x.strides[d], index), Int(value_strides[d], index)]
    args += [Int(n, index) for n in (x.offset, value_offset, units, chunk)]
    return Lowered((Call(Kernel(name, text), tuple(args), (items,), (local,)),))
