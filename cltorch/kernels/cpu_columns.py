"""The CPU form with lanes along the innermost row dimension: reductions over outer dimensions, and of short rows."""

from __future__ import annotations

from collections.abc import Sequence

from ..dtypes import dtype as DType
from .body import Load, Store
from .cpu_emitter import CpuEmitter, Shares, ceil_div, scalar_dtype
from .loops import FULL, UNIFORM, Block, Loops
from .registers import Register, spell, type_of

LEAST_VECTORS = 4  # so that whole cache lines are read
VECTORS = 64  # most vectors of rows in a block: their states stay in the nearest cache


class Columns(CpuEmitter):
    """Lanes along the innermost row dimension; every row is a lane of its own."""

    template = "reduce_columns.cl.mako"
    unroll_limit = 1

    def __init__(self, loops: Loops, lanes: int, split: bool) -> None:
        super().__init__(loops, lanes, split)
        self.row_lanes = lanes
        self.arrays: list[str] = []

    def keep(self, value: Register, block: Block, i: int | None = None, on_row: bool = False) -> Register:
        """Row values live in arrays, one vector for each of the block's vectors of rows: several loops see them."""
        if not on_row and block is not self.row:
            return super().keep(value, block, i, on_row)
        name = f"v{len(self.arrays)}_"
        self.arrays.append(f"{type_of(value)} {name}[{VECTORS}];")
        block.lines.append(f"{name}[v] = {value.text};")
        return Register(f"{name}[v]", value.kind, value.lanes, value.bits)

    def variables(self, stem: str, like: Sequence[Register], declared: list[tuple[str, str]]) -> list[Register]:
        """States are arrays too."""
        values = [Register(f"{stem}{k}[v]", v.kind, v.lanes, v.bits) for k, v in enumerate(like)]
        self.arrays += [f"{type_of(v)} {stem}{k}[{VECTORS}];" for k, v in enumerate(like)]
        return values

    def lane_stride(self, access: int) -> int:
        """The stride from lane to lane."""
        return self.loops.geometry.accesses[access].rows[-1]

    def address(self, access: int, level: int) -> str:
        """The index of the first lane's element."""
        stride, across = self.loops.geometry.accesses[access].walk[-1], self.lane_stride(access)
        text = f"{'p' if level == FULL else 'o'}{access}"
        if across:
            text += " + c" if across == 1 else f" + c * {self.lane_step(access)}"
        return f"{text} + at * {self.stride(access, 's', stride)}" if stride and level == FULL else text

    def lane_step(self, access: int) -> str:
        """The parameter of the stride from lane to lane."""
        return self.stride(access, f"r{len(self.loops.geometry.rows) - 1}", self.lane_stride(access))

    def load(self, i: int, node: Load, block: Block) -> Register:
        """One element where lanes share it, else a vector across rows."""
        pointer, a, level = self.parameters.input(node.slot, node.dtype), self.loops.access(i), self.loops.levels[i]
        writer = block.writer
        if level == UNIFORM:
            return writer.unpack(f"{pointer}[{self.offset(a)}]", node.dtype, 1)
        stride, base = self.lane_stride(a), self.address(a, level)
        if stride == 0:
            return writer.unpack(f"{pointer}[{base}]", node.dtype, 1)
        step = "1" if stride == 1 else self.lane_step(a)
        text = self.lanes_from(f"({pointer} + {base})", step, node.dtype, block, level == FULL)
        return writer.unpack(text, node.dtype, self.lanes)

    def lanes_from(self, pointer: str, step: str, dtype: DType, block: Block, in_walk: bool) -> str:
        """A vector of elements ``step`` apart; where some do not exist, lanes repeat the last one. Walks have texts of
        their own for whole and for ragged vectors, the loops around them one for both."""
        whole = self.vector(pointer, dtype) if step == "1" else self.gather(pointer, step, False, dtype)
        ragged = self.gather(pointer, step, True, dtype)
        if in_walk:
            return ragged if self.ragged else whole
        name = block.writer.fresh()
        block.lines.append(f"{spell(dtype.storage, self.lanes)} {name};")
        block.lines.append(f"if (left == {self.lanes}) {name} = {whole};")
        block.lines.append(f"else {name} = {ragged};")
        return name

    def position(self, access: int, level: int, ctype: str, block: Block) -> Register:
        """The number that an access stands for, per lane across rows."""
        if level == UNIFORM:
            return Register(f"(({ctype}){self.offset(access)})", ctype, 1)
        stride, base = self.lane_stride(access), f"({ctype})({self.address(access, level)})"
        if not stride:
            return Register(f"({base})", ctype, 1)
        widened = spell(ctype, self.lanes)
        step = f"({ctype}){self.lane_step(access)}"
        return Register(f"(({widened})({base}) + {self.lane_numbers(ctype)} * ({widened})({step}))", ctype, self.lanes)

    def store(self, i: int, node: Store, block: Block) -> None:
        """Write a vector across rows."""
        pointer, a = self.parameters.output(node.slot, node.dtype), self.loops.access(i)
        value = block.writer.widen(self.stored(node, block), self.lanes)
        packed = block.writer.pack(value, node.dtype)
        level, stride = self.loops.levels[i], self.lane_stride(a)
        base = f"({pointer} + {self.address(a, level)})"
        if stride != 1:
            self.scatter(base, self.lane_step(a), packed, node.dtype, block, level != FULL or self.ragged)
        elif level != FULL:
            self.store_neighbours(base, packed, node.dtype, block)
        elif self.ragged:
            self.scatter(base, "1", packed, node.dtype, block, ragged=True)
        else:
            block.lines.append(self.whole_store(base, packed, node.dtype))

    def whole_store(self, pointer: str, packed: str, dtype: DType) -> str:
        """The statement that writes a whole vector to neighbours."""
        return f"*(__global {spell(dtype.storage, self.lanes)}_at*){pointer} = {packed};"

    def store_neighbours(self, pointer: str, packed: str, dtype: DType, block: Block) -> None:
        """Write the lanes that exist to neighbours."""
        block.lines.append(f"if (left == {self.lanes}) {{")
        block.lines.append(self.whole_store(pointer, packed, dtype))
        block.lines.append("} else {")
        self.scatter(pointer, "1", packed, dtype, block, ragged=True)
        block.lines.append("}")

    def load_partial(self, temp: str, like: Register, block: Block) -> Register:
        """The partial results of part ``q`` of these rows."""
        kind = "int" if like.kind == "mask" else like.kind
        name = self.lanes_from(f"({temp} + q * rows + row + c)", "1", scalar_dtype(kind), block, in_walk=False)
        return Register(name, like.kind, self.lanes, 32)

    def store_partial(self, temp: str, value: Register, block: Block) -> None:
        """Leave the partial results of these rows' part."""
        kind = "int" if value.kind == "mask" else value.kind
        text = block.writer.mask(value, 32).text
        self.store_neighbours(f"({temp} + part * rows + row + c)", text, scalar_dtype(kind), block)

    def sizes(self, shares: Shares, parts: int) -> None:
        """The parameters of the loops."""
        super().sizes(shares, parts)
        width = self.loops.geometry.rows[-1]
        self.parameters.size("width", width, self.index)
        self.parameters.size("row_blocks", ceil_div(width, self.lanes * shares.block), self.index)
        self.parameters.size("block", shares.block, self.index)
        self.parameters.size("rows", self.loops.geometry.row_count, self.index)

    def loop_names(self) -> dict[str, object]:
        """The statements that take rows and segments apart."""
        geometry = self.loops.geometry
        outer = len(geometry.rows) - 1
        return {
            "vectors": VECTORS,
            "arrays": self.arrays,
            "row_counters": [*self.counters("row", "row_rest", outer), f"const {self.index} row_{outer} = column;"],
            "walk_counters": self.counters("walk", "walk_rest", len(geometry.walk) - 1),
        }
