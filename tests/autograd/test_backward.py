"""backward and grad: what they give, what they refuse, what they leave in ``grad``; programs beside PyTorch."""

from __future__ import annotations

import pytest

import cltorch

from .common import same

PROGRAMS = {
    "accumulates": "z = (x * y).sum(); z.backward(); (x * y).sum().backward(); show(x.grad, y.grad)",
    "scalars only": "attempt(lambda: (x * y).backward(), lambda: x.backward(), lambda: T([[1.0, 2.0]]).exp().backward())",
    "gradient's shape": """
one = torch.ones(2, dtype=torch.float64)
attempt(lambda: (x * y).backward(one), lambda: (x * y).backward(torch.ones(3)), lambda: (x * y).backward(torch.ones(1, 2)))
attempt(lambda: (x * y).backward(torch.ones(2)), lambda: (x * y).backward(torch.tensor([1, 2])))
show(x.grad)""",
    "gradient's class": "attempt(lambda: (x * y).backward(1.0), lambda: (x * y).backward([1.0, 2.0]), lambda: x.sum().backward('a'))",
    "needs a graph": "attempt(lambda: x.detach().sum().backward(), lambda: torch.autograd.backward([x.sum(), y.detach().sum()]))",
    "inputs": """
w = x * y
attempt(lambda: w.sum().backward(inputs=[x], retain_graph=True), lambda: w.sum().backward(inputs=y, retain_graph=True))
show(x.grad, y.grad)
attempt(lambda: w.sum().backward(inputs=[]), lambda: w.sum().backward(inputs=[x.detach()]))
attempt(lambda: w.sum().backward(inputs=[w])); show(w.grad, x.grad)
attempt(lambda: x.sum().backward(inputs=[y])); show(y.grad)""",
    "graph is freed": """
z = (x * y).sum(); z.backward(); attempt(lambda: z.backward()); show(x.grad)
z = x.exp(); s = z.sum(); s.backward(); attempt(lambda: z.sum().backward())
z = (x * 2).sum(); z.backward(); attempt(lambda: z.backward())""",
    "nothing to free": "z = (x + 2).view(2, 1)[0].sum(); z.backward(); attempt(lambda: z.backward()); show(x.grad)",
    "retain_graph": "z = (x ** 3).sum(); z.backward(retain_graph=True); z.backward(); show(x.grad); attempt(lambda: z.backward())",
    "create_graph": """
(x ** 3).sum().backward(create_graph=True); g = x.grad; show(g.detach(), g.requires_grad)
x.grad = None; g.sum().backward(); show(x.grad)""",
    "create_graph keeps": """
z = (x ** 3).sum(); z.backward(create_graph=True); attempt(lambda: z.backward(create_graph=True)); show(x.grad.detach())
z = (x ** 3).sum(); z.backward(create_graph=True, retain_graph=False); attempt(lambda: z.backward())""",
    "grad": """
G = torch.autograd.grad
show(G((x * y).sum(), x), G((x * y).sum(), [x, y]), G([x.sum(), (y * x).sum()], (x, y)), x.grad)
show(G(x * y, x, torch.ones(2)), G([x * y, x.sum()], x, [torch.ones(2), None]))
show(G(x, x, torch.ones(2)), G((x * y).sum(), [x, x]))""",
    "grad of results": """
G = torch.autograd.grad; z = x * y
show(G(z.sum(), z), G(z, z, torch.ones(2)), G(z.sum(), [z, z]), G(z.sum(), [z, x]), x.grad)
v = (x * 1).view(2, 1); w = v.t(); show(G(w.sum(), v))""",
    "grad refuses": """
G = torch.autograd.grad
attempt(lambda: G(x * y, x), lambda: G(x.sum(), []), lambda: G(x.sum(), y), lambda: G(x.sum(), [x, y], allow_unused=False))
attempt(lambda: G(x.sum(), x.detach()), lambda: G(x.detach(), x), lambda: G(x[0], 'a'), lambda: G(x.sum(), [1]))
attempt(lambda: G([x * y, x.sum()], x, [torch.ones(2)]), lambda: G(x * y, x, torch.ones(3)), lambda: G(x.sum(), x, torch.ones(2)))
attempt(lambda: G(torch.tensor([1, 2]), x))""",
    "unused inputs": """
G = torch.autograd.grad
attempt(lambda: G(x.sum(), y, allow_unused=True), lambda: G(x.sum(), [x, y], materialize_grads=True))
attempt(lambda: G(x.sum(), [x, y], materialize_grads=True, allow_unused=True))
attempt(lambda: G(x.sum(), [x, y], materialize_grads=True, allow_unused=False))""",
    "grad retains": """
z = (x ** 2).sum(); show(torch.autograd.grad(z, x, retain_graph=True), torch.autograd.grad(z, x))
attempt(lambda: torch.autograd.grad(z, x))""",
    "batched": """
eye = torch.eye(2, dtype=torch.float64)
show(torch.autograd.grad(x * y, (x, y), eye, is_grads_batched=True))
show(torch.autograd.grad(x * y, (x, T(1.0)), eye, is_grads_batched=True, allow_unused=True))""",
    "three derivatives": """
g, = torch.autograd.grad((x ** 4).sum(), x, create_graph=True)
h, = torch.autograd.grad(g.sum(), x, create_graph=True)
k, = torch.autograd.grad(h.sum(), x)
print(g.tolist(), h.tolist(), k.tolist(), h.requires_grad, k.requires_grad)""",
    "mixed derivatives": """
f = (x.sin() * y.exp() / (x + y)).sum()
gx, gy = torch.autograd.grad(f, (x, y), create_graph=True)
print(torch.autograd.grad((gx * gy).sum(), (x, y)))""",
    "gradient penalty": """
w = T([[1.0, 2.0], [3.0, 4.0]]); out = torch.tanh(x @ w).sum()
g, = torch.autograd.grad(out, x, create_graph=True)
((g.norm() - 1) ** 2).backward(); show(w.grad, x.grad)""",
    "several roots": """
B = torch.autograd.backward
B([x.sum(), (x * y).sum()]); show(x.grad, y.grad)
B(x * y, torch.ones(2)); B([x * y, x.sum()], [torch.ones(2), None]); show(x.grad)
attempt(lambda: B([x * y]), lambda: B([]), lambda: B(x.sum(), inputs=[]), lambda: B([x.sum()], [torch.ones(2)]))
attempt(lambda: B([x.sum(), y.sum()], [torch.ones(())]))""",
    "leaves": """
z = x * 2
attempt(lambda: z.requires_grad_(False), lambda: z.requires_grad_(True).shape, lambda: setattr(z, "requires_grad", False))
attempt(lambda: setattr(z, "requires_grad", True), lambda: x.requires_grad_("a"), lambda: torch.tensor([1]).requires_grad_())
show(x.is_leaf, z.is_leaf, x.detach().is_leaf, (x.detach() * 2).is_leaf, z.grad, x.view_as(x).is_leaf)
x.requires_grad = False; show(x, (x * 2).requires_grad)""",
    "leaves in place": """
attempt(lambda: x.add_(1), lambda: x[0].add_(1), lambda: x.__setitem__(0, 1.0), lambda: x.zero_(), lambda: x.view(-1).mul_(2))
with torch.no_grad():
    x.add_(1)
    x[0] = 5.0
show(x, x._version); x.data.add_(1); show(x)
attempt(lambda: x.numpy(), lambda: (x * 2).numpy(), lambda: x.detach().numpy(), lambda: x.tolist())""",
    "detach": """
z = x * 2; d = z.detach(); show(d, d.is_leaf, d.grad_fn); d.add_(1); show(z)
r = z.detach_(); show(r is z, z.requires_grad, z.is_leaf)
z = x * 2; v = z[0]; attempt(lambda: v.detach_(), lambda: x[0].detach_()); z.detach_(); show(v.requires_grad, z.requires_grad)
show(T(1.0).detach_().requires_grad, x.detach().requires_grad_().requires_grad)""",
    "detached and changed": "z = x * 2; w = z * z; z.detach().add_(1); attempt(lambda: w.sum().backward()); show(x.grad)",
    "grad is set": """
attempt(lambda: setattr(x, 'grad', 1), lambda: setattr(x, 'grad', torch.ones(3).double()), lambda: setattr(x, 'grad', x))
x.grad = torch.ones(2, dtype=torch.float64); x.sum().backward(); show(x.grad); g = x.grad; x.sum().backward(); show(g is x.grad, g)
x.grad.zero_(); show(x.grad); del x.grad; show(x.grad); x.sum().backward(); x.grad = None; show(x.grad)""",
    "retain_grad": """
z = x * 2; z.retain_grad(); show(z.retains_grad, x.retains_grad)
s = (z * z).sum(); s.backward(retain_graph=True); show(z.grad); s.backward(); show(z.grad, x.grad)
attempt(lambda: x.retain_grad(), lambda: x.detach().retain_grad()); show(x.retains_grad)""",
    "retain_grad of views": """
z = x * 2; z.retain_grad(); v = z.view(-1); v.retain_grad(); w = v[:1]; w.retain_grad(); (w * w).sum().backward()
show(z.grad, v.grad, w.grad)""",
    "retain_grad and in-place": """
z = x * 2; z.retain_grad(); z.mul_(3); show(z.retains_grad); (z * z).sum().backward(); show(z.grad)
z = x * 2; z.retain_grad(); v = z[0]; v.mul_(3); (z * z).sum().backward(); show(z.grad)
z = x * 2; v = z[0]; v.retain_grad(); z.mul_(3); (v * v).backward(); show(v.grad)""",
    "dtypes": """
a = torch.ones(3, requires_grad=True); b = torch.ones(3, dtype=torch.float64, requires_grad=True)
c = torch.ones(3, dtype=torch.float16, requires_grad=True); d = torch.ones(3, dtype=torch.bfloat16, requires_grad=True)
s = (a * b * c * d).sum(); print(s.dtype); s.backward(); show(a.grad, b.grad, c.grad, d.grad)
a.grad = None; a.double().sum().backward(); a.sum(dtype=torch.float64).backward(); show(a.grad)
(a * torch.tensor([1, 2, 3])).sum().backward(); show(a.grad)
n = torch.ones((), dtype=torch.float64, requires_grad=True); a.grad = None; (n * a).sum().backward(); show(n.grad, a.grad)
show(a.long().requires_grad, (a > 0).requires_grad, a.argmax().requires_grad, a.long().float().requires_grad)""",
    "broadcast": "a = T([[1.0], [2.0]]); b = T([1.0, 2.0, 3.0]); s = a * b; (s * s).sum().backward(); show(a.grad, b.grad)",
    "expanded": """
a = T([1.0, 2.0, 3.0, 4.0]); e = a.expand(3, 4); (e * e).sum().backward(); show(a.grad); a.grad = None
e = a.view(2, 2).t().expand(3, 2, 2).select(1, 0); (e * e).sum().backward(); show(a.grad)
a.grad = None; e = a.expand(3, 4); (e[1] * 2).sum().backward(); show(a.grad)""",
    "overlapping": """
a = T([1.0, 2.0, 3.0, 4.0]); u = a.unfold(0, 2, 1); (u * u).sum().backward(); show(a.grad); a.grad = None
w = T([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]); (a.as_strided((3, 2), (1, 1)) * w).sum().backward(); show(a.grad); a.grad = None
e = a.as_strided((2, 2), (0, 1)); (e * e).sum().backward(); show(a.grad)""",
    "several outputs": """
a = T([[3.0, 1.0, 2.0], [5.0, 9.0, 4.0]])
for f in (
    lambda t: sum((piece.exp() * k).sum() for k, piece in enumerate(t.unbind(1))),
    lambda t: sum((piece * piece).sum() * k for k, piece in enumerate(t.split(2, 1))),
    lambda t: t.sort(1)[0].select(1, 0), lambda t: t.topk(2, 1)[0], lambda t: t.max(1)[0], lambda t: t.min(0).values,
    lambda t: torch.var_mean(t, 1)[0] * torch.var_mean(t, 1)[1], lambda t: t.sort(0, descending=True).values[0],
):
    a.grad = None; f(a).sum().backward(); show(a.grad)""",
}

EMPTY = [
    "(a * b).sum()",
    "a.sum(0).sum()",
    "(a.t() @ a).sum()",
    "(a @ torch.ones(3, 2, dtype=torch.float64)).sum()",
    "torch.cat([a, torch.ones(2, 3, dtype=torch.float64)]).sum()",
    "a.exp().mean()",
    "a.prod()",
    "a[:, :2].sum()",
    "a.reshape(3, 0).sum()",
    "b[3:].sum()",
    "b[torch.tensor([], dtype=torch.int64)].sum()",
    "b.expand(0, 3).sum()",
    "a",
]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(PROGRAMS[name])


def test_a_gradient_of_another_dtype_is_refused() -> None:
    x = cltorch.ones(2, dtype=cltorch.float64)
    with pytest.raises(RuntimeError, match=r"with dtype .* to a tensor"):
        x.grad = cltorch.ones(2)
    assert x.grad is None


def test_grad_of_a_result_warns() -> None:
    x = cltorch.ones(2, requires_grad=True)
    y = x * 2
    with pytest.warns(UserWarning, match="not a leaf Tensor is being accessed"):
        assert y.grad is None
    y.retain_grad()
    assert y.grad is None
    assert x.grad is None


@pytest.mark.parametrize("expression", EMPTY)
def test_zero_size(expression: str) -> None:
    same(
        f"""
a, b = torch.zeros(0, 3, dtype=torch.float64, requires_grad=True), T(1.0, 2.0, 3.0)
attempt(lambda: ({expression}).backward())
show(a.grad, b.grad)"""
    )
