"""What a training loop costs apart from time: plans, kernels built and launched, bytes held. Counted, so never flaky."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import cltorch
import cltorch.nn.functional as F
from cltorch import nn, optim
from cltorch.graph.families import Plans
from cltorch.graph.record import Recorder, recorder
from cltorch.runtime import device as devices
from cltorch.runtime.program import built


def network(images: bool) -> nn.Module:
    if not images:
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10)
    )


class Loop:
    """A network, its optimizer and its batches."""

    def __init__(self, images: bool = False, optimizer: Any = optim.Adam) -> None:
        self.model = network(images)
        self.optimizer = optimizer(self.model.parameters(), lr=1e-3)
        self.shape = (1, 8, 8) if images else (64,)

    def step(self, batch: int = 16) -> cltorch.Tensor:
        inputs = cltorch.from_numpy(np.ones((batch, *self.shape), np.float32))
        targets = cltorch.from_numpy(np.arange(batch) % 10)
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(inputs), targets)
        loss.backward()
        self.optimizer.step()
        return loss


def counter() -> Recorder:
    return recorder(devices.default())


@pytest.mark.parametrize("images", [False, True], ids=["linear", "convolutional"])
@pytest.mark.parametrize("reads", [False, True], ids=["reads nothing", "reads the loss"])
def test_no_plan_is_built_from_the_third_step_on(images: bool, reads: bool) -> None:
    loop, plans = Loop(images), []
    for _ in range(8):
        loss = loop.step()
        if reads:
            loss.item()
        else:
            counter().flush()
        plans.append(counter().built)
    assert plans[1:] == [plans[1]] * 7


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_an_optimizers_step_is_a_few_kernels(name: str) -> None:
    loop = Loop(optimizer=getattr(optim, name))
    for _ in range(3):
        loop.step().item()
    inputs = cltorch.from_numpy(np.ones((16, 64), np.float32))
    F.cross_entropy(loop.model(inputs), cltorch.from_numpy(np.arange(16) % 10)).backward()
    counter().flush()
    before = counter().launched
    loop.optimizer.step()
    counter().flush()
    assert 1 <= counter().launched - before <= 2


def test_a_chain_is_one_kernel_and_what_is_dropped_is_not_computed() -> None:
    a = cltorch.rand(64, 33)
    counter().flush()
    before = counter().launched
    b = (a * 2 + 1).tanh().exp().sum(dim=1)
    counter().flush()
    assert counter().launched - before == 1
    unused = a.exp()
    del unused
    counter().flush()
    assert counter().launched - before == 1
    assert b.shape == (64,)


def test_views_launch_nothing_and_copies_are_counted() -> None:
    a = cltorch.rand(6, 4)
    counter().flush()
    before = counter().launched
    views = [a.t(), a[1:, ::2], a.reshape(4, 6), a.unsqueeze(0), a.expand(2, 6, 4)]
    counter().flush()
    assert counter().launched == before
    a.add_(1)  # nobody else holds the old numbers: in place
    counter().flush()
    assert counter().launched - before == 1
    np.testing.assert_array_equal(views[0].numpy(), a.numpy().T)


def test_a_new_batch_size_builds_no_pointwise_or_reduction_kernel() -> None:
    loop = Loop()
    for batch in (16, 32):
        loop.step(batch).item()
    before = set(built(devices.default()).kernels)
    for batch in range(3, 50, 4):
        loop.step(batch).item()
    fresh = set(built(devices.default()).kernels) - before
    assert [name for name, *_ in fresh if not name.startswith(("gemm", "conv"))] == []
    assert len(fresh) <= 6, fresh


def test_memory_does_not_grow_with_steps() -> None:
    loop = Loop()
    for _ in range(20):
        loop.step().item()
    gc.collect()
    held = cltorch.opencl.memory_allocated(), cltorch.opencl.memory_reserved()
    for _ in range(300):
        loop.step().item()
    assert (cltorch.opencl.memory_allocated(), cltorch.opencl.memory_reserved()) == held


def test_a_failed_flush_leaves_values_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    a = cltorch.rand(5)
    counter().flush()
    b = a + 1

    def refuse(*args: Any) -> None:
        raise RuntimeError("this plan cannot be built")

    with monkeypatch.context() as patch:
        patch.setattr(Plans, "make", refuse)
        for known in ("plans", "ops"):
            patch.setattr(counter(), known, Plans(devices.default(), 8))
        with pytest.raises(RuntimeError, match="cannot be built"):
            b.numpy()
    np.testing.assert_array_equal(b.numpy(), a.numpy() + 1)
