"""Data sets, samplers and loaders beside PyTorch's."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
from torch.utils.data import DataLoader, TensorDataset, Dataset, random_split, Subset, ConcatDataset

x = torch.arange(10.0).reshape(10, 1)
y = torch.arange(10)
d = TensorDataset(x, y)
print(len(d), d[3], d[-1], d[2:4])
for b in DataLoader(d, batch_size=4):
    print(b)
print(len(DataLoader(d, 4)), len(DataLoader(d, 4, drop_last=True)))
""",
    """
from torch.utils.data import DataLoader, TensorDataset

d = TensorDataset(torch.arange(4))
print([b for b in DataLoader(d)])
print([b for b in DataLoader(d, batch_size=None)])
""",
    """
from torch.utils.data import DataLoader

print([b for b in DataLoader([1, 2, 3, 4, 5], batch_size=2)])
print([b for b in DataLoader([1.0, 2.0, 3.0], batch_size=2)])
print([b for b in DataLoader(["a", "b", "c"], batch_size=2)])
print([b for b in DataLoader([(1, "x", 2.0), (3, "y", 4.0)], batch_size=2)])
print([b for b in DataLoader([{"a": 1, "b": np.ones(2)}, {"a": 3, "b": np.zeros(2)}], batch_size=2)])
print([b for b in DataLoader(range(5), batch_size=2, collate_fn=lambda b: b)])
print([b for b in DataLoader(range(5), batch_size=2, sampler=[4, 0, 1])])
print([b for b in DataLoader(range(5), batch_sampler=[[0, 4], [1]])])
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), batch_size=0)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), batch_size=-1)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), shuffle=True, sampler=[0])
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), batch_size=2, batch_sampler=[[0]])
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), batch_size=None, drop_last=True)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), num_workers=-1)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), timeout=-1)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), prefetch_factor=2)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader(range(3), persistent_workers=True)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

DataLoader([], shuffle=True)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

l = DataLoader(range(3))
l.batch_size = 4
""",
    """
from torch.utils.data import DataLoader, TensorDataset

TensorDataset(torch.ones(2), torch.ones(3))
""",
    """
from torch.utils.data import Dataset


class D(Dataset):
    pass


D()[0]
""",
    """
from torch.utils.data import Dataset, DataLoader


class D(Dataset):
    def __len__(s):
        return 3

    def __getitem__(s, i):
        return torch.tensor([i, i * 2.0]), i


for a, b in DataLoader(D(), 2):
    print(a, b, a.dtype, b.dtype)
print(len((D() + D())), (D() + D())[4])
""",
    """
from torch.utils.data import IterableDataset, DataLoader


class It(IterableDataset):
    def __iter__(s):
        return iter(range(5))


print(
    [b for b in DataLoader(It(), batch_size=2)],
    [b for b in DataLoader(It(), batch_size=2, drop_last=True)],
    [b for b in DataLoader(It(), batch_size=None)],
)
len(DataLoader(It()))
""",
    """
from torch.utils.data import IterableDataset, DataLoader


class It(IterableDataset):
    def __iter__(s):
        return iter(range(5))


DataLoader(It(), shuffle=True)
""",
    """
from torch.utils.data import random_split, Subset, ConcatDataset

a, b = random_split(range(10), [7, 3])
print(len(a), len(b), sorted(list(a) + list(b)), type(a).__name__)
a, b, c = random_split(range(10), [0.5, 0.25, 0.25])
print(len(a), len(b), len(c))
s = Subset(range(10), [3, 4])
print(list(s), len(s), s[1])
c = ConcatDataset([range(3), range(5)])
print(len(c), c[4], c[-1], c.cumulative_sizes)
random_split(range(10), [3, 3])
""",
    """
from torch.utils.data import random_split

random_split(range(10), [0.5, 0.6])
""",
    """
from torch.utils.data import ConcatDataset

ConcatDataset([])
""",
    """
from torch.utils.data import ConcatDataset

ConcatDataset([range(2)])[5]
""",
    """
from torch.utils.data import default_collate, default_convert

print(
    default_collate([torch.ones(2), torch.zeros(2)]),
    default_collate([1, 2]),
    default_collate([1.5, 2.0]),
    default_collate([True, False]),
    default_collate(["a", "b"]),
    default_collate([[1, 2], [3, 4]]),
    default_collate([(1, 2), (3, 4)]),
    default_collate([{"a": 1}, {"a": 2}]),
    default_collate([np.float32(1), np.float32(2)]),
    default_collate([np.ones(2), np.ones(2)]),
)
import collections

P = collections.namedtuple("P", "a b")
print(default_collate([P(1, 2), P(3, 4)]))
print(default_convert({"a": np.ones(2), "b": [1, np.float64(2)]}))
default_collate([None, None])
""",
    """
from torch.utils.data import default_collate

default_collate([torch.ones(2), torch.ones(3)])
""",
    """
from torch.utils.data import default_collate

default_collate([[1, 2], [1]])
""",
    """
from torch.utils.data import default_collate

default_collate([object()])
""",
    """
from torch.utils.data import (
    SequentialSampler,
    RandomSampler,
    BatchSampler,
    WeightedRandomSampler,
    SubsetRandomSampler,
)

print(
    list(SequentialSampler(range(3))),
    sorted(RandomSampler(range(4))),
    list(BatchSampler(SequentialSampler(range(5)), 2, False)),
    list(BatchSampler(range(5), 2, True)),
    len(BatchSampler(SequentialSampler(range(5)), 2, True)),
    len(list(RandomSampler(range(3), replacement=True, num_samples=7))),
    sorted(SubsetRandomSampler([3, 5, 7])),
    list(WeightedRandomSampler([0.0, 1.0], 3)),
    len(WeightedRandomSampler([0.0, 0.0], 2)),
    len(RandomSampler(range(3), num_samples=5)),
)
BatchSampler([1], 0, False)
""",
    """
from torch.utils.data import RandomSampler

RandomSampler(range(3), num_samples=0)
""",
    """
from torch.utils.data import RandomSampler

RandomSampler([])
""",
    """
from torch.utils.data import WeightedRandomSampler

WeightedRandomSampler([0.5, 0.5], -1)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

g = torch.Generator().manual_seed(3)
d = TensorDataset(torch.arange(20))
l = DataLoader(d, 7, shuffle=True, generator=g)
a = torch.cat([b[0] for b in l])
b = torch.cat([b[0] for b in l])
print(sorted(a.tolist()), (a == b).all().item())
g.manual_seed(3)
c = torch.cat([b[0] for b in l])
print((a == c).all().item())
""",
    """
from torch.utils.data import DataLoader, TensorDataset

l = DataLoader(
    TensorDataset(torch.arange(4)), 2, pin_memory=False, worker_init_fn=lambda i: None, num_workers=0, timeout=0
)
it = iter(l)
print(next(it))
print(next(it))
next(it)
""",
    """
from torch.utils.data import DataLoader, TensorDataset

l = DataLoader(TensorDataset(torch.arange(6)), batch_size=2, shuffle=False)
print(
    l.dataset,
    l.batch_size,
    l.num_workers,
    l.drop_last,
    l.sampler.__class__.__name__,
    l.batch_sampler.__class__.__name__,
    l.pin_memory,
    l.timeout,
    l.collate_fn.__name__,
) if False else print(
    l.batch_size,
    l.num_workers,
    l.drop_last,
    l.sampler.__class__.__name__,
    l.batch_sampler.__class__.__name__,
    l.pin_memory,
    l.timeout,
    l.collate_fn.__name__,
)
""",
    """
from torch.utils.data import Dataset, DataLoader


class D(Dataset):
    def __init__(s):
        s.x = np.arange(12, dtype=np.float32).reshape(4, 3)
        s.y = [0, 1, 0, 1]

    def __len__(s):
        return 4

    def __getitem__(s, i):
        return s.x[i], s.y[i]


for x, y in DataLoader(D(), 3):
    print(x, y, x.dtype, y.dtype)
""",
    """
from torch.utils.data import Dataset, DataLoader


class D(Dataset):
    def __len__(s):
        return 4

    def __getitem__(s, i):
        raise KeyError("missing item")


list(DataLoader(D(), 3))
""",
    """
import torch.utils.data as data

print(hasattr(data, "DataLoader"), torch.utils.data.get_worker_info())
from torch.utils.data.dataset import Dataset, TensorDataset
from torch.utils.data.dataloader import DataLoader, default_collate
from torch.utils.data.sampler import RandomSampler
from torch.utils import data as d2

print(d2 is data)
""",
    """
from torch.utils.data import StackDataset, ChainDataset, IterableDataset

print(StackDataset(range(3), range(3))[1], StackDataset(a=range(3), b=range(3))[1])
""",
    """
from torch.utils.data import DataLoader, TensorDataset

d = TensorDataset(torch.arange(6).reshape(3, 2))
print(
    [b for b in DataLoader(d, batch_size=2, collate_fn=lambda items: torch.stack([i[0] for i in items]).sum())]
)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
