"""Views and in-place changes with gradients: which are refused, and what versions tell; programs beside PyTorch."""

from __future__ import annotations

import pytest

from .common import same

PROGRAMS = {
    "pieces that may be changed": """
for f in (lambda t: t.unsafe_split(1), lambda t: t.unsafe_split_with_sizes((1, 1)), lambda t: t.unsafe_chunk(2)):
    a = T([[1.0, 2.0], [3.0, 4.0]]); b = a + a
    s1, s2 = f(b); s1.mul_(s2); (s1 * b).sum().backward(); show(a.grad, s1, s1._is_view(), s1._version, b._version)""",
    "in inference mode": """
z = x * 1
with torch.inference_mode():
    v, w = z[:1], z.view(2)
    attempt(lambda: v.add_(0))
attempt(lambda: v.add_(1)); z.add_(1); attempt(lambda: w * 1)""",
    "refused while there are dual tensors": """
import torch.autograd.forward_ad as fw
z = x * 1
with torch.inference_mode():
    v = z[:1]; v.add_(0)
with fw.dual_level():
    d = fw.make_dual(y, y); show(v, v.requires_grad); attempt(lambda: v * 1)""",
    "one of several views": """
b = x.view(2, 1) * 1
attempt(lambda: b.unbind(0)[1].mul_(2), lambda: b.split(1)[1].mul_(2), lambda: b.split([1, 1])[1].mul_(2))
attempt(lambda: b.chunk(2)[0].mul_(2), lambda: [row.mul_(2) for row in b], lambda: x.unbind(0)[0].mul_(2))
attempt(lambda: x.detach().clone().unbind(0)[0].mul_(2), lambda: x.detach().clone().split(1)[0].mul_(2)); show(b)""",
    "views made under no_grad": """
b = x * 1
with torch.no_grad():
    u, v = x[0], b[:1]
    w = b[1:]
    w.mul_(2)
attempt(lambda: u.mul_(2), lambda: v.mul_(2), lambda: v.mul_(x[0])); show(b)
with torch.no_grad(): v.mul_(3); u.mul_(3)
show(b, x)""",
    "written through": """
b = x * 1; v = b[:1]; v.mul_(5); show(b); (b * b).sum().backward(); show(x.grad)
x.grad = None; b = x * 1; v = b.view(2, 1); w = v[0]; v.mul_(2); w2 = v[0]; (w * w2).sum().backward(); show(x.grad)""",
    "gradients of aliases": """
b = x * 1; v = b.view(2, 1); w = v[0]; w.mul_(5); show(torch.autograd.grad((v * v).sum(), [x, w], allow_unused=True))
b = x * 1; v = b.view(2, 1); show(torch.autograd.grad(v.t()[0].sum(), [v, b, x]))""",
    "into what needs none": """
n = torch.zeros(3, dtype=torch.float64); v = n[1:]; n[0] = x[0]; show(n.requires_grad, v.requires_grad); n[1:].add_(y)
(n + 1).prod().backward(); show(x.grad, y.grad)""",
    "itself": """
b = x * 1; b.add_(b); b.sum().backward(); show(x.grad); b = x * 1; b[0] = b[1]; x.grad = None; b.sum().backward(); show(x.grad)
b = x * 1; b.mul_(b)
try: b.sum().backward()
except RuntimeError as error: print(str(error)[:90])""",
    "versions": """
b = x * 1; show(b._version); b.add_(1); b[0] = 3; b.view(2, 1).mul_(2); show(b._version, b.detach()._version, b[1:]._version)
c = b * b; b.add_(1); attempt(lambda: c.sum().backward())
c = x.exp(); c.add_(1); attempt(lambda: c.sum().backward()); c = b * 2; b.add_(1); c.sum().backward(); show(x.grad)
w = T(1.0, 2.0); c = w * x
with torch.no_grad(): w.add_(1)
attempt(lambda: c.sum().backward())""",
    "refused operands": """
b = x.view(2, 1) * 1; attempt(lambda: b.expand(2, 3).mul_(2), lambda: b[0:1].add_(torch.ones(2, 3, dtype=torch.float64)))
attempt(lambda: torch.tensor([1, 2]).mul_(x)); c = torch.zeros(2); attempt(lambda: c.copy_(T(1.0, 2.0, 3.0))); show(b, c)""",
    "copies and fills": """
b = x * 1; b.copy_(y); show(b.requires_grad); b.sum().backward(); show(x.grad, y.grad)
b = x * 1; b.fill_(3); show(b.requires_grad); b.sum().backward(); show(x.grad)
b = x * 1; b[0].fill_(y[1]); b.sum().backward(); show(x.grad, y.grad)
b = x * 1; b.zero_(); b.add_(x * 2); b.sum().backward(); show(x.grad)""",
    "operands changed after they were used": """
def rest(f):
    b = w * 1; m = f(b); b.sub_(m.detach().mean()); w.grad = None; attempt(lambda: m.sum().backward()); show(w.grad)
w = torch.tensor([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]], requires_grad=True); classes = torch.tensor([0, 2])
rest(lambda b: b.max(1, keepdim=True)[0]); rest(lambda b: b.min(0)[0]); rest(lambda b: F.cross_entropy(b, classes))
rest(lambda b: b.logsumexp(1)); rest(lambda b: F.layer_norm(b, (3,))); rest(lambda b: b.softmax(1)[:, 0]); rest(lambda b: b.amax(1))
b = w * 1; m = F.cross_entropy(b, classes); classes.add_(-1); attempt(lambda: m.backward())""",
    "geometry changed in place": """
w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
changes = [lambda v: v.t_(), lambda v: v.unsqueeze_(0), lambda v: v.squeeze_(), lambda v: v.transpose_(0, 1), lambda v: v.swapaxes_(0, -1)]
for change in changes:
    attempt(lambda: change(w), lambda: change(w[:1]), lambda: change((w * 1).split(1)[1]))
    v = w[:1]
    with torch.no_grad(): change(v)
    show(v.is_leaf, v.shape); w.grad = None; (v * v).sum().backward(); show(w.grad)
with torch.no_grad(): w.t_()
show(w.is_leaf, w)""",
    "data of another shape": """
w = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True); v = w.view(3); v.data = torch.ones(5); show(v.detach())
try: v.sum().backward()
except RuntimeError as error: print(str(error).split("returned")[1])
show(w.grad); v = w.view(3); v.data = torch.ones(3) * 4; (v * v).sum().backward(); show(w.grad)""",
    "results written where they are read": """
c = torch.ones(1); attempt(lambda: torch.maximum(torch.ones(2, 1), c, out=c), lambda: torch.add(c, torch.ones(2, 2), out=c)); show(c)
with torch.no_grad(): show(torch.add(torch.ones(3), 1, out=x), x.is_leaf)""",
    "results that are no views": """
m = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
show([r._is_view() for r in (m.nonzero(), m.argwhere(), m.argsort(), m.sort()[1], m.nonzero(as_tuple=True)[0], m.topk(1)[0])])
show(m.nonzero().detach_()); m[None] = m; m[None, None] = m; show(m)""",
    "one element turned": """
e = torch.tensor(2.0, requires_grad=True); show(e.mT is e, e.mH is e, e.T.is_leaf, e.T)""",
    "many views of views": """
b = x * 1; v = b
for _ in range(300): v = v.view(2, 1).t().view(-1)
(v * v).sum().backward(); show(x.grad)""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(PROGRAMS[name])
