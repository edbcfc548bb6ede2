"""What the bytes of files become, by the ends of their names. See torch.utils.data.datapipes.utils.decoder."""

from __future__ import annotations

import io
import json
import os.path
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ....serialization import load
from ....tensor.creation import tensor

__all__ = [
    "Decoder",
    "ImageHandler",
    "MatHandler",
    "basichandlers",
    "extension_extract_fn",
    "handle_extension",
    "imagehandler",
    "mathandler",
]

Handler = Callable[[str, Any], Any]
_NUMBERS = ("cls", "cls2", "class", "count", "index", "inx", "id")
_PICTURES = ("jpg", "jpeg", "png", "ppm", "pgm", "pbm", "pnm")


def basichandlers(extension: str, data: bytes) -> Any:
    """Texts, whole numbers (None for what is none), JSON, pickles, and what `torch.save` wrote; None for other extensions."""
    if extension in ("txt", "text", "transcript"):
        return data.decode("utf-8")
    if extension in _NUMBERS:
        try:
            return int(data)
        except ValueError:
            return None
    if extension in ("json", "jsn"):
        return json.loads(data)
    if extension in ("pyd", "pickle"):
        return pickle.loads(data)
    return load(io.BytesIO(data)) if extension == "pt" else None


_MODES = ("l", "rgb", "rgba")
imagespecs: dict[str, tuple[str, str | None, str]] = {
    **{f"{mode}8": ("numpy", "uint8", mode) for mode in _MODES},
    **{mode: ("numpy", "float", mode) for mode in _MODES},
    **{f"torch{mode}8": ("torch", "uint8", mode) for mode in _MODES},
    **{f"torch{mode}": ("torch", "float", mode) for mode in _MODES},
    **{f"pil{mode}": ("pil", None, mode) for mode in _MODES},
    "torch": ("torch", "float", "rgb"),
    "pil": ("pil", None, "rgb"),
}
"""Kind of result, its elements, and colours, by name."""


class ImageHandler:
    """Pictures, decoded by Pillow, as ``imagespec`` says (`imagespecs`): arrays, tensors with channels first, or Pillow's own."""

    def __init__(self, imagespec: str) -> None:
        if imagespec not in imagespecs:
            raise AssertionError(f"unknown image specification: {imagespec}")
        self.imagespec = imagespec

    def __call__(self, extension: str, data: bytes) -> Any:
        if extension.lower() not in _PICTURES:
            return None
        try:
            from PIL import Image
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError("pictures are decoded by the package `Pillow`: pip install Pillow") from error
        kind, elements, mode = imagespecs[self.imagespec]
        with io.BytesIO(data) as stream:
            image = Image.open(stream).convert(mode.upper())
        if kind == "pil":
            return image
        array = np.asarray(image)
        if kind == "numpy":
            return array if elements == "uint8" else array.astype("f") / 255.0
        made = tensor(np.array(array.transpose(2, 0, 1)))
        return made if elements == "uint8" else made / 255.0


imagehandler = ImageHandler


class MatHandler:
    """Matlab's files, read by `scipy.io.loadmat` with some options."""

    def __init__(self, **loadmat_kwargs: Any) -> None:
        try:
            from scipy import io as reader
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError("files of Matlab are read by the package `scipy`: pip install scipy") from error
        self.sio, self.loadmat_kwargs = reader, loadmat_kwargs

    def __call__(self, extension: str, data: bytes) -> Any:
        return self.sio.loadmat(io.BytesIO(data), **self.loadmat_kwargs) if extension == "mat" else None


mathandler = MatHandler


def handle_extension(extensions: str, f: Callable[[Any], Any]) -> Handler:
    """A handler that gives ``f(data)`` for keys that end with one of some extensions (``"jpg seg.png"``), else None."""
    wanted = [one.split(".") for one in extensions.lower().split()]

    def handler(key: str, data: Any) -> Any:
        parts = key.lower().split(".")
        return f(data) if any(parts[-len(one) :] == one for one in wanted) else None

    return handler


def extension_extract_fn(pathname: str) -> str:
    """The end of a path's name, without its dot."""
    return os.path.splitext(pathname)[1][1:]


class Decoder:
    """Decodes pairs of a name and bytes (or a stream): by the first of the handlers that does not give None."""

    def __init__(self, *handler: Handler, key_fn: Callable[[str], str] = extension_extract_fn) -> None:
        self.handlers, self.key_fn = list(handler), key_fn

    def add_handler(self, *handler: Handler) -> None:
        """Put handlers before the others."""
        self.handlers = [*handler, *self.handlers]

    def decode1(self, key: str, data: Any) -> Any:
        """What becomes of bytes, or of a stream, which is closed; what no handler knows stays as it is."""
        if not data:
            return data
        if hasattr(data, "read") and not isinstance(data, bytes):
            stream, data = data, b"".join(data)
            stream.close()
        return next((made for handler in self.handlers if (made := handler(key, data)) is not None), data)

    def decode(self, data: Any) -> dict[str, Any]:
        """What becomes of one pair, or of several, by name. Of names that begin with an underscore, texts alone."""
        result = {}
        for name, value in _pairs(data):
            if name[0] == "_" and isinstance(value, bytes):
                result[name] = value.decode("utf-8")
            elif name[0] == "_":
                result[name] = value
            else:
                result[name] = self.decode1(self.key_fn(name), value)
        return result

    __call__ = decode


def _pairs(data: Any) -> Iterable[tuple[str, Any]]:
    return [data] if isinstance(data, tuple) else data or ()
