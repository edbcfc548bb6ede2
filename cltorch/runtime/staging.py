"""Numbers that the host writes straight into memory which the device shares with it, for one batch to read.

The bytes are a stretch of the arena, used from its start to its end and then from the start again, when the queue has been
waited for: so nothing is written over that a batch on its way still reads.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from .memory import SMALLEST

if TYPE_CHECKING:
    from .device import Device

SEATS = 1 << 19  # bytes at its end for words that stay


class Seat:
    """A place of their own for the words of a tape that stays: ``words`` is that memory, which begins at ``word`` of the arena. It ``is_kept`` until
    there is no room for another one; then all are given up."""

    __slots__ = ("is_kept", "word", "words")

    def __init__(self, word: int, words: memoryview[int]) -> None:
        self.word, self.words = word, words
        self.is_kept = True


class Staging:
    """The stretch of one device's arena, which the host shares. What one batch puts there may be half of it."""

    def __init__(self, device: Device) -> None:
        self.device = device
        arena = device.arena
        memory = memoryview(arena.host)  # type: ignore[arg-type]
        self._memory, self._words = memory, memory.cast("i")
        self._start, self._size = arena.staging, arena.staged - SEATS
        self._seats: list[Seat] = []
        self._seated = 0
        self._at = 0
        self._left = 0  # for this batch

    def begin(self) -> None:
        """A batch begins."""
        self._left = self._size // 2

    def put(self, data: bytes) -> int | None:
        """The place in the arena where a copy of some bytes lies now; None if there is no room."""
        place = self._room(len(data))
        if place is not None:
            self.write(place, data)
        return place

    def write(self, place: int, data: bytes) -> None:
        """Write bytes to a place in the arena of which the caller knows that nothing reads it."""
        self._memory[place : place + len(data)] = data

    def put_words(self, words: array[int]) -> int | None:
        """`put` for ints."""
        count = len(words)
        place = self._room(4 * count)
        if place is not None:
            self._words[place >> 2 : (place >> 2) + count] = words  # type: ignore[assignment]
        return place

    def seat(self, words: array[int]) -> Seat | None:
        """A `Seat` for these words, while the queue has nothing to do; None if there is none of that size."""
        taken = (4 * len(words) + SMALLEST - 1) & -SMALLEST
        if taken > SEATS // 8:
            return None
        if self._seated + taken > SEATS:
            for seat in self._seats:
                seat.is_kept = False
            self._seats.clear()
            self._seated = 0
        word = (self._start + self._size + self._seated) >> 2
        self._seated += taken
        seat = Seat(word, self._words[word : word + len(words)])
        seat.words[:] = words  # type: ignore[assignment]
        self._seats.append(seat)
        return seat

    def _room(self, nbytes: int) -> int | None:
        taken = (nbytes + SMALLEST - 1) & -SMALLEST
        if taken > self._left:
            return None
        self._left -= taken
        at = self._at
        if at + taken > self._size:
            self.device.drain()
            at = 0
        self._at = at + taken
        return self._start + at
