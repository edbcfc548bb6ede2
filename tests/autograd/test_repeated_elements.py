"""Gradients by tensors whose elements repeat in memory (`expand`): each element has its own, however the tensor is seen."""

from __future__ import annotations

import re

import pytest

from tests.naming import named
from tests.programs import assert_same

SETTING = """
w = torch.arange(6.0).view(3, 2)
f = lambda x: (x.t() * w).sum()
x = torch.ones(3).expand(2, 3)
class Spread(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.expand(2, 3)
    @staticmethod
    def backward(ctx, g):
        print("arrived", g)
        return g.sum(0)
class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x
    @staticmethod
    def backward(ctx, g):
        print("arrived", g)
        return g
"""

PROGRAMS = {
    "a leaf": "y = x.detach().requires_grad_(); f(y).backward(); print(y.grad)",
    "a leaf whose rows are read": "y = x.detach().requires_grad_(); (y[0] * w[:, 1]).sum().backward(); print(y.grad)",
    "a parameter": "y = nn.Parameter(x); f(y).backward(); print(y.grad)",
    "func.grad": "print(torch.func.grad(f)(x))",
    "func.vjp": "print(torch.func.vjp(lambda x: x.t() * w, x)[1](torch.ones(3, 2))[0])",
    "func.jacrev": "print(torch.func.jacrev(f)(x), torch.func.jacrev(torch.func.jacrev(lambda x: f(x) ** 2))(x))",
    "functional.jacobian": "print(torch.autograd.functional.jacobian(f, x))",
    "func.grad of what is recorded": """
z = torch.ones(3, requires_grad=True)
g = torch.func.grad(lambda x: f(x * x))(z.expand(2, 3))
g.pow(2).sum().backward()
print(g.detach(), z.grad)
""",
    "a function's result": "z = torch.ones(3, requires_grad=True); f(Spread.apply(z)).backward(); print(z.grad)",
    "a function's argument passed on": "z = torch.ones(3, requires_grad=True); f(Same.apply(z.expand(2, 3))).backward(); print(z.grad)",
    "checkpoint": """
from functools import partial
for mode in (True, False):
    z = torch.ones(3, requires_grad=True)
    torch.utils.checkpoint.checkpoint(f, z.expand(2, 3), use_reentrant=mode).backward()
    print(z.grad)
""",
    "an inner tensor": "z = torch.ones(3, requires_grad=True); f(z.expand(2, 3)).backward(); print(z.grad)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_beside_pytorch(name: str) -> None:
    assert_same(SETTING + PROGRAMS[name])


VIEWS = """e[1]; e[:, -1]; e[..., 0]; e[:, 1:4:2]; e[None, :, 2]; e.view(3, 2, 2, 2); e.reshape(3, 4, 2, 1); e.transpose(0, 1); e.mT; e.t() if e.dim() < 3 else e[0].t()
e.permute(-1, 0, 1); e.movedim(0, 1); e.unsqueeze(1); e.squeeze(); e.expand(2, 3, 4, 2); e.narrow(1, 1, 2); e.select(1, 3); e.unbind(1)[2]; e.split(2, 1)[1]
e.diagonal(0, 0, 1); e.unfold(1, 2, 1); e[[0, 2]]; e[1, [0, 1]]; e[:, :2][torch.ones(3, 2, 2) > 0]; e.flatten(1); e[1][2]; e.unflatten(1, (2, 2))[:, 1]"""


@pytest.mark.parametrize("view", named(re.split(r"; |\n", VIEWS)))
def test_gradients_pass_through_an_expanded_tensor_that_is_seen_through_a_view(view: str) -> None:
    """`autograd.grad` by it, `retain_grad` and hooks on it find which of the elements that share memory was meant."""
    assert_same(f"""
x = R(3, 1, 2).requires_grad_()
e = (x * 2).expand(3, 4, 2)
v = {view}
loss = (v * R(*v.shape, seed=2)).sum()
print(torch.autograd.grad(loss, [e, x], retain_graph=True))
e.retain_grad()
e.register_hook(lambda g: print(g.sum()))
v = {view}
(v * R(*v.shape, seed=2)).sum().backward()
print(e.grad, x.grad)
""")
