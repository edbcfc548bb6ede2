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
for dtype in (torch.bfloat16, torch.half):
    for mode in ("sum", "mean"):
        e = nn.EmbeddingBag(5, 2, mode=mode, sparse=True)
        with torch.no_grad():
            e.weight.copy_(torch.arange(10.0).view(5, 2))
        e.to(dtype)
        y = e(torch.tensor([3, 1, 1, 1, 4, 0]), torch.tensor([0, 0, 3, 3, 6]))
        y.sum().backward()
        print(y.detach(), e.weight.grad.is_sparse, e.weight.grad.to_dense())
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
    """
from torch.nn.utils import parametrize as P


class Half(nn.Module):
    def forward(self, x):
        return x * 2

    def right_inverse(self, y):
        return y / 2


m = fill(nn.Linear(2, 2))
w = m.weight
step = torch.optim.SGD(m.parameters(), lr=0.1).step
P.register_parametrization(m, "weight", Half())
print(m.parametrizations.weight.original is w, m.weight)
m(torch.ones(1, 2)).sum().backward()
step()
print(m.weight)
P.remove_parametrizations(m, "weight")
print(m.weight is w)


class Given(nn.Module):
    def forward(self, *x):
        return x[0]

    def right_inverse(self, y):
        return self.given


for given in (None, (None, torch.ones(1)), torch.ones(2, 2).double()):
    made = Given()
    made.given = given
    try:
        P.register_parametrization(nn.Linear(2, 2), "weight", made)
    except ValueError as error:
        print(error)
""",
    """
m = nn.Linear(2, 2, dtype=torch.complex64)
m.weight = nn.Parameter(torch.diag(torch.tensor([0.5 + 0.5j, -0.25j])))
nn.utils.parametrizations.spectral_norm(m)
print(torch.view_as_real(m.weight))
""",
    """
pack = nn.utils.rnn.pack_padded_sequence
for given in ((torch.zeros(0, 0), []), (torch.zeros(0, 1, 10), torch.zeros(4, 0)), (torch.zeros(0, 1, 1), [0])):
    try:
        pack(*given)
    except RuntimeError as error:
        print(error)
""",
    """
from torch.nn.utils import prune

container = prune.PruningContainer()
container._tensor_name = "test"
first, other = prune.L1Unstructured(amount=2), prune.L1Unstructured(amount=2)
first._tensor_name, other._tensor_name = "test", "another"
container.add_pruning_method(first)
print(container.compute_mask(torch.arange(1.0, 9).view(2, 4), torch.tensor([[1, 1, 1, 0], [1, 1, 0, 1]])))
try:
    container.add_pruning_method(other)
except ValueError as error:
    print(str(error).partition("<")[0])
""",
    """
for m, shape in (
    (nn.AdaptiveAvgPool1d(5), (0, 10)),
    (nn.AdaptiveAvgPool2d(5), (0, 3, 10, 10)),
    (nn.AdaptiveAvgPool3d(5), (0, 10, 10, 10)),
    (nn.FractionalMaxPool2d(3, output_ratio=(0.5, 0.5)), (0, 16, 50, 32)),
):
    x = torch.ones(*shape, requires_grad=True)
    y = m(x)
    y.sum().backward()
    print(y.shape, x.grad.shape)
x = torch.zeros(0, 10, 10, requires_grad=True)
nn.MaxUnpool1d(2)(*F.max_pool1d(x, 2, return_indices=True)).sum().backward()
print(x.grad.shape)
F.adaptive_avg_pool2d(R(1, 4, 10, 9).requires_grad_(), 0).sum().backward()
""",
    """
nn.FractionalMaxPool3d(3, output_ratio=0.5)(torch.zeros(1, 0, 9, 9, 9))
""",
    """
class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(1))
        self.b = self.a
        self.c = torch.ones(1)

    def forward(self, x):
        y = x + self.a + self.c
        self.a = nn.Parameter(torch.full((1,), 7.0))
        return y


m = Counting()
given = {"a": nn.Parameter(torch.ones(1)), "c": torch.full((1,), 3.0)}
print(torch.func.functional_call(m, given, torch.ones(1)), m.a, m.c, given)
torch.func.functional_call(m, {"a": torch.ones(1), "b": torch.zeros(1)}, torch.ones(1))
""",
    """
class Only:
    def read(self, n=-1):
        return b"data"


torch.load(Only(), weights_only=False)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
