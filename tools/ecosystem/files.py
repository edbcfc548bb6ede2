"""Small data in the formats that programs would download: MNIST, JPEGs, BSDS300, Cora, words, weights of a style network."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np


def make_all(examples: Path, rng: np.random.Generator) -> None:
    """Put data where the programs of pytorch/examples look for it."""
    mnist(examples / "data", rng)
    for name in ("mnist_forward_forward", "mnist_rnn", "siamese_network", "vae", "mnist_hogwild"):
        for place in (examples / name / "data", examples / name, examples / "data"):
            if place != examples / "data":
                shutil.copytree(examples / "data" / "MNIST", place / "MNIST", dirs_exist_ok=True)
    for part in ("train", "val"):
        picture(examples / "imagenet" / "sample" / part / "n" / "socks.jpg", 256, rng)
    for part in ("train", "test"):
        for k in range(4):
            picture(examples / "super_resolution" / "dataset" / "BSDS300" / "images" / part / f"{k}.jpg", 321, rng)
    for name in ("gcn", "gat"):
        cora(examples / name / "cora", rng)
    (examples / "fast_neural_style" / "neural_style" / "make_weights.py").write_text(STYLE)
    words(examples / "word_language_model" / "data" / "wikitext-2", rng)


STYLE = """
import os
import torch
from transformer_net import TransformerNet
os.makedirs("saved_models", exist_ok=True)
torch.save(TransformerNet().state_dict(), "saved_models/candy.pth")
"""


def mnist(folder: Path, rng: np.random.Generator, train: int = 640, test: int = 128) -> None:
    """MNIST's four files, fewer digits."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for part, count in (("train", train), ("t10k", test)):
        for kind, head, high in (("images-idx3", (2051, count, 28, 28), 256), ("labels-idx1", (2049, count), 10)):
            elements = rng.integers(0, high, head[1:]).astype(np.uint8)
            (raw / f"{part}-{kind}-ubyte").write_bytes(np.array(head, ">i4").tobytes() + elements.tobytes())


def picture(path: Path, size: int, rng: np.random.Generator) -> None:
    """A JPEG."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rng.integers(0, 256, (size, size, 3)).astype(np.uint8)).save(path)


def cora(folder: Path, rng: np.random.Generator, papers: int = 2708, words: int = 1433) -> None:
    """Cora's two files: papers with their words and class, and who cites whom."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = "Case_Based Genetic_Algorithms Neural_Networks Probabilistic_Methods Reinforcement_Learning Rule_Learning Theory"
    rows = rng.integers(0, 50, (papers, words)) == 0
    labels = [kinds.split()[k] for k in rng.integers(0, 7, papers)]
    lines = ["\t".join([str(k), *map(str, row.astype(int)), label]) for k, (row, label) in enumerate(zip(rows, labels))]
    (folder / "cora.content").write_text("\n".join(lines))
    (folder / "cora.cites").write_text("\n".join(f"{a}\t{b}" for a, b in rng.integers(0, papers, (5429, 2))))


def words(folder: Path, rng: np.random.Generator) -> None:
    """Wikitext's three files, of few words."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("train", "valid", "test"):
        text = [" ".join(f"word{k}" for k in row) for row in rng.integers(0, 200, (200, 20))]
        (folder / f"{part}.txt").write_text("\n".join(text))
