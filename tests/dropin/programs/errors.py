import torch

for wrong in (
    lambda: torch.ones(2, 3) @ torch.ones(2, 3),
    lambda: torch.ones(2) + torch.ones(3),
    lambda: torch.ones(2, requires_grad=True).numpy(),
    lambda: torch.ones(2, 2).view(3),
    lambda: torch.nn.Linear(2, 2)(torch.ones(1, 3)),
    lambda: torch.tensor([1, 2]).mean(),
    lambda: torch.ones(2).item(),
    lambda: torch.cat([torch.ones(1, 2), torch.ones(1, 3)]),
    lambda: torch.ones(3)[5],
):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, str(error).splitlines()[0])
print(hasattr(torch, "no_such_name"), hasattr(torch.nn, "NoSuchLayer"))
try:
    print(torch.no_such_name)
except AttributeError as error:
    print(str(error)[:46])
