"""Optimizers and schedules beside PyTorch's: steps, states, groups, hooks, copies, errors and what is printed."""

from __future__ import annotations

import pytest

from ..naming import named
from ..programs import assert_same

PROGRAMS = [
    """
from importlib import import_module
KINDS = [
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}, 1), ("SGD", {}, 1), ("Adam", {"amsgrad": True}, 4), ("AdamW", {}, 4),
    ("Adagrad", {}, 2), ("RMSprop", {"centered": True, "momentum": 0.5}, 4), ("RMSprop", {}, 4), ("Adadelta", {}, 3),
    ("Adamax", {}, 3), ("NAdam", {}, 4), ("RAdam", {}, 3), ("ASGD", {}, 4), ("Rprop", {}, 3), ("Adafactor", {}, 4), ("Muon", {}, 1),
]
for kind, options, count in KINDS:
    parameters = [nn.Parameter(R(3, 2)), nn.Parameter(R(2, 2)), nn.Parameter(R(1, 1))]
    optimizer = getattr(torch.optim, kind)(parameters, **options)
    for step in range(2):
        for p in parameters[:2]:
            p.grad = p.detach() * (step + 1) - 0.5
        lists = [[] for _ in range(2 + count)]
        with torch.no_grad():
            print(kind, optimizer._init_group(optimizer.param_groups[0], *lists), lists[2:])
        optimizer.step()
    print(parameters)
""",
    """
from torch.optim.adam import adam
class Own(torch.optim.Adam):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lists = [[] for _ in range(6)]
            self._init_group(group, *lists)
            beta1, beta2 = group["betas"]
            adam(*lists, amsgrad=group["amsgrad"], beta1=beta1, beta2=beta2, lr=group["lr"], weight_decay=0.1, eps=group["eps"], maximize=False)
p = nn.Parameter(R(3))
optimizer = Own([p], lr=0.1)
for _ in range(3):
    p.grad = p.detach() ** 2
    optimizer.step()
print(p, optimizer.state_dict()["state"])
""",
    """
rate = torch.tensor(0.1, requires_grad=True)
for kind in ("Adam", "AdamW"):
    p = torch.tensor([1.0, 2.0], requires_grad=True)
    q = p.clone()
    o = getattr(torch.optim, kind)([q], lr=rate, differentiable=True)
    for i in range(2):
        q.grad = p * (i + 1)
        o.step()
    print(q.detach(), torch.autograd.grad(q.sum(), [p, rate]))
w = nn.Parameter(torch.ones(2))
print(torch.optim.Adagrad([w]).state_dict()["state"], torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD([w]), mode="max").mode_worse)
""",
    """
start = torch.arange(3.0, 21.0).reshape(6, 3) / 10
KINDS = [
    ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.1, "momentum": 0.9}), ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "maximize": True, "foreach": True}), ("SGD", {"weight_decay": 0.1}), ("SGD", {"fused": True}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}), ("Adagrad", {"weight_decay": 0.1}), ("Adagrad", {"fused": True}),
    ("Adam", {}), ("AdamW", {}), ("RMSprop", {}), ("Muon", {}), ("Adafactor", {}),
]
for kind, options in KINDS:
    table = nn.Embedding(6, 3, sparse=True, _weight=start.clone())
    optimizer = getattr(torch.optim, kind)(table.parameters(), **options)
    try:
        for at in ([0, 2, 2], [5, 2], [1]):
            optimizer.zero_grad()
            (table(torch.tensor(at)) ** 2).sum().backward()
            optimizer.step()
        print(kind, table.weight)
    except RuntimeError as error:
        print(kind, error)
p = nn.Parameter(torch.tensor(2.0))
optimizer = torch.optim.Adagrad([p], lr=0.1)
for _ in range(2):
    p.grad = (2 * p.detach()).to_sparse()
    optimizer.step()
print(p)
""",
    """
table = nn.Embedding(4, 2, sparse=True, _weight=torch.arange(8.0).reshape(4, 2))
z = nn.Parameter(torch.tensor([1 + 2j, -1j]))
optimizer = torch.optim.LBFGS([*table.parameters(), z], lr=0.5, max_iter=4)
def closure():
    optimizer.zero_grad()
    loss = ((table(torch.tensor([1, 3, 1])) - 1) ** 2).sum() + (z - 1j).abs().square().sum()
    loss.backward()
    return loss
print(optimizer.step(closure), table.weight, z)
""",
    """
net = nn.Linear(2, 1)
fill(net)
optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
net(torch.ones(3, 2)).sum().backward()
fresh = torch.optim.AdamW(net.parameters())
try:
    with torch.optim.swap_in_optimizer_params_and_state(fresh, {}, {}):
        print("never")
except RuntimeError as error:
    print(error)
optimizer.step()
kept = optimizer.state_dict()
others = {name: p.detach().clone().requires_grad_() for name, p in net.named_parameters()}
for p in others.values():
    p.grad = torch.ones_like(p)
given = {
    "state": {k: {n: t.clone() for n, t in s.items()} for k, s in kept["state"].items()},
    "param_groups": [{**kept["param_groups"][0], "lr": 0.5}],
}
with torch.optim.swap_in_optimizer_params_and_state(optimizer, others, given):
    print(optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["params"][0] is others["weight"])
    optimizer.step()
print(net.weight, others, given["state"][0]["exp_avg"], optimizer.param_groups[0]["lr"], optimizer.state_dict()["state"])
group = kept["param_groups"][0]
for state, groups in [
    (None, []), ({net.weight: {}}, []), ({0: 1}, []), ({}, None), ({}, []), ({}, [1]), ({}, [{"params": 0}]), ({}, [{"params": [0]}]),
    ({}, [{"params": [0, 1], "more": 1}]), ({7: {}}, [group]),
]:
    try:
        with torch.optim.swap_in_optimizer_params_and_state(optimizer, others, {"state": state, "param_groups": groups}):
            print("never")
    except RuntimeError as error:
        print(error)
try:
    with torch.optim.swap_in_optimizer_params_and_state(optimizer, {}, kept):
        print("never")
except RuntimeError as error:
    print(error)
""",
    """
e = nn.Embedding(6, 3, sparse=True)
with torch.no_grad():
    e.weight.copy_(torch.arange(18.0).reshape(6, 3) / 10)
for options in ({}, {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3}, {"maximize": True, "lr": torch.tensor(0.2)}):
    o = torch.optim.SparseAdam(list(e.parameters()), **options)
    for at in ([0, 2, 2], [5, 2], [1]):
        o.zero_grad()
        (e(torch.tensor(at)) ** 2).sum().backward()
        o.step()
        print(e.weight)
    state = o.state_dict()["state"][0]
    print(o, state["step"], type(state["step"]), state["exp_avg"], state["exp_avg_sq"])
""",
    """
p = nn.Parameter(torch.tensor(2.0))
o = torch.optim.SparseAdam([p], lr=0.1)
for _ in range(3):
    p.grad = (2 * p.detach()).to_sparse()
    o.step()
print(p)
""",
    """
w = nn.Parameter(torch.ones(2))
for options in ({"lr": 0.0}, {"lr": -1}, {"eps": 0.0}, {"betas": (0.9, 1.0)}):
    try:
        torch.optim.SparseAdam([w], **options)
    except ValueError as error:
        print(error)
try:
    torch.optim.SparseAdam([nn.Parameter(torch.ones(2, dtype=torch.complex64)), w])
except ValueError as error:
    print(error)
w.grad = torch.ones(2)
torch.optim.SparseAdam([w]).step()
""",
    """
p = [nn.Parameter(torch.ones(2))]
print(optim.SGD(p) if False else torch.optim.SGD(p, lr=0.1, momentum=0.9))
print(torch.optim.Adam(p))
print(torch.optim.AdamW(p, lr=1e-3, amsgrad=True))
print(
    torch.optim.SGD(
        [{"params": p, "lr": 0.5}, {"params": [nn.Parameter(torch.ones(1))]}],
        lr=0.1,
        nesterov=True,
        momentum=0.8,
    )
)
""",
    """
torch.optim.SGD([], lr=0.1)
""",
    """
torch.optim.SGD(torch.ones(2), lr=0.1)
""",
    """
torch.optim.SGD([torch.ones(2) * torch.ones(2, requires_grad=True)], lr=0.1)
""",
    """
torch.optim.SGD([3], lr=0.1)
""",
    """
torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=-1)
""",
    """
torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, momentum=-1)
""",
    """
torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, nesterov=True)
""",
    """
torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, weight_decay=-1)
""",
    """
torch.optim.Adam([nn.Parameter(torch.ones(1))], lr=-1)
""",
    """
torch.optim.Adam([nn.Parameter(torch.ones(1))], betas=(1.0, 0.9))
""",
    """
torch.optim.Adam([nn.Parameter(torch.ones(1))], eps=-1)
""",
    """
torch.optim.AdamW([nn.Parameter(torch.ones(1))], weight_decay=-1)
""",
    """
torch.optim.Adam([nn.Parameter(torch.ones(1))], fused=True, foreach=True)
""",
    """
torch.optim.SGD({"params": [nn.Parameter(torch.ones(1))]}, lr=0.1)
""",
    """
p = nn.Parameter(torch.ones(1))
torch.optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1)
""",
    """
p = nn.Parameter(torch.ones(1))
o = torch.optim.SGD([p], lr=0.1)
o.add_param_group({"params": p})
""",
    """
p = nn.Parameter(torch.ones(1))
o = torch.optim.SGD([p], lr=0.1)
o.add_param_group([p])
""",
    """
p = nn.Parameter(torch.ones(1))
o = torch.optim.SGD([p], lr=0.1)
o.add_param_group({"params": nn.Parameter(torch.ones(2)), "lr": 0.5})
print(o, len(o.param_groups))
o.add_param_group({"params": {nn.Parameter(torch.ones(1))}})
""",
    """
for kw in (
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.9, "dampening": 0.3},
    {"weight_decay": 0.1},
    {"maximize": True},
    {"momentum": 0.9, "weight_decay": 0.1, "maximize": True},
    {"momentum": 0.5, "nesterov": True, "weight_decay": 0.01, "foreach": True},
    {"fused": True},
    {"foreach": False, "momentum": 0.9},
    {"differentiable": True} if False else {},
):
    p = nn.Parameter(R(3))
    o = torch.optim.SGD([p], lr=0.1, **kw)
    for k in range(4):
        o.zero_grad()
        (p**2).sum().backward()
        o.step()
    print(kw, p.data, o.state_dict())
""",
    """
for cls in (torch.optim.Adam, torch.optim.AdamW):
    for kw in (
        {},
        {"betas": (0.5, 0.9)},
        {"betas": (0.0, 0.99)},
        {"eps": 1e-3},
        {"weight_decay": 0.1},
        {"amsgrad": True},
        {"maximize": True},
        {"amsgrad": True, "maximize": True, "weight_decay": 0.2},
        {"foreach": True},
        {"fused": True},
        {"capturable": False},
        {"lr": torch.tensor(0.02)},
    ):
        p = nn.Parameter(R(3))
        o = cls([p], **{"lr": 0.1, **kw})
        for k in range(4):
            o.zero_grad()
            (p**2).sum().backward()
            o.step()
        print(kw, p.data, {k: v for k, v in o.state_dict()["state"][0].items()}, o.state_dict()["param_groups"])
""",
    """
p = nn.Parameter(R(3))
o = torch.optim.SGD([p], lr=0.1)


def closure():
    o.zero_grad()
    l = (p**2).sum()
    l.backward()
    return l


print(o.step(closure), p.data, torch.is_grad_enabled())
print(o.step())
""",
    """
p = nn.Parameter(R(3))
o = torch.optim.Adam([p], lr=0.1)
print(o.state_dict(), o.defaults, o.param_groups)
o.step()
print(o.state)
""",
    """
m = fill(nn.Linear(2, 2))
o = torch.optim.Adam(m.named_parameters(), lr=0.1)
print(o.param_groups[0]["param_names"], o.state_dict()["param_groups"])
""",
    """
m = fill(nn.Linear(2, 2))
o = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9)
m(R(3, 2)).sum().backward()
o.step()
sd = o.state_dict()
print(sd)
n = fill(nn.Linear(2, 2))
o2 = torch.optim.SGD(n.parameters(), lr=0.7)
o2.load_state_dict(sd)
print(o2, o2.state_dict())
n(R(3, 2)).sum().backward()
o2.step()
print(n.weight)
""",
    """
m = nn.Linear(2, 2)
o = torch.optim.SGD(m.parameters(), lr=0.1)
sd = o.state_dict()
torch.optim.SGD([m.weight], lr=0.1).load_state_dict(sd)
""",
    """
m = nn.Linear(2, 2)
o = torch.optim.SGD([{"params": [m.weight]}, {"params": [m.bias]}], lr=0.1)
torch.optim.SGD([m.weight], lr=0.1).load_state_dict(o.state_dict())
""",
    """
p = nn.Parameter(R(3))
o = torch.optim.SGD([p], lr=0.1)
h1 = o.register_step_pre_hook(lambda opt, a, k: print("pre", type(opt).__name__, len(a), k))
h2 = o.register_step_post_hook(lambda opt, a, k: print("post", len(a), k))
p.grad = torch.ones(3)
o.step()
h1.remove()
o.step()
o.register_state_dict_post_hook(lambda opt, sd: sd.update(extra=1))
o.register_state_dict_pre_hook(lambda opt: print("sdpre"))
print(list(o.state_dict()))
o.register_load_state_dict_pre_hook(lambda opt, sd: print("lpre", list(sd)))
o.register_load_state_dict_post_hook(lambda opt: print("lpost"))
o.load_state_dict(o.state_dict())
""",
    """
import copy, pickle

p = nn.Parameter(R(3))
o = torch.optim.Adam([p], lr=0.1)
p.grad = torch.ones(3)
o.step()
c = copy.deepcopy(o)
print(c, c.state_dict(), c.param_groups[0]["params"][0] is p)
d = pickle.loads(pickle.dumps(o))
print(d.state_dict())
""",
    """
p = nn.Parameter(R(3))
o = torch.optim.SGD([p], lr=0.1)
p.grad = torch.ones(3)
o.zero_grad(set_to_none=False)
print(p.grad)
o.zero_grad()
print(p.grad)
""",
    """
p = nn.Parameter(R(3))
o = torch.optim.SGD([p], lr=0.1)
p.grad = torch.ones(3)
for g in o.param_groups:
    g["lr"] = 1.0
o.step()
print(p.data)
o.param_groups[0]["lr"] *= 0.5
o.step()
print(p.data)
""",
    """
class My(torch.optim.Optimizer):
    def __init__(s, params, lr=1.0):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(s, closure=None):
        for g in s.param_groups:
            for p in g["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-g["lr"])
                    s.state[p]["n"] = s.state[p].get("n", 0) + 1


p = nn.Parameter(R(3))
o = My([p], lr=0.5)
p.grad = torch.ones(3)
o.step()
print(o, p.data, o.state_dict())
""",
    """
p = nn.Parameter(R(3))
o = torch.optim.SGD([p], lr=0.1)
print(o.state_dict())
s = torch.optim.lr_scheduler.StepLR(o, 2, 0.5)
for k in range(6):
    o.step()
    s.step()
    print(s.get_last_lr(), o.param_groups[0]["lr"])
print(s.state_dict())
""",
    """
p = nn.Parameter(R(3))
o = torch.optim.SGD([p], lr=0.1, differentiable=True)
x = R(3).requires_grad_()
w = p.clone()
o = torch.optim.SGD([w], lr=0.1, differentiable=True)
w.grad = x**2
o.step()
w.sum().backward()
print(x.grad)
""",
    """
p = nn.Parameter(R(3).double())
o = torch.optim.Adam([p], lr=0.1)
p.grad = torch.ones(3).double()
o.step()
print(p, o.state[p]["exp_avg"].dtype)
""",
    """
p = nn.Parameter(R(2, 3))
p.grad = R(3, 2).t()
o = torch.optim.SGD([p], lr=0.1, momentum=0.9)
o.step()
print(p)
""",
    """
w = nn.Parameter(R(4))
v = w[:2]
o = torch.optim.SGD([w], lr=0.1)
w.grad = torch.ones(4)
before = w._version
o.step()
print(w._version > before, v.detach())
""",
    """
o = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
s = torch.optim.lr_scheduler.StepLR(o, 1)
s.step()
print(s.last_epoch)
""",
    """
o = torch.optim.SGD(
    [
        nn.Parameter(torch.ones(1)),
    ],
    lr=0.1,
)
torch.optim.lr_scheduler.StepLR(3, 1)
""",
    """
p = nn.Parameter(torch.ones(2))
o = torch.optim.SGD([p], lr=0.1)
p.grad = torch.ones(2)
o.step()
p.grad = None
o.step()
print(p)
""",
    """
p = nn.Parameter(torch.ones(2))
o = torch.optim.SGD([p], lr=torch.tensor(0.1))
p.grad = torch.ones(2)
o.step()
print(p, o)
""",
    """
p = nn.Parameter(torch.ones(2))
o = torch.optim.SGD([p])
print(o.defaults["lr"])
""",
    """
p = nn.Parameter(torch.ones(2))
o = torch.optim.Adam([p], lr=1e-3, betas=(0.9, 0.99), eps=1e-6, weight_decay=0.1, amsgrad=True)
print(o.defaults)
""",
    """
p = nn.Parameter(torch.ones(2))
o = torch.optim.Adam([p])
o.state[p]["x"] = 1
print(o.state[p], len(o.state), isinstance(o.state, dict))
""",
    """
p = nn.Parameter(torch.ones(2))
o = torch.optim.Adam([p])
p.grad = torch.ones(2)
o.step()
print({k: (v.shape if hasattr(v, "shape") else v) for k, v in o.state_dict()["state"][0].items()})
o.zero_grad()
print(p.grad)
""",
    """
m = nn.Linear(2, 2)
o = torch.optim.SGD(m.parameters(), lr=1.0)
with torch.no_grad():
    for p in m.parameters():
        p.fill_(1.0)
for i in range(3):
    o.zero_grad()
    (m(torch.ones(1, 2)).sum()).backward()
    o.step()
    print(m.weight.tolist(), o.param_groups[0]["lr"])
    for g in o.param_groups:
        g["lr"] *= 0.5
""",
    """
p = nn.Parameter(torch.ones(2))
torch.optim.Adam([p], lr=0.1).load_state_dict({"state": {}, "param_groups": []})
""",
    """
p = nn.Parameter(torch.ones(2))
torch.optim.Adam([p], lr=0.1).load_state_dict({})
""",
    """
a = nn.Linear(2, 2)
torch.optim.SGD(a.named_parameters(), lr=0.1).add_param_group({"params": [nn.Parameter(torch.ones(1))]})
""",
    """
torch.optim.SGD([{"lr": 0.1}], lr=0.1)
""",
    """
torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, betas=3)
""",
    """
torch.optim.SGD(nn.Linear(1, 1), lr=0.1)
""",
    """
torch.optim.SGD(nn.Parameter(torch.ones(2)), lr=0.1)
""",
    """
for S, a in (
    ("LambdaLR", (lambda e: 0.9**e,)),
    ("MultiStepLR", ([2, 4],)),
    ("ExponentialLR", (0.9,)),
    ("CosineAnnealingLR", (5,)),
    ("StepLR", (2,)),
):
    o = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
    s = getattr(torch.optim.lr_scheduler, S)(o, *a)
    r = []
    for k in range(6):
        o.step()
        s.step()
        r.append(round(s.get_last_lr()[0], 5))
    print(S, r)
""",
]


@pytest.mark.parametrize("program", named(PROGRAMS))
def test_program_prints_what_it_prints_with_pytorch(program: str) -> None:
    assert_same(program)
