"""Reading PyTorch's files: the records of a zip archive, or the older form, and the storages that the pickle names."""

from __future__ import annotations

import io
import json
import math
import pickle
import reprlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .. import dtypes
from ..autograd.modes import no_grad
from ..opencl import device_count
from ..tensor.creation import tensor
from ..tensor.device_names import ACCELERATORS, served
from ..tensor.device_names import device as Device
from ..tensor.storages import StorageView, TypedStorage
from ..tensor.tensor import Tensor
from . import config
from .names import StorageType
from .skipping import SKIPS
from .writer import LEGACY_PROTOCOL, MAGIC

Read = Callable[[io.BytesIO, str, Callable[[Any], Any]], Any]
_BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    LookupError,
    EOFError,
    OSError,
    OverflowError,
)
_BROKEN += (RuntimeError, MemoryError)


class Archive:
    """The records of a zip archive in memory (or in a mapped file)."""

    def __init__(self, data: Any, name: str) -> None:
        self.data, self.name = memoryview(data), name
        try:
            with zipfile.ZipFile(_Window(self.data)) as archive:
                entries = archive.infolist()
        except _BROKEN as error:
            raise RuntimeError(f"{name}: PytorchStreamReader failed reading zip archive: {str(error)[:200]}") from error
        self.entries = {entry.filename.partition("/")[2]: entry for entry in entries}

    def __contains__(self, record: str) -> bool:
        return record in self.entries

    def record(self, record: str) -> Any:
        """The bytes of a record. RuntimeError when it is missing or damaged."""
        if record not in self.entries:
            raise RuntimeError(f"{self.name}: PytorchStreamReader failed locating file {record[:100]}: file not found")
        entry = self.entries[record]
        try:
            return self._bytes(entry)
        except _BROKEN as error:
            raise RuntimeError(f"{self.name}: PytorchStreamReader failed reading file {record}: {error}") from error

    def _bytes(self, entry: zipfile.ZipInfo) -> Any:
        head = bytes(self.data[entry.header_offset : entry.header_offset + 30])
        magic, flags, name, extra = struct.unpack("<4s2xH18xHH", head)
        if magic != b"PK\x03\x04" or flags & 1:
            raise ValueError("there is no readable record at its place")
        start = entry.header_offset + 30 + name + extra
        data: Any = self.data[start : start + entry.compress_size]
        if len(data) != entry.compress_size:
            raise ValueError(f"it ends after {len(data)} of {entry.compress_size} bytes")
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            data = zlib.decompressobj(-15).decompress(data, entry.file_size)
        elif entry.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"its compression, {entry.compress_type}, is none of PyTorch's")
        if len(data) != entry.file_size:
            raise ValueError(f"it has {len(data)} of {entry.file_size} bytes")
        if entry.CRC and zlib.crc32(data) != entry.CRC:  # PyTorch writes 0 where it is told to leave it out
            raise ValueError("its checksum differs: the file is damaged")
        return data


class _Window(io.RawIOBase):
    """Memory as a file that is read in pieces."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        at = offset + (0, self.at, len(self.data))[whence]
        if at < 0:
            raise OSError("a place before the file")
        self.at = at
        return at

    def read(self, size: int = -1) -> bytes:
        end = len(self.data) if size is None or size < 0 else self.at + size
        found = bytes(self.data[self.at : end])
        self.at += len(found)
        return found


def _unsaid_order() -> bytes:
    """The order of bytes in files that do not say it, which are from before PyTorch wrote it."""
    asked = config.load.endianness
    return b"big" if asked is config.LoadEndianness.BIG else b"little"


def read_zip(archive: Archive, read: Read, place: Callable[[np.ndarray, str], StorageView]) -> Any:
    """The object in a zip archive."""
    order = bytes(archive.record("byteorder")) if "byteorder" in archive else _unsaid_order()
    if order not in (b"little", b"big"):
        raise RuntimeError(f"{archive.name}: byteorder: unknown byte order {order[:20]!r}")
    storages: dict[tuple[Any, ...], StorageView] = {}

    def storage(pid: Any) -> StorageView:
        kind, key, where, count = _named(pid)
        if (key, where, kind) not in storages:
            data = archive.record(f"data/{key}")
            unit = kind.element.np
            if count * unit.itemsize > len(data):
                raise RuntimeError(
                    f"data/{key}: a storage of {count} elements of {unit.itemsize} bytes has {len(data)} bytes"
                )
            stored = unit.newbyteorder("<" if order == b"little" else ">") if not kind.element.is_foreign else unit
            array = np.frombuffer(data, stored, count)
            if order == b"big" and kind.element.is_foreign:
                array = array.view(f"u{unit.itemsize}").byteswap().view(unit)
            if SKIPS.data:
                array = np.zeros_like(array)
            storages[key, where, kind] = place(array.astype(unit, copy=False), where)
        return storages[key, where, kind]

    return read(io.BytesIO(archive.record("data.pkl")), f"{archive.name}: data.pkl", storage)


def _named(pid: Any) -> tuple[StorageType, str, str, int]:
    """The parts of a reference to a storage."""
    if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage":
        raise pickle.UnpicklingError(f"{reprlib.repr(pid)} refers to no storage")
    _, kind, key, where, count = pid[:5]
    fits = isinstance(kind, StorageType) and type(key) is str and type(where) is str and type(count) is int
    if not fits or count < 0:
        raise pickle.UnpicklingError(f"{reprlib.repr(pid)} refers to no storage")
    if len(pid) == 6 and pid[5] is not None:
        raise RuntimeError("views of storages, as PyTorch wrote them before version 0.4, are not read")
    return kind, key, where, count


def read_legacy(data: Any, name: str, read: Read, place: Callable[[np.ndarray, str], StorageView]) -> Any:
    """The object in a file from before zip archives."""
    file = io.BytesIO(data)

    def plain(what: str) -> Any:
        return read(file, f"{name}: {what}", _no_storage)

    if plain("magic number") != MAGIC:
        raise RuntimeError(f"{name}: Invalid magic number; corrupt file?")
    version, system = plain("version"), plain("system")
    if version != LEGACY_PROTOCOL:
        raise RuntimeError(f"{name}: Invalid protocol version: {reprlib.repr(version)}")
    if not isinstance(system, dict) or not system.get("little_endian", True):
        raise RuntimeError(f"{name}: a file in the older form with its bytes in the other order is not read")
    storages: dict[str, tuple[StorageView, StorageType, int]] = {}

    def storage(pid: Any) -> StorageView:
        kind, key, where, count = _named(pid)
        if count * kind.element.itemsize > len(data):
            raise RuntimeError(f"a storage of {count} elements in a file of {len(data)} bytes")
        if key not in storages:
            storages[key] = place(np.zeros(count, kind.element.np), where), kind, count
        return storages[key][0]

    made = read(file, f"{name}: object", storage)
    keys = plain("keys")
    if not isinstance(keys, list) or any(type(key) is not str for key in keys) or not set(storages) <= set(keys):
        raise RuntimeError(f"{name}: the storages are not those that the object names")
    for key in keys:
        if key not in storages:
            raise RuntimeError(f"{name}: storage {key[:100]} is not one that the object names")
        _fill(*storages[key], file, f"{name}: storage {key}")
    return made


def _fill(storage: StorageView, kind: StorageType, count: int, file: io.BytesIO, place: str) -> None:
    """Give a storage the bytes that come next in a file."""
    head = file.read(8)
    data = file.read(count * kind.element.itemsize)
    if len(head) < 8 or struct.unpack("<q", head)[0] != count or len(data) != count * kind.element.itemsize:
        raise RuntimeError(f"{place} is cut off or has another size than the object says: unexpected EOF")
    if count:
        with no_grad():
            storage._all.copy_(tensor(np.frombuffer(data, kind.element.np), device=storage._all._cl_meta.device))


def _no_storage(pid: Any) -> Any:
    raise pickle.UnpicklingError("a storage where none can be")


def placement(map_location: Any) -> Callable[[np.ndarray, str], StorageView]:
    """How elements become a storage, given the name of the device that they were saved from."""

    def put(array: np.ndarray, where: Any) -> StorageView:
        return TypedStorage._of(tensor(array, device=where), array.itemsize)  # type: ignore[no-any-return]

    def place(array: np.ndarray, saved: str) -> StorageView:
        if callable(map_location):
            chosen = map_location(put(array, None), saved)
            if isinstance(chosen, Tensor):
                return TypedStorage._of(chosen, array.itemsize)  # type: ignore[no-any-return]
            return put(array, _available(saved)) if chosen is None else chosen
        target = map_location.get(saved, saved) if isinstance(map_location, Mapping) else map_location
        return put(array, _available(saved) if target is None or target is saved else target)

    return place


def _available(saved: str) -> str | None:
    """The device that a storage was saved from; None, the current one, for ``cpu``. RuntimeError when it is not there."""
    kind = saved.partition(":")[0]
    if kind == "cpu":
        return None
    if kind in ACCELERATORS and kind not in served():
        raise RuntimeError(
            f"Attempting to deserialize object on a {kind.upper()} device but torch.{kind}.is_available() is False. Please "
            "use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
        )
    if kind == "opencl" and Device(saved).place >= device_count():
        raise RuntimeError(
            f"Attempting to deserialize object on OpenCL device {saved} but torch.opencl.device_count() is {device_count()}. "
            "Please use torch.load with map_location to map your storages to an existing device."
        )
    return saved


def read_safetensors(data: Any, name: str, place: Callable[[np.ndarray, str], StorageView]) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name. `pickle.UnpicklingError` when it is none, or damaged."""
    try:
        length = int.from_bytes(data[:8], "little")
        if length > len(data) - 8:
            raise ValueError(f"a header of {length} bytes in a file of {len(data)}")
        header = json.loads(bytes(data[8 : 8 + length]))
        header.pop("__metadata__", None)
        body = memoryview(data)[8 + length :]
        arrays = {key: _array(body, entry) for key, entry in header.items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise pickle.UnpicklingError(
            f"{name} is no file of PyTorch's and no safetensors file, or it is damaged: {type(error).__name__}: "
            f"{str(error)[:200]}"
        ) from error
    return {key: place(array.reshape(-1), "cpu")._all.view(array.shape) for key, array in arrays.items()}


def _array(body: memoryview, entry: dict[str, Any]) -> np.ndarray:
    """One array of a safetensors file, as a view of its bytes."""
    start, end = entry["data_offsets"]
    dtype = dtypes.BY_FILE[entry["dtype"]].np
    if not 0 <= start <= end <= len(body) or end - start != math.prod(entry["shape"]) * dtype.itemsize:
        raise ValueError(f"an entry of shape {entry['shape']} reaches from byte {start} to {end} of {len(body)}")
    return np.frombuffer(body[start:end], dtype).reshape(entry["shape"])
