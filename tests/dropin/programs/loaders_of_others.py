"""Loaders that packages make: an object with a loader's attributes, and iterators derived from PyTorch's."""

import itertools

import torch
from torch.utils.data import DataLoader, IterableDataset
from torch.utils.data._utils import HAS_NUMPY, MP_STATUS_CHECK_INTERVAL
from torch.utils.data.dataloader import (
    _BaseDataLoaderIter,
    _DatasetKind,
    _InfiniteConstantSampler,
    _SingleProcessDataLoaderIter,
)


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(5))


class Shell:
    """What fastai gives to the iterator in a loader's place."""

    dataset, collate_fn, drop_last, in_order = Stream(), staticmethod(lambda item: item), False, True
    _IterableDataset_len_called, _auto_collation, _dataset_kind = None, False, _DatasetKind.Iterable
    _index_sampler, generator, prefetch_factor = itertools.count(), None, 2
    pin_memory, pin_memory_device, num_workers, timeout, persistent_workers = False, "", 0, 0, False
    worker_init_fn = multiprocessing_context = None


print(list(_SingleProcessDataLoaderIter(Shell())))


class Counting(_BaseDataLoaderIter):
    """What torchdata makes of the base class: a loop of its own."""

    def __init__(self, loader):
        super().__init__(loader)
        arguments = self._dataset_kind, self._dataset, self._auto_collation, self._collate_fn, self._drop_last
        self.fetcher = _DatasetKind.create_fetcher(*arguments)

    def _next_data(self):
        return self.fetcher.fetch(self._next_index())


class Derived(DataLoader[int]):
    def __iter__(self):
        return Counting(self)


for data in (list(range(7)), Stream()):
    loader = Derived(data, batch_size=3)
    iterator = iter(loader)
    print([batch.tolist() for batch in iterator], iterator._num_yielded, loader._dataset_kind, loader._auto_collation)
    if isinstance(data, list):
        iterator._reset(loader)
        print(next(iterator))
print(
    next(iter(_InfiniteConstantSampler())),
    HAS_NUMPY,
    MP_STATUS_CHECK_INTERVAL,
    next(iter(DataLoader([1, 2, 3], pin_memory=True))),
)
optimizers = [torch.optim.Adam([torch.ones(1)], fused=fused) for fused in (None, True)]
print([getattr(optimizer, "_step_supports_amp_scaling", False) for optimizer in optimizers])
