import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, StepLR

w = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
for make in (
    lambda o: StepLR(o, 2, 0.5),
    lambda o: CosineAnnealingLR(o, 5),
    lambda o: LambdaLR(o, lambda k: 1 / (k + 1)),
):
    optimizer = torch.optim.AdamW([w], lr=0.1)
    scheduler = make(optimizer)
    rates = []
    for _ in range(5):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
        scheduler.step()
        rates.append(round(scheduler.get_last_lr()[0], 5))
    print(type(scheduler).__name__, rates, [round(v, 3) for v in w.tolist()])
