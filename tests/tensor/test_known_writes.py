"""In-place arithmetic that was met before takes a shorter way: what it does, counts and refuses is what PyTorch's does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch

import cltorch
from cltorch.data.host import on_host


def _shared(T: Any, x: Any) -> list[Any]:
    """Views of one storage, the whole of it and parts, and what was read before."""
    view, part, before = x.view(-1), x[1:], x + 0
    version = x._version
    x.add_(1).mul_(view.view(2, 3)).sub_(x)
    x.add_(before)
    return [view, part, before, x._version - version, x.neg_(), view]


def _overlapping(T: Any, x: Any) -> list[Any]:
    x[:, 1:].sub_(x[:, 1:])
    x.view(-1)[1:].sub_(x.view(-1)[:-1])
    return [x]


def _broadcast(T: Any, x: Any) -> list[Any]:
    mean, whole = T.tensor([0.5]).view(-1, 1), T.ones(2, 3).sub_(T.ones(3)).div_(T.full((1, 1), 2.0))
    x.sub_(mean).div_(T.tensor([1.0, 2.0]).view(2, 1))
    mean.add_(x)
    return [x, whole]


def _gradients(T: Any, x: Any) -> list[Any]:
    scale = T.full((2, 3), 3.0, requires_grad=True)
    view = x.view(-1)
    x.mul_(scale)
    (view.sum() + x.sum()).backward()
    with T.no_grad():
        scale.sub_(scale.grad).mul_(2)
    found = [scale, scale.grad, x.detach(), scale._version]
    scale.add_(1)
    return found


def _saved(T: Any, x: Any) -> list[Any]:
    leaf = T.ones(2, 3, requires_grad=True)
    made = (leaf * x).sum()
    x.add_(1)
    made.backward()
    return [leaf.grad]


def _numbers(T: Any, x: Any) -> list[Any]:
    whole = T.arange(6).view(2, 3)
    x.add_(-0.0).mul_(float("inf")).sub_(float("nan"))
    whole.add_(2).mul_(-1).sub_(1 << 40)
    whole.add_(0.5)
    return [x, whole]


def _kinds(T: Any, x: Any) -> list[Any]:
    half = T.ones(2, 3, dtype=T.float16)
    half.add_(T.ones(2, 3)).mul_(T.tensor(1e5)).div_(3)
    flags = x > 0
    flags.mul_(flags)
    x.add_(T.ones(2, 3, dtype=T.int64))
    T.arange(3).add_(x[0])
    return [x, half, flags]


def _uncounted(T: Any, x: Any) -> list[Any]:
    version = x._version
    x.data.add_(1).mul_(2)
    with T.inference_mode():
        y = T.ones(2, 3)
        y.add_(1)
        x.add_(y)
    return [x, x._version - version, y.add_(1)]


@pytest.mark.parametrize("host", [False, True])
@pytest.mark.parametrize(
    "program", [_shared, _overlapping, _broadcast, _gradients, _saved, _numbers, _kinds, _uncounted]
)
def test_known_writes_are_those_of_pytorch(program: Callable[[Any, Any], list[Any]], host: bool) -> None:
    def outcome(T: Any) -> Any:
        x = T.tensor([[0.25, -1.5, 2.0], [3.0, -0.5, 1.0]])
        try:
            found: Any = program(T, x)
        except (RuntimeError, TypeError) as error:
            found = [str(error).partition("\n")[0]]
        return [one.tolist() if hasattr(one, "tolist") else one for one in (*found, x.detach())]

    wanted = outcome(torch)
    with on_host() if host else nullcontext():
        for _ in range(3):
            assert repr(outcome(cltorch)) == repr(wanted)
