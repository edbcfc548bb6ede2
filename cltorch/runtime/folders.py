"""Where files may be kept: the user's cache, or a private folder where that cannot be written."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from functools import cache
from pathlib import Path

from ..config import config


@cache
def root() -> Path:
    """The folder of programs and verdicts: `config.cache`, else a folder of this user alone among the temporary ones."""
    if not can_write(config.cache):
        with contextlib.suppress(OSError):
            private = Path(tempfile.gettempdir()) / f"cltorch-{os.getuid()}"
            private.mkdir(mode=0o700, exist_ok=True)
            if _is_private(private) and can_write(private):
                return private
    return config.cache


def can_write(folder: Path) -> bool:
    """Whether files can be made in ``folder``, or the folder itself where it does not exist; leaves nothing behind."""
    place = folder
    while not place.exists() and place.parent != place:
        place = place.parent
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".try-", dir=place))
    except OSError:
        return False
    return True


def _is_private(folder: Path) -> bool:
    """Whether a folder in a place that others write to is ours: programs are run from it."""
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
