"""``CLTORCH_EAGER=1``: every op runs as it is recorded, with the same numbers."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import cltorch
from cltorch.graph.record import recorder
from cltorch.runtime import device as devices

x = cltorch.arange(6.0).requires_grad_()
before = recorder(devices.default()).launched
y = ((x * 2 + 1).sin() * x).sum()
print(recorder(devices.default()).launched - before, len(recorder(devices.default()).pending))
y.backward()
x.data[2:4].mul_(3)
print([round(v, 6) for v in x.grad.tolist()], x.tolist())
"""


def run(eager: str) -> list[str]:
    environment = {**os.environ, "CLTORCH_EAGER": eager}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_eager_runs_each_op_at_once_with_the_same_numbers() -> None:
    eager, recorded = run("1"), run("0")
    assert eager[0] == "5 0"
    assert recorded[0] == "0 6"
    assert eager[1] == recorded[1]
