"""Compiled programs on disk: written atomically, read with a checksum, bounded in size."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from . import folders

SIZE_LIMIT = 512 << 20  # bytes; the files used longest ago are removed first
DIGEST = 32
SHRINK_EVERY = 64  # files stored by one process between two looks at the folder's size
_stored = 0


def folder() -> Path:
    """Where compiled programs lie."""
    return folders.root() / "programs"


def load(key: str) -> bytes | None:
    """The program kept under ``key``; None when there is none or it is damaged (it is removed then)."""
    path = folder() / key
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) <= DIGEST or hashlib.sha256(data[DIGEST:]).digest() != data[:DIGEST]:
        discard(key)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return data[DIGEST:]


def is_kept(key: str) -> bool:
    """Whether there is a program under ``key``."""
    return (folder() / key).is_file()


def store(key: str, program: bytes) -> None:
    """Keep a program. A folder that cannot be written only costs the next process a build."""
    global _stored
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder(), prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(program).digest() + program)
            os.replace(name, folder() / key)
        except OSError:
            os.unlink(name)
            raise
        _stored += 1
        if _stored % SHRINK_EVERY == 1:
            shrink()


def discard(key: str) -> None:
    """Forget a program."""
    with contextlib.suppress(OSError):
        (folder() / key).unlink()


def shrink(limit: int | None = None) -> None:
    """Remove the programs used longest ago until the rest fits."""
    entries = []
    for path in folder().iterdir():
        with contextlib.suppress(OSError):
            stat = path.stat()
            entries.append((stat.st_mtime, stat.st_size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= (SIZE_LIMIT if limit is None else limit):
            break
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
