"""A convolutional network on scikit-learn's handwritten digits: 200 steps of Adam with batches of 64."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

import cltorch as torch
from cltorch import nn


def images() -> tuple[torch.Tensor, torch.Tensor]:
    """1,797 images of 8 x 8 points from 0 to 1, and the digits that they show."""
    table, labels = load_digits(return_X_y=True)
    return torch.tensor(table.reshape(-1, 1, 8, 8) / 16, dtype=torch.float32), torch.tensor(labels.astype(np.int64))


def build() -> nn.Sequential:
    """Two convolutions, a pooling and two linear layers. Dropout is left out, so that all libraries agree."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def train(model: nn.Module, steps: int = 200, batch_size: int = 64) -> list[float]:
    """Batches one after another, over and over; returns the loss of every step."""
    x, labels = images()
    count = len(labels) // batch_size * batch_size
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    losses = []
    for step in range(steps):
        start = step * batch_size % count
        batch = slice(start, start + batch_size)
        optimizer.zero_grad()
        loss = loss_function(model(x[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def main() -> None:
    """Train and tell."""
    torch.manual_seed(0)
    model = build()
    losses = train(model)
    for step in range(0, len(losses), 20):
        print(f"step {step:3d}: loss {losses[step]:.4f}")
    model.eval()
    x, labels = images()
    with torch.no_grad():
        print(f"accuracy on all images: {(model(x).argmax(dim=1) == labels).float().mean().item():.3f}")


if __name__ == "__main__":
    main()
