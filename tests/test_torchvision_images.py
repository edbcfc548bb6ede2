"""``torch.ops.image``: what torchvision reads and writes pictures by."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cltorch
from cltorch import torchvision_images as images

COLOURS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def file_of(picture: Any, form: str, **options: Any) -> cltorch.Tensor:
    """The bytes that Pillow writes."""
    into = io.BytesIO()
    picture.save(into, form, **options)
    return cltorch.from_numpy(np.frombuffer(into.getvalue(), np.uint8).copy())


def channels_first(array: np.ndarray) -> np.ndarray:
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


@pytest.mark.parametrize(("mode", "number"), [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)])
def test_pictures_come_in_the_mode_that_is_asked_for(mode: str, number: int) -> None:
    picture = Image.fromarray(COLOURS)
    found = images.decode_image(file_of(picture, "PNG"), number)
    np.testing.assert_array_equal(found.numpy(), channels_first(np.asarray(picture.convert(mode))))
    as_it_is = images.decode_image(file_of(picture.convert(mode), "PNG"))
    np.testing.assert_array_equal(as_it_is.numpy(), channels_first(np.asarray(picture.convert(mode))))


def test_palettes_deep_pictures_orientation_and_frames() -> None:
    picture = Image.fromarray(COLOURS)
    flat = picture.quantize(4)
    found = images.decode_image(file_of(flat, "PNG"))
    np.testing.assert_array_equal(found.numpy(), channels_first(np.asarray(flat.convert("RGB"))))
    deep = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    found = images.decode_image(file_of(Image.fromarray(deep), "PNG"))
    assert found.dtype is cltorch.uint16 and found.shape == (1, 3, 4)
    np.testing.assert_array_equal(found.numpy()[0], deep)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    turned = file_of(picture, "PNG", exif=exif)
    assert images.decode_image(turned).shape == (3, 5, 7)
    assert images.decode_image(turned, 0, True).shape == (3, 7, 5)
    frames = [Image.fromarray(np.full((4, 6, 3), 60 * k, np.uint8)) for k in range(3)]
    film = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    found = images.decode_image(film)
    assert found.shape == (3, 3, 4, 6) and [int(frame.float().mean()) for frame in found] == [0, 60, 120]


def test_written_pictures_are_read_again(tmp_path: Path) -> None:
    whole = cltorch.from_numpy(channels_first(COLOURS).copy())
    for picture in (whole, whole[:1]):
        images.write_file(str(tmp_path / "picture"), images.encode_png(picture, 6))
        assert cltorch.equal(images.decode_image(images.read_file(str(tmp_path / "picture"))), picture)
        near = images.decode_image(images.encode_jpeg(cltorch.full_like(picture, 90), 95))
        assert near.shape == picture.shape and int((near.int() - 90).abs().max()) <= 1


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Unsupported image file"):
        images.decode_image(cltorch.arange(9, dtype=cltorch.uint8))
    for data in (cltorch.zeros(0, dtype=cltorch.uint8), cltorch.zeros(3), cltorch.zeros(2, 2, dtype=cltorch.uint8)):
        with pytest.raises(RuntimeError, match="Expected a non empty 1-dimensional tensor"):
            images.decode_image(data)
    with pytest.raises(RuntimeError, match="dtype should be uint8"):
        images.encode_png(cltorch.zeros(3, 4, 4), 6)
    with pytest.raises(RuntimeError, match="3-dimensional"):
        images.encode_png(cltorch.zeros(4, 4, dtype=cltorch.uint8), 6)
    with pytest.raises(RuntimeError, match="number of channels should be 1 or 3, got: 2"):
        images.encode_jpeg(cltorch.zeros(2, 4, 4, dtype=cltorch.uint8), 90)
    (tmp_path / "nothing").touch()
    with pytest.raises(RuntimeError, match="non empty file"):
        images.read_file(str(tmp_path / "nothing"))


@pytest.mark.parametrize("file", ["image.so", "image_stable.so", "image_stable.abi3.so"])
def test_torchvision_finds_them(file: str) -> None:
    cltorch.ops.loaded_libraries.clear()
    cltorch.ops.load_library(f"/somewhere/torchvision/{file}")
    assert cltorch.ops.loaded_libraries == {f"/somewhere/torchvision/{file}"}
    picture = cltorch.from_numpy(channels_first(COLOURS).copy())
    assert cltorch.equal(cltorch.ops.image.decode_png(cltorch.ops.image.encode_png(picture, 1)), picture)


@pytest.mark.parametrize("file", ["_C.so", "_C_stable.so"])
def test_its_operators_are_found_beside(file: str) -> None:
    cltorch.ops.load_library(f"/somewhere/torchvision/{file}")
    boxes = cltorch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2], [4, 4, 5, 5]])
    assert cltorch.ops.torchvision.nms(boxes, cltorch.tensor([0.5, 0.9, 0.1]), 0.5).tolist() == [1, 2]
