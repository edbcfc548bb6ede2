"""A batch that fails: what it spoils, what goes on, and what is told to whom."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyopencl as cl
import pytest

import cltorch
import cltorch.nn as nn
from cltorch.errors import AcceleratorError, DeviceLostError, KernelBuildError
from cltorch.graph import record
from cltorch.graph.families import Plans
from cltorch.graph.record import recorder
from cltorch.graph.run import Run
from cltorch.kernels import call
from cltorch.runtime import device as devices
from cltorch.runtime import launch, program


@pytest.fixture
def recorded() -> Iterator[record.Recorder]:
    """The recorder of the device in use; nothing may be held back before or after a test."""
    found = recorder(devices.default())
    yield found
    gc.collect()  # tracebacks hold tensors
    found.flush()
    assert not found.held and found.running is None


@pytest.fixture
def no_atan(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A driver that refuses programs with an arc tangent, until the given patch is undone."""
    original = program._make

    def refuse(device: Any, texts: list[Any], *rest: Any) -> None:
        if any("atan" in text.name for text in texts):
            raise KernelBuildError("device", "log", None)
        original(device, texts, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(program, "_make", refuse)
        yield patch


def test_a_value_that_cannot_be_built_says_so_itself_and_nothing_else_does(
    recorded: record.Recorder, no_atan: pytest.MonkeyPatch
) -> None:
    before = cltorch.ones(5) * 3
    bad = (cltorch.ones(771).sin() * 1.75).atan()
    after = bad.cos()
    cltorch.synchronize()
    assert (cltorch.ones(3) + 1).tolist() == [2.0] * 3
    assert cltorch.tensor([1.5]).tolist() == [1.5]
    for _ in range(2):
        with pytest.raises(KernelBuildError):
            after.sum().item()
    with pytest.raises(KernelBuildError):
        bad.tolist()
    assert before.tolist() == [3.0] * 5
    no_atan.undo()
    np.testing.assert_allclose(after.numpy(), np.cos(np.arctan(np.sin(np.ones(771)) * 1.75)), rtol=1e-5)
    assert len(bad.tolist()) == 771


def test_what_failed_and_is_not_held_any_more_is_forgotten(
    recorded: record.Recorder, no_atan: pytest.MonkeyPatch
) -> None:
    bad = (cltorch.ones(772).cos() * 1.25).atan()
    cltorch.synchronize()
    assert recorded.held
    del bad
    (cltorch.ones(3) + 1).tolist()
    assert not recorded.held


def test_out_of_memory_spoils_no_training_step(recorded: record.Recorder) -> None:
    model = nn.Linear(4, 4)
    optimizer = cltorch.optim.Adam(model.parameters())
    x = cltorch.randn(3, 4)

    def step() -> float:
        optimizer.zero_grad()
        loss = model(x).pow(2).sum()
        loss.backward()
        optimizer.step()
        return loss.item()

    losses = [step() for _ in range(3)]
    memory = devices.default().memory
    memory.trim()
    old, memory.limit = memory.limit, memory.reserved + 65536
    try:
        big = cltorch.ones(1000, 1000)
        for _ in range(2):
            with pytest.raises(cltorch.OutOfMemoryError):
                (big * 2).sum(0).tolist()
            losses.append(step())
    finally:
        memory.limit = old
    assert (big * 2).sum().item() == 2e6
    losses.append(step())
    assert losses == sorted(losses, reverse=True) and len(set(losses)) == len(losses)


def test_what_does_not_fit_as_a_whole_runs_in_parts(recorded: record.Recorder) -> None:
    memory = devices.default().memory
    cltorch.synchronize()
    memory.trim()
    old, memory.limit = memory.limit, memory.reserved + (5 << 20)
    try:
        a = [cltorch.full((1 << 18,), float(k)) for k in range(8)]  # a MiB each
        sums = [(x + 1).sum() for x in a]
        a.clear()
        assert [s.item() for s in sums] == [float((k + 1) << 18) for k in range(8)]
    finally:
        memory.limit = old


@pytest.mark.parametrize("times", [1, 2])
def test_a_launch_that_is_refused_in_the_middle_of_a_batch(
    recorded: record.Recorder, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    x, y, z = cltorch.zeros(5), cltorch.zeros(7, 2), cltorch.zeros(9)
    x += 1
    y += 1
    z += 1
    cltorch.synchronize()
    refusals = [times]
    original = Run.__init__

    def with_a_bad_step(self: Run, *args: Any) -> None:
        original(self, *args)
        enqueue = self._steps[5]

        def refused() -> Any:
            if refusals[0]:
                refusals[0] -= 1
                raise cl.RuntimeError("clEnqueueNDRangeKernel failed: OUT_OF_RESOURCES")
            return enqueue()

        self._steps[5] = launch.partial(refused)

    x += 1
    y += 1
    z += 1
    w = y.sum()
    with monkeypatch.context() as patch:
        patch.setattr(Run, "__init__", with_a_bad_step)
        cltorch.synchronize()
    assert refusals == [0]
    good = [x.tolist() == [2.0] * 5, z.tolist() == [2.0] * 9]
    assert good == [True, True]
    if times == 1:
        assert y.tolist() == [[2.0, 2.0]] * 7 and w.item() == 28
        return
    for failed in (y, w):
        with pytest.raises(AcceleratorError, match="OUT_OF_RESOURCES"):
            failed.tolist()
    with pytest.raises(RuntimeError):
        (y + 1).sum().item()
    assert (x + z[:5]).tolist() == [4.0] * 5


def test_a_drivers_errors_are_runtime_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    y = cltorch.ones(1 << 19) + 1  # too large for the memory that some devices share with the host
    cltorch.synchronize()

    def lost(*args: Any, **kwargs: Any) -> Any:
        raise cl.RuntimeError("clEnqueueReadBuffer failed: DEVICE_NOT_AVAILABLE")

    with monkeypatch.context() as patch:
        patch.setattr(cl, "enqueue_copy", lost)
        with pytest.raises(DeviceLostError, match="is lost"):
            y.numpy()
        with pytest.raises(RuntimeError):
            cltorch.ones(1 << 19).numpy()
    assert y[:4].tolist() == [2.0] * 4


@pytest.mark.parametrize("make", [cltorch.zeros, cltorch.empty, cltorch.rand, lambda n: cltorch.arange(n)])
def test_what_is_larger_than_the_device_is_refused_when_it_is_asked_for(recorded: record.Recorder, make: Any) -> None:
    with pytest.raises(RuntimeError, match="can't allocate memory: you tried to allocate"):
        make(10**13)
    x = cltorch.ones(1).expand(10**13)
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        x + 1
    assert (cltorch.ones(3) * 2).tolist() == [2.0] * 3


def test_a_reader_recorded_between_the_cut_and_the_look_at_pins(
    recorded: record.Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, Any] = {}
    original = record.structure

    def meanwhile(kept: list[Any]) -> Any:
        def structure(batch: list[Any], *rest: Any) -> Any:
            monkeypatch.setattr(record, "structure", original)

            def other() -> None:
                found["sum"] = kept[0].sum()
                kept.clear()

            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            return original(batch, *rest)

        return structure

    pending = [cltorch.ones(3) * 5]
    monkeypatch.setattr(record, "structure", meanwhile(pending))
    cltorch.synchronize()
    assert found["sum"].item() == 15
    computed = [cltorch.ones(3) * 7]
    cltorch.synchronize()
    reader = computed[0] + 1  # may not take over the buffer, which the other thread's sum reads later
    monkeypatch.setattr(record, "structure", meanwhile(computed))
    cltorch.synchronize()
    assert found["sum"].item() == 21 and reader.tolist() == [8.0] * 3


def test_planning_reads_pins_from_the_key(recorded: record.Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [cltorch.ones(11) * 3]
    result = kept[0].exp()
    make = Plans.make

    def collected(self: Plans, *args: Any) -> Any:
        kept.clear()  # as a garbage collection would
        return make(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Plans, "make", collected)
        cltorch.synchronize()
    np.testing.assert_allclose(result.numpy(), np.exp(np.full(11, 3.0)), rtol=1e-5)
    again = [cltorch.ones(11) * 3]
    result = again[0].exp()
    cltorch.synchronize()
    assert again[0].tolist() == [3.0] * 11


def test_a_record_made_again_finds_its_plans(recorded: record.Recorder) -> None:
    from cltorch.graph.value import Pointwise, Record

    x = cltorch.ones(13)
    y = x * 3
    first = y._storage.value.record
    assert isinstance(first.work, Pointwise)
    again = Record(first.work, first.views, first.metas, first.pending, None, first.inputs)
    assert again.kind is first.kind and again.is_place == first.is_place
    assert y.tolist() == [3.0] * 13


def test_plans_used_longest_ago_go_first(recorded: record.Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "plans", Plans(recorded.device, 8))

    def often() -> None:
        (cltorch.ones(3) + 1).tolist()

    often()
    for n in range(4, 30):
        (cltorch.ones(n) + 1).tolist()
        built = recorded.built
        often()
        assert recorded.built == built
    assert len(recorded.plans.known) <= 8


def test_small_uploads_touch_no_queue_and_large_ones_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    device = devices.default()
    x = cltorch.randn(600, 600) / 25
    for _ in range(20):  # a busy machine may stop this process at any moment, but not at every one
        for _ in range(12):
            x = x @ x
            x = x / x.abs().max()
        record.flush(device)
        started = time.perf_counter()
        small, large = cltorch.tensor([1, 2, 3]), cltorch.tensor(np.arange(1 << 16))
        record.flush(device)
        spent = time.perf_counter() - started
        started = time.perf_counter()
        cltorch.synchronize()
        rest = time.perf_counter() - started
        if spent < max(0.02, rest / 2):
            break
    else:
        raise AssertionError((spent, rest))
    assert small.tolist() == [1, 2, 3] and large[-1].item() == (1 << 16) - 1
    assert (small + small).tolist() == [2, 4, 6]


def test_equal_texts_of_kernels_are_one_string() -> None:
    texts = [call.Kernel("name", "".join(["source ", "text"])).source for _ in range(2)]
    assert texts[0] is texts[1]


def test_a_freed_storage_says_so_when_it_is_read() -> None:
    """Whatever reads a tensor whose storage has no bytes; what has been computed from it, and what is written later, stays right."""
    x = cltorch.arange(4.0) + 1
    doubled, other = x * 2, cltorch.ones(3)
    x.untyped_storage().resize_(0)
    readers = (
        lambda: x.tolist(),
        lambda: (x + 1).sum().item(),
        lambda: cltorch.cat([x, x]).tolist(),
        lambda: x[1:].add_(1).tolist(),
    )
    for read in readers:
        with pytest.raises(RuntimeError, match=r"freed by resize_\(0\)"):
            read()
    with pytest.raises(RuntimeError, match="is not made smaller"):
        other.untyped_storage().resize_(4)
    assert doubled.tolist() == [2, 4, 6, 8]
    assert (other + 1).tolist() == [2, 2, 2]
    x.untyped_storage().resize_(16)
    assert x.copy_(cltorch.ones(4)).tolist() == [1, 1, 1, 1]
