"""Containers beside PyTorch's: Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
s = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
s[5]
""",
    """
s = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
s[-1] = nn.Tanh()
print(s, s[-2], s[0:1], s[::2])
del s[0]
print(s)
s.append(nn.Tanh()).append(nn.Sigmoid())
del s[0:2]
print(s, list(s._modules))
""",
    """
from collections import OrderedDict

s = nn.Sequential(OrderedDict([("fc", nn.Linear(1, 1)), ("act", nn.ReLU())]))
print(s, s.fc, s[0], s.act)
s[0] = nn.Linear(2, 2)
print(s)
s.append(nn.Tanh())
print(s)
del s[1]
print(s)
""",
    """
s = nn.Sequential(nn.ReLU())
print(s + nn.Sequential(nn.Tanh()), s * 3, 2 * s)
s += nn.Sequential(nn.Tanh())
print(s)
s *= 2
print(s)
print((s * 2)[0] is s[0])
""",
    """
nn.Sequential(nn.ReLU()) * 0
""",
    """
nn.Sequential(nn.ReLU()) * 1.5
""",
    """
nn.Sequential(nn.ReLU()) + 3
""",
    """
s = nn.Sequential(nn.ReLU())
s.insert(5, nn.Tanh())
""",
    """
s = nn.Sequential(nn.ReLU())
s.insert(0, 3)
""",
    """
s = nn.Sequential(nn.ReLU())
s.append(3)
""",
    """
s = nn.Sequential(nn.ReLU(), nn.Tanh())
s.insert(1, nn.Sigmoid())
s.insert(-1, nn.ELU())
print(s)
print(s.pop(0))
print(s)
s.extend([nn.ReLU(), nn.ReLU()])
print(s, len(s))
print(dir(s) == sorted(dir(s)), "0" in dir(s))
""",
    """
nn.Sequential(3)
""",
    """
nn.Sequential([nn.ReLU()])
""",
    """
s = nn.Sequential()
print(s(3), len(s), bool(s), list(s))
""",
    """
s = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
s(torch.ones(2, 5))
""",
    """
for m in nn.Sequential(nn.ReLU(), nn.Tanh()):
    print(m)
for n, m in nn.Sequential(nn.ReLU(), nn.Tanh()).named_children():
    print(n, m)
""",
    """
l = nn.ModuleList([nn.ReLU(), nn.Tanh()])
print(l[0], l[-1], l[0:1], len(l), [type(x).__name__ for x in l])
l[9]
""",
    """
l = nn.ModuleList([nn.ReLU(), nn.Tanh()])
l.insert(1, nn.ELU())
l.append(nn.Sigmoid())
l.extend([nn.ReLU()])
l += [nn.ReLU()]
print(l, (l + nn.ModuleList([nn.ELU()])).__len__())
del l[0]
print(l)
del l[-2:]
print(l)
print(l.pop(-1))
l[0] = nn.GELU()
print(l)
l[-1] = nn.ReLU()
print(l)
""",
    """
l = nn.ModuleList([nn.ReLU()])
l.append(3)
""",
    """
l = nn.ModuleList([nn.ReLU()])
l.extend(3)
""",
    """
l = nn.ModuleList([nn.ReLU()])
l(3)
""",
    """
nn.ModuleList(nn.ReLU())
""",
    """
l = nn.ModuleList([nn.ReLU()])
l["a"]
""",
    """
d = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
print(d, d["a"], len(d), list(d), "a" in d, list(d.keys()), list(d.values()), list(d.items()))
d["c"] = nn.ELU()
d.update([("d", nn.ReLU())])
print(d)
print(d.pop("a"))
del d["b"]
print(d)
d.clear()
print(d, len(d))
""",
    """
nn.ModuleDict({"a": 3})
""",
    """
nn.ModuleDict({"a.b": nn.ReLU()})
""",
    """
nn.ModuleDict({"pop": nn.ReLU()})
""",
    """
d = nn.ModuleDict({"a": nn.ReLU()})
d["zz"]
""",
    """
d = nn.ModuleDict([["a", nn.ReLU()], ["b", nn.Tanh()]])
print(d)
""",
    """
d = nn.ModuleDict()
d.update(3)
""",
    """
d = nn.ModuleDict()
d.update([("a",)])
""",
    """
d = nn.ModuleDict({"z": nn.ReLU(), "a": nn.Tanh()})
d.update({"c": nn.ReLU(), "b": nn.ELU()})
print(d)
""",
    """
class Net(nn.Module):
    def __init__(s):
        super().__init__()
        s.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        s.acts = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})

    def forward(s, x, act):
        for i, l in enumerate(s.layers):
            x = s.layers[i // 2](x) + l(x)
        return s.acts[act](x)


n = fill(Net())
print(n)
print(n(R(2, 4), "tanh"))
print([k for k, _ in n.named_parameters()])
""",
    """
pl = nn.ParameterList([torch.ones(2), nn.Parameter(torch.zeros(1))])
print(pl, len(pl), [n for n, _ in pl.named_parameters()])
pl.append(torch.ones(3))
pl.extend([torch.ones(1)])
print(pl[-1], [tuple(x.shape) for x in pl], pl[1:3])
pl[0] = torch.ones(7)
print(pl)
pl += [torch.ones(1)]
print(len(pl), list(pl.state_dict()))
pl[9]
""",
    """
nn.ParameterList(3)
""",
    """
pl = nn.ParameterList()
pl.append(3)
print(pl, pl[0])
print(nn.ParameterList([torch.ones(1)] * 2))
pl()
""",
    """
pl = nn.ParameterList([torch.ones(1)])
pl.extend(3)
""",
    """
pl = nn.ParameterList([torch.ones(1)])
pl.extend(torch.ones(3))
print(pl)
print(repr(pl.pop(0)) if hasattr(pl, "pop") else None)
print(pl)
""",
    """
pd = nn.ParameterDict({"a": torch.ones(2), "b": nn.Parameter(torch.zeros(1))})
print(pd, len(pd), list(pd.keys()), "a" in pd)
pd["c"] = torch.ones(3)
print([k for k in pd], pd.pop("a"))
print([n for n, _ in pd.named_parameters()], [tuple(v.shape) for v in pd.values()])
pd.update({"z": torch.ones(1)})
del pd["b"]
print(pd, pd.get("q"), pd.setdefault("y", torch.ones(1)))
""",
    """
pd = nn.ParameterDict({"a": torch.ones(2)})
print(list(pd.items())[0][0], pd.copy(), pd.popitem()[0], nn.ParameterDict.fromkeys if False else 1)
pd["x"]
""",
    """
class N(nn.Module):
    def __init__(s):
        super().__init__()
        s.ps = nn.ParameterList([nn.Parameter(torch.ones(2, 2) * k) for k in range(3)])
        s.pd = nn.ParameterDict({"l": nn.Parameter(torch.ones(2))})

    def forward(s, x):
        for p in s.ps:
            x = x @ p
        return x + s.pd["l"]


n = N()
print(n)
n(R(1, 2)).sum().backward()
print([p.grad for p in n.parameters()])
print(list(n.state_dict()))
import copy

m = copy.deepcopy(n)
print(m.ps[0] is n.ps[0], m.load_state_dict(n.state_dict()))
print(n.half().ps[0].dtype)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
