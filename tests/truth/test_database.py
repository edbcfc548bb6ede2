"""What PyTorch's operator database found, run in ways of its own: with `out`, inside `vmap`, complex gradients. Programs for both."""

from __future__ import annotations

import pytest

from ..beside import assert_beside, programs

PROGRAMS = """
R = [torch.func.vmap(torch.nn.functional.linear, in_dims=d)(*a)
     for a, d in ((([x, x[:3, :6].expand(4, 3, 6), x[:, :3]]), (0, 0, 0)), ((v, x[:3], x[:, :3]), (None, None, 0)))]

base, rows = torch.zeros(4, 3), torch.tensor([[0, 1], [1, 2]])
parts = torch.arange(12.0).reshape(2, 2, 3)
R = [torch.func.vmap(f)(rows, parts) for f in (
    lambda i, s: base.index_copy(0, i, s), lambda i, s: base.index_add(0, i, s),
    lambda i, s: base.index_put((i,), s), lambda i, s: base.t().index_copy(1, i, s.t()),
    lambda i, s: base.scatter(0, i.unsqueeze(1).expand(2, 3), s))]

R = torch.func.vmap(torch.linalg.matrix_exp)(torch.arange(18.0).reshape(2, 3, 3) / 9)

R = torch.func.vmap(lambda keep, source: torch.zeros(4, 6).masked_scatter(keep, source))(
    torch.stack([b, ~b]), torch.stack([x, -x]))

z, w = torch.complex(x, x * x - 1).requires_grad_(), torch.complex(v, 1 - v).requires_grad_()
made = torch.nn.functional.rms_norm(z, (6,), w)
R = [made.detach(), *torch.autograd.grad(made, (z, w), torch.complex(x * 2, x + 1))]

root = torch.complex(x[:3, :3], x[:3, 1:4])
whole = (root @ root.mH + 3 * torch.eye(3)).requires_grad_()
R = [torch.autograd.grad(torch.linalg.cholesky(whole, upper=u), whole, torch.complex(x[:3, 2:5], x[:3, 3:6]))[0].sum()
     for u in (False, True)]

R = torch.digamma(torch.tensor([-5.9997, -0.99999, -3.0003, -672.0005, -1.5]))

image = torch.arange(64.0).reshape(1, 1, 4, 4, 4)
R = [torch.nn.functional.avg_pool2d(image[0], 2, out=torch.empty(0)),
     torch.nn.functional.avg_pool3d(image, 2, out=torch.empty(1, 1, 2, 2, 2)),
     torch.nn.functional.logsigmoid(x, out=torch.empty(4, 6))]

made = torch.empty(6, 1), torch.empty(0), torch.empty(0, dtype=torch.int64), torch.empty(0)
torch.linalg.lstsq(x, x[:, :1], out=made)
R = made[0].flatten().detach()
"""


@pytest.mark.parametrize("code", programs(PROGRAMS))
def test_program(code: str) -> None:
    assert_beside(code)
