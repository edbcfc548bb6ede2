"""Edges of autograd beside PyTorch: what few programs do, and none may do wrong."""

from __future__ import annotations

import pytest

from tests.programs import assert_same

START = """
import torch.autograd.forward_ad as fwAD
from torch.autograd import Function
def attempt(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)
a = torch.tensor([1., 2., 3.], requires_grad=True)
"""

PROGRAMS = {
    "leaves that require gradients no more": """
for stop in (lambda x: x.detach_(), lambda x: x.requires_grad_(False), lambda x: setattr(x, "requires_grad", False)):
    for _ in range(4):
        x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
        z = x * w + x
        stop(x)
        z.sum().backward()
        print(x.grad, w.grad, x.requires_grad)
x = torch.ones(2, requires_grad=True)
z = (x * 2).sum()
x.requires_grad_(False).requires_grad_()
z.backward()
print(x.grad)
m = torch.nn.Linear(2, 2)
y = m(torch.ones(1, 2))
m.requires_grad_(False)
y.sum().backward()
print(m.weight.grad, m.bias.grad)
""",
    "sparse tensors that a function keeps": """
class Times(Function):
    @staticmethod
    def forward(ctx, s, d):
        ctx.save_for_backward(s, d)
        return s @ d
    @staticmethod
    def backward(ctx, g):
        s, d = ctx.saved_tensors
        return None, s.t() @ g
s = torch.tensor([[0.0, 2.0], [3.0, 0.0]]).to_sparse()
d = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
out = Times.apply(s, d)
out.sum().backward(retain_graph=True)
print(out, d.grad)
out.sum().backward()
print(d.grad)
attempt(lambda: out.sum().backward())
F = torch.nn.functional
print(F.embedding_bag(d, torch.tensor([0, 1, 1]), torch.tensor([0, 1])))
""",
    "sparse gradients to begin with": """
given = torch.sparse_coo_tensor(torch.tensor([[1, 2]]), torch.tensor([1.0, 3.0]), (3,))
x = torch.ones(3, requires_grad=True)
x.backward(given)
first = x.grad
x.backward(given)
print(x.grad is first, x.grad.to_dense(), given.to_dense())
x.grad = torch.ones(3)
x.backward(given)
print(x.grad)
attempt(lambda: x.backward(torch.ones(2).to_sparse()))
""",
    "views that were made before their base required gradients": """
x = torch.ones(3)
v, w = x[1:], x[:2]
x.requires_grad_()
print(v.requires_grad, (v * w).requires_grad)
attempt(lambda: v.add_(1))
print(x)
u = v[:1]
(v * 2 + w * u).sum().backward()
print(x.grad, v.grad, v.is_leaf, u.is_leaf, u.grad_fn is None)
attempt(lambda: torch.autograd.grad((v * 2).sum(), v))
v.requires_grad_()
(v * 2 + w * u + x[0]).sum().backward()
print(x.grad, v.grad, w.grad)
with torch.no_grad():
    x.mul_(2)
print(w.is_leaf, torch.autograd.grad((w * w).sum(), x))
y = torch.ones(3)
w = y[:2]
y.requires_grad_().requires_grad_(False)
print(w.requires_grad, w.add_(1), y)
with torch.no_grad():
    u = a[1:]
(u.requires_grad_() * 2).sum().backward()
print(u.grad, a.grad)
""",
    "gradients of another dtype, shape or class are refused": """
for g in (torch.ones(3).double(), torch.ones(3).long(), torch.ones(3).bfloat16(), torch.ones(3).bool(), torch.ones(2), 3, a):
    attempt(lambda: setattr(a, "grad", g))
""",
    "grad_dtype": """
print(a.grad_dtype)
a.grad_dtype = torch.float64
(a * a).sum().backward()
(a * a).sum().backward()
print(a.grad, a.grad_dtype)
attempt(lambda: setattr(a, "grad_dtype", torch.float16))
a.grad = None
a.grad_dtype = None
a.grad = torch.ones(3).long()
print(a.grad)
attempt(lambda: (a * 1).grad_dtype)
attempt(lambda: setattr(a, "grad_dtype", 3))
""",
    "integers cannot require gradients": """
attempt(lambda: torch.ones(2, dtype=torch.int64, requires_grad=True))
attempt(lambda: torch.tensor([1], requires_grad=True))
attempt(lambda: torch.tensor([1]).requires_grad_())
""",
    "views made under no_grad are printed after a write": """
with torch.no_grad():
    v = a[1:]
    v.add_(1)
print(v)
attempt(lambda: v * 1)
""",
    "anomaly mode keeps the traceback": """
with torch.autograd.set_detect_anomaly(True):
    c = a * 2
print(list(c.grad_fn.metadata), (a * 2).grad_fn.metadata)
with torch.autograd.set_multithreading_enabled(False):
    print(torch.autograd.is_multithreading_enabled())
print(torch.autograd.is_multithreading_enabled())
""",
    "a function of slices": """
class Twice(Function):
    @staticmethod
    def forward(x, y):
        return x * 2 + y, x.sum()
    @staticmethod
    def setup_context(ctx, inputs, output):
        pass
    @staticmethod
    def backward(ctx, g, h):
        return g * 2 + h, g
    @staticmethod
    def vmap(info, in_dims, x, y):
        print(info.batch_size, info.randomness, in_dims)
        return (x * 20 + (0 if y is None else y), x.sum(1)), (0, 0)
x = torch.tensor([[1., 2.], [3., 4.], [5., 6.]], requires_grad=True)
r, s = torch.func.vmap(Twice.apply, (0, None))(x, torch.ones(2))
print(r.tolist(), s.tolist())
(r.sum() + s.prod()).backward()
print(x.grad)
print(torch.func.vmap(lambda y: Twice.apply(torch.ones(2), torch.ones(2))[0] * y)(torch.arange(3.)))
""",
    "the next functions of a function": """
class Scaled(Function):
    @staticmethod
    def forward(ctx, x, k, y):
        return x * k + y
    @staticmethod
    def backward(ctx, g):
        return g, None, g
r = Scaled.apply(a, 3, a.exp())
print([node.name() for node, _ in r.grad_fn.next_functions])
""",
    "dual numbers refuse": """
with fwAD.dual_level():
    attempt(lambda: fwAD.make_dual(torch.ones(2), torch.ones(3)))
    x = fwAD.make_dual(torch.ones(2), torch.ones(2))
    attempt(lambda: fwAD.make_dual(x, torch.ones(2)))
    attempt(lambda: fwAD.make_dual(torch.ones(2).long(), torch.ones(2)))
""",
    "dual numbers show their tangents and seem to be leaves": """
z = torch.tensor([1.0, 2.0], requires_grad=True)
with fwAD.dual_level():
    d, e = fwAD.make_dual(torch.ones(2), torch.tensor([3.0, 4.0])), fwAD.make_dual(z, torch.ones(2))
    y = (d * 2).sin()
    for t in (d, y, e, e * d, y.view(2, 1), y.clone(), y.detach(), torch.zeros(2).copy_(y), y[:1] + 1, torch.ones(2).mul_(y)):
        print(t, t.requires_grad, t.is_leaf, t.grad_fn is None)
    attempt(lambda: y.sum().backward())
    attempt(lambda: fwAD.dual_level().__enter__())
    print(fwAD.unpack_dual(y), y.numpy(), e.sin().sum().requires_grad)
    (e * e).sum().backward()
print(y, y.requires_grad, y.is_leaf, (y + 1).requires_grad, fwAD.unpack_dual(y).tangent, z.grad)
y.requires_grad_()
(y * y).sum().backward()
print(y.grad, d.grad, d.requires_grad)
""",
    "gradients of complex numbers are complex": """
c = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
attempt(lambda: (c * c).backward(torch.ones(2)))
attempt(lambda: torch.autograd.grad((a * a), a, torch.ones(3, dtype=torch.complex64)))
attempt(lambda: torch.autograd.grad((c * c), c, torch.ones(2, dtype=torch.complex128)))
""",
    "the gradient of hardsigmoid has none": """
x = torch.tensor([-4.0, 0.5, 5.0], requires_grad=True)
for _ in range(3):
    g, = torch.autograd.grad(F.hardsigmoid(x).sum(), x, create_graph=True)
    print(g, g.requires_grad)
    try: g.sum().backward()
    except RuntimeError as error: print(error)
F.hardsigmoid(x).sum().backward()
print(x.grad)
""",
    "a penalty on a critic's gradient gives zeros to a bias before a kink": """
for act in (F.leaky_relu, F.relu, F.hardtanh, F.softshrink):
    w, b, v, x = (torch.full(s, 0.5, requires_grad=True) for s in ((4, 3), (4,), (1, 4), (2, 3)))
    d = F.linear(act(F.linear(x, w, b)), v)
    (g,) = torch.autograd.grad(d.sum(), x, create_graph=True)
    ((g.norm(dim=1) - 1) ** 2).mean().backward()
    print(b.grad, x.grad, w.grad, v.grad)
    h = act(b)
    (g,) = torch.autograd.grad((h * v).sum(), b, create_graph=True)
    print(torch.autograd.grad(g.sum(), (b, v)))
""",
    "variables are leaves of their own": """
from torch.autograd import Variable
b = a * 2
for v in (Variable(a), Variable(a, requires_grad=True), Variable(b), Variable(b, True)):
    print(v is a, v.requires_grad, v.is_leaf, v.grad_fn, isinstance(v, Variable), v.data_ptr() in (a.data_ptr(), b.data_ptr()))
v = Variable(a, requires_grad=True)
(v * a).sum().backward()
print(a.grad, v.grad, type(Variable(torch.nn.Parameter(a))), Variable().shape)
attempt(lambda: Variable([1.0]), lambda: Variable(torch.tensor([1]), requires_grad=True))
""",
    "leaves are reshaped in place under no_grad": """
c = torch.ones(1, 2, requires_grad=True)
with torch.no_grad():
    c.t_()
c.sum().backward()
print(c.shape, c.is_leaf, c.grad)
attempt(lambda: c.t_())
""",
    "views of what inference mode made": """
with torch.inference_mode():
    c = torch.ones(1, 2, requires_grad=True)
    v = c.view(-1)
    print(c.requires_grad, v.requires_grad, v.is_inference(), c.t_().shape)
print(c.view(-1).requires_grad, c.view(-1).is_leaf)
""",
    "what hooks after accumulation may not return": """
a.register_post_accumulate_grad_hook(lambda t: t.grad)
attempt(lambda: a.sum().backward())
""",
    "rows of gradients of another shape": """
attempt(lambda: torch.autograd.grad(a * 2, a, torch.ones(2), is_grads_batched=True))
""",
    "what inference mode made cannot be kept": """
with torch.inference_mode():
    y = torch.ones(3)
attempt(lambda: y * a)
attempt(lambda: (y + a).tolist())
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_beside(name):
    assert_same(START + PROGRAMS[name])
