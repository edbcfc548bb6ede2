"""Layers and their functions beside PyTorch's: results, gradients, attributes, errors and what is printed."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
for pm in ("reflect", "replicate", "circular", "zeros"):
    m = fill(nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode=pm, stride=(1, 2)))
    x = R(2, 2, 6, 5).requires_grad_()
    y = m(x)
    y.pow(2).sum().backward()
    print(m, y.shape, y.sum(), x.grad.abs().sum(), m.weight.grad.sum())
""",
    """
for pm in ("reflect", "replicate", "circular"):
    m = fill(nn.Conv2d(1, 2, 4, padding="same", padding_mode=pm))
    print(m(R(1, 1, 6, 5)).sum(), m)
""",
    """
nn.Conv2d(1, 1, 3, padding="same", stride=2)
""",
    """
nn.Conv2d(3, 4, 3, groups=2)
""",
    """
nn.Conv2d(4, 3, 3, groups=2)
""",
    """
nn.Conv2d(4, 4, 3, groups=0)
""",
    """
m = fill(nn.Conv2d(1, 2, (2, 4), padding="same", dilation=(1, 3)))
x = R(1, 1, 6, 9).requires_grad_()
y = m(x)
print(y)
y.sum().backward()
print(x.grad.sum(), m.weight.grad)
""",
    """
m = nn.Conv2d(1, 2, 3, padding="valid")
print(m, m(R(1, 1, 4, 4)).shape)
print(nn.Conv2d(1, 2, 3, padding="same", bias=False, groups=1, dilation=2))
print(nn.Conv2d(1, 2, (3, 5), stride=2, padding=(2, 1), padding_mode="circular"))
""",
    """
F.conv2d(R(1, 1, 4, 4), R(1, 1, 3, 3), stride=0)
""",
    """
F.conv2d(R(1, 1, 4, 4), R(1, 1, 3, 3), padding=-1)
""",
    """
F.conv2d(R(1, 1, 4, 4), R(1, 1, 3, 3), dilation=0)
""",
    """
F.conv2d(R(1, 1, 4, 4), R(1, 1, 3, 3), padding="same", stride=2)
""",
    """
F.conv2d(R(1, 1, 4, 4), R(1, 1, 3, 3), padding="zzz")
""",
    """
F.conv2d(R(1, 1, 4, 4), R(1, 1, 3, 3), R(2))
""",
    """
F.conv2d(R(1, 1, 4, 4), R(1, 1, 3, 3), stride=(1, 2, 3))
""",
    """
F.conv2d(R(4, 4), R(1, 1, 3, 3))
""",
    """
F.conv2d(R(1, 3, 4, 4), R(4, 1, 3, 3), groups=2)
""",
    """
F.conv2d(R(1, 4, 4, 4), R(3, 2, 3, 3), groups=2)
""",
    """
print(F.conv2d(R(0, 1, 4, 4), R(2, 1, 3, 3)).shape)
""",
    """
print(
    F.conv2d(R(2, 1, 4, 4), weight=R(2, 1, 3, 3), bias=None, stride=[1], padding=[1]).shape,
    F.conv2d(R(1, 4, 4), R(2, 1, 3, 3)).shape,
)
""",
    """
y, i = F.max_pool2d(R(2, 5, 5), 3, 2, 1, ceil_mode=True, return_indices=True)
print(y, i)
""",
    """
x = R(1, 1, 7, 7).requires_grad_()
y, i = F.max_pool2d(x, 2, 1, dilation=2, return_indices=True)
print(y.shape, i)
y.sum().backward()
print(x.grad)
""",
    """
F.max_pool2d(R(1, 1, 4, 4), 2, padding=2)
""",
    """
F.max_pool2d(R(1, 1, 4, 4), 5)
""",
    """
print(F.max_pool2d(R(0, 1, 4, 4), 2).shape)
""",
    """
print(
    nn.MaxPool2d((2, 3), (1, 2), (0, 1))(R(1, 1, 5, 7)),
    nn.MaxPool2d((2, 3), (1, 2), (0, 1)),
    nn.MaxPool2d(3, stride=2, ceil_mode=True)(R(1, 2, 6, 6)),
)
""",
    """
x = torch.tensor([[[[1.0, float("nan")], [3.0, 2.0]]]])
print(F.max_pool2d(x, 2))
print(F.max_pool2d(torch.zeros(1, 1, 4, 4), 2, return_indices=True))
""",
    """
x = torch.zeros(1, 1, 4, 4).requires_grad_()
F.max_pool2d(x, 2).sum().backward()
print(x.grad)
""",
    """
print(F.max_pool2d(I(9, 1, 1, 4, 4), 2), F.max_pool2d(R(1, 1, 4, 4).half(), 2).dtype)
""",
    """
m = nn.BatchNorm2d(3)
x = R(4, 3, 2, 2)
m(x)
print(m.state_dict(), m)
m.eval()
print(m(x).sum())
m.reset_running_stats()
print(m.running_mean, m.num_batches_tracked)
m.reset_parameters()
""",
    """
m = nn.BatchNorm2d(3, momentum=None)
[m(R(4, 3, 2, 2, seed=k)) for k in range(3)]
print(m.state_dict(), m)
""",
    """
m = nn.BatchNorm2d(3, track_running_stats=False, affine=False)
print(m.state_dict(), m, m.running_mean, m.weight)
m.eval()
print(m(R(2, 3, 2, 2)))
""",
    """
m = nn.BatchNorm1d(3, eps=1e-3, momentum=0.3)
print(m(R(4, 3)), m.running_var, m)
print(m(R(4, 3, 5)).sum(), m.running_mean, m.num_batches_tracked)
""",
    """
nn.BatchNorm1d(3)(R(1, 3))
""",
    """
nn.BatchNorm2d(3)(R(2, 3))
""",
    """
nn.BatchNorm1d(3)(R(2, 3, 4, 4))
""",
    """
nn.BatchNorm2d(3)(R(2, 4, 4, 4))
""",
    """
m = nn.BatchNorm2d(2)
x = R(3, 2, 2, 2).requires_grad_()
m.eval()
m(x).pow(2).sum().backward()
print(x.grad.sum(), m.weight.grad, m.bias.grad)
""",
    """
print(F.batch_norm(R(4, 3), None, None, training=True))
F.batch_norm(R(4, 3), None, None)
""",
    """
rm, rv = torch.zeros(3), torch.ones(3)
F.batch_norm(R(4, 3), rm, rv, training=True, momentum=0.5)
print(rm, rv)
""",
    """
m = nn.BatchNorm2d(2).half()
print(m.running_mean.dtype)
""",
    """
print(
    nn.Dropout(0.3),
    nn.Dropout(inplace=True),
    nn.Dropout(0.0)(torch.ones(2)),
    nn.Dropout(1.0)(torch.ones(2)),
    nn.Dropout().eval()(torch.ones(2)),
)
nn.Dropout(-1)
""",
    """
x = torch.ones(4)
y = nn.Dropout(1.0, inplace=True)(x)
print(x, y is x)
x = torch.ones(3)
y = F.dropout(x, 0.5, training=False)
print(y is x)
F.dropout(x, 2.0)
""",
    """
x = torch.ones(4, requires_grad=True)
y = F.dropout(x, 1.0)
y.sum().backward()
print(x.grad)
print(F.dropout(torch.full((3,), float("inf")), 1.0))
""",
    """
print(
    nn.Flatten()(R(2, 3, 4)).shape,
    nn.Flatten(0)(R(2, 3)).shape,
    nn.Flatten(0, 1)(R(2, 3, 4)).shape,
    nn.Flatten(),
    nn.Unflatten(1, (2, 3)),
    nn.Unflatten(1, (2, 3))(R(2, 6)).shape,
)
nn.Flatten(5)(R(2))
""",
    """
x = R(4)
m = nn.ReLU(True)
y = m(x)
print(y is x, x, m, nn.ReLU())
z = R(3).requires_grad_()
m(z)
""",
    """
m = nn.Sequential(nn.Linear(2, 2), nn.ReLU(True))
fill(m)
x = R(2, 2)
m(x).sum().backward()
print(m[0].weight.grad)
""",
    """
print(nn.LogSoftmax()(R(2, 3)))
""",
    """
print(
    nn.LogSoftmax(1),
    nn.Softmax(-1)(R(2, 3)),
    nn.LogSoftmax(dim=0)(R(2, 3)),
    F.softmax(R(2, 2), 1, dtype=torch.float64).dtype,
)
nn.LogSoftmax(dim=2)(R(2, 3))
""",
    """
print(F.softmax(R(2, 3)))
""",
    """
print(F.log_softmax(torch.tensor([[1000.0, -1000.0, 0.0], [float("-inf"), 0.0, 1.0]]), dim=-1))
""",
    """
print(
    nn.Linear(2, 3, bias=False),
    nn.Linear(3, 3, dtype=torch.float64).weight.dtype,
    nn.Linear(2, 2, device="cpu").weight.shape,
)
nn.Linear(2, 3)(R(4, 3))
""",
    """
print(
    F.linear(R(3), R(4, 3)).shape,
    F.linear(R(3), R(3)),
    F.linear(R(2, 3), R(3)).shape,
    F.linear(R(2, 5, 3), R(4, 3), R(4)).shape,
)
F.linear(R(2, 3).double(), R(4, 3))
""",
    """
print(nn.Linear(0, 3)(torch.ones(2, 0)).shape, nn.Linear(2, 3)(torch.ones(0, 2)).shape)
""",
    """
nn.Linear(-1, 3)
""",
    """
print(nn.Identity(3, x=2)(5), nn.Identity())
""",
    """
print(
    F.relu(R(3)),
    F.relu_(R(3)),
    F.relu(R(3), inplace=True),
    torch.relu(R(3)),
    R(3).relu(),
    torch.nn.functional.relu(torch.tensor([float("nan"), -0.0, 1])),
)
""",
    """
m = nn.Conv2d(3, 8, 3)
print(
    m.weight.shape,
    m.bias.shape,
    m.kernel_size,
    m.stride,
    m.padding,
    m.dilation,
    m.groups,
    m.padding_mode,
    m.in_channels,
    m.out_channels,
    m.transposed,
    m.output_padding,
)
m = nn.MaxPool2d(2)
print(m.kernel_size, m.stride, m.padding, m.dilation, m.return_indices, m.ceil_mode)
m = nn.BatchNorm2d(3)
print(m.num_features, m.eps, m.momentum, m.affine, m.track_running_stats)
""",
    """
print(
    F.pad(R(2, 3), (1, 2)),
    F.pad(R(1, 2, 3), (1, 1, 0, 1), value=5.0),
    F.pad(R(1, 1, 3, 3), (1, 1, 1, 1), mode="reflect"),
    F.pad(R(1, 1, 3, 3), (2, 1, 1, 0), mode="replicate"),
    F.pad(R(1, 1, 3, 3), (1, 1, 2, 0), mode="circular"),
    F.pad(R(4, 4), (-1, -1)),
)
""",
    """
F.pad(R(1, 1, 3, 3), (3, 3, 0, 0), mode="reflect")
""",
    """
F.pad(R(3), (1, 1, 1, 1))
""",
    """
F.pad(R(3), (1,))
""",
    """
F.pad(R(3), (1, 1), mode="zz")
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
