"""Samplers: which items a loader takes, in which order, and in which batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from ..tensor.sampling import rand, randint, randperm
from ..tensor.tensor import Tensor
from .host import on_host

Index = TypeVar("Index", covariant=True)
DRAWN = 32  # numbers of items that are drawn at once, with replacement


class Sampler(Generic[Index]):
    """Gives the numbers of items (or lists of them) one after another: a subclass gives ``__iter__``."""

    def __iter__(self) -> Iterator[Index]:
        raise NotImplementedError(f"{type(self).__name__} does not say its order: define __iter__()")


def _check_count(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


class SequentialSampler(Sampler[int]):
    """0, 1, 2, ..."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """A random order; with ``replacement`` independent draws. ``num_samples`` (all by default) are drawn each time."""

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        _check_count("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many are drawn."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        size, left = len(self.data_source), self.num_samples
        if self.replacement:
            for start in range(0, left, DRAWN):  # programs ask for billions and stop when they have enough
                with on_host():
                    drawn = randint(0, size, (min(DRAWN, left - start),), generator=self.generator).tolist()
                yield from drawn
            return
        while left > 0:
            yield from randperm(size, generator=self.generator).tolist()[:left]
            left -= size

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given numbers in a random order."""

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Draws of 0 to ``len(weights) - 1`` with probabilities proportional to ``weights``, with or without
    replacement."""

    def __init__(
        self, weights: Sequence[float] | Tensor, num_samples: int, replacement: bool = True, generator: Any = None
    ) -> None:
        _check_count("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = np.asarray(weights, dtype=np.float64)
        if self.weights.ndim != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {self.weights.shape}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def _check(self) -> None:
        """RuntimeError where so many cannot be drawn by these weights."""
        if not np.isfinite(self.weights).all() or (self.weights < 0).any():
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        possible = int((self.weights > 0).sum())
        if not possible:
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
        if not self.replacement and self.num_samples > possible:
            raise RuntimeError(
                "invalid multinomial distribution (with replacement=False, not enough non-negative category to sample: "
                f"{self.num_samples} draws of {possible})"
            )

    def __iter__(self) -> Iterator[int]:
        self._check()
        if self.replacement:
            uniform = rand(self.num_samples, generator=self.generator).numpy().astype(np.float64)
            ends = np.cumsum(self.weights)
            drawn = np.searchsorted(ends, uniform * ends[-1], side="right")
        else:
            # the smallest of exponential variates with these rates are a draw without replacement (Efraimidis,
            # Spirakis)
            uniform = rand(len(self.weights), generator=self.generator).numpy().astype(np.float64)
            with np.errstate(divide="ignore"):
                keys = -np.log1p(-uniform) / self.weights
            keys[self.weights == 0] = np.inf
            drawn = np.argsort(keys, kind="stable")[: self.num_samples]
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of ``batch_size`` numbers of another sampler; the last one may be shorter unless ``drop_last``."""

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        _check_count("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        order = iter(self.sampler)
        while batch := list(islice(order, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
