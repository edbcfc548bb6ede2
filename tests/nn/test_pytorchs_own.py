"""What PyTorch's own test files of layers, hooks and states found, beside PyTorch."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
m = nn.Module()
m.register_parameter("w", nn.UninitializedParameter())
m.half()
m.w.materialize(10)
print(m.w.shape, m.w.dtype)
m = nn.LazyConvTranspose2d(3, 2)
print(m(R(1, 2, 4, 4), output_size=[5, 5]).shape, m)
""",
    """
torch.nn.utils.spectral_norm(nn.LazyLinear(7))
""",
    """
torch.nn.utils.weight_norm(nn.LazyLinear(7))
""",
    """
torch.jit.script(nn.Sequential(nn.LazyLinear(7)))
""",
    """
m, other = nn.LazyLinear(7), nn.LazyLinear(7)
print(m.load_state_dict(other.state_dict()), m)
nn.Linear(2, 7).load_state_dict(other.state_dict())
""",
    """
import collections

P = collections.namedtuple("P", "a b")


class Pair(nn.Module):
    def forward(self, x):
        return P(x * 2, x * 3)


m = Pair()
m.register_full_backward_hook(lambda module, given, got: print(given, got))
out = m(torch.ones(2, requires_grad=True))
print(type(out).__name__)
out.a.sum().backward()
""",
    """
import copy, pickle, weakref

m = nn.Linear(2, 2)
m.register_load_state_dict_pre_hook(print)
seen = weakref.ref(m)
other = copy.deepcopy(m)
[hook] = other._load_state_dict_pre_hooks.values()
print(hook.module() is other, pickle.loads(pickle.dumps(m)))
del m
print(seen())
""",
    """
e = nn.Embedding(10, 3, sparse=True)
i = torch.tensor([7, 1, 3])
e(i).sum().backward()
i[0] = 8
e(i).sum().backward()
print(e.weight.grad._indices())
for n in (0, 10):
    e = nn.Embedding(n, 0, sparse=True)
    e(I(10, 4)[: n // 2]).sum().backward()
    print(e.weight.grad.shape, e.weight.grad.is_sparse)
""",
    """
F.embedding_bag(I(5, 6), R(5, 2), torch.tensor([0, 3]), mode="sum", per_sample_weights=R(6).double())
""",
    """
nn.MultiheadAttention(4, 4)(R(4, 4), R(4, 4), R(4, 4), attn_mask=R(5, 4, 4))
""",
    """
torch.__future__.set_swap_module_params_on_conversion(True)
try:
    m = nn.Linear(2, 2, device="meta")
    w = m.weight
    m.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True)
    print(m.weight is w, w.is_meta)
finally:
    torch.__future__.set_swap_module_params_on_conversion(False)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
