import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.body = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.register_buffer("steps", torch.tensor(0))

    def forward(self, x):
        return x + self.body(self.norm(x))


model = nn.Sequential(*[Block(4) for _ in range(2)])
print(model)
print([(name, tuple(p.shape)) for name, p in model.named_parameters()])
print(list(model.state_dict()), sum(p.numel() for p in model.parameters()))
handle = model[0].register_forward_hook(lambda m, i, o: print("hook", type(m).__name__, tuple(o.shape)))
model(torch.zeros(2, 4))
handle.remove()
print(model.load_state_dict(model.state_dict()))
try:
    model.load_state_dict({"0.norm.weight": torch.ones(3)})
except RuntimeError as error:
    print(str(error).splitlines()[0])
