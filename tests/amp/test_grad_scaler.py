"""GradScaler beside PyTorch's, and that nobody waits for its verdict."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.runtime import transfer

OPTIMIZERS = {
    "SGD": {"lr": 0.1, "momentum": 0.9},
    "Adam": {"lr": 0.05},
    "AdamW": {"lr": 0.05, "amsgrad": True},
    "NAdam": {"lr": 0.05},
    "Adafactor": {"lr": 0.05},
    "Muon": {"lr": 0.05},
}


def steps(m: Any, name: str, bad: set[int], unscale: bool = False) -> tuple[list[np.ndarray], list[float]]:
    """Parameters after some steps, those in ``bad`` with gradients that are not finite; and the scale after each."""
    params = [
        m.nn.Parameter(m.tensor(np.linspace(-1, 1, 6, dtype=np.float32).reshape(shape))) for shape in ((2, 3), (3, 2))
    ]
    optimizer = getattr(m.optim, name)(params, **OPTIMIZERS[name])
    scaler = m.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2)
    scales = []
    for step in range(6):
        optimizer.zero_grad()
        loss = sum(((p - 0.3) ** 2).sum() for p in params)
        scaler.scale(loss * (np.inf if step in bad else 1.0)).backward()
        if unscale:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
    return [one.detach().numpy() for p in params for one in (p, p.grad)], scales


@pytest.mark.parametrize("unscale", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_are_left_out(name: str, unscale: bool) -> None:
    ours, our_scales = steps(cltorch, name, {0, 3}, unscale)
    theirs, their_scales = steps(torch, name, {0, 3}, unscale)
    assert our_scales == their_scales
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    param = cltorch.nn.Parameter(cltorch.ones(3))
    optimizer = cltorch.optim.AdamW([param], lr=0.1)
    scaler = cltorch.amp.GradScaler()
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "download", None)
        for factor in (1.0, float("inf"), 1.0):
            optimizer.zero_grad()
            scaler.scale((param * param * factor).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
    assert scaler.get_scale() == 2.0**15
    assert optimizer.state_dict()["state"][0]["step"].item() == 2


def dictionaries(m: Any) -> list[Any]:
    scaler = m.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    found = [scaler.state_dict(), scaler.get_scale(), scaler.is_enabled(), scaler.scale(m.ones(1)).item()]
    found += [
        [one.item() for one in scaler.scale([m.ones(1), m.ones(1) * 2])],
        m.amp.GradScaler("cpu", enabled=False).state_dict(),
    ]
    scaler.update(4.0)
    found.append(scaler.get_scale())
    again = pickle.loads(pickle.dumps(scaler))
    other = m.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    off = m.amp.GradScaler("cpu", enabled=False)
    return [*found, again.get_scale(), other.state_dict(), off.scale(3), off.get_scale()]


def test_dictionaries() -> None:
    assert dictionaries(cltorch) == dictionaries(torch)


def without_update(m: Any, scaler: Any, optimizer: Any) -> None:
    scaler.step(optimizer)
    scaler.step(optimizer)


MISTAKES = {
    "factor": lambda m, s, o: m.amp.GradScaler("cpu", growth_factor=1.0),
    "backoff": lambda m, s, o: m.amp.GradScaler("cpu", backoff_factor=1.0),
    "twice": lambda m, s, o: (s.unscale_(o), s.unscale_(o)),
    "late": lambda m, s, o: (s.step(o), s.unscale_(o)),
    "two steps": without_update,
    "closure": lambda m, s, o: s.step(o, closure=lambda: None),
    "nothing": lambda m, s, o: m.amp.GradScaler("cpu").step(o),
    "no step": lambda m, s, o: s.update(),
    "empty": lambda m, s, o: s.load_state_dict({}),
    "number": lambda m, s, o: s.scale(3),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    found = []
    for m in (torch, cltorch):
        param = m.nn.Parameter(m.ones(2))
        optimizer, scaler = m.optim.SGD([param]), m.amp.GradScaler("cpu")
        scaler.scale(param.sum()).backward()
        with pytest.raises(Exception) as error:
            MISTAKES[name](m, scaler, optimizer)
        found.append((error.type, str(error.value)))
    assert found[0][0] is found[1][0]
    assert found[0][1].split(".")[0] == found[1][1].split(".")[0]


@pytest.mark.parametrize("library", [torch, cltorch])
def test_parts_that_subclasses_build_on(library: Any) -> None:
    w = library.nn.Parameter(library.ones(2))
    optimizer, scaler = library.optim.SGD([w], lr=1.0), library.amp.GradScaler("cpu", init_scale=4.0)
    assert scaler._get_scale_async() is None
    scaler.scale(w.sum()).backward()
    assert float(scaler._get_scale_async()) == 4.0
    found = scaler._unscale_grads_(optimizer, library.tensor(0.25), library.tensor(0.0), False)
    assert [float(flag) for flag in found.values()] == [0.0] and w.grad.tolist() == [1.0, 1.0]
    again = scaler._unscale_grads_(optimizer, library.tensor(2.0), library.tensor(1.0), False)
    assert [float(flag) for flag in again.values()] == [1.0] and w.grad.tolist() == [2.0, 2.0]
    w.grad[0] = float("inf")
    assert [float(flag) for flag in scaler._check_inf_per_device(optimizer).values()] == [1.0]
    assert [float(flag) for flag in scaler._found_inf_per_device(optimizer).values()] == [1.0]
    state = scaler._per_optimizer_states[id(optimizer)]
    assert scaler._maybe_opt_step(optimizer, state) is None and w.tolist() == [1.0, 1.0]
