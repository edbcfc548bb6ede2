"""Checkpoints as a folder: ``.metadata``, and files of what it names, each part as `cltorch.save` writes it.

See torch.distributed.checkpoint.filesystem. Both libraries read what either wrote, blocks that many ranks wrote too.
"""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import uuid4

from ...serialization import load, save
from ...serialization.unpickler import WeightsUnpickler
from ...serialization.writer import pickled
from ...tensor.tensor import Tensor
from ...warned import warn
from . import metadata as parts
from .metadata import Metadata, MetadataIndex, StorageMeta

__all__ = ["FileSystemReader", "FileSystemWriter"]

_NAME = ".metadata"
_PLACE = "torch.distributed.checkpoint"


@dataclass
class _StorageInfo:
    """Where a part lies: bytes of a file."""

    relative_path: str
    offset: int
    length: int
    transform_descriptors: Any = None


def _allowed() -> dict[str, Any]:
    """What a ``.metadata`` may name, and nothing else."""
    named = [getattr(parts, name) for name in (*parts.__all__, "_MEM_FORMAT_ENCODING")]
    known = {f"{_PLACE}.metadata.{one.__name__}": one for one in named}
    return known | {
        f"{_PLACE}.filesystem._StorageInfo": _StorageInfo,
        "pathlib.PosixPath": lambda *names: os.path.join(*names),
        "pathlib.WindowsPath": lambda *names: os.path.join(*names),
        "builtins.getattr": _member,
    }


def _member(kind: Any, name: Any) -> Any:
    """The member of an enumeration, which Python 3.11.0 to 3.11.3 pickle as its class's attribute. `pickle.UnpicklingError` for anything else."""
    if not (isinstance(kind, type) and issubclass(kind, Enum) and name in kind.__members__):
        raise pickle.UnpicklingError(f"{kind!r} is no enumeration with a member {name!r}")
    return kind[name]


class _Folder:
    """Where a checkpoint lies."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.reset(path)

    def reset(self, checkpoint_id: str | os.PathLike[str] | None = None) -> None:
        """Use another folder, and be another saving or loading."""
        if checkpoint_id is not None:
            self.path = Path(checkpoint_id)
        self.identity = str(uuid4())

    @property
    def checkpoint_id(self) -> Path:
        """The folder."""
        return self.path

    @classmethod
    def validate_checkpoint_id(cls, checkpoint_id: str | os.PathLike[str]) -> bool:
        """Whether this can be the name of a folder."""
        return isinstance(checkpoint_id, os.PathLike) or "://" not in checkpoint_id


class FileSystemWriter(_Folder):
    """Writes checkpoints into the folder ``path``, one file for all parts or, without ``single_file_per_rank``, one for each.

    ``overwrite=False`` makes an existing checkpoint a RuntimeError. ``thread_count`` and the other settings of how bytes are copied
    change nothing here.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        single_file_per_rank: bool = True,
        sync_files: bool = True,
        thread_count: int = 1,
        per_thread_copy_ahead: int = 10_000_000,
        cache_staged_state_dict: bool = False,
        overwrite: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(path)
        self.single_file_per_rank, self.sync_files, self.overwrite = single_file_per_rank, sync_files, overwrite
        if any(value is not None for value in options.values()):
            raise NotImplementedError(
                f"FileSystemWriter: {', '.join(options)} is not here: parts are written by save()"
            )

    def write(self, leaves: Mapping[str, Any], metadata: Metadata) -> Metadata:
        """Write all leaves, complete what is known of them, and write that last of all."""
        self.path.mkdir(parents=True, exist_ok=True)
        if (self.path / _NAME).exists():
            if not self.overwrite:
                raise RuntimeError("Checkpoint already exists and self.overwrite=False.")
            warn(
                f"Detected an existing checkpoint in {self.path / _NAME}, overwriting since self.overwrite=True. "
                "Past version 2.5 of PyTorch, `overwrite` will default to False. Set this variable to True to maintain "
                "this functionality or False to raise when an existing checkpoint is found."
            )
        infos: dict[MetadataIndex, _StorageInfo] = {}
        ordered = sorted(leaves.items(), key=lambda item: isinstance(item[1], Tensor))
        groups = [ordered] if self.single_file_per_rank else [[item] for item in ordered]
        for k, group in enumerate(groups):
            name = f"__0_{k}.distcp"
            with self._file(name) as file:
                for leaf, value in group:
                    start = file.tell()
                    is_tensor = isinstance(value, Tensor)
                    file.write(_saved(_compact(value) if is_tensor else value))
                    index = MetadataIndex(leaf, (0,) * value.dim(), 0) if is_tensor else MetadataIndex(leaf)
                    infos[index] = _StorageInfo(name, start, file.tell() - start)
        metadata.storage_data = infos
        metadata.storage_meta = StorageMeta(self.path, self.identity)
        with self._file(f"{_NAME}.tmp") as file:
            file.write(pickled(metadata, pickle, 4)[0])
        (self.path / f"{_NAME}.tmp").replace(self.path / _NAME)
        return metadata

    @contextmanager
    def _file(self, name: str) -> Iterator[Any]:
        with open(self.path / name, "wb") as file:
            yield file
            if self.sync_files:
                file.flush()
                os.fsync(file.fileno())


def _compact(tensor: Tensor) -> Tensor:
    """The tensor by itself, without what else its storage has."""
    alone = tensor.detach().cpu()
    return alone.clone() if alone._room != alone.numel() else alone


def _saved(value: Any) -> bytes:
    file = io.BytesIO()
    save(value, file)
    return file.getvalue()


class FileSystemReader(_Folder):
    """Reads checkpoints of the folder ``path``. No code of theirs runs: `serialization.add_safe_globals` allows further classes."""

    def read_metadata(self) -> Metadata:
        """What the checkpoint holds. FileNotFoundError where there is none, `pickle.UnpicklingError` where it names anything else."""
        data = (self.path / _NAME).read_bytes()
        found = WeightsUnpickler(io.BytesIO(data), str(self.path / _NAME), _no_storage, _allowed()).load()
        if not isinstance(found, Metadata):
            raise RuntimeError(f"{self.path / _NAME} holds a {type(found).__name__}, no Metadata")
        if found.storage_meta is None:
            found.storage_meta = StorageMeta()
        found.storage_meta.load_id = self.identity
        return found

    def read(self, info: Any) -> Any:
        """One part, in the memory of the host where it is a tensor."""
        path = self.path / info.relative_path
        if self.path.resolve() not in path.resolve().parents:
            raise RuntimeError(f"{info.relative_path!r} lies outside of the checkpoint {self.path}")
        if info.transform_descriptors:
            raise NotImplementedError(
                f"{info.relative_path}: parts changed by {info.transform_descriptors} are not read"
            )
        with open(path, "rb") as file:
            file.seek(info.offset)
            return load(io.BytesIO(file.read(info.length)), weights_only=True)


def _no_storage(pid: Any) -> Any:
    raise RuntimeError("there are no tensors in the metadata of a checkpoint")
