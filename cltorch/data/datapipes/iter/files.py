"""Pipes with which others begin: what a program has, and files."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from typing import Any

from ..datapipe import IterDataPipe, functional_datapipe


class IterableWrapperIterDataPipe(IterDataPipe[Any]):
    """The items of anything that can be iterated, of a copy of it each time if ``deepcopy`` and it can be copied."""

    def __init__(self, iterable: Iterable[Any], deepcopy: bool = True) -> None:
        super().__init__()
        self.iterable, self.deepcopy = iterable, deepcopy

    def __iter__(self) -> Iterator[Any]:
        source = self.iterable
        if self.deepcopy:
            with suppress(TypeError):  # a generator, say, can be read once
                source = copy.deepcopy(source)
        yield from source

    def __len__(self) -> int:
        return len(self.iterable)  # type: ignore[arg-type]


@functional_datapipe("list_files")
class FileListerIterDataPipe(IterDataPipe[str]):
    """The paths of the files in folders (``root``: one, several, or a pipe of them) whose names match one of the ``masks``, in order."""

    def __init__(
        self,
        root: str | Sequence[str] | IterDataPipe[str] = ".",
        masks: str | list[str] = "",
        *,
        recursive: bool = False,
        abspath: bool = False,
        non_deterministic: bool = False,
        length: int = -1,
    ) -> None:
        super().__init__()
        roots = [root] if isinstance(root, str) else root
        self.datapipe = roots if isinstance(roots, IterDataPipe) else IterableWrapperIterDataPipe(roots)
        self.masks = [masks] if isinstance(masks, str) else masks
        self.recursive, self.abspath, self.length = recursive, abspath, length

    def __iter__(self) -> Iterator[str]:
        for root in self.datapipe:
            for folder, folders, names in os.walk(os.path.abspath(root) if self.abspath else root):
                folders.sort()
                for name in sorted(names):
                    if not any(self.masks) or any(fnmatch(name, mask) for mask in self.masks):
                        yield os.path.join(folder, name)
                if not self.recursive:
                    break

    def __len__(self) -> int:
        return _known(self)


@functional_datapipe("open_files")
class FileOpenerIterDataPipe(IterDataPipe[Any]):
    """Pairs of a path and the open file."""

    def __init__(self, datapipe: Iterable[str], mode: str = "r", encoding: str | None = None, length: int = -1) -> None:
        super().__init__()
        if mode not in ("b", "t", "rb", "rt", "r"):
            raise ValueError(f"Invalid mode {mode}")
        if "b" in mode and encoding is not None:
            raise ValueError("binary mode doesn't take an encoding argument")
        self.datapipe, self.encoding, self.length = datapipe, encoding, length
        self.mode = mode if "r" in mode else f"r{mode}"

    def __iter__(self) -> Iterator[Any]:
        for path in self.datapipe:
            yield path, open(path, self.mode, encoding=self.encoding)  # noqa: SIM115  (whoever reads it closes it)

    def __len__(self) -> int:
        return _known(self)


def _known(pipe: Any) -> int:
    """The length that a program has said."""
    if pipe.length == -1:
        raise TypeError(f"{type(pipe).__name__} instance doesn't have valid length")
    return int(pipe.length)


@functional_datapipe("read_from_stream")
class StreamReaderIterDataPipe(IterDataPipe[Any]):
    """Pairs of a path and what is read from its file, ``chunk`` bytes at a time, or all; the file is closed then."""

    def __init__(self, datapipe: IterDataPipe[Any], chunk: int | None = None) -> None:
        super().__init__()
        self.datapipe, self.chunk = datapipe, chunk

    def __iter__(self) -> Iterator[Any]:
        for path, stream in self.datapipe:
            with stream:
                while read := stream.read(-1 if self.chunk is None else self.chunk):
                    yield path, read
