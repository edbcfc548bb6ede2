"""What is known of drivers: the only place where vendors are named. Each row: driver, versions, symptom, source, what to do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

VENDORS = {
    "nvidia": ("nvidia",),
    "amd": ("amd", "advanced micro devices", "rusticl"),
    "intel": ("intel",),
    "pocl": ("portable computing language", "pocl"),
}
"""Words that ``CLTORCH_DEVICE`` knows, and what they look for in a platform's name or vendor."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """A defect of a driver that cltorch acts on."""

    platform: str  # part of the platform's name, lower case
    symptom: str
    source: str
    remedy: str


QUIRKS = (
    Quirk(
        "portable computing language",
        "without the program `ld` the process is aborted at the first launch",
        "PoCL 3.0 and 3.1, seen with an empty PATH",
        "the device is refused when `ld` is not on PATH",
    ),
    Quirk(
        "portable computing language",
        "lists a device for a CPU that its LLVM does not know and then builds nothing (unknown target CPU 'generic')",
        "PoCL 3.0 of pocl-binary-distribution on Zen 5",
        "the probe builds a kernel before the device is used",
    ),
    Quirk(
        "intel(r) opencl",
        "wrong cos and exp, or an internal compiler error, on CPUs that it does not know",
        "intel-opencl-rt 2023.2.4 to 2025.0.5 on AMD",
        "the probe compares results with NumPy; versions from 2025.3 are right",
    ),
)


ENVIRONMENT = {"CL_CONFIG_CPU_VECTORIZER_MODE": "1"}
"""Set before a driver is loaded, unless the user has. Intel's CPU compiler widens kernels over work-items by itself; ours are
explicit vectors already, gain nothing, and some (double4 sin and cos of one value) crash it (2026.2, pass vec-clone)."""


def refusal(platform: str) -> str | None:
    """Why a platform cannot be used in this environment, or None."""
    if "portable computing language" in platform.lower() and shutil.which("ld") is None:
        return "PoCL needs the program `ld` (Debian: apt install binutils)"
    return None


def integrated(vendor: str, unified: bool) -> bool:
    """Whether a GPU shares the host's memory."""
    return unified and "nvidia" not in vendor.lower()
