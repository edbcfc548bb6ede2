"""Hooks of modules beside PyTorch's."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
m = fill(nn.Linear(2, 2))
x = R(3, 2).requires_grad_()
h = m.register_full_backward_hook(lambda mod, gi, go: print("bw", gi, go))
m(x).sum().backward()
h.remove()
m(x).sum().backward()
""",
    """
m = fill(nn.Linear(2, 2))
x = R(3, 2)
m.register_full_backward_hook(lambda mod, gi, go: print("bw", gi, go))
m(x).sum().backward()
print(m.weight.grad)
""",
    """
class Two(nn.Module):
    def forward(s, a, b, c=1):
        return a * b, a + b * c


m = Two()
a = R(2).requires_grad_()
b = R(2, seed=2).requires_grad_()
m.register_full_backward_hook(lambda mod, gi, go: print("bw", gi, go))
x, y = m(a, b, 3)
(x * 2).sum().backward(retain_graph=True)
(x + 3 * y).sum().backward()
print(a.grad, b.grad)
""",
    """
m = fill(nn.Linear(2, 2))
x = R(3, 2).requires_grad_()
m.register_full_backward_pre_hook(lambda mod, go: (go[0] * 2,))
m.register_full_backward_hook(lambda mod, gi, go: print(gi, go))
m(x).sum().backward()
print(m.weight.grad, x.grad)
""",
    """
m = fill(nn.Linear(2, 2))
x = R(3, 2).requires_grad_()
m.register_full_backward_pre_hook(lambda mod, go: print("pre", go))
m(x).sum().backward()
print(m.weight.grad, x.grad)
""",
    """
m = fill(nn.Linear(2, 2))
x = R(3, 2).requires_grad_()
m.register_full_backward_hook(lambda mod, gi, go: (1, 2))
m(x).sum().backward()
""",
    """
m = nn.Linear(2, 2)
x = R(3, 2)
m.register_full_backward_hook(lambda mod, gi, go: (torch.ones(3, 2),))
m(x).sum().backward()
""",
    """
m = fill(nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)))
for n, l in m.named_modules():
    l.register_full_backward_hook(
        lambda mod, gi, go, n=n: print(
            repr(n), [None if g is None else tuple(g.shape) for g in gi], [tuple(g.shape) for g in go]
        )
    )
for n, l in m.named_modules():
    l.register_forward_hook(lambda mod, i, o, n=n: print("f", repr(n), len(i), tuple(o.shape)))
m(R(3, 2)).mean().backward()
print([p.grad for p in m.parameters()])
""",
    """
m = nn.ReLU()
m.register_forward_pre_hook(lambda mod, a: print("1", a))
m.register_forward_pre_hook(lambda mod, a: print("2", a), prepend=True)
m.register_forward_pre_hook(lambda mod, a, k: (print("kw", a, k), ((a[0] * 2,), {}))[1], with_kwargs=True)
m.register_forward_hook(lambda mod, a, o: print("o", a, o))
m.register_forward_hook(lambda mod, a, k, o: o + 1, with_kwargs=True, prepend=True)
print(m(torch.ones(1)))
""",
    """
m = nn.ReLU()
m.register_forward_pre_hook(lambda mod, a, k: 3, with_kwargs=True)
m(torch.ones(1))
""",
    """
m = nn.ReLU()
m.register_forward_pre_hook(lambda mod, a: a[0] * 5)
print(m(torch.ones(1)))
""",
    """
class Bad(nn.Module):
    def forward(s, x):
        raise ValueError("boom")


m = Bad()
m.register_forward_hook(lambda mod, a, o: print("no"))
m.register_forward_hook(lambda mod, a, o: print("always", o), always_call=True)
m(1)
""",
    """
m = nn.ReLU()
h = m.register_forward_hook(lambda *a: print("x"))
with h:
    m(torch.ones(1))
m(torch.ones(1))
h.remove()
print(len(m._forward_hooks), h.id >= 0)
""",
    """
acts = {}


def get(name):
    def hook(model, input, output):
        acts[name] = output.detach()

    return hook


m = fill(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)))
m[1].register_forward_hook(get("relu"))
m(R(2, 2))
print(acts)
""",
    """
m = fill(nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=False)))
m.register_full_backward_hook(lambda *a: print("b"))
with torch.no_grad():
    print(m(R(1, 2)))
""",
    """
class D(nn.Module):
    def forward(s, x):
        return {"out": x * 2}


m = D()
m.register_full_backward_hook(lambda mod, gi, go: print("hook", gi, go))
x = R(2).requires_grad_()
m(x)["out"].sum().backward()
print(x.grad)
""",
    """
h = nn.modules.module.register_module_full_backward_hook(
    lambda m, gi, go: print("g", type(m).__name__, [None if g is None else tuple(g.shape) for g in gi])
)
m = fill(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
m(R(3, 2).requires_grad_()).sum().backward()
h.remove()
m(R(3, 2)).sum().backward()
""",
    """
class Two(nn.Module):
    def forward(s, x, y):
        return x * 2, y * 3


for second in (torch.ones(3), torch.ones(3, requires_grad=True), torch.arange(3)):
    m = Two()
    m.register_full_backward_hook(lambda mod, gi, go: print("nothing arrived", gi, go))
    m.register_full_backward_pre_hook(lambda mod, go: print("before", go))
    x = R(2).requires_grad_()
    m(x, second)[0].sum().backward()
    print(x.grad, second.grad)
""",
    """
w = nn.Parameter(torch.ones(2))
w.register_hook(lambda g: g * 2)
(w * 3).sum().backward()
print(w.grad)
""",
    """
m = fill(nn.Linear(2, 2))
x = R(3, 2).requires_grad_()
m.register_full_backward_hook(lambda mod, gi, go: print("dd", gi[0].requires_grad))
y = m(x)
(g,) = torch.autograd.grad((y**2).sum(), x, create_graph=True)
g.sum().backward()
print(m.weight.grad)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
