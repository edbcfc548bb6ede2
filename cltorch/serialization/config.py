"""Defaults of `save` and `load`. See torch.utils.serialization.config."""

from __future__ import annotations

import mmap as maps
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

__all__ = ["load", "patch", "save"]


class LoadEndianness(Enum):
    """The order of bytes in files that do not say it. See torch.serialization.LoadEndianness."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class load:
    """``mmap`` where a call does not say it; ``endianness`` of files that do not say it (None: as here). The others are kept and change nothing:
    a file is mapped to be read."""

    mmap: bool = False
    endianness: LoadEndianness | None = None
    mmap_flags: int | None = getattr(maps, "MAP_PRIVATE", None)
    calculate_storage_offsets: bool = False


class save:
    """``storage_alignment``: at a multiple of it the bytes of a storage begin. The others are kept and change nothing."""

    compute_crc32: bool = True
    use_pinned_memory_for_d2h: bool = False
    storage_alignment: int = 64


def _place(name: str) -> tuple[type, str]:
    """The class that has a setting, and its name there."""
    holder, _, own = name.partition(".")
    found = {"load": load, "save": save}.get(holder)
    if found is None or not hasattr(found, own):
        raise AttributeError(f"torch.utils.serialization.config.{name} does not exist")
    return found, own


@contextmanager
def patch(arg1: Any = None, arg2: Any = None, **changes: Any) -> Iterator[None]:
    """A block in which settings are others: ``patch("load.mmap", True)``, or a dictionary. AttributeError for an unknown one."""
    asked = {**(arg1 if isinstance(arg1, dict) else {} if arg1 is None else {arg1: arg2}), **changes}
    places = [(*_place(name), value) for name, value in asked.items()]
    before = [(holder, name, getattr(holder, name)) for holder, name, _ in places]
    try:
        for holder, name, value in places:
            setattr(holder, name, value)
        yield
    finally:
        for holder, name, value in before:
            setattr(holder, name, value)


def get_default_load_endianness() -> LoadEndianness | None:
    """The order of bytes in files that do not say it; None: as here. See torch.serialization.get_default_load_endianness."""
    return load.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Say in which order bytes are in files that do not say it. TypeError for anything else than a `LoadEndianness` or None."""
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    load.endianness = endianness


def get_crc32_options() -> bool:
    """Whether check sums are asked for. See torch.serialization.get_crc32_options."""
    return save.compute_crc32


def set_crc32_options(compute_crc32: bool) -> None:
    """Ask for check sums, or not: they are written in any case. See torch.serialization.set_crc32_options."""
    save.compute_crc32 = compute_crc32


def get_default_mmap_options() -> int | None:
    """The flags that `set_default_mmap_options` was given. See torch.serialization.get_default_mmap_options."""
    return load.mmap_flags


class set_default_mmap_options:
    """Keep flags, for a block or from now on: files are mapped to be read, so they change nothing. ValueError for others than ``MAP_PRIVATE``
    and ``MAP_SHARED``. See torch.serialization.set_default_mmap_options.
    """

    def __init__(self, flags: int) -> None:
        if flags not in (maps.MAP_PRIVATE, maps.MAP_SHARED):
            raise ValueError(
                "Invalid argument in function set_default_mmap_options, "
                f"expected mmap.MAP_PRIVATE or mmap.MAP_SHARED, but got {flags}"
            )
        self.prev, load.mmap_flags = load.mmap_flags, flags

    def __enter__(self) -> None:
        pass

    def __exit__(self, *details: object) -> None:
        load.mmap_flags = self.prev
