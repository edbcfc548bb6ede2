"""Every family of kernels counts elements in 64 bits where tensors are large; here that is forced, with masks and odd sizes."""

from __future__ import annotations

import pytest

from .programs import python

PROGRAM = """
import numpy as np
import cltorch as t, cltorch.nn.functional as F
from cltorch.kernels.elements import index_type
assert index_type(1) == "long"
rng = np.random.default_rng(0)
a = rng.standard_normal((7, 13, 19)).astype(np.float32)
x = t.tensor(a)
close = lambda found, right: np.testing.assert_allclose(found.numpy(), right, rtol=1e-4, atol=1e-4)
close(x.transpose(0, 2) + 1, a.transpose(2, 1, 0) + 1)
close(x[:, ::2, 3:].exp().sum((0, 2)), np.exp(a[:, ::2, 3:]).sum((0, 2)))
close(x.sum(1), a.sum(1)), close(x.amax(2), a.max(2)), close(x.softmax(1).sum(1), np.ones((7, 19)))
for dim in (0, 1, 2):
    assert (x.argmax(dim).numpy() == a.argmax(dim)).all()
    close(x.cumsum(dim), a.cumsum(dim)), close(x.sort(dim).values, np.sort(a, dim))
    close(x.flip(dim), np.flip(a, dim)), close(t.cat([x, x], dim), np.concatenate([a, a], dim))
close(x.topk(3, 1).values, -np.sort(-a, 1)[:, :3]), close(x.median(1).values, np.median(a, 1))
mask = a > 0.3
m = t.tensor(mask)
close(x[m], a[mask]), close(x.masked_fill(m, 2), np.where(mask, 2, a)), close(t.where(m, x, -x), np.where(mask, a, -a))
assert (m.nonzero().numpy() == np.argwhere(mask)).all() and m.sum().item() == mask.sum()
rows = np.array([5, 0, 6, 5])
r = t.tensor(rows)
close(x[r], a[rows]), close(x.index_select(0, r), a[rows]), close(x.gather(0, r.view(4, 1, 1).expand(4, 13, 19)), a[rows])
b = a.copy(); np.add.at(b, rows, 1); close(x.clone().index_add_(0, r, t.ones(4, 13, 19)), b)
b = a.copy(); b[rows] = 3; y = x.clone(); y[r] = 3; close(y, b)
b = a.copy(); b[mask] = 4; y = x.clone(); y[m] = 4; close(y, b)
b = a.copy(); b[1:5, ::3] *= 2; y = x.clone(); y[1:5, ::3] *= 2; close(y, b)
p, q = a[0], a[1].T.copy()
close(t.tensor(p) @ t.tensor(q), p @ q), close(t.tensor(p[0]) @ t.tensor(q), p[0] @ q)
close(t.bmm(x, x.transpose(1, 2)), a @ a.transpose(0, 2, 1))
big = rng.standard_normal((70, 90)).astype(np.float32)
close(t.tensor(big) @ t.tensor(big.T.copy()), big @ big.T)
image = t.tensor(rng.standard_normal((2, 3, 11, 13)).astype(np.float32), requires_grad=True)
weight = t.tensor(rng.standard_normal((4, 3, 3, 3)).astype(np.float32), requires_grad=True)
import torch
pi, pw = torch.tensor(image.detach().numpy(), requires_grad=True), torch.tensor(weight.detach().numpy(), requires_grad=True)
for f in (lambda G, i, w: G.conv2d(i, w, padding=1), lambda G, i, w: G.conv2d(i, w, stride=2),
          lambda G, i, w: G.max_pool2d(G.conv2d(i, w), 2), lambda G, i, w: G.avg_pool2d(i, 3, 2) * w.sum()):
    mine, theirs = f(F, image, weight), f(torch.nn.functional, pi, pw)
    close(mine.detach(), theirs.detach().numpy())
    mine.sum().backward(), theirs.sum().backward()
    close(image.grad, pi.grad.numpy()), close(weight.grad, pw.grad.numpy())
u = t.rand(1000)
assert 0.4 < u.mean().item() < 0.6 and u.min().item() >= 0 and len(set(t.randperm(50).tolist())) == 50
ps = [t.nn.Parameter(t.ones(n)) for n in (3, 70, 1)]
o = t.optim.Adam(ps, lr=0.5)
for q in ps: q.grad = t.ones(q.shape)
o.step()
assert all(abs(q.detach() - 0.5).max().item() < 1e-5 for q in ps)
print("right")
"""


@pytest.mark.parametrize("form", ["cpu", "gpu"])
def test_every_family_is_right_with_64_bit_indices(form: str) -> None:
    done = python(PROGRAM, CLTORCH_INDEX="64", CLTORCH_FORM=form)
    assert done.stdout.strip() == "right", done.stderr[-3000:]
