"""Products of sparse matrices in compressed rows with dense ones, dense tensors from coordinates, and few coordinates once each."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .elements import functions, kernel, moved, product, split

WIDTH = 64  # columns that a CPU's work-item adds up at once, at most


class Rows(NamedTuple):
    """A matrix of ``rows`` compressed rows times a dense one of ``columns`` columns; ``held``: how many values there are.

    ``row`` and ``column`` are the strides of the dense matrix, ``offsets`` say where each operand starts.
    """

    rows: int
    columns: int
    held: int
    dtype: DType
    row: int
    column: int
    offsets: tuple[int, ...]


def lower(p: Rows, traits: Traits) -> Lowered:
    """In(0) where rows start, In(1) the column of each value, In(2) values, In(3) the dense matrix -> Out(0) (rows, columns)."""
    if not p.rows * p.columns:
        return Lowered(())
    cpu = traits.form == "cpu"
    width = min(WIDTH, 1 << (p.columns.bit_length() - 1)) if cpu else 1
    native = p.column == 1 and p.dtype.storage == p.dtype.compute and not p.dtype.is_complex
    lanes = min(width, max(1, 4 * traits.vector_width // p.dtype.itemsize), 16) if cpu and native else 1
    blocks = -(-p.columns // width)
    items, chunk, local = split(p.rows * blocks, traits, 1 + p.held // p.rows * width)
    made = kernel(
        f"sparse_rows_{p.dtype.name}",
        "sparse_rows.cl.mako",
        functions=functions("e_KERNEL", p.dtype),
        storage=p.dtype.storage,
        compute=p.dtype.compute,
        product=product("a", "b", p.dtype),
        width=width,
        lanes=lanes,
        cpu=cpu,
    )
    sizes = tuple(Int(n, "long") for n in (p.rows * blocks, chunk, blocks, p.columns, p.row, p.column, *p.offsets))
    ins = (In(0), In(1), In(2), In(3))
    return Lowered((Call(made, (*ins, Out(0), *sizes), (items,), (local,)),))


class Placed(NamedTuple):
    """``held`` values (``inner`` elements each) at coordinates in order, of dimensions of these ``sizes``."""

    sizes: tuple[int, ...]
    held: int
    inner: int
    dtype: DType
    step: int
    offsets: tuple[int, ...]


CHUNK = 256  # places that a GPU's work-item makes


def lower_dense(p: Placed, traits: Traits) -> Lowered:
    """In(0) coordinates, a row of them for each dimension, ``step`` apart, In(1) values -> Out(0) the dense tensor."""
    total = prod(p.sizes)
    if not total * p.inner:
        return Lowered(())
    gpu = traits.form == "gpu"
    items, chunk, local = split(total, traits, p.inner)
    if gpu:
        chunk, items = CHUNK, -(-total // CHUNK // local) * local
    made = kernel("sparse_dense", "sparse_dense.cl.mako", moved=moved(p.dtype), depth=len(p.sizes))
    sizes = (total, p.held, p.inner, chunk, p.step, *p.offsets, *p.sizes[1:])
    args: tuple[Arg, ...] = (In(0), In(1), Out(0), *[Int(n, "long") for n in sizes])
    return Lowered((Call(made, args, (items,), (local,)),))


class Joined(NamedTuple):
    """``held`` values (``inner`` elements each) at coordinates in any order, of dimensions of these ``sizes``."""

    sizes: tuple[int, ...]
    held: int
    inner: int
    dtype: DType


DIGIT = 11  # bits by which places that come in no order are put into one


def lower_joined(p: Joined, traits: Traits) -> Lowered:
    """In(0) coordinates, a row of them for each dimension, In(1) values -> Out(0) each place once in order, its rows side by side from the start, Out(1)
    the sums of their values, Out(2) how many there are: by one work-item, so for few."""
    made = kernel(
        f"sparse_joined_{p.dtype.name}",
        "sparse_joined.cl.mako",
        functions=functions("e_KERNEL", p.dtype),
        storage=p.dtype.storage,
        compute=p.dtype.compute,
        depth=len(p.sizes),
        bits=DIGIT,
    )
    digits = -(-max(prod(p.sizes) - 1, 1).bit_length() // DIGIT)
    args: tuple[Arg, ...] = (
        In(0),
        In(1),
        Out(0),
        Out(1),
        Out(2),
        Temp(0),
        Temp(1),
        Int(p.held),
        Int(p.inner),
        Int(digits),
    )
    sizes = tuple(Int(n, "long") for n in p.sizes[1:])
    return Lowered((Call(made, (*args, *sizes), (1,), (1,)),), (16 * p.held, 8 * p.held))
