"""The functions of optimizers beside PyTorch's: their signatures, and steps over lists."""

from __future__ import annotations

import importlib
import inspect
import itertools
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

ADAM = {"beta1": 0.7, "beta2": 0.9, "lr": 0.1, "eps": 1e-3, "maximize": False}
DECAY = {"weight_decay": 0.1}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("sgd", "-", {"lr": 0.1, "momentum": 0.0, "dampening": 0.0, "nesterov": False, "maximize": True, **DECAY}),
    ("sgd", "momentum?", {"lr": 0.1, "momentum": 0.9, "dampening": 0.0, "nesterov": True, "maximize": False, **DECAY}),
    ("adam", "m v - step", {"amsgrad": False, **ADAM, **DECAY}),
    ("adam", "m v w step", {"amsgrad": True, "decoupled_weight_decay": True, **ADAM, **DECAY}),
    ("adamw", "m v - step", {"amsgrad": False, **ADAM, **DECAY}),
    ("adadelta", "v w step", {"lr": 0.1, "rho": 0.8, "eps": 1e-3, "maximize": True, **DECAY}),
    ("adagrad", "v step", {"lr": 0.1, "lr_decay": 0.1, "eps": 1e-3, "maximize": False, **DECAY}),
    ("adamax", "m v step", {**ADAM, **DECAY}),
    ("asgd", "m mu eta step", {"lr": 0.1, "lambd": 0.01, "t0": 1.0, "alpha": 0.75, **DECAY}),
    ("nadam", "m v mu step", {"momentum_decay": 0.1, **ADAM, **DECAY}),
    ("radam", "m v step", {**ADAM, **DECAY}),
    ("rmsprop", "v m w step", {"lr": 0.1, "alpha": 0.9, "eps": 1e-3, "momentum": 0.5, "centered": True, **DECAY}),
    ("rprop", "m v step", {"step_size_min": 0.01, "step_size_max": 0.2, "etaminus": 0.5, "etaplus": 1.2}),
    (
        "_adafactor",
        "row col -- step",
        {"d": 1.0, "lr": 0.1, "beta2_decay": -0.8, "eps1": 1e-6, "eps2": 1e-3, "maximize": False, **DECAY},
    ),
    (
        "_muon",
        "m",
        {
            "lr": 0.1,
            "momentum": 0.9,
            "nesterov": True,
            "ns_coefficients": (3.4445, -4.775, 2.0315),
            "ns_steps": 5,
            "eps": 1e-7,
            "adjust_lr_fn": None,
            "has_complex": False,
            **DECAY,
        },
    ),
]
SHAPES = ((3, 4), (4, 4))


def function(library: Any, name: str) -> Any:
    """The function of an optimizer, by the file that has it."""
    return getattr(importlib.import_module(f"{library.__name__}.optim.{name}"), name.lstrip("_"))


def kept(library: Any, kind: str) -> list[Any]:
    """What is kept under a name, before the first step."""
    start = {"step": 0.0, "mu": 1.0, "eta": 0.1}
    if kind == "-":
        return []
    if kind in ("momentum?", "--"):
        return [None for _ in SHAPES]
    if kind in start:
        return [library.tensor(start[kind]) for _ in SHAPES]
    rows = {"row": lambda h, w: (h, 1), "col": lambda h, w: (1, w)}.get(kind, lambda h, w: (h, w))
    return [library.full(rows(*shape), 0.05) if kind == "v" else library.zeros(rows(*shape)) for shape in SHAPES]


@pytest.mark.parametrize(("name", "lists", "options"), CASES, ids=[f"{n}-{lists}" for n, lists, _ in CASES])
def test_steps_over_lists_agree_with_torch(name: str, lists: str, options: dict[str, Any]) -> None:
    results = []
    for library in (cltorch, torch):
        rng = np.random.default_rng(1)
        params = [library.tensor(rng.standard_normal(shape).astype(np.float32)) for shape in SHAPES]
        states = [kept(library, kind) for kind in lists.split() if not (name == "sgd" and kind == "-")]
        if name == "sgd" and lists == "-":
            states = [[None for _ in SHAPES]]
        for _ in range(3):
            grads = [library.tensor(rng.standard_normal(shape).astype(np.float32)) for shape in SHAPES]
            function(library, name)(params, grads, *states, **options)
        results.append([None if t is None else t.numpy() for t in itertools.chain(params, *states)])
    for ours, theirs in zip(*results, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_signatures_are_those_of_torch(name: str) -> None:
    ours, theirs = (inspect.signature(function(library, name)).parameters.values() for library in (cltorch, torch))
    assert [(p.name, p.kind, p.default) for p in ours] == [(p.name, p.kind, p.default) for p in theirs]


def test_counts_that_are_numbers_are_refused() -> None:
    for library in (cltorch, torch):
        t = [library.ones(2)]
        with pytest.raises(RuntimeError, match="must contain a list of singleton tensors"):
            function(library, "adam")(t, t, t, t, [], [1], amsgrad=False, **ADAM, **DECAY)


def test_the_multi_tensor_module_has_foreach_as_its_default() -> None:
    for library in (cltorch, torch):
        module = importlib.import_module(f"{library.__name__}.optim._multi_tensor")
        optimizer = module.Adam([library.ones(2, requires_grad=True)], lr=0.5)
        assert isinstance(optimizer, library.optim.Adam)
        assert (optimizer.defaults["foreach"], optimizer.defaults["lr"]) == (True, 0.5)
