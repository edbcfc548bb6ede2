"""Scikit-learn's copy of the 8x8 handwritten digits (Alpaydin and Kaynak, 1998), with a fixed split."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

TEST_EVERY = 5  # every fifth image is held back


class Digits(NamedTuple):
    """Images as float32 of shape (n, 1, 8, 8) from 0 to 1, and labels as int64."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_digits() -> Digits:
    """1,438 images to learn from and 359 to test with, always the same ones.

    The file is read as it lies in the scikit-learn package; importing that would take longer than the training's start.
    RuntimeError when the package is not installed.
    """
    found = find_spec("sklearn")
    folders = list(found.submodule_search_locations or []) if found else []
    if not folders:
        raise RuntimeError("the digits come with scikit-learn: pip install 'cltorch[demo]'")
    with gzip.open(Path(folders[0]) / "datasets" / "data" / "digits.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    images = (table[:, :64] / 16).reshape(-1, 1, 8, 8)
    labels = table[:, 64].astype(np.int64)
    held = np.arange(len(labels)) % TEST_EVERY == TEST_EVERY - 1
    return Digits(images[~held], labels[~held], images[held], labels[held])
