"""Random programs of views, in-place ops, copies and detaches give PyTorch's values, gradients and errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch

PROGRAMS = 2000
BATCH = 50  # programs per test item


def step(rng: np.random.Generator, theirs: list, ours: list) -> None:
    """One random step on both sides; a refusal must come from both with the same class."""
    i, j = int(rng.integers(len(theirs))), int(rng.integers(len(theirs)))
    t, c = theirs[i], ours[i]
    kind = rng.choice(
        [
            "select",
            "narrow",
            "t",
            "reshape",
            "detach",
            "sin",
            "mul",
            "sin_",
            "mul_",
            "copy_",
            "expand",
            "setitem",
            "fill_",
            "tanh_",
        ]
    )
    shape = tuple(t.shape)
    action = None
    if kind == "select" and shape:
        d = int(rng.integers(len(shape)))
        k = int(rng.integers(shape[d]))
        action = lambda x, _: x.select(d, k)
    elif kind == "narrow" and shape and max(shape) > 1:
        d = int(np.argmax(shape))
        k = int(rng.integers(shape[d] - 1))
        n = int(rng.integers(1, shape[d] - k + 1))
        action = lambda x, _: x.narrow(d, k, n)
    elif kind == "t" and len(shape) == 2:
        action = lambda x, _: x.t()
    elif kind == "reshape" and t.is_contiguous():
        action = lambda x, _: x.view(-1)
    elif kind == "expand" and len(shape) == 1:
        action = lambda x, _: x.expand(2, *shape)
    elif kind in ("detach", "sin", "sin_", "tanh_"):
        action = lambda x, _: getattr(x, kind)()
    elif kind == "fill_":
        action = lambda x, _: x.fill_(0.5)
    elif kind == "setitem" and shape:

        def action(x, _):
            x[0] = 0.25
            return x
    elif kind in ("mul", "mul_", "copy_") and tuple(theirs[j].shape) == shape and i != j:
        action = lambda x, other: getattr(x, kind)(other)
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


def run_program(seed: int) -> None:
    """The same random program in both, then backward from a random result."""
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(2, 4, 3))
    leaves_t = [torch.tensor(d, requires_grad=True) for d in data]
    leaves_c = [cltorch.tensor(d, requires_grad=True) for d in data]
    theirs, ours = [t * 1.0 for t in leaves_t], [c * 1.0 for c in leaves_c]
    for _ in range(int(rng.integers(3, 14))):
        step(rng, theirs, ours)
    for k, (t, c) in enumerate(zip(theirs, ours, strict=True)):
        assert tuple(c.shape) == tuple(t.shape)
        assert c.requires_grad == t.requires_grad, f"requires_grad of {k}, seed {seed}"
    picks = [k for k, t in enumerate(theirs) if t.grad_fn is not None]
    k = picks[int(rng.integers(len(picks)))]
    total = str(rng.choice(["sum", "mean"]))
    try:
        getattr(theirs[k], total)().backward()
    except RuntimeError as error:
        if "single memory location" not in str(error):  # torch fills an expanded view, but has no gradient for that
            assert "modified by an inplace" in str(error)
            with pytest.raises(RuntimeError, match="modified by an inplace"):
                getattr(ours[k], total)().backward()
    else:
        getattr(ours[k], total)().backward()
        for t, c in zip(leaves_t, leaves_c, strict=True):
            assert (c.grad is None) == (t.grad is None), f"gradient, seed {seed}"
            if t.grad is not None:
                np.testing.assert_allclose(c.grad.numpy(), t.grad.numpy(), atol=1e-12, err_msg=f"gradient, seed {seed}")
    for t, c in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(c.detach().numpy(), t.detach().numpy(), err_msg=f"values, seed {seed}")


@pytest.mark.parametrize("first", range(0, PROGRAMS, BATCH))
def test_random_programs(first: int) -> None:
    for seed in range(first, first + BATCH):
        run_program(seed)
