"""Fused kernels for CPUs: few work-items, each walking contiguous chunks in explicit vectors.

Two loop orders. *Rows*: the lanes of a vector lie along the walked dimension; a row's value is a scalar. Maps are rows
without a reduction. *Columns*: the lanes lie along the innermost row dimension, each lane being a row of its own, and the
walk goes from element to element; for reductions over outer dimensions, and for short rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from .. import dtypes
from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .body import Load, Store
from .call import Call, Lowered
from .program import FULL, UNIFORM, Block, Emitter, Program, Stage, Walk, dtype_of, stored_kinds
from .reducing import Reducer, across_lanes, finish, prepare, start
from .registers import SIGNED, SIZE, Value, Writer, spell, type_of

_SCALARS = (dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)
CHEAP = 8192  # elements times cost below which one work-item is faster than starting several
UNROLL = 4  # vectors, and accumulators, of a cheap loop


@dataclass(frozen=True, slots=True)
class Shares:
    """How the work is cut. A row's walk is cut into segments: the innermost dimension in blocks of ``length``, times the
    outer ones; ``per_part`` segments are a part; a unit is one part of one row (or block of columns)."""

    length: int
    blocks: int
    segments: int
    per_part: int
    parts: int
    units: int
    chunk: int  # units of a work-item
    items: int


def ceil_div(a: int, b: int) -> int:
    """``a / b`` rounded up."""
    return -(-a // b)


def lower_cpu(program: Program, traits: Traits) -> Lowered:
    """The launches of a body in the CPU form."""
    columns = use_columns(program, traits)
    lanes = lane_count(program, traits)
    shares = share(program, traits, lanes, columns)
    split = bool(program.reducers) and shares.parts > 1
    stages = program.stages() if split else [program.whole()]
    form = Columns if columns else Rows
    calls = []
    for stage in stages:
        emitter = form(program, lanes, split)
        own = shares if stage.walks else share_rows(program, traits, lanes, shares, columns)
        calls.append(emitter.call(stage, own, shares.parts))
    temps = [SIZE[kind] * shares.parts * program.geometry.row_count for kind in stored_kinds(list(program.reducers.values()))]
    return Lowered(tuple(calls), tuple(temps) if split else ())


def lane_count(program: Program, traits: Traits) -> int:
    """Lanes of every vector in the kernel: a native vector of its widest element, at most 16."""
    return max(2, min(16, 4 * traits.vector_width // max(2, program.widest())))


def use_columns(program: Program, traits: Traits) -> bool:
    """Whether the lanes lie along rows: their elements are neighbours and a row's are not, or the rows are short."""
    geometry = program.geometry
    if not program.reducers or not geometry.rows:
        return False
    loads = [
        geometry.accesses[program.access(i)]
        for i, node in enumerate(program.nodes)
        if isinstance(node, Load) and program.levels[i] == FULL
    ]
    across = sum(1 for access in loads if access.rows[-1] == 1)
    along = sum(1 for access in loads if access.walk[-1] == 1)
    lanes = lane_count(program, traits)
    if across > along:
        return geometry.rows[-1] >= lanes or geometry.walk[-1] < lanes
    return geometry.walk_count <= 2 * lanes and geometry.rows[-1] >= lanes


def share(program: Program, traits: Traits, lanes: int, columns: bool) -> Shares:
    """How the walk of a whole body is cut."""
    geometry = program.geometry
    inner, outer = geometry.walk[-1], prod(geometry.walk[:-1])
    rows = geometry.row_count
    if columns:
        rows = rows // geometry.rows[-1] * ceil_div(geometry.rows[-1], lanes)
    work = rows * outer * inner * program.cost() * (lanes if columns else 1)
    wanted = 4 * traits.compute_units if work > CHEAP else 1
    if not program.reducers:
        most = max(1, min(wanted, work // CHEAP * 2))
        pieces = max(1, ceil_div(most, max(1, rows)))
        length = max(lanes, ceil_div(ceil_div(inner, pieces), lanes) * lanes)
        length = min(length, 1 << 16)
        blocks = max(1, ceil_div(inner, length))
        return cut(length, blocks, blocks, 1, blocks, rows, most)
    limit = 1024 * (1 if columns else lanes * UNROLL)
    length = max(1, min(inner, limit))
    blocks = max(1, ceil_div(inner, length))
    segments = outer * blocks
    parts = 1
    if rows < traits.compute_units or (columns and inner * outer > 4 * limit) or segments > 4096:
        parts = min(segments if length == limit else ceil_div(outer * inner, limit), max(1, work // CHEAP))
        if parts < wanted and work > 4 * CHEAP and not columns:
            length = max(lanes * UNROLL, ceil_div(ceil_div(outer * inner, wanted), lanes) * lanes)
            length = min(length, inner)
            blocks = ceil_div(inner, length)
            segments = outer * blocks
            parts = min(segments, wanted)
    parts = max(1, min(parts, segments))
    per_part = max(1, ceil_div(segments, parts))
    return cut(length, blocks, segments, per_part, max(1, ceil_div(segments, per_part)), rows, wanted)


def cut(length: int, blocks: int, segments: int, per_part: int, parts: int, rows: int, items: int) -> Shares:
    """Shares of ``rows * parts`` units among at most ``items`` work-items."""
    units = rows * parts
    chunk = max(1, ceil_div(units, items))
    return Shares(length, blocks, segments, per_part, parts, units, chunk, max(1, ceil_div(units, chunk)))


def share_rows(program: Program, traits: Traits, lanes: int, shares: Shares, columns: bool) -> Shares:
    """Shares of the kernel that only joins partial results and stores once a row."""
    rows = shares.units // shares.parts
    work = rows * shares.parts * (lanes if columns else 1) * 2
    return cut(1, 1, 1, 1, 1, rows, 4 * traits.compute_units if work > CHEAP else 1)


class CpuEmitter(Emitter):
    """What both loop orders share."""

    template: str

    def __init__(self, program: Program, lanes: int, split: bool) -> None:
        super().__init__(program, lanes)
        self.split = split
        self.ragged = False  # whether some lanes of what is emitted now may not exist
        self.uniform.writer.need("vectors")

    def call(self, stage: Stage, shares: Shares, parts: int) -> Call:
        """The launch of one stage. ``parts`` is the number of partial results of a row."""
        self.sizes(shares, parts)
        combined = self.combine(stage)
        walks = [self.walk(walk, stage, n) for n, walk in enumerate(stage.walks)]
        for i in stage.stores:
            self.store(i, self.program.nodes[i], self.row)  # type: ignore[arg-type]
        kernel = self.kernel(
            self.template,
            uniform=self.uniform.lines,
            offsets=self.offsets(),
            combined=combined,
            walks=walks,
            after=self.row.take(),
            **self.loop_names(),
        )
        return Call(kernel, tuple(self.parameters.arguments), (shares.items,), (1,))

    def sizes(self, shares: Shares, parts: int) -> None:
        """The parameters of the loops."""
        geometry, add = self.program.geometry, self.parameters.size
        for name, value in (
            ("units", shares.units),
            ("chunk", shares.chunk),
            ("unit_parts", shares.parts),
            ("per_part", shares.per_part),
            ("segments", shares.segments),
            ("blocks", shares.blocks),
            ("length", shares.length),
            ("inner", geometry.walk[-1]),
        ):
            add(name, value, self.index)
        if self.split:
            add("parts", parts, self.index)
        for d, n in enumerate(geometry.rows[1:], 1):
            add(f"row{d}", n, self.index)
        for d, n in enumerate(geometry.walk[1:-1], 1):
            add(f"walk{d}", n, self.index)

    def loop_names(self) -> dict[str, object]:
        """Names that the template needs besides the blocks."""
        return {}

    def counters(self, name: str, rest: str, count: int) -> list[str]:
        """Statements that take the flat counter ``rest`` apart into ``count`` dimensions, the outermost without bound."""
        lines = []
        for d in range(count - 1, 0, -1):
            lines.append(f"const {self.index} {name}_{d} = {rest} % {name}{d};")
            lines.append(f"{rest} /= {name}{d};")
        if count:
            lines.append(f"const {self.index} {name}_0 = {rest};")
        return lines

    def offsets(self) -> list[str]:
        """Statements: where each access starts in this row."""
        lines = []
        for a, access in enumerate(self.program.geometry.accesses):
            terms = [self.parameters.size(f"a{a}", access.offset, self.index)]
            terms += [f"row_{d} * {self.stride(a, f'r{d}', s)}" for d, s in enumerate(access.rows)]
            lines.append(f"const {self.index} o{a} = {' + '.join(terms)};")
        return lines

    def segment_offsets(self) -> list[str]:
        """Statements: where each access starts in this segment of the walk, apart from the innermost dimension."""
        lines = []
        for a, access in enumerate(self.program.geometry.accesses):
            terms = [f"o{a}"]
            terms += [f"walk_{d} * {self.stride(a, f'w{d}', s)}" for d, s in enumerate(access.walk[:-1])]
            lines.append(f"const {self.index} p{a} = {' + '.join(terms)};")
        return lines

    # --- partial results ---------------------------------------------------------------------------------------------

    def temp_names(self, i: int) -> list[str]:
        """The scratch buffers of a reduction's partial results."""
        first = 0
        for j, reducer in self.program.reducers.items():
            kinds = stored_kinds([reducer])
            if j == i:
                return [self.parameters.temp(first + k, kind) for k, kind in enumerate(kinds)]
            first += len(kinds)
        raise KeyError(i)

    def combine(self, stage: Stage) -> list[dict[str, object]]:
        """Per reduction of earlier kernels: the loop over its partial results. Its result becomes a row value."""
        found = []
        for i in stage.combined:
            reducer = self.program.reducers[i]
            before, step = Block(f"c{i}_", self.preludes), Block(f"d{i}_", self.preludes)
            names = [f"state{i}_{k}" for k in range(len(reducer.kinds))]
            initial = start(reducer, self.row_lanes, before.writer)
            state = [Value(n, v.kind, v.lanes, v.bits) for n, v in zip(names, initial, strict=True)]
            temps = self.temp_names(i)
            partial = [self.load_partial(temp, v, step) for temp, v in zip(temps, state, strict=True)]
            joined = [step.writer.let(v) for v in reducer.join(state, partial, step.writer)]
            lines = [f"{s.text} = {self.same(v, s, step.writer).text};" for s, v in zip(state, joined, strict=True)]
            declared = [f"{type_of(v)} {n} = {v.text};" for n, v in zip(names, initial, strict=True)]
            after = Block(f"e{i}_", self.preludes)
            result = after.writer.let(finish(reducer, state, after.writer))
            self.row.values[i] = result
            found.append({"before": before.lines + declared, "step": step.lines + lines, "after": after.lines})
        return found

    def same(self, value: Value, like: Value, writer: Writer) -> Value:
        """A value in lanes and bits of a variable."""
        return writer.mask(writer.widen(value, like.lanes), like.bits) if like.kind == "mask" else writer.widen(value, like.lanes)

    @property
    def row_lanes(self) -> int:
        """Lanes of row values."""
        return 1

    def load_partial(self, temp: str, like: Value, block: Block) -> Value:
        """The partial result of part ``q`` of this row."""
        text = f"{temp}[q * rows + row]"
        return Value(f"({text} != 0)" if like.kind == "mask" else text, like.kind, 1)

    # --- walks -------------------------------------------------------------------------------------------------------

    def walk(self, walk: Walk, stage: Stage, number: int) -> dict[str, object]:
        """The pieces of text of one walk, for the template."""
        reducers = {i: self.program.reducers[i] for i in walk.reduces}
        unroll = UNROLL if self.program.cost() <= 6 and walk.reduces else 1
        declare = Block(f"i{number}_", self.preludes, self.row)
        states: dict[tuple[int, int], list[Value]] = {}
        lines: list[str] = []
        for i, reducer in reducers.items():
            for u in range(unroll):
                initial = start(reducer, self.lanes, declare.writer)
                names = [f"s{i}_{u}_{k}" for k in range(len(initial))]
                states[i, u] = [Value(n, v.kind, v.lanes, v.bits) for n, v in zip(names, initial, strict=True)]
                lines += [f"{type_of(v)} {n} = {v.text};" for n, v in zip(names, initial, strict=True)]
        mains = [self.step(walk, reducers, states, number, u, ragged=False) for u in range(unroll)]
        tail = self.step(walk, reducers, states, number, 0, ragged=True)
        before = self.row.take()
        end = Block(f"f{number}_", self.preludes, self.row)
        self.end(reducers, states, unroll, end, stage)
        return {
            "before": before,
            "declare": declare.lines + lines,
            "offsets": self.segment_offsets(),
            "mains": mains,
            "tail": tail,
            "end": end.lines,
            "unroll": unroll,
        }

    def step(
        self,
        walk: Walk,
        reducers: dict[int, Reducer],
        states: dict[tuple[int, int], list[Value]],
        number: int,
        u: int,
        ragged: bool,
    ) -> list[str]:
        """The statements for one vector of the walk."""
        block = Block(f"{'t' if ragged else 'm'}{number}_{u}_", self.preludes, self.row)
        self.ragged = ragged
        for i in walk.stores:
            self.stored_first(i, block)
        for i, reducer in reducers.items():
            node = self.program.nodes[i]
            arg = node.arg  # type: ignore[union-attr]
            source = dtype_of(self.program.nodes[arg])
            value = prepare(reducer, self.value(arg, block), source, block.writer)
            new = [value]
            if reducer.by_position:
                new.append(self.position(self.program.access(i), FULL, self.index, block))
            new = [block.writer.let(self.same(v, s, block.writer)) for v, s in zip(new, states[i, u], strict=True)]
            joined = [block.writer.let(v) for v in reducer.join(states[i, u], new, block.writer)]
            for s, v in zip(states[i, u], joined, strict=True):
                block.lines.append(f"{s.text} = {self.kept(self.same(v, s, block.writer), s, ragged, block.writer)};")
        for i in walk.stores:
            self.store(i, self.program.nodes[i], block)  # type: ignore[arg-type]
        return block.lines

    def stored_first(self, i: int, block: Block) -> None:
        """Compute what a store writes before any store of the same step: a load may lie under another store."""
        node = self.program.nodes[i]
        if isinstance(node, Store):
            self.value(node.arg, block)

    def kept(self, new: Value, old: Value, ragged: bool, writer: Writer) -> str:
        """The new state, in lanes that exist."""
        return new.text

    def end(
        self,
        reducers: dict[int, Reducer],
        states: dict[tuple[int, int], list[Value]],
        unroll: int,
        block: Block,
        stage: Stage,
    ) -> None:
        """Join the accumulators; the results become row values or partial results."""
        for i, reducer in reducers.items():
            state: Sequence[Value] = states[i, 0]
            for u in range(1, unroll):
                state = [block.writer.let(v) for v in reducer.join(state, states[i, u], block.writer)]
            if self.row_lanes == 1:
                state = across_lanes(reducer, state, block.writer)
            if stage.partial:
                for temp, v in zip(self.temp_names(i), state, strict=True):
                    self.store_partial(temp, v, block)
            else:
                self.row.values[i] = block.writer.let(finish(reducer, state, block.writer))

    def store_partial(self, temp: str, value: Value, block: Block) -> None:
        """Leave one partial result of this row's part."""
        block.lines.append(f"{temp}[part * rows + row] = {value.text};")

    def offset(self, access: int) -> str:
        """The parameter of an access's offset."""
        return self.parameters.size(f"a{access}", self.program.geometry.accesses[access].offset, self.index)

    # --- elements ----------------------------------------------------------------------------------------------------

    def lane_numbers(self, kind: str) -> str:
        """The numbers of the lanes as a vector."""
        return f"(({spell(kind, self.lanes)})({', '.join(map(str, range(self.lanes)))}))"

    def gather(self, pointer: str, stride: str, ragged: bool, dtype: DType) -> str:
        """Storage of ``lanes`` elements that are not neighbours, or of which only some exist: those repeat the last one."""
        step = "" if stride == "1" else f" * {stride}"
        lanes = [f"{pointer}[{f'k{l}' if ragged else l}{step}]" for l in range(self.lanes)]
        return f"(({spell(dtype.storage, self.lanes)})({', '.join(lanes)}))"

    def vector(self, pointer: str, dtype: DType) -> str:
        """Storage of ``lanes`` neighbours."""
        return f"*(const __global {spell(dtype.storage, self.lanes)}_at*)({pointer})"

    def scatter(self, pointer: str, stride: str, packed: str, dtype: DType, block: Block, ragged: bool) -> None:
        """Write lanes to elements that are not neighbours, or of which only some exist."""
        name = block.writer.fresh()
        step = "" if stride == "1" else f" * {stride}"
        block.lines.append(f"const {spell(dtype.storage, self.lanes)} {name} = {packed};")
        for l in range(self.lanes):
            guard = f"if ({l} < left) " if ragged and l else ""
            block.lines.append(f"{guard}{pointer}[{l}{step}] = {name}.s{l:x};")


class Rows(CpuEmitter):
    """Lanes along the innermost walked dimension."""

    template = "map_reduce_rows.cl.mako"

    def load(self, i: int, node: Load, block: Block) -> Value:
        """A scalar of the row, or a vector along the walk."""
        pointer, a = self.parameters.input(node.slot, node.dtype), self.program.access(i)
        writer = block.writer
        if self.program.levels[i] != FULL:
            where = f"o{a}" if self.program.levels[i] != UNIFORM else self.offset(a)
            return writer.unpack(f"{pointer}[{where}]", node.dtype, 1)
        stride = self.program.walk_stride(i)
        if stride == 0:
            return writer.unpack(f"{pointer}[p{a}]", node.dtype, 1)
        if stride == 1 and not self.ragged:
            return writer.unpack(self.vector(f"{pointer} + p{a} + at", node.dtype), node.dtype, self.lanes)
        step = "1" if stride == 1 else self.stride(a, "s", stride)
        base = f"({pointer} + p{a} + at{'' if stride == 1 else ' * ' + step})"
        return writer.unpack(self.gather(base, step, self.ragged, node.dtype), node.dtype, self.lanes)

    def position(self, access: int, level: int, ctype: str, block: Block) -> Value:
        """The number that an access stands for, per lane along the walk."""
        if level == UNIFORM:
            return Value(f"(({ctype}){self.offset(access)})", ctype, 1)
        stride = self.program.geometry.accesses[access].walk[-1]
        if level != FULL or not stride:
            return Value(f"(({ctype}){'p' if level == FULL else 'o'}{access})", ctype, 1)
        step = "" if stride == 1 else f" * {self.stride(access, 's', stride)}"
        lanes, widened = self.lane_numbers(ctype), spell(ctype, self.lanes)
        scaled = lanes if stride == 1 else f"{lanes} * ({widened})(({ctype}){step[3:]})"
        return Value(f"(({widened})(({ctype})(p{access} + at{step})) + {scaled})", ctype, self.lanes)

    def store(self, i: int, node: Store, block: Block) -> None:
        """Write a scalar of the row, or a vector along the walk."""
        pointer, a = self.parameters.output(node.slot, node.dtype), self.program.access(i)
        value = self.stored(node, block)
        if self.program.levels[i] != FULL:
            block.lines.append(f"{pointer}[o{a}] = {block.writer.pack(value, node.dtype)};")
            return
        stride = self.program.walk_stride(i)
        packed = block.writer.pack(block.writer.widen(value, self.lanes), node.dtype)
        if stride == 1 and not self.ragged:
            vector = spell(node.dtype.storage, self.lanes)
            block.lines.append(f"*(__global {vector}_at*)({pointer} + p{a} + at) = {packed};")
            return
        step = "1" if stride == 1 else self.stride(a, "s", stride)
        base = f"({pointer} + p{a} + at{'' if stride == 1 else ' * ' + step})"
        self.scatter(base, step, packed, node.dtype, block, self.ragged)

    def kept(self, new: Value, old: Value, ragged: bool, writer: Writer) -> str:
        """In the last vector of a segment only the first ``left`` lanes exist."""
        if not ragged:
            return new.text
        bits = new.bits if new.kind == "mask" else 8 * SIZE[new.kind]
        kind = SIGNED[bits]
        inside = f"({self.lane_numbers(kind)} < ({spell(kind, self.lanes)})(({kind})left))"
        return f"select({old.text}, {new.text}, {inside})"

    def loop_names(self) -> dict[str, object]:
        """The statements that take rows and segments apart."""
        geometry = self.program.geometry
        return {
            "row_counters": self.counters("row", "row_rest", len(geometry.rows)),
            "walk_counters": self.counters("walk", "walk_rest", len(geometry.walk) - 1),
        }


class Columns(CpuEmitter):
    """Lanes along the innermost row dimension; every row is a lane of its own."""

    template = "reduce_columns.cl.mako"

    @property
    def row_lanes(self) -> int:
        """Lanes of row values."""
        return self.lanes

    def lane_stride(self, access: int) -> int:
        """The stride from lane to lane."""
        return self.program.geometry.accesses[access].rows[-1]

    def address(self, access: int, level: int) -> str:
        """The index of the first lane's element."""
        if level != FULL:
            return f"o{access}"
        stride = self.program.geometry.accesses[access].walk[-1]
        return f"p{access} + at * {self.stride(access, 's', stride)}" if stride else f"p{access}"

    def load(self, i: int, node: Load, block: Block) -> Value:
        """One element where lanes share it, else a vector across rows."""
        pointer, a, level = self.parameters.input(node.slot, node.dtype), self.program.access(i), self.program.levels[i]
        writer = block.writer
        if level == UNIFORM:
            return writer.unpack(f"{pointer}[{self.offset(a)}]", node.dtype, 1)
        stride, base = self.lane_stride(a), self.address(a, level)
        if stride == 0:
            return writer.unpack(f"{pointer}[{base}]", node.dtype, 1)
        if stride != 1:
            step = self.stride(a, f"r{len(self.program.geometry.rows) - 1}", stride)
            return writer.unpack(self.gather(f"({pointer} + {base})", step, True, node.dtype), node.dtype, self.lanes)
        return writer.unpack(self.neighbours(f"({pointer} + {base})", node.dtype, block), node.dtype, self.lanes)

    def neighbours(self, pointer: str, dtype: DType, block: Block) -> str:
        """The name of a vector of neighbours; where some do not exist, lanes repeat the last one."""
        name = block.writer.fresh()
        block.lines.append(f"{spell(dtype.storage, self.lanes)} {name};")
        block.lines.append(f"if (left == {self.lanes}) {name} = {self.vector(pointer, dtype)};")
        block.lines.append(f"else {name} = {self.gather(pointer, '1', True, dtype)};")
        return name

    def position(self, access: int, level: int, ctype: str, block: Block) -> Value:
        """The number that an access stands for, per lane across rows."""
        if level == UNIFORM:
            return Value(f"(({ctype}){self.offset(access)})", ctype, 1)
        stride, base = self.lane_stride(access), f"({ctype})({self.address(access, level)})"
        if not stride:
            return Value(f"({base})", ctype, 1)
        widened = spell(ctype, self.lanes)
        step = f"({ctype}){self.stride(access, f'r{len(self.program.geometry.rows) - 1}', stride)}"
        return Value(f"(({widened})({base}) + {self.lane_numbers(ctype)} * ({widened})({step}))", ctype, self.lanes)

    def store(self, i: int, node: Store, block: Block) -> None:
        """Write a vector across rows."""
        pointer, a = self.parameters.output(node.slot, node.dtype), self.program.access(i)
        value = block.writer.widen(self.stored(node, block), self.lanes)
        packed = block.writer.pack(value, node.dtype)
        stride, base = self.lane_stride(a), f"({pointer} + {self.address(a, self.program.levels[i])})"
        if stride == 1:
            self.store_neighbours(base, packed, node.dtype, block)
        else:
            step = self.stride(a, f"r{len(self.program.geometry.rows) - 1}", stride)
            self.scatter(base, step, packed, node.dtype, block, ragged=True)

    def store_neighbours(self, pointer: str, packed: str, dtype: DType, block: Block) -> None:
        """Write the lanes that exist to neighbours."""
        vector = spell(dtype.storage, self.lanes)
        block.lines.append(f"if (left == {self.lanes}) {{")
        block.lines.append(f"*(__global {vector}_at*){pointer} = {packed};")
        block.lines.append("} else {")
        self.scatter(pointer, "1", packed, dtype, block, ragged=True)
        block.lines.append("}")

    def load_partial(self, temp: str, like: Value, block: Block) -> Value:
        """The partial results of part ``q`` of these rows."""
        kind = "int" if like.kind == "mask" else like.kind
        name = self.neighbours(f"({temp} + q * rows + row)", scalar_dtype(kind), block)
        return Value(name, like.kind, self.lanes, 32)

    def store_partial(self, temp: str, value: Value, block: Block) -> None:
        """Leave the partial results of these rows' part."""
        kind = "int" if value.kind == "mask" else value.kind
        text = block.writer.mask(value, 32).text
        self.store_neighbours(f"({temp} + part * rows + row)", text, scalar_dtype(kind), block)

    def sizes(self, shares: Shares, parts: int) -> None:
        """The parameters of the loops."""
        super().sizes(shares, parts)
        width = self.program.geometry.rows[-1]
        self.parameters.size("width", width, self.index)
        self.parameters.size("row_blocks", ceil_div(width, self.lanes), self.index)
        self.parameters.size("rows", self.program.geometry.row_count, self.index)

    def loop_names(self) -> dict[str, object]:
        """The statements that take rows and segments apart."""
        geometry = self.program.geometry
        outer = len(geometry.rows) - 1
        return {
            "row_counters": [*self.counters("row", "row_rest", outer), f"const {self.index} row_{outer} = column;"],
            "walk_counters": self.counters("walk", "walk_rest", len(geometry.walk) - 1),
        }


def scalar_dtype(kind: str) -> DType:
    """The dtype whose storage is the C type ``kind``."""
    return next(d for d in _SCALARS if d.storage == kind)
