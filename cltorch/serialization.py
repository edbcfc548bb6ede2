"""`save` and `load`: tensors, state dictionaries and plain Python values in one file that holds no code.

The file is a safetensors file (8 bytes with the header's length, a JSON header, then the numbers), so other programs
read the tensors by name. Its ``__metadata__`` holds the structure around the tensors as JSON and a checksum over
everything."""

from __future__ import annotations

import base64
import json
import math
import os
import zlib
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from . import dtypes
from .nn.parameter import Parameter
from .opencl import device_count
from .tensor.creation import tensor
from .tensor.device_names import device as Device
from .tensor.sizes import Size
from .tensor.tensor import Tensor

_CONTAINERS: dict[str, type] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "Size": Size}
_MAPPINGS: dict[str, type] = {"dict": dict, "OrderedDict": OrderedDict, "Counter": Counter, "defaultdict": dict}
_OTHER_FORMATS = {b"PK\x03\x04": "a zip archive, as torch.save writes", b"\x80": "a pickle"}

File = str | os.PathLike[str] | BinaryIO
Place = Any


def save(
    obj: object,
    f: File,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write ``obj`` to a path or a binary file object.

    ``obj`` is built of tensors, parameters, NumPy arrays, None, bool, int, float, complex, str, bytes, dtypes, devices,
    and dict, OrderedDict, Counter, list, tuple, set, frozenset and Size of those (a defaultdict becomes a dict);
    TypeError for anything else (of a module or an optimizer, save its ``state_dict()``). Tensors that share storage
    share it after loading too. Gradients and history are not saved. The pickle options are accepted and have no meaning
    here."""
    writer = _Writer()
    structure = json.dumps(writer.encode(obj, ""), separators=(",", ":"))
    header, chunks = writer.file(structure)
    if isinstance(f, (str, os.PathLike)):
        with open(f, "wb") as file:
            _write(file, header, chunks)
    else:
        _write(f, header, chunks)


def load(
    f: File,
    map_location: Place = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` wrote, or the tensors of any safetensors file as a dictionary. No code in a file is ever run.

    Tensors go to the device that they were saved from, or where ``map_location`` says: a device, a dictionary from
    saved to new devices, or a function of (tensor, saved device) that returns the tensor to use or None. RuntimeError
    when a file is damaged, of another kind, or names a device that is not there; EOFError when it is empty.
    ``weights_only``, ``mmap`` and the pickle options are accepted: what is loaded is the same."""
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            data = file.read()
        name = os.fspath(f)
    else:
        data, name = f.read(), str(getattr(f, "name", "the file object"))
    arrays, structure = _parse(data, name)
    reader = _Reader(arrays, _placement(map_location))
    if structure is None:
        return {key: reader.whole(key) for key in arrays}
    return reader.decode(structure)


class _Writer:
    """Turns objects into JSON and collects the arrays that they refer to by name."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.storages: dict[int, tuple[str, Any]] = {}  # by id; the storage is kept, so that ids stay unique
        self.open: set[int] = set()  # containers that are being written

    def encode(self, obj: Any, path: str) -> Any:
        """``obj`` as JSON values; ``path`` says where it is, for names and errors."""
        if obj is None or type(obj) in (bool, int, str):
            return obj
        if type(obj) is float:
            return obj if math.isfinite(obj) else {"float": repr(obj)}
        if isinstance(obj, Tensor):
            return self.tensor(obj, path)
        if type(obj) in _NAME_OF_CONTAINER:
            return self.container(obj, path)
        return self.other(obj, path)

    def container(self, obj: Any, path: str) -> Any:
        """Lists and the like as ``{kind: [entries]}``, mappings as ``{kind: [[key, value], ...]}``."""
        if id(obj) in self.open:
            raise ValueError(f"cannot save an object that contains itself (at {path or 'the top'})")
        self.open.add(id(obj))
        kind = _NAME_OF_CONTAINER[type(obj)]
        entries: list[Any]
        if kind in _MAPPINGS:
            entries = [[self.encode(key, path), self.encode(obj[key], _join(path, key))] for key in obj]
        else:
            entries = [self.encode(entry, _join(path, i)) for i, entry in enumerate(obj)]
        self.open.discard(id(obj))
        extra = getattr(obj, "_metadata", None)  # of module state dictionaries: versions of their layout
        if extra is not None and kind == "OrderedDict":
            return {kind: entries, "_metadata": self.encode(extra, path)}
        return {kind: entries}

    def other(self, obj: Any, path: str) -> Any:
        """Values of other kinds as ``{kind: text}``."""
        if isinstance(obj, np.ndarray) and obj.dtype in _FROM_NUMPY:
            return {"array": self.add(path or "array", obj)}
        if isinstance(obj, np.generic) and obj.dtype in _FROM_NUMPY:
            return {"scalar": self.add(path or "scalar", np.asarray(obj))}
        if isinstance(obj, complex):
            return {"complex": [repr(obj.real), repr(obj.imag)]}
        if isinstance(obj, (bytes, bytearray)):
            return {type(obj).__name__: base64.b64encode(obj).decode()}
        if isinstance(obj, dtypes.dtype):
            return {"dtype": obj.name}
        if isinstance(obj, Device):
            return {"device": str(obj)}
        hint = " (save its state_dict() instead)" if hasattr(obj, "state_dict") else ""
        raise TypeError(f"cannot save {_typename(obj)} at {path or 'the top'}{hint}: only tensors and plain values are")

    def tensor(self, obj: Tensor, path: str) -> Any:
        """A tensor as the name of its storage and its view of it."""
        kind = type(obj)
        if kind not in (Tensor, Parameter):
            raise TypeError(f"cannot save {_typename(obj)} at {path or 'the top'}: only Tensor and Parameter are")
        storage = obj._storage
        if id(storage) not in self.storages:
            whole = obj.detach()
            if not (obj.is_contiguous() and obj.nbytes == storage.nbytes):
                whole = whole.as_strided((whole._room,), (1,), 0)
            self.storages[id(storage)] = self.add(path or "tensor", whole._host()), storage
        made: dict[str, Any] = {
            "tensor": self.storages[id(storage)][0],
            "shape": list(obj.shape),
            "stride": list(obj.stride()),
        }
        made |= {"offset": obj.storage_offset(), "device": str(obj.device)}
        if obj.requires_grad:
            made["requires_grad"] = True
        if kind is Parameter:
            made["parameter"] = True
        return made

    def add(self, name: str, array: np.ndarray) -> str:
        """Keep an array under a name that is not taken yet."""
        free, count = name, 1
        while free in self.arrays or free == "__metadata__":
            count += 1
            free = f"{name}#{count}"
        self.arrays[free] = np.ascontiguousarray(array).reshape(array.shape)
        return free

    def file(self, structure: str) -> tuple[bytes, list[np.ndarray]]:
        """The header and the arrays in the order of the file: wide elements first, so that all are aligned."""
        order = sorted(self.arrays, key=lambda name: -self.arrays[name].itemsize)
        entries: dict[str, Any] = {}
        end = 0
        for name in order:
            array = self.arrays[name]
            start, end = end, end + array.nbytes
            entries[name] = {
                "dtype": _FROM_NUMPY[array.dtype],
                "shape": list(array.shape),
                "data_offsets": [start, end],
            }
        chunks = [self.arrays[name] for name in order]
        checksum = _checksum(structure, entries, (_bytes(chunk) for chunk in chunks))
        metadata = {"format": "cltorch", "structure": structure, "crc32": f"{checksum:08x}"}
        header = json.dumps({"__metadata__": metadata, **entries}, separators=(",", ":")).encode()
        return header + b" " * (-len(header) % 8), chunks


class _Reader:
    """Makes objects again from JSON and arrays."""

    def __init__(self, arrays: Mapping[str, np.ndarray], place: Callable[[np.ndarray, str], Tensor]) -> None:
        self.arrays = arrays
        self.place = place
        self.storages: dict[tuple[str, str], Tensor] = {}

    def whole(self, name: str) -> Tensor:
        """An array as a tensor on the default device."""
        return self.place(self.arrays[name], "")

    def decode(self, node: Any) -> Any:
        """The object that `_Writer.encode` turned into ``node``."""
        if not isinstance(node, dict):
            return node
        kind, content = next(iter(node.items()))
        if kind == "tensor":
            return self.tensor(node)
        if kind in _CONTAINERS:
            return _CONTAINERS[kind](self.decode(entry) for entry in content)
        if kind in _MAPPINGS:
            made = _MAPPINGS[kind]()
            made.update({self.decode(key): self.decode(value) for key, value in content})
            if "_metadata" in node:
                made._metadata = self.decode(node["_metadata"])
            return made
        return self.other(kind, content)

    def other(self, kind: str, content: Any) -> Any:
        """Values of other kinds."""
        if kind == "float":
            return float(content)
        if kind == "complex":
            return complex(float(content[0]), float(content[1]))
        if kind in ("bytes", "bytearray"):
            raw = base64.b64decode(content)
            return raw if kind == "bytes" else bytearray(raw)
        if kind == "array":
            return self.arrays[content].copy()
        if kind == "scalar":
            return self.arrays[content][()]
        if kind == "dtype":
            return dtypes.BY_NAME[content]
        if kind == "device":
            return Device(content)
        raise RuntimeError(f"the file was written by a newer version: it holds a {kind!r}")

    def tensor(self, node: dict[str, Any]) -> Tensor:
        """A tensor, on the same storage as others that shared it when they were saved."""
        key = node["tensor"], node["device"]
        if key not in self.storages:
            self.storages[key] = self.place(self.arrays[key[0]], key[1])
        made = self.storages[key]
        shape, stride = tuple(node["shape"]), tuple(node["stride"])
        if made.shape != shape or made.stride() != stride or node["offset"]:
            made = made.as_strided(shape, stride, node["offset"])
        needs_grad = node.get("requires_grad", False)
        if node.get("parameter"):
            return Parameter(made, requires_grad=needs_grad)
        return made.detach().requires_grad_(needs_grad)


def _placement(map_location: Place) -> Callable[[np.ndarray, str], Tensor]:
    """How an array becomes a tensor, given the name of the device that it was saved from."""

    def place(array: np.ndarray, saved: str) -> Tensor:
        if callable(map_location):
            made = tensor(array, device=_available(saved) if saved else None)
            chosen = map_location(made, saved)
            return made if chosen is None else chosen
        target = map_location.get(saved, saved) if isinstance(map_location, Mapping) else map_location
        if target is None:
            target = _available(saved) if saved else None
        return tensor(array, device=target)

    return place


def _available(saved: str) -> str:
    """The saved device; RuntimeError when this machine has fewer devices."""
    index = Device(saved).place
    if index >= device_count():
        raise RuntimeError(
            f"Attempting to load a tensor of OpenCL device {index} but cltorch.opencl.device_count() is "
            f"{device_count()}. Please use cltorch.load with map_location to map it to an existing device."
        )
    return saved


class PyTorchFileReader:
    """RuntimeError: single records of PyTorch's zip files are not read."""

    def __init__(self, name_or_buffer: Any) -> None:
        raise RuntimeError("PyTorchFileReader: single records of PyTorch's zip files are not read; see load()")


_SAFE: list[Any] = []


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Keep classes that files may name. See torch.serialization.add_safe_globals."""
    _SAFE.extend(one for one in safe_globals if one not in _SAFE)


def get_safe_globals() -> list[Any]:
    """What `add_safe_globals` was called with."""
    return list(_SAFE)


def clear_safe_globals() -> None:
    """Forget what `add_safe_globals` was called with."""
    _SAFE.clear()


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """A block with further classes that files may name."""
    before = list(_SAFE)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _SAFE[:] = before


def _parse(data: bytes, name: str) -> tuple[dict[str, np.ndarray], Any]:
    """The arrays of a file by name, and the structure around them (None if another program wrote the file)."""
    if not data:
        raise EOFError(f"{name} is empty")
    try:
        length = int.from_bytes(data[:8], "little")
        if length > len(data) - 8:
            raise ValueError(f"a header of {length} bytes in a file of {len(data)}")
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        body = memoryview(data)[8 + length :]
        arrays = {key: _array(body, entry) for key, entry in header.items()}
        if metadata.get("format") != "cltorch":
            return arrays, None
        chunks = (body[slice(*entry["data_offsets"])] for entry in header.values())
        if f"{_checksum(metadata['structure'], header, chunks):08x}" != metadata["crc32"]:
            raise ValueError("the checksum differs")
        return arrays, json.loads(metadata["structure"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        for magic, kind in _OTHER_FORMATS.items():
            if data.startswith(magic):
                raise RuntimeError(
                    f"{name} is {kind}: reading it may run code, so it is not read. Save the tensors with safetensors, "
                    "and load that file."
                ) from None
        raise RuntimeError(f"{name} is damaged or no safetensors file: {error}") from error


def _array(body: memoryview, entry: dict[str, Any]) -> np.ndarray:
    """One array of the file, as a view of its bytes."""
    start, end = entry["data_offsets"]
    dtype = dtypes.BY_FILE[entry["dtype"]].np
    if not 0 <= start <= end <= len(body) or end - start != math.prod(entry["shape"]) * dtype.itemsize:
        raise ValueError(f"an entry of shape {entry['shape']} reaches from byte {start} to {end} of {len(body)}")
    return np.frombuffer(body[start:end], dtype).reshape(entry["shape"])


def _checksum(structure: str, entries: Mapping[str, Any], chunks: Iterable[Any]) -> int:
    """CRC-32 of the structure, of what the header says of each array, and of all numbers."""
    total = zlib.crc32(structure.encode())
    for (name, entry), chunk in zip(entries.items(), chunks):
        total = zlib.crc32(f"{name} {entry['dtype']} {entry['shape']}".encode(), total)
        total = zlib.crc32(chunk, total)
    return total


def _bytes(array: np.ndarray) -> Any:
    return array.reshape(-1).view(np.uint8).data


def _write(file: BinaryIO, header: bytes, chunks: list[np.ndarray]) -> None:
    file.write(len(header).to_bytes(8, "little"))
    file.write(header)
    for chunk in chunks:
        file.write(_bytes(chunk))


def _join(path: str, key: Any) -> str:
    return f"{path}/{key}" if path else str(key)


def _typename(obj: Any) -> str:
    kind = type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


_NAME_OF_CONTAINER = {kind: name for name, kind in (*_CONTAINERS.items(), *_MAPPINGS.items())}
_NAME_OF_CONTAINER |= {dict: "dict", defaultdict: "defaultdict"}
_FROM_NUMPY = {dtype.np: dtype.file for dtype in dtypes.EVERY}
