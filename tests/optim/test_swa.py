"""Averages of weights beside PyTorch's."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.runtime import transfer

FUNCTIONS = {
    "default": lambda swa: {},
    "ema": lambda swa: {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9)},
    "ema one by one": lambda swa: {"avg_fn": swa.get_ema_avg_fn(0.9)},
    "swa": lambda swa: {"multi_avg_fn": swa.get_swa_multi_avg_fn()},
    "swa one by one": lambda swa: {"avg_fn": swa.get_swa_avg_fn()},
    "buffers": lambda swa: {"use_buffers": True, "avg_fn": swa.get_swa_avg_fn()},
}


def model(module: Any) -> Any:
    made = module.nn.Sequential(module.nn.Linear(3, 4), module.nn.BatchNorm1d(4), module.nn.Linear(4, 2))
    rng = np.random.default_rng(3)
    with module.no_grad():
        for p in made.parameters():
            p.copy_(module.tensor(rng.standard_normal(tuple(p.shape)).astype(np.float32)))
    return made


@pytest.mark.parametrize("name", FUNCTIONS)
def test_averages(name: str) -> None:
    results = []
    for module in (cltorch, torch):
        swa = module.optim.swa_utils
        trained = model(module)
        averaged = swa.AveragedModel(trained, **FUNCTIONS[name](swa))
        rng = np.random.default_rng(4)
        for _ in range(4):
            with module.no_grad():
                for p in trained.parameters():
                    p.add_(module.tensor(rng.standard_normal(tuple(p.shape)).astype(np.float32)))
            trained(module.tensor(rng.standard_normal((5, 3)).astype(np.float32)))
            averaged.update_parameters(trained)
        assert int(averaged.n_averaged) == 4
        results.append({key: value.numpy() for key, value in averaged.state_dict().items()})
        again = copy.deepcopy(averaged)
        again.update_parameters(trained)
        assert int(again.n_averaged) == 5
    assert list(results[0]) == list(results[1])
    for key, value in results[1].items():
        np.testing.assert_allclose(results[0][key], value, rtol=2e-5, atol=2e-6)


def test_averaging_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = model(cltorch)
    averaged = cltorch.optim.swa_utils.AveragedModel(trained)
    averaged.update_parameters(trained)
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "download", None)
        averaged.update_parameters(trained)
        averaged.update_parameters(trained)
    averaged.load_state_dict(cltorch.optim.swa_utils.AveragedModel(trained).state_dict())
    averaged.update_parameters(trained)
    assert int(averaged.n_averaged) == 1


def test_statistics_of_batch_norm_are_computed_anew() -> None:
    results = []
    for module in (cltorch, torch):
        trained = model(module).eval()
        rng = np.random.default_rng(5)
        batches = [(module.tensor(rng.standard_normal((6, 3)).astype(np.float32)), 0) for _ in range(3)]
        module.optim.swa_utils.update_bn(batches, trained)
        assert not trained.training and trained[1].momentum == 0.1
        results.append([trained[1].running_mean.numpy(), trained[1].running_var.numpy()])
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("options", [{}, {"anneal_strategy": "linear", "anneal_epochs": 4}, {"anneal_epochs": 0}])
def test_the_schedule(options: dict) -> None:
    found = []
    for module in (cltorch, torch):
        groups = [{"params": [module.nn.Parameter(module.zeros(1))], "lr": lr} for lr in (0.5, 0.1)]
        optimizer = module.optim.SGD(groups)
        schedule = module.optim.swa_utils.SWALR(optimizer, [0.05, 0.2], **options)
        rates = []
        for _ in range(50):
            optimizer.step()
            schedule.step()
            rates += schedule.get_last_lr()
        found.append((rates, set(schedule.state_dict())))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-9)
    assert found[0][1] == found[1][1]


def test_mistakes() -> None:
    swa = cltorch.optim.swa_utils
    with pytest.raises(ValueError, match="Invalid decay value"):
        swa.get_ema_avg_fn(1.5)
    with pytest.raises(AssertionError, match="Only one of"):
        swa.AveragedModel(model(cltorch), avg_fn=swa.get_swa_avg_fn(), multi_avg_fn=swa.get_swa_multi_avg_fn())
    optimizer = cltorch.optim.SGD([cltorch.nn.Parameter(cltorch.zeros(1))])
    with pytest.raises(ValueError, match="anneal_strategy"):
        swa.SWALR(optimizer, 0.1, anneal_strategy="x")
    with pytest.raises(ValueError, match="anneal_epochs"):
        swa.SWALR(optimizer, 0.1, anneal_epochs=-1)
