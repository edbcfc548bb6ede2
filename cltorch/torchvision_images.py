"""The operators that torchvision has in C++ for files of pictures, by Pillow: ``torch.ops.image``.

`torchvision.io.read_image`, ``decode_*``, ``encode_*`` and ``write_*`` call them. Bytes and pictures are tensors of uint8, pictures with
channels first; JPEG, PNG, GIF, WebP and whatever else Pillow knows.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from . import dtypes
from .library import Library
from .tensor.creation import from_numpy
from .tensor.tensor import Tensor

MODES = ("", "L", "LA", "RGB", "RGBA")  # of torchvision.io.ImageReadMode, by its number; 0 leaves a picture as it is


def _pillow() -> Any:
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        raise RuntimeError(
            "torchvision.io: pictures are read and written by the package `Pillow`: pip install Pillow"
        ) from error
    return Image


def _bytes(data: Tensor) -> bytes:
    if data.ndim != 1 or not data.numel() or data.dtype is not dtypes.uint8:
        raise RuntimeError("Expected a non empty 1-dimensional tensor of uint8")
    return data.numpy().tobytes()


def _opened(data: Tensor) -> Any:
    image = _pillow()
    try:
        opened = image.open(io.BytesIO(_bytes(data)))
        opened.load()
    except OSError as error:
        raise RuntimeError(f"Unsupported image file: {error}") from error
    return opened


def _tensor(picture: Any) -> Tensor:
    """A picture of Pillow's as a tensor (channels, height, width)."""
    array = np.array(picture)
    array = array.astype(np.uint8) * 255 if array.dtype == bool else array
    array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    return from_numpy(np.ascontiguousarray(array))


def decode_image(data: Tensor, mode: int = 0, apply_exif_orientation: bool = False) -> Tensor:
    """The picture in bytes of a file, of uint8 (uint16 for PNG of 16 bits): all frames of a GIF of several. RuntimeError for what is none."""
    picture = _opened(data)
    if getattr(picture, "n_frames", 1) > 1:
        return decode_gif(data)
    if apply_exif_orientation:
        from PIL import ImageOps

        picture = ImageOps.exif_transpose(picture)
    if MODES[mode]:
        picture = picture.convert(MODES[mode])
    elif picture.mode in ("P", "CMYK", "YCbCr"):
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    elif picture.mode.startswith("I"):
        return from_numpy(np.ascontiguousarray(np.asarray(picture).astype(np.uint16)[None]))
    return _tensor(picture)


def decode_gif(data: Tensor) -> Tensor:
    """The frames of a GIF, (frames, 3, height, width), or (3, height, width) if it has one."""
    from PIL import ImageSequence

    frames = [np.asarray(frame.convert("RGB")).transpose(2, 0, 1) for frame in ImageSequence.Iterator(_opened(data))]
    return from_numpy(np.stack(frames) if len(frames) > 1 else np.ascontiguousarray(frames[0]))


def _encoded(picture: Tensor, form: str, **options: Any) -> Tensor:
    if picture.dtype is not dtypes.uint8:
        raise RuntimeError("Input tensor dtype should be uint8")
    if picture.ndim != 3:
        raise RuntimeError("Input data should be a 3-dimensional tensor")
    if picture.shape[0] not in (1, 3):
        raise RuntimeError(f"The number of channels should be 1 or 3, got: {picture.shape[0]}")
    array = picture.cpu().numpy()
    image = _pillow().fromarray(array[0] if len(array) == 1 else np.ascontiguousarray(array.transpose(1, 2, 0)))
    into = io.BytesIO()
    image.save(into, form, **options)
    return from_numpy(np.frombuffer(into.getvalue(), np.uint8).copy())


def encode_jpeg(data: Tensor, quality: int) -> Tensor:
    """The bytes of a JPEG of a picture with 1 or 3 channels."""
    return _encoded(data, "JPEG", quality=quality)


def encode_png(data: Tensor, compression_level: int) -> Tensor:
    """The bytes of a PNG of a picture with 1 or 3 channels."""
    return _encoded(data, "PNG", compress_level=compression_level)


def read_file(filename: str) -> Tensor:
    """The bytes of a file."""
    data = Path(filename).read_bytes()
    if not data:
        raise RuntimeError("Expected a non empty file")
    return from_numpy(np.frombuffer(data, np.uint8).copy())


def write_file(filename: str, data: Tensor) -> None:
    """Write bytes into a file."""
    Path(filename).write_bytes(_bytes(data.cpu()))


def register() -> None:
    """Put them under ``torch.ops.image``."""
    library = Library("image", "FRAGMENT")
    for function in (decode_image, decode_gif, encode_jpeg, encode_png, read_file, write_file):
        library.impl(function.__name__, function, "CompositeImplicitAutograd")
    for name in ("decode_jpeg", "decode_png", "decode_webp"):
        library.impl(name, decode_image, "CompositeImplicitAutograd")
    library.impl("_jpeg_version", lambda: -1, "CompositeImplicitAutograd")
    library.impl("_is_compiled_against_turbo", lambda: False, "CompositeImplicitAutograd")
