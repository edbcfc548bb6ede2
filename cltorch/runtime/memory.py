"""Device memory: buffers, the caching allocator, and its statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyopencl as cl

from ..errors import OutOfMemoryError

if TYPE_CHECKING:
    from .traits import Traits

KEPT_FACTOR = 2  # on CPUs, where it is everybody's, this many times the memory lately in use is kept at most
KEPT_SLACK = 64 << 20  # and this many bytes more
REVIEW_EVERY = 4096  # buffers given out: after two such spans a peak is forgotten
SMALLEST = 64  # bytes: a block is never smaller than a cache line, nor are two classes closer


def size_class(nbytes: int) -> int:
    """The block size for a request: the next multiple of an eighth of its power of two, so that an eighth at most is lost."""
    if nbytes <= SMALLEST:
        return SMALLEST
    step = max(SMALLEST, 1 << ((nbytes - 1).bit_length() - 4))
    return -(-nbytes // step) * step


class Buffer:
    """Memory that belongs to somebody: ``cl`` is the OpenCL buffer, ``nbytes`` what was asked for.

    When it dies its block goes back to the cache at once: whoever gets it next runs later in the same queue.
    """

    __slots__ = ("_block", "_pool", "cl", "nbytes")

    def __init__(self, pool: Allocator, block: int, memory: cl.Buffer, nbytes: int) -> None:
        self._pool = pool
        self._block = block
        self.cl = memory
        self.nbytes = nbytes

    def part(self, start: int, nbytes: int) -> Buffer:
        """A stretch of this buffer's bytes, which keeps it alive; ``start`` must be aligned."""
        return Part(self, start, nbytes)

    def __del__(self) -> None:
        pool = self._pool
        pool.in_use -= self._block
        pool.live -= 1
        pool.bins[self._block].append(self.cl)


class Part(Buffer):
    """A stretch of another buffer: no memory of its own."""

    __slots__ = ("_whole",)

    def __init__(self, whole: Buffer, start: int, nbytes: int) -> None:
        self._whole = whole
        self.cl = whole.cl.get_sub_region(start, nbytes)
        self.nbytes = nbytes

    def __del__(self) -> None:
        """The whole gives its block back when it dies."""


class Allocator:
    """Blocks of geometric size classes, kept in last-in-first-out bins, so that a loop meets the same blocks again."""

    def __init__(
        self,
        context: cl.Context,
        name: str,
        traits: Traits,
        relieve: Callable[[], None],
        touch: Callable[[cl.Buffer], None] | None = None,
    ) -> None:
        self.context = context
        self.name = name
        self.limit = traits.global_memory
        self.largest = traits.max_allocation
        self.relieve = relieve
        self.touch = touch  # makes the driver find the memory now, where it would wait for the first use
        self.keeps_all = traits.kind != "cpu"
        self.bins: dict[int, list[cl.Buffer]] = {}
        self.last_used: dict[int, int] = {}  # of each class: how many buffers had been given out then
        self.classes: dict[int, int] = {}
        self.in_use = 0  # bytes of blocks that somebody holds
        self.live = 0  # those blocks
        self.served = 0  # buffers given out since the start
        self.reserved = 0  # bytes taken from the driver
        self.peak_in_use = 0
        self.peak_reserved = 0
        self._high = 0  # the peak of this span, and of the one before
        self._high_before = 0
        self._reviewed = 0
        self.obtained = 0  # blocks taken from the driver since the start
        self.returned = 0  # blocks given back to it
        self.retries = 0  # times that memory had to be made free
        self.failures = 0  # times that this was in vain

    def allocate(self, nbytes: int) -> Buffer:
        """A buffer of at least ``nbytes``; OutOfMemoryError when there is no room even after `relieve` and `trim`."""
        block = self.classes.get(nbytes)
        if block is None:
            block = self._new_class(nbytes)
        free = self.bins[block]
        memory = free.pop() if free else self._obtain(block)
        self.live += 1
        self.last_used[block] = self.served
        self.served += 1
        used = self.in_use = self.in_use + block
        if used > self._high:
            self._high = used
            self.peak_in_use = max(self.peak_in_use, used)
        return Buffer(self, block, memory, nbytes)

    def _new_class(self, nbytes: int) -> int:
        block = size_class(nbytes)
        if block > self.largest >= nbytes:
            block = nbytes  # rounded up it would not fit
        if len(self.classes) > 1 << 16:
            self.classes.clear()
        self.classes[nbytes] = block
        self.bins.setdefault(block, [])
        return block

    def _obtain(self, block: int) -> cl.Buffer:
        """A new block from the driver, or one that appears while memory is made free."""
        if not self.keeps_all:
            self._shrink(block)
        memory = self._create(block)
        if memory is None:
            self.retries += 1
            self.relieve()
            if self.bins[block]:
                return self.bins[block].pop()
            self.trim()
            memory = self._create(block)
        if memory is None:
            self.failures += 1
            raise OutOfMemoryError(self.name, block, self.in_use, self.reserved - self.in_use, self.limit)
        self.reserved += block
        self.peak_reserved = max(self.peak_reserved, self.reserved)
        self.obtained += 1
        return memory

    def _create(self, block: int) -> cl.Buffer | None:
        """A new OpenCL buffer, or None when the device has no room (drivers that allocate lazily are held to the limit)."""
        if block > self.largest or self.reserved + block > self.limit:
            return None
        try:
            memory = cl.Buffer(self.context, cl.mem_flags.READ_WRITE, block)
            if self.touch is not None:
                self.touch(memory)
        except (cl.MemoryError, cl.RuntimeError):
            return None
        return memory

    def review(self) -> None:
        """To be called now and then: gives back what has not been needed lately."""
        if self.served - self._reviewed < REVIEW_EVERY:
            return
        self._reviewed = self.served
        if not self.keeps_all:
            self._shrink(0)
        self._high_before, self._high = self._high, self.in_use

    def _shrink(self, wanted: int) -> None:
        """Give unused blocks back, those of the classes used longest ago first, until with ``wanted`` bytes more no more is kept
        than the recent peak allows."""
        allowed = KEPT_FACTOR * max(self._high, self._high_before, self.in_use + wanted) + KEPT_SLACK
        excess = self.reserved + wanted - allowed
        if excess <= 0:
            return
        for block in sorted(self.bins, key=lambda known: self.last_used.get(known, 0)):
            free = self.bins[block]
            count = min(len(free), -(-excess // block))
            del free[:count]
            self.reserved -= block * count
            self.returned += count
            excess -= block * count
            if excess <= 0:
                return

    def trim(self) -> None:
        """Give all unused blocks back to the driver. Other threads may lay blocks down meanwhile."""
        for block, free in list(self.bins.items()):
            count = len(free)
            del free[:count]
            self.reserved -= block * count
            self.returned += count

    def reset_peaks(self) -> None:
        """Start the peaks anew from what is in use now."""
        self.peak_in_use, self.peak_reserved = self.in_use, self.reserved
        self._high = self.in_use
