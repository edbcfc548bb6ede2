"""Matrix products ``out[g, i, j] = sum_k a[g, i, k] * b[g, k, j] (+ bias[j])`` over operands of any strides.

Sizes, strides and offsets are arguments. Text are: the dtype, which stride of each operand is 1, whether there is a
bias, the width of an index, and the register tile, which follows the device and, below 7 rows or one vector of columns,
the shape. float16 and bfloat16 are summed in float and rounded once; integers wrap around.

CPU form: `gemm_direct` (one launch, A in place, B copied panel by panel) for small matrices, `gemm_skinny` (B in place)
for up to 4 rows, `gemm_pack` and then `gemm_packed` for large ones. GPU form: `gemm_tiled`, and sums of products where a
tile would be almost empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..dtypes import dtype as DType
from ..dtypes import float32, float64
from ..runtime.traits import Traits
from . import fused, group_tiles
from .body import Body, Compute, Load, Node, Reduce, Store
from .call import Arg, Call, In, Int, Lowered, Out, Temp
from .group_tiles import GroupTile
from .sizes import least, most
from .tiles import Spelling, ceil_div, index_type, kernel, number, round_up, transpose


class Operand(NamedTuple):
    """Element (g, i, j) of a matrix operand is at ``offset + g * batch_stride + i * row_stride + j * col_stride``.

    Counted in elements. A batch stride of 0 repeats one matrix.
    """

    batch_stride: int
    row_stride: int
    col_stride: int
    offset: int

    @property
    def transposed(self) -> Operand:
        """The same matrices with rows and columns exchanged."""
        return Operand(self.batch_stride, self.col_stride, self.row_stride, self.offset)

    def extent(self, batch: int, rows: int, columns: int) -> int:
        """One more than the largest index."""
        last = (batch - 1) * self.batch_stride + (rows - 1) * self.row_stride + (columns - 1) * self.col_stride
        return self.offset + last + 1

    def args(self, index: str) -> tuple[Int, ...]:
        """The four numbers as kernel arguments."""
        return tuple(Int(value, index) for value in self)


@dataclass(frozen=True, slots=True)
class Gemm:
    """``batch`` products of an m x k by a k x n matrix, with or without a dense vector of n added to every row."""

    batch: int
    m: int
    n: int
    k: int
    dtype: DType
    a: Operand
    b: Operand
    bias: bool


class _Tile(NamedTuple):
    """The register tile of the CPU form: ``rows`` x ``vectors`` of ``lanes``, over panels ``depth`` steps deep."""

    rows: int
    lanes: int
    vectors: int
    depth: int

    @property
    def columns(self) -> int:
        return self.lanes * self.vectors


def lower(g: Gemm, traits: Traits) -> Lowered:
    """Launches for ``g``: In(0) = a, In(1) = b, In(2) = bias if any, Out(0) = dense (batch, m, n).

    With k = 0 the result is zero (or the bias). An empty result takes no launch. bool raises `TypeError`.
    """
    spelling = number(g.dtype)
    if g.batch * g.m * g.n == 0:
        return Lowered(())
    if traits.form == "gpu":
        thin = min(g.m, g.n) <= 4 and g.k > 0 and g.dtype.is_floating_point
        return _lower_as_sums(g, traits) if thin else _lower_tiled(g, spelling, traits)
    slots = (In(0), In(1))
    if g.n == 1 and g.m > 1 and not g.bias:  # a column is as dense as a row, and a row has vectors
        g = Gemm(g.batch, 1, g.m, g.k, g.dtype, g.b.transposed, g.a.transposed, False)
        slots = (In(1), In(0))
    if _is_skinny(g):
        return _lower_skinny(g, slots, spelling, traits)
    if _packs(g):
        return _lower_packed(g, slots, spelling, traits)
    return _lower_direct(g, slots, spelling, traits)


def _order(line_stride: int, step_stride: int) -> str:
    """Which neighbours of an operand lie side by side: ``step`` (along k), ``line`` (across) or ``any`` (neither)."""
    return "step" if step_stride == 1 else "line" if line_stride == 1 else "any"


def _index(g: Gemm) -> str:
    return index_type(g.batch * g.m * g.n, g.a.extent(g.batch, g.m, g.k), g.b.extent(g.batch, g.k, g.n))


def _lanes(spelling: Spelling, traits: Traits) -> int:
    """Elements of the compute type in a native vector."""
    return max(2, traits.vector_width * 4 // spelling.itemsize)


def _tile(g: Gemm, spelling: Spelling, traits: Traits) -> _Tile:
    """6 rows of 2 vectors fill 16 registers, 8 rows use 32 better; fewer rows leave room for more vectors."""
    lanes = _lanes(spelling, traits)
    rows = min(g.m, 8 if traits.vector_width >= 16 else 6)
    vectors = 1 if g.n <= lanes else 2
    return _Tile(rows, lanes, vectors, 256)


def _packs(g: Gemm) -> bool:
    """Whether copies of all of A and B pay: they do where A falls out of the second-level cache between two panels."""
    return least(g.m, g.n, g.k) >= 96 and g.m * g.n * g.k >= 480**3


def _is_skinny(g: Gemm) -> bool:
    """Whether B is read too seldom to be copied, and lies along k like A, or across."""
    if g.m > 4:
        return False
    order = _order(g.b.col_stride, g.b.row_stride)
    return order == "line" or (order == "step" and g.a.col_stride == 1)


def _names(g: Gemm, spelling: Spelling, tile: _Tile, index: str) -> dict[str, object]:
    """What every template of the CPU form is rendered with."""
    return {
        "number": spelling,
        "index": index,
        "bias": g.bias,
        "rows": tile.rows,
        "lanes": tile.lanes,
        "vectors": tile.vectors,
        "depth": tile.depth,
        "a_order": _order(g.a.row_stride, g.a.col_stride),
        "b_order": _order(g.b.col_stride, g.b.row_stride),
        "transposed": transpose([f"t{i}" for i in range(tile.lanes)], f"{spelling.compute}{tile.lanes}"),
        "partial": spelling.dtype.itemsize < spelling.itemsize and g.k > tile.depth,
    }


def _outputs(g: Gemm, names: dict[str, object], temp: int) -> tuple[Arg, ...]:
    """Bias, result and, where sums of 16 bits are kept between blocks of k, their scratch buffer."""
    bias: tuple[Arg, ...] = (In(2),) if g.bias else ()
    partial: tuple[Arg, ...] = (Temp(temp),) if names["partial"] else ()
    return (*bias, Out(0), *partial)


def _partial_bytes(g: Gemm, names: dict[str, object], spelling: Spelling) -> tuple[int, ...]:
    return (g.batch * g.m * g.n * spelling.itemsize,) if names["partial"] else ()


def _lower_direct(g: Gemm, slots: tuple[In, In], spelling: Spelling, traits: Traits) -> Lowered:
    tile, index = _tile(g, spelling, traits), _index(g)
    names = _names(g, spelling, tile, index)
    rows = range(tile.rows)
    names["elements"] = {
        "step": [spelling.load(f"a{r}", "s") for r in rows],
        "line": [spelling.load("from", f"s * a_col + {r}") for r in rows],
        "any": [spelling.load(f"a{r}", "s * a_col") for r in rows],
    }[str(names["a_order"])]
    panels = ceil_div(g.n, tile.columns)
    block_rows = _block_rows(g, tile, g.batch * panels, traits)
    blocks = ceil_div(g.m, block_rows)
    units = g.batch * panels * blocks
    items, chunk = _share(units, traits)
    args: tuple[Arg, ...] = (
        *(*slots, *_outputs(g, names, 0), Int(g.m), Int(g.n), Int(g.k)),
        *(*g.a.args(index), *g.b.args(index)),
        *(Int(panels), Int(blocks), Int(block_rows), Int(units), Int(chunk)),
    )
    text = kernel(f"gemm_direct_{g.dtype.name}", "gemm_direct.cl.mako", **names)
    return Lowered((Call(text, args, (items,), (1,)),), _partial_bytes(g, names, spelling))


def _lower_skinny(g: Gemm, slots: tuple[In, In], spelling: Spelling, traits: Traits) -> Lowered:
    index, lanes = _index(g), _lanes(spelling, traits)
    order = _order(g.b.col_stride, g.b.row_stride)
    columns = max(2, 8 // g.m)
    if order == "line":
        columns = max(1, min(columns, g.n // lanes)) * lanes
    panels = ceil_div(g.n, columns)
    units = g.batch * panels
    items, chunk = _share(units, traits)
    text = kernel(
        f"gemm_skinny_{g.dtype.name}",
        "gemm_skinny.cl.mako",
        number=spelling,
        index=index,
        bias=g.bias,
        rows=g.m,
        lanes=lanes,
        columns=columns,
        b_order=order,
    )
    bias: tuple[Arg, ...] = (In(2),) if g.bias else ()
    args: tuple[Arg, ...] = (
        *(*slots, *bias, Out(0), Int(g.n), Int(g.k), *g.a.args(index), *g.b.args(index)),
        *(Int(panels), Int(units), Int(chunk)),
    )
    return Lowered((Call(text, args, (items,), (1,)),))


def _lower_as_sums(g: Gemm, traits: Traits) -> Lowered:
    """A fused reduction: thin products are bound by reading the large operand, which a tile of few rows does badly."""
    computed = float64 if g.dtype is float64 else float32
    loads = (
        Load(0, g.dtype, (g.a.batch_stride, g.a.row_stride, 0, g.a.col_stride), g.a.offset),
        Load(1, g.dtype, (g.b.batch_stride, 0, g.b.col_stride, g.b.row_stride), g.b.offset),
    )
    nodes: list[Node] = [*loads, Compute("a * b", ("a", "b"), (0, 1), (computed, computed), computed)]
    nodes.append(Reduce("sum", 2, computed))
    if g.bias:
        nodes += [Load(2, g.dtype, (0, 0, 1, 0), 0)]
        nodes += [Compute("a + b", ("a", "b"), (3, 4), (computed, computed), computed)]
    nodes.append(Store(0, len(nodes) - 1, g.dtype, (g.m * g.n, g.n, 1, 0), 0))
    return fused.lower(Body((g.batch, g.m, g.n, g.k), (3,), tuple(nodes)), traits)


def _block_rows(g: Gemm, tile: _Tile, others: int, traits: Traits) -> int:
    """Rows of a unit: enough units for every compute unit, but none with less work than starting it costs."""
    wanted = ceil_div(2 * traits.compute_units, others)
    enough = most(1, g.m * tile.columns * most(g.k, 1) // 20_000)
    return round_up(ceil_div(g.m, most(1, least(wanted, enough))), tile.rows)


def _share(units: int, traits: Traits) -> tuple[int, int]:
    """Work-items, and units each takes in a row: at most 8 work-items a compute unit."""
    chunk = ceil_div(units, 8 * traits.compute_units)
    return ceil_div(units, chunk), chunk


def _lower_packed(g: Gemm, slots: tuple[In, In], spelling: Spelling, traits: Traits) -> Lowered:
    tile, index = _tile(g, spelling, traits), _index(g)
    names = _names(g, spelling, tile, index)
    names["elements"] = [f"from[s * {tile.rows} + {r}]" for r in range(tile.rows)]
    a_panels, b_panels = ceil_div(g.m, tile.rows), ceil_div(g.n, tile.columns)
    a_numel, b_numel = a_panels * tile.rows * g.k, b_panels * tile.columns * g.k
    a_batches = g.batch if g.a.batch_stride else 1
    b_batches = g.batch if g.b.batch_stride else 1
    units = a_batches * a_panels + b_batches * b_panels
    items, chunk = _share(units, traits)
    args: tuple[Arg, ...] = (
        *(*slots, Temp(0), Temp(1), Int(g.m), Int(g.n), Int(g.k)),
        *(*g.a.args(index), *g.b.args(index)),
        *(Int(a_panels), Int(b_panels), Int(a_batches * a_panels), Int(units), Int(chunk)),
    )
    names["turned"] = transpose([f"t{i}" for i in range(8)], f"{spelling.compute}8") if tile.rows > 4 else []
    pack = Call(kernel(f"gemm_pack_{g.dtype.name}", "gemm_pack.cl.mako", **names), args, (items,), (1,))
    block_rows = round_up(ceil_div(g.m, ceil_div(g.m, 192)), tile.rows)
    row_blocks = ceil_div(g.m, block_rows)
    block_panels = _block_panels(g.batch * row_blocks, b_panels, traits)
    column_blocks = ceil_div(b_panels, block_panels)
    units = g.batch * row_blocks * column_blocks
    items, chunk = _share(units, traits)
    args = (
        *(Temp(0), Temp(1), *_outputs(g, names, 2), Int(g.m), Int(g.n), Int(g.k)),
        *(Int(a_numel if g.a.batch_stride else 0, index), Int(b_numel if g.b.batch_stride else 0, index)),
        *(Int(row_blocks), Int(column_blocks), Int(block_rows), Int(block_panels), Int(units), Int(chunk)),
    )
    multiply = Call(kernel(f"gemm_packed_{g.dtype.name}", "gemm_packed.cl.mako", **names), args, (items,), (1,))
    temps = (a_batches * a_numel * spelling.itemsize, b_batches * b_numel * spelling.itemsize)
    return Lowered((pack, multiply), temps + _partial_bytes(g, names, spelling))


def _block_panels(others: int, panels: int, traits: Traits) -> int:
    """Panels of a unit: four units for every compute unit, and as many for each where that can be had."""
    fewest = max(1, min(ceil_div(4 * traits.compute_units, others), panels))
    sizes = [ceil_div(panels, blocks) for blocks in range(fewest, min(fewest + traits.compute_units, panels) + 1)]
    return min(sizes, key=lambda size: (others * ceil_div(panels, size) % traits.compute_units != 0, -size))


def _lower_tiled(g: Gemm, spelling: Spelling, traits: Traits) -> Lowered:
    tile, parts = group_tiles.choose(g.batch, g.m, g.n, g.k, spelling.itemsize, traits)
    return lower_with(g, spelling, tile, parts, traits)


def lower_with(g: Gemm, spelling: Spelling, tile: GroupTile, parts: int, traits: Traits) -> Lowered:
    """The GPU form with a given tile, and with k in so many parts, which a second launch adds up."""
    index = index_type(parts * g.batch * g.m * g.n, g.a.extent(g.batch, g.m, g.k), g.b.extent(g.batch, g.k, g.n))
    part_size = round_up(ceil_div(g.k, parts), tile.depth)
    a_order, b_order = _order(g.a.row_stride, g.a.col_stride), _order(g.b.col_stride, g.b.row_stride)
    wide = g.m * g.n * g.k >= 1 << 22  # below, a text and a plan less for other lengths are worth more than wide reads
    names = {
        "number": spelling,
        "index": index,
        "tile": tile,
        "a_order": a_order,
        "b_order": b_order,
        "a_width": _width(g.a, a_order, g.m, g.k, spelling) if wide else 1,
        "b_width": _width(g.b.transposed, b_order, g.n, g.k, spelling) if wide else 1,
        "out_width": 4 if wide and (spelling.plain or parts > 1) and g.n % 4 == 0 else 1,
        "bias": g.bias and parts == 1,
        "parts": parts > 1,
    }
    bias: tuple[Arg, ...] = (In(2),) if g.bias else ()
    args: tuple[Arg, ...] = (
        *(In(0), In(1), *(bias if parts == 1 else ()), Out(0) if parts == 1 else Temp(0)),
        *(Int(g.m), Int(g.n), Int(g.k), *g.a.args(index), *g.b.args(index)),
        *((Int(parts), Int(part_size)) if parts > 1 else ()),
    )
    text = kernel(f"gemm_tiled_{g.dtype.name}", "gemm_tiled.cl.mako", **names)
    size = (ceil_div(g.n, tile.side_n) * tile.group, ceil_div(g.m, tile.side_m), g.batch * parts)
    call = Call(text, args, size, (tile.group, 1, 1))
    if parts == 1:
        return Lowered((call,))
    numel = g.batch * g.m * g.n
    whole = group_tiles.sum_parts(spelling, numel, parts, 0, traits, g.n if g.bias else 0)
    return Lowered((call, whole), (parts * numel * spelling.itemsize,))


def _width(operand: Operand, order: str, lines: int, k: int, spelling: Spelling) -> int:
    """How many elements of an operand can be read at once: four, if each four lie side by side, aligned."""
    along, others = (lines, operand.col_stride) if order == "line" else (k, operand.row_stride)
    if order == "any" or not spelling.plain or along % 4 or others % 4:
        return 1
    return 1 if operand.offset % 4 or operand.batch_stride % 4 else 4
