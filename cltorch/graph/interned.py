"""Objects of which equal ones are one, so that they are compared and looked up by identity."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, Generic, TypeVar

T = TypeVar("T")
LEAST = 1 << 13  # objects from which those that nobody holds are looked for
HELD_HERE = 2  # references that `sys.getrefcount` counts of an object that only a local name holds


class Interned(Generic[T]):
    """Objects by what they consist of. Those that nobody else holds are dropped whenever the number of objects has doubled: references to
    them that are weak would cost five times as much to make.

    ``loosen`` is called with each object first: to drop what it remembers, which may be itself.
    """

    def __init__(self, loosen: Callable[[T], object]) -> None:
        self._known: dict[Hashable, T] = {}
        self._loosen = loosen
        self._lock = RLock()  # a signal's handler may come while it is held
        self._limit = LEAST
        self.get = self._known.get

    def __len__(self) -> int:
        return len(self._known)

    def keep(self, key: Hashable, made: T) -> T:
        """The object of a key: ``made``, if there is none yet."""
        with self._lock:  # two threads must not keep two objects of one key
            if len(self._known) >= self._limit:
                self._sweep()
            return self._known.setdefault(key, made)

    def _sweep(self) -> None:
        known: Any = self._known
        for one in list(known.values()):
            self._loosen(one)
        del one
        for key in list(known):
            one = known.pop(key)
            if sys.getrefcount(one) > HELD_HERE:  # asked when nobody can find it any more
                known[key] = one
        self._limit = max(LEAST, 2 * len(known))
