import torch
from torch import nn

w = torch.empty(4, 6)
for fill in (nn.init.zeros_, nn.init.ones_, nn.init.eye_, lambda t: nn.init.constant_(t, 0.5)):
    print(fill(w).sum())
torch.manual_seed(0)
nn.init.kaiming_uniform_(w, nonlinearity="relu")
print(bool(w.abs().max() <= 1.0), w.shape, nn.init.calculate_gain("tanh"))
nn.init.xavier_normal_(w)
print(w.dtype, bool(w.std() < 2))


def reset(module):
    if isinstance(module, nn.Linear):
        nn.init.constant_(module.weight, 0.25)
        nn.init.zeros_(module.bias)


model = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5), nn.Linear(2, 1)).apply(reset).eval()
print(model(torch.ones(1, 3)), [p.requires_grad for p in model.parameters()])
