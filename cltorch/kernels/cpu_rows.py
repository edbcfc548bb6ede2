"""The CPU form with lanes along the walked dimension: maps, and reductions over neighbours in memory."""

from __future__ import annotations

from typing import Any

from .body import Load, Store
from .cpu_emitter import CpuEmitter
from .loops import FULL, UNIFORM, Block, Loops, Stage, Walk
from .registers import PARTS, SIGNED, Register, Writer, bits_of, spell, type_of

FAR = 2048  # elements from which a part of a walk is a stream of its own; shorter ones never get a prefetcher going
LINE = 64  # bytes of a cache's line
LARGE = 1 << 22  # bytes of a map's result from which it is written past the caches
CACHED = 2048  # elements of a row up to which costly values are kept from walk to walk: 8 KiB of float32


class Rows(CpuEmitter):
    """Lanes along the innermost walked dimension."""

    template = "map_reduce_rows.cl.mako"
    row_lanes = 1
    unroll_limit = 4

    def __init__(self, loops: Loops, lanes: int, split: bool) -> None:
        super().__init__(loops, lanes, split)
        short = not split and len(loops.geometry.walk) == 1 and loops.geometry.walk[0] <= CACHED
        self.caching = frozenset(loops.repeated()) if short else frozenset()
        self.cached_in: dict[int, int] = {}  # node -> walk that fills its cache
        self.cache: dict[int, tuple[str, str, int]] = {}  # node -> C type, kind and bits of a vector
        self.is_past = False  # whether what is emitted now writes past the caches
        stores = loops.full_stores
        self.goes_past = not loops.reducers and len(stores) == 1 and self._fills_lines(stores[0])

    def _fills_lines(self, i: int) -> bool:
        """Whether vectors of a store are whole lines of a cache: of parts of them writing past the caches takes longer."""
        node: Any = self.loops.nodes[i]
        return self.loops.walk_stride(i) == 1 and self.lanes * node.dtype.itemsize >= LINE

    def load(self, i: int, node: Load, block: Block) -> Register:
        """A scalar of the row, or a vector along the walk."""
        pointer, a = self.parameters.input(node.slot, node.dtype), self.loops.access(i)
        writer = block.writer
        if self.loops.levels[i] != FULL:
            where = f"o{a}" if self.loops.levels[i] != UNIFORM else self.offset(a)
            return writer.unpack(f"{pointer}[{where}]", node.dtype, 1)
        stride = self.loops.walk_stride(i)
        if stride == 0:
            return writer.unpack(f"{pointer}[p{a}]", node.dtype, 1)
        if stride == 1 and not self.ragged:
            return writer.unpack(self.vector(f"{pointer} + p{a} + at", node.dtype), node.dtype, self.lanes)
        if stride == 2 and not self.ragged and not node.dtype.is_complex:  # parts of complex numbers
            text = self.every_second(f"{pointer} + p{a} + at * 2", node.dtype)
            return writer.unpack(text, node.dtype, self.lanes)
        step = "1" if stride == 1 else self.stride(a, "s", stride)
        base = f"({pointer} + p{a} + at{'' if stride == 1 else ' * ' + step})"
        return writer.unpack(self.gather(base, step, self.ragged, node.dtype), node.dtype, self.lanes)

    def position(self, access: int, level: int, ctype: str, block: Block) -> Register:
        """The number that an access stands for, per lane along the walk."""
        if level == UNIFORM:
            return Register(f"(({ctype}){self.offset(access)})", ctype, 1)
        stride = self.loops.geometry.accesses[access].walk[-1]
        if level != FULL or not stride:
            return Register(f"(({ctype}){'p' if level == FULL else 'o'}{access})", ctype, 1)
        step = "" if stride == 1 else f" * {self.stride(access, 's', stride)}"
        lanes, widened = self.lane_numbers(ctype), spell(ctype, self.lanes)
        scaled = lanes if stride == 1 else f"{lanes} * ({widened})(({ctype}){step[3:]})"
        return Register(f"(({widened})(({ctype})(p{access} + at{step})) + {scaled})", ctype, self.lanes)

    def store(self, i: int, node: Store, block: Block) -> None:
        """Write a scalar of the row, or a vector along the walk."""
        pointer, a = self.parameters.output(node.slot, node.dtype), self.loops.access(i)
        value = self.stored(node, block)
        if self.loops.levels[i] != FULL:
            block.lines.append(f"{pointer}[o{a}] = {block.writer.pack(value, node.dtype)};")
            return
        stride = self.loops.walk_stride(i)
        packed = block.writer.pack(block.writer.widen(value, self.lanes), node.dtype)
        if stride == 1 and not self.ragged:
            vector = spell(node.dtype.storage, self.lanes)
            if self.is_past:
                block.lines.append(f"store_past({packed}, (__global {vector}*)({pointer} + p{a} + at));")
            else:
                block.lines.append(f"*(__global {vector}_at*)({pointer} + p{a} + at) = {packed};")
            return
        step = "1" if stride == 1 else self.stride(a, "s", stride)
        base = f"({pointer} + p{a} + at{'' if stride == 1 else ' * ' + step})"
        self.scatter(base, step, packed, node.dtype, block, self.ragged)

    def walk(self, walk: Walk, stage: Stage, number: int) -> dict[str, object]:
        """As `CpuEmitter.walk`, with a second loop where a map's result may be written past the caches."""
        pieces = super().walk(walk, stage, number)
        self.is_past = self.goes_past
        pieces["past"] = self.step(walk, {}, 0, ragged=False) if self.goes_past else []
        self.is_past = False
        return pieces

    def segment_offsets(self) -> list[str]:
        """Those, and whether a map's result is written past the caches: a large one, at places of whole vectors, that is written over nothing
        which was just read."""
        lines = super().segment_offsets()
        if self.goes_past:
            i = self.loops.full_stores[0]
            node: Any = self.loops.nodes[i]
            output = self.parameters.output(node.slot, node.dtype)
            at = f"(ulong)({output} + p{self.loops.access(i)} + begin) % {self.lanes * node.dtype.itemsize} == 0"
            inputs = [
                name for name, ctype in self.parameters.names.items() if name.startswith("in") and ctype.endswith("*")
            ]
            others = [f"(ulong){output} != (ulong){name}" for name in inputs]
            large = f"(long)units * length >= {LARGE // node.dtype.itemsize}"
            lines.append(f"const int past = {' && '.join([large, at, *others])};")
        return lines

    def existing(self, new: Register, old: Register) -> str:
        """In the last vector of a segment only the first ``left`` lanes exist."""
        if not self.ragged:
            return new.text
        bits = new.bits if new.kind == "mask" else bits_of(new.kind)
        kind = SIGNED[bits]
        inside = f"({self.lane_numbers(kind)} < ({spell(kind, self.lanes)})(({kind})left))"
        if new.kind in PARTS:
            return Writer("", {}).select(Register(inside, "mask", self.lanes, bits), new, old).text
        return f"select({old.text}, {new.text}, {inside})"

    def compute(self, i: int, block: Block) -> Register:
        """The expression of node ``i``, or what an earlier walk kept of it."""
        if self.cached_in.get(i, self.walk_number) < self.walk_number:
            _, kind, bits = self.cache[i]
            return Register(f"cache{i}[at / {self.lanes}]", kind, self.lanes, bits)
        return super().compute(i, block)

    def keep(self, value: Register, block: Block, i: int | None = None, on_row: bool = False) -> Register:
        """The value under a name; one that later walks need again goes into the row's cache as well."""
        named = super().keep(value, block, i, on_row)
        if i in self.caching and self.cached_in.setdefault(i, self.walk_number) == self.walk_number:
            wide = self.loops.levels[i] == FULL and block.writer.widen(named, self.lanes)
            if wide:
                self.cache[i] = (type_of(wide), wide.kind, wide.bits)
                block.lines.append(f"cache{i}[at / {self.lanes}] = {wide.text};")
        return named

    def load_partial(self, temp: str, like: Register, block: Block) -> Register:
        """The partial result of part ``q`` of this row."""
        text = f"{temp}[q * rows + row]"
        return Register(f"({text} != 0)" if like.kind == "mask" else text, like.kind, 1)

    def store_partial(self, temp: str, value: Register, block: Block) -> None:
        """Leave one partial result of this row's part."""
        block.lines.append(f"{temp}[part * rows + row] = {value.text};")

    def loop_names(self) -> dict[str, object]:
        """The statements that take rows and segments apart."""
        geometry = self.loops.geometry
        return {
            "far": FAR,
            "plain": not self.loops.reducers,
            "row_counters": self.counters("row", "row_rest", len(geometry.rows)),
            "next_row": self.following("row", len(geometry.rows)),
            "walk_counters": self.counters("walk", "walk_rest", len(geometry.walk) - 1),
            "caches": [f"{ctype} cache{i}[{CACHED // self.lanes}];" for i, (ctype, *_) in self.cache.items()],
        }
