"""What tests of the tape share."""

from __future__ import annotations

import pytest

from cltorch.graph import record as record_module
from cltorch.graph.record import Recorder, recorder
from cltorch.graph.tiers import Machine
from cltorch.runtime import device as devices


def ready(found: Recorder) -> Machine:
    """The tape of a device, there to be used."""
    machine = found.machine
    if machine is None:
        pytest.skip("this run has no tape")
    assert machine.launch is not None or machine.prepare(wait=True)
    return machine


def near(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The tape of a device with a near queue and nothing on its way, in a process that shares no memory: one that did goes its usual way for good."""
    monkeypatch.setattr(record_module, "PUBLISHING", [])
    opened = devices.default()
    found = ready(recorder(opened))
    if not found.prepare(wait=True) or opened.near is None or found.launch.staging is None:  # type: ignore[union-attr]
        pytest.skip("the device has no near queue")
    opened.synchronize()
    return found


def forget(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a tape have met nothing yet, whatever other tests have made."""
    for name, empty in {"_scripts": {}, "_stencils": {}, "_once": set()}.items():
        monkeypatch.setattr(machine, name, empty)
