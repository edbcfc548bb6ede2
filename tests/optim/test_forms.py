"""The private forms of optimizers' functions take their arguments as PyTorch's do, and steps through them are the same."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

NAMES = [*"adadelta adagrad adam adamw adamax asgd nadam radam rmsprop rprop sgd".split(), "_adafactor", "_muon"]


@pytest.mark.parametrize("name", NAMES)
def test_forms_are_those_of_pytorch(name: str) -> None:
    theirs, ours = (importlib.import_module(f"{root}.optim.{name}") for root in ("torch", "cltorch"))
    for prefix in ("_single_tensor", "_multi_tensor", "_fused"):
        form = f"{prefix}_{name.strip('_')}"
        if name == "_muon" and prefix != "_single_tensor":
            continue
        assert hasattr(ours, form) == hasattr(theirs, form), form


def adam(library: Any, form: str) -> np.ndarray:
    """A parameter after a step with a gradient scaler's verdict."""
    lists = [[library.tensor([1.0, -2.0])], [library.tensor([8.0, 2.0])], *([library.zeros(2)] for _ in range(2)), []]
    module = importlib.import_module(f"{library.__name__}.optim.adam")
    step = getattr(module, form)
    scaled = (library.tensor(4.0), library.tensor(0.0)) if form == "_fused_adam" else (None, None)
    options = {
        "amsgrad": False,
        "beta1": 0.9,
        "beta2": 0.99,
        "lr": 0.1,
        "weight_decay": 0.1,
        "eps": 1e-8,
        "maximize": False,
    }
    options |= {"capturable": False, "differentiable": False, "has_complex": False, "decoupled_weight_decay": True}
    known = inspect.signature(step).parameters if library is torch else options
    step(*lists, [library.tensor(0.0)], *scaled, **{name: value for name, value in options.items() if name in known})
    return lists[0][0].numpy()


@pytest.mark.parametrize("form", ["_single_tensor_adam", "_multi_tensor_adam", "_fused_adam"])
def test_a_step_through_a_form(form: str) -> None:
    with torch.no_grad():
        np.testing.assert_allclose(adam(cltorch, form), adam(torch, form), rtol=1e-6)
