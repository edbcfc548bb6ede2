"""Losses beside PyTorch's: reductions, weights, ignored classes, smoothing, probabilities, gradients and errors."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
for r in ("mean", "sum", "none"):
    for w in (None, torch.tensor([1.0, 2.0, 0.5])):
        for ls in (0.0, 0.3):
            x = R(5, 3).requires_grad_()
            t = torch.tensor([0, 2, 1, -100, 1])
            l = F.cross_entropy(x, t, weight=w, reduction=r, label_smoothing=ls)
            l.sum().backward()
            print(r, ls, l, x.grad)
""",
    """
print(
    F.cross_entropy(R(3), torch.tensor(1)),
    F.cross_entropy(R(3), torch.tensor([0.2, 0.3, 0.5])),
    F.nll_loss(R(3), torch.tensor(1)),
)
""",
    """
for ignored in (-100, 7):
    for r in ("mean", "none"):
        x = R(4, 70).requires_grad_()
        l = F.nll_loss(x, torch.tensor([0, 7, ignored, 69]), ignore_index=ignored, reduction=r)
        l.sum().backward()
        print(l, x.grad.sum(1), x.grad.argmin(1))
""",
    """
F.cross_entropy(R(5, 3), torch.tensor([0, 1, 2]))
""",
    """
F.cross_entropy(R(3, 3), torch.tensor([0, 1, 2], dtype=torch.int32))
""",
    """
F.cross_entropy(R(3, 3), torch.tensor([0.0, 1, 2]))
""",
    """
F.cross_entropy(R(3, 3), R(4, 3))
""",
    """
F.cross_entropy(R(3, 3), torch.tensor([0, 1, 2]), weight=torch.ones(4))
""",
    """
F.cross_entropy(R(3, 3), torch.tensor([0, 1, 2]), reduction="bogus")
""",
    """
F.cross_entropy(R(3, 3), torch.tensor([[0, 1, 2]]))
""",
    """
F.cross_entropy(R(2, 3, 4), torch.tensor([0, 1]))
""",
    """
F.cross_entropy(R(2, 3), R(2, 3), ignore_index=1)
""",
    """
print(
    F.cross_entropy(R(3, 3), torch.tensor([-100, -100, -100])),
    F.cross_entropy(R(0, 3), torch.zeros(0, dtype=torch.int64)),
    F.cross_entropy(R(0, 3), torch.zeros(0, dtype=torch.int64), reduction="sum"),
)
""",
    """
print(
    nn.CrossEntropyLoss(),
    nn.CrossEntropyLoss(torch.ones(3), label_smoothing=0.1).state_dict(),
    nn.NLLLoss(),
    nn.MSELoss(reduction="sum"),
)
""",
    """
print(nn.CrossEntropyLoss(reduction="bogus"))
""",
    """
nn.MSELoss(reduction="bogus")(R(2), R(2))
""",
    """
print(
    nn.MSELoss(size_average=False)(R(2), R(2, seed=3)),
    nn.MSELoss(reduce=False)(R(2), R(2, seed=3)),
    F.mse_loss(R(2), R(2, seed=3), reduce=True, size_average=False),
)
""",
    """
print(nn.MSELoss()(R(2, 3), R(3)))
""",
    """
nn.MSELoss()(R(2, 3), R(4))
""",
    """
print(nn.MSELoss()(R(2), I(4, 2)), nn.MSELoss()(R(2).double(), R(2)).dtype)
""",
    """
x = R(3, 4).requires_grad_()
t = R(3, 4, seed=4).requires_grad_()
F.mse_loss(x, t).backward()
print(x.grad, t.grad)
""",
    """
F.nll_loss(R(2, 3), torch.tensor([0, 1, 1]))
""",
    """
F.nll_loss(R(2, 3), R(2))
""",
    """
F.nll_loss(R(2, 3), I(3, 2, 1))
""",
    """
F.nll_loss(torch.tensor(1.0), torch.tensor(0))
""",
    """
F.nll_loss(R(2, 3), I(3, 2), weight=torch.ones(2))
""",
    """
print(
    F.nll_loss(torch.tensor([[float("-inf"), 0.0, 1.0]]), torch.tensor([1])),
    F.nll_loss(torch.tensor([[float("-inf"), 0.0, 1.0]]), torch.tensor([0])),
    F.cross_entropy(torch.tensor([[float("-inf"), 0.0, 1.0]]), torch.tensor([0])),
)
""",
    """
x = torch.tensor([[float("-inf"), 0.0, 1.0]]).requires_grad_()
F.cross_entropy(x, torch.tensor([1])).backward()
print(x.grad)
""",
    """
print(
    F.l1_loss(R(3), R(3, seed=2)),
    F.smooth_l1_loss(R(3), R(3, seed=2)),
    F.binary_cross_entropy(torch.sigmoid(R(3)), torch.tensor([0.0, 1, 1])),
    F.binary_cross_entropy_with_logits(R(3), torch.tensor([0.0, 1, 1]), pos_weight=torch.tensor(2.0)),
    nn.BCELoss()(torch.sigmoid(R(3)), torch.tensor([0.0, 1, 1])),
)
""",
    """
F.binary_cross_entropy(torch.sigmoid(R(3)), torch.ones(2))
""",
    """
F.binary_cross_entropy_with_logits(R(3), torch.ones(2))
""",
    """
print(
    nn.CrossEntropyLoss()(R(4, 3).half(), torch.tensor([0, 1, 2, 0])).dtype,
    nn.CrossEntropyLoss()(R(4, 3).double(), torch.tensor([0, 1, 2, 0])),
)
""",
    """
x = R(4, 3).requires_grad_()
l = F.cross_entropy(x, torch.tensor([0, 1, 2, 0]))
(g,) = torch.autograd.grad(l, x, create_graph=True)
(g**2).sum().backward()
print(x.grad, l.grad_fn is not None)
""",
    """
print(F.cross_entropy(R(2, 3), I(3, 2), None, None, -100, None, "sum"))
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
