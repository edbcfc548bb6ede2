"""The demo's network, its training and what it shows."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import numpy as np
from tqdm import tqdm

from .. import nn, opencl
from ..autograd.modes import no_grad
from ..data import DataLoader, TensorDataset
from ..optim import Adam
from ..optim.lr_scheduler import CosineAnnealingLR
from ..serialization import load, save
from ..tensor.creation import from_numpy
from ..tensor.random import Generator, manual_seed
from ..tensor.tensor import Tensor
from .digits import load_digits
from .drawing import confusion_table, draw_digits, shades_for

LEARNING_RATE = 3e-3
SAMPLES = 4  # that are drawn side by side


def build_model() -> nn.Sequential:
    """Two convolutions with batch normalisation, a pooling, and two linear layers: 151,498 parameters."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(64 * 4 * 4, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def run(epochs: int = 12, seed: int = 0, batch_size: int = 64, output: str | os.PathLike[str] | None = None) -> float:
    """Train, show and save; returns the share of test images that are read right.

    ``output`` is the file that the model's parameters go to (None: nowhere). The same seed gives the same run on a
    device."""
    digits = load_digits()
    if output is not None:
        _check_place(Path(output))
    manual_seed(seed)
    model = build_model()
    images, labels = from_numpy(digits.test_images), digits.test_labels
    train = TensorDataset(from_numpy(digits.train_images), from_numpy(digits.train_labels))
    batches: DataLoader[Any] = DataLoader(
        train, batch_size, shuffle=True, drop_last=True, generator=Generator().manual_seed(seed)
    )
    if not len(batches):
        raise ValueError(f"batch_size={batch_size} is more than the {len(train)} images to learn from")
    print(f"device    {images.device}  {opencl.get_device_name()}")
    print(f"data      {len(train)} handwritten digits to learn from, {len(labels)} to test with")
    print(f"model     {sum(p.numel() for p in model.parameters()):,} parameters")
    trainer = _Trainer(model, epochs)
    for epoch in range(epochs):
        trainer.epoch(batches, f"epoch {epoch + 1:2d}/{epochs}", images, labels)
    predictions, certainty = _read(model, images)
    accuracy = float((predictions == labels).mean())
    _show(digits.test_images[:, 0], labels, predictions, certainty)
    print(f"test accuracy {100 * accuracy:.2f} %   ({int((predictions != labels).sum())} of {len(labels)} wrong)")
    if output is not None:
        _save(model, Path(output), images, predictions)
    return accuracy


class _Trainer:
    """Adam with a rate that falls to zero along a cosine."""

    def __init__(self, model: nn.Module, epochs: int) -> None:
        self.model = model
        self.loss = nn.CrossEntropyLoss()
        self.optimizer = Adam(model.parameters(), lr=LEARNING_RATE)
        self.schedule = CosineAnnealingLR(self.optimizer, max(epochs, 1))
        self.started = False

    def step(self, images: Tensor, labels: Tensor) -> Tensor:
        """One batch: forward, backward, update. Gives the loss, which nobody waits for."""
        loss = self.loss(self.model(images), labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def epoch(self, batches: DataLoader[Any], title: str, images: Tensor, labels: np.ndarray) -> None:
        """All batches once behind a progress bar (none where the output is no terminal), then a line with the mean loss
        and the accuracy on the test images."""
        self.model.train()
        total: Any = 0.0
        began = time.perf_counter()
        width, height = get_terminal_size()  # 80 x 24 for terminals that do not know their size
        bar = tqdm(
            total=len(batches),
            desc=title,
            unit="batch",
            file=sys.stdout,
            disable=None,
            leave=False,
            ncols=width - 1,
            nrows=height,
        )
        with bar:
            for batch in batches:
                total = total + self.step(*batch)
                if not self.started:
                    self._first_step(bar, total)
                bar.update()
            loss = float(total) / len(batches)
        predictions, _ = _read(self.model, images)
        right = float((predictions == labels).mean())
        seconds = time.perf_counter() - began
        print(f"{title}  loss {loss:.4f}, test accuracy {100 * right:.2f} %, {seconds:.2f} s", flush=True)
        self.schedule.step()

    def _first_step(self, bar: Any, loss: Tensor) -> None:
        """Wait for the first step and tell how long it took to get there."""
        self.started = True
        loss.item()
        bar.write(f"training  first step done {seconds_since_start():.2f} s after the command", file=sys.stdout)


@no_grad()
def _read(model: nn.Module, images: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The digit that the model sees in each image, and the probability that it gives to it."""
    model.eval()
    best, digit = model(images).softmax(1).max(1)
    return digit.numpy(), best.numpy()


def _show(images: np.ndarray, labels: np.ndarray, predictions: np.ndarray, certainty: np.ndarray) -> None:
    """The confusion table, some images that were read right, and those that were not."""
    print(f"\n{confusion_table(labels, predictions)}\n")
    shades = shades_for(sys.stdout.encoding)
    wrong = np.flatnonzero(predictions != labels)
    right = np.flatnonzero(predictions == labels)
    for title, chosen in (
        ("read right", right[:: max(len(right) // SAMPLES, 1)][:SAMPLES]),
        ("misread", wrong[:SAMPLES]),
    ):
        if len(chosen):
            captions = [f"{predictions[k]} ({100 * certainty[k]:.0f} %)" for k in chosen]
            if title == "misread":
                captions = [f"{text}, is {labels[k]}" for text, k in zip(captions, chosen)]
            print(f"{title}:\n{draw_digits(images[chosen], captions, shades)}\n")


def _check_place(path: Path) -> None:
    """OSError when no file can be written there: better before the training than after it."""
    existed = path.exists()
    path.open("ab").close()
    if not existed:
        path.unlink()


def _save(model: nn.Module, path: Path, images: Tensor, predictions: np.ndarray) -> None:
    """Save the parameters, and check that a new model with them reads the same."""
    save(model.state_dict(), path)
    again = build_model()
    again.load_state_dict(load(path))
    if not (_read(again, images)[0] == predictions).all():
        raise RuntimeError(f"the model saved to {path} does not read as the trained one does")
    print(f"model saved to {path} ({path.stat().st_size / 1024:.0f} KiB)")


def seconds_since_start() -> float:
    """Seconds since this process was started, as Linux counts them; elsewhere since this module was imported."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return time.perf_counter() - _IMPORTED


_IMPORTED = time.perf_counter()
