"""Graphs print, and become Python, as PyTorch's do."""

import copy
import math
import pickle
from typing import NamedTuple

import torch
import torch.fx
import torch.nn.functional as F


def mine(a, b=1):
    return a * b


torch.fx.wrap("mine")


class Pair(NamedTuple):
    first: torch.Tensor
    second: int


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.p = torch.nn.Parameter(torch.ones(3, 4))
        self.seq = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU())
        self.register_buffer("b", torch.ones(1))

    def forward(self, x: torch.Tensor, y=2.5, *, flag: int | None = None):
        a = self.seq(x + self.p)
        b = a[0, 1:3, ..., None]
        c = -(a**2) / 3
        a += 1
        d = F.relu(torch.cat([a, c], dim=1))
        e = mine(d.view(-1, d.size(0)), b=2)
        unused = d * 3  # noqa: F841
        f = F.dropout(F.max_pool2d(d[None], 2), 0.5, self.training)
        g = torch.where(a == a, 1.0, float("inf"))
        h = F.linear(x, x).to(x.device, torch.float64)
        values = torch.topk(d, 1).values
        return {"e": e, "f": (f, math.sqrt(4))}, 1 - b, ~(g > 2), h @ h.t(), values, self.b * y


def typed(n: int, o: list[int], d: dict[str, torch.Tensor], u: int | str, q: "str" = "") -> torch.Tensor:
    return d["x"] + n


def show(module):
    print(module.graph)
    print(repr(module.code))
    print(module)
    print(module.print_readable(print_output=False))


show(torch.fx.symbolic_trace(Model()))
show(torch.fx.symbolic_trace(typed))
show(torch.fx.symbolic_trace(lambda x: Pair(x, 1)))
net = torch.fx.symbolic_trace(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.ReLU())))
with torch.no_grad():
    for p in net.parameters():
        p.fill_(0.5)
show(net)
for again in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
    print(again.code == net.code, again(torch.ones(1, 2)))
for node in net.graph.nodes:
    print(node.format_node(), node.stack_trace)
for function in (torch.sum, F.relu, math.sqrt, mine, len, F.linear, F.conv2d, torch.zeros):
    print(torch.fx.node._get_qualified_name(function))
print(repr(torch.fx.Graph().python_code("self").src))
