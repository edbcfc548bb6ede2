"""The tile of a work-group in tiled products (GPU form): its shape, its place in local memory, and which one a product gets."""

from __future__ import annotations

from typing import NamedTuple

from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Out, Temp
from .sizes import least, most
from .tiles import Spelling, ceil_div, index_type, kernel, round_up


class GroupTile(NamedTuple):
    """``high`` x ``wide`` work-items hold ``rows`` x ``columns`` sums each, over operands ``depth`` steps at a time.

    ``buffers`` is 2 where one tile of the operands is filled while the other is read, which saves a barrier.
    """

    high: int
    wide: int
    rows: int
    columns: int
    depth: int = 16
    buffers: int = 2

    @property
    def group(self) -> int:
        """Work-items."""
        return self.high * self.wide

    @property
    def side_m(self) -> int:
        """Rows of the result."""
        return self.high * self.rows

    @property
    def side_n(self) -> int:
        """Columns of the result."""
        return self.wide * self.columns

    @property
    def area(self) -> int:
        """Elements of the result."""
        return self.side_m * self.side_n

    @staticmethod
    def across(count: int) -> int:
        """How many neighbours a work-item reads at once out of its ``count`` rows or columns."""
        return next(width for width in (4, 2, 1) if count % width == 0)

    def vector(self, number: str, count: int) -> str:
        """The type of as many."""
        width = self.across(count)
        return f"{number}{width}" if width > 1 else number

    @staticmethod
    def stride(side: int) -> int:
        """From a step to the next in local memory: four more than lines, so that vectors are aligned and steps lie in other banks."""
        return side + 4

    def room(self, side: int) -> int:
        """Elements of an operand of ``side`` lines in local memory."""
        return self.depth * self.stride(side)

    def nbytes(self, itemsize: int) -> int:
        """Bytes of local memory."""
        return self.buffers * (self.room(self.side_m) + self.room(self.side_n)) * itemsize

    def fetches(self, side: int, width: int) -> int:
        """How often a work-item fetches ``width`` elements of an operand of ``side`` lines."""
        return ceil_div(side * self.depth, width * self.group)

    def rest(self, side: int, width: int) -> int:
        """How many work-items take part the last time; 0 where all do."""
        return side * self.depth // width % self.group

    def x(self, lane: str) -> str:
        """Which column of work-items ``lane`` is in. 32 neighbours are a rectangle of 4 x 8, which reads fewest lines."""
        return f"{lane} % {self.wide}" if self.wide <= 8 else f"{lane} % 8 + {lane} / 32 % {self.wide // 8} * 8"

    def y(self, lane: str) -> str:
        """Which row."""
        if self.wide <= 8 or self.high < 4:
            return f"{lane} / {self.wide}"
        return f"{lane} / 8 % 4 + {lane} / {4 * self.wide} * 4"


TILES = (
    (GroupTile(16, 8, 8, 16, buffers=1), 19),
    (GroupTile(16, 16, 8, 8, buffers=1), 19),
    (GroupTile(8, 16, 8, 8), 9),
    (GroupTile(16, 8, 8, 8), 9),
    (GroupTile(8, 8, 8, 8), 9),
    (GroupTile(8, 8, 8, 4), 10),
    (GroupTile(8, 8, 4, 8), 10),
    (GroupTile(8, 8, 4, 4), 10),
    (GroupTile(4, 16, 4, 4), 10),
    (GroupTile(16, 4, 4, 4), 10),
    (GroupTile(8, 8, 2, 2), 0),
)
"""Tiles, the largest first, and how many there must be for every ten compute units: a unit holds two of the largest at once."""
LONG_TILES = ((GroupTile(16, 16, 8, 8), 2), (GroupTile(8, 8, 8, 8), 4))
"""Tiles for few results of long sums, and in how many parts for every compute unit these are taken."""
REGISTERS = 512
"""Bytes that the sums of a work-item may take."""
LONG = 512
"""From how many steps of k on few tiles share each of them out in parts of k; twice as many do so with larger tiles."""


def choose(batch: int, m: int, n: int, k: int, itemsize: int, traits: Traits) -> tuple[GroupTile, int]:
    """The tile of ``batch`` products of m x k by k x n, and in how many parts k is taken.

    It is the largest of which all units get some and that is not mostly empty. The numbers were measured beside cuBLAS on a
    GPU of 132 units with twenty shapes; few thresholds keep the plans of other sizes few.
    """
    units = traits.compute_units
    sparse: list[GroupTile] = []
    for tile, many in TILES:
        fitted = _fitting(tile, itemsize, traits)
        if fitted is None or (many and (tile.side_m >= 2 * m or tile.side_n >= 2 * n)):
            continue
        if _count(tile, batch, m, n) * 10 >= many * units and (many or k < LONG):
            return fitted, 1
        sparse.append(fitted)
        if tile.area == 64 * 64 and k >= 2 * LONG and _count(tile, batch, m, n) * 2 <= units:
            break
    small = min(sparse, key=lambda tile: (tile.area < 1024, tile.area))
    return small, most(1, least(2 * units // _count(small, batch, m, n), k // 64))


def choose_long(batch: int, m: int, n: int, k: int, itemsize: int, traits: Traits) -> tuple[GroupTile, int]:
    """As `choose`, where k is long and lines are dear to fetch: large tiles, of whose sums all units take parts."""
    for tile, many in LONG_TILES:
        fitted = _fitting(tile, itemsize, traits)
        if fitted is not None and tile.side_m < 2 * m and tile.side_n < 2 * n and k >= LONG:
            parts = ceil_div(many * traits.compute_units, _count(fitted, batch, m, n))
            return fitted, most(1, least(parts, k // 64))
    return choose(batch, m, n, k, itemsize, traits)


def _count(tile: GroupTile, batch: int, m: int, n: int) -> int:
    return batch * ceil_div(m, tile.side_m) * ceil_div(n, tile.side_n)


def _fitting(tile: GroupTile, itemsize: int, traits: Traits) -> GroupTile | None:
    """``tile`` as deep as the device's local memory lets it be; None where that, or registers, have no room for it."""
    if tile.group > traits.max_work_group or tile.rows * tile.columns * itemsize > REGISTERS:
        return None
    for change in ({}, {"depth": 8}, {"buffers": 1}, {"depth": 8, "buffers": 1}):
        changed = tile._replace(**change)
        if changed.nbytes(itemsize) <= traits.local_memory:
            return changed
    return None


def sum_parts(
    spelling: Spelling, numel: int, parts: int, temp: int, traits: Traits, bias: int = 0, out: int = 0
) -> Call:
    """The launch that adds up results taken in parts, from scratch buffer ``temp`` to Out(out); ``bias`` is the length of In(2)."""
    index = index_type(parts * numel)
    text = kernel("sum_parts", "sum_parts.cl.mako", number=spelling, index=index, bias=bias > 0)
    extra: tuple[Arg, ...] = (In(2), Int(bias)) if bias else ()
    chunk = 1 if traits.form == "gpu" else most(64, ceil_div(numel, 4 * traits.compute_units))
    local = 64 if traits.form == "gpu" else 1
    size = round_up(ceil_div(numel, chunk), local)
    return Call(text, (Temp(temp), *extra, Out(out), Int(numel), Int(parts), Int(chunk)), (size,), (local,))
