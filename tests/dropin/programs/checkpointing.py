import copy

import torch
from torch.utils.checkpoint import checkpoint

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
