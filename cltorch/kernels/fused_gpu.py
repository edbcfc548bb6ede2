"""Fused kernels for GPUs: one work-item an element of a map, a work-group for the rows of a reduction."""

from __future__ import annotations

from collections.abc import Sequence

from ..runtime.traits import Traits
from .body import Load, Store
from .call import Call, Lowered
from .cpu_emitter import ceil_div
from .loops import FULL, UNIFORM, Block, Emitter, Loops, Stage, Walk, dtype_of, stored_kinds
from .reducing import Reducer, finish, prepare, start
from .registers import SIZE, Register, type_of
from .sizes import choose, least, most

GROUP = 256  # work-items of a group, where the device has as many
BLOCK = (
    64  # values that a work-item adds up before it starts from zero again: rounding then grows with the blocks alone
)
NEIGHBOURS = 32  # work-items that read a line of memory together
WORK_ITEMS = 2048  # of a compute unit: as many as large GPUs keep at once
GROUPS_PER_UNIT = (
    16  # groups for every compute unit: enough to hide latency, few enough for the grid to be walked in strides
)


def lower_gpu(loops: Loops, traits: Traits) -> Lowered:
    """The launches of a body in the GPU form."""
    group = min(GROUP, 1 << (traits.max_work_group.bit_length() - 1))
    if not loops.reducers:
        return Lowered((_map(loops, traits, group),))
    return _reduction(loops, traits, group)


class Scalars(Emitter):
    """Elements one at a time."""

    def __init__(self, loops: Loops) -> None:
        super().__init__(loops, 1)

    def address(self, access: int, level: int) -> str:
        """The index of the current element."""
        if level == UNIFORM:
            return self.parameters.size(f"a{access}", self.loops.geometry.accesses[access].offset, self.index)
        return f"{'p' if level == FULL else 'o'}{access}"

    def load(self, i: int, node: Load, block: Block) -> Register:
        """An element of an input."""
        pointer = self.parameters.input(node.slot, node.dtype)
        where = self.address(self.loops.access(i), self.loops.levels[i])
        return block.writer.unpack(f"{pointer}[{where}]", node.dtype, 1)

    def position(self, access: int, level: int, ctype: str, block: Block) -> Register:
        """The number that an access stands for."""
        return Register(f"(({ctype}){self.address(access, level)})", ctype, 1)

    def store(self, i: int, node: Store, block: Block) -> None:
        """Write an element of an output."""
        pointer = self.parameters.output(node.slot, node.dtype)
        where = self.address(self.loops.access(i), self.loops.levels[i])
        block.lines.append(f"{pointer}[{where}] = {block.writer.pack(self.stored(node, block), node.dtype)};")

    def counters(self, name: str, rest: str, sizes: tuple[int, ...]) -> list[str]:
        """Statements that take the flat counter ``rest`` apart into one per dimension, the outermost without bound."""
        lines = []
        for d in range(len(sizes) - 1, 0, -1):
            size = self.parameters.size(f"{name}{d}", sizes[d], self.index)
            lines.append(f"const {self.index} {name}_{d} = {rest} % {size};")
            lines.append(f"{rest} /= {size};")
        if sizes:
            lines.append(f"const {self.index} {name}_0 = {rest};")
        return lines

    def starts(self, to: str, source: str | None, dims: str) -> list[str]:
        """Statements: where each access lies, ``source`` plus its strides along the rows (``r``) or the walk (``w``)."""
        lines = []
        for a, access in enumerate(self.loops.geometry.accesses):
            strides = access.rows if dims == "r" else access.walk
            name = "row" if dims == "r" else "walk"
            terms = [f"{source}{a}" if source else self.address(a, UNIFORM)]
            for d, s in enumerate(strides):
                factor = (
                    "" if dims == "w" and d == len(strides) - 1 and s == 1 else f" * {self.stride(a, f'{dims}{d}', s)}"
                )
                if s or factor and dims == "r" or d < len(strides) - 1:
                    terms.append(f"{name}_{d}{factor}")
            lines.append(f"const {self.index} {to}{a} = {' + '.join(terms)};")
        return lines


def _map(loops: Loops, traits: Traits, group: int) -> Call:
    emitter = Scalars(loops)
    geometry = loops.geometry
    count = geometry.walk_count
    emitter.parameters.size("count", count, emitter.index)
    counters = emitter.counters("walk", "rest", geometry.walk)
    offsets = emitter.starts("p", None, "w")
    body = Block("m", emitter.preludes, emitter.row)
    for i in loops.full_stores:
        emitter.value(loops.nodes[i].arg, body)  # type: ignore[union-attr]
    for i in loops.full_stores:
        emitter.store(i, loops.nodes[i], body)  # type: ignore[arg-type]
    kernel = emitter.kernel(
        "map_grid.cl.mako",
        uniform=emitter.uniform.lines + emitter.row.lines,
        counters=counters,
        offsets=offsets,
        body=body.lines,
    )
    groups = most(1, least(ceil_div(count, group), traits.compute_units * GROUPS_PER_UNIT))
    return Call(kernel, tuple(emitter.parameters.arguments), (groups * group,), (group,))


def _reduction(loops: Loops, traits: Traits, group: int) -> Lowered:
    geometry = loops.geometry
    rows, length = geometry.row_count, geometry.walk_count
    along = 1  # work-items of a row: a power of two
    while along < group and along * 4 < length:
        along *= 2
    if along > NEIGHBOURS:  # of many rows a unit takes several at once: they share barriers
        enough = along
        while enough > NEIGHBOURS:
            enough //= 2
            along = choose(rows * enough, traits.compute_units * WORK_ITEMS, enough, along)
    loads = [
        geometry.accesses[loops.access(i)]
        for i, node in enumerate(loops.nodes)
        if isinstance(node, Load) and loops.levels[i] == FULL and geometry.rows
    ]
    across_first = sum(a.rows[-1] == 1 for a in loads) > sum(a.walk[-1] == 1 for a in loads)
    if across_first:
        along = least(along, max(1, group // 32))
    across = group // along
    blocks = ceil_div(rows, across)
    wanted = traits.compute_units * WORK_ITEMS // group
    parts = 1
    if blocks < wanted and length >= 16 * along:
        parts = most(1, least(ceil_div(wanted, blocks), length // (8 * along)))
    per_part = most(1, ceil_div(length, parts))
    parts = most(1, ceil_div(length, per_part))
    split = parts > 1
    calls = []
    for stage in loops.stages() if split else [loops.whole()]:
        emitter = Groups(loops, group, split)
        calls.append(emitter.call(stage, across, along, across_first, parts, per_part, traits))
    temps = [SIZE[kind] * parts * rows for kind in stored_kinds(list(loops.reducers.values()))]
    return Lowered(tuple(calls), tuple(temps) if split else ())


class Groups(Scalars):
    """A work-group takes ``across`` rows, each with ``along`` work-items."""

    def __init__(self, loops: Loops, group: int, split: bool) -> None:
        super().__init__(loops)
        self.group = group
        self.split = split

    def call(
        self, stage: Stage, across: int, along: int, across_first: bool, parts: int, per_part: int, traits: Traits
    ) -> Call:
        """The launch of one stage."""
        geometry, add = self.loops.geometry, self.parameters.size
        unit_parts = parts if stage.walks else 1
        blocks = ceil_div(geometry.row_count, across)
        units = blocks * unit_parts
        for name, value in (
            ("units", units),
            ("unit_parts", unit_parts),
            ("per_part", per_part),
            ("count", geometry.walk_count),
            ("rows", geometry.row_count),
            ("across", across),
            ("along", along),
            ("row_step", 1 if across_first else along),
            ("walk_step", across if across_first else 1),
        ):
            add(name, value, self.index)
        if self.split:
            add("parts", parts, self.index)
        row_counters = self.counters("row", "row_rest", geometry.rows)
        offsets = self.starts("o", None, "r")
        combined = self.combine(stage.combined)
        walks = [self.walk(walk, stage, n) for n, walk in enumerate(stage.walks)]
        for i in stage.stores:
            self.value(self.loops.nodes[i].arg, self.row)  # type: ignore[union-attr]
        compute = self.row.take()
        stores = Block("z", self.preludes, self.row)
        for i in stage.stores:
            self.store(i, self.loops.nodes[i], stores)  # type: ignore[arg-type]
        locals_ = {}
        for i in (*stage.combined, *(i for walk in stage.walks for i in walk.reduces)):
            for k, kind in enumerate(stored_kinds([self.loops.reducers[i]])):
                locals_[f"local{i}_{k}"] = kind
        kernel = self.kernel(
            "reduce_group.cl.mako",
            group=self.group,
            block=BLOCK,
            uniform=self.uniform.lines,
            local_arrays=locals_,
            row_counters=row_counters,
            offsets=offsets,
            combined=combined,
            walks=walks,
            compute=compute,
            stores=stores.lines,
        )
        groups = most(1, least(units, traits.compute_units * GROUPS_PER_UNIT))
        return Call(kernel, tuple(self.parameters.arguments), (groups * self.group,), (self.group,))

    def temp_names(self, i: int) -> list[str]:
        """The scratch buffers of a reduction's partial results."""
        first = 0
        for j, reducer in self.loops.reducers.items():
            kinds = stored_kinds([reducer])
            if j == i:
                return [self.parameters.temp(first + k, kind) for k, kind in enumerate(kinds)]
            first += len(kinds)
        raise KeyError(i)

    def state(self, i: int, prefix: str) -> tuple[list[Register], list[str]]:
        """Variables that hold the identity of a reduction, and their declarations."""
        reducer = self.loops.reducers[i]
        initial = start(reducer, 1, self.row.writer)
        values = [Register(f"{prefix}{i}_{k}", v.kind, 1) for k, v in enumerate(initial)]
        return values, [f"{type_of(v)} {v.text} = {first.text};" for v, first in zip(values, initial, strict=True)]

    def joined(self, reducer: Reducer, state: list[Register], other: list[Register], block: Block) -> None:
        """Add the statements that join ``other`` into the variables ``state``."""
        values = [block.writer.let(v) for v in reducer.join(state, other, block.writer)]
        block.lines.extend(f"{s.text} = {v.text};" for s, v in zip(state, values, strict=True))

    def combine(self, reductions: Sequence[int]) -> dict[str, object] | None:
        """The loop over the partial results of reductions, shared by the work-items of a row; the results become row values."""
        if not reductions:
            return None
        step, declare, states = Block("d_", self.preludes), [], {}
        for i in reductions:
            states[i], declared = self.state(i, "c")
            declare += declared
            partial = [self.kept(f"{t}[q * rows + row]", s) for t, s in zip(self.temp_names(i), states[i], strict=True)]
            self.joined(self.loops.reducers[i], states[i], partial, step)
        tree, whole, after = self.tree(states, "e_")
        self.finish(whole, after)
        return {"declare": declare, "step": step.lines, **tree, "after": after.lines}

    def kept(self, text: str, like: Register) -> Register:
        """A value read back from memory, where masks are ints."""
        return Register(f"({text} != 0)" if like.kind == "mask" else text, like.kind, 1)

    def walk(self, walk: Walk, stage: Stage, number: int) -> dict[str, object]:
        """The pieces of text of one walk, for the template."""
        block = Block(f"m{number}_", self.preludes, self.row)
        states, totals, declare = {}, {}, []
        for i in walk.reduces:
            states[i], declared = self.state(i, "s")
            declare += declared
            if self.loops.reducers[i].in_blocks:
                totals[i], declared = self.state(i, "t")
                declare += declared
        walk_counters = self.counters("walk", "walk_rest", self.loops.geometry.walk)
        offsets = self.starts("p", "o", "w")
        for i in walk.reduces:
            node, reducer = self.loops.nodes[i], self.loops.reducers[i]
            arg = node.arg  # type: ignore[union-attr]
            new = [prepare(reducer, self.value(arg, block), dtype_of(self.loops.nodes[arg]), block.writer)]
            if reducer.by_position:
                new.append(self.position(self.loops.access(i), FULL, self.index, block))
            self.joined(reducer, states[i], new, block)
        for i in walk.stores:
            self.value(self.loops.nodes[i].arg, block)  # type: ignore[union-attr]
        stores = Block(f"y{number}_", self.preludes, block)
        for i in walk.stores:
            self.store(i, self.loops.nodes[i], stores)  # type: ignore[arg-type]
        before = self.row.take()
        return {
            "before": before,
            "declare": declare,
            "counters": walk_counters,
            "offsets": offsets,
            "body": block.lines,
            "stores": stores.lines,
            **self.blocks(states, totals, number),
            **self.end(walk, {**states, **totals}, stage, number),
        }

    def blocks(
        self, states: dict[int, list[Register]], totals: dict[int, list[Register]], number: int
    ) -> dict[str, list[str]]:
        """Statements after some steps of a walk: sums go on from zero, so that rounding grows with the blocks alone."""
        block = Block(f"b{number}_", self.preludes)
        for i, total in totals.items():
            reducer = self.loops.reducers[i]
            self.joined(reducer, total, states[i], block)
            zeros = start(reducer, 1, block.writer)
            block.lines.extend(f"{s.text} = {zero.text};" for s, zero in zip(states[i], zeros, strict=True))
        return {"flush": block.lines}

    def tree(
        self, states: dict[int, list[Register]], name: str
    ) -> tuple[dict[str, list[str]], dict[int, list[Register]], Block]:
        """How the work-items of a row join their states in local memory; the joined states, and the block that reads them."""
        step, after = Block(f"x{name}", self.preludes), Block(f"w{name}", self.preludes, self.row)
        puts, whole = [], {}
        for i, state in states.items():
            arrays = [f"local{i}_{k}" for k in range(len(state))]
            puts += [f"{array}[lid] = {s.text};" for array, s in zip(arrays, state, strict=True)]
            mine = [self.kept(f"{array}[lid]", s) for array, s in zip(arrays, state, strict=True)]
            other = [self.kept(f"{array}[lid + reach * walk_step]", s) for array, s in zip(arrays, state, strict=True)]
            values = [step.writer.let(v) for v in self.loops.reducers[i].join(mine, other, step.writer)]
            step.lines.extend(f"{array}[lid] = {v.text};" for array, v in zip(arrays, values, strict=True))
            whole[i] = [
                after.writer.let(self.kept(f"{array}[x * row_step]", s)) for array, s in zip(arrays, state, strict=True)
            ]
        return {"puts": puts, "tree": step.lines}, whole, after

    def finish(self, whole: dict[int, list[Register]], after: Block) -> None:
        """Results of reductions become row values."""
        for i, state in whole.items():
            self.row.values[i] = after.writer.let(finish(self.loops.reducers[i], state, after.writer))

    def end(self, walk: Walk, states: dict[int, list[Register]], stage: Stage, number: int) -> dict[str, object]:
        """How the work-items of a row join their states, and what becomes of the results."""
        tree, whole, after = self.tree(states, f"{number}_")
        partial: list[str] = []
        if stage.partial:
            for i, state in whole.items():
                pairs = zip(self.temp_names(i), state, strict=True)
                partial += [f"{t}[part * rows + row] = {v.text};" for t, v in pairs]
        else:
            self.finish(whole, after)
        return {**tree, "after": after.lines, "partial": partial}
