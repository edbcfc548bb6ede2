import copy

import torch
from torch.utils.checkpoint import CheckpointError, checkpoint

body = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
with torch.no_grad():
    for k, p in enumerate(body.parameters()):
        p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) + k).view(p.shape))
other = copy.deepcopy(body)
x = torch.linspace(-1, 1, 12).view(4, 3).requires_grad_()
checkpoint(body, x, use_reentrant=False).sum().backward()
print([f"{p.grad.abs().sum().item():.3f}" for p in body.parameters()], f"{x.grad.abs().sum().item():.3f}")
other(x.detach()).sum().backward()
print(all(torch.allclose(a.grad, b.grad, atol=1e-6) for a, b in zip(body.parameters(), other.parameters())))


class Fickle:
    """Computes something else when it is called again."""

    def __init__(self, *functions):
        self.functions = list(functions)

    def __call__(self, value):
        return self.functions.pop(0)(value)


three, two = (lambda v: v.sin().exp().sin()), (lambda v: v.sin().exp())
wider = lambda v: v.sin() * torch.tensor([1.0, 2.0])
for options in ({}, {"determinism_check": "none"}, {"early_stop": False}, {"debug": True}, {"determinism_check": "no"}):
    for first, again in ((three, two), (two, wider), (two, two)):
        start = torch.ones(1, requires_grad=True)
        try:
            checkpoint(Fickle(first, again), start, use_reentrant=False, **options).backward()
            print(f"{start.grad.item():.4f}" if first is again else "went")
        except (CheckpointError, ValueError) as error:
            print(type(error).__name__, "debug" in options or str(error).splitlines()[0])
try:
    checkpoint(Fickle(two, three), x, use_reentrant=False, early_stop=False).sum().backward()
except CheckpointError as error:
    print(str(error).splitlines()[0])
