"""`save` and `load`: PyTorch's ``.pt`` files, written and read without PyTorch. See torch.serialization.

A file is a zip archive with a pickle and the bytes of every storage. The pickle has PyTorch's names in it, so both libraries read
what either wrote. `load` runs no code from a file unless it is told to with ``weights_only=False``.
"""

from __future__ import annotations

import io
import mmap as maps
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from . import config
from .config import (
    LoadEndianness,
    get_crc32_options,
    get_default_load_endianness,
    get_default_mmap_options,
    set_crc32_options,
    set_default_load_endianness,
    set_default_mmap_options,
)
from .names import written_name
from .reader import Archive, placement, read_legacy, read_safetensors, read_zip
from .skipping import skip_data
from .sparse import finished
from .unpickler import WeightsUnpickler, full_unpickler, refused_names
from .writer import pickled, write_legacy, write_zip

__all__ = [
    "LoadEndianness",
    "add_safe_globals",
    "clear_safe_globals",
    "get_crc32_options",
    "get_default_load_endianness",
    "get_default_mmap_options",
    "get_safe_globals",
    "get_unsafe_globals_in_checkpoint",
    "load",
    "safe_globals",
    "save",
    "set_crc32_options",
    "set_default_load_endianness",
    "set_default_mmap_options",
    "skip_data",
]

DEFAULT_PROTOCOL = 2
MAP_LOCATION = Any  # None, a device or its name, a dictionary of names, or a function: what `load` takes
File = str | os.PathLike[str] | BinaryIO


def save(
    obj: object,
    f: File,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object to a path or a binary file object as PyTorch does; PyTorch reads it. See torch.save.

    Whatever pickles can be saved. Tensors that share storage share it after loading too, and the whole storage is written;
    gradients and history are not. Storages are marked as of the CPU unless they were asked for under the name of an
    accelerator (``cuda``). Nothing is written when ``obj`` cannot be pickled.
    """
    legacy = not _use_new_zipfile_serialization
    text, pickler = pickled(obj, pickle_module or pickle, pickle_protocol, legacy)
    if not isinstance(f, (str, os.PathLike)):
        if not hasattr(f, "write"):
            raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
        _write(f, "archive", text, pickler, pickle_protocol)
        if hasattr(f, "flush"):  # who knows the file by its name reads it next
            f.flush()
        return
    name = Path(f).name.rpartition(".")[0] or Path(f).name
    if not legacy and not Path(f).parent.is_dir():
        raise RuntimeError(f"Parent directory {Path(f).parent} does not exist.")
    with open(f, "wb") as file:
        _write(file, name if name.isascii() else "archive", text, pickler, pickle_protocol)


def _write(file: BinaryIO, name: str, text: bytes, pickler: Any, protocol: int) -> None:
    if pickler.legacy:
        write_legacy(file, text, pickler, protocol)
    else:
        write_zip(file, name, text, pickler)


def load(
    f: File,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """The object in a file of `save`'s or PyTorch's, of today's form or that before zip archives. See torch.load.

    ``weights_only`` (the default) reads tensors, plain values and what `add_safe_globals` allows, and runs nothing;
    ``weights_only=False`` unpickles with ``pickle_module``, which *runs what the file says*: PyTorch's names mean cltorch's classes
    then. ``map_location`` is a device, a dictionary from saved to new devices, or a function of a storage and the saved device
    that returns a storage or None; without it, what was saved on the CPU goes to the current device. ``mmap`` maps the file
    instead of reading it whole. The tensors of a safetensors file come as a dictionary.

    `pickle.UnpicklingError` when something is refused or the pickle is broken, RuntimeError when the archive is, or when a tensor
    reaches beyond its storage, or its device is not there; both name the file and the place. EOFError for an empty file.
    """
    mmap = config.load.mmap if mmap is None else mmap
    if weights_only and pickle_module is not None:
        raise RuntimeError(
            "Can not safely load weights when explicit pickle_module is specified; please remove pickle_module, or load with "
            "weights_only=False if the file is trusted"
        )
    if weights_only is None:
        weights_only = pickle_module is None
    read = _reader(weights_only, pickle_module or pickle, {"encoding": "utf-8", **pickle_load_args})
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return _load(_contents(file, bool(mmap)), os.fspath(f), map_location, read)
    if mmap:
        raise ValueError("f must be a file path in order to use the mmap argument")
    _check_seekable(f)
    return _load(f.read(), str(getattr(f, "name", "the file object")), map_location, read)


def _check_seekable(file: Any) -> None:
    """AttributeError or io.UnsupportedOperation for what cannot be read from any place."""
    try:
        file.seek(file.tell())
    except (AttributeError, io.UnsupportedOperation) as error:
        words = "You can only torch.load from a file that is seekable. Please pre-load the data into a buffer like io.BytesIO and"
        raise type(error)(f"{error}. {words} try to load from it instead.") from None


def _contents(file: BinaryIO, mapped: bool) -> Any:
    """All bytes of a file, read or mapped."""
    if mapped and os.fstat(file.fileno()).st_size:
        return maps.mmap(file.fileno(), 0, access=maps.ACCESS_READ)
    return file.read()


def _load(data: Any, name: str, map_location: Any, read: Any) -> Any:
    """The object in the bytes of a file of any form."""
    if not len(data):
        raise EOFError(f"{name}: Ran out of input: the file is empty")
    place = placement(map_location)
    start = bytes(data[:4])
    if start == b"PK\x03\x04":
        archive = Archive(data, name)
        if "constants.pkl" in archive:
            raise RuntimeError(f"{name} is a TorchScript archive: it holds a program, which is not read")
        return finished(lambda: read_zip(archive, read, place))
    if start[0] == 0x80:
        if isinstance(data, maps.mmap):
            raise RuntimeError(
                "mmap can only be used with files saved with `torch.save(_use_new_zipfile_serialization=True), "
                f"please torch.save your checkpoint with this option in order to use mmap ({name})"
            )
        return finished(lambda: read_legacy(data, name, read, place))
    return read_safetensors(data, name, place)


def _reader(weights_only: bool, module: Any, options: dict[str, Any]) -> Any:
    """A function that reads one pickle: of a file, the place for errors, and how storages are found."""
    allowed = dict(_named(one) for one in _SAFE)

    def read(file: io.BytesIO, place: str, storage: Callable[[Any], Any]) -> Any:
        if weights_only:
            return WeightsUnpickler(file, place, storage, allowed).load()
        return full_unpickler(module, file, storage, options).load()

    return read


class PyTorchFileReader:
    """The records of a zip file by name. RuntimeError when it is none; see torch._C.PyTorchFileReader."""

    def __init__(self, name_or_buffer: Any) -> None:
        if isinstance(name_or_buffer, (str, os.PathLike)):
            data, name = Path(name_or_buffer).read_bytes(), os.fspath(name_or_buffer)
        else:
            data, name = name_or_buffer.read(), "the file object"
        self._archive = Archive(data, name)

    def has_record(self, name: str) -> bool:
        """Whether there is such a record."""
        return name in self._archive

    def get_record(self, name: str) -> bytes:
        """The bytes of a record."""
        return bytes(self._archive.record(name))

    def get_all_records(self) -> list[str]:
        """The names of all records."""
        return list(self._archive.entries)


_SAFE: list[Any] = []


def _named(one: Any) -> tuple[str, Any]:
    """The full name in files of a class or function, and it itself."""
    if isinstance(one, tuple):
        return one[1], one[0]
    module, name = written_name(one) or (one.__module__, one.__qualname__)
    return f"{module}.{name}", one


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let files name these classes and functions (or pairs of one and its full name) under ``weights_only``; they may be called.

    See torch.serialization.add_safe_globals.
    """
    _SAFE.extend(one for one in safe_globals if one not in _SAFE)


def get_safe_globals() -> list[Any]:
    """What `add_safe_globals` was called with."""
    return list(_SAFE)


def clear_safe_globals() -> None:
    """Forget what `add_safe_globals` was called with."""
    _SAFE.clear()


def get_unsafe_globals_in_checkpoint(f: File) -> list[str]:
    """The names in a file that ``load(weights_only=True)`` refuses. ValueError for what is no file of `save`'s.

    The file is read and not run. See torch.serialization.get_unsafe_globals_in_checkpoint.
    """
    data = Path(f).read_bytes() if isinstance(f, (str, os.PathLike)) else f.read()
    if data[:4] != b"PK\x03\x04":
        raise ValueError("Expected input to be a checkpoint returned by torch.save")
    archive = Archive(data, "the file")
    if "constants.pkl" in archive:
        raise ValueError("Expected input to be a checkpoint returned by torch.save but got a torchscript checkpoint")
    return refused_names(bytes(archive.record("data.pkl")), dict(_named(one) for one in _SAFE))


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """A block in which files may name further classes and functions."""
    before = list(_SAFE)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _SAFE[:] = before
