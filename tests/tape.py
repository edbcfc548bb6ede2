"""What tests of the tape share."""

from __future__ import annotations

import pytest

from cltorch.graph.record import Recorder
from cltorch.graph.tiers import Machine


def ready(found: Recorder) -> Machine:
    """The tape of a device, there to be used."""
    machine = found.machine
    if machine is None:
        pytest.skip("this run has no tape")
    assert machine.launch is not None or machine.prepare(wait=True)
    return machine
