import torch
from torch import fx, nn
from torch.fx.experimental.optimization import fuse, remove_dropout
from torch.fx.passes.split_module import split_module


class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.param = nn.Parameter(torch.arange(12.0).reshape(3, 4) / 12)
        self.linear = nn.Linear(4, 5)
        self.inner = nn.Sequential(nn.Linear(5, 5), nn.Tanh())

    def forward(self, x, y):
        z = self.linear(x + self.param).clamp(min=0.0, max=1.0)
        w = self.linear(y).clamp(min=0.0, max=1.0)
        return self.inner(z) + w, z


torch.manual_seed(0)
m = Part()
for p in m.parameters():
    p.data.copy_(torch.linspace(-1, 1, p.numel()).reshape(p.shape))
g = fx.symbolic_trace(m)
x, y = torch.ones(3, 4), torch.arange(12.0).reshape(3, 4) / 10
for parts in (1, 2, 3):
    count = -1

    def number(node, parts=parts):
        global count
        count += 1
        return count * parts // 9

    names = {}
    s = split_module(g, m, number, names, partition_affix=None if parts < 3 else "p")
    print(s.code, [n for n, _ in s.named_children()], names)
    for n, one in s.named_children():
        print(n, one.code, [k for k, _ in one.named_parameters()])
    print([torch.equal(a, b) for a, b in zip(s(x, y), m(x, y), strict=True)])
count = -1
s = split_module(g, m, number, keep_original_order=True, keep_original_input_name=False, tuple_return=True)
print(s.code, [one.code for _, one in s.named_children()])
try:
    count = 0

    def alternate(node):
        global count
        count += 1
        return count % 2

    print(split_module(g, m, alternate).code)
except RuntimeError as error:
    print(str(error)[:40])


class Conv(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2)
        self.tail = nn.Sequential(nn.Flatten(), nn.Linear(18, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))

    def forward(self, x):
        return self.tail(self.norm(self.conv(x)).relu())


c = Conv()
for p in c.parameters():
    p.data.copy_(torch.linspace(-1, 1, p.numel()).reshape(p.shape))
c.eval()
f = fuse(c)
im = torch.arange(50.0).reshape(2, 1, 5, 5) / 25
print(f.code, [type(one).__name__ for one in f.modules()][1:], torch.allclose(f(im), c(im), atol=1e-5))
print(remove_dropout(c).code)
h = fx.symbolic_trace(lambda x, flag: x + 1 if flag else x, concrete_args={"flag": True})
h.graph.eliminate_dead_code()
print(h.graph)
for flag in (True, False):
    try:
        print(h(torch.ones(1), flag))
    except AssertionError as error:
        print(error)
