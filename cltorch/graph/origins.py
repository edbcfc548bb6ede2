"""Blocks in which values of the host, which are computed as soon as they are recorded, remember how they were made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value


class Origins:
    """Values of one thread that are computed already and still know how they were made."""

    __slots__ = ("thread", "values")

    def __init__(self) -> None:
        self.thread = get_ident()
        self.values: list[Value] = []


ORIGINS: list[Origins] = []
"""Those of each `origins_kept` around, of any thread."""


def origins_here() -> Origins | None:
    """Those of the innermost block of the thread that asks, if it is in one."""
    me = get_ident()
    return next((kept for kept in reversed(ORIGINS[:]) if kept.thread == me), None)


@contextmanager
def origins_kept() -> Iterator[None]:
    """A block in which values that are computed as soon as they are recorded (the host's) do not forget how they were made, as pending
    ones do not: so that their making can be recorded."""
    mine = Origins()
    ORIGINS.append(mine)
    try:
        yield
    finally:
        ORIGINS.remove(mine)
        around = origins_here()
        if around is not None:
            around.values.extend(mine.values)
        else:
            for value in mine.values:
                value.record, value.reads, value.numbers = None, (), ()
