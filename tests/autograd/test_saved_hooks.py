"""Hooks on what is kept for backward: `saved_tensors_hooks` and what is made of it, beside PyTorch."""

from __future__ import annotations

import pytest

import cltorch
from tests.programs import assert_same

START = """
from torch.autograd import graph
a = torch.tensor([1., 2., 3.], requires_grad=True)
b = torch.tensor([4., 5., 6.], requires_grad=True) * 2
def pack(x):
    print("pack", x.tolist(), x.requires_grad, x.is_leaf, x.grad_fn and x.grad_fn.name(), torch.is_grad_enabled())
    return x
def unpack(x):
    print("unpack", torch.is_grad_enabled())
    return x
def attempt(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)
"""

PROGRAMS = {
    "what is packed, and in which order": """
with graph.saved_tensors_hooks(pack, unpack):
    c = a * b
    d = c.exp()
    d * 2.0
    d * torch.tensor(2.0)
    d.detach() * a
    d + b
    d * d
    c.log()
    c ** 3
    torch.where(c > 9, c, b)
    with torch.no_grad():
        a * b
d.sum().backward()
print(a.grad)
""",
    "a function": """
class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        z = x.exp() * y
        ctx.save_for_backward(x, z, None, y)
        return z
    @staticmethod
    def backward(ctx, g):
        x, z, none, y = ctx.saved_tensors
        print(none, z.grad_fn is not None)
        return g * z, g * x.exp()
with graph.saved_tensors_hooks(pack, unpack):
    c = Exp.apply(a, b)
c.sum().backward()
print(a.grad)
""",
    "errors": """
with graph.saved_tensors_hooks(lambda x: 1, lambda x: 2):
    c = a * a
attempt(lambda: c.sum().backward())
with graph.saved_tensors_hooks(lambda x: x, lambda x: torch.ones(2)):
    c = a * a
attempt(lambda: c.sum().backward())
with graph.saved_tensors_hooks(lambda x: x.mul_(2), lambda x: x):
    attempt(lambda: b * b)
def wrong(x):
    raise ValueError("no")
with graph.saved_tensors_hooks(wrong, lambda x: x):
    attempt(lambda: b * b)
with graph.saved_tensors_hooks(lambda x: x, wrong):
    c = a * a
attempt(lambda: c.sum().backward())
c = a * a  # nothing is left of the hooks
c.sum().backward()
print(a.grad)
""",
    "the innermost hooks count": """
with graph.saved_tensors_hooks(lambda x: print("outer") or x, lambda x: print("out") or x):
    with graph.saved_tensors_hooks(lambda x: print("inner") or x, lambda x: print("in") or x):
        c = a * a
    d = c.exp()
d.sum().backward()
print(a.grad)
""",
    "values are what unpack gives": """
with graph.saved_tensors_hooks(lambda x: x * 2, lambda x: x + 1):
    c = a * a
    d = c.exp()
print(torch.autograd.grad(c.sum(), a), torch.autograd.grad(d.log().sum(), c))
""",
    "changes in place": """
with graph.saved_tensors_hooks(lambda x: x.clone(), lambda x: x):
    c = b * b
    d = c * c
    c.add_(1)
    e = c.exp_()
print(torch.autograd.grad(d.sum(), b))
with graph.saved_tensors_hooks(lambda x: x, lambda x: x):
    c = a * 2
    d = c * c
    c.mul_(10)
print(torch.autograd.grad(d.sum(), a))
""",
    "create_graph": """
with graph.saved_tensors_hooks(lambda x: x.clone(), lambda x: x):
    c, d = a ** 3, (a * 2).exp()
    e = torch.nn.functional.layer_norm(b * a, (3,))
    f = torch.nn.functional.cross_entropy((a * 1)[None], torch.tensor([1]))
for out in (c, d, e, f):
    g, = torch.autograd.grad((out * out).sum(), a, create_graph=True)
    print(g, torch.autograd.grad((g * g).sum(), a)[0])
""",
    "compositions": """
with graph.saved_tensors_hooks(lambda x: x.tolist(), lambda x: torch.tensor(x)):
    h = torch.nn.functional.layer_norm(a * b, (3,), a)
    c = torch.nn.functional.cross_entropy(h[None], torch.tensor([1])) + h.softmax(0).std()
    d = torch.nn.functional.max_pool1d(h[None], 2).sum() + h.index_select(0, torch.tensor([0, 2])).prod()
(c + d).backward()
print(a.grad)
attempt(lambda: (c + d).backward())
""",
    "a second pass": """
with graph.saved_tensors_hooks(lambda x: x.clone(), lambda x: x):
    c = (a * 2).exp()
c.sum().backward(retain_graph=True)
c.sum().backward()
attempt(lambda: c.sum().backward())
attempt(lambda: c.grad_fn._saved_result)
print(a.grad)
""",
    "disabled": """
with graph.disable_saved_tensors_hooks("not here"):
    attempt(lambda: graph.saved_tensors_hooks(pack, unpack).__enter__())
    with graph.disable_saved_tensors_hooks("nor here"):
        attempt(lambda: graph.saved_tensors_hooks(pack, unpack).__enter__())
    attempt(lambda: graph.saved_tensors_hooks(pack, unpack).__enter__())
with graph.saved_tensors_hooks(pack, unpack):
    attempt(lambda: graph.disable_saved_tensors_hooks("not inside").__enter__())
    attempt(lambda: torch.func.grad(lambda x: (x * x).sum())(torch.ones(2)))
    attempt(lambda: torch.func.vjp(lambda x: x * x, torch.ones(2)))
    attempt(lambda: torch.func.jvp(lambda x: x * x, (torch.ones(2),), (torch.ones(2),)))
a * a
""",
    "checkpoint": """
from torch.utils.checkpoint import checkpoint
with graph.saved_tensors_hooks(pack, unpack):
    c = checkpoint(lambda x: x.exp().sin(), a, use_reentrant=False)
    print("forward")
    c.sum().backward()
print(a.grad)
""",
    "hooks of one tensor": """
c = a.exp() * b
c.grad_fn._raw_saved_other.register_hooks(lambda x: x * 2, lambda x: x)
attempt(lambda: c.grad_fn._raw_saved_other.register_hooks(pack, unpack))
print(c.grad_fn._saved_other)
raw = c.grad_fn._raw_saved_self
c.sum().backward()
attempt(lambda: raw.register_hooks(pack, unpack))
print(a.grad)
""",
    "on the CPU": """
net = fill(nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.LayerNorm(4), nn.Linear(4, 2)))
with graph.save_on_cpu() as nothing:
    x = R(5, 3)
    y = x * a
    loss = net(y).square().sum()
loss.backward()
print(nothing, a.grad, net[0].weight.grad)
""",
    "mutation is allowed": """
with graph.allow_mutation_on_saved_tensors():
    c = a.clone()
    d = (c ** 2).sum()
    c.sin_()
    e = (c * c).sum()
    c.zero_()
    (d + e).backward()
    print(a.grad, c)
    f = a * a
    attempt(lambda: graph.allow_mutation_on_saved_tensors().__enter__())
try:
    f.sum().backward()
except AssertionError as error:
    print(error)
""",
    "hooks on several gradients": """
c, d = a * b, a * 3
def show(grads):
    print([None if g is None else g.tolist() for g in grads])
handle = graph.register_multi_grad_hook((a, b, c, d), show)
c.sum().backward(retain_graph=True)
(c * d).sum().backward(retain_graph=True)
c.sum().backward(inputs=(a,), retain_graph=True)
handle.remove()
c.sum().backward(retain_graph=True)
graph.register_multi_grad_hook((c, d), lambda g: print("first", g.tolist()), mode="any")
(c * d).sum().backward()
attempt(lambda: graph.register_multi_grad_hook((a,), show, mode="some"))
try:
    graph.register_multi_grad_hook((a, torch.ones(2)), show)
except AssertionError as error:
    print(error)
""",
    "versions": """
graph.increment_version([a, b])
graph.increment_version(a)
print(a._version, b._version)
attempt(lambda: graph.increment_version(3))
attempt(lambda: graph.increment_version([3]))
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_beside(name):
    assert_same(START + PROGRAMS[name])


def test_hooks_are_functions():
    with pytest.raises(TypeError, match="callable"), cltorch.autograd.graph.saved_tensors_hooks(1, 2):
        pass


def test_recordings_and_hooks_stand_apart():
    """Gradients that were recorded without hooks are not used with them, nor the other way."""
    x = cltorch.tensor([1.0, 2.0], requires_grad=True)
    found = []
    for turn in range(4):
        if turn % 2:
            with cltorch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t * 10):
                y = x * x.exp()
        else:
            y = x * x.exp()
        found.append(cltorch.autograd.grad(y.sum(), x)[0].tolist())
    assert found[0] == found[2]
    assert found[1] == found[3]
    assert found[1] != found[0]
