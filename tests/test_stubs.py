"""The shipped stubs say what the declarations publish, and a type checker that reads them knows right names from wrong ones."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import stubs

ROOT = Path(__file__).parents[1]
STUBS = stubs.stubs()

PROGRAM = """
import cltorch
from cltorch import Tensor, nn

x: Tensor = cltorch.tensor([[1.0, 2.0]], dtype=cltorch.float32)
y: Tensor = x.tanh() + cltorch.tanh(x).clamp_(min=0) * 2 - 1 / x
z: Tensor = cltorch.fft.fft(cltorch.special.erf(x)).abs().sum(-1)
s: Tensor = cltorch.linalg.svdvals(cltorch.zeros(2, 3))
u, v, w = cltorch.linalg.svd(x)
h: Tensor = nn.functional.relu(x @ x.T)
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
loss: Tensor = nn.functional.cross_entropy(model(x), cltorch.argmax(x, dim=1))
loss.backward()
"""
WRONG = {
    "x.tahn()": 'has no attribute "tahn"',
    "cltorch.tahn(x)": 'has no attribute "tahn"',
    "cltorch.linalg.svdd(x)": 'has no attribute "svdd"',
    "x.tanh(1, 2)": "Too many arguments",
    "n: str = cltorch.tanh(x)": "Incompatible types",
}


def names(text: str) -> list[str]:
    """The lines of a stub without their order, which a merge may change."""
    return sorted(text.splitlines())


@pytest.mark.parametrize("path", STUBS)
def test_up_to_date(path: str) -> None:
    assert names((ROOT / "cltorch" / path).read_text()) == names(STUBS[path]), "run: python -m tools.stubs"


@pytest.mark.parametrize("path", STUBS)
def test_stubs_are_python(path: str) -> None:
    ast.parse(STUBS[path])


def test_a_type_checker_tells_right_names_from_wrong(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    lines = PROGRAM.strip().splitlines()
    (tmp_path / "program.py").write_text("\n".join([*lines, *WRONG, ""]))
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", "--ignore-missing-imports", "program.py"]
    env = os.environ | {"MYPYPATH": str(ROOT), "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache" / "stubs")}
    told = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600).stdout
    errors = [text for text in told.splitlines() if ": error:" in text]
    assert len(errors) == len(WRONG), told
    for line, (text, about), error in zip(range(len(lines) + 1, 100), WRONG.items(), errors, strict=False):
        assert error.startswith(f"program.py:{line}:") and about in error, (text, error)
