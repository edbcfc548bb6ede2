"""Modules as users write and use them, beside PyTorch's."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
class M(nn.Module):
    def __init__(self, n=2):
        super().__init__()
        self.n = n
        self.scale = nn.Parameter(torch.ones(n))
        self.register_buffer("mask", torch.ones(n))
        self.sub = nn.ModuleDict({"x": nn.Linear(n, n)})

    def forward(self, x, *, flag=False):
        return self.sub["x"](x * self.scale * self.mask) if not flag else x


m = fill(M())
print(m(torch.ones(1, 2)), m(torch.ones(1, 2), flag=True))
print(m)
print(list(m.state_dict()))
print(vars(m).keys() >= {"training", "n"})
print("scale" in m._parameters, "mask" in m.__dict__)
""",
    """
m = nn.Linear(2, 2)
print(m._parameters.keys(), m._buffers, m._modules)
print(isinstance(m, nn.Module), callable(m), m.weight is m._parameters["weight"])
""",
    """
m = nn.Linear(2, 2)
print(
    [n for n, p in m.named_parameters() if p.requires_grad],
    sum(p.numel() for p in m.parameters()),
    sum(p.numel() * p.element_size() for p in m.parameters()),
)
""",
    """
m = nn.Linear(2, 2)
m.weight.zero_()
""",
    """
m = nn.Linear(2, 2)
m.weight += 1
""",
    """
m = nn.Linear(2, 2)
m.weight = m.weight * 2
""",
    """
m = nn.Linear(2, 2)
m.weight = nn.Parameter(m.weight * 2)
print(m.weight.is_leaf)
""",
    """
m = nn.Sequential(nn.Linear(2, 2))
m.foo = [nn.Linear(1, 1)]
print(len(list(m.parameters())))
m.eval()
print(m.training, m[0].training, m.foo[0].training)
""",
    """
class Lazy(nn.Module):
    def __init__(s):
        super().__init__()
        s.l = None

    def forward(s, x):
        if s.l is None:
            s.l = nn.Linear(x.shape[-1], 1)
        return s.l(x)


m = Lazy()
print(list(m.parameters()))
m(torch.ones(1, 3))
print(len(list(m.parameters())), m)
""",
    """
class A(nn.Module):
    x: int = 3

    def __init__(s):
        super().__init__()

    @property
    def device(s):
        return next(s.parameters()).device

    @classmethod
    def make(cls):
        return cls()


print(A.make().x)
A.make().device
""",
    """
class A(nn.Module):
    def __getattr__(s, n):
        try:
            return super().__getattr__(n)
        except AttributeError:
            return "fallback"


print(A().whatever)
""",
    """
class A(nn.Module):
    def __setattr__(s, n, v):
        if n == "p":
            print("set p")
        super().__setattr__(n, v)


a = A()
a.p = nn.Parameter(torch.ones(1))
print(list(a._parameters))
""",
    """
from collections import OrderedDict

sd = OrderedDict((("module." + k), v) for k, v in nn.Linear(2, 2).state_dict().items())
m = nn.Linear(2, 2)
print(m.load_state_dict({k.replace("module.", ""): v for k, v in sd.items()}))
m.load_state_dict(sd)
""",
    """
m = nn.Linear(2, 2)
n = nn.Linear(2, 2)
n.load_state_dict(m.state_dict())
print((m.weight == n.weight).all(), m.weight is n.weight)
m.weight.data.zero_()
print((m.weight == n.weight).all().item())
""",
    """
m = nn.Linear(2, 2)
sd = m.state_dict()
m.weight.data.fill_(7)
print(sd["weight"])
""",
    """
m = nn.Linear(2, 2)
print(m.load_state_dict({"weight": torch.ones(2, 2)}, strict=False), m.weight)
""",
    """
w = [nn.Linear(2, 2) for _ in range(2)]
w[1].load_state_dict(w[0].state_dict())
x = R(1, 2)
print(torch.allclose(w[0](x), w[1](x)), torch.equal(w[0].weight, w[1].weight))
""",
    """
m = nn.BatchNorm1d(2)
m.train()
m(R(4, 2))
print(m.num_batches_tracked.item(), m.num_batches_tracked.dtype, m.state_dict()["num_batches_tracked"])
""",
    """
m = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
torch.manual_seed(0)
a = m(torch.ones(1, 2))
m.eval()
print(torch.equal(m(torch.ones(1, 2)), m(torch.ones(1, 2))))
print(m[1].training)
""",
    """
import functools


def count(m):
    return sum(1 for _ in m.modules())


print(count(nn.Sequential(nn.Sequential(nn.ReLU()), nn.ReLU())))
print([type(x).__name__ for x in nn.Sequential(nn.Sequential(nn.ReLU()), nn.ReLU()).modules()])
""",
    """
m = nn.Linear(3, 2)
t = m.weight.T
print(
    t.shape,
    m.weight.t().is_contiguous(),
    m.weight.size(),
    m.weight.size(0),
    m.weight.dim(),
    m.weight.device.type in ("cpu", "opencl"),
)
""",
    """
m = nn.Linear(2, 2)
o = m(torch.ones(3, 2))
print(o.requires_grad, o.grad_fn is not None, o.is_leaf)
with torch.no_grad():
    print(m(torch.ones(3, 2)).requires_grad)
with torch.inference_mode():
    print(m(torch.ones(3, 2)).requires_grad)
""",
    """
m = nn.Linear(2, 1)
y = m(torch.ones(3, 2))
y.backward()
""",
    """
m = nn.Linear(2, 1)
y = m(torch.ones(3, 2)).sum()
y.backward()
y.backward()
""",
    """
m = nn.Linear(2, 2)
print(hash(m) == hash(m), m == m, m != nn.Linear(2, 2), bool(m), {m: 1}[m])
""",
    """
try:
    len(nn.Linear(2, 2))
except TypeError as e:
    print(e)
nn.Linear(2, 2)[0]
""",
    """
nn.Linear(2, 2)(torch.ones(2, 2), 3)
""",
    """
nn.Linear(2)
""",
    """
nn.Conv2d(1, 2)
""",
    """
nn.CrossEntropyLoss()(torch.ones(2, 2))
""",
    """
print(nn.Linear(2, 2).forward.__name__, nn.ReLU.__mro__[1].__name__, nn.Module.__name__, nn.Linear.__module__)
""",
    """
import copy


class C(nn.Module):
    def __init__(s):
        super().__init__()
        s.w = nn.Parameter(torch.ones(1))
        s.cache = {"a": torch.zeros(1)}
        s.fn = len


a = C()
b = copy.deepcopy(a)
b.w.data.fill_(3)
print(a.w.item(), b.w.item(), b.cache["a"] is a.cache["a"], b.fn is len)
""",
    """
m = nn.Linear(2, 2)
m.weight.requires_grad_(False)
print([p.requires_grad for p in m.parameters()])
m.requires_grad_(True)
print([p.requires_grad for p in m.parameters()])
""",
    """
print(
    nn.Flatten(1)(torch.ones(2, 3, 4)).shape,
    nn.Sequential(nn.Flatten(), nn.Linear(12, 2))(torch.ones(2, 3, 4)).shape,
)
""",
    """
print(str(nn.Conv2d(1, 2, 3)), repr(nn.BatchNorm2d(3)), f"{nn.ReLU()}", "%s" % nn.Dropout(0.2))
""",
    """
m = nn.Linear(2, 2)
m.extra = "x"
print(m.extra)
del m.extra
print(hasattr(m, "extra"))
m.weight = None
print(m.weight, list(m.state_dict()))
""",
    """
# module with dict of losses and nested output
class M(nn.Module):
    def __init__(s):
        super().__init__()
        s.a = nn.Linear(2, 2)
        s.b = nn.Linear(2, 3)

    def forward(s, x):
        return {"a": s.a(x), "b": (s.b(x), x)}


m = fill(M())
o = m(R(3, 2))
print(o["a"].shape, o["b"][0].shape)
m.register_forward_hook(lambda mod, i, out: print(sorted(out)))
m(R(1, 2))
""",
    """
m = nn.Sequential(nn.Linear(2, 2))
h = m.register_forward_hook(lambda *a: None)
print(len(m._forward_hooks))
h.remove()
print(len(m._forward_hooks))
h.remove()
""",
    """
m = fill(nn.Linear(2, 2))
m.register_forward_pre_hook(lambda mod, inp: (inp[0] * 2,))
print(m(torch.ones(1, 2)))
""",
    """
grads = []
m = fill(nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)))
for l in m:
    l.register_full_backward_hook(lambda mod, gi, go: grads.append((type(mod).__name__, go[0].norm().item())))
m(R(5, 2)).sum().backward()
print(grads)
""",
    """
m = fill(nn.Linear(2, 2))
m.weight.register_hook(lambda g: print("grad", g))
m(torch.ones(1, 2)).sum().backward()
""",
    """
m = fill(nn.Linear(2, 2))
h = m.weight.register_post_accumulate_grad_hook(lambda p: print("acc", p.grad))
m(torch.ones(1, 2)).sum().backward()
""",
    """
class M(nn.Module):
    def __init__(s, *a, **k):
        super().__init__()
        s.a = a
        s.k = k

    def forward(s, *x, **k):
        return x, k


print(M(1, b=2)(3, c=4))
m = M()
m.register_forward_hook(lambda mod, args, kw, out: print(args, kw, out), with_kwargs=True)
m(1, z=2)
""",
    """
m = nn.Linear(2, 2)
import weakref, gc

r = weakref.ref(m)
del m
gc.collect()
print(r() is None)
""",
    """
import threading

m = fill(nn.Linear(4, 4))
out = []


def f():
    out.append(m(torch.ones(1, 4)).sum().item())


t = [threading.Thread(target=f) for _ in range(3)]
[x.start() for x in t]
[x.join() for x in t]
print(len(set(round(v, 4) for v in out)))
""",
    """
x = R(4, 3)
y = x[:, 1]
l = F.mse_loss(x.mean(1), y)
print(l)
""",
    """
torch.manual_seed(1)
a = nn.Linear(3, 3)
torch.manual_seed(1)
b = nn.Linear(3, 3)
print(torch.equal(a.weight, b.weight), torch.equal(a.bias, b.bias))
""",
    """
torch.manual_seed(1)
d = nn.Dropout(0.5)
a = d(torch.ones(100))
torch.manual_seed(1)
b = d(torch.ones(100))
print(torch.equal(a, b), set(a.tolist()) <= {0.0, 2.0})
""",
    """
model = fill(nn.Sequential(nn.Linear(3, 3), nn.ReLU()))
s = str(model.state_dict())
print(s)
""",
    """
p = nn.Parameter(torch.ones(2))
q = p.data
q[0] = 5
print(p)
p.data[1] = 7
print(p)
r = p.detach()
r[0] = 9
print(p)
""",
    """
p = nn.Parameter(torch.randn(3))
print(
    p.requires_grad,
    p.is_leaf,
    p.grad_fn,
    (p * 2).is_leaf,
    isinstance(p * 2, nn.Parameter),
    type(p.to(torch.float64)).__name__,
    type(p[0:1]).__name__,
)
""",
    """
m = nn.Linear(3, 2)
print(m.weight.shape == torch.Size([2, 3]), m.weight.T.shape, [*m.weight.shape], m.bias.ndim, m.in_features)
""",
    """
for m in (nn.Linear(2, 2), nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)):
    m.reset_parameters()
    print(type(m).__name__, all(p.requires_grad for p in m.parameters()))
""",
    """
loss = nn.CrossEntropyLoss()
print(loss.weight, loss.reduction, loss.ignore_index, loss.label_smoothing, list(loss.parameters()))
print(loss(R(3, 3), torch.tensor([0, 1, 2])))
""",
    """
import torch

try:
    torch.__future__.set_swap_module_params_on_conversion(True)
    m = nn.Linear(2, 2)
    m(torch.ones(1, 2)).sum().backward()
    w, g = m.weight, m.weight.grad
    m.double()
    print(m.weight is w, w.dtype, w.grad.dtype, w.is_leaf, type(w).__name__)
    m.load_state_dict(nn.Linear(2, 2).state_dict())
    print(m.weight is w, w.dtype, m.weight.requires_grad)
    torch.__future__.set_swap_module_params_on_conversion(False)
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    m.float()
    print(m.weight is w, w.dtype, m.weight.dtype, m.weight.grad.dtype, m.weight.requires_grad)
finally:
    torch.__future__.set_swap_module_params_on_conversion(False)
    torch.__future__.set_overwrite_module_params_on_conversion(False)
m = nn.Linear(2, 2)
w = m.weight
m.double()
print(m.weight is w, w.dtype)
""",
    """
import warnings

with warnings.catch_warnings(record=True) as given:
    warnings.simplefilter("always")
    with torch.device("meta"):
        m = nn.Linear(2, 1)
    print(m.load_state_dict(nn.Linear(2, 1).state_dict()), m.weight.is_meta)
print([str(w.message) for w in given])
m.to("cpu")
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
