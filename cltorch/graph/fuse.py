"""From a batch of values to groups: which values become one kernel.

A group walks an iteration *space*. Each member has a *home*: the view, with the space's shape, that says where its element
of an iteration point lies in its own flat array. A member can be used by another without memory when it is asked for at
its home. A reduction turns its group into one with reduced dimensions; values that do not vary along them (its result and
what follows from it) have stride 0 there, so one rule serves prologue, epilogue, softmax and normalisation alike.

A read may see the bits of a value as another dtype than they were made in. Such a value is stored, and its reader is in
another group, which loads it.

Values with one reader, read through another view (transposed, sliced, broadcast), are inlined: their reads are composed with
that view. Values without reads (fills, ranges, random numbers) are inlined everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from .value import Pointwise, Reduction, Write
from .view import View

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..runtime.traits import Traits
    from .meta import Meta
    from .value import Value, Work

NODES_LIMIT = 160  # members of a group: longer kernels spill registers and build slowly
CANDIDATES = 6  # groups tried before a new one is opened
LONG_ROW = 1 << 16  # a row this long is not walked twice by one work-item unless there are rows for everybody


class Read(NamedTuple):
    """A slot seen through a view, its bits as elements of ``dtype``."""

    slot: int
    view: View
    dtype: DType


@dataclass(eq=False, slots=True)
class Item:
    """One needed value of the batch, in terms of slots."""

    work: Work
    reads: tuple[Read, ...]
    slots: tuple[int, ...]  # of its results
    metas: tuple[Meta, ...]
    number: int  # position of its first number among the batch's numbers
    stored: bool = True  # False: inlined into whoever reads it


@dataclass(eq=False, slots=True)
class Group:
    """Items that become one kernel, or one item of a heavy family."""

    space: tuple[int, ...]
    reduced: tuple[int, ...]
    items: list[Item]
    home: dict[int, View] = field(default_factory=dict)
    loads: set[int] = field(default_factory=set)  # slots read from memory
    deps: set[Group] = field(default_factory=set)

    @property
    def is_fused(self) -> bool:
        """Whether the group is a fused kernel rather than one of a heavy family."""
        return isinstance(self.items[0].work, (Pointwise, Reduction, Write))


@dataclass(slots=True)
class Batch:
    """The needed items, and per slot: who makes it, who reads it, whether it is pinned, and what it holds."""

    items: list[Item]
    producer: dict[int, Item]
    readers: dict[int, list[Item]]
    pinned: set[int]
    metas: dict[int, Meta]

    def sees_bits(self, read: Read) -> bool:
        """Whether a read sees a value of the batch as another dtype than it is made in."""
        made = self.metas.get(read.slot)
        return made is not None and made.dtype is not read.dtype


def plain(view: View) -> View:
    """The view with stride 0 along dimensions of size 1, so that equal accesses are one object."""
    if 1 not in view.shape:
        return view
    return view.of(
        view.shape, tuple(0 if n == 1 else s for n, s in zip(view.shape, view.strides, strict=True)), view.offset
    )


def same(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether shapes are equal: no sizes are compared where their number differs."""
    return len(shape) == len(other) and shape == other


def lift(view: View, space: tuple[int, ...], reduced: tuple[int, ...]) -> View | None:
    """``view`` as an access of the whole space: itself, or repeated along the reduced dimensions that it lacks."""
    if same(view.shape, space):
        return plain(view)
    if not reduced:
        return None
    kept = [d for d in range(len(space)) if d not in reduced]
    if len(view.shape) == len(space):
        if any(view.shape[d] != (1 if d in reduced else space[d]) for d in range(len(space))):
            return None
        strides = tuple(0 if d in reduced else s for d, s in enumerate(view.strides))
        return plain(view.of(space, strides, view.offset))
    if len(view.shape) == len(kept) and all(space[d] == n for d, n in zip(kept, view.shape, strict=True)):
        at = dict(zip(kept, view.strides, strict=True))
        return plain(view.of(space, tuple(at.get(d, 0) for d in range(len(space))), view.offset))
    return None


def compose(read: View, store: View, access: View) -> View | None:
    """Where to read when a value that is stored through ``store`` and reads through ``read`` is asked for at ``access``.

    Each stride of ``access`` is split into whole steps along the dimensions of ``store``; None when a step would carry
    over from one dimension into the next (a reshape that these strides do not allow).
    """
    shape, steps, sources = merged(store, read)
    order = sorted((d for d in range(len(shape)) if shape[d] > 1), key=lambda d: -steps[d])

    def digits(position: int) -> dict[int, int]:
        found = {}
        for d in order:
            found[d], position = divmod(position, steps[d])
        return found

    start = digits(access.offset)
    last = dict(start)
    strides = []
    for n, stride in zip(access.shape, access.strides, strict=True):
        step = digits(stride) if n > 1 else {}
        for d, k in step.items():
            last[d] += k * (n - 1)
        strides.append(sum(k * sources[d] for d, k in step.items()))
    if any(last[d] >= shape[d] for d in order):
        return None
    return access.of(access.shape, tuple(strides), read.offset + sum(k * sources[d] for d, k in start.items()))


def merged(store: View, read: View) -> tuple[list[int], list[int], list[int]]:
    """Shape and strides of both views with the dimensions merged that are contiguous in both, in order of ``store``."""
    dims = sorted((d for d, n in enumerate(store.shape) if n != 1), key=lambda d: -store.strides[d])
    shape: list[int] = []
    steps: list[int] = []
    sources: list[int] = []
    for d in dims:
        n, step, source = store.shape[d], store.strides[d], read.strides[d]
        if shape and steps[-1] == step * n and sources[-1] == source * n:
            shape[-1] *= n
            steps[-1], sources[-1] = step, source
        else:
            shape.append(n)
            steps.append(step)
            sources.append(source)
    return shape, steps, sources


def collect(values: list[Value], key: tuple[Any, ...]) -> Batch:
    """The needed items of a batch with this key (see `record.structure`). What may change meanwhile comes from the key."""
    total = sum(1 if value.outs is None else len(value.outs) for value in values)
    producer: dict[int, Item] = {}
    metas: dict[int, Meta] = {}
    everything: list[Item] = []
    number = at = slot = 0
    for value in values:
        record = key[at]
        slots = tuple(range(slot, slot + (1 if value.outs is None else len(value.outs))))
        places = key[at + 1 : at + 1 + len(value.reads)]
        at += 1 + len(places)
        slot += len(slots)
        reads = tuple(
            Read(place if place >= 0 else total - 2 - place, plain(view), meta.dtype)
            for place, view, meta in zip(places, record.views, record.inputs, strict=True)
        )
        item = Item(record.work, reads, slots, record.metas, number)
        number += len(value.numbers)
        everything.append(item)
        for made, meta in zip(slots, record.metas, strict=True):
            producer[made] = item
            metas[made] = meta
    pinned = {made for made, is_pinned in enumerate(key[at : at + total]) if is_pinned}
    needed: set[int] = set(pinned)
    items = []
    for item in reversed(everything):
        if needed.intersection(item.slots):
            items.append(item)
            needed.update(read.slot for read in item.reads)
    items.reverse()
    readers: dict[int, list[Item]] = {}
    for item in items:
        for read in item.reads:
            readers.setdefault(read.slot, []).append(item)
    return Batch(items, producer, readers, pinned, metas)


def base_slots(item: Item) -> tuple[int, ...]:
    """Slots whose buffer the item changes in place, one per result ('read 0' of writes and of scatters)."""
    if isinstance(item.work, Write) or getattr(item.work, "inplace", False):
        return (item.reads[0].slot,)
    return ()


class Fuser:
    """Greedy grouping in record order."""

    def __init__(self, batch: Batch, traits: Traits) -> None:
        self.batch = batch
        self.groups: list[Group] = []
        self.group_of: dict[int, Group] = {}  # slot -> group that stores or computes it
        self.loaders: dict[int, list[Group]] = {}
        self.rows_wanted = 4 * traits.compute_units
        self.buffers_limit = max(8, (traits.max_parameter_bytes - 192) // 40)

    def run(self) -> None:
        """Place every needed item."""
        for item in reversed(self.batch.items):
            self.choose_inlining(item)
        for item in self.batch.items:
            if item.stored:
                self.place(item)

    # --- inlining ----------------------------------------------------------------------------------------------------

    def choose_inlining(self, item: Item) -> None:
        """Decide whether a value is computed where it is read instead of being stored; its readers are decided already."""
        work = item.work
        if not isinstance(work, Pointwise) or item.slots[0] in self.batch.pinned:
            return
        slot, store = item.slots[0], plain(item.metas[0].view)
        readers = self.batch.readers.get(slot, [])
        if any(read.slot == slot and self.batch.sees_bits(read) for reader in readers for read in reader.reads):
            return
        if any(not isinstance(r.work, (Pointwise, Reduction, Write)) or slot in base_slots(r) for r in readers):
            return
        if not item.reads:
            item.stored = False
            return
        if len(readers) != 1:
            return
        seen = [read.view for read in readers[0].reads if read.slot == slot]
        if len(seen) != 1 or seen[0] == store:
            return
        if not readers[0].stored:
            return
        found = [compose(read.view, store, seen[0]) for read in item.reads]
        if not all(found):
            return
        dear = len(item.reads) + work.expr.count("(") > 2 or any(_is_spread(seen[0], view) for view in found)
        if dear and seen[0].numel > 2 * store.numel:
            return  # repeated often, and not cheap or side by side only once it is stored: better stored
        item.stored = False

    def expand(self, reads: tuple[Read, ...]) -> list[Read]:
        """Reads with inlined values replaced by what these read."""
        found: list[Read] = []
        for read in reads:
            item = self.batch.producer.get(read.slot)
            if item is None or item.stored:
                found.append(read)
            else:
                found += self.expand(inner_reads(item, read.view))
        return found

    # --- grouping ----------------------------------------------------------------------------------------------------

    def place(self, item: Item) -> None:
        """Put an item into the first group that can take it, or into a new one."""
        work = item.work
        if not isinstance(work, (Pointwise, Reduction, Write)):
            group = Group((), (), [item])
            self.add(group, item, list(item.reads), {})
            return
        reads = self.expand(item.reads[1:] if isinstance(work, Write) else item.reads)
        for group in self.candidates(reads):
            homes = self.fits(group, item, reads)
            if homes is not None:
                if isinstance(work, Reduction):
                    group.reduced = work.dims
                self.add(group, item, reads, homes)
                return
        space = self.space(item)
        reduced = work.dims if isinstance(work, Reduction) else ()
        group = Group(space, reduced, [])
        home = lift(self.target(item), space, reduced)
        self.add(group, item, reads, {item.slots[0]: home} if home is not None else {})

    def candidates(self, reads: list[Read]) -> list[Group]:
        """Groups that make what is read, latest first, then groups that read the same."""
        found: list[Group] = []
        for read in reversed(reads):
            group = self.group_of.get(read.slot)
            if group is not None and group.is_fused and group not in found:
                found.append(group)
        for read in reads:
            for group in reversed(self.loaders.get(read.slot, [])[-2:]):
                if group.is_fused and group not in found:
                    found.append(group)
        return found[:CANDIDATES]

    @staticmethod
    def space(item: Item) -> tuple[int, ...]:
        """The iteration space that an item has by nature."""
        work = item.work
        if isinstance(work, Reduction):
            return item.reads[0].view.shape
        return work.view.shape if isinstance(work, Write) else item.metas[0].view.shape

    @staticmethod
    def target(item: Item) -> View:
        """Where the item's elements go in its flat result."""
        return item.work.view if isinstance(item.work, Write) else item.metas[0].view

    def fits(self, group: Group, item: Item, reads: list[Read]) -> dict[int, View] | None:
        """The homes that the item would have in the group, or None when it cannot join."""
        if len(group.items) >= NODES_LIMIT:
            return None
        work = item.work
        reduced = group.reduced
        if isinstance(work, Reduction):
            if not same(item.reads[0].view.shape, group.space) or (reduced and reduced != work.dims):
                return None
            if not reduced and not self.may_reduce(group, work.dims):
                return None
            reduced = work.dims
        home = lift(self.target(item), group.space, reduced)
        if home is None:
            return None
        for read in reads:
            access = lift(read.view, group.space, () if isinstance(work, Reduction) else reduced)
            inside = group.home.get(read.slot)
            if access is None or (inside is None and read.slot in self.slots_of(group)):
                return None
            if inside is not None and self.batch.sees_bits(read):
                return None
            if inside is not None:
                if inside != access or (isinstance(work, Reduction) and self.is_row(inside, group)):
                    return None
                if self.is_row(inside, group) and not self.is_row(home, group) and not self.short_rows(group):
                    return None
            else:
                source = self.group_of.get(read.slot)
                if source is not None and self.depends(source, group):
                    return None
        if isinstance(work, Write):
            source = self.group_of.get(item.reads[0].slot)
            if source is group or (source is not None and self.depends(source, group)) or reduced:
                return None
        new = {read.slot for read in reads if read.slot not in group.home}
        if len(group.loads | new) + len(group.home) + 1 > self.buffers_limit:
            return None
        return {item.slots[0]: home}

    def may_reduce(self, group: Group, dims: tuple[int, ...]) -> bool:
        """Whether a map group may become one with reduced dimensions: not if it writes regions in place."""
        return not any(isinstance(item.work, Write) for item in group.items)

    @staticmethod
    def slots_of(group: Group) -> set[int]:
        return {slot for item in group.items for slot in item.slots}

    @staticmethod
    def is_row(home: View, group: Group) -> bool:
        """Whether a home does not vary along the reduced dimensions."""
        return bool(group.reduced) and all(home.strides[d] == 0 for d in group.reduced)

    def short_rows(self, group: Group) -> bool:
        """Whether rows may be walked again after their reduction by whoever reduced them."""
        length = prod(group.space[d] for d in group.reduced)
        return length <= LONG_ROW or prod(group.space) // max(1, length) >= self.rows_wanted

    def add(self, group: Group, item: Item, reads: list[Read], homes: dict[int, View]) -> None:
        if not group.items or group not in self.groups:
            self.groups.append(group)
        if item not in group.items:
            group.items.append(item)
        for read in reads:
            if read.slot in group.home:
                continue
            group.loads.add(read.slot)
            self.loaders.setdefault(read.slot, []).append(group)
            self.depend(group, read.slot)
        for slot in base_slots(item):
            self.depend(group, slot)
        group.home.update(homes)
        for slot in item.slots:
            self.group_of[slot] = group

    def depend(self, group: Group, slot: int) -> None:
        source = self.group_of.get(slot)
        if source is not None and source is not group:
            group.deps.add(source)

    def depends(self, group: Group, on: Group) -> bool:
        """Whether ``group`` must run after ``on``; a group does not depend on itself."""
        if group is on:
            return False
        stack, seen = [group], {group}
        while stack:
            for dep in stack.pop().deps:
                if dep is on:
                    return True
                if dep not in seen:
                    seen.add(dep)
                    stack.append(dep)
        return False

    def ordered(self) -> list[Group]:
        """The groups, each after those that it reads from, otherwise as they were opened."""
        done: set[Group] = set()
        order: list[Group] = []
        for root in self.groups:
            stack: list[tuple[Group, bool]] = [(root, False)]
            while stack:
                group, ready = stack.pop()
                if group in done:
                    continue
                if ready:
                    done.add(group)
                    order.append(group)
                else:
                    stack.append((group, True))
                    stack.extend((dep, False) for dep in group.deps if dep not in done)
        return order


def _is_spread(asked: View, found: View | None) -> bool:
    """Whether elements that are asked for side by side would be found apart."""
    return found is not None and asked.strides[-1:] == (1,) and asked.shape[-1] > 1 and found.strides[-1] > 1


def inner_reads(item: Item, access: View) -> tuple[Read, ...]:
    """What an inlined item reads when it is asked for at ``access``."""
    store = plain(item.metas[0].view)
    found: list[Any] = []
    for read in item.reads:
        view = compose(read.view, store, access)
        if view is None:
            raise RuntimeError(f"an inlined value cannot be read at {access}: this is an error in cltorch")
        found.append(Read(read.slot, plain(view), read.dtype))
    return tuple(found)
