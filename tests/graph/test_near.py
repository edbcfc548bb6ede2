"""Tapes and plans in the near queue: what somebody waits for is computed in the asking thread, after all that came before it."""

from __future__ import annotations

import pytest

import cltorch
from cltorch.graph import near, tiers
from cltorch.graph.near import Near
from cltorch.graph.record import recorder
from cltorch.graph.tiers import Machine
from cltorch.runtime import device as devices
from tests.tape import ready


@pytest.fixture
def machine() -> Machine:
    """The tape of a device with a near queue and nothing on its way."""
    opened = devices.default()
    found = ready(recorder(opened))
    assert found.launch is not None
    if opened.near is None or found.launch.staging is None:
        pytest.skip("the device has no near queue")
    opened.synchronize()
    return found


def test_what_is_awaited_is_done_when_it_is_flushed(machine: Machine) -> None:
    device = machine.device
    x = cltorch.arange(5.0)
    x.numpy()
    y = x * 2 + 1
    launched = recorder(device).launched
    recorder(device).flush(True)
    assert recorder(device).launched == launched + 1 and device.transit.is_idle
    assert y.tolist() == [1, 3, 5, 7, 9]


def test_what_nobody_waits_for_is_left_to_the_device_unless_another_computes_near(machine: Machine) -> None:
    device = machine.device
    y = cltorch.arange(5.0) * 3
    recorder(device).flush()
    assert device.transit.is_idle == device.has_near_device
    assert y.tolist() == [0, 3, 6, 9, 12]


def test_a_tape_comes_after_what_the_device_is_at(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a kernel for the device itself, which goes behind, or without, where it waits."""
    device, launch = machine.device, machine.launch
    assert launch is not None
    monkeypatch.setattr(machine, "_far", None)  # none is built or loaded meanwhile
    monkeypatch.setattr(near, "OFTEN", 1 << 20)  # nor are plans for the near queue
    big = cltorch.ones(1 << 20)
    for _ in range(4):
        total = (big * 2).sum()
        recorder(device).flush()
        assert not device.transit.is_idle
        assert (total + 1).item() == 2 * (1 << 20) + 1
    if device.has_near_device:
        far, launch._far = launch._far, None
        try:
            drained = launch.drained
            total = (big * 3).sum()
            recorder(device).flush()
            assert (total + 1).item() == 3 * (1 << 20) + 1 and launch.drained == drained + 1
        finally:
            launch._far = far


def test_an_index_out_of_range_is_an_error_there_too(machine: Machine) -> None:
    x, i = cltorch.arange(5.0), cltorch.tensor([7])
    x.numpy(), i.numpy()
    with pytest.raises(IndexError):
        x[i].sum().item()
    assert (x[i - 3] + 1).item() == 5


def test_a_kernel_for_the_device_itself_is_built_once_tapes_had_to_wait(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not machine.device.has_near_device:
        pytest.skip("there is one for both")
    begun = []

    class Beside:
        failed = False

        def begin(self) -> None:
            begun.append(self)

    monkeypatch.setattr(machine, "wants", False)
    monkeypatch.setattr(machine, "_far", Beside())
    monkeypatch.setattr(machine.launch, "drained", tiers.OFTEN - 1)
    machine.review()
    assert not begun
    monkeypatch.setattr(machine.launch, "drained", tiers.OFTEN)
    machine.review()
    assert len(begun) == 1


@pytest.fixture
def sums(monkeypatch: pytest.MonkeyPatch) -> Near:
    """The way of `cltorch.Tensor.sum`'s plan for 300,000 numbers, which has kernels for the near queue, built at once."""
    opened = devices.default()
    if not opened.has_near_device:
        pytest.skip("the device has no near one")
    for name, value in (("OFTEN", 1), ("WAITED", 1e9), ("LONGEST", 1e9)):
        monkeypatch.setattr(near, name, value)
    monkeypatch.setattr(near.cache, "is_kept", lambda key: True)
    opened.synchronize()
    recorder(opened).ops.known.clear()
    x = cltorch.arange(300_001.0)
    for _ in range(4):
        x.sum().item()
    ways = [plan.near for plan in recorder(opened).ops.known.values() if plan.near and plan.near.actions]
    assert ways
    return ways[-1]


def test_a_short_plan_that_comes_often_is_done_when_it_is_flushed(sums: Near) -> None:
    device = devices.default()
    x = cltorch.arange(300_001.0)
    first = x.sum()
    recorder(device).flush()
    assert device.transit.is_idle
    sums.actions = None
    sums.is_wanted = False
    second = x.sum()
    recorder(device).flush()
    assert not device.transit.is_idle
    assert first.item() == second.item() == pytest.approx(300_000 * 300_001 / 2, rel=1e-6)


def test_a_plan_that_takes_long_in_the_near_queue_goes_back() -> None:
    way = Near([])
    way.actions = []
    for _ in range(near.TRIES - 1):
        way.note(2 * near.LONGEST)
    assert way.is_wanted
    way.note(near.LONGEST / 2)  # others had the processor before
    assert way.is_wanted
    late = Near([])
    late.note(2 * near.FAR_TOO_LONG)
    assert not late.is_wanted
