"""What programs hand to TensorBoard, as NumPy's arrays; pictures side by side."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...dtypes import bfloat16
from ...tensor.tensor import Tensor


def make_np(x: Any) -> np.ndarray:
    """A tensor, array or number as an array (a number as one of a single element). NotImplementedError for anything else."""
    if isinstance(x, Tensor):
        whole = x.detach()
        return whole.float().numpy() if whole.dtype is bfloat16 else whole.numpy()
    if isinstance(x, np.ndarray):
        return x
    if np.isscalar(x):
        return np.array([x])
    raise NotImplementedError(f"Got {type(x)}, but numpy array or torch tensor are expected.")


def grid(pictures: np.ndarray, columns: int = 8) -> np.ndarray:
    """Pictures (N, 1 or 3, H, W) in rows of ``columns``, as one of (3, rows * H, columns * W)."""
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3):
        raise AssertionError("Input should be a 4D numpy array with 3 channels")
    count, _, height, width = pictures.shape
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    cells = np.zeros((rows * columns, 3, height, width), pictures.dtype)
    cells[:count] = pictures  # one channel is repeated
    return cells.reshape(rows, columns, 3, height, width).transpose(2, 0, 3, 1, 4).reshape(3, rows * height, -1)


def pixels(picture: np.ndarray, dataformats: str) -> np.ndarray:
    """A picture, or several as a grid, as bytes of (H, W, channels), by the letters that name its dimensions.

    AssertionError where letters repeat or are not as many as dimensions.
    """
    letters = dataformats.upper()
    if len(set(letters)) != len(letters):
        raise AssertionError(f"You can not use the same dimension shorthand twice. input_format: {dataformats}")
    if picture.ndim != len(letters):
        raise AssertionError(
            f"size of input tensor and input format are different. tensor shape: {picture.shape}, input_format: {dataformats}"
        )
    found = picture.transpose([letters.index(letter) for letter in "NCHW" if letter in letters])
    if len(letters) == 4:
        found = grid(found)
    if len(letters) == 2:
        found = found[None]
    found = found.transpose(1, 2, 0)
    return as_bytes(np.repeat(found, 3, 2) if found.shape[2] == 1 else found)


def as_bytes(values: np.ndarray) -> np.ndarray:
    """Bytes as they are, other numbers from [0, 1] to [0, 255]."""
    if values.dtype == np.uint8:
        return values
    return (values.astype(np.float32) * 255).clip(0, 255).astype(np.uint8)
