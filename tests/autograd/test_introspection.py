"""What programs see of the graph: what a tensor is a view of, nodes' classes, what they lead to and keep, and results without a derivative."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same
from .test_names import HEAD

CALLS = """
x.view(2, 12); x[0]; x[:1]; x.t() if x.dim() < 3 else x.mT; x.unbind()[0]; x.split(1)[1]; x.expand(2, 2, 3, 4); x.squeeze(); x.detach(); x.detach()[0]; x.data[0]; x.clone(); x + 1
x.contiguous(); x.mT.contiguous(); x.reshape(6, 4); x.mT.reshape(6, 4); x.real; c.real; c.imag; torch.view_as_real(c); x.to('cpu'); x.as_strided((2,), (1,)); x.diagonal()
x.long()[0]; x.unfold(0, 1, 1); x.narrow(0, 0, 1); x.view_as(x); x.requires_grad_(); nn.Parameter(m.detach()); x[0][0]; x[[0]]; x[None]; x[...]
"""
LEADS = """
m * 2; m * m; 2 * m; m + 1; 1 - m; m - 1; m * 2 + m; m ** 2; 2 ** m; m.clamp(0, 1); m.exp(); m @ m.T; torch.where(m > 0, m, m * 2); m.lerp(m * 2, 0.5); torch.addcmul(m, m, m * 2)
m.softmax(0); m.log_softmax(0); m.index_select(0, torch.tensor([0])); m.gather(0, m.long() * 0); F.embedding(torch.tensor([0]), m); torch.cat([m, m * 2, torch.ones(1, 3)]); torch.stack([m, m * 2])
m.max(0)[0]; m.sum(0); m.var(); m.double(); m.view(6); m[0]; m.cumsum(0); F.linear(m, torch.ones(2, 3), torch.ones(2)); F.mse_loss(m, m * 2); m.topk(1)[0]; torch.linalg.svd(m)[1]
"""
FLAT = """
torch.heaviside(m, m); m // 2; 2 // m; torch.floor_divide(m, m); 2 % m; torch.binomial(m.ceil(), m.clamp(0, 1)); torch.bernoulli(m.clamp(0, 1), p=0.5); torch.histogram(m, 3)[0]; torch.histogram(m, 3)[1]
torch.histogramdd(m, [2, 2, 2])[0]; torch.unique(m); torch.unique(m, dim=0); torch.unique_consecutive(m); torch.geqrf(m)[0]; torch.linalg.ldl_factor(m @ m.T)[0]; torch.special.zeta(m + 1, 2.); torch.special.zeta(2., m)
torch.special.zeta(m + 1, m); torch.bernoulli(m.clamp(0, 1)); torch.poisson(m); torch.normal(m, 1.); torch.normal(0., m); torch.normal(m, m); torch.xlogy(m, 2.); torch.special.xlog1py(m, 2)
"""
WALKED = """
nn.Linear(3, 4)(m); nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 2))(m); F.cross_entropy(m * 2, torch.tensor([0, 1])); F.nll_loss(m.log_softmax(1), torch.tensor([0, 1]))
m.sigmoid().mean(); m.mean(0).sum(); F.l1_loss(m.exp(), m.detach()); F.mse_loss(m.exp(), m.detach()); F.binary_cross_entropy(m.sigmoid(), torch.ones(2, 3)); F.smooth_l1_loss(m * 2, torch.ones(2, 3))
F.kl_div(m.log_softmax(1), torch.ones(2, 3)); F.gelu(m * 2).std(); F.linear(m[None], m.sigmoid()); F.poisson_nll_loss(m * 2, torch.ones(2, 3))
"""
PROGRAMS = [
    """
# a view that was made under no_grad
with torch.no_grad():
    u = m[0]
    print(u, u.requires_grad, u.is_leaf, u.grad_fn, u.numpy().shape)
print((u * 2).grad_fn.next_functions, u.view(3, 1), u.detach())
for change in (lambda: u.add_(1), lambda: u.view(3).mul_(2), lambda: u.numpy(), lambda: u.sum().backward()):
    try:
        print(change(), u.grad, m.grad)
    except RuntimeError as error:
        print(error)
with torch.no_grad():
    u.add_(1)
try:
    print(u * 2)
except RuntimeError as error:
    print(error)
y = torch.ones(2, 3)
with torch.no_grad():
    w = y[0]
w.add_(1); print(y, w.requires_grad); w.mul_(m[0])
""",
    """
# views after a write under no_grad
v, s, first = m[0], m[:, 1:], m.unbind()[0]
with torch.no_grad():
    m.mul_(2)
print(name(v), name(s), name(m[0]), name(v[:1]), v[:1].grad_fn.next_functions)
v.sum().backward(); print(m.grad)
first * 2
""",
    """
# names of classes, and what is said of a write
y = m * 1; y[0].mul_(2); print(type(y.grad_fn).__name__, y.grad_fn.name(), y.grad_fn.next_functions, y.grad_fn)
print([type(t.grad_fn).__name__ for t in (m * 2, m.exp(), m[0], m.sum(), F.relu(m), m.unbind()[1])], type(m.sum().grad_fn.next_functions[0][0]).__name__)
y = m * 1; v = y[0]; y.mul_(2); print(y.grad_fn.next_functions, v.grad_fn.next_functions); v.mul_(3); print(y.grad_fn.next_functions)
y = m * 1; y.t_(); y.t_(); print(y.detach_().requires_grad)
m[0].detach_()
""",
    """
# saved tensors
y = m.exp(); print(y.grad_fn._saved_result is not None, torch.equal(y.grad_fn._saved_result, y))
y = m * (m + 1); print(y.grad_fn._saved_self, y.grad_fn._saved_other)
y = m.pow(2); print(y.grad_fn._saved_self.shape); y.sum().backward()
for wanted in ("_saved_self", "_saved_nothing"):
    try:
        getattr(y.grad_fn, wanted)
    except (RuntimeError, AttributeError) as error:
        print(type(error).__name__, str(error)[:60])
""",
]


def told(calls: str, what: str) -> str:
    """A program that prints of each call's result what is asked for."""
    found = [call.strip() for line in calls.strip().splitlines() for call in line.split("; ")]
    return "".join(f"r = {call}; print({call!r}, {what})\n" for call in found)


BACKWARD = """
def outcome(r):
    m.grad = None
    try:
        r.sum().backward()
    except Exception as error:
        return type(error).__name__, str(error)
    return name(r), m.grad
"""


WALK = """
def walk(node):
    return node and (type(node).__name__, [walk(one) for one, _ in node.next_functions])
"""


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_programs_see_pytorchs_graph(program: str) -> None:
    assert_same(HEAD + program)


@pytest.mark.parametrize(
    "program",
    [
        told(CALLS, "r._is_view(), None if r._base is None else (r._base is x, r._base is c, tuple(r._base.shape))"),
        told(LEADS, "r.grad_fn.next_functions"),
        BACKWARD + told(FLAT, "outcome(r)"),
        WALK + told(WALKED, "walk(r.grad_fn)"),
    ],
    ids=["bases", "leads", "flat", "walks"],
)
def test_results_tell_where_they_come_from(program: str) -> None:
    assert_same(HEAD + program)
