"""Workers load the same batches in the same order as none do, tell their errors, and leave nothing behind."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import torch

import cltorch
from cltorch.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info


class Squares(Dataset):
    """Items that are made by ops, some of which take a while."""

    def __len__(self) -> int:
        return 23

    def __getitem__(self, index: int) -> Any:
        time.sleep(0.002 * (index % 3))
        return cltorch.tensor([index]) ** 2, index


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("batch", [4, None])
def test_the_same_batches_in_the_same_order(workers: int, batch: int | None) -> None:
    wanted = [(a.tolist(), cltorch.as_tensor(b).tolist()) for a, b in DataLoader(Squares(), batch)]
    loader = DataLoader(Squares(), batch, num_workers=workers, prefetch_factor=3)
    for _ in range(2):
        assert [(a.tolist(), cltorch.as_tensor(b).tolist()) for a, b in loader] == wanted
    assert sum(len(x[0]) for x in DataLoader(TensorDataset(cltorch.arange(7)), 2, True, num_workers=2)) == 7


def parts(library: Any) -> type:
    """A data set of which every worker gives its part."""

    class Parts(library.utils.data.IterableDataset):
        def __iter__(self) -> Any:
            info = library.utils.data.get_worker_info()
            yield from range(info.id, 11, info.num_workers) if info else range(11)

    return Parts


def test_iterable_data_sets_are_divided_as_in_pytorch() -> None:
    assert issubclass(parts(cltorch), IterableDataset)
    for options in ({"batch_size": 2}, {"batch_size": 4, "drop_last": True}, {"batch_size": None}):
        found, wanted = (
            [cltorch.as_tensor(b).tolist() if lib is cltorch else torch.as_tensor(b).tolist() for b in loader]
            for lib in (cltorch, torch)
            for loader in [lib.utils.data.DataLoader(parts(lib)(), num_workers=2, **options)]
        )
        assert found == wanted


class Broken(Squares):
    """One item cannot be loaded."""

    def __getitem__(self, index: int) -> Any:
        if index == 9:
            raise KeyError("nine")
        return index


def test_errors_of_workers() -> None:
    seen = []
    with pytest.raises(KeyError, match=r"Caught KeyError in DataLoader worker 0.*nine"):
        for batch in DataLoader(Broken(), 4, num_workers=2):
            seen.append(batch.tolist())
    assert seen == [[0, 1, 2, 3], [4, 5, 6, 7]]

    def refuse(worker: int) -> None:
        raise ValueError(f"no worker {worker}")

    with pytest.raises(ValueError, match="no worker 0"):
        next(iter(DataLoader(Squares(), num_workers=2, worker_init_fn=refuse)))


class Slow(Squares):
    """Items that come late."""

    def __getitem__(self, index: int) -> Any:
        time.sleep(0.3)
        return index


def test_options() -> None:
    with pytest.raises(RuntimeError, match=r"timed out after 0\.05 seconds"):
        next(iter(DataLoader(Slow(), num_workers=1, timeout=0.05)))
    with pytest.raises(ValueError, match="prefetch_factor"):
        DataLoader(Squares(), num_workers=1, prefetch_factor=-1)
    asked: list[Any] = []
    list(DataLoader(Squares(), 8, num_workers=2, worker_init_fn=lambda i: asked.append((i, get_worker_info().id))))
    assert sorted(asked) == [(0, 0), (1, 1)]
    assert get_worker_info() is None


def test_no_worker_is_left() -> None:
    for _ in range(20):
        next(iter(DataLoader(Squares(), 2, num_workers=2)))
        list(DataLoader(Squares(), 8, num_workers=2))
    end = time.time() + 5
    while time.time() < end and any("DataLoader worker" in thread.name for thread in threading.enumerate()):
        time.sleep(0.01)
    assert not [thread for thread in threading.enumerate() if "DataLoader worker" in thread.name]
