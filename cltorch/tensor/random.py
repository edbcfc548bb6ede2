"""Generators of random numbers, and the default one: seeds and states."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .. import dtypes
from .creation import frombuffer
from .device_names import device as _Device
from .device_names import get_default_device
from .philox import DEFAULT, Counter
from .tensor import Tensor

_BITS = 1 << 64


class Generator:
    """A sequence of random numbers of its own: a seed and a counter, the same numbers on every device. See torch.Generator."""

    __module__ = "cltorch"

    def __init__(self, device: Any = None, *, counter: Counter | None = None) -> None:
        self._device = None if device is None else _Device(device)
        self._counter = counter or Counter()

    @property
    def device(self) -> Any:
        """The device that was named; the numbers are the same on all."""
        return self._device or get_default_device()

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from a seed of 64 bits; a negative one stands for its bits without a sign. ValueError beyond."""
        number = int(seed)
        if not -_BITS // 2 <= number < _BITS:
            raise ValueError("Overflow when unpacking long long")
        self._counter.seed, self._counter.position = number % _BITS, 0
        return self

    def seed(self) -> int:
        """Start anew from a seed that the system chooses, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(7), "little"))
        return self._counter.seed

    def initial_seed(self) -> int:
        """The seed of the current sequence."""
        return self._counter.seed

    def save(self) -> tuple[int, int]:
        """Seed and position, fit for `restore`: a state without a tensor."""
        return self._counter.seed, self._counter.position

    def restore(self, saved: tuple[int, int]) -> None:
        """Go on from what `save` gave."""
        self._counter.seed, self._counter.position = saved

    def get_state(self) -> Tensor:
        """Seed and counter, as the bytes of a tensor (fit for `set_state`, and for files)."""
        return frombuffer(bytearray(b"".join(n.to_bytes(8, "little") for n in self.save())), dtype=dtypes.uint8)

    def set_state(self, new_state: Any) -> Generator:
        """Go on from a state that `get_state` gave. TypeError for what is none, RuntimeError for other sizes."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype is not dtypes.uint8:
            raise TypeError(f"expected a torch.ByteTensor, but got {new_state.type()}")
        if new_state.numel() != 16:
            raise RuntimeError(f"RNG state is wrong size: 16 bytes are expected, got {new_state.numel()}")
        state = bytes(new_state.tolist())
        self.restore((int.from_bytes(state[:8], "little"), int.from_bytes(state[8:], "little")))
        return self

    def get_offset(self) -> int:
        """How many random numbers were drawn since the seed. RuntimeError on the CPU, as in PyTorch."""
        self._need_offset()
        return self._counter.position

    def set_offset(self, offset: int) -> None:
        """Go on after so many random numbers. RuntimeError on the CPU, as in PyTorch."""
        self._need_offset()
        self._counter.position = offset

    def _need_offset(self) -> None:
        if self.device.type == "cpu":
            raise RuntimeError("CPU Generator does not use offset")

    def clone_state(self) -> Generator:
        """A generator that goes on from the same state."""
        return Generator(self._device, counter=Counter(*self.save()))

    def take(self, count: int) -> tuple[int, int]:
        """The seed and the first of ``count`` positions, which are used up."""
        return self._counter.take(count)


default_generator = Generator(counter=DEFAULT)


def manual_seed(seed: int) -> Generator:
    """Seed the default generator. See torch.manual_seed."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the system. See torch.seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed. See torch.initial_seed."""
    return default_generator.initial_seed()


def thread_safe_generator() -> Generator | None:
    """The generator of a loader's worker where workers are threads; None, for the default one, anywhere else. They are processes here,
    each with a generator of its own. See torch.random.thread_safe_generator."""
    return None


def get_rng_state() -> Any:
    """The default generator's state, a tensor of bytes. See torch.get_rng_state."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Put the default generator into a state. See torch.set_rng_state."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "opencl") -> Iterator[None]:
    """Random numbers drawn in a ``with`` block leave the default generator as it was. See torch.random.fork_rng."""
    state = default_generator.save()
    try:
        yield
    finally:
        if enabled:
            default_generator.restore(state)
