"""Compositions are made again from a recording: same numbers as by running them, and none where that would be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.autograd.replay import replayed
from cltorch.config import config
from cltorch.graph.record import recorder
from cltorch.runtime import device as devices

F = cltorch.nn.functional


class Counted:
    """A composition that counts how often it really runs."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.runs = 0
        self.recordings: dict[Any, Any] = {}

    def __call__(self, *tensors: Any, params: Any = ()) -> Any:
        def compute() -> tuple[Any, ...]:
            self.runs += 1
            result = self.function(*tensors)
            return result if isinstance(result, tuple) else (result,)

        with cltorch.no_grad():
            return replayed(self.recordings, tensors, params, compute)


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Quarters, new ones in every call: sums of their products are exact in float32, in any order."""
    return [(np.random.randint(-8, 9, size=shape) / 4).astype(np.float32) for shape in shapes]


def flushed(x: cltorch.Tensor) -> cltorch.Tensor:
    recorder(devices.default()).flush()
    return x


def runs_expected(calls: int) -> int:
    """Ops that run at once leave nothing to put on a recording."""
    return calls if config.eager else 1


def test_second_call_runs_nothing_and_computes_the_same() -> None:
    both = Counted(lambda x, y: ((x * y).sum(1, True) + x, None, (x - y).exp()))
    for _ in range(4):
        x, y = arrays((3, 5), (3, 5))
        first, nothing, second = both(cltorch.tensor(x), cltorch.tensor(y))
        assert nothing is None
        np.testing.assert_array_equal(first.numpy(), (x * y).sum(1, keepdims=True) + x)
        np.testing.assert_allclose(second.numpy(), np.exp(x - y), rtol=1e-5)
    assert both.runs == runs_expected(4)


def test_metas_and_parameters_have_tapes_of_their_own() -> None:
    squared = Counted(lambda x: x * x + 1)
    for shape in ((2, 3), (3, 2), (6,)):
        for transposed in (False, True):
            (x,) = arrays(shape)
            t = cltorch.tensor(x)
            (found,) = squared(t.t() if transposed and t.dim() == 2 else t)
            np.testing.assert_array_equal(found.numpy(), (x.T if transposed and t.dim() == 2 else x) ** 2 + 1)
    assert squared.runs == (6 if config.eager else 5)
    x = cltorch.ones(3)
    for factor in (2.0, 3.0):
        scaled = Counted(lambda x, factor=factor: x * factor)
        scaled.recordings = squared.recordings
        np.testing.assert_array_equal(scaled(x, params=factor)[0].numpy(), [factor] * 3)


def test_one_tensor_given_twice_leaves_no_tape_for_two() -> None:
    product = Counted(lambda x, y: x * y)
    x, y = (cltorch.tensor(a) for a in arrays((4,), (4,)))
    np.testing.assert_array_equal(product(x, x)[0].numpy(), x.numpy() ** 2)
    np.testing.assert_array_equal(product(x, y)[0].numpy(), x.numpy() * y.numpy())
    np.testing.assert_array_equal(product(x, x)[0].numpy(), x.numpy() ** 2)


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x: x + cltorch.rand(4), id="draws random numbers"),
        pytest.param(lambda x: flushed(x * 2) + 1, id="waits in between"),
        pytest.param(lambda x: x.view(2, 2), id="gives a view of its input"),
        pytest.param(lambda x: (x * 2, x), id="gives its input"),
        pytest.param(lambda x: x.add_(1) * 1, id="changes its input"),
        pytest.param(lambda x, w=[1.0]: x * cltorch.tensor(w), id="reads a tensor that is no input"),
        pytest.param(lambda x: (x * 2).unbind(), id="gives views of one result"),
        pytest.param(lambda x: x * x.max().item(), id="reads a number"),
    ],
)
def test_what_is_not_made_of_its_inputs_alone_runs_every_time(function: Callable[..., Any]) -> None:
    called = Counted(function)
    for _ in range(3):
        called(cltorch.ones(4))
    assert called.runs == 3


def test_a_flush_in_the_middle_of_the_first_call_is_not_held_against_it() -> None:
    flushes = [True]
    called = Counted(lambda x: (flushed(x * 2) if flushes and flushes.pop() else x * 2) + 1)
    for _ in range(4):
        np.testing.assert_array_equal(called(cltorch.ones(4))[0].numpy(), np.full(4, 3.0))
    assert called.runs == 1 + runs_expected(3)


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x: x.sort(1), id="both results"),
        pytest.param(lambda x: (x.sort(1)[1] + 1, x * 2), id="one of two results, read"),
        pytest.param(lambda x: (x.topk(2, 1)[0].sort(0)[0],), id="results of results"),
        pytest.param(lambda x: (*x.sort(0)[::-1], (x * 2).sort(1)[0]), id="in another order"),
    ],
)
def test_work_with_several_results_is_recorded_too(function: Callable[..., Any]) -> None:
    called = Counted(lambda x: tuple(function(x)))
    for _ in range(4):
        (x,) = arrays((4, 5))
        x += np.arange(20, dtype=np.float32).reshape(4, 5) / 128  # no two are equal
        for ours, theirs in zip(called(cltorch.tensor(x)), function(torch.tensor(x)), strict=True):
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert called.runs == runs_expected(4)


def test_in_place_changes_between_calls_are_seen() -> None:
    called = Counted(lambda x: x.exp() * 2)
    x = cltorch.zeros(3)
    for k in range(3):
        np.testing.assert_allclose(called(x)[0].numpy(), np.full(3, 2 * np.exp(k)), rtol=1e-6)
        x += 1


def test_results_that_nobody_holds_are_dropped() -> None:
    called = Counted(lambda x: (x.exp() * 2, x.sum()))
    x = cltorch.zeros(3)
    called(x), called(x)
    counter = recorder(devices.default())
    counter.flush()
    launched = counter.launched
    called(x)
    counter.flush()
    if config.eager:
        assert counter.launched > launched
    else:
        assert counter.launched == launched


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_losses_and_gradients_step_by_step(reduction: str) -> None:
    for k in range(4):
        logits = arrays((6, 5))[0]
        classes = np.random.default_rng(k).integers(0, 5, 6)
        classes[k] = -100
        grads = []
        for m in (cltorch, torch):
            x = m.tensor(logits, requires_grad=True)
            loss = m.nn.functional.cross_entropy(m.nn.functional.gelu(x), m.tensor(classes), reduction=reduction)
            loss.backward()
            grads.append((loss.item(), x.grad.numpy()))
        assert grads[0][0] == pytest.approx(grads[1][0], rel=1e-5)
        np.testing.assert_allclose(grads[0][1], grads[1][1], rtol=1e-4, atol=1e-6)


def test_second_derivatives_do_not_come_from_tapes() -> None:
    for _ in range(3):
        x = cltorch.tensor([0.3, -0.7, 1.1], requires_grad=True)
        y = F.softmax(x, 0)[0] + F.gelu(x).sum()
        (first,) = cltorch.autograd.grad(y, x, create_graph=True)
        (second,) = cltorch.autograd.grad((first * first).sum(), x)
        t = torch.tensor([0.3, -0.7, 1.1], requires_grad=True)
        z = torch.softmax(t, 0)[0] + torch.nn.functional.gelu(t).sum()
        (their_first,) = torch.autograd.grad(z, t, create_graph=True)
        (their_second,) = torch.autograd.grad((their_first * their_first).sum(), t)
        np.testing.assert_allclose(second.numpy(), their_second.numpy(), rtol=1e-4, atol=1e-6)
