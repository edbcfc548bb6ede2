"""Random numbers by counting: the same seed gives the same numbers on every device and driver.

Element ``k`` of a call is the Philox-4x32-10 output for (seed, counter + k); see Salmon et al., "Parallel random numbers: as
easy as 1, 2, 3" (2011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..graph.record import BATCHING, emit
from ..graph.storage import Storage
from ..graph.value import Batched
from ..ops.layout import random_record
from ..ops.mode import MODE

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..graph.value import Record, Value
    from ..runtime.device import Device

DEFAULT_SEED = 67280421310721
_HALF = 1 << 63


class Counter:
    """A seed (of 64 bits without a sign) and a position in its sequence."""

    __slots__ = ("position", "seed")

    def __init__(self, seed: int = DEFAULT_SEED, position: int = 0) -> None:
        self.seed = seed
        self.position = position

    def take(self, count: int) -> tuple[int, int]:
        """The seed's bits as an int64, and the first of ``count`` positions, which are used up."""
        start = self.position  # no call until it is moved on, so two threads do not get the same numbers
        self.position = start + count
        seed = self.seed
        return (seed if seed < _HALF else seed - 2 * _HALF), start


DEFAULT = Counter()


def draw(
    cls: Any,
    kind: str,
    shape: tuple[int, ...],
    dtype: DType,
    device: Device,
    generator: Any,
    more: tuple[int, ...] = (),
) -> Any:
    """A tensor (``cls`` makes it) of random numbers of a kind (see `ops.layout.random_record`, also for ``more`` numbers), from a
    Generator or the default one."""
    return drawn(cls, kind, random_record(kind, shape, dtype, device), generator, more)


def between(bits: Any, low: int, high: int) -> Any:
    """Integers in [low, high), of which there may be any number up to 2**64, from random bits (int64)."""
    least = (
        high - low - (1 << 64)
    )  # of the bits that stand for numbers beyond, where the range is so wide that these are fewer
    if least < -(1 << 63):
        return bits % (high - low) + low
    return bits.where((bits < least) | (bits >= 0), bits - least) + low


def drawn(cls: Any, kind: str, record: Record, generator: Any, more: tuple[int, ...] = ()) -> Any:
    """`draw` by a record that is known."""
    if not BATCHING or not MODE.levels:
        return cls._emitted(record, (), (generator or DEFAULT).take(record.numel) + more)
    value = _draw_slices(record, kind, record.meta.dtype, generator or DEFAULT, more)
    return cls._made(Storage(value, record.nbytes), record.meta, None)


def _draw_slices(record: Record, kind: str, dtype: DType, generator: Any, more: tuple[int, ...]) -> Value:
    """Random numbers inside `vmap`: of their own for every slice of the levels that say so."""
    if any(level.randomness == "error" for level in MODE.levels):
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
            "randomness flags on vmap or perform the randomness operation out of vmap"
        )
    levels = [level for level in MODE.levels if level.randomness == "different"]
    sizes = tuple(level.size for level in levels)
    all_of_them = random_record(kind, (*sizes, *record.meta.shape), dtype, record.device)
    value = emit(all_of_them, (), generator.take(all_of_them.numel) + more)
    nbytes = all_of_them.nbytes
    for level in levels:
        nbytes //= level.size
        value = Batched(level, value, nbytes)
    return value
