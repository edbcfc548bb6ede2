"""A classifier from nn.Sequential: three clouds of points, told apart by a small network with LogSoftmax."""

from __future__ import annotations

import numpy as np

import cltorch as torch
from cltorch import nn


def points(count: int = 300) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around three centres, and the number of the centre that each belongs to."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3
    centres = np.array([[0.0, 2.0], [-2.0, -1.0], [2.0, -1.0]])
    places = centres[labels] + rng.standard_normal((count, 2))
    return torch.tensor(places, dtype=torch.float32), torch.tensor(labels)


def build() -> nn.Sequential:
    """Two hidden layers; the output is the logarithm of each class's probability."""
    return nn.Sequential(
        nn.Linear(2, 16),
        nn.ReLU(),
        nn.Linear(16, 16),
        nn.ReLU(),
        nn.Linear(16, 3),
        nn.LogSoftmax(dim=1),
    )


def train(model: nn.Module, steps: int = 100) -> list[float]:
    """Gradient descent on all points at once; returns the loss of every step."""
    x, labels = points()
    loss_function = nn.NLLLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    losses = []
    for _ in range(steps):
        loss = loss_function(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def accuracy(model: nn.Module) -> float:
    """The share of points that the model puts into the right class."""
    x, labels = points()
    with torch.no_grad():
        return (model(x).argmax(dim=1) == labels).float().mean().item()


def main() -> None:
    """Train and tell."""
    torch.manual_seed(0)
    model = build()
    print(model)
    losses = train(model)
    for step in range(0, len(losses), 10):
        print(f"step {step:3d}: loss {losses[step]:.4f}")
    print(f"accuracy {accuracy(model):.3f}")


if __name__ == "__main__":
    main()
