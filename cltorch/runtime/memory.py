"""Device memory: buffers, the caching allocator, and its statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyopencl as cl

from ..errors import OutOfMemoryError

if TYPE_CHECKING:
    from .traits import Traits

KEPT_FACTOR = 2  # on CPUs, where it is everybody's, this many times the memory lately in use is kept at most
KEPT_SLACK = 64 << 20  # and this many bytes more
REVIEW_EVERY = 4096  # buffers given out: after two such spans a peak is forgotten
SMALLEST = 64  # bytes: a block is never smaller than a cache line, nor are two classes closer
PAGE = 4096  # bytes: what memory that is shared with the host begins at a multiple of
STAGING = 1 << 22  # bytes of the arena for what the host writes
STRETCHES = 256  # parts of pieces that are kept
ELSEWHERE = -1  # the place of memory that is no part of the arena


def size_class(nbytes: int) -> int:
    """The block size for a request: the next multiple of an eighth of its power of two, so that an eighth at most is lost."""
    if nbytes <= SMALLEST:
        return SMALLEST
    step = max(SMALLEST, 1 << ((nbytes - 1).bit_length() - 4))
    return -(-nbytes // step) * step


Piece = tuple[cl.Buffer, int]  # OpenCL's buffer, and its place in the arena


_new = object.__new__


class Buffer:
    """Memory that belongs to somebody: ``cl`` is the OpenCL buffer, ``nbytes`` what was asked for, ``place`` the byte of the
    arena at which it starts (`ELSEWHERE` if it is not there).

    When it dies its block goes back to the cache at once: whoever gets it next runs later in the same queue.
    """

    __slots__ = ("_block", "_piece", "_pool", "cl", "nbytes", "place")

    cl: cl.Buffer
    nbytes: int
    place: int
    _pool: Allocator
    _block: int
    _piece: Piece

    def part(self, start: int, nbytes: int) -> Buffer:
        """A stretch of this buffer's bytes, which keeps it alive; ``start`` must be aligned."""
        return Part(self, start, nbytes)

    def __del__(self) -> None:
        try:
            pool = self._pool
        except AttributeError:  # a signal's handler raised while it was made
            return
        pool.in_use -= self._block
        pool.live -= 1
        pool.bins[self._block].append(self._piece)


class Part(Buffer):
    """A stretch of another buffer: no memory of its own."""

    __slots__ = ("_whole",)

    def __init__(self, whole: Buffer, start: int, nbytes: int) -> None:
        self._whole = whole
        self._pool = whole._pool
        self.nbytes = nbytes
        if whole.place == ELSEWHERE:
            self.place = ELSEWHERE
            self.cl = whole.cl.get_sub_region(start, nbytes)
        else:  # which is a part itself, and parts have no parts
            self.place = whole.place + start
            self.cl = whole._pool.arena.stretch(self.place, nbytes)  # type: ignore[union-attr]

    def __del__(self) -> None:
        """The whole gives its block back when it dies."""


def shared(context: cl.Context, nbytes: int) -> tuple[cl.Buffer, np.ndarray]:
    """A buffer over memory of the host, and that memory. Drivers may keep a copy of their own: see `Arena.host`."""
    memory = np.empty(nbytes + PAGE, np.uint8)
    host = memory[-memory.ctypes.data % PAGE :][:nbytes]
    return cl.Buffer(context, cl.mem_flags.READ_WRITE | cl.mem_flags.USE_HOST_PTR, hostbuf=host), host


class Arena:
    """One buffer of which small blocks are pieces, so that one kernel, the tape, can reach them all by their offsets.

    Its first ``scratch`` bytes belong to the tape. Pieces are cut off one after another and never merged: they come back
    through the allocator's bins. Where the device is the host's own, ``host`` is the same memory as an array of bytes: the host reads
    results there when the queue is done, and writes numbers that a tape is to read.
    """

    def __init__(self, context: cl.Context, queue: cl.CommandQueue, traits: Traits) -> None:
        on_host = traits.kind == "cpu"  # where memory is taken when it is touched
        self.host: np.ndarray | None = None
        self._elements: dict[np.dtype, np.ndarray] = {}
        self._queue = queue
        self._is_shared = on_host
        size = 1 << 28 if on_host else 1 << 26
        self.alignment = max(SMALLEST, traits.base_alignment)
        self.largest = 1 << 20 if on_host else 1 << 18  # bytes of a block
        self.scratch = 1 << 23
        self.staging = self.scratch  # here begin the bytes for numbers that the host writes
        self.staged = STAGING
        self.size = min(size, traits.max_allocation // 4, traits.global_memory // 8) // self.alignment * self.alignment
        self.used = self.scratch + self.staged
        self._context = context
        self._cl: cl.Buffer | None = None
        self._spare: dict[int, list[Piece]] = {}
        self._stretches: dict[tuple[int, int], cl.Buffer] = {}
        if self.size < 4 * self.scratch:
            self.largest = 0

    def open(self) -> cl.Buffer | None:
        """The buffer, made on first use; None where the device has no room."""
        if self._cl is None and self.largest:
            try:
                self._cl = self._share() if self._is_shared else None
                if self._cl is None:
                    self._cl = cl.Buffer(self._context, cl.mem_flags.READ_WRITE, self.size)
            except cl.Error:
                self.largest = 0
        return self._cl

    def _share(self) -> cl.Buffer | None:
        """The buffer over memory of the host; None if the driver turns out to keep a copy of its own."""
        made, host = shared(self._context, self.size)
        words = host[: 3 * SMALLEST].view(np.uint32).reshape(3, -1)
        words[:] = [[1], [2], [3]]
        cl.enqueue_fill_buffer(self._queue, made, np.uint32(4), 0, SMALLEST)
        self._queue.finish()
        words[1] = 5
        cl.enqueue_copy(self._queue, made, made, src_offset=SMALLEST, dst_offset=2 * SMALLEST, byte_count=SMALLEST)
        self._queue.finish()
        if not (words == [[4], [5], [5]]).all():
            return None
        self.host = host
        return made

    def elements(self, kind: np.dtype) -> np.ndarray | None:
        """The whole of the memory that is shared with the host, as elements of a dtype; None where it is not."""
        found = self._elements.get(kind)
        if found is None and self.host is not None:
            found = self._elements[kind] = self.host.view(kind)
        return found

    def cut(self, block: int) -> Piece | None:
        """A piece for a block of this size; None where there is no room."""
        spare = self._spare.get(block)
        if spare:
            return spare.pop()
        start = self.used
        end = start + -(-block // self.alignment) * self.alignment
        if end + 16 * SMALLEST > self.size:  # vectors are read beyond the end of the last piece
            return None
        whole = self.open()
        if whole is None:
            return None
        self.used = end
        return whole.get_sub_region(start, block), start

    def stretch(self, start: int, nbytes: int) -> cl.Buffer:
        """These bytes, wherever pieces begin. The driver takes some microseconds to make one, so the last ones stay."""
        known = self._stretches
        found = known.get((start, nbytes))
        if found is None:
            if len(known) >= STRETCHES:
                known.clear()
            whole: Any = self.open()
            found = known[start, nbytes] = whole.get_sub_region(start, nbytes)
        return found

    def keep(self, block: int, pieces: list[Piece]) -> None:
        """Pieces of one size that nobody holds any more."""
        self._spare.setdefault(block, []).extend(pieces)


class Allocator:
    """Blocks of geometric size classes, kept in last-in-first-out bins, so that a loop meets the same blocks again."""

    def __init__(
        self,
        context: cl.Context,
        name: str,
        traits: Traits,
        relieve: Callable[[], None],
        touch: Callable[[cl.Buffer], None] | None = None,
        arena: Arena | None = None,
    ) -> None:
        self.context = context
        self.name = name
        self.limit = traits.global_memory
        self.largest = traits.max_allocation
        self.relieve = relieve
        self.touch = touch  # makes the driver find the memory now, where it would wait for the first use
        self.keeps_all = traits.kind != "cpu"
        self.arena = arena
        self.bins: dict[int, list[Piece]] = {}
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
        piece = free.pop() if free else self._obtain(block)
        self.live += 1
        self.last_used[block] = self.served
        self.served += 1
        used = self.in_use = self.in_use + block
        if used > self._high:
            self._high = used
            self.peak_in_use = max(self.peak_in_use, used)
        buffer = _new(Buffer)  # in half of the time that a constructor takes
        buffer._pool = self
        buffer._block = block
        buffer._piece = piece
        buffer.cl, buffer.place = piece
        buffer.nbytes = nbytes
        return buffer

    def _new_class(self, nbytes: int) -> int:
        block = size_class(nbytes)
        if block > self.largest >= nbytes:
            block = nbytes  # rounded up it would not fit
        if len(self.classes) > 1 << 16:
            self.classes.clear()
        self.classes[nbytes] = block
        self.bins.setdefault(block, [])
        return block

    def _obtain(self, block: int) -> Piece:
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

    def _create(self, block: int) -> Piece | None:
        """A new OpenCL buffer, or None when the device has no room (drivers that allocate lazily are held to the limit)."""
        if block > self.largest or self.reserved + block > self.limit:
            return None
        if self.arena is not None and block <= self.arena.largest:
            piece = self.arena.cut(block)
            if piece is not None:
                return piece
        try:
            memory = cl.Buffer(self.context, cl.mem_flags.READ_WRITE, block)
            if self.touch is not None:
                self.touch(memory)
        except (cl.MemoryError, cl.RuntimeError):
            return None
        return memory, ELSEWHERE

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
            self._drop(block, count)
            self.reserved -= block * count
            self.returned += count
            excess -= block * count
            if excess <= 0:
                return

    def _drop(self, block: int, count: int) -> None:
        """Take unused blocks out of their bin: the driver gets them, or the arena keeps them."""
        free = self.bins[block]
        pieces = [piece for piece in free[:count] if piece[1] != ELSEWHERE]
        del free[:count]
        if pieces and self.arena is not None:
            self.arena.keep(block, pieces)

    def trim(self) -> None:
        """Give all unused blocks back to the driver. Other threads may lay blocks down meanwhile."""
        for block, free in list(self.bins.items()):
            count = len(free)
            self._drop(block, count)
            self.reserved -= block * count
            self.returned += count

    def reset_peaks(self) -> None:
        """Start the peaks anew from what is in use now."""
        self.peak_in_use, self.peak_reserved = self.in_use, self.reserved
        self._high = self.in_use
