"""How batches, or single items, come out of a data set: in the main process and in workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from ..tensor.random import Generator
from .collate import default_collate
from .dataset import gather, items
from .graph_settings import apply_random_seed, apply_sharding


class Fetcher(NamedTuple):
    """A data set and how it is read. ``size`` is that of an iterable data set's batches, None for single items; of others, the
    sampler says it, and ``batched`` whether it does."""

    dataset: Any
    collate: Callable[[Any], Any]
    iterable: bool
    batched: bool
    size: int | None
    drop_last: bool

    def settle(self, seed: int | None, workers: int = 1, worker: int = 0) -> None:
        """Before a pass: pipes get their seeds, the same in all workers, and give this worker's part."""
        if seed is not None:
            apply_random_seed(self.dataset, Generator().manual_seed(seed))
            if workers > 1:
                apply_sharding(self.dataset, workers, worker)

    def reader(self) -> Callable[[Any], Any]:
        """What does a task of a pass, for an iterable data set whatever it says; StopIteration when that has ended."""
        if not self.iterable:
            return self.items
        parts = self.parts()
        return lambda task: next(parts)

    def items(self, wanted: Any) -> Any:
        """The item of a number, or the batch of several."""
        if not self.batched:
            return self.collate(self.dataset[wanted])
        batch = gather(self.dataset, wanted) if self.collate is default_collate else None
        return self.collate(items(self.dataset, wanted)) if batch is None else batch

    def parts(self) -> Iterator[Any]:
        """Batches, or single items, of a data set that gives items one after another."""
        source = iter(self.dataset)
        if self.size is None:
            batches: Iterator[Any] = source
        else:
            size = self.size
            batches = iter(lambda: list(islice(source, size)), [])
        for batch in batches:
            if self.drop_last and len(batch) < (self.size or 0):
                return
            yield self.collate(batch)


class _MapDatasetFetcher:
    """Reads items by number, for packages that load with loops of their own."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        self.dataset = dataset
        self.fetcher = Fetcher(dataset, collate_fn, False, auto_collation, None, drop_last)

    def fetch(self, possibly_batched_index: Any) -> Any:
        """The item of a number, or the batch of several."""
        return self.fetcher.items(possibly_batched_index)


class _IterableDatasetFetcher:
    """Reads as many items as are asked for, for packages that load with loops of their own."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        self.dataset, self.dataset_iter = dataset, iter(dataset)
        self.auto_collation, self.collate_fn, self.drop_last = auto_collation, collate_fn, drop_last
        self.ended = False

    def fetch(self, possibly_batched_index: Any) -> Any:
        """The next item, or the next batch of as many; StopIteration at the end."""
        if not self.auto_collation:
            return self.collate_fn(next(self.dataset_iter))
        wanted = len(possibly_batched_index)
        data = [] if self.ended else list(islice(self.dataset_iter, wanted))
        self.ended = len(data) < wanted
        if not data or (self.drop_last and self.ended):
            raise StopIteration
        return self.collate_fn(data)
