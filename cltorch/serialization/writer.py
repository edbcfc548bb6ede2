"""Writing PyTorch's files: a pickle with PyTorch's names in it, and the bytes of every storage beside it."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
import sys
import zipfile
from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np

from .. import dtypes
from ..tensor.formats import layout
from ..tensor.quantized import QDtype, QuantizedStorage, qscheme
from ..tensor.storages import StorageView
from ..tensor.tensor import Tensor
from . import config
from .names import QUANTIZED, TYPED, UNTYPED, StorageType, written_name
from .rebuild import Remade, _get_layout, reduced
from .skipping import SKIPS

MAGIC, LEGACY_PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class Naming:
    """What a pickler of Python's does otherwise for PyTorch's files: names, tensors and storages."""

    proto: int

    def __init__(self, file: Any, protocol: int, legacy: bool) -> None:
        super().__init__(file, protocol)  # type: ignore[call-arg]
        self.legacy = legacy
        self.storages: dict[int, tuple[str, StorageView, StorageType]] = {}

    def persistent_id(self, obj: Any) -> Any:
        """How a storage is referred to; its bytes come later."""
        if not isinstance(obj, StorageView):
            return None
        dtype = obj._all._cl_meta.dtype
        of_dtype = QUANTIZED if isinstance(obj, QuantizedStorage) else TYPED
        kind = of_dtype[dtype] if obj.element_size() == dtype.itemsize and dtype in of_dtype else UNTYPED
        key, _, before = self.storages.setdefault(id(obj._storage.cell), (str(len(self.storages)), obj, kind))
        if before is not kind:
            raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types")
        where = "cpu" if obj.device.type == "opencl" else str(obj.device)
        named = ("storage", kind, key, where, obj.nbytes() // kind.element.itemsize)
        return (*named, None) if self.legacy else named

    def reducer_override(self, obj: Any) -> Any:
        """Tensors as PyTorch reduces them, whatever plain pickles hold."""
        if isinstance(obj, Remade):
            return obj.parts
        if isinstance(obj, Tensor):
            return reduced(obj)
        if isinstance(obj, layout):
            return _get_layout, (repr(obj),)
        return obj.name if isinstance(obj, (StorageType, QDtype, qscheme)) else NotImplemented

    def save_global(self: Any, obj: Any, name: str | None = None) -> None:
        """A class or function by PyTorch's name of it."""
        place = written_name(obj, name)
        if place is None:
            super().save_global(obj, name)  # type: ignore[misc]
            return
        if self.proto >= 4:
            self.save(place[0])
            self.save(place[1])
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + f"{place[0]}\n{place[1]}\n".encode())
        self.memoize(obj)

    def save_type(self: Any, obj: type) -> None:
        """A class by its name."""
        if written_name(obj) is None:
            super().save_type(obj)  # type: ignore[misc]
        else:
            self.save_global(obj)

    def bytes_of(self) -> Iterable[tuple[str, np.ndarray, int]]:
        """Key, bytes and size of an element of every storage."""
        for key, storage, kind in self.storages.values():
            if SKIPS.data:
                yield key, np.zeros(storage.nbytes(), np.uint8), kind.element.itemsize
                continue
            elements = storage._all
            if elements._cl_meta.dtype in dtypes.BITS:
                elements = elements.view(dtypes.uint8)
            yield key, elements._host().reshape(-1).view(np.uint8), kind.element.itemsize


def pickled(obj: Any, module: Any, protocol: int, legacy: bool = False) -> tuple[bytes, Naming]:
    """The pickle of an object, and the pickler, which knows the storages."""
    base: Any = getattr(module, "_Pickler", module.Pickler)
    dispatch = dict(getattr(base, "dispatch", {}))
    dispatch[type] = Naming.save_type
    dispatch[type(pickled)] = Naming.save_global
    kind = type("Pickler", (Naming, base), {"dispatch": dispatch})
    file = io.BytesIO()
    pickler = kind(file, protocol, legacy)
    pickler.dump(obj)
    return file.getvalue(), pickler


def write_zip(file: BinaryIO, name: str, text: bytes, pickler: Naming) -> None:
    """The zip archive: ``data.pkl``, one record a storage, the byte order and the version."""
    identity = hashlib.sha1(text)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _record(archive, f"{name}/data.pkl", text)
        _record(archive, f"{name}/.format_version", b"1")
        _record(archive, f"{name}/.storage_alignment", str(config.save.storage_alignment).encode())
        _record(archive, f"{name}/byteorder", sys.byteorder.encode())
        for key, data, _ in pickler.bytes_of():
            _record(archive, f"{name}/data/{key}", data.data)
            identity.update(data.data)
        _record(archive, f"{name}/version", b"3\n")
        _record(archive, f"{name}/.data/serialization_id", str(int(identity.hexdigest(), 16))[:40].zfill(40).encode())


def _record(archive: Any, name: str, data: Any) -> None:
    """One record, whose bytes begin at a multiple of the alignment, so that a mapped file can be used in place."""
    entry = zipfile.ZipInfo(name)
    begin = archive.start_dir + 30 + len(name) + 4
    padding = -begin % config.save.storage_alignment
    entry.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding
    archive.writestr(entry, data)


def write_legacy(file: BinaryIO, text: bytes, pickler: Naming, protocol: int) -> None:
    """The form from before zip archives: pickles one after the other, then the bytes of the storages."""
    if SKIPS.data:
        raise RuntimeError("Cannot use skip_data=True with _use_new_zipfile_serialization=False")
    sizes = {"short": 2, "int": 4, "long": 4}
    system = {"protocol_version": LEGACY_PROTOCOL, "little_endian": sys.byteorder == "little", "type_sizes": sizes}
    for part in (MAGIC, LEGACY_PROTOCOL, system):
        file.write(pickle.dumps(part, protocol))
    file.write(text)
    storages = list(pickler.bytes_of())
    file.write(pickle.dumps([key for key, _, _ in storages], protocol))
    for _, data, size in storages:
        file.write(struct.pack("<q", len(data) // size))
        file.write(data.data)
