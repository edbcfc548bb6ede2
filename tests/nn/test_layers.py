"""Layers and losses against PyTorch's with the same weights: results, gradients, buffers, errors, what is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

Build = Callable[[Any], Any]

LAYERS: dict[str, tuple[Build, tuple[int, ...]]] = {
    "linear": (lambda nn: nn.Linear(7, 5), (3, 7)),
    "linear without bias": (lambda nn: nn.Linear(7, 5, bias=False), (2, 3, 7)),
    "linear of one vector": (lambda nn: nn.Linear(7, 5), (7,)),
    "conv": (lambda nn: nn.Conv2d(3, 5, 3), (2, 3, 9, 8)),
    "conv strided, padded, dilated": (lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2)), (2, 4, 11, 9)),
    "conv grouped": (lambda nn: nn.Conv2d(4, 8, 3, padding=1, groups=2), (3, 4, 5, 7)),
    "conv depthwise": (lambda nn: nn.Conv2d(6, 6, 3, padding="same", groups=6, bias=False), (1, 6, 6, 6)),
    "conv of one image": (lambda nn: nn.Conv2d(3, 2, 1), (3, 4, 5)),
    "max pool": (lambda nn: nn.MaxPool2d(2), (2, 3, 7, 8)),
    "max pool, ceil": (lambda nn: nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), (2, 3, 8, 9)),
    "max pool, dilated": (lambda nn: nn.MaxPool2d(2, 1, dilation=2), (1, 2, 6, 6)),
    "batch norm": (lambda nn: nn.BatchNorm2d(4), (3, 4, 5, 6)),
    "batch norm, cumulative average": (lambda nn: nn.BatchNorm2d(4, momentum=None), (3, 4, 5, 6)),
    "batch norm without statistics": (lambda nn: nn.BatchNorm2d(4, track_running_stats=False), (3, 4, 5, 6)),
    "batch norm, not affine": (lambda nn: nn.BatchNorm2d(4, affine=False), (3, 4, 2, 2)),
    "flatten": (lambda nn: nn.Flatten(), (2, 3, 4, 5)),
    "relu": (lambda nn: nn.ReLU(), (4, 5)),
    "log softmax": (lambda nn: nn.LogSoftmax(dim=1), (4, 9)),
    "log softmax over rows": (lambda nn: nn.LogSoftmax(dim=0), (4, 9)),
    "sequence": (lambda nn: nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2), nn.LogSoftmax(-1)), (5, 6)),
}


def both(build: Build) -> tuple[Any, Any]:
    """The same module of both libraries, with the same parameters and buffers."""
    theirs, ours = build(torch.nn), build(cltorch.nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    with torch.no_grad():
        for k, p in enumerate(theirs.parameters()):
            p.copy_(torch.from_numpy(np.random.default_rng(k).normal(size=tuple(p.shape)).astype(np.float32)))
    ours.load_state_dict({k: cltorch.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    return ours, theirs


def inputs(shape: tuple[int, ...], seed: int = 9) -> tuple[Any, Any]:
    array = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return cltorch.tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)


def same(ours: Any, theirs: Any, what: str = "") -> None:
    assert tuple(ours.shape) == tuple(theirs.shape), what
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=2e-4, atol=2e-5, err_msg=what)


@pytest.mark.parametrize("name", LAYERS)
def test_results_gradients_and_buffers(name: str) -> None:
    build, shape = LAYERS[name]
    ours, theirs = both(build)
    assert repr(ours) == repr(theirs)
    for mode in (True, True, False):
        ours.train(mode), theirs.train(mode)
        x, t = inputs(shape)
        y, r = ours(x), theirs(t)
        same(y, r, "result")
        weight = np.random.default_rng(1).normal(size=tuple(r.shape)).astype(np.float32)
        (y * cltorch.tensor(weight)).sum().backward()
        (r * torch.tensor(weight)).sum().backward()
        same(x.grad, t.grad, "gradient of the input")
    for (key, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        same(p.grad, q.grad, f"gradient of {key}")
    for (key, p), q in zip(ours.named_buffers(), theirs.buffers(), strict=True):
        same(p, q, key)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2], ids=["sharp", "smoothed"])
@pytest.mark.parametrize("shape", [(6, 5), (2, 5, 3, 4)], ids=["rows", "images"])
def test_cross_entropy(reduction: str, weighted: bool, smoothing: float, shape: tuple[int, ...]) -> None:
    x, t = inputs(shape)
    classes = np.random.default_rng(3).integers(0, 5, size=(shape[0], *shape[2:]))
    classes.flat[1] = -100  # ignored
    weight = np.linspace(0.5, 2, 5, dtype=np.float32) if weighted else None
    results = []
    for library, values in ((cltorch, x), (torch, t)):
        loss = library.nn.CrossEntropyLoss(
            None if weight is None else library.tensor(weight), reduction=reduction, label_smoothing=smoothing
        )(values, library.tensor(classes))
        loss.sum().backward()
        results.append(loss)
    same(*results)
    same(x.grad, t.grad)


@pytest.mark.parametrize("name", ["NLLLoss", "MSELoss", "L1Loss"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses(name: str, reduction: str) -> None:
    x, t = inputs((7, 5))
    target = np.arange(7) % 5 if name == "NLLLoss" else np.random.default_rng(4).normal(size=(7, 5)).astype(np.float32)
    ours = getattr(cltorch.nn, name)(reduction=reduction)(x, cltorch.tensor(target))
    theirs = getattr(torch.nn, name)(reduction=reduction)(t, torch.tensor(target))
    same(ours, theirs)
    ours.sum().backward(), theirs.sum().backward()
    same(x.grad, t.grad)


def test_dropout_scales_what_it_keeps_and_its_gradient_has_the_same_mask() -> None:
    layer = cltorch.nn.Dropout(0.25)
    x = cltorch.ones(400, 100, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    found = y.detach().numpy()
    assert set(np.unique(found)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((found == 0).mean() - 0.25) < 0.01
    np.testing.assert_array_equal(x.grad.numpy(), found)
    layer.eval()
    np.testing.assert_array_equal(layer(x).detach().numpy(), 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        cltorch.nn.Dropout(1.5)


WRONG: dict[str, Callable[[Any], Any]] = {
    "linear, other width": lambda m: m.nn.Linear(4, 2)(m.zeros(3, 5)),
    "conv, other channels": lambda m: m.nn.Conv2d(3, 2, 3)(m.zeros(1, 4, 8, 8)),
    "conv, too few dimensions": lambda m: m.nn.Conv2d(3, 2, 3)(m.zeros(8, 8)),
    "conv, kernel larger than the image": lambda m: m.nn.Conv2d(1, 1, 5)(m.zeros(1, 1, 3, 3)),
    "conv, groups do not divide": lambda m: m.nn.Conv2d(3, 4, 3, groups=2),
    "batch norm, other channels": lambda m: m.nn.BatchNorm2d(3)(m.zeros(2, 4, 5, 5)),
    "batch norm, dimensions": lambda m: m.nn.BatchNorm2d(3)(m.zeros(2, 3)),
    "batch norm, one value a channel": lambda m: m.nn.BatchNorm2d(3)(m.zeros(1, 3, 1, 1)),
    "cross entropy, batches differ": lambda m: m.nn.functional.cross_entropy(m.zeros(4, 3), m.zeros(5).long()),
    "strict keys": lambda m: m.nn.Linear(2, 2).load_state_dict({"weight": m.zeros(2, 2)}),
    "strict shapes": lambda m: m.nn.Linear(2, 2).load_state_dict({"weight": m.zeros(3, 2), "bias": m.zeros(2)}),
    "no such attribute": lambda m: m.nn.Linear(2, 2).weights,
    "parameter is no parameter": lambda m: setattr(m.nn.Linear(2, 2), "weight", m.zeros(2, 2)),
    "reduction": lambda m: m.nn.MSELoss(reduction="all")(m.zeros(2), m.zeros(2)),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_raises_pytorchs_class(name: str) -> None:
    with pytest.raises(Exception) as expected:
        WRONG[name](torch)
    with pytest.raises(expected.type):
        WRONG[name](cltorch)


@pytest.mark.parametrize("wrong", [3, -5, 100])
@pytest.mark.parametrize("options", [{}, {"ignore_index": 1}, {"reduction": "sum"}], ids=str)
def test_a_target_that_is_no_class_is_refused_at_the_next_wait(wrong: int, options: dict[str, Any]) -> None:
    x, _ = inputs((4, 3))
    loss = cltorch.nn.functional.cross_entropy(x, cltorch.tensor([0, wrong, 2, 1]) + 0, **options)
    with pytest.raises(IndexError, match=f"Target {wrong} is out of bounds"):
        loss.item()
    assert cltorch.nn.functional.cross_entropy(x, cltorch.tensor([0, 1, 2, 1])).isfinite().item()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2], ids=["sharp", "smoothed"])
@pytest.mark.parametrize("shape", [(6, 5), (2, 5, 3), (5,)], ids=["rows", "sequences", "one"])
def test_cross_entropy_of_probabilities(
    reduction: str, weighted: bool, smoothing: float, shape: tuple[int, ...]
) -> None:
    x, t = inputs(shape)
    p, q = inputs(shape, seed=3)
    weight = np.linspace(0.5, 2, 5, dtype=np.float32)
    results = []
    for library, values, targets in ((cltorch, x, p), (torch, t, q)):
        F = library.nn.functional
        soft = F.softmax(targets, 0 if len(shape) == 1 else 1)
        loss = F.cross_entropy(
            values,
            soft,
            library.tensor(weight) if weighted else None,
            reduction=reduction,
            label_smoothing=smoothing,
        )
        loss.backward()
        results.append(loss)
    same(*results)
    same(x.grad, t.grad)
    same(p.grad, q.grad)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_an_implicit_dimension_is_warned_of(name: str) -> None:
    with pytest.warns(UserWarning, match=f"Implicit dimension choice for {name}"):
        getattr(cltorch.nn.functional, name)(cltorch.ones(2, 3))


def test_a_linear_layers_bias_is_checked_and_broadcast() -> None:
    x, t = inputs((2, 3))
    weight = np.ones((4, 3), np.float32)
    F, G = cltorch.nn.functional, torch.nn.functional
    with pytest.raises(RuntimeError, match=r"4.*5"):
        F.linear(x, cltorch.tensor(weight), cltorch.ones(5))
    for shape in ((1,), (), (2, 4)):
        bias = np.full(shape, 0.5, np.float32)
        same(
            F.linear(x, cltorch.tensor(weight), cltorch.tensor(bias)),
            G.linear(t, torch.tensor(weight), torch.tensor(bias)),
        )


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("ends", [(1, 2), (2, 0, 1, 1), (-1, 1, 0, 2)], ids=str)
def test_padding_and_its_gradients(mode: str, ends: tuple[int, ...]) -> None:
    grads = []
    for library, x in zip((cltorch, torch), inputs((2, 4, 5) if len(ends) == 2 else (2, 2, 4, 5)), strict=True):
        padded = library.nn.functional.pad(x, ends, mode=mode)
        (g,) = library.autograd.grad((padded**3).sum(), x, create_graph=True)
        g.sum().backward()
        grads.append((padded, g, x.grad))
    for ours, theirs in zip(*grads, strict=True):
        same(ours, theirs)
