"""Warnings: which calls give one, of which class, with which words; once a process where PyTorch says it once."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

import cltorch

PROGRAM = r"""
import importlib, sys, warnings
import numpy as np
torch = importlib.import_module(sys.argv[1])
frozen = np.ones(2)
frozen.flags.writeable = False
for code in sys.stdin.read().strip().splitlines():
    names = {"torch": torch, "np": np, "a": np.ones(2), "frozen": frozen, "x": torch.ones(2, 3, 4), "r": torch.ones(1, requires_grad=True)}
    names["c"] = torch.ones(1, dtype=torch.complex64)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for _ in range(2):
            exec(code, names)
    print(code)
    for warning in found:
        print("   ", warning.category.__name__, str(warning.message).split(" (Triggered")[0].replace("cltorch", "torch"))
"""
CALLS = """
x.T
x[0].T
torch.tensor(1.0).T
torch.tensor(1.0).mT
torch.tensor(1.0).mH
torch.tensor(1.0).H
torch.tensor(1.0).adjoint()
torch.ones(2).random_(0, 1 << 30)
torch.zeros(2).index_reduce(0, torch.tensor([1, 1]), torch.ones(2), "prod")
torch.ones(2, dtype=torch.float16).random_(-3000, 3)
torch.meshgrid(x[0, 0], x[0, 0], indexing="xy")
torch.meshgrid(x[0, 0], x[0, 0])
torch.tensor(x)
x.new_tensor(x)
torch.as_tensor(x)
c.real
c.bool()
c.float()
float(r.detach())
float(r)
torch.tensor([1.0, 2.0])
torch.tensor([a, a])
torch.from_numpy(a)
torch.from_numpy(frozen)
torch.frombuffer(bytearray(b"abcd"), dtype=torch.uint8)
torch.frombuffer(b"abcd", dtype=torch.uint8)
torch.searchsorted(x[0, 0], x[0])
torch.searchsorted(x[0, 0], x[0].mT)
torch.searchsorted(torch.ones(4, 3).mT, torch.ones(3, 2))
x.untyped_storage()
x.storage()
torch.range(1, 3)
torch.autograd.grad((r ** 2).sum(), r, create_graph=True)
(r ** 2).sum().backward(create_graph=True)
torch.utils.data.DataLoader([1], num_workers=1)
torch.utils.data.DataLoader([1], num_workers=9999)
torch.nn.Hardtanh(min_value=-1)
"""


def warned(library: str) -> str:
    command = [sys.executable, "-c", PROGRAM, library]
    return subprocess.run(command, input=CALLS, capture_output=True, text=True, check=True, timeout=300).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="PyTorch counts processors by their affinity")
def test_calls_warn_as_pytorchs() -> None:
    assert warned("cltorch") == warned("torch")


def test_a_warning_names_the_line_of_the_program() -> None:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        cltorch.nn.MSELoss()(cltorch.ones(2, 1), cltorch.ones(2))
        cltorch.tensor(cltorch.ones(1))
        cltorch.nn.Softmax()(cltorch.ones(2))
    assert [warning.filename for warning in given] == [__file__] * 3
