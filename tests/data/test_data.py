"""Data sets, samplers, collation and the loader beside PyTorch's."""

from __future__ import annotations

import collections
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.data

import cltorch
from cltorch.data import collate
from cltorch.data.dataset import gather

Pair = collections.namedtuple("Pair", "u v")


class Side:
    """One library: its tensors and its data module."""

    def __init__(self, module: Any, data: Any) -> None:
        self.module, self.data = module, data
        self.x = module.arange(30, dtype=module.float32).reshape(10, 3)
        self.y = module.arange(10)
        self.tensors = data.TensorDataset(self.x, self.y)
        side = self

        class Rows(data.Dataset):
            def __getitem__(self, index: int) -> Any:
                return side.x[index], side.y[index]

            def __len__(self) -> int:
                return 10

        class Mixed(data.Dataset):
            def __getitem__(self, i: int) -> Any:
                return {
                    "array": np.arange(3) + i,
                    "int": i,
                    "float": float(i),
                    "text": f"s{i}",
                    "nested": (i, [i, i]),
                    "scalar": np.float32(i),
                    "pair": Pair(i, side.x[i]),
                    "bytes": b"x",
                    "bool": i % 2 == 0,
                }

            def __len__(self) -> int:
                return 5

        class Stream(data.IterableDataset):
            def __iter__(self) -> Iterator[int]:
                return iter(range(7))

        class ShortStream(Stream):
            def __len__(self) -> int:
                return 3

        self.rows, self.mixed, self.stream, self.short = Rows(), Mixed(), Stream(), ShortStream()

    def load(self, *args: Any, **kwargs: Any) -> list:
        return list(self.data.DataLoader(*args, **kwargs))


OURS = Side(cltorch, cltorch.utils.data)
THEIRS = Side(torch, torch.utils.data)


def plain(value: Any) -> Any:
    """Values of both libraries in one form."""
    if isinstance(value, (torch.Tensor, cltorch.Tensor)):
        return "tensor", str(value.dtype), tuple(value.shape), value.tolist()
    if isinstance(value, np.ndarray):
        return "array", value.tolist()
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(entry) for entry in value]
    if hasattr(value, "indices"):
        return "subset", len(value)
    return value


CASES: dict[str, Callable[[Side], Any]] = {
    "batches": lambda s: s.load(s.tensors, 4),
    "drop_last": lambda s: s.load(s.tensors, 4, drop_last=True),
    "single items": lambda s: s.load(s.tensors, batch_size=None),
    "subset": lambda s: s.load(s.data.Subset(s.tensors, [3, 1, 2]), 2),
    "subset of subset": lambda s: s.load(s.data.Subset(s.data.Subset(s.tensors, [3, 1, 2]), [2, 0]), 2),
    "subset with list": lambda s: s.data.Subset(s.tensors, [3, 1, 2])[[0, 2]],
    "own data set": lambda s: s.load(s.rows, 4),
    "own data set, last row": lambda s: s.load(s.rows, 3),
    "mixed": lambda s: s.load(s.mixed, 2),
    "mixed single": lambda s: s.load(s.mixed, None),
    "stream": lambda s: s.load(s.stream, 3),
    "stream drop_last": lambda s: s.load(s.stream, 3, drop_last=True),
    "stream single": lambda s: s.load(s.stream, None),
    "length": lambda s: len(s.data.DataLoader(s.tensors, 3)),
    "length drop_last": lambda s: len(s.data.DataLoader(s.tensors, 3, drop_last=True)),
    "length of stream": lambda s: len(s.data.DataLoader(s.short, 2)),
    "no length": lambda s: len(s.data.DataLoader(s.stream, 2)),
    "concat": lambda s: s.load(s.data.ConcatDataset([s.tensors, s.data.Subset(s.tensors, [0])]), 4),
    "concat nothing": lambda s: s.data.ConcatDataset([]),
    "concat stream": lambda s: s.data.ConcatDataset([s.stream]),
    "concat from the end": lambda s: s.data.ConcatDataset([s.tensors])[-1],
    "concat too far": lambda s: s.data.ConcatDataset([s.tensors])[-11],
    "sum": lambda s: len(s.tensors + s.rows),
    "chain": lambda s: s.load(s.stream + s.stream, 5),
    "stack": lambda s: s.load(s.data.StackDataset(s.tensors, s.rows), 4),
    "stack by name": lambda s: s.load(s.data.StackDataset(a=s.tensors, b=s.rows), 4),
    "stack nothing": lambda s: s.data.StackDataset(),
    "stack of two lengths": lambda s: s.data.StackDataset(s.tensors, s.mixed),
    "sampler": lambda s: s.load(s.tensors, sampler=[1, 5, 2], batch_size=2),
    "batch_sampler": lambda s: s.load(s.tensors, batch_sampler=[[1, 5], [2]]),
    "collate_fn": lambda s: s.load(s.tensors, 4, collate_fn=len),
    "list": lambda s: s.load([1, 2, 3, 4], 2),
    "pairs": lambda s: s.load([(1, 2.0), (3, 4.0)], 2),
    "slice": lambda s: s.tensors[2:4],
    "convert": lambda s: s.data.default_convert(
        {"a": np.zeros(2), "b": [1, np.float32(2)], "c": (1, np.ones(1)), "d": "x"}
    ),
    "sampler and shuffle": lambda s: s.load(s.tensors, sampler=[1, 2], shuffle=True),
    "batch_sampler and batch_size": lambda s: s.load(s.tensors, batch_sampler=[[1]], batch_size=2),
    "no batches and drop_last": lambda s: s.load(s.tensors, None, drop_last=True),
    "stream and shuffle": lambda s: s.load(s.stream, shuffle=True),
    "stream and sampler": lambda s: s.load(s.stream, sampler=[1]),
    "stream and batch_sampler": lambda s: s.load(s.stream, batch_sampler=[[1]]),
    "negative batch_size": lambda s: s.load(s.tensors, -1),
    "fraction as batch_size": lambda s: s.load(s.tensors, 2.5),
    "negative num_workers": lambda s: s.load(s.tensors, num_workers=-1),
    "prefetch": lambda s: s.load(s.tensors, prefetch_factor=2),
    "timeout": lambda s: s.load(s.tensors, timeout=-1),
    "persistent_workers": lambda s: s.load(s.tensors, persistent_workers=True),
    "context": lambda s: s.load(s.tensors, multiprocessing_context="spawn"),
    "fixed attribute": lambda s: setattr(s.data.DataLoader(s.tensors), "batch_size", 3),
    "two shapes": lambda s: s.load([s.module.zeros(2), s.module.zeros(3)], 2),
    "arrays of two shapes": lambda s: s.load([np.zeros(2), np.zeros(3)], 2),
    "lists of two lengths": lambda s: s.load([[1], [1, 2]], 2),
    "nothing": lambda s: s.load([None, None], 2),
    "strings in an array": lambda s: s.load([np.array(["a"])] * 2, 2),
    "index too large": lambda s: s.load(s.tensors, sampler=[10], batch_size=1),
    "tensors of two lengths": lambda s: s.data.TensorDataset(s.x, s.y[:3]),
    "abstract": lambda s: s.data.Dataset()[0],
    "worker": lambda s: s.data.get_worker_info(),
    "split": lambda s: s.data.random_split(range(10), [3, 7]),
    "split by fractions": lambda s: s.data.random_split(range(10), [0.25, 0.75]),
    "split wrong": lambda s: s.data.random_split(range(10), [3, 6]),
    "split negative": lambda s: s.data.random_split(range(10), [-0.5, 1.5]),
    "split empty": lambda s: s.data.random_split(range(1), [0.5, 0.5]),
    "batch sampler": lambda s: list(s.data.BatchSampler(range(7), 3, False)),
    "batch sampler drop_last": lambda s: list(s.data.BatchSampler(range(7), 3, True)),
    "batch sampler True": lambda s: s.data.BatchSampler(range(7), True, False),
    "batch sampler drop_last 1": lambda s: s.data.BatchSampler(range(7), 3, 1),
    "random sampler of nothing": lambda s: s.data.RandomSampler([]),
    "random sampler replacement": lambda s: s.data.RandomSampler([1], replacement=1),
    "random sampler length": lambda s: len(s.data.RandomSampler(range(5), num_samples=12)),
    "weights none": lambda s: s.data.WeightedRandomSampler([1, 2], 0),
    "weights 2d": lambda s: s.data.WeightedRandomSampler([[1, 2]], 1),
    "weights replacement": lambda s: s.data.WeightedRandomSampler([1, 2], 2, replacement=3),
}


def outcome(case: Callable[[Side], Any], side: Side) -> Any:
    """What comes out: the value and the warnings, or the error."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            value = plain(case(side))
        except Exception as error:
            return type(error), str(error)
    return value, [str(one.message) for one in warned]


@pytest.mark.parametrize("name", CASES)
def test_like_torch(name: str) -> None:
    ours, theirs = outcome(CASES[name], OURS), outcome(CASES[name], THEIRS)
    if name in ("no length", "index too large"):  # the class is what counts: the words name Python's classes
        assert ours[0] is theirs[0]
    else:
        assert ours == theirs


def test_shuffling_is_a_permutation_and_follows_the_generator() -> None:
    def order(seed: int) -> list[int]:
        generator = cltorch.Generator().manual_seed(seed)
        return [i for _, y in OURS.load(OURS.tensors, 3, shuffle=True, generator=generator) for i in y.tolist()]

    assert sorted(order(1)) == list(range(10))
    assert order(1) == order(1) != order(2)
    loader = cltorch.data.DataLoader(OURS.tensors, 10, shuffle=True)
    assert next(iter(loader))[1].tolist() != next(iter(loader))[1].tolist()


def test_rows_stay_together() -> None:
    for x, y in OURS.load(OURS.tensors, 4, shuffle=True):
        assert x[:, 0].tolist() == [3 * i for i in y.tolist()]


def test_random_samplers() -> None:
    drawn = list(cltorch.data.RandomSampler(range(5), num_samples=12))
    assert sorted(drawn[:5]) == sorted(drawn[5:10]) == list(range(5))
    assert len(drawn) == 12
    again = list(cltorch.data.RandomSampler(range(5), replacement=True, num_samples=200))
    assert len(again) == 200
    assert set(again) == set(range(5))
    assert sorted(cltorch.data.SubsetRandomSampler([5, 6, 9])) == [5, 6, 9]


def test_weighted_sampling_follows_the_weights() -> None:
    counts = np.bincount(list(cltorch.data.WeightedRandomSampler([0, 1, 3.0], 20000)), minlength=3)
    np.testing.assert_allclose(counts / 20000, [0, 0.25, 0.75], atol=0.02)
    without = cltorch.data.WeightedRandomSampler([0, 1, 3.0, 2], 3, replacement=False)
    firsts = collections.Counter()
    for _ in range(300):
        drawn = list(without)
        assert sorted(drawn) == [1, 2, 3]
        firsts[drawn[0]] += 1
    assert firsts[2] > firsts[3] > firsts[1] > 20
    for weights, words in (([0, 0], "sum of probabilities"), ([-1, 2], "element < 0"), ([1.0, np.nan], "nan")):
        with pytest.raises(RuntimeError, match=words):
            list(cltorch.data.WeightedRandomSampler(weights, 1))
    with pytest.raises(RuntimeError, match="replacement=False"):
        list(cltorch.data.WeightedRandomSampler([1, 0, 2], 3, replacement=False))


def test_a_stream_longer_than_it_says_warns() -> None:
    loader = cltorch.data.DataLoader(OURS.short, 1)
    assert len(loader) == 3
    with pytest.warns(UserWarning, match="was reported to be 3"):
        assert len(list(loader)) == 7


def test_a_subset_must_override_both() -> None:
    class Half(cltorch.data.Subset):
        def __getitem__(self, index: int) -> Any:
            return super().__getitem__(index)

    with pytest.raises(NotImplementedError, match="__getitems__"):
        Half(OURS.tensors, [1])


def test_a_data_set_with_own_items_is_asked_for_them() -> None:
    class Doubled(cltorch.data.TensorDataset):
        def __getitem__(self, index: int) -> Any:
            return tuple(2 * part for part in super().__getitem__(index))

    assert gather(Doubled(OURS.y), [1, 2]) is None
    (batch,) = OURS.load(Doubled(OURS.y), 10)
    assert batch[0].tolist() == [2 * i for i in range(10)]


def test_batches_of_tensors_run_one_plan() -> None:
    """Neither shuffled batches nor rows that a data set's own code picked build a plan after the first two."""
    recorder = cltorch.graph.record.recorder(OURS.x._cl_meta.device)
    for dataset in (OURS.tensors, OURS.rows):
        counts = []
        for x, y in cltorch.data.DataLoader(dataset, 3, shuffle=True, drop_last=True):
            (x.sum() + y.sum()).item()
            counts.append(recorder.built)
        assert counts[-1] == counts[1]


def test_rows_of_one_array_are_gathered() -> None:
    x, y = OURS.x, OURS.y
    assert collate._rows([x[i] for i in (3, 1, 4)]).tolist() == [x[i].tolist() for i in (3, 1, 4)]
    assert collate._rows([y[i] for i in (3, 1, 4)]).tolist() == [3, 1, 4]
    assert collate._rows([x[1:][i] for i in (3, 1, 4)]).tolist() == [x[i].tolist() for i in (4, 2, 5)]
    columns = [x[:, 1:][i] for i in (3, 1, 4)]  # rows of a part: they do not lie in steps of their own length
    assert collate._rows(columns) is None
    assert cltorch.data.default_collate(columns).tolist() == [x[i, 1:].tolist() for i in (3, 1, 4)]
    assert collate._rows([x[i] for i in (0, 1)] + [cltorch.zeros(3)]) is None
    assert collate._rows([x[i : i + 1] for i in range(3)] + [x[:2]]) is None
    leaf = cltorch.ones(4, 2, requires_grad=True)
    batch = cltorch.data.default_collate([leaf[i] for i in range(4)])
    batch.sum().backward()
    assert leaf.grad.tolist() == [[1, 1]] * 4


def test_names_are_those_of_torch() -> None:
    from cltorch.utils.data import DataLoader
    from cltorch.utils.data.dataset import TensorDataset

    assert DataLoader is cltorch.data.DataLoader
    assert TensorDataset is cltorch.data.TensorDataset
