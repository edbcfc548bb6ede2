"""Processes that share tensors, and processes of one function, beside PyTorch's meaning. All are spawned, and none is left."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import pytest

import cltorch
import cltorch.multiprocessing as mp
from cltorch import nn


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Any:
    yield
    assert not mp.active_children()


def trained(rank: int, model: nn.Module, whole: Any, part: Any, out: Any) -> None:
    """Train a shared model, write into a shared view, send tensors."""
    optimizer = cltorch.optim.SGD(model.parameters(), lr=0.125)
    for _ in range(2):
        optimizer.zero_grad()
        model(cltorch.ones(4, 3)).sum().backward()
        optimizer.step()
    part[rank] = 7
    out.put((whole.is_shared(), part.is_shared(), whole.tolist(), cltorch.arange(3), model.weight.requires_grad))


def test_tensors_in_shared_memory() -> None:
    model = nn.Linear(3, 2)
    nn.init.ones_(model.weight)
    nn.init.zeros_(model.bias)
    whole = cltorch.arange(6.0)
    assert not whole.is_shared() and not model.weight.is_shared()
    assert model.share_memory() is model and whole.share_memory_() is whole
    assert whole.is_shared() and whole[2:].is_shared() and not (whole + 1).is_shared() and model.bias.is_shared()
    whole.mul_(2)
    context = mp.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=trained, args=(1, model, whole, whole[2:], out))
    process.start()
    told = out.get(timeout=300)
    assert told[:3] == (True, True, [0, 2, 4, 7, 8, 10]) and told[3].tolist() == [0, 1, 2] and told[4]
    process.join(300)
    assert process.exitcode == 0
    out.close()
    assert whole.tolist() == [0, 2, 4, 7, 8, 10]
    assert model.weight.tolist() == [[0, 0, 0]] * 2 and model.bias.tolist() == [-1, -1]
    whole[0] = 1
    assert (whole + model.bias.sum()).tolist() == [-1, 0, 2, 5, 6, 8]


def fails(rank: int, how: str) -> None:
    """End as told; the other rank ends well."""
    if rank == 1:
        if how == "raises":
            raise ValueError("no rank 1")
        os.kill(os.getpid(), signal.SIGKILL) if how == "killed" else sys.exit(5)


def writes(rank: int, *shared: Any) -> None:
    shared[rank][1] = rank + 1


def test_spawn() -> None:
    shared = tuple(cltorch.zeros(2, dtype=cltorch.int64).share_memory_() for _ in range(2))
    assert mp.spawn(writes, shared, 2) is None
    assert [one.tolist() for one in shared] == [[0, 1], [0, 2]]
    started = mp.spawn(fails, ("raises",), 2, join=False)
    assert isinstance(started, mp.ProcessContext) and len(started.pids()) == 2
    with pytest.raises(
        mp.ProcessRaisedException, match=r"(?s)^\n\n-- Process 1 terminated.*ValueError: no rank 1"
    ) as raised:
        while not started.join():
            continue
    assert (raised.value.error_index, raised.value.error_pid) == (1, started.pids()[1])


@pytest.mark.parametrize(
    ("how", "code", "name", "text"),
    [("killed", -9, "SIGKILL", "with signal SIGKILL"), ("leaves", 5, None, "with exit code 5")],
)
def test_ends_of_processes(how: str, code: int, name: str | None, text: str) -> None:
    with pytest.raises(mp.ProcessExitedException, match=f"process 1 terminated {text}") as left:
        mp.spawn(fails, (how,), 2)
    assert (left.value.exit_code, left.value.signal_name) == (code, name)
