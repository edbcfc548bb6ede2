"""Names of a package that come from its files: a file's ``__all__`` is the only list, so that adding one changes no other.

Readers and type checkers find them in the package's stub, which ``python -m tools.stubs`` makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def gathered(package: str, path: Sequence[str]) -> dict[str, tuple[str, Any]]:
    """What the files of a package name in ``__all__``, and in which file. Its own packages are imported and give none."""
    found: dict[str, tuple[str, Any]] = {}
    for file in iter_modules(path):
        module = import_module(f"{package}.{file.name}")
        names = () if file.ispkg else getattr(module, "__all__", ())
        found |= {name: (file.name, getattr(module, name)) for name in names}
    return found
