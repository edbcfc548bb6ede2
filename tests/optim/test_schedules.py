"""Every learning-rate schedule beside PyTorch's: rates, dictionaries, warnings and errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

import cltorch

from ..naming import named

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "StepLR": lambda s, o: s.StepLR(o, 4, 0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 3, 9]),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 7, 0.01),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 0.9**epoch),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.97),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.25, 6),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.2, 0.7, 9),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 12, 2.0),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.01),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, [0.1, 0.4], 4, 6),
    "CyclicLR triangular2": lambda s, o: s.CyclicLR(o, [0.01, 0.02], 0.1, 4, mode="triangular2"),
    "CyclicLR exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=0.95, cycle_momentum=False),
    "CyclicLR scale_fn": lambda s, o: s.CyclicLR(
        o, 0.01, 0.1, 4, scale_fn=lambda x: 1 / (1 + x), scale_mode="iterations"
    ),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, [0.1, 0.3], 60),
    "OneCycleLR three phases": lambda s, o: s.OneCycleLR(
        o, 0.2, epochs=10, steps_per_epoch=6, three_phase=True, anneal_strategy="linear"
    ),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1, 4), s.LinearLR(o, 0.5, 1.0, 10), s.ExponentialLR(o, 0.9)], [5, 20]
    ),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.LinearLR(o, 0.1, 1.0, 10), s.ExponentialLR(o, 0.9)]),
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
    return module.optim.SGD([{"params": params[:1]}, {"params": params[1:], "lr": 0.5}], lr=0.1, momentum=0.9)


def rates(module: Any, make: Callable[[Any, Any], Any], steps: int = 50) -> tuple[list, Any]:
    stepped = optimizer(module)
    schedule = make(module.optim.lr_scheduler, stepped)
    found = []
    for _ in range(steps):
        stepped.step()
        schedule.step()
        assert schedule.get_last_lr() == [group["lr"] for group in stepped.param_groups]
        found.append([group[key] for group in stepped.param_groups for key in ("lr", "momentum")])
    return found, schedule


@pytest.mark.parametrize("name", CASES)
def test_rates(name: str) -> None:
    ours, our_schedule = rates(cltorch, CASES[name])
    theirs, their_schedule = rates(torch, CASES[name])
    assert [rate for one in ours for rate in one] == pytest.approx([rate for one in theirs for rate in one], rel=1e-12)
    assert set(our_schedule.state_dict()) == set(their_schedule.state_dict())


def test_every_schedule_of_pytorchs_is_here_and_tried() -> None:
    assert set(torch.optim.lr_scheduler.__all__) <= {*dir(cltorch.optim.lr_scheduler)}
    tried = {name.split()[0] for name in CASES} | {"ReduceLROnPlateau", "LRScheduler"}
    assert set(torch.optim.lr_scheduler.__all__) <= tried


@pytest.mark.parametrize(
    "name",
    [
        "StepLR",
        "MultiStepLR",
        "ExponentialLR",
        "CosineAnnealingLR",
        "ConstantLR",
        "LinearLR",
        "PolynomialLR",
        "CyclicLR",
    ],
)
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
    theirs = CASES[name](torch.optim.lr_scheduler, optimizer(torch))
    theirs.load_state_dict(schedule.state_dict())
    theirs.optimizer.load_state_dict(schedule.optimizer.state_dict())
    for one in (schedule, other, theirs):
        one.optimizer.step()
        one.step()
    assert other.get_last_lr() == schedule.get_last_lr()
    assert theirs.get_last_lr() == pytest.approx(schedule.get_last_lr(), rel=1e-12)


@pytest.mark.parametrize("epoch", [0, 3.5, 5, 14.25, 40])
def test_warm_restarts_at_fractions_of_epochs(epoch: float) -> None:
    found = []
    for module in (cltorch, torch):
        schedule = CASES["CosineAnnealingWarmRestarts"](module.optim.lr_scheduler, optimizer(module))
        schedule.step(epoch)
        found.append((schedule.get_last_lr(), schedule.last_epoch, schedule.T_i))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["StepLR", "OneCycleLR", "CosineAnnealingWarmRestarts", "ChainedScheduler"])
def test_rates_that_are_tensors(name: str) -> None:
    found = []
    for module in (cltorch, torch):
        param = module.nn.Parameter(module.zeros(2))
        stepped = module.optim.Adam(
            [{"params": [param]}, {"params": [module.nn.Parameter(module.zeros(1))]}], module.tensor(0.5)
        )
        rate = stepped.param_groups[0]["lr"]
        schedule = CASES[name](module.optim.lr_scheduler, stepped)
        for _ in range(10):
            stepped.step()
            schedule.step()
        assert stepped.param_groups[0]["lr"] is rate
        found.append([float(lr) for lr in schedule.get_last_lr()])
    assert found[0] == pytest.approx(found[1], rel=1e-5)


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
    lambda m: m.optim.lr_scheduler.MultiplicativeLR(optimizer(m), 3),
    lambda m: m.optim.lr_scheduler.ConstantLR(optimizer(m), 2),
    lambda m: m.optim.lr_scheduler.LinearLR(optimizer(m), 0),
    lambda m: m.optim.lr_scheduler.LinearLR(optimizer(m), end_factor=-1),
    lambda m: m.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer(m), 0),
    lambda m: m.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer(m), 1, 0.5),
    lambda m: m.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer(m), 1).step(-1),
    lambda m: m.optim.lr_scheduler.CyclicLR(optimizer(m), 0.1, [0.2]),
    lambda m: m.optim.lr_scheduler.CyclicLR(optimizer(m), 0.1, 0.2, mode="x"),
    lambda m: m.optim.lr_scheduler.CyclicLR(m.optim.Adagrad([m.nn.Parameter(m.zeros(1))]), 0.1, 0.2),
    lambda m: m.optim.lr_scheduler.OneCycleLR(optimizer(m), 0.1),
    lambda m: m.optim.lr_scheduler.OneCycleLR(optimizer(m), 0.1, total_steps=0),
    lambda m: m.optim.lr_scheduler.OneCycleLR(optimizer(m), 0.1, 10, pct_start=2.0),
    lambda m: m.optim.lr_scheduler.OneCycleLR(optimizer(m), 0.1, 10, anneal_strategy="x"),
    lambda m: [CASES["OneCycleLR"](m.optim.lr_scheduler, optimizer(m)).step(61)],
    lambda m: m.optim.lr_scheduler.SequentialLR(optimizer(m), [], []),
    lambda m: m.optim.lr_scheduler.SequentialLR(optimizer(m), [3], []),
    lambda m: m.optim.lr_scheduler.ChainedScheduler([]),
    lambda m: m.optim.lr_scheduler.ChainedScheduler([m.optim.lr_scheduler.ReduceLROnPlateau(optimizer(m))]),
    lambda m: m.optim.lr_scheduler.StepLR(optimizer(m), 1, last_epoch=3),
]


@pytest.mark.parametrize("mistake", named(MISTAKES))
def test_mistakes_raise_what_torch_raises(mistake: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception) as theirs:
        mistake(torch)
    with pytest.raises(theirs.type) as ours:
        mistake(cltorch)
    assert str(ours.value) == str(theirs.value)


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
