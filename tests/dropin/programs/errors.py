import numpy
import torch
import torch.nn.functional as F

x = torch.zeros(3, 4)

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
    lambda: x.__setitem__(0, torch.ones(3)),
    lambda: x.__setitem__((slice(None), 0), torch.ones(2)),
    lambda: x.__setitem__(x == 0, torch.ones(3)),
    lambda: x.__setitem__([0, 1], torch.ones(3)),
    lambda: x[torch.tensor([0.5])],
    lambda: x.expand(4, 3),
    lambda: F.nll_loss(x, x),
    lambda: F.conv2d(x, x),
    lambda: F.conv1d(x, x),
    lambda: F.bilinear(torch.ones(2, 3), torch.ones(2, 4), torch.ones(5, 3, 3)),
    lambda: torch.from_numpy(numpy.array(["a"])),
    lambda: torch.from_numpy(numpy.zeros(2, ">f4")),
    lambda: torch.from_numpy(numpy.ones(3)[::-1]),
    lambda: F.interpolate(x[None], 2, mode="nearest", antialias=True),
    lambda: F.interpolate(x[None, None], 2, mode="lanczos"),
    lambda: F.interpolate(x[None, None], 2, mode="lanczos", antialias=True, align_corners=True),
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
