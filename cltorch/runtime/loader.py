"""What OpenCL's loader is told before it lists platforms for the first time; afterwards it reads nothing any more.

It reads the ``.icd`` files of one folder: ``OCL_ICD_VENDORS``, else ``OPENCL_VENDOR_PATH``, else the system's. Drivers from
PyPI that it does not find by itself are listed in a folder of ours, beside the drivers of the folder that it would have read.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.metadata
import os
import tempfile
from pathlib import Path

import platformdirs
import pyopencl as cl

from . import folders, quirks

SYSTEM = Path("/etc/OpenCL/vendors")


def prepare() -> None:
    """Set the environment for the loader and for the drivers; what the user has set stays, unless it cannot work."""
    if not folders.can_write(Path(platformdirs.user_cache_dir("pytools"))):
        cl._PYOPENCL_NO_CACHE = (
            True  # else pyopencl makes no kernel objects; the variable of this name is read at import
        )
    for name, value in quirks.environment().items():
        os.environ.setdefault(name, value)
    for cached in quirks.CACHES:
        empty = os.environ.get(cached.variable) == ""  # the driver would take it for a folder
        if empty or not folders.can_write(cached.folder()):
            os.environ[cached.variable] = str(folders.root() / cached.name)
    library = packaged(quirks.PACKAGED)[0]
    if library is not None:
        _add(library)


def packaged(driver: quirks.Packaged) -> tuple[Path | None, str | None]:
    """The library of a driver that was installed by pip, or why it is not used (None if it is not installed)."""
    try:
        package = importlib.metadata.distribution(driver.package)
    except importlib.metadata.PackageNotFoundError:
        return None, None
    try:
        importlib.metadata.distribution(driver.companion)
    except importlib.metadata.PackageNotFoundError:
        return None, f"{driver.package} is installed without {driver.companion}: pip install 'cltorch[cpu]'"
    if tuple(int(part) for part in package.version.split(".")[:2] if part.isdigit()) < driver.oldest:
        oldest = ".".join(map(str, driver.oldest))
        return None, f"{driver.package} {package.version} is not used: releases before {oldest} compute wrong numbers"
    for file in package.files or ():
        if file.name == driver.library:
            library = Path(str(package.locate_file(file))).resolve()
            if library.exists():
                return library, None
    return None, f"{driver.package} {package.version} has no {driver.library}: it was installed without its data files"


def failure(driver: quirks.Packaged) -> str | None:
    """Why a packaged driver that is installed lists no platform: what `packaged` or the system's linker says."""
    library, problem = packaged(driver)
    if library is not None:
        try:
            ctypes.CDLL(str(library))
        except OSError as error:
            return f"{driver.package} cannot be loaded: {error}"
    return problem


def _add(library: Path) -> None:
    """Let the loader list ``library`` beside what it lists already.

    A user who names one driver instead of a folder gets that one alone. Two generations of one driver do not live in one
    process: a user's own folder wins, the system's gives way.
    """
    asked = os.environ.get("OCL_ICD_VENDORS") or os.environ.get("OPENCL_VENDOR_PATH")
    place = Path(asked) if asked else SYSTEM
    if asked and not place.is_dir():
        return
    entries = {}
    for icd in sorted(place.glob("*.icd")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            entries[icd.name] = icd.read_text().strip()
    same = [name for name, text in entries.items() if Path(text).name.startswith(library.name)]
    if asked and same:
        return
    for name in same:
        del entries[name]
    entries[f"packaged-{library.stem}.icd"] = str(library)
    for place_of in (folders.root, folders.private):
        root = place_of()
        with contextlib.suppress(OSError):
            if root is not None:
                os.environ["OCL_ICD_VENDORS"] = str(_folder(entries, root))
                return
    if len(entries) == 1:
        os.environ["OCL_ICD_VENDORS"] = str(library)


def _folder(entries: dict[str, str], root: Path) -> Path:
    """A folder with these ``.icd`` files. Its name is their digest, so it is changed only to put back what is gone: other
    processes may be reading."""
    digest = hashlib.sha256(repr(sorted(entries.items())).encode()).hexdigest()[:16]
    folder = root / "vendors" / digest
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in entries.items():
        if not _has(folder / name, text):
            handle, new = tempfile.mkstemp(dir=folder, prefix=".new-")
            try:
                with os.fdopen(handle, "w") as file:
                    file.write(text + "\n")
                os.replace(new, folder / name)
            except OSError:
                os.unlink(new)
                raise
    return folder


def _has(path: Path, text: str) -> bool:
    try:
        return path.read_text().strip() == text
    except (OSError, UnicodeDecodeError):
        return False
