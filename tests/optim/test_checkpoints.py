"""A checkpoint of model, optimizer and schedule from PyTorch goes on here, and one from here goes on there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

CASES = {
    "SGD": ({"lr": 0.05, "momentum": 0.9, "nesterov": True}, lambda m, o: m.optim.lr_scheduler.StepLR(o, 7, 0.5)),
    "AdamW": ({"lr": 0.01}, lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.02, 60)),
    "RMSprop": (
        {"lr": 0.002, "centered": True, "momentum": 0.5},
        lambda m, o: m.optim.lr_scheduler.ExponentialLR(o, 0.97),
    ),
    "NAdam": ({"lr": 0.005}, lambda m, o: m.optim.lr_scheduler.ReduceLROnPlateau(o, patience=3)),
}


class Run:
    """A small network in training, with either library."""

    def __init__(self, m: Any, name: str) -> None:
        options, schedule = CASES[name]
        self.m = m
        m.manual_seed(0)
        self.model = m.nn.Sequential(m.nn.Linear(6, 16), m.nn.BatchNorm1d(16), m.nn.Tanh(), m.nn.Linear(16, 3))
        self.optimizer = getattr(m.optim, name)(self.model.parameters(), **options)
        self.schedule = schedule(m, self.optimizer)

    def losses(self, first: int, count: int) -> list[float]:
        """Train on batches that depend on their number alone."""
        found = []
        for step in range(first, first + count):
            rng = np.random.default_rng(step)
            x = self.m.tensor(rng.standard_normal((12, 6)).astype(np.float32))
            y = self.m.tensor(rng.integers(0, 3, 12))
            self.optimizer.zero_grad()
            loss = self.m.nn.functional.cross_entropy(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            found.append(loss.item())
            is_plateau = isinstance(self.schedule, self.m.optim.lr_scheduler.ReduceLROnPlateau)
            self.schedule.step(*([found[-1]] if is_plateau else []))
        return found

    def parts(self) -> dict[str, Any]:
        return {"model": self.model, "optimizer": self.optimizer, "schedule": self.schedule}

    def take(self, other: Run) -> None:
        """Go on from the dictionaries of another run."""
        for name, part in self.parts().items():
            part.load_state_dict(as_arrays_of(self.m, other.parts()[name].state_dict()))


def as_arrays_of(m: Any, value: Any) -> Any:
    """A state dictionary whose tensors are the library's."""
    if hasattr(value, "detach"):
        return m.tensor(value.detach().numpy())
    if isinstance(value, dict):
        return {key: as_arrays_of(m, one) for key, one in value.items()}
    return type(value)(as_arrays_of(m, one) for one in value) if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_on_in_the_other_library(name: str) -> None:
    theirs, ours, back = Run(torch, name), Run(cltorch, name), Run(torch, name)
    theirs.losses(0, 10)
    ours.take(theirs)
    np.testing.assert_allclose(ours.losses(10, 20), theirs.losses(10, 20), rtol=1e-4)
    back.take(ours)
    np.testing.assert_allclose(back.losses(30, 20), ours.losses(30, 20), rtol=1e-4)


def test_a_run_goes_on_in_the_other_library_from_files(tmp_path: Path) -> None:
    theirs, ours, back = Run(torch, "AdamW"), Run(cltorch, "AdamW"), Run(torch, "AdamW")
    theirs.losses(0, 10)
    for m, run, other, first in ((torch, theirs, ours, 10), (cltorch, ours, back, 30)):
        path = tmp_path / f"{first}.pt"
        m.save({name: part.state_dict() for name, part in run.parts().items()}, path)
        saved = other.m.load(path)
        for name, part in other.parts().items():
            part.load_state_dict(saved[name])
        np.testing.assert_allclose(other.losses(first, 20), run.losses(first, 20), rtol=1e-4)
