"""Layers and losses in other dtypes and layouts, of nothing, and differentiated twice, beside PyTorch's."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
for dt in (torch.float64, torch.bfloat16, torch.float16):
    m = fill(
        nn.Sequential(
            nn.Conv2d(2, 3, 3, padding=1),
            nn.BatchNorm2d(3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(12, 3),
            nn.LogSoftmax(1),
        )
    ).to(dt)
    x = R(4, 2, 4, 4).to(dt).requires_grad_()
    l = F.nll_loss(m(x), I(3, 4))
    l.backward()
    print(l.dtype, [p.dtype for p in m.parameters()], x.grad.dtype, m[1].running_mean.dtype)
    print(round(l.item(), 1), round(x.grad.abs().sum().item(), 1))
""",
    """
for dt in (torch.float64, torch.bfloat16, torch.float16):
    x = R(4, 5).to(dt).requires_grad_()
    print(
        F.cross_entropy(x, I(5, 4)).dtype,
        F.mse_loss(x, R(4, 5, seed=2).to(dt)).dtype,
        F.softmax(x, 1).dtype,
        F.dropout(x, 0.5).dtype,
        F.relu(x).dtype,
        F.nll_loss(x, I(5, 4)).dtype,
        F.l1_loss(x, x).dtype,
        F.cross_entropy(x, I(5, 4), reduction="sum", label_smoothing=0.1).dtype,
        F.cross_entropy(x, F.softmax(x, 1)).dtype,
    )
""",
    """
print(F.mse_loss(R(2, 2), R(2, 2).double()).dtype, F.mse_loss(R(2, 2).half(), R(2, 2)).dtype)
""",
    """
p = nn.Parameter(R(4).half())
o = torch.optim.SGD([p], lr=0.1, momentum=0.9)
p.grad = torch.ones(4).half()
o.step()
o.step()
print(p.dtype, p.float().detach().sum() > 0, o.state[p]["momentum_buffer"].dtype)
""",
    """
p = nn.Parameter(R(4).bfloat16())
o = torch.optim.AdamW([p], lr=0.1)
p.grad = torch.ones(4).bfloat16()
o.step()
print(p.dtype, o.state[p]["exp_avg"].dtype)
print(o.state_dict()["state"][0]["exp_avg_sq"].dtype)
""",
    """
x = R(0, 3).requires_grad_()
print(
    nn.Linear(3, 2)(x).shape,
    nn.BatchNorm1d(3).eval()(x).shape,
    nn.ReLU()(x).shape,
    F.log_softmax(x, 1).shape,
    nn.Dropout()(x).shape,
    nn.Flatten()(R(0, 2, 3)).shape,
    F.mse_loss(x, x),
    nn.Conv2d(1, 2, 3)(R(0, 1, 5, 5)).shape,
)
nn.BatchNorm1d(3)(x)
""",
    """
x = R(0, 3).requires_grad_()
l = nn.Linear(3, 2)
l(x).sum().backward()
print(l.weight.grad, x.grad.shape)
""",
    """
x = R(2, 3, 4, 4).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).requires_grad_()
m = fill(nn.Conv2d(3, 2, 3))
y = m(x)
y.sum().backward()
print(y.sum(), x.grad.sum(), x.grad.shape)
""",
    """
x = R(4, 6)[:, ::2].requires_grad_()
m = fill(nn.Linear(3, 2))
m(x).sum().backward()
print(x.grad, m.weight.grad)
""",
    """
x = R(3, 4).t().requires_grad_()
l = F.cross_entropy(x, I(3, 4))
l.backward()
print(l, x.grad)
""",
    """
x = R(1, 3).expand(4, 3)
m = fill(nn.Linear(3, 2))
print(m(x))
print(F.batch_norm(x.contiguous(), None, None, training=True))
""",
    """
m = nn.BatchNorm2d(2)
x = R(2, 2, 3, 3).requires_grad_()
y = m(x)
g = torch.autograd.grad(y.pow(2).sum(), x, create_graph=True)[0]
g.pow(2).sum().backward()
print(x.grad.abs().sum(), m.weight.grad)
""",
    """
m = fill(nn.Conv2d(2, 2, 3))
x = R(1, 2, 5, 5).requires_grad_()
g = torch.autograd.grad(m(x).pow(2).sum(), x, create_graph=True)[0]
g.pow(2).sum().backward()
print(x.grad.sum(), m.weight.grad.sum())
""",
    """
x = R(1, 1, 4, 4).requires_grad_()
g = torch.autograd.grad(F.max_pool2d(x, 2).pow(2).sum(), x, create_graph=True)[0]
g.pow(2).sum().backward()
print(x.grad)
""",
    """
x = R(3, 4).requires_grad_()
g = torch.autograd.grad(F.nll_loss(F.log_softmax(x, 1), I(4, 3)), x, create_graph=True)[0]
g.pow(2).sum().backward()
print(x.grad)
""",
    """
x = R(3, 4).requires_grad_()
t = R(3, 4, seed=2).requires_grad_()
g = torch.autograd.grad(F.mse_loss(x, t), x, create_graph=True)[0]
g.pow(2).sum().backward()
print(x.grad, t.grad)
""",
    """
x = R(2, 2, 4, 4).requires_grad_()
y = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
y.pow(2).sum().backward()
print(y.sum(), x.grad.sum())
""",
    """
print(
    F.one_hot(torch.tensor([0, 2, 1])),
    F.one_hot(torch.tensor([0, 1]), 4),
    F.embedding(torch.tensor([[0, 2]]), R(3, 2)),
    F.layer_norm(R(2, 3), (3,)),
    F.gelu(R(3)),
    F.gelu(R(3), approximate="tanh"),
    F.elu(R(3)),
    F.leaky_relu(R(3), 0.1),
    F.silu(R(3)),
    F.softplus(R(3)),
    F.logsigmoid(R(3)),
    F.sigmoid(R(3)),
    F.tanh(R(3)),
)
""",
    """
m = nn.BatchNorm1d(3)
x = R(0, 3).requires_grad_()
y = m(x)
print(y.shape, m.running_mean, m.running_var, m.num_batches_tracked)
y.sum().backward()
print(x.grad.shape, m.weight.grad, m.bias.grad)
""",
    """
m = nn.BatchNorm2d(2)
m(R(1, 2, 1, 1))
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
