"""Optimizers: the line y = 3x - 2 found from noisy points with SGD and with Adam, with a learning rate that falls."""

from __future__ import annotations

import numpy as np

import cltorch as torch
from cltorch import nn


def points(count: int = 128) -> tuple[torch.Tensor, torch.Tensor]:
    """Points near the line."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (count, 1))
    y = 3 * x - 2 + 0.1 * rng.standard_normal((count, 1))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


def build() -> nn.Linear:
    """A slope and an offset."""
    return nn.Linear(1, 1)


def train(model: nn.Module, name: str, steps: int = 100) -> list[float]:
    """Fit with the optimizer of that name; returns the loss of every step."""
    x, y = points()
    loss_function = nn.MSELoss()
    if name == "SGD":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.5, nesterov=True)
    elif name == "Adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=0.3)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.3, weight_decay=0.001)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def main() -> None:
    """The same start for each optimizer, and where each one gets."""
    for name in ("SGD", "Adam", "AdamW"):
        torch.manual_seed(0)
        model = build()
        losses = train(model, name)
        slope, offset = model.weight.item(), model.bias.item()
        print(f"{name:6} loss {losses[0]:.4f} -> {losses[-1]:.4f}, line y = {slope:.3f} x {offset:+.3f}")


if __name__ == "__main__":
    main()
