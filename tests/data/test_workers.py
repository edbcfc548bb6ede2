"""Workers load the same batches in the same order as none do, tell their errors, and leave nothing behind."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info
from cltorch.data.host import on_host


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
    with pytest.raises(KeyError) as caught:
        for batch in DataLoader(Broken(), 4, num_workers=2):
            seen.append(batch.tolist())
    assert str(caught.value).startswith(
        "Caught KeyError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n"
    )
    assert 'raise KeyError("nine")' in str(caught.value)
    assert seen == [[0, 1, 2, 3], [4, 5, 6, 7]]

    passing, found = iter(DataLoader(Broken(), 4, num_workers=2)), []  # the pass goes on behind an error
    while True:
        try:
            found.append(len(next(passing)))
        except KeyError:
            found.append(0)
        except StopIteration:
            break
    assert found[2] == 0 and all(found[:2] + found[3:]) and len(found) == len(DataLoader(Broken(), 4))

    def refuse(worker: int) -> None:
        raise ValueError(f"no worker {worker}")

    with pytest.raises(ValueError, match="no worker 0"):
        next(iter(DataLoader(Squares(), num_workers=2, worker_init_fn=refuse)))


class Slow(Squares):
    """Items that come late."""

    def __getitem__(self, index: int) -> Any:
        time.sleep(0.3)
        return index


class Dying(Squares):
    """A worker is ended from outside, or ends itself."""

    def __init__(self, how: str) -> None:
        self.how = how

    def __getitem__(self, index: int) -> Any:
        if index == 2:
            os.kill(os.getpid(), signal.SIGKILL) if self.how == "killed" else os._exit(3)
        return index


@pytest.mark.parametrize("how", ["killed", "left"])
def test_a_worker_that_is_gone_is_reported(how: str) -> None:
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly") as caught:
        list(DataLoader(Dying(how), 2, num_workers=2))
    why = "is killed by signal: Killed" if how == "killed" else "exited unexpectedly with exit code 3"
    assert why in str(caught.value.__cause__)


class Told(Squares):
    """What a worker knows of itself, and random numbers of three kinds."""

    def __init__(self) -> None:
        self.held = cltorch.arange(23) * 2

    def __getitem__(self, index: int) -> Any:
        info = get_worker_info()
        assert str(self.held.device) == str(cltorch.ones(1).device) == "cpu"
        place = (info.id, info.num_workers, info.seed - info.id, os.getpid())
        return self.held[index], place, (cltorch.rand(1).item(), random.random(), np.random.rand())


def test_what_a_worker_sees() -> None:
    generator = cltorch.Generator().manual_seed(3)
    loader = DataLoader(Told(), 1, num_workers=2, generator=generator)
    first = list(loader)
    assert [int(item) for item, _, _ in first] == list(range(0, 46, 2))
    assert [place[0].item() for _, place, _ in first] == [k % 2 for k in range(23)]
    assert {place[1].item() for _, place, _ in first} == {2}
    assert len({place[2].item() for _, place, _ in first}) == 1 and os.getpid() not in {
        p[3].item() for _, p, _ in first
    }
    drawn = [tuple(number.item() for number in numbers) for _, _, numbers in first]
    assert len(set(drawn)) == 23
    generator.manual_seed(3)
    assert [tuple(number.item() for number in numbers) for _, _, numbers in loader] == drawn
    assert get_worker_info() is None and str(first[0][0].device) == str(cltorch.ones(1).device)


def test_options() -> None:
    with pytest.raises(RuntimeError, match=r"timed out after 0\.05 seconds"):
        next(iter(DataLoader(Slow(), num_workers=1, timeout=0.05)))
    with pytest.raises(ValueError, match="prefetch_factor"):
        DataLoader(Squares(), num_workers=1, prefetch_factor=-1)
    kept = DataLoader(Told(), 8, num_workers=2, persistent_workers=True)
    pids = [{pid for _, place, _ in kept for pid in place[3].tolist()} for _ in range(2)]
    assert pids[0] == pids[1]
    next(iter(kept))  # a pass that is given up
    assert [int(x) for items, _, _ in kept for x in items] == list(range(0, 46, 2))
    free = DataLoader(Squares(), 4, num_workers=2, in_order=False)
    assert sorted(int(i) for _, indices in free for i in indices) == list(range(23))


CONTEXTS = [
    "L(data, num_workers=1, multiprocessing_context='nope')",
    "L(data, num_workers=1, multiprocessing_context=3)",
    "L(data, multiprocessing_context='fork')",
    "setattr(L(data, num_workers=1), 'multiprocessing_context', 'nope')",
    "type(L(data, num_workers=1, multiprocessing_context='spawn').multiprocessing_context)",
    "L(data, num_workers=1).multiprocessing_context",
    "iter(L(data, num_workers=1, prefetch_factor=0))",
    "[L(data, num_workers=1).prefetch_factor, L(data).prefetch_factor]",
]


@pytest.mark.parametrize("program", CONTEXTS)
def test_how_workers_start_as_in_pytorch(program: str) -> None:
    def run(library: Any) -> Any:
        try:
            return eval(program, {"L": library.utils.data.DataLoader, "data": range(4)})
        except Exception as error:
            return type(error), str(error)

    assert run(cltorch) == run(torch)


class Mixed(Squares):
    """Everything that a batch may be made of."""

    def __getitem__(self, index: int) -> Any:
        x = cltorch.arange(6.0).view(2, 3) + index
        return {
            "strided": x.t(),
            "half": x.to(cltorch.bfloat16),
            "array": np.full(2, index),
            "none": None,
            "text": f"item {index}",
            "wants": cltorch.ones(2, requires_grad=True),
            "empty": cltorch.zeros(0, 3),
        }


def same(batch: Any) -> Any:
    return batch


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_comes_out_of_a_worker(method: str) -> None:
    loader = DataLoader(Mixed(), 2, num_workers=1, collate_fn=same, multiprocessing_context=method)
    for k, item in enumerate([item for batch in loader for item in batch]):
        want = Mixed()[k]
        assert item["strided"].stride() == want["strided"].stride() and cltorch.equal(item["strided"], want["strided"])
        assert item["half"].dtype is cltorch.bfloat16 and cltorch.equal(item["half"], want["half"])
        assert item["array"].tolist() == [k, k] and item["array"].flags.writeable
        assert (item["none"], item["text"], item["empty"].shape) == (None, f"item {k}", (0, 3))
        assert item["wants"].requires_grad and item["wants"].is_leaf


class Ops(Squares):
    """What devices compute, computed in a worker."""

    def __getitem__(self, index: int) -> Any:
        x = (cltorch.arange(48.0).view(1, 3, 4, 4) - index) / 7
        functional = cltorch.nn.functional
        return [
            functional.interpolate(x, (3, 5), mode="bilinear"),
            functional.conv2d(x, cltorch.ones(3, 1, 3, 3) / 9, padding=1, groups=3),
            functional.max_pool2d(x, 3, 2, 1),
            functional.avg_pool2d(x, 2),
            functional.pad(x, [1, 1, 1, 1], mode="reflect"),
            x.flip(-1).softmax(1) @ x.transpose(2, 3),
            x.sort(1, descending=True)[0].cumsum(3),
            x[:, [2, 0]].where(x[:, :2] > 0, -1.0).std(0, unbiased=False),
            (x * 255).clamp(0, 255).to(cltorch.uint8) // 3,
            cltorch.zeros(5, 4).scatter_(0, cltorch.tensor([[1, 0, 3, 2]]), 1.0).argmax(0),
            x.topk(2).values.median(-1)[0],
        ]


def test_ops_in_a_worker() -> None:
    for found, wanted in zip(DataLoader(Ops(), None, num_workers=2), map(Ops().__getitem__, range(3))):
        for a, b in zip(found, wanted, strict=True):
            cltorch.testing.assert_close(a, b)
    with pytest.raises(NotImplementedError, match="is not computed in a worker process"):
        list(DataLoader([0], None, num_workers=1, collate_fn=lambda k: cltorch.fft.fft(cltorch.ones(4))))


def remains() -> tuple[int, int, int]:
    """Child processes, descriptors, and mappings of shared memory: all of this process alone, since others run beside it."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    shared = sum("/memfd:cltorch" in line or "/dev/shm/" in line for line in maps)
    return len(multiprocessing.active_children()), len(os.listdir("/proc/self/fd")), shared


PLACES = [
    (0,),
    (-1, 2),
    (..., slice(1, 3)),
    (slice(None), slice(-2, None), slice(1, 9)),
    (slice(2, 1),),
    (1, 2, 3, 4),
    (9,),
    (slice(None), 5),
]


def test_numbers_are_placed_on_the_host_as_in_pytorch() -> None:
    """At once, where NumPy's index means the same; what is refused is refused, and what was read before stays."""

    def place(library: Any, index: Any, number: Any, dtype: str) -> Any:
        x = library.arange(24).to(getattr(library, dtype)).reshape(2, 3, 4)
        part, before, whole = x[1], x + 0, x.transpose(0, 2)
        try:
            x[index] = number
            whole[index[:1]] = number
            x[..., :2] = library.tensor([[[number, 1]]])
            x[1:, :, 0] = library.tensor([1, 2, 3])
        except (IndexError, RuntimeError, ValueError) as error:
            return type(error), str(error)
        return part.tolist(), before.tolist(), whole.tolist(), x.tolist()

    for index in PLACES:
        for number, dtype in ((7, "float32"), (-1, "uint8"), (2.5, "int64"), (1e300, "float32"), (True, "bool")):
            with on_host():
                found = place(cltorch, index, number, dtype)
            assert found == place(torch, index, number, dtype), (index, number, dtype)


def test_numbers_of_the_host_have_the_form_that_is_said_of_them() -> None:
    """Arrays lie in other shapes than tensors show, and what NumPy's functions give depends on their numbers in some."""

    def compute(library: Any) -> list[Any]:
        one = library.as_tensor([3]).view(1, 1, 1)
        rows, column = library.as_tensor([[1, -1, 0, -2, 3]]), library.as_tensor([[1.5], [-2.0]])
        whole = (rows.float() - 0.5) * 2
        whole.sub_(one.float()[0]).div_(column[1:])
        found = [
            rows + one.view(1),
            rows.add(one),
            one[0, 0] - column.view(-1),
            (column < one).any(),
            -(rows > 0).int(),
        ]
        found += [library.pow(library.as_tensor([n]), rows) for n in (1, -1, 2)]  # int64 at negative exponents alone
        found += [
            whole,
            (whole * one).to(library.uint8) // 7,
            rows.t().div(255),
            rows.to(library.bool).sign(),
            column.half() * 60000,
        ]
        found += [
            (whole / 0).isinf(),
            rows.bfloat16() * 1.1,
            (rows.view(5) + column).permute(1, 0) * 0.5,
            one.div(7).item(),
        ]
        return [(x.tolist(), *x.shape, str(x.dtype).split(".")[1]) if hasattr(x, "dtype") else x for x in found]

    with warnings.catch_warnings(), on_host():
        warnings.simplefilter("error")
        ours = [compute(cltorch) for _ in range(3)]  # made at first, found again then
    assert str(ours) == str([compute(torch)] * 3)  # nan is nan


def test_random_numbers_are_those_of_devices() -> None:
    """One after another, of which the host makes many ahead, and several at once."""

    def draw() -> list[Any]:
        cltorch.manual_seed(3)
        found = []
        for _ in range(4):
            found += [cltorch.rand(1), cltorch.rand(()), cltorch.rand(2, 3), cltorch.randn(1), cltorch.randn(3)]
            found += [
                cltorch.rand(100),
                cltorch.randn(2, 50),
                cltorch.randint(-9, 9, (3, 5)),
                cltorch.zeros(7).normal_(),
            ]
            found += [cltorch.randint(5, (1,)), cltorch.randint(-3, 1 << 40, size=(1,)), cltorch.rand(250).sum()]
            ends = cltorch.tensor([-1.5, 2.5])  # of which each is read as a number
            found += [
                cltorch.empty(1).uniform_(*ends),
                cltorch.zeros(2, 3)[0].uniform_(0.25, 1),
                cltorch.empty(1).uniform_(),
            ]
        return [x.tolist() for x in found]

    with on_host():
        there = draw()
    for a, b in zip(there, draw(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="asks Linux")
def test_nothing_is_left() -> None:
    def epochs(count: int) -> tuple[Any, Any]:
        list(DataLoader(Squares(), 8, num_workers=2))
        before = remains()
        for k in range(count):
            list(DataLoader(Squares(), 8, num_workers=2))
            if k % 2:
                next(iter(DataLoader(Squares(), 2, num_workers=2)))  # a pass that is given up
            else:
                with pytest.raises(KeyError):
                    list(DataLoader(Broken(), 4, num_workers=2))
        return remains(), before

    # what a builder of kernels begins or ends meanwhile is seen once, what the loader leaves every time
    tries = [epochs(int(os.environ.get("CLTORCH_TEST_EPOCHS", 3))) for _ in range(3)]
    assert any(after == before for after, before in tries), tries


ORPHANED = """
import os, time
import cltorch
from cltorch.data import DataLoader

class Ids(cltorch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return os.getpid()

pids = next(iter(loader := iter(DataLoader(Ids(), 1, num_workers=2))))
print(*(worker.process.pid for worker in loader._crew.workers), flush=True)
os.kill(os.getpid(), 9)
"""


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "orphaned.py"
    script.write_text(ORPHANED)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    pids = list(map(int, done.stdout.split()))
    assert len(pids) == 2, done.stderr
    end = time.time() + 60
    while time.time() < end and any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.05)
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


class Keeping(Dataset):
    """Large batches, of which the worker keeps the first, as programs with a cache do."""

    def __len__(self) -> int:
        return 24

    def __getitem__(self, index: int) -> Any:
        return cltorch.full((64, 64), float(index))

    def collated(self, items: list[Any]) -> Any:
        batch = cltorch.utils.data.default_collate(items)
        self.first = getattr(self, "first", batch)
        return batch, self.first


def test_large_batches_are_made_in_the_memory_in_which_they_travel_and_what_a_worker_keeps_stays_right() -> None:
    data = Keeping()
    loader = DataLoader(data, 8, num_workers=1, collate_fn=data.collated, persistent_workers=True)
    for _ in range(2):
        seen = [(batch[:, 5, 5].tolist(), first[:, 5, 5].tolist()) for batch, first in loader]
        assert [batch for batch, _ in seen] == [[float(k + i) for i in range(8)] for k in (0, 8, 16)]
        assert {tuple(first) for _, first in seen} == {tuple(map(float, range(8)))}
