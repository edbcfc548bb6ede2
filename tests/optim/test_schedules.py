"""Every learning-rate schedule beside PyTorch's: rates, dictionaries, warnings and errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

import cltorch

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "StepLR": lambda s, o: s.StepLR(o, 4, 0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 3, 9]),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 7, 0.01),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 0.9**epoch),
    "LambdaLR of two": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.9**epoch, lambda epoch: 1 / (1 + epoch)]),
}
PLATEAUS: dict[str, dict] = {
    "min rel": {"patience": 2, "cooldown": 1},
    "max abs": {"mode": "max", "patience": 1, "threshold_mode": "abs", "min_lr": [0.01, 0.1]},
    "max rel": {"mode": "max", "factor": 0.5, "patience": 0},
    "min abs": {"threshold_mode": "abs", "threshold": 0.04, "patience": 1, "min_lr": 0.02},
}


def optimizer(module: Any) -> Any:
    """Two groups with rates of their own."""
    params = [module.nn.Parameter(module.zeros(2)) for _ in range(2)]
    return module.optim.SGD([{"params": params[:1]}, {"params": params[1:], "lr": 0.5}], lr=0.1)


def rates(module: Any, make: Callable[[Any, Any], Any], steps: int = 20) -> tuple[list, Any]:
    stepped = optimizer(module)
    schedule = make(module.optim.lr_scheduler, stepped)
    found = []
    for _ in range(steps):
        stepped.step()
        schedule.step()
        found.append([group["lr"] for group in stepped.param_groups])
        assert schedule.get_last_lr() == found[-1]
    return found, schedule


@pytest.mark.parametrize("name", CASES)
def test_rates(name: str) -> None:
    ours, our_schedule = rates(cltorch, CASES[name])
    theirs, their_schedule = rates(torch, CASES[name])
    assert ours == theirs
    assert set(our_schedule.state_dict()) == set(their_schedule.state_dict())


@pytest.mark.parametrize("name", [name for name in CASES if "Lambda" not in name])
def test_epochs_by_number(name: str) -> None:
    results = []
    for module in (cltorch, torch):
        stepped = optimizer(module)
        schedule = CASES[name](module.optim.lr_scheduler, stepped)
        stepped.step()
        with pytest.warns(UserWarning, match="epoch parameter"):
            schedule.step(6)
        results.append(schedule.get_last_lr())
    assert results[0] == pytest.approx(results[1], rel=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_a_schedule_goes_on_from_its_dictionary(name: str) -> None:
    _, schedule = rates(cltorch, CASES[name], 5)
    other = CASES[name](cltorch.optim.lr_scheduler, optimizer(cltorch))
    other.load_state_dict(schedule.state_dict())
    other.optimizer.load_state_dict(schedule.optimizer.state_dict())
    for one in (schedule, other):
        one.optimizer.step()
        one.step()
    assert other.get_last_lr() == schedule.get_last_lr()


@pytest.mark.parametrize("name", PLATEAUS)
def test_plateaus(name: str) -> None:
    figures = [1.0, 0.9, 0.9, 0.95, 0.9, 0.5, 0.52, 0.53, 0.49, 0.5, 0.5, 0.5, 0.5, 0.7, 0.7, 0.7]
    results = []
    for module in (cltorch, torch):
        stepped = optimizer(module)
        schedule = module.optim.lr_scheduler.ReduceLROnPlateau(stepped, **PLATEAUS[name])
        results.append([])
        for figure in figures:
            schedule.step(module.tensor(figure))
            results[-1].append((schedule.get_last_lr(), schedule.num_bad_epochs, schedule.in_cooldown))
    assert results[0] == results[1]


MISTAKES = [
    lambda m: m.optim.lr_scheduler.StepLR(3, 1),
    lambda m: m.optim.lr_scheduler.LambdaLR(optimizer(m), [abs]),
    lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(optimizer(m), factor=1),
    lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(optimizer(m), mode="x"),
    lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(optimizer(m), threshold_mode="x"),
    lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(optimizer(m), min_lr=[1, 2, 3]),
    lambda m: m.optim.lr_scheduler.ReduceLROnPlateau("x"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_raise_what_torch_raises(mistake: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception) as theirs:
        mistake(torch)
    with pytest.raises(theirs.type) as ours:
        mistake(cltorch)
    assert str(ours.value) == str(theirs.value)


def test_going_on_needs_initial_rates() -> None:
    with pytest.raises(KeyError, match="initial_lr"):
        cltorch.optim.lr_scheduler.StepLR(optimizer(cltorch), 1, last_epoch=3)


@pytest.mark.parametrize("overridden", [False, True], ids=["order", "overridden"])
def test_warnings(overridden: bool) -> None:
    texts = []
    for module in (cltorch, torch):
        stepped = optimizer(module)
        schedule = module.optim.lr_scheduler.StepLR(stepped, 1)
        if overridden:
            stepped.step = lambda closure=None: None
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            schedule.step()
            schedule.get_lr()
        texts.append([str(one.message) for one in warned])
    assert texts[0] == texts[1]
    assert len(texts[0]) == 2
