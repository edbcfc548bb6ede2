"""nn.init and nn.utils beside PyTorch's."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
P = nn.utils.parametrize
class Kept(nn.Module):
    def forward(self, x):
        return x * 2
class First(nn.Module):
    def forward(self, x):
        return x[0]
class Wide(nn.Module):
    def forward(self, x):
        return x.double()
class Number(nn.Module):
    def forward(self, x):
        return 3
class Back(Kept):
    def right_inverse(self, x):
        return x[0]
for before in ((), (Kept,)):
    for kind in (First, Wide, Number, Back):
        l = nn.Linear(2, 2)
        for one in before:
            P.register_parametrization(l, "weight", one())
        try:
            P.register_parametrization(l, "weight", kind())
        except ValueError as error:
            print(error)
import torch.nn.utils.prune as prune
l = fill(nn.Linear(3, 4))
for call in (lambda: prune.l1_unstructured(l, "weight", 99), lambda: prune.l1_unstructured(l, "weight", 1, importance_scores=torch.ones(3))):
    try:
        call()
    except (ValueError, AssertionError) as error:
        print(error)
print(l.weight, sorted(l.state_dict()), prune.is_pruned(l))
""",
    """
m = fill(nn.Linear(3, 2))
(m(R(4, 3)) ** 2).sum().backward()
for nt in (2.0, 1, float("inf"), 0.5, "inf"):
    print(nt, nn.utils.clip_grad_norm_(m.parameters(), 1.0, nt), [p.grad for p in m.parameters()])
""",
    """
m = fill(nn.Linear(3, 2))
print(nn.utils.clip_grad_norm_(m.parameters(), 1.0))
print(nn.utils.clip_grad_norm_([], 1.0))
print(nn.utils.clip_grad_norm_(m.weight, max_norm=1.0, foreach=True))
""",
    """
m = fill(nn.Linear(3, 2))
m.weight.grad = torch.full((2, 3), float("nan"))
print(nn.utils.clip_grad_norm_(m.parameters(), 1.0))
nn.utils.clip_grad_norm_(m.parameters(), 1.0, error_if_nonfinite=True)
""",
    """
m = fill(nn.Linear(3, 2))
m.weight.grad = R(2, 3)
nn.utils.clip_grad_value_(m.parameters(), 0.3)
print(m.weight.grad)
nn.utils.clip_grad_value_(m.weight, clip_value=0.1, foreach=False)
print(m.weight.grad)
""",
    """
m = fill(nn.Linear(3, 2))
v = nn.utils.parameters_to_vector(m.parameters())
print(v, v.requires_grad)
nn.utils.vector_to_parameters(torch.arange(8.0), m.parameters())
print(m.weight, m.bias)
""",
    """
nn.utils.vector_to_parameters([1], nn.Linear(1, 1).parameters())
""",
    """
m = fill(nn.Linear(3, 2))
m.weight.grad = R(2, 3)
print(nn.utils.get_total_norm([m.weight.grad]))
nn.utils.clip_grads_with_norm_(m.parameters(), 0.5, nn.utils.get_total_norm([m.weight.grad]))
print(m.weight.grad)
""",
    """
w = torch.empty(3, 5)
print(nn.init.constant_(w, 2.0), nn.init.ones_(w), nn.init.zeros_(w), nn.init.eye_(w))
print(
    nn.init.uniform_(w, 2, 3).min() >= 2,
    nn.init.normal_(w, 5.0, 0.0).mean(),
    nn.init.trunc_normal_(w, a=-1, b=1).abs().max() <= 1,
)
""",
    """
print(
    nn.init.calculate_gain("relu"),
    nn.init.calculate_gain("leaky_relu", 0.2),
    nn.init.calculate_gain("tanh"),
    nn.init.calculate_gain("conv2d"),
    nn.init.calculate_gain("selu"),
    nn.init.calculate_gain("leaky_relu"),
)
nn.init.calculate_gain("zz")
""",
    """
nn.init.calculate_gain("leaky_relu", "x")
""",
    """
nn.init.calculate_gain("leaky_relu", True)
""",
    """
nn.init.xavier_uniform_(torch.empty(3))
""",
    """
nn.init.kaiming_normal_(torch.empty(3, 4), mode="zz")
""",
    """
nn.init.kaiming_uniform_(torch.empty(3, 4), nonlinearity="zz")
""",
    """
nn.init.eye_(torch.empty(3))
""",
    """
w = nn.Parameter(torch.empty(4, 4))
print(nn.init.xavier_normal_(w, gain=2.0) is w, w.requires_grad, w.grad_fn, w.is_leaf)
print(nn.init._calculate_fan_in_and_fan_out(torch.empty(8, 4, 3, 3)))
""",
    """
w = torch.empty(2000, 100)
print(
    [
        round(getattr(nn.init, n)(w).std().item(), 2)
        for n in (
            "xavier_uniform_",
            "xavier_normal_",
            "kaiming_uniform_",
            "kaiming_normal_",
            "normal_",
            "uniform_",
            "trunc_normal_",
        )
    ]
)
print(
    round(nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu").std().item(), 3),
    round(nn.init.kaiming_uniform_(w, a=1).std().item(), 2),
)
""",
    """
print(nn.init.dirac_(torch.empty(2, 2, 3, 3)).sum(), nn.init.dirac_(torch.empty(4, 2, 3), 2))
""",
    """
g = torch.Generator().manual_seed(1)
a = nn.init.normal_(torch.empty(3), generator=g)
g.manual_seed(1)
b = nn.init.normal_(torch.empty(3), generator=g)
print((a == b).all())
""",
    """
m = nn.Linear(1000, 3)
print(
    m.weight.abs().max() <= 1 / 1000**0.5,
    m.bias.abs().max() <= 1 / 1000**0.5,
    (m.weight.std() * 1000**0.5).item() > 0.5,
)
c = nn.Conv2d(4, 8, 3)
print(c.weight.abs().max() <= 1 / 36**0.5, c.bias.abs().max() <= 1 / 36**0.5)
c.reset_parameters()
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
