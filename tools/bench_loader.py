"""Loading with worker processes beside PyTorch: ``python -m tools.bench_loader [images] [workers]``. Needs PyTorch and Pillow.

28 x 28 PNG files, decoded by Pillow, cropped at random places of a padded image, flipped, normalized, with a rectangle erased:
what torchvision's transforms do, in the same calls. Passes alternate; the best of several counts.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

PASSES = 4


class Augmented:
    """Pictures from files, changed at random; label is the number of the file modulo 10."""

    def __init__(self, library: Any, files: list[str]) -> None:
        from PIL import Image, ImageOps

        self.torch, self.files, self.image, self.ops = library, files, Image, ImageOps

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Any:
        torch = self.torch
        with open(self.files[index], "rb") as file:
            image = self.image.open(file).convert("L")
        image = self.ops.expand(image, border=4, fill=0)  # RandomCrop(28, padding=4)
        top, left = (int(torch.randint(0, 9, size=(1,)).item()) for _ in range(2))
        image = image.crop((left, top, left + 28, top + 28))
        if torch.rand(1) < 0.5:  # RandomHorizontalFlip()
            image = image.transpose(self.image.Transpose.FLIP_LEFT_RIGHT)
        picture = torch.from_numpy(np.array(image, copy=True)).view(28, 28, 1)  # ToTensor()
        picture = picture.permute((2, 0, 1)).contiguous().to(dtype=torch.float32).div(255)
        mean, deviation = torch.as_tensor([0.13]).view(-1, 1, 1), torch.as_tensor([0.31]).view(-1, 1, 1)
        picture = picture.clone().sub_(mean).div_(deviation)  # Normalize()
        if torch.rand(1) < 0.5:  # RandomErasing()
            top, left = (int(torch.randint(0, 21, size=(1,)).item()) for _ in range(2))
            picture[..., top : top + 7, left : left + 7] = 0
        return picture, index % 10


def one_pass(library: Any, data: Any, workers: int) -> float:
    """Samples per second, workers' start and end included."""
    start = time.perf_counter()
    seen = 0
    for pictures, labels in library.utils.data.DataLoader(data, 64, shuffle=True, num_workers=workers):
        seen += len(labels)
        assert pictures.shape[1:] == (1, 28, 28)
    assert seen == len(data)
    return seen / (time.perf_counter() - start)


def main(images: int = 4000, workers: int = 2) -> None:
    """Print the best pass of each library, and their ratio."""
    from PIL import Image

    libraries = {name: importlib.import_module(name) for name in ("torch", "cltorch")}
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, f"{k}.png") for k in range(images)]
        drawn = np.random.default_rng(0)
        for name in files:
            Image.fromarray(drawn.integers(0, 256, (28, 28), dtype=np.uint8)).save(Path(name))
        rates: dict[str, list[float]] = {name: [] for name in libraries}
        for _ in range(PASSES):
            for name, library in libraries.items():
                rates[name].append(one_pass(library, Augmented(library, files), workers))
    best = {name: max(found) for name, found in rates.items()}
    for name, rate in best.items():
        print(f"{name:8} {rate:9.0f} samples/s")
    print(f"ratio    {best['cltorch'] / best['torch']:9.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
