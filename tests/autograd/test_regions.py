"""Gradients of several regions of one tensor: the same as PyTorch's, whether the regions meet or not, and few values where they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.autograd.regions import box_of, meet
from cltorch.config import config
from cltorch.graph.record import recorder
from cltorch.graph.view import View
from cltorch.runtime import device as devices

PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "all parts": lambda lib, y: sum((k + 1.0) * part.tanh() for k, part in enumerate(y.chunk(4, 1))),
    "some parts": lambda lib, y: y.split([3, 2, 7], 1)[0] * y.split([3, 2, 7], 1)[2][:, :3],
    "parts that meet": lambda lib, y: y[:, :7] * y[:, 5:12] + y[:, 2:9].exp(),
    "parts of parts": lambda lib, y: y[:, 4:].chunk(2, 1)[1] * y[2:, :4].mean() + y[1:2, 4:8],
    "parts and the whole": lambda lib, y: y[:, :6] * y[:, 6:] + (y * y).sum(),
    "the whole and parts": lambda lib, y: (y * y).sum() + y[:, :6] * y[:, 6:],
    "one part twice": lambda lib, y: y[:, :6] * y[:, :6] + y[:, 6:],
    "rows": lambda lib, y: y[0] * y[1] + y[2:].sum(0),
    "steps": lambda lib, y: y[:, ::2] * y[:, 1::2],
    "an expanded part": lambda lib, y: y[:, :1].expand(5, 6) * y[:, 6:],
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("transposed", [False, True])
def test_gradients_of_regions(program: Callable[[Any, Any], Any], transposed: bool) -> None:
    found = []
    for lib in (torch, cltorch):
        x = (lib.arange(60.0).reshape(12, 5).t() if transposed else lib.arange(60.0).reshape(5, 12)) / 60
        x.requires_grad_()
        y = x * 2  # no leaf, so that gradients wait for it
        program(lib, y).sum().backward(retain_graph=True)
        first = x.grad.clone()
        program(lib, y).sum().backward()
        (again,) = lib.autograd.grad((program(lib, x * 2) ** 2).sum(), x, create_graph=True)
        found.append([t.detach().numpy() for t in (first, x.grad, again)])
    for ours, theirs in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


@pytest.mark.skipif(config.eager, reason="ops that run at once leave nothing to look at")
def test_parts_that_do_not_meet_are_written_and_not_added() -> None:
    x = cltorch.ones(4, 8, requires_grad=True)
    y = x * 2
    total = sum(part.exp() for part in y.chunk(4, 1)).sum()
    recorder(devices.default()).flush()
    total.backward()
    works = [type(value.record.work).__name__ for value in recorder(devices.default()).pending]
    assert works.count("Write") == 4
    np.testing.assert_allclose(x.grad.numpy(), np.full((4, 8), 2 * np.exp(2.0)), rtol=1e-6)


def test_a_hook_sees_the_whole_gradient_of_the_parts_once() -> None:
    x = cltorch.ones(4, 8, requires_grad=True)
    y = x * 2
    seen: list[Any] = []
    y.register_hook(lambda grad: seen.append(grad.clone()))
    left, right = y.chunk(2, 1)
    (left * 3 + right * 5).sum().backward()
    assert len(seen) == 1 and seen[0].tolist() == [[3.0] * 4 + [5.0] * 4] * 4


def test_boxes() -> None:
    whole = View.dense((4, 6))
    left, right, middle = whole.narrow(1, 0, 3), whole.narrow(1, 3, 3), whole.narrow(1, 2, 2)
    assert box_of(left, whole) == ((0, 4), (0, 3)) and box_of(whole, whole) == ((0, 4), (0, 6))
    boxes = [box_of(view, whole) for view in (left, right, middle)]
    assert [meet(boxes[a], boxes[b]) for a, b in ((0, 1), (0, 2), (1, 2))] == [False, True, True]
    assert box_of(whole.select(0, 1), whole) is None and box_of(whole.slice(1, 0, 6, 2), whole) is None
