"""Compositions with rules of their own: several results, and second gradients of operands that depend on each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.autograd.composite import composite


def _forward(a: Any, b: Any) -> Any:
    return (a * b, a + 2 * b), (a.sin(),)


def _rule(g: Any, y: Any, aux: Any, a: Any, b: Any) -> Any:
    product, total = (part if part is not None else a.new_zeros(a.shape) for part in g)
    return product * b + total, product * a + 2 * total


both = composite(_rule, saves="aux y", results=2)(_forward)
plain = composite(_rule, saves="a b", results=2)(_forward)


@pytest.mark.parametrize("function", [both, plain], ids=["with aux", "without"])
@pytest.mark.parametrize("used", [(1, 1), (1, 0), (0, 1)])
def test_several_results(function: Any, used: tuple[int, int]) -> None:
    values = [np.linspace(-1, 1, 5), np.linspace(2, 3, 5)]
    found = []
    for module in (cltorch, torch):
        a, b = (module.tensor(v, requires_grad=True) for v in values)
        product, total = function(a, b) if module is cltorch else _forward(a, b)[0]
        loss = (
            used[0] * (product**2).sum() + used[1] * (total**3).sum()
            if all(used)
            else (product, total)[used[1]].exp().sum()
        )
        first = module.autograd.grad(loss, [a, b], create_graph=True)
        second = module.autograd.grad(sum((g**2).sum() for g in first), [a, b])
        found.append([t.detach().numpy() for t in (*first, *second)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_results_share_one_node() -> None:
    a, b = cltorch.ones(3, requires_grad=True), cltorch.ones(3)
    product, total = both(a, b)
    assert product.grad_fn is total.grad_fn
    assert (product.output_nr, total.output_nr) == (0, 1)


@pytest.mark.parametrize("name", ["layer_norm", "batch_norm"])
def test_a_weight_that_depends_on_the_input_is_counted_once(name: str) -> None:
    data = np.random.default_rng(0).normal(size=(4, 6))
    found = []
    for module in (cltorch, torch):
        x = module.tensor(data, requires_grad=True)
        weight = x.mean(0).exp()
        functional = module.nn.functional
        y = (
            functional.layer_norm(x, (6,), weight)
            if name == "layer_norm"
            else functional.batch_norm(x, None, None, weight, training=True)
        )
        (first,) = module.autograd.grad((y**3).sum(), x, create_graph=True)
        (second,) = module.autograd.grad((first**2).sum(), x)
        found.append([first.detach().numpy(), second.numpy()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8)
