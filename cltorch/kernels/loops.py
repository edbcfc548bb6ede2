"""What the forms of a fused kernel share: which node is computed where, and the kernel's text and arguments in the making.

A node is *uniform* (one value for the whole kernel), on the *row* level, or *full* (one value per element of a row). A
reduction ends a walk over the row, so a full node that uses its result belongs to a later walk; a full node that several
walks need is computed in each of them.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from .. import dtypes
from ..dtypes import dtype as DType
from .body import Body, Compute, Const, Index, Load, Node, Reduce, Scalar, Store
from .call import Arg, Fault, In, Int, Kernel, Num, Out, Temp
from .expression import compile_expression, parse
from .geometry import Geometry
from .reducing import Reducer
from .registers import SIZE, Register, Writer, kind_of
from .render import named, render

UNIFORM, ROW, FULL = 0, 1, 2

_SHORT = {"complex": "c", "float": "f", "bfloat": "bf", "int": "i", "uint": "u", "bool": "b"}
_CHEAP = {
    "where",
    "abs",
    "maximum",
    "minimum",
    "square",
    "cube",
    "clamp",
    "sign",
    "isnan",
    "isinf",
    "isfinite",
    "floor",
    "trunc",
}


def dtype_of(node: Node) -> DType:
    """The dtype of a node's value."""
    if isinstance(node, Index) or (isinstance(node, Reduce) and node.kind in ("argmax", "argmin")):
        return dtypes.int64
    return node.dtype


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk over a row: the reductions that it ends with, and the stores that it makes (positions of nodes)."""

    reduces: tuple[int, ...]
    stores: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """What one kernel does for its rows: ``combined`` reductions are joined from partial results of earlier kernels, then
    come the ``walks``; with ``partial`` their reductions are left as partial results. At last ``stores``, once a row."""

    combined: tuple[int, ...]
    walks: tuple[Walk, ...]
    stores: tuple[int, ...]
    partial: bool = False


class Loops:
    """A body with its loops: levels, walks and dtypes of the nodes."""

    def __init__(self, body: Body, geometry: Geometry) -> None:
        self.body = body
        self.nodes = body.nodes
        self.geometry = geometry
        self.levels: list[int] = []
        self.ready: list[int] = []  # walks that must have ended before the node can be computed
        for i, node in enumerate(body.nodes):
            self.levels.append(self._level(i, node))
            self.ready.append(self._ready(node))
        self.reducers = {
            i: Reducer(node.kind, dtype_of(body.nodes[node.arg]) if _by_position(node) else node.dtype, geometry.index)
            for i, node in enumerate(body.nodes)
            if isinstance(node, Reduce)
        }
        self.full_stores = tuple(self._stores(FULL))
        self.row_stores = tuple(self._stores(ROW))
        self.walks = tuple(self._walks())

    def access(self, i: int) -> int:
        """The access of node ``i``, as an index into the geometry's."""
        return self.geometry.access_of[i]

    def walk_stride(self, i: int) -> int:
        """The stride of node ``i`` along the innermost walked dimension."""
        return self.geometry.accesses[self.access(i)].walk[-1]

    def _level(self, i: int, node: Node) -> int:
        if isinstance(node, Reduce):
            return ROW
        if isinstance(node, Compute):
            return max((self.levels[a] for a in node.args), default=UNIFORM)
        if isinstance(node, (Load, Index, Store)):
            access = self.geometry.accesses[self.access(i)]
            if any(access.walk) or (isinstance(node, Store) and not self.body.reduced):
                return FULL
            return ROW if any(access.rows) or isinstance(node, Store) else UNIFORM
        return UNIFORM

    def _ready(self, node: Node) -> int:
        if isinstance(node, Reduce):
            return self.ready[node.arg] + 1
        if isinstance(node, Compute):
            return max((self.ready[a] for a in node.args), default=0)
        return self.ready[node.arg] if isinstance(node, Store) else 0

    def _stores(self, level: int) -> list[int]:
        return [i for i, node in enumerate(self.nodes) if isinstance(node, Store) and self.levels[i] == level]

    def _walks(self) -> list[Walk]:
        """Stores stand in the last walk: an output may lie over an input that earlier walks still read."""
        count = max((self.ready[i] for i in self.reducers), default=0)
        stores_at = max((self.ready[i] for i in self.full_stores), default=-1)
        walks = [tuple(i for i in self.reducers if self.ready[i] == p + 1) for p in range(count)]
        if stores_at >= count:
            walks.append(())
        return [Walk(reduces, self.full_stores if p == len(walks) - 1 else ()) for p, reduces in enumerate(walks)]

    def whole(self) -> Stage:
        """Everything in one kernel."""
        return Stage((), self.walks, self.row_stores)

    def stages(self) -> list[Stage]:
        """One kernel a walk, for rows that several work-items share; each joins what the ones before it left.

        Row stores come in a kernel of their own, so that no other work-item still reads what they overwrite.
        """
        done: tuple[int, ...] = ()
        found = []
        for walk in self.walks:
            if walk.reduces:
                found.append(Stage(done, (Walk(walk.reduces, ()),), (), partial=True))
                done += walk.reduces
        if self.full_stores:
            found.append(Stage(done, (Walk((), self.full_stores),), ()))
        if self.row_stores:
            found.append(Stage(done, (), self.row_stores))
        return found

    def needed(self, walk: Walk) -> set[int]:
        """The full nodes that a walk computes."""
        found: set[int] = set()
        pending = [self.nodes[i].arg for i in walk.reduces + walk.stores]  # type: ignore[union-attr]
        while pending:
            i = pending.pop()
            if self.levels[i] == FULL and i not in found:
                found.add(i)
                pending += getattr(self.nodes[i], "args", ())
        return found

    def repeated(self) -> list[int]:
        """Full nodes that several walks compute and that are worth keeping from one walk to the next."""
        needed = [self.needed(walk) for walk in self.walks]
        return [
            i
            for i, node in enumerate(self.nodes)
            if isinstance(node, Compute) and sum(i in walk for walk in needed) > 1 and _cost(node.expr) >= 8
        ]

    def cost(self, walk: Walk | None = None) -> int:
        """Rough work per element, of one walk or of all: 1 for an addition, 8 for an exponential."""
        chosen = range(len(self.nodes)) if walk is None else self.needed(walk).union(walk.reduces, walk.stores)
        cost = 0
        for i in chosen:
            node = self.nodes[i]
            if isinstance(node, Compute):
                cost += _cost(node.expr) if self.levels[i] == FULL else 0
            else:
                cost += isinstance(node, (Load, Store, Reduce))
        return cost

    def widest(self) -> int:
        """Bytes of the widest element that is computed with: counters and positions apart."""
        sizes = [1]
        for node in self.nodes:
            if not isinstance(node, Index):
                dtype = dtype_of(node)
                floating = dtype.is_floating_point
                sizes.append(max(4, dtype.itemsize) if floating else dtype.itemsize)
        return max(sizes)

    def has_complex(self) -> bool:
        """Whether complex numbers occur, which take two lanes of a vector each."""
        return any(not isinstance(node, Index) and dtype_of(node).is_complex for node in self.nodes)

    def stem(self) -> str:
        """The start of the kernel's name: what it does and the dtype of its first result."""
        words: dict[str, None] = {}
        for node in self.nodes:
            if isinstance(node, Compute):
                words.update(dict.fromkeys(_words(node.expr)))
            elif isinstance(node, Reduce):
                words[node.kind] = None
        first = next((node.dtype for node in self.nodes if isinstance(node, Store)), dtypes.float32)
        kind = "reduce" if self.reducers else "map"
        letters = first.name.rstrip("0123456789")
        return "_".join([kind, *list(words)[:5], _SHORT.get(letters, letters) + first.name[len(letters) :]])


def _by_position(node: Reduce) -> bool:
    return node.kind in ("argmax", "argmin")


def _words(expr: str) -> list[str]:
    """The names of the operations in an expression."""
    found = []
    for node in ast.walk(parse(expr)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.append(node.func.id)
        elif isinstance(node, (ast.BinOp, ast.UnaryOp)):
            found.append(type(node.op).__name__.lower())
        elif isinstance(node, ast.Compare):
            found.append(type(node.ops[0]).__name__.lower())
    return found


def _cost(expr: str) -> int:
    return sum(
        1 if not isinstance(node, ast.Call) or getattr(node.func, "id", "") in _CHEAP else 8
        for node in ast.walk(parse(expr))
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.IfExp))
    )


@dataclass(slots=True)
class Parameters:
    """The parameters of a kernel in the making, and the arguments of its call."""

    names: dict[str, str] = field(default_factory=dict)  # name -> C type
    arguments: list[Arg] = field(default_factory=list)

    def add(self, name: str, ctype: str, argument: Arg) -> str:
        """A parameter, once."""
        if name not in self.names:
            self.names[name] = ctype
            self.arguments.append(argument)
        return name

    def input(self, slot: int, dtype: DType) -> str:
        """The pointer of an input."""
        return self.add(f"in{slot}", f"const __global {dtype.storage}*", In(slot))

    def output(self, slot: int, dtype: DType) -> str:
        """The pointer of an output."""
        return self.add(f"out{slot}", f"__global {dtype.storage}*", Out(slot))

    def temp(self, index: int, kind: str) -> str:
        """The pointer of a scratch buffer."""
        return self.add(f"temp{index}", f"__global {kind}*", Temp(index))

    def size(self, name: str, value: int, ctype: str) -> str:
        """A size, stride or offset."""
        return self.add(name, f"const {ctype}", Int(value, ctype))

    def number(self, index: int, ctype: str) -> str:
        """A number of the body."""
        return self.add(f"n{index}", f"const {ctype}", Num(index, ctype))

    @property
    def text(self) -> str:
        """The parameter list."""
        return ", ".join(f"{ctype} {name}" for name, ctype in self.names.items())


class Block:
    """A block of statements with the nodes computed in it; outer blocks' nodes are seen from inner ones."""

    def __init__(self, prefix: str, preludes: dict[str, None], parent: Block | None = None) -> None:
        self.writer = Writer(prefix, preludes)
        self.values: dict[int, Register] = {}
        self.parent = parent

    def find(self, i: int) -> Register | None:
        """The value of a node, here or in an outer block."""
        value = self.values.get(i)
        return self.parent.find(i) if value is None and self.parent is not None else value

    @property
    def lines(self) -> list[str]:
        """The statements so far."""
        return self.writer.lines

    def take(self) -> list[str]:
        """The statements so far, which are forgotten here: they go into the text where it has got to."""
        lines, self.writer.lines = self.writer.lines, []
        return lines


class Emitter(ABC):
    """Emits nodes as statements. Forms add how elements are addressed: `load`, `position`, `store`."""

    def __init__(self, loops: Loops, lanes: int) -> None:
        self.loops = loops
        self.lanes = lanes  # of full values
        self.preludes: dict[str, None] = {}
        self.parameters = Parameters()
        self.index = loops.geometry.index
        self.uniform = Block("u", self.preludes)
        self.row = Block("r", self.preludes, self.uniform)

    def value(self, i: int, block: Block) -> Register:
        """The value of node ``i``, computed now if it was not before; ``block`` is where full values go."""
        found = block.find(i)
        if found is not None:
            return found
        target = (self.uniform, self.row, block)[self.loops.levels[i]]
        value = self.keep(self.compute(i, target), target, i)
        target.values[i] = value
        return value

    def keep(self, value: Register, block: Block, i: int | None = None, on_row: bool = False) -> Register:
        """The value under a name that the rest of the block sees; ``on_row``: and all that follows for this row."""
        return block.writer.let(value)

    def compute(self, i: int, block: Block) -> Register:
        """The expression of node ``i``."""
        node = self.loops.nodes[i]
        writer = block.writer
        if isinstance(node, Const):
            return writer.cast(writer.constant(node.value, kind_of(node.dtype)), None, node.dtype)
        if isinstance(node, Scalar):
            return self.number(node, writer)
        if isinstance(node, Load):
            return self.load(i, node, block)
        if isinstance(node, Index):
            return self.position(self.loops.access(i), self.loops.levels[i], "long", block)
        if isinstance(node, Compute):
            bindings = {}
            for name, arg, in_dtype in zip(node.names, node.args, node.in_dtypes, strict=True):
                cast = writer.cast(self.value(arg, block), dtype_of(self.loops.nodes[arg]), in_dtype)
                bindings[name] = writer.let(cast)
            exact = dict(zip(node.names, node.in_dtypes, strict=True)).get(node.expr)  # of a cast or a copy
            return compile_expression(node.expr, bindings, node.dtype, writer, exact)
        raise RuntimeError(f"{node} is used before it is computed: the body is not in order")

    def number(self, node: Scalar, writer: Writer) -> Register:
        """A number of the body: integers narrower than int travel as int."""
        kind = kind_of(node.dtype)
        ctype = "int" if kind == "mask" or SIZE[kind] < 4 else kind
        scalar = Register(self.parameters.number(node.index, ctype), ctype, 1)
        return writer.cast(scalar, None, node.dtype)

    def stored(self, node: Store, block: Block) -> Register:
        """What a store writes, in the store's dtype."""
        return block.writer.cast(self.value(node.arg, block), dtype_of(self.loops.nodes[node.arg]), node.dtype)

    @abstractmethod
    def load(self, i: int, node: Load, block: Block) -> Register:
        """The expression of an element of an input."""

    @abstractmethod
    def position(self, access: int, level: int, ctype: str, block: Block) -> Register:
        """The expression of the number that an access stands for."""

    @abstractmethod
    def store(self, i: int, node: Store, block: Block) -> None:
        """Add the statement that writes an element of an output."""

    def stride(self, access: int, dim: str, value: int) -> str:
        """The parameter of one stride."""
        return self.parameters.size(f"a{access}_{dim}", value, self.index)

    def kernel(self, template: str, **names: object) -> Kernel:
        """The kernel that a template makes of the blocks."""
        if "fault" in self.preludes:
            self.parameters.add("fault", "__global int*", Fault())
        text = render(
            template, name="KERNEL", parameters=self.parameters.text, lanes=self.lanes, index=self.index, **names
        )
        text = tidy(text)
        name = named(self.loops.stem(), text)
        return Kernel(
            name, text.replace("KERNEL", name), tuple(sorted(self.preludes))
        )  # a prelude sorts behind its base


def tidy(text: str) -> str:
    """The text indented by its braces, without empty lines: kernels are read when they fail."""
    depth, lines = 0, []
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            continue
        closing = len(line) - len(line.lstrip("}"))
        lines.append("    " * max(0, depth - closing) + line if line[0] != "#" else line)
        depth += line.count("{") - line.count("}")
    return "\n".join(lines) + "\n"


def stored_kinds(reducers: Sequence[Reducer]) -> list[str]:
    """The C types of the partial results of reductions, one scratch buffer each; a mask is kept as int."""
    return ["int" if kind == "mask" else kind for reducer in reducers for kind in reducer.kinds]
