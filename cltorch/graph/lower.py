"""From a group to launches: the body of a fused kernel, or the request of a heavy family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..dtypes import float32
from ..kernels import fused
from ..kernels.body import Body, Compute, Const, Index, Load, Node, Reduce, Scalar, Store
from ..kernels.call import Lowered
from ..kernels.sizes import TRACING
from .fuse import Batch, Group, Item, Read, inner_reads, lift, plain
from .value import Heavy, Multi, Pointwise, Reduction, Write
from .view import View

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..runtime.traits import Traits


@dataclass(slots=True)
class Step:
    """The launches of one group, with the slots behind their symbolic arguments.

    ``numbers`` are positions among the batch's numbers. ``bases`` maps an output to the slot whose buffer it changes in
    place (a copy is made first when others still need that). ``heirs`` maps an output to inputs that are read element by
    element at the same place: it may take over the buffer of one that dies here.
    """

    lowered: Lowered
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    numbers: tuple[int, ...]
    bases: dict[int, int]
    heirs: dict[int, tuple[int, ...]]


def lower(group: Group, batch: Batch, stored: set[int], traits: Traits) -> Step:
    """The step of one group. ``stored`` are the slots that must be in memory afterwards."""
    work = group.items[0].work
    if isinstance(work, Heavy):
        return _heavy(group.items[0], work, traits)
    if isinstance(work, Multi):
        return _multi(group.items[0], work, traits)
    return _BodyWriter(group, batch, stored).step(traits)


def _heavy(item: Item, work: Heavy, traits: Traits) -> Step:
    reads = item.reads[1:] if work.inplace else item.reads
    bases = {item.slots[0]: item.reads[0].slot} if work.inplace else {}
    numbers = tuple(range(item.number, item.number + work.numbers))
    inputs = tuple(read.slot for read in reads)
    lowered = work.lower(work.request, traits) if TRACING.now else _lowered(work.lower, work.request, traits)
    return Step(lowered, inputs, item.slots, numbers, bases, {})


@lru_cache(maxsize=1024)
def _lowered(lower: Callable[[Any, Traits], Lowered], request: Any, traits: Traits) -> Lowered:
    """The launches of a heavy request, remembered."""
    return lower(request, traits)


def _multi(item: Item, work: Multi, traits: Traits) -> Step:
    slots, count = [read.slot for read in item.reads], work.count
    bases: dict[int, int] = {item.slots[-1]: slots.pop()} if work.flag else {}
    inputs = tuple(slot for k, slot in enumerate(slots) if k // count not in work.inplace)
    heirs: dict[int, tuple[int, ...]] = {}
    for j, source in enumerate(work.writes):
        for t in range(count):
            out, old = item.slots[j * count + t], slots[source * count + t]
            if source in work.inplace:
                bases[out] = old
            else:
                heirs[out] = (old,)
    numbers = tuple(range(item.number, item.number + work.request.numbers))
    return Step(work.lower(work.request, traits), inputs, item.slots, numbers, bases, heirs)


class _BodyWriter:
    """Writes the body of one fused group."""

    def __init__(self, group: Group, batch: Batch, stored: set[int]) -> None:
        self.group = group
        self.batch = batch
        self.stored = stored
        self.nodes: list[Node] = []
        self.known: dict[tuple[int, View, DType], int] = {}  # (slot, access, seen as) -> node
        self.inputs: list[tuple[int, DType]] = []
        self.accesses: dict[int, set[View]] = {}  # how each input is read
        self.numbers: list[int] = []
        self.outputs: list[int] = []

    def step(self, traits: Traits) -> Step:
        """The whole group as one step."""
        group = self.group
        bases: dict[int, int] = {}
        stores: list[tuple[int, int, View]] = []
        for item in group.items:
            slot = item.slots[0]
            home = group.home[slot]
            if isinstance(item.work, Write):
                node = self.emit(item.reads[1], home)
                bases[slot] = item.reads[0].slot
                self.known[slot, home, item.metas[0].dtype] = node  # who reads just this region gets what was written
                stores.append((slot, node, home))
                continue
            node = self.compute(item, home)
            self.known[slot, home, item.metas[0].dtype] = node
            if slot in self.stored:
                stores.append((slot, node, home))
        for slot, node, home in stores:
            self.nodes.append(Store(len(self.outputs), node, self.batch.metas[slot].dtype, home.strides, home.offset))
            self.outputs.append(slot)
        heirs = {} if group.reduced else {slot: self.heirs(slot, home) for slot, _, home in stores if slot not in bases}
        body = Body(group.space, group.reduced, tuple(self.nodes))
        return Step(
            fused.lower(body, traits),
            tuple(slot for slot, _ in self.inputs),
            tuple(self.outputs),
            tuple(self.numbers),
            self.safe(bases),
            heirs,
        )

    def safe(self, bases: dict[int, int]) -> dict[int, int]:
        """Bases, with those marked (by a negative) that the group also reads elsewhere than where it writes."""
        marked = {}
        for slot, base in bases.items():
            hazard = self.accesses.get(base, set()) - {self.group.home[slot]}
            shared = sum(1 for other in bases.values() if other == base) > 1
            marked[slot] = -1 - base if hazard or shared else base
        return marked

    def heirs(self, slot: int, home: View) -> tuple[int, ...]:
        """Inputs of the same element size that are only read at the place where ``slot`` is written."""
        size, numel = self.batch.metas[slot].dtype.itemsize, self.batch.metas[slot].view.numel
        return tuple(
            source
            for source, accesses in self.accesses.items()
            if accesses == {home} and self.load_sizes(source) == {size} and home.numel == numel
        )

    def load_sizes(self, source: int) -> set[int]:
        """Bytes of one element of an input, in each dtype that it is seen as."""
        return {dtype.itemsize for slot, dtype in self.inputs if slot == source}

    def add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def emit(self, read: Read, access: View | None = None) -> int:
        """The node of what ``read`` reads; ``access`` defaults to its view lifted to the group's space."""
        if access is None:
            access = lift(read.view, self.group.space, self.group.reduced)
            if access is None:
                raise RuntimeError(f"{read.view} does not fit into {self.group.space}: this is an error in cltorch")
        return self.at(read.slot, lift(read.view, self.group.space, self.group.reduced) or access, read.dtype)

    def at(self, slot: int, access: View, dtype: DType) -> int:
        """The node of element ``access`` of a slot seen as ``dtype``: computed here, inlined, or loaded."""
        node = self.known.get((slot, access, dtype))
        if node is not None:
            return node
        item = self.batch.producer.get(slot)
        if item is not None and not item.stored:
            node = self.compute_at(item, access)
        else:
            node = self.load(slot, access, dtype)
        self.known[slot, access, dtype] = node
        return node

    def load(self, slot: int, access: View, dtype: DType) -> int:
        if (slot, dtype) not in self.inputs:
            self.inputs.append((slot, dtype))
        self.accesses.setdefault(slot, set()).add(access)
        return self.add(Load(self.inputs.index((slot, dtype)), dtype, access.strides, access.offset))

    def compute(self, item: Item, home: View) -> int:
        """The node of a member at its home."""
        work = item.work
        if isinstance(work, Reduction):
            read = item.reads[0]
            arg = self.at(read.slot, plain(read.view), read.dtype)
            return self.add(Reduce(work.kind, arg, work.in_dtype))
        return self.pointwise(item, [self.emit(read) for read in item.reads], home)

    def compute_at(self, item: Item, access: View) -> int:
        """The node of an inlined item at ``access``."""
        return self.pointwise(
            item, [self.at(read.slot, read.view, read.dtype) for read in inner_reads(item, access)], access
        )

    def pointwise(self, item: Item, args: list[int], access: View) -> int:
        work = item.work
        if not isinstance(work, Pointwise):
            raise TypeError(f"{work} is not pointwise")
        names, dtypes = list(work.reads), list(work.in_dtypes)
        for k, (name, dtype) in enumerate(work.numbers):
            narrow = dtype.is_floating_point and dtype.itemsize == 2  # passed as float, and rounded when cast
            args.append(self.number(item.number + k, float32 if narrow else dtype))
            names.append(name)
            dtypes.append(dtype)
        for name, literal, dtype in work.literals:
            args.append(self.add(Const(literal, dtype)))
            names.append(name)
            dtypes.append(dtype)
        if work.index is not None:
            args.append(self.add(Index(access.strides, access.offset)))
            names.append("i")
            dtypes.append(work.index)
        return self.add(Compute(work.expr, tuple(names), tuple(args), tuple(dtypes), item.metas[0].dtype))

    def number(self, position: int, dtype: DType) -> int:
        if position not in self.numbers:
            self.numbers.append(position)
        return self.add(Scalar(self.numbers.index(position), dtype))
