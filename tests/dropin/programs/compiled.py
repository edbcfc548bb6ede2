import torch


@torch.compile(backend="eager")
def f(x, y):
    return torch.sin(x) + y**2


print(f(torch.zeros(3), torch.ones(3)))
model = torch.compile(torch.nn.Linear(2, 2), backend="eager")
print(sorted(model.state_dict()), type(model._orig_mod).__name__, model(torch.zeros(1, 2)).shape)
