"""Random programs of views, in-place ops, copies and detaches give PyTorch's values, gradients and errors."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import cltorch

PROGRAMS = int(os.environ.get("CLTORCH_TEST_PROGRAMS", "2000"))  # fewer for a quick look
BATCH = 50  # programs per test item


Action = Callable[[Any, Any], Any]  # of a tensor and another one of its shape


def view(rng: np.random.Generator, kind: str, t: torch.Tensor) -> Action | None:
    """A view of that kind, if the tensor has one."""
    shape = tuple(t.shape)
    d = int(rng.integers(len(shape))) if shape else 0
    n = shape[d] if shape else 0
    if kind == "select" and shape:
        k = int(rng.integers(n))
        return lambda x, _: x.select(d, k)
    if kind == "narrow" and n > 1:
        k = int(rng.integers(n - 1))
        length = int(rng.integers(1, n - k + 1))
        return lambda x, _: x.narrow(d, k, length)
    if kind == "slice" and n > 2:
        return lambda x, _: x[(slice(None),) * d + (slice(1, None, 2),)]
    if kind == "unfold" and n > 1:
        return lambda x, _: x.unfold(d, 2, 2)
    if kind == "unbind" and shape:
        return lambda x, _: x.unbind(d)[n - 1].clone()
    if kind == "split" and n > 1:
        return lambda x, _: x.split(2, d)[-1].clone()
    if kind in ("t", "diagonal") and len(shape) == 2:
        return lambda x, _: getattr(x, kind)()
    if kind == "reshape" and t.is_contiguous():
        return lambda x, _: x.view(-1)
    if kind == "expand" and len(shape) == 1:
        return lambda x, _: x.expand(2, *shape)
    if kind == "unsqueeze" and len(shape) < 4:
        return lambda x, _: x.unsqueeze(d)
    if kind in ("squeeze", "detach"):
        return lambda x, _: getattr(x, kind)()
    if kind == "alias":
        return lambda x, _: x.view_as(x)
    return None


VIEWS = "select narrow slice unfold unbind split t diagonal reshape expand unsqueeze squeeze detach alias".split()


def operation(rng: np.random.Generator, kind: str, t: torch.Tensor, same_shape: bool) -> Action | None:
    """A result or a change of that kind, if the tensor can take part in it."""
    if kind in ("sin", "sin_", "tanh_", "exp_", "clone"):
        return lambda x, _: getattr(x, kind)()
    if kind in ("add_", "clamp_"):
        return lambda x, _: getattr(x, kind)(0.5)
    if kind == "fill_":
        return lambda x, _: x.fill_(0.5)
    if kind == "setitem" and t.dim():
        return setitem
    if kind == "masked_fill_":
        return lambda x, _: x.masked_fill_(x > 0, 0.25)
    if kind in ("mul", "mul_", "copy_", "sub_") and same_shape:
        return lambda x, other: getattr(x, kind)(other)
    return None


def setitem(x: Any, _: Any) -> Any:
    x[0] = 0.25
    return x


OPERATIONS = "sin sin_ tanh_ exp_ clone add_ clamp_ fill_ setitem masked_fill_ mul mul_ copy_ sub_".split()

WATCHES = ("retain", "hook")


def step(rng: np.random.Generator, theirs: list, ours: list) -> None:
    """One random step on both sides; a refusal must come from both with the same class."""
    i, j = int(rng.integers(len(theirs))), int(rng.integers(len(theirs)))
    t, c = theirs[i], ours[i]
    kind = str(rng.choice([*VIEWS, *OPERATIONS, *OPERATIONS, *WATCHES]))
    if kind in WATCHES:
        watch(kind, t, c)
        return
    if kind in VIEWS:
        action = view(rng, kind, t)
    else:
        action = operation(rng, kind, t, i != j and theirs[j].shape == t.shape)
    if action is None:
        return
    error = None
    try:
        new = action(t, theirs[j])
    except RuntimeError as raised:
        error = raised
    if error is not None:
        with pytest.raises(RuntimeError):
            action(c, ours[j])
        return
    theirs.append(new)
    ours.append(action(c, ours[j]))


def watch(kind: str, t: Any, c: Any) -> None:
    """Ask for the gradient of a result, or change it with a hook."""
    if t.requires_grad and t.grad_fn is not None:  # without looking at grad_fn first, torch may crash in register_hook
        for x in (t, c):
            x.retain_grad() if kind == "retain" else x.register_hook(lambda g: g * 2 + 1)


def backward(rng: np.random.Generator, theirs: list, ours: list, at: int) -> None:
    """Backward of one result, which must raise in both or in neither."""
    total = str(rng.choice(["sum", "mean"]))
    try:
        getattr(theirs[at], total)().backward()
    except RuntimeError as error:
        if "single memory location" in str(error):  # torch fills an expanded view, but has no gradient for that
            return
        assert "modified by an inplace" in str(error)
        with pytest.raises(RuntimeError, match="modified by an inplace"):
            getattr(ours[at], total)().backward()
    else:
        getattr(ours[at], total)().backward()
        for k, (t, c) in enumerate(zip(theirs, ours, strict=True)):
            assert (c.is_leaf, c.retains_grad) == (t.is_leaf, t.retains_grad), f"leaf or retained, {k}"
            if not t.is_leaf and not t.retains_grad:
                continue
            assert (c.grad is None) == (t.grad is None), f"gradient of {k}"
            if t.grad is not None:
                np.testing.assert_allclose(c.grad.numpy(), t.grad.numpy(), atol=1e-12, err_msg=f"gradient of {k}")


def run_program(seed: int) -> None:
    """The same random program in both, then backward from a random result."""
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(2, 4, 3))
    leaves = [[m.tensor(d, requires_grad=True) for d in data] for m in (torch, cltorch)]
    theirs, ours = [[leaf * 1.0 for leaf in side] for side in leaves]
    for _ in range(int(rng.integers(3, 16))):
        step(rng, theirs, ours)
    for k, (t, c) in enumerate(zip(theirs, ours, strict=True)):
        assert tuple(c.shape) == tuple(t.shape)
        assert c.requires_grad == t.requires_grad, f"requires_grad of {k}"
    picks = [k for k, t in enumerate(theirs) if t.grad_fn is not None]
    backward(rng, leaves[0] + theirs, leaves[1] + ours, len(data) + picks[int(rng.integers(len(picks)))])
    for k, (t, c) in enumerate(zip(theirs, ours, strict=True)):
        np.testing.assert_allclose(c.detach().numpy(), t.detach().numpy(), err_msg=f"values of {k}")


@pytest.mark.parametrize("first", range(0, PROGRAMS, BATCH))
def test_random_programs(first: int) -> None:
    for seed in range(first, first + BATCH):
        try:
            run_program(seed)
        except Exception as error:
            error.add_note(f"in the program of seed {seed}")
            raise
