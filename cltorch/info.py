"""What ``cltorch info`` shows: platforms, devices, abilities, caches and versions, and which device is used and why."""

from __future__ import annotations

import contextlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .config import config
from .errors import DeviceNotFoundError, size_text
from .runtime import cache, folders, platforms
from .runtime.platforms import Candidate

PACKAGES = ("cltorch", "pyopencl", "numpy", "mako", "intel-opencl-rt", "intel-cmplr-lib-rt", "pocl-binary-distribution")


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def reason(used: Candidate) -> str:
    """Why a device is the one that is used."""
    if config.device:
        return f"CLTORCH_DEVICE={config.device} asks for it"
    alike = [other for other in platforms.usable() if other.traits.kind == used.traits.kind]
    first = ", and the first of them" if len(alike) > 1 else ""
    return f"{used.traits.kind} is the fastest kind present (gpu, igpu, accelerator, cpu){first}"


def _devices(usable: tuple[Candidate, ...]) -> list[str]:
    """The devices with their abilities. ``at`` is what ``CLTORCH_DEVICE`` takes."""
    head = "device at kind form units memory local group sub-groups float64 float16 driver"
    rows: list[tuple[str, ...]] = [tuple(head.split())]
    for index, found in enumerate(usable):
        traits = found.traits
        rows.append(
            (
                f"opencl:{index} {found.name}",
                "{}:{}".format(*found.position),
                traits.kind,
                traits.form,
                str(traits.compute_units),
                size_text(traits.global_memory),
                size_text(traits.local_memory),
                str(traits.max_work_group),
                " ".join(map(str, traits.subgroups)) or "no",
                "yes" if traits.fp64 else "no",
                "yes" if traits.fp16 else "stored",
                f"{found.platform}, {found.driver}",
            )
        )
    return _table(rows)


def _platforms() -> list[str]:
    """The platforms with their devices' verdicts."""
    rows: list[tuple[str, ...]] = [("platform", "device", "verdict")]
    for found in platforms.candidates():
        verdict = f"refused: {found.refused}" if found.refused else "passed"
        rows.append((f"{found.position[0]} {found.platform}", found.name, verdict))
    return _table(rows)


def _caches() -> list[str]:
    """Where files are kept, and how much."""
    kept: list[int] = []
    with contextlib.suppress(OSError):
        kept = [path.stat().st_size for path in cache.folder().iterdir()]
    limit = size_text(cache.SIZE_LIMIT)
    text = f"cache: {folders.root()} ({len(kept)} programs, {size_text(sum(kept))} of at most {limit})"
    problem = folders.problem()
    if problem is not None:
        text += f", as {problem}" if folders.root() != Path(config.cache) else f": {problem}, so nothing is kept"
    return [text]


def lines() -> list[str]:
    """The text, line by line."""
    try:
        usable = platforms.usable()
        text = _devices(usable) if usable else str(DeviceNotFoundError("", platforms.describe())).splitlines()
    except DeviceNotFoundError as error:
        usable, text = (), str(error).splitlines()
    text.append(f"used: opencl:0, because {reason(usable[0])}" if usable else "used: none")
    if platforms.candidates():
        text += ["", *_platforms()]
    text += [f"not listed: {problem}" for problem in platforms.listing().problems]
    return [*text, "", *_caches(), "versions: " + ", ".join(f"{name} {version_of(name)}" for name in PACKAGES)]


def version_of(name: str) -> str:
    """The version of an installed package, or that it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def show() -> None:
    """Print the tables."""
    sys.stdout.write("\n".join(lines()) + "\n")
