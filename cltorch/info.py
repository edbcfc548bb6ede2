"""What ``cltorch info`` shows: platforms, devices, abilities, caches and versions, and which device is used and why."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from .config import config
from .runtime import platforms

PACKAGES = ("cltorch", "pyopencl", "numpy", "mako", "intel-opencl-rt", "pocl-binary-distribution")


def _size(nbytes: int) -> str:
    return f"{nbytes / (1 << 30):.1f} GiB"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def reason() -> str:
    """Why the first device is the one that is used."""
    if config.device:
        return f"CLTORCH_DEVICE={config.device} asks for it"
    return "it is the fastest kind of device that passed (GPU, integrated GPU, accelerator, CPU)"


def lines() -> list[str]:
    """The text, line by line."""
    usable = platforms.usable()
    rows: list[tuple[str, ...]] = [
        ("device", "at", "kind", "units", "memory", "local", "float64", "float16", "sub-groups", "driver")
    ]
    for index, found in enumerate(usable):
        traits = found.traits
        rows.append(
            (
                f"opencl:{index} {found.name}",
                "{}:{}".format(*found.position),
                traits.kind,
                str(traits.compute_units),
                _size(traits.global_memory),
                f"{traits.local_memory >> 10} KiB",
                "yes" if traits.fp64 else "no",
                "yes" if traits.fp16 else "stored",
                " ".join(map(str, traits.subgroups)) or "no",
                f"{found.platform}, {found.driver}",
            )
        )
    text = _table(rows)
    text.append(f"used: opencl:0, because {reason()}" if usable else "used: none, no OpenCL device passed")
    refused = [found for found in platforms.candidates() if found.refused]
    text += [f"refused: {found.label}" for found in refused]
    programs = config.cache / "programs"
    kept = list(programs.glob("*")) if programs.is_dir() else []
    total = sum(path.stat().st_size for path in kept) / (1 << 20)
    text.append(f"cache: {config.cache} ({len(kept)} programs, {total:.1f} MiB)")
    text.append("versions: " + ", ".join(f"{name} {version_of(name)}" for name in PACKAGES))
    return text


def version_of(name: str) -> str:
    """The version of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def show() -> None:
    """Print the table."""
    sys.stdout.write("\n".join(lines()) + "\n")
