"""Every example runs as it stands and, with the package's name changed, with PyTorch; what comes out is the same."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

FOLDER = Path(__file__).parents[2] / "examples"


def run(name: str, library: str = "cltorch") -> Any:
    """An example as a module of names; for PyTorch its imports say ``torch`` instead of ``cltorch``."""
    path = FOLDER / f"{name}.py"
    names: dict[str, Any] = {"__name__": name, "__file__": str(path)}
    exec(compile(path.read_text().replace("cltorch", library), str(path), "exec"), names)
    return SimpleNamespace(**names)


def both(name: str) -> tuple[Any, Any, Any, Any]:
    """Both forms of an example, and a model of each with the same weights."""
    ours, theirs = run(name), run(name, "torch")
    model, their_model = ours.build(), theirs.build()
    their_model.load_state_dict({key: torch.tensor(value.numpy()) for key, value in model.state_dict().items()})
    return ours, theirs, model, their_model


def printed(function: Any) -> tuple[Any, str]:
    """What a function returns and what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        result = function()
    return result, text.getvalue()


def assert_losses(ours: list[float], theirs: list[float], tolerance: float = 1e-4) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=1e-6)


@pytest.mark.parametrize("name", ["tensors", "autograd"])
def test_results_and_prints(name: str) -> None:
    results, text = printed(run(name).main)
    expected, their_text = printed(run(name, "torch").main)
    assert list(results) == list(expected)
    for key, value in expected.items():
        assert results[key].dtype is getattr(cltorch, str(value.dtype).removeprefix("torch."))
        np.testing.assert_allclose(results[key].numpy(), value.numpy(), rtol=1e-6)
    assert text == their_text


def test_classifier() -> None:
    ours, theirs, model, their_model = both("classifier")
    assert repr(model) == repr(their_model)
    losses = ours.train(model, 40)
    assert_losses(losses, theirs.train(their_model, 40))
    assert losses[-1] < losses[0] / 3
    assert ours.accuracy(model) == pytest.approx(theirs.accuracy(their_model), abs=0.01)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_optimizers(name: str) -> None:
    ours, theirs, model, their_model = both("optimizers")
    losses = ours.train(model, name, 60)
    assert_losses(losses, theirs.train(their_model, name, 60))
    assert losses[-1] < 0.02


def test_data_loading() -> None:
    ours, theirs, model, their_model = both("data_loading")
    losses = list(ours.train(model, 4))
    assert_losses(losses, list(theirs.train(their_model, 4)))
    assert len(losses) == 4 * 9
    assert ours.accuracy(model) == pytest.approx(theirs.accuracy(their_model), abs=0.02)


def test_digits() -> None:
    ours, theirs, model, their_model = both("digits")
    losses = ours.train(model, 30)
    assert_losses(losses, theirs.train(their_model, 30))
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("name", ["classifier", "optimizers", "data_loading"])
def test_programs_tell_what_they_learnt(name: str) -> None:
    example = run(name)
    _, text = printed(example.main)
    assert "loss" in text
    if name == "optimizers":
        assert text.count("line y = ") == 3
    else:
        assert float(text.split()[-1]) > 0.9


def test_every_example_is_listed() -> None:
    listed = (FOLDER / "README.md").read_text()
    assert all(f"`{path.name}`" in listed for path in FOLDER.glob("*.py"))
