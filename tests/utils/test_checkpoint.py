"""Checkpointing gives the gradients of plain backward, and keeps less until then."""

from __future__ import annotations

import functools
import gc

import numpy as np
import pytest

import cltorch
from cltorch import nn
from cltorch.utils.checkpoint import checkpoint, checkpoint_sequential

from ..autograd.common import same


def build() -> nn.Module:
    cltorch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))


def gradients(run: object, x: cltorch.Tensor, model: nn.Module) -> list[np.ndarray]:
    cltorch.manual_seed(5)
    run(x).square().sum().backward()
    return [p.grad.numpy() for p in model.parameters()] + ([] if x.grad is None else [x.grad.numpy()])


@pytest.mark.parametrize("needs", [True, False], ids=["input needs a gradient", "only parameters do"])
def test_gradients_of_a_model_with_dropout(needs: bool) -> None:
    results = []
    start = cltorch.randn(3, 4)
    for wrap in (False, True):
        model, x = build(), start.clone().requires_grad_(needs)
        run = (lambda v, model=model: checkpoint(model, v, use_reentrant=False)) if wrap else model
        results.append(gradients(run, x, model))
    assert len(results[0]) == len(results[1]) == 6 + needs
    for a, b in zip(*results):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("segments", [1, 2, 3, 6])
def test_sequential(segments: int) -> None:
    results = []
    start = cltorch.randn(3, 4)
    for wrap in (False, True):
        model, x = build(), start.clone().requires_grad_()
        run = (lambda v, model=model: checkpoint_sequential(model, segments, v, use_reentrant=False)) if wrap else model
        results.append(gradients(run, x, model))
    for a, b in zip(*results):
        np.testing.assert_array_equal(a, b)


def test_several_outputs_keywords_and_tensors_from_outside() -> None:
    w = cltorch.tensor([2.0, 3.0], requires_grad=True)
    inner = w * 2  # a result from outside, read by the function without being an argument

    def function(x: cltorch.Tensor, *, scale: float, other: cltorch.Tensor) -> tuple:
        return x * inner * scale, "text", (x + other).sin()

    x, other = cltorch.tensor([1.0, -1.0], requires_grad=True), cltorch.tensor([0.5, 0.5], requires_grad=True)
    found = []
    for wrap in (lambda f, *a, **k: f(*a, **k), functools.partial(checkpoint, use_reentrant=False)):
        for t in (w, x, other):
            t.grad = None
        inner = w * 2
        first, text, last = wrap(function, x, scale=3.0, other=other)
        assert text == "text"
        (first.sum() + (last * last).sum()).backward()
        found.append([t.grad.tolist() for t in (w, x, other)])
    assert found[0] == found[1]


def test_second_derivatives() -> None:
    x = cltorch.tensor([1.5, -0.5], requires_grad=True)
    y = checkpoint(lambda v: v**3, x, use_reentrant=False)
    (first,) = cltorch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = cltorch.autograd.grad(first.sum(), x)
    np.testing.assert_allclose(second.numpy(), 6 * np.array([1.5, -0.5]), rtol=1e-6)


def test_without_gradients_it_is_a_plain_call() -> None:
    with cltorch.no_grad():
        assert not checkpoint(lambda v: v * 2, cltorch.ones(2, requires_grad=True), use_reentrant=True).requires_grad
    assert not checkpoint(lambda v: v * 2, cltorch.ones(2), use_reentrant=False).requires_grad


def test_an_argument_changed_in_place_is_told() -> None:
    x = cltorch.ones(2)
    w = cltorch.ones(2, requires_grad=True)
    y = checkpoint(lambda v: v * w, x, use_reentrant=False)
    x += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_it_holds_less_until_backward() -> None:
    def held(wrap: bool) -> int:
        gc.collect()
        cltorch.synchronize()
        before = cltorch.opencl.memory_allocated()  # what other tests left
        x = cltorch.randn(256, 256, requires_grad=True)

        def layers(v: cltorch.Tensor) -> cltorch.Tensor:
            for _ in range(10):
                v = (v @ v.t()).tanh()
            return v

        y = checkpoint(layers, x, use_reentrant=False) if wrap else layers(x)
        cltorch.synchronize()
        used = cltorch.opencl.memory_allocated() - before
        y.sum().backward()
        return used

    assert held(True) < held(False) / 2


PROGRAMS = {
    "hooks see whole gradients, once": """
log = []
v = T(1.0, 2.0); h = w * v
w.register_hook(lambda g: (log.append(("w", g.tolist())), g * 2)[1]); h.register_hook(lambda g: (log.append(("h", g.tolist())), g * 3)[1])
out = checkpoint(lambda a: w * a * h, h, use_reentrant=False)
(out.sum() + h.sum()).backward(retain_graph=True)
show(log, w.grad, v.grad)
for given in (h, x):
    w.grad = v.grad = None
    checkpoint(lambda a: w * a * h, given, use_reentrant=False).sum().backward(retain_graph=True)
    show(w.grad, v.grad, x.grad)
(g,) = torch.autograd.grad(out.sum(), v, create_graph=True)
show(g.detach())""",
    "asks for use_reentrant": """
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    show(checkpoint(f, x))
print([str(warning.message)[:76] for warning in told])""",
    "arguments that are views": """
a = torch.tensor([1., 2., 3.], requires_grad=True)
for again in (False, True):
    for view in (a[None], a[1:], a.view(3, 1).t(), (a * 2)[1:]):
        a.grad = None
        torch.utils.checkpoint.checkpoint(lambda v: (v * v).sin(), view, use_reentrant=again).sum().backward()
        print(a.grad)
""",
    "refused arguments": """
attempt(lambda: checkpoint(f, x, k=2, use_reentrant=True), lambda: checkpoint(f, x, use_reentrant=False, bogus=1))
attempt(lambda: checkpoint(f, x, use_reentrant=True, context_fn=lambda: None))""",
    "both ways": """
for way in (False, True):
    x.grad = w.grad = None; checkpoint(f, x, use_reentrant=way).sum().backward(); show(x.grad, w.grad)""",
    "backward twice": """
z = checkpoint(f, x, use_reentrant=False).sum(); z.backward(retain_graph=True); z.backward(); show(x.grad); attempt(lambda: z.backward())""",
    "nested": """
def outer(a): return checkpoint(lambda b: b.sin() * w, a, use_reentrant=False).exp()
z = checkpoint(outer, x, use_reentrant=False); z.sum().backward(); show(x.grad, w.grad)""",
    "outputs of all kinds": """
for way in (False, True):
    out = checkpoint(lambda a: (a * 2, None, 3), x, use_reentrant=way); print(out[1:], out[0].tolist())
checkpoint(lambda a: [a * 2, a * 3], x, use_reentrant=False)[1].sum().backward(); show(x.grad)
checkpoint(lambda a: {"a": a * w}, x, use_reentrant=False)["a"].sum().backward(); show(x.grad, w.grad)
checkpoint(lambda some: some[0] * 2, [x], use_reentrant=False).sum().backward(); show(x.grad)""",
    "calls": """
calls = []
def g(a): calls.append(1); return a.exp()
z = checkpoint(g, x, use_reentrant=False); show(len(calls)); z.sum().backward(); show(len(calls))""",
    "fails": """
def g(a): raise ValueError("in forward")
attempt(lambda: checkpoint(g, x, use_reentrant=False)); show(torch.is_grad_enabled())""",
    "contexts": """
import contextlib
class Named(contextlib.ContextDecorator):
    def __init__(self, name): self.name = name
    def __enter__(self): print("enter", self.name)
    def __exit__(self, *error): print("exit", self.name)
checkpoint(f, x, use_reentrant=False, context_fn=lambda: (Named("forward"), Named("again"))).sum().backward(); show(x.grad)""",
    "random numbers": """
for keep in (True, False):
    state = torch.get_rng_state(); seen = []
    def g(a): seen.append(torch.rand(3).tolist()); return a.exp()
    checkpoint(g, x, use_reentrant=False, preserve_rng_state=keep).sum().backward(); print(len(seen), seen[0] == seen[-1])""",
    "leaves": """
made = torch.utils.checkpoint.detach_variable((x * 2, x.detach(), 3, None))
print(made[2:], [(one.is_leaf, one.requires_grad, one.tolist()) for one in made[:2]])
attempt(lambda: torch.utils.checkpoint.detach_variable([x]))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always"); torch.utils.checkpoint.check_backward_validity([x, 3]); torch.utils.checkpoint.check_backward_validity([3])
print([str(one.message) for one in said])""",
    "sequential": """
steps = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Tanh(), torch.nn.ReLU())
torch.utils.checkpoint.checkpoint_sequential(steps, 2, x, use_reentrant=False).sum().backward(); show(x.grad)""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(
        """
import warnings
checkpoint = torch.utils.checkpoint.checkpoint
w = T(3.0, 4.0)
def f(a, k=1): return a * w * k
"""
        + PROGRAMS[name]
    )
