"""What both loop orders of the CPU form share: how work is cut, walks, accumulators, partial results and vector access."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from .. import dtypes
from ..dtypes import dtype as DType
from .call import Call
from .loops import FULL, Block, Emitter, Loops, Stage, Walk, dtype_of, stored_kinds
from .reducing import Reducer, across_lanes, finish, prepare, start
from .registers import Register, Writer, lane, spell, type_of

_SCALARS = tuple(d for d in dtypes.EVERY if d is not dtypes.bool and d.storage == d.compute)


@dataclass(frozen=True, slots=True)
class Shares:
    """How the work is cut. A row's walk is cut into segments: the innermost dimension in blocks of ``length``, times the
    outer ones; ``per_part`` segments are a part; a unit is one part of one row (or of a block of columns)."""

    length: int
    blocks: int
    segments: int
    per_part: int
    parts: int
    units: int
    chunk: int  # units of a work-item
    items: int
    block: int  # vectors of rows in a block of columns


def ceil_div(a: int, b: int) -> int:
    """``a / b`` rounded up."""
    return -(-a // b)


def streams(cost: int, limit: int) -> int:
    """How many accumulators a walk that reduces has: one when computing takes longer than reading."""
    return limit if cost <= 6 else 1


def scalar_dtype(kind: str) -> DType:
    """The dtype whose storage is the C type ``kind``."""
    return next(d for d in _SCALARS if d.storage == kind)


class CpuEmitter(Emitter):
    """A kernel of the CPU form. ``row_lanes`` is the number of lanes of row values."""

    template: str
    row_lanes: int
    unroll_limit: int  # vectors, and accumulators, of a cheap loop

    def __init__(self, loops: Loops, lanes: int, split: bool) -> None:
        super().__init__(loops, lanes)
        self.split = split
        self.ragged = False  # whether some lanes of what is emitted now may not exist
        self.walk_number = 0
        self.uniform.writer.need("vectors")

    def call(self, stage: Stage, shares: Shares, parts: int) -> Call:
        """The launch of one stage. ``parts`` is the number of partial results of a row."""
        self.sizes(shares, parts)
        combined = self.combine(stage)
        walks = [self.walk(walk, stage, n) for n, walk in enumerate(stage.walks)]
        for i in stage.stores:
            self.store(i, self.loops.nodes[i], self.row)  # type: ignore[arg-type]
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
        geometry, add = self.loops.geometry, self.parameters.size
        segments = [("per_part", shares.per_part), ("segments", shares.segments), ("blocks", shares.blocks)]
        for name, value in (
            ("units", shares.units),
            ("chunk", shares.chunk),
            ("unit_parts", shares.parts),
            *(segments if self.loops.reducers else ()),
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

    @abstractmethod
    def loop_names(self) -> dict[str, object]:
        """Names that the template needs besides the blocks."""

    def counters(self, name: str, rest: str, count: int) -> list[str]:
        """Statements that take the flat counter ``rest`` apart into ``count`` dimensions, the outermost without bound."""
        lines = []
        for d in range(count - 1, 0, -1):
            lines.append(f"{self.index} {name}_{d} = {rest} % {name}{d};")
            lines.append(f"{rest} /= {name}{d};")
        if count:
            lines.append(f"{self.index} {name}_0 = {rest};")
        return lines

    def following(self, name: str, count: int) -> list[str]:
        """Statements that step to the next of what `counters` counts: a short row would wait for a division."""
        lines = [f"{name}_{count - 1}++;"] if count else []
        for d in range(count - 1, 0, -1):
            lines.append(f"if ({name}_{d} == {name}{d}) {{ {name}_{d} = 0; {name}_{d - 1}++; }}")
        return lines

    def offsets(self) -> list[str]:
        """Statements: where each access starts in this row."""
        lines = []
        for a, access in enumerate(self.loops.geometry.accesses):
            terms = [self.offset(a)]
            terms += [f"row_{d} * {self.stride(a, f'r{d}', s)}" for d, s in enumerate(access.rows)]
            lines.append(f"const {self.index} o{a} = {' + '.join(terms)};")
        return lines

    def segment_offsets(self) -> list[str]:
        """Statements: where each access starts in this segment of the walk, apart from the innermost dimension."""
        lines = []
        for a, access in enumerate(self.loops.geometry.accesses):
            terms = [f"o{a}"]
            terms += [f"walk_{d} * {self.stride(a, f'w{d}', s)}" for d, s in enumerate(access.walk[:-1])]
            lines.append(f"const {self.index} p{a} = {' + '.join(terms)};")
        return lines

    def offset(self, access: int) -> str:
        """The parameter of an access's offset."""
        return self.parameters.size(f"a{access}", self.loops.geometry.accesses[access].offset, self.index)

    # --- partial results ---------------------------------------------------------------------------------------------

    def temp_names(self, i: int) -> list[str]:
        """The scratch buffers of a reduction's partial results."""
        first = 0
        for j, reducer in self.loops.reducers.items():
            kinds = stored_kinds([reducer])
            if j == i:
                return [self.parameters.temp(first + k, kind) for k, kind in enumerate(kinds)]
            first += len(kinds)
        raise KeyError(i)

    def combine(self, stage: Stage) -> list[dict[str, list[str]]]:
        """Per reduction of earlier kernels: the loop over its partial results. Its result becomes a row value."""
        found = []
        for i in stage.combined:
            reducer = self.loops.reducers[i]
            before, step = Block(f"c{i}_", self.preludes), Block(f"d{i}_", self.preludes)
            names = [f"state{i}_{k}" for k in range(len(reducer.kinds))]
            initial = start(reducer, self.row_lanes, before.writer)
            state = [Register(n, v.kind, v.lanes, v.bits) for n, v in zip(names, initial, strict=True)]
            declared = [f"{type_of(v)} {n} = {v.text};" for n, v in zip(names, initial, strict=True)]
            partial = [self.load_partial(temp, v, step) for temp, v in zip(self.temp_names(i), state, strict=True)]
            self.join(reducer, state, partial, step)
            after = Block(f"e{i}_", self.preludes)
            self.row.values[i] = self.keep(finish(reducer, state, after.writer), after, on_row=True)
            found.append({"before": before.lines + declared, "step": step.lines, "after": after.lines})
        return found

    def join(self, reducer: Reducer, state: Sequence[Register], other: Sequence[Register], block: Block) -> None:
        """Add the statements that join ``other`` into the variables ``state``."""
        like = [self.same(v, s, block.writer) for v, s in zip(other, state, strict=True)]
        joined = [block.writer.let(v) for v in reducer.join(state, like, block.writer)]
        for s, v in zip(state, joined, strict=True):
            block.lines.append(f"{s.text} = {self.existing(self.same(v, s, block.writer), s)};")

    def same(self, value: Register, like: Register, writer: Writer) -> Register:
        """A value in the lanes and bits of a variable."""
        widened = writer.widen(value, like.lanes)
        return writer.mask(widened, like.bits) if like.kind == "mask" else widened

    def existing(self, new: Register, old: Register) -> str:
        """The new state in lanes that exist, the old one in others."""
        return new.text

    @abstractmethod
    def load_partial(self, temp: str, like: Register, block: Block) -> Register:
        """The partial results of part ``q``."""

    @abstractmethod
    def store_partial(self, temp: str, value: Register, block: Block) -> None:
        """Leave the partial results of this part."""

    # --- walks -------------------------------------------------------------------------------------------------------

    def walk(self, walk: Walk, stage: Stage, number: int) -> dict[str, object]:
        """The pieces of text of one walk, for the template."""
        self.walk_number = number
        reducers = {i: self.loops.reducers[i] for i in walk.reduces}
        unroll = streams(self.loops.cost(walk), self.unroll_limit) if walk.reduces else 1
        states, totals, texts = {}, {}, Block(f"i{number}_", self.preludes)
        variables: list[tuple[str, str]] = []  # C type and name
        resets: list[str] = []
        starts: list[str] = []
        for i, reducer in reducers.items():
            initial = [texts.writer.let(v) for v in start(reducer, self.lanes, texts.writer)]
            for u in range(unroll):
                states[i, u] = self.variables(f"s{i}_{u}_", initial, variables)
                lines = [f"{s.text} = {v.text};" for s, v in zip(states[i, u], initial, strict=True)]
                (resets if reducer.in_blocks else starts).extend(lines)
            if reducer.in_blocks:
                totals[i] = self.variables(f"t{i}_", initial, variables)
                starts += [f"{s.text} = {v.text};" for s, v in zip(totals[i], initial, strict=True)]
        mains = [self.step(walk, states, u, ragged=False) for u in range(unroll)]
        tail = self.step(walk, states, 0, ragged=True)
        before = self.row.take()
        flush, end = Block(f"g{number}_", self.preludes), Block(f"f{number}_", self.preludes, self.row)
        self.ragged = False
        for i, reducer in reducers.items():
            into = flush if reducer.in_blocks else end
            state = self.joined_accumulators(reducer, [states[i, u] for u in range(unroll)], into)
            if reducer.in_blocks:
                self.join(reducer, totals[i], state, flush)
            self.end(i, reducer, totals.get(i, state), stage, end)
        return {
            "before": before,
            "variables": variables,
            "starts": texts.lines + starts,
            "resets": texts.lines + resets if resets else [],
            "offsets": self.segment_offsets(),
            "mains": mains,
            "tail": tail,
            "flush": flush.lines,
            "end": end.lines,
            "unroll": unroll,
        }

    def variables(self, stem: str, like: Sequence[Register], declared: list[tuple[str, str]]) -> list[Register]:
        """Variables for a state, noted in ``declared``."""
        values = [Register(f"{stem}{k}", v.kind, v.lanes, v.bits) for k, v in enumerate(like)]
        declared.extend((type_of(v), v.text) for v in values)
        return values

    def joined_accumulators(self, reducer: Reducer, states: list[list[Register]], block: Block) -> list[Register]:
        """The state that joins several accumulators, in pairs."""
        while len(states) > 1:
            pairs = zip(states[::2], states[1::2], strict=True)
            states = [[block.writer.let(v) for v in reducer.join(a, b, block.writer)] for a, b in pairs]
        return states[0]

    def step(self, walk: Walk, states: dict[tuple[int, int], list[Register]], u: int, ragged: bool) -> list[str]:
        """The statements for one vector of the walk."""
        block = Block(f"{'t' if ragged else 'm'}{self.walk_number}_{u}_", self.preludes, self.row)
        self.ragged = ragged
        nodes = self.loops.nodes
        for i in walk.stores:  # all is computed before anything is stored: a load may lie under another store
            self.value(nodes[i].arg, block)  # type: ignore[union-attr]
        for i in walk.reduces:
            reducer, arg = self.loops.reducers[i], nodes[i].arg  # type: ignore[union-attr]
            new = [prepare(reducer, self.value(arg, block), dtype_of(nodes[arg]), block.writer)]
            if reducer.by_position:
                new.append(self.position(self.loops.access(i), FULL, self.index, block))
            self.join(reducer, states[i, u], [block.writer.let(v) for v in new], block)
        for i in walk.stores:
            self.store(i, nodes[i], block)  # type: ignore[arg-type]
        return block.lines

    def end(self, i: int, reducer: Reducer, state: Sequence[Register], stage: Stage, block: Block) -> None:
        """What becomes of the state of a reduction when the walk has ended."""
        if self.row_lanes == 1:
            state = across_lanes(reducer, state, block.writer)
        if stage.partial:
            for temp, v in zip(self.temp_names(i), state, strict=True):
                self.store_partial(temp, v, block)
        else:
            self.row.values[i] = self.keep(finish(reducer, state, block.writer), block, on_row=True)

    # --- elements ----------------------------------------------------------------------------------------------------

    def lane_numbers(self, kind: str) -> str:
        """The numbers of the lanes as a vector."""
        return f"(({spell(kind, self.lanes)})({', '.join(map(str, range(self.lanes)))}))"

    def gather(self, pointer: str, stride: str, ragged: bool, dtype: DType) -> str:
        """Storage of ``lanes`` elements that are not neighbours, or of which only some exist: those repeat the last one."""
        step = "" if stride == "1" else f" * {stride}"
        lanes = [
            f"{pointer}[{f'min(({self.index}){k}, left - 1)' if ragged and k else k}{step}]" for k in range(self.lanes)
        ]
        return f"(({spell(dtype.storage, self.lanes)})({', '.join(lanes)}))"

    def vector(self, pointer: str, dtype: DType) -> str:
        """Storage of ``lanes`` neighbours."""
        return f"*(const __global {spell(dtype.storage, self.lanes)}_at*)({pointer})"

    def every_second(self, pointer: str, dtype: DType) -> str:
        """Storage of ``lanes`` elements with one between each two, from two vectors, the second of which ends with the last one."""
        first, second = (self.vector(f"{pointer}{rest}", dtype) for rest in ("", f" + {self.lanes - 1}"))
        return f"(({spell(dtype.storage, self.lanes)})(({first}).even, ({second}).odd))"

    def scatter(self, pointer: str, stride: str, packed: str, dtype: DType, block: Block, ragged: bool) -> None:
        """Write lanes to elements that are not neighbours, or of which only some exist."""
        name = block.writer.fresh()
        step = "" if stride == "1" else f" * {stride}"
        block.lines.append(f"const {spell(dtype.storage, self.lanes)} {name} = {packed};")
        whole = Register(name, dtype.storage, self.lanes)
        stores = [f"{pointer}[{k}{step}] = {lane(whole, k)};" for k in range(self.lanes)]
        if ragged:  # from the last lane that exists down to the first
            cases = [f"case {k + 1}: {stores[k]}" for k in range(1, self.lanes)]
            stores = ["switch (left) {", *reversed(cases), f"default: {stores[0]}", "}"]
        block.lines.extend(stores)
