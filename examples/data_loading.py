"""Data: a data set of one's own, a split of it, and batches from a loader."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from cltorch.utils.data import DataLoader, Dataset, Subset

import cltorch as torch
from cltorch import nn


class Spirals(Dataset):
    """Points on two spirals that wind around each other; the label says which one."""

    def __init__(self, count: int = 400) -> None:
        rng = np.random.default_rng(2)
        labels = np.arange(count) % 2
        turn = rng.uniform(0.5, 3.0, count)
        angle = turn * 2 + labels * np.pi
        places = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1) + 0.05 * rng.standard_normal((count, 2))
        self.places = torch.tensor(places, dtype=torch.float32)
        self.labels = torch.tensor(labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.places[index], self.labels[index]


def loaders(batch_size: int = 32) -> tuple[DataLoader, DataLoader]:
    """Three quarters to learn from and the rest to test with, in batches. Pass ``shuffle=True`` for a random order."""
    data = Spirals()
    learn = Subset(data, [i for i in range(len(data)) if i % 8 < 6])
    test = Subset(data, [i for i in range(len(data)) if i % 8 >= 6])
    return DataLoader(learn, batch_size, drop_last=True), DataLoader(test, batch_size)


def build() -> nn.Sequential:
    """A network that is wide enough to follow the spirals."""
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))


def train(model: nn.Module, epochs: int = 30) -> Iterator[float]:
    """Go through the data ``epochs`` times; yields the loss of every step."""
    learn, _ = loaders()
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(epochs):
        for places, labels in learn:
            optimizer.zero_grad()
            loss = loss_function(model(places), labels)
            loss.backward()
            optimizer.step()
            yield loss.item()


def accuracy(model: nn.Module) -> float:
    """The share of the test points that are put on the right spiral."""
    _, test = loaders()
    right = 0
    with torch.no_grad():
        for places, labels in test:
            right += (model(places).argmax(dim=1) == labels).sum().item()
    return right / len(test.dataset)


def main() -> None:
    """Train and tell."""
    torch.manual_seed(0)
    model = build()
    for step, loss in enumerate(train(model)):
        if step % 45 == 0:
            print(f"step {step:3d}: loss {loss:.4f}")
    print(f"accuracy on points it has not seen: {accuracy(model):.3f}")


if __name__ == "__main__":
    main()
