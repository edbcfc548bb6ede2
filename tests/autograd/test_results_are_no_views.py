"""What a composition returns is no view of what it made on its way: it is detached and written in place as anything else."""

from __future__ import annotations

import pytest

from tests.programs import assert_same

CASES = """
x.repeat(2, 1)
x.tile(2)
x.repeat_interleave(1)
x.repeat_interleave(1, 0)
torch.combinations(x[0], 1)
torch.linalg.matrix_power(x, 1)
F.interpolate(x[None], size=3)
F.interpolate(x[None, None], scale_factor=1, mode="bilinear")
F.pixel_shuffle(x[None], 1)
F.pixel_unshuffle(x[None], 1)
F.channel_shuffle(x[None], 1)
(x + 1j).logsumexp(0).real.clone()
nn.utils.rnn.unpad_sequence(x, torch.tensor([3, 3, 3]), batch_first=True)[1]
x.roll(1, 0)
x.rot90()
torch.kron(x, x)
x.sort()[0]
x.topk(2)[0]
x.median(0)[0]
x.kthvalue(1, 0)[0]
x.mode(0)[0]
x.take(torch.tensor([[0, 3]]))
x.quantile(0.5, dim=0)
x.matmul(x[0])
x[0].matmul(x)
x.expand(2, 3, 3).matmul(x)
x.expand(2, 3, 3) @ x.expand(4, 1, 3, 3)
F.linear(x.expand(2, 3, 3), x, x[0])
F.unfold(x[None, None], 2)
F.grid_sample(x[None, None], (x[None, :, :2, None] * 0.3).expand(1, 3, 2, 2), align_corners=False)
F.group_norm(x[None], 3)
F.embedding(torch.tensor([0, 2, 0]), x)
torch.linalg.cholesky(x @ x.mT + torch.eye(3))
torch.linalg.inv(x)
torch.fft.fft(x).real.clone()
torch.fft.irfft(torch.fft.rfft(x), 3)
torch.cat([x, x]).view(2, 9).clone()
x.tril()
torch.block_diag(x, x)
x.reshape(9)[None].mT.reshape(9, 1) * 1
"""

PROGRAM = """
def x_of():
    return torch.tensor([[1.0, -2.0, 0.5], [4.0, 1.5, -1.0], [2.0, 3.0, 7.0]], requires_grad=True)
def f(x):
    return {case}
x = x_of()
y = f(x)
y.mul_(3).sub_(1)
(y * y).sum().backward()
print(y.detach(), x.grad)
with torch.no_grad():
    z = f(x_of())
w = torch.ones((), requires_grad=True)
z.mul_(w)
(z * z).sum().backward()
print(z, w.grad, f(x_of()).detach_().requires_grad, f(x_of())._is_view())
"""


@pytest.mark.parametrize("case", [line for line in CASES.splitlines() if line])
def test_beside_pytorch(case: str) -> None:
    assert_same(PROGRAM.format(case=case), rtol=1e-3)
