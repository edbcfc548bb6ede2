"""Random numbers: generators that count, so that the same seed gives the same numbers on every device and driver."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..graph.storage import Storage
from ..graph.value import Value
from ..ops.layout import random_record
from .apply import post

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from ..runtime.device import Device

_MASK = (1 << 63) - 1


class Generator:
    """A seed and a counter: element ``k`` of a call is the Philox-4x32-10 output for (seed, counter + k).

    See torch.Generator, and Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).
    """

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device
        self._seed = 67280421310721
        self._counter = 0

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from a seed."""
        self._seed, self._counter = int(seed) & _MASK, 0
        return self

    def seed(self) -> int:
        """Start anew from a seed that the system chooses, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(7), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed of the current sequence."""
        return self._seed

    def get_state(self) -> tuple[int, int]:
        """Seed and counter."""
        return self._seed, self._counter

    def set_state(self, state: tuple[int, int]) -> Generator:
        """Go on from a state that `get_state` gave."""
        self._seed, self._counter = int(state[0]), int(state[1])
        return self

    def take(self, count: int) -> tuple[int, int]:
        """The seed and the first of ``count`` counters, which are used up."""
        start = self._counter
        self._counter += count
        return self._seed, start


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the default generator. See torch.manual_seed."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the system. See torch.seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed. See torch.initial_seed."""
    return default_generator.initial_seed()


def get_rng_state() -> tuple[int, int]:
    """The default generator's state."""
    return default_generator.get_state()


def set_rng_state(state: tuple[int, int]) -> None:
    """Put the default generator into a state."""
    default_generator.set_state(state)


def draw(cls: Any, kind: str, shape: tuple[int, ...], dtype: DType, device: Device, generator: Generator | None) -> Any:
    """A tensor (``cls`` makes it) of random numbers of a kind (see `ops.layout.random_record`)."""
    record = random_record(kind, shape, dtype, device)
    value = Value(record, (), (generator or default_generator).take(record.numel))
    post(value)
    return cls._made(Storage(value, record.numel), record.meta, None)
