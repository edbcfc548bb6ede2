"""The loader: goes through a data set in batches."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from ..warned import warn
from .collate import default_collate, default_convert
from .datapipes.datapipe import IterDataPipe
from .dataset import IterableDataset
from .fetch import Fetcher, _IterableDatasetFetcher, _MapDatasetFetcher
from .graph_settings import apply_sharding, apply_shuffle_settings
from .host import drawn_seed
from .pinning import pin_memory, warn_of_pinning
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from .worker import Failure, get_worker_info
from .workers import Crew

_collate_fn_t = Callable[[list[Any]], Any]
_worker_init_fn_t = Callable[[int], None]
Item = TypeVar("Item", covariant=True)
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader(Generic[Item]):
    """Batches of a data set, in order or shuffled; every ``iter`` goes through it anew. See
    torch.utils.data.DataLoader.

    - ``batch_size`` items make a batch; None gives single items. ``drop_last`` leaves out a last, shorter batch.
    - ``shuffle`` draws a new order each time, from ``generator`` (the default one if None); or a ``sampler`` gives the
      numbers of items, or a ``batch_sampler`` lists of them.
    - ``collate_fn`` makes a batch from a list of items: `default_collate`, or `default_convert` for single items.
    - ``num_workers`` processes load ahead, ``prefetch_factor`` batches each (2 by default), in the same order (``in_order=False``: as
      they come). They touch no device: tensors that are made there lie on the host, what ops they need is computed there, and batches
      come through shared memory. ``multiprocessing_context`` says how they are started (Python's default if None); after a fork, tensors
      that the data set holds are on the host too. ``worker_init_fn(id)`` runs in each, seeds are the drawn one plus ``id``. With
      ``persistent_workers`` they outlive a pass. An error of a worker is raised here with its traceback, RuntimeError if one is killed
      or after ``timeout`` seconds. `get_worker_info` tells an iterable data set, of which each has a copy, what its part is.
    - ``pin_memory`` is accepted; batches are on the device already.

    Batches of a `TensorDataset` are made by one indexing per tensor.
    """

    _initialized = False
    _iterator: _MultiProcessingDataLoaderIter | None = None  # that of workers which outlive a pass

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        iterable = isinstance(dataset, IterableDataset)
        self._dataset_kind = _DatasetKind.Iterable if iterable else _DatasetKind.Map
        if isinstance(dataset, IterDataPipe):
            dataset, shuffle = apply_shuffle_settings(dataset, shuffle), None
        _check_sampling(iterable, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if batch_sampler is not None:
            batch_size = None
        if sampler is None:
            if iterable:
                sampler = _InfiniteConstantSampler()  # the data set itself says when it ends
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.drop_last = drop_last
        self.collate_fn = collate_fn
        self.generator = generator
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._IterableDataset_len_called: int | None = None
        self._initialized = True
        self.check_worker_number_rationality()

    @property
    def multiprocessing_context(self) -> Any:
        """How workers are started: a context of `multiprocessing`, None for Python's default. It may be set to the name of one too."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, given: Any) -> None:
        self._context = None if given is None else _context(given, self.num_workers)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in _FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __iter__(self) -> _BaseDataLoaderIter:
        if not self.num_workers:
            return _SingleProcessDataLoaderIter(self)
        if not self.persistent_workers:
            return _MultiProcessingDataLoaderIter(self)
        if self._iterator is None:
            self._iterator = _MultiProcessingDataLoaderIter(self)
        else:
            self._iterator.restart()
        return self._iterator

    def check_worker_number_rationality(self) -> None:
        """Warn of more workers than there are processors for this process."""
        most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        if most is not None and self.num_workers > most:
            warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number of worker in "
                f"current system is {most}, which is smaller than what this DataLoader is going to create. Please be aware that "
                "excessive worker creation might get DataLoader running slow or even freeze, lower the worker number to avoid "
                "potential slowness/freeze if necessary."
            )

    @property
    def _auto_collation(self) -> bool:
        """Whether batches are made of items."""
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        """What says which items come: numbers, or lists of them."""
        return self.batch_sampler if self._auto_collation else self.sampler

    def __len__(self) -> int:
        if self._dataset_kind == _DatasetKind.Map:
            return len(self._index_sampler)
        length = self._IterableDataset_len_called = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)


class _InfiniteConstantSampler(Sampler[Any]):
    """None without end: the sampler of data sets that say themselves when they end."""

    def __iter__(self) -> Iterator[Any]:
        return repeat(None)


def _sharding_worker_init_fn(worker_init_fn: Any, world_size: int, rank_id: int, worker_id: int) -> None:
    """What a package's own worker calls at its begin: pipes give the part of this rank and worker."""
    info = get_worker_info()
    if info is None:
        raise AssertionError("_sharding_worker_init_fn(): this is no worker")
    apply_sharding(info.dataset, info.num_workers * world_size, worker_id * world_size + rank_id)
    if worker_init_fn is not None:
        worker_init_fn(worker_id)


class _DatasetKind:
    """The two kinds of data sets, as packages ask for them."""

    Map, Iterable = range(2)

    @staticmethod
    def create_fetcher(
        kind: int, dataset: Any, auto_collation: bool, collate_fn: _collate_fn_t, drop_last: bool
    ) -> _MapDatasetFetcher | _IterableDatasetFetcher:
        """What reads a data set: its ``fetch`` gives a batch, or a single item."""
        made = _MapDatasetFetcher if kind == _DatasetKind.Map else _IterableDatasetFetcher
        return made(dataset, auto_collation, collate_fn, drop_last)


class _BaseDataLoaderIter:
    """One pass through a loader. Packages ask for the class, and count batches by ``_num_yielded``; some give something else that has a
    loader's attributes."""

    def __init__(self, loader: Any) -> None:
        if loader.pin_memory:
            warn_of_pinning(loader.pin_memory_device)
        self._loader, self._dataset = loader, loader.dataset
        self._dataset_kind, self._auto_collation = loader._dataset_kind, loader._auto_collation
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._index_sampler, self._collate_fn = loader._index_sampler, loader.collate_fn
        self._sampler_iter = iter(self._index_sampler)
        self._drop_last = loader.drop_last
        self._num_workers, self._timeout = loader.num_workers, loader.timeout
        self._persistent_workers = loader.persistent_workers
        self._pin_memory, self._pin_memory_device = loader.pin_memory, None
        self._world_size, self._rank = 1, 0
        self._num_yielded = 0
        self._base_seed = drawn_seed(loader.generator)
        self._shared_seed = self._pipes_seed()

    def _pipes_seed(self) -> int | None:
        """What the pipes of all workers are seeded with in a pass; None for other data sets."""
        return drawn_seed(self._loader.generator) if isinstance(self._dataset, IterDataPipe) else None

    def _begin(self) -> None:
        batches = self._pass()
        self._num_yielded = 0
        self._batches = batches if self._dataset_kind == _DatasetKind.Map else self._counted(batches)

    def _pass(self) -> Iterator[Any]:
        """The batches of a pass."""
        raise NotImplementedError

    def _fetcher(self) -> Fetcher:
        iterable = self._dataset_kind == _DatasetKind.Iterable
        size = self._loader.batch_size if self._auto_collation else None
        return Fetcher(self._dataset, self._collate_fn, iterable, self._auto_collation, size, self._drop_last)

    def _tasks(self) -> Iterator[Any]:
        """What the sampler says in a pass: numbers of items, or lists of them; nothing for an iterable data set, without end."""
        return repeat(None) if self._dataset_kind == _DatasetKind.Iterable else self._sampler_iter

    def _counted(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The same batches, with a warning when they are more than the data set said."""
        for batch in batches:
            said, given = self._loader._IterableDataset_len_called, self._num_yielded + 1
            if said is not None and given > said and batch.__class__ is not Failure:
                why = (
                    "For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset replica at each "
                    "worker. Please see https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
                )
                warn(
                    f"Length of IterableDataset {self._dataset} was reported to be {said}(when accessing "
                    f"len(dataloader)), but {given} samples have been fetched. {why if self._loader.num_workers else ''}"
                )
            yield batch

    def _next_data(self) -> Any:
        return next(self._batches)

    def _next_index(self) -> Any:
        """The numbers of the items of the next batch: packages with loops of their own ask."""
        return next(self._sampler_iter)

    def _reset(self, loader: Any, first_iter: bool = False) -> None:
        """Begin another pass: packages with loops of their own do."""
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._shared_seed = self._pipes_seed()

    def __iter__(self) -> _BaseDataLoaderIter:
        return self

    def __next__(self) -> Any:
        return self._given(self._next_data())

    def _given(self, batch: Any) -> Any:
        """A batch as it is handed out. The error of a worker is raised; the pass goes on behind it."""
        if batch.__class__ is Failure:
            raise batch.again()
        self._num_yielded += 1
        return pin_memory(batch) if self._loader.pin_memory else batch

    def __len__(self) -> int:
        return len(self._loader)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """A pass without workers."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self._begin()

    def _pass(self) -> Iterator[Any]:
        fetcher = self._fetcher()
        fetcher.settle(self._shared_seed)
        return fetcher.parts() if fetcher.iterable else map(fetcher.items, self._tasks())


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """A pass with workers, or with persistent ones many passes."""

    def __init__(self, loader: Any) -> None:
        self._crew: Crew | None = None
        if not loader.prefetch_factor:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        super().__init__(loader)
        self._begin()

    def _pass(self) -> Iterator[Any]:
        if self._crew is None:
            self._crew = Crew(self._loader, self._fetcher(), self._base_seed, self._shared_seed)
        return self._crew.run(self._tasks())

    def restart(self) -> None:
        """Begin another pass."""
        self._reset(self._loader)
        if self._crew is not None:
            self._crew.begin(self._shared_seed)
        self._begin()

    def __next__(self) -> Any:
        try:
            batch = self._next_data()
        except StopIteration:
            if not self._loader.persistent_workers:
                self._shutdown_workers()
            raise
        except BaseException:
            self._shutdown_workers()
            raise
        return self._given(batch)

    def _shutdown_workers(self) -> None:
        """End the workers; also called by packages."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop()

    def __del__(self) -> None:
        self._shutdown_workers()


def _context(given: Any, workers: int) -> BaseContext:
    """What ``multiprocessing_context`` means. ValueError, or TypeError, for what it cannot be."""
    if not workers:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={workers}"
        )
    if isinstance(given, str):
        known = multiprocessing.get_all_start_methods()
        if given not in known:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {known!r}, but got "
                f"multiprocessing_context={given!r}"
            )
        return multiprocessing.get_context(given)
    if not isinstance(given, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, but got "
            f"multiprocessing_context={given}"
        )
    return given


def _check_workers(workers: int, timeout: float, prefetch: int | None, persistent: bool) -> None:
    """ValueError for options about worker processes that PyTorch refuses too."""
    if workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if workers > 0:
        if prefetch is not None and prefetch < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        return
    if prefetch is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable "
            "multiprocessing, otherwise set prefetch_factor to None."
        )
    if persistent:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_sampling(
    iterable: bool, batch_size: int | None, shuffle: bool | None, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """ValueError for options that exclude each other."""
    if iterable:
        where = "DataLoader with IterableDataset: expected unspecified"
        if shuffle not in (False, None):
            raise ValueError(f"{where} shuffle option, but got shuffle={shuffle}")
        if sampler is not None:
            raise ValueError(f"{where} sampler option, but got sampler={sampler}")
        if batch_sampler is not None:
            raise ValueError(f"{where} batch_sampler option, but got batch_sampler={batch_sampler}")
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
    elif batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
