import operator

import torch
import torch.fx
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))
        self.scale = nn.Parameter(torch.full((2,), 2.0))

    def forward(self, x, flag: bool = True):
        y = torch.cat([self.first(x), x], 0)
        y = torch.relu(y) + y.mean()
        a, b = self.rest(y).chunk(2, 0)
        return a * self.scale + b


model = Model()
traced = torch.fx.symbolic_trace(model)
print([(node.op, node.name) for node in traced.graph.nodes])
x = torch.linspace(0, 1, 8).view(2, 4)
print(torch.allclose(traced(x), model(x)), sorted(traced.state_dict()))
for node in traced.graph.nodes:
    if node.op == "call_function" and node.target is operator.add:
        with traced.graph.inserting_after(node):
            new = traced.graph.call_function(torch.neg, (node,))
        node.replace_all_uses_with(new, lambda user: user is not new)
        break
traced.graph.lint()
traced.recompile()
print(any(node.target is torch.neg for node in traced.graph.nodes), traced(x).shape)


class Doubling(torch.fx.Interpreter):
    def call_module(self, target, args, kwargs):
        return super().call_module(target, args, kwargs) * 2


print(
    torch.allclose(
        Doubling(torch.fx.symbolic_trace(nn.Sequential(nn.Linear(4, 4)).eval())).run(x).isnan(), torch.tensor(False)
    )
)


def checking(x):
    torch._assert(x.shape[-1] == 3, "three")
    torch._assert(x.sum() > 0, "more than nothing")
    return x + 1


traced = torch.fx.symbolic_trace(checking)
print(traced.code, traced(torch.ones(3)))
for wrong in (torch.ones(2), -torch.ones(3)):
    try:
        traced(wrong)
    except AssertionError as error:
        print(error)
