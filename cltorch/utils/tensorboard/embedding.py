"""Points for TensorBoard's projector: a matrix, labels and small pictures, each in a file of its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo

from .arrays import as_bytes, grid, make_np


def folder_of(tag: str, step: int) -> str:
    """Where the files of a tag and step lie, within the folder of events."""
    for letter in "%/\\":
        tag = tag.replace(letter, f"%{ord(letter):02x}")
    return f"{step:05d}/{tag}"


def write(folder: Path, points: np.ndarray, labels: Any, pictures: Any, header: Any) -> None:
    """Write the files. AssertionError where labels or pictures are not as many as points."""
    if points.ndim != 2:
        raise AssertionError("mat should be 2D, where mat.size(0) is the number of data points")
    if labels is not None and len(labels) != len(points):
        raise AssertionError("#labels should equal with #data points")
    if pictures is not None and len(pictures) != len(points):
        raise AssertionError("#images should equal with #data points")
    folder.mkdir(parents=True, exist_ok=True)
    _table(folder / "tensors.tsv", points.tolist())
    if labels is not None:
        if header and len(header) != len(labels[0]):
            raise AssertionError("len of header must be equal to the number of columns in metadata")
        _table(folder / "metadata.tsv", [header, *labels] if header else [[label] for label in labels])
    if pictures is not None:
        _sprite(make_np(pictures)).save(folder / "sprite.png")


def described(points: str, tag: str, step: int, labels: Any, pictures: Any) -> Any:
    """What the projector's configuration says of these files, in the folder ``points``."""
    info = EmbeddingInfo(tensor_name=f"{tag}:{step:05d}", tensor_path=f"{points}/tensors.tsv")
    if labels is not None:
        info.metadata_path = f"{points}/metadata.tsv"
    if pictures is not None:
        info.sprite.image_path = f"{points}/sprite.png"
        info.sprite.single_image_dim.extend([pictures.shape[3], pictures.shape[2]])
    return info


def _table(file: Path, rows: Any) -> None:
    file.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")


def _sprite(pictures: np.ndarray) -> Any:
    """Pictures in a square, as the projector wants them."""
    from PIL import Image

    cells = as_bytes(grid(pictures, math.ceil(len(pictures) ** 0.5)).transpose(1, 2, 0))
    side = cells.shape[1]
    square = np.zeros((side, side, 3), np.uint8)
    square[: len(cells)] = cells
    return Image.fromarray(square)
