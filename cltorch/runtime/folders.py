"""Where files may be kept: the user's cache, or a private folder where that cannot be written."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from functools import cache
from pathlib import Path

from ..config import config

PARTS = ("programs", "verdicts", "vendors")
BLOCK = 4096


@cache
def root() -> Path:
    """The folder of programs and verdicts: `config.cache`, else a folder of this user alone among the temporary ones."""
    return config.cache if problem() is None else private() or config.cache


def private() -> Path | None:
    """A folder of this user alone among the temporary ones; None where there cannot be one."""
    with contextlib.suppress(OSError):
        folder = Path(tempfile.gettempdir()) / f"cltorch-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder) and can_write(folder):
            return folder
    return None


@cache
def problem() -> str | None:
    """Why nothing can be kept in `config.cache`, or None."""
    for folder in (config.cache, *(config.cache / part for part in PARTS)):
        why = _why_not(folder) if folder is config.cache or folder.exists() else None
        if why is not None:
            return f"{folder} cannot be written ({why})"
    return None


def can_write(folder: Path) -> bool:
    """Whether files can be made in ``folder``, or the folder itself where it does not exist; leaves nothing behind."""
    return _why_not(folder) is None


def _why_not(folder: Path) -> str | None:
    place = folder
    while not place.exists() and place.parent != place:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place) as file:  # a full disk still makes empty files
            file.write(bytes(BLOCK))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _is_private(folder: Path) -> bool:
    """Whether a folder in a place that others write to is ours: programs are run from it."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
