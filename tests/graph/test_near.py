"""Tapes in the near queue: what somebody waits for is computed in the asking thread, after all that came before it."""

from __future__ import annotations

import pytest

import cltorch
from cltorch.graph import tiers
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


def test_a_tape_comes_after_what_the_device_is_at(machine: Machine) -> None:
    """With a kernel for the device itself, which goes behind, or without, where it waits."""
    device, launch = machine.device, machine.launch
    assert launch is not None
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
