"""Modules beside PyTorch's: attributes, names, state, modes, copies, errors and what is printed."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
m = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
weight = m[0].weight
weight.grad = torch.ones(2, 2)
gradient = weight.grad
print(m.to(torch.complex64)[0].weight.dtype, m[1].num_batches_tracked.dtype, weight.grad.dtype)
print(m.type("torch.FloatTensor")[0].weight.dtype, m[1].num_batches_tracked.dtype, m[0].weight is weight)
m.double()
print(m[0].weight is weight, weight.grad is gradient, gradient.dtype)
m.zero_grad(set_to_none=False)
print(weight.grad is gradient, gradient)
c = nn.Conv2d(2, 3, 3)
print(c.to(torch.float64, memory_format=torch.channels_last).weight.stride(), c.bias.stride(), c.bias.dtype)
import warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    m.to(torch.complex64)
    m.state_dict({}, "x.", True)
    nn.LazyLinear(2)
print([(one.category.__name__, str(one.message)[:40]) for one in seen if "discards" not in str(one.message)])
for call in (lambda: m.to(torch.int32), lambda: sum(p.numel() for p in nn.LazyLinear(2).parameters()), lambda: m.to_empty("cpu")):
    try:
        call()
    except (TypeError, ValueError) as error:
        print(type(error).__name__, str(error)[:40])
class Bare(nn.Module):
    def __init__(self):
        self.x = 3
try:
    Bare()(1)
except AttributeError as error:
    print(error)
""",
    """
def tell(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
tell(lambda: nn.Unflatten(1, 3))
tell(lambda: nn.Unflatten(1, ("a",)))
tell(lambda: nn.Embedding(3, 2, padding_idx=-4))
tell(lambda: nn.EmbeddingBag(3, 2, padding_idx=-4))
tell(lambda: nn.GELU("x")(R(1)))
tell(lambda: nn.Hardtanh(2, 1))
tell(lambda: nn.Bilinear(0, 1, 1))
tell(lambda: nn.MultiMarginLoss(weight=torch.ones(2, 2)))
tell(lambda: nn.RMSNorm(3)(R(2, 2)))
tell(lambda: nn.Linear(2, 3)(R(2, 2).double()))
tell(lambda: nn.Embedding(3, 2)(torch.tensor([5])))
tell(lambda: nn.LSTMCell(2, 3)(R(1, 3)))
tell(lambda: nn.GRUCell(2, 3)(R(1, 2), R(1, 2)))
tell(lambda: nn.RNNCell(2, 3)(R(1, 2), R(2, 3)))
tell(lambda: nn.MultiheadAttention(4, 2)(R(2, 1, 4), R(2, 1, 4), R(3, 1, 4)))
tell(lambda: nn.MultiheadAttention(4, 2)(R(2, 1, 4), R(2, 1, 4), R(2, 1, 4), key_padding_mask=R(3, 3)))
tell(lambda: nn.Bilinear(2, 3, 1)(R(1, 2), R(2, 3)))
tell(lambda: nn.Linear(1, 1, dtype=torch.int32))
tell(lambda: nn.Conv2d(1, 1, (3,)))
tell(lambda: nn.ModuleDict().update([1]))
tell(lambda: nn.ParameterDict([1]))
tell(lambda: nn.ParameterDict([[1, 2, 3]]))
tell(lambda: nn.EmbeddingBag(3, 2)(I(3, 4), torch.tensor([0, 9])))
x = R(4, 2, 3).log_softmax(-1)
for steps, lengths in (([5, 4], [2, 2]), ([-1, 4], [2, 2]), ([4, 4], [3, 2]), ([4, 4], [-2, 2])):
    tell(lambda: F.ctc_loss(x, torch.ones(2, 2, dtype=torch.int64), torch.tensor(steps), torch.tensor(lengths)))
    tell(lambda: F.ctc_loss(x, torch.ones(2, 2, dtype=torch.int64), steps, lengths))
""",
    """
class A(nn.Module):
    def __init__(self):
        self.l = nn.Linear(1, 1)


A()
""",
    """
class A(nn.Module):
    def __init__(self):
        self.l = nn.Parameter(torch.ones(1))


A()
""",
    """
class A(nn.Module):
    def __init__(self):
        self.register_buffer("x", torch.ones(1))


A()
""",
    """
class A(nn.Module):
    def __init__(self):
        self.x = 3
        self.y = torch.ones(1)


A()
print("ok")
""",
    """
nn.Module(3)
""",
    """
nn.Module(x=3)
""",
    """
m = nn.Module()
m(1)
""",
    """
m = nn.Linear(2, 2)
m.weight = 3
""",
    """
m = nn.Linear(2, 2)
m.weight = torch.ones(2, 2)
""",
    """
m = nn.Sequential(nn.ReLU())
m[0] = 3
""",
    """
m = nn.BatchNorm2d(2)
m.running_mean = 3
""",
    """
m = nn.BatchNorm2d(2)
m.running_mean = None
print(m.state_dict().keys())
""",
    """
m = nn.Linear(2, 2)
m.register_parameter("weight", None)
print(m, list(m.parameters()).__len__())
""",
    """
m = nn.Linear(2, 2)
m.register_parameter("a.b", None)
""",
    """
m = nn.Linear(2, 2)
m.register_parameter("", None)
""",
    """
m = nn.Linear(2, 2)
m.register_parameter("forward", None)
""",
    """
m = nn.Linear(2, 2)
m.register_parameter("p", torch.ones(1))
""",
    """
m = nn.Linear(2, 2)
m.register_parameter(3, torch.ones(1))
""",
    """
m = nn.Linear(2, 2)
m.register_buffer("p", 3)
""",
    """
m = nn.Linear(2, 2)
m.register_buffer("weight", torch.ones(1))
""",
    """
m = nn.Linear(2, 2)
m.register_buffer("a.b", torch.ones(1))
""",
    """
m = nn.Linear(2, 2)
m.register_buffer("", torch.ones(1))
""",
    """
m = nn.Linear(2, 2)
m.register_buffer(3, torch.ones(1))
""",
    """
m = nn.Linear(2, 2)
m.add_module("p", 3)
""",
    """
m = nn.Linear(2, 2)
m.add_module("weight", nn.ReLU())
""",
    """
m = nn.Linear(2, 2)
m.add_module("a.b", nn.ReLU())
""",
    """
m = nn.Linear(2, 2)
m.add_module("", nn.ReLU())
""",
    """
m = nn.Linear(2, 2)
m.add_module(3, nn.ReLU())
""",
    """
m = nn.Linear(2, 2)
m.register_module("a", nn.ReLU())
print(m)
""",
    """
m = nn.Linear(2, 2)
m.nothing
""",
    """
m = nn.Linear(2, 2)
del m.weight
print(list(m._parameters))
del m.zzz
""",
    """
m = nn.Sequential(nn.Linear(2, 2))
m.get_submodule("1")
""",
    """
m = nn.Sequential(nn.Linear(2, 2))
m.get_submodule("0.weight")
""",
    """
m = nn.Sequential(nn.Linear(2, 2))
print(m.get_submodule("0"), m.get_submodule("") is m)
m.get_parameter("0.zzz")
""",
    """
m = nn.Sequential(nn.BatchNorm2d(2))
print(m.get_buffer("0.running_mean"))
m.get_parameter("0.running_mean")
""",
    """
m = nn.Sequential(nn.BatchNorm2d(2))
m.get_buffer("0.weight")
""",
    """
m = nn.Sequential(nn.BatchNorm2d(2))
m.get_buffer("0.zzz")
""",
    """
m = nn.Sequential(nn.BatchNorm2d(2))
m.get_parameter("3.zzz")
""",
    """
l = nn.Linear(2, 2)
m = nn.Sequential(l, l)
m.w = l.weight
print([n for n, _ in m.named_parameters()], [n for n, _ in m.named_parameters(remove_duplicate=False)])
print([n for n, _ in m.named_modules()], [n for n, _ in m.named_modules(remove_duplicate=False)])
print([n for n, _ in m.named_children()], len(list(m.children())), list(m.state_dict()))
print([n for n, _ in m.named_parameters("pre", recurse=False)], [n for n, _ in m.named_buffers("q")])
""",
    """
m = nn.BatchNorm2d(2)
m.register_buffer("np_", torch.ones(1), persistent=False)
print(list(m.state_dict()), [n for n, _ in m.named_buffers()])
m.np_ = torch.zeros(2)
print(list(m.state_dict()))
m.register_buffer("np_", torch.ones(3))
print(list(m.state_dict()))
""",
    """
m = nn.Linear(2, 3)
print(m.load_state_dict(m.state_dict()))
print(m.load_state_dict({}, strict=False))
print(repr(m.load_state_dict({"x": torch.ones(1)}, strict=False)))
""",
    """
m = nn.Linear(2, 3)
m.load_state_dict({"weight": torch.ones(3, 2), "bias": torch.ones(4), "zz": torch.ones(1)})
""",
    """
m = nn.Linear(2, 3)
m.load_state_dict({"weight": torch.ones(3, 3)})
""",
    """
m = nn.Linear(2, 3)
m.load_state_dict({"weight": 3, "bias": torch.ones(3)})
""",
    """
m = nn.Linear(2, 3)
m.load_state_dict([1])
""",
    """
m = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
m.load_state_dict({"0.weight": torch.ones(2, 2), "1.foo": torch.ones(2)}, strict=False)
""",
    """
m = nn.Linear(2, 3)
sd = {k: v.double() for k, v in m.state_dict().items()}
w = m.weight
m.load_state_dict(sd)
print(m.weight.dtype, m.weight is w)
m.load_state_dict(sd, assign=True)
print(m.weight.dtype, m.weight is w, type(m.weight).__name__, m.weight.requires_grad)
""",
    """
m = nn.Linear(1, 3)
m.weight = nn.Parameter(torch.tensor(1.0))
m.load_state_dict({"weight": torch.ones(1), "bias": torch.ones(3)})
print(m.weight)
""",
    """
m = nn.Linear(2, 3)
sd = m.state_dict()
print(type(sd).__name__, sd._metadata)
print(sd["weight"].requires_grad, type(sd["weight"]).__name__)
sd = m.state_dict(keep_vars=True)
print(sd["weight"] is m.weight)
d = {}
m.state_dict(destination=d, prefix="a.")
print(list(d))
""",
    """
m = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
print(m.state_dict()._metadata)
""",
    """
class E(nn.Module):
    def __init__(s):
        super().__init__()
        s.l = nn.Linear(1, 1)
        s.v = 3

    def get_extra_state(s):
        return {"v": s.v}

    def set_extra_state(s, x):
        s.v = x["v"]


a, b = nn.Sequential(E()), nn.Sequential(E())
a[0].v = 7
print(list(a.state_dict()))
b.load_state_dict(a.state_dict())
print(b[0].v)
sd = a.state_dict()
del sd["0._extra_state"]
print(b.load_state_dict(sd, strict=False))
b.load_state_dict(sd)
""",
    """
m = nn.Linear(1, 1)
m.load_state_dict({**m.state_dict(), "_extra_state": 3})
""",
    """
m = nn.Sequential(nn.Linear(1, 1))
h = m.register_state_dict_post_hook(
    lambda mod, sd, prefix, md: (print("post", prefix, md), sd.pop("0.bias"))[0]
)
h2 = m[0].register_state_dict_pre_hook(lambda mod, prefix, kv: print("pre", prefix, kv))
h3 = m._register_state_dict_hook(lambda mod, sd, prefix, md: {"new": 1})
print(m.state_dict())
h3.remove()
print(list(m.state_dict()))
""",
    """
m = nn.Sequential(nn.Linear(1, 1))
m[0]._register_load_state_dict_pre_hook(
    lambda sd, prefix, md, strict, missing, unexp, err: print(
        "lp", list(sd), prefix, md, strict, missing, unexp, err
    )
)
m[0].register_load_state_dict_pre_hook(
    lambda mod, sd, prefix, md, strict, missing, unexp, err: (
        print("lp2", type(mod).__name__),
        sd.pop(prefix + "bias"),
    )[0]
)
m[0].register_load_state_dict_post_hook(lambda mod, inc: print("after", inc))
m.register_load_state_dict_post_hook(lambda mod, inc: inc.missing_keys.clear())
sd = m.state_dict()
print(m.load_state_dict(sd))
print(list(sd))
""",
    """
class V(nn.Module):
    _version = 3

    def __init__(s):
        super().__init__()
        s.w = nn.Parameter(torch.ones(1))

    def _load_from_state_dict(s, sd, prefix, md, strict, missing, unexp, err):
        print("load", prefix, md, strict)
        if prefix + "old" in sd:
            sd[prefix + "w"] = sd.pop(prefix + "old")
        super()._load_from_state_dict(sd, prefix, md, strict, missing, unexp, err)

    def _save_to_state_dict(s, dest, prefix, keep):
        super()._save_to_state_dict(dest, prefix, keep)
        dest[prefix + "more"] = torch.zeros(1)


m = nn.Sequential(V())
print(list(m.state_dict()))
sd = m.state_dict()
del sd["0.more"]
m.load_state_dict(sd)
m.load_state_dict({"0.old": torch.ones(1) * 4})
print(m[0].w.item())
""",
    """
class Frozen(nn.BatchNorm2d):
    def train(self, mode=True):
        return super().train(False)


m = nn.Sequential(Frozen(2), nn.ReLU())
m.train()
print(m.training, m[0].training, m[1].training)
m.train("x")
""",
    """
m = nn.Linear(1, 1)
print(m.train(False).training, m.eval() is m)
""",
    """
m = nn.Linear(2, 2)
print(
    m.to(torch.float64).weight.dtype,
    m.half().weight.dtype,
    m.to(dtype=torch.float32, non_blocking=True).weight.dtype,
    m.bfloat16().weight.dtype,
    m.type(torch.float32).weight.dtype,
)
m.to(torch.int64)
""",
    """
m = nn.Linear(2, 2)
print(m.to(torch.ones(1, dtype=torch.float64)).weight.dtype)
print(m.to("cpu", torch.float32).bias.dtype)
print(m.to("cpu", non_blocking=True) is m)
print(m.float() is m)
""",
    """
m = nn.Linear(2, 2)
x = m(torch.ones(1, 2)).sum().backward()
g = m.weight.grad
m.double()
print(m.weight.grad.dtype, m.weight.is_leaf)
m.zero_grad(set_to_none=False)
print(m.weight.grad.sum().item())
m.zero_grad()
print(m.weight.grad)
""",
    """
import copy, pickle

m = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
c = copy.copy(m)
print(c[0] is m[0], c._modules is m._modules)
d = copy.deepcopy(m)
print(
    d[0].weight is m[0].weight,
    type(d[0].weight).__name__,
    (d[0].weight == m[0].weight).all().item(),
    d[0].weight.requires_grad,
)
m(torch.ones(3, 2)).sum().backward()
d = copy.deepcopy(m)
print(d[0].weight.grad is None)
p = pickle.loads(pickle.dumps(m))
print(p, p[0].weight.requires_grad, p[0].weight.grad is None)
""",
    """
import copy

l = nn.Linear(2, 2)
m = nn.Sequential(l, l)
d = copy.deepcopy(m)
print(d[0] is d[1])
m = nn.Module()
m.a = nn.Linear(2, 2)
m.b = nn.Linear(2, 2)
m.b.weight = m.a.weight
d = copy.deepcopy(m)
print(d.a.weight is d.b.weight, len(list(d.parameters())))
""",
    """
class R(nn.Module):
    def __init__(s):
        super().__init__()
        s.l = nn.Linear(2, 2)
        s.none = None
        s.drop = nn.Sequential(nn.Dropout(), nn.ReLU(True))

    def extra_repr(s):
        return "a=1,\\nb=2"


print(R())
print(nn.Sequential())
print(nn.ModuleList())
print(nn.ModuleDict())
print(nn.Sequential(R()))
""",
    """
print(nn.ModuleList([nn.Linear(2, 2) for _ in range(4)]))
print(nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU(), nn.ReLU(), nn.Linear(2, 3)]))
""",
    """
class S(nn.Sequential):
    def extra_repr(s):
        return "x"


print(S(nn.ReLU()))
""",
    """
m = nn.Module()
m.register_module("x", None)
print(m, list(m.children()), list(m.named_modules()))
""",
    """
m = nn.Sequential(nn.Linear(1, 1))
m.set_submodule("0", nn.ReLU())
print(m)
m.set_submodule("", nn.ReLU())
""",
    """
m = nn.Sequential(nn.Linear(1, 1))
m.to_empty(device="cpu")
print(m)
""",
    """
class B(nn.Module):
    def __init__(s):
        super().__init__()
        s.b = nn.Buffer(torch.ones(2))
        s.c = nn.Buffer(torch.ones(1), persistent=False)


print(list(B().state_dict()), [n for n, _ in B().named_buffers()], repr(B().b))
""",
    """
m = nn.Linear(2, 2)
print(m._get_name(), nn.Module.__call__ is not None, isinstance(m.forward(torch.ones(2)), torch.Tensor))
print(m.training, hasattr(m, "zzz"), m.__class__.__name__)
""",
    """
m = nn.Linear(2, 2)
print(m.apply(lambda x: x.weight.data.fill_(1)) is m, m.weight.sum().item())
""",
    """
@torch.no_grad()
def init(mod):
    if type(mod) == nn.Linear:
        mod.weight.fill_(1.0)
        mod.bias.data.zero_()


m = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
m.apply(init)
print(m[0].weight, m[0].bias)
""",
    """
class P(nn.Module):
    @property
    def foo(self):
        return self.bar_missing


P().foo
""",
    """
a = nn.Parameter(torch.ones(2))
print(
    a,
    repr(nn.Parameter(torch.ones(2), requires_grad=False)),
    a.data,
    type(a.data).__name__,
    type(a.detach()).__name__,
    type(a + 1).__name__,
    type(a.clone()).__name__,
)
print(nn.Parameter().shape, isinstance(a, torch.Tensor), isinstance(torch.ones(1), nn.Parameter), a.is_leaf)
""",
    """
print(nn.Parameter(torch.ones(2, dtype=torch.int64), requires_grad=False))
""",
    """
x = torch.ones(2)
p = nn.Parameter(x)
x.add_(1)
print(p)
""",
    """
m = nn.Linear(2, 2)
m.weight.data = torch.zeros(2, 2)
print(m.weight)
m.weight.data += 1
print(m.weight)
m.weight.data.mul_(3)
print(m.weight)
m.weight.data = torch.zeros(3, 2)
print(m.weight.shape)
""",
    """
m = nn.Linear(2, 2)
m.weight.grad = 3
""",
    """
m = nn.Linear(2, 2)
m.weight.requires_grad = False
m(torch.ones(2)).sum().backward()
print(m.weight.grad, m.bias.grad)
""",
    """
class Inner(nn.Module):
    def __init__(s, **kw):
        super().__init__(**kw)


Inner(a=1)
""",
    """
m = nn.Linear(2, 2)
m.foo = nn.ReLU()
m.foo = None
print(m)
m.foo = nn.Tanh()
print(m)
del m.foo
print(m)
""",
    """
m = nn.Linear(2, 2)
m.bias = None
print(m, [n for n, _ in m.named_parameters()])
print(m(torch.ones(2)).shape)
""",
    """
m = nn.Module()
m.x = nn.ReLU()
m.x = nn.Parameter(torch.ones(1))
print(list(m._modules), list(m._parameters))
m.x = nn.ReLU()
print(list(m._modules), list(m._parameters))
""",
    """
m = nn.Module()
m.y = torch.ones(1)
m.y = nn.Parameter(torch.ones(1))
print("y" in m.__dict__, list(m._parameters))
""",
    """
w = torch.ones(2, requires_grad=True) * 2
m = nn.Module()
m.register_parameter("w", w)
""",
    """
def hook(*a):
    print("g", type(a[0]).__name__)


import torch as _t

h = nn.modules.module.register_module_forward_hook(lambda m, i, o: print("gf", type(m).__name__))
h2 = nn.modules.module.register_module_forward_pre_hook(lambda m, i: print("gp", type(m).__name__))
nn.Sequential(nn.ReLU())(torch.ones(1))
h.remove()
h2.remove()
nn.ReLU()(torch.ones(1))
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
