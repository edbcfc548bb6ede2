"""Every OpenCL platform and device, which of them can be used, and which one ``CLTORCH_DEVICE`` chooses.

A device is used only after `probe` has passed in a process of its own; the verdict is kept on disk by driver and CPU.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform as host
import subprocess
import sys
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyopencl as cl

from ..config import config
from ..errors import DeviceNotFoundError
from . import quirks
from .traits import Traits

PROBE_SECONDS = 120
SPEED = ("gpu", "igpu", "accelerator", "cpu")  # kinds from the fastest to the slowest


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed device: where it stands, what it says of itself, and why it is refused (None when it passed)."""

    position: tuple[int, int]  # platform and device index
    handle: cl.Device
    name: str
    platform: str
    vendor: str
    driver: str
    traits: Traits
    refused: str | None

    @property
    def label(self) -> str:
        """One line for people."""
        place = f"{self.position[0]}:{self.position[1]}"
        state = f"refused: {self.refused}" if self.refused else self.traits.kind
        return f"{place} {self.name} ({self.platform}, {self.driver}): {state}"


@cache
def candidates() -> tuple[Candidate, ...]:
    """Every device that the loader lists, with its verdict."""
    warnings.filterwarnings("ignore", category=cl.CompilerWarning)
    os.environ.setdefault("PYOPENCL_NO_CACHE", "1")
    add_packaged_drivers()
    found = []
    with contextlib.suppress(cl.LogicError):
        for p, platform in enumerate(cl.get_platforms()):
            with contextlib.suppress(cl.Error):
                found += [_candidate((p, d), handle, platform) for d, handle in enumerate(platform.get_devices())]
    return tuple(found)


def add_packaged_drivers() -> None:
    """Let the loader see Intel's CPU runtime when it was installed from PyPI, beside what it sees already.

    The variable replaces the system's folder of drivers, so the libraries named there are listed too.
    """
    for name, value in quirks.ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    library = packaged_runtime()
    if library is None or "OCL_ICD_VENDORS" in os.environ:
        return
    folder = config.cache / "vendors"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        entries = {"packaged-intel.icd": str(library)}
        for icd in sorted(Path("/etc/OpenCL/vendors").glob("*.icd")):
            entries[icd.name] = icd.read_text().strip()
        for old in folder.glob("*.icd"):
            if old.name not in entries:
                old.unlink()
        for name, text in entries.items():
            path = folder / name
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        os.environ["OCL_ICD_VENDORS"] = str(folder)


def packaged_runtime() -> Path | None:
    """The library of Intel's CPU runtime, if both of its packages are installed in a version that computes rightly."""
    try:
        package = importlib.metadata.distribution("intel-opencl-rt")
        importlib.metadata.distribution("intel-cmplr-lib-rt")
    except importlib.metadata.PackageNotFoundError:
        return None
    major, minor = (int(part) for part in package.version.split(".")[:2])
    if (major, minor) < (2025, 3):
        return None
    library = Path(sys.prefix) / "lib" / "libintelocl.so"
    return library if library.exists() else None


def _candidate(position: tuple[int, int], handle: cl.Device, platform: cl.Platform) -> Candidate:
    driver = f"{handle.version.strip()} {handle.driver_version.strip()}"
    refused = quirks.refusal(platform.name) or verdict(position, handle, platform, driver)
    return Candidate(
        position,
        handle,
        handle.name.strip(),
        platform.name.strip(),
        handle.vendor.strip(),
        driver,
        traits(handle),
        refused,
    )


@cache
def cpu_model() -> str:
    """The host's CPU, as far as drivers care."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("model name", "Hardware")):
                return line.split(":", 1)[1].strip()
    return host.processor() or host.machine()


def verdict(position: tuple[int, int], handle: cl.Device, platform: cl.Platform, driver: str) -> str | None:
    """Why a device does not pass the probe, or None; remembered by driver, versions and CPU."""
    key = "\0".join([platform.name, platform.version, driver, handle.name, cpu_model(), cl.VERSION_TEXT])
    path = config.cache / "verdicts" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return json.loads(path.read_text())["refused"]
    refused = _run_probe(position)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps({"refused": refused, "device": handle.name, "driver": driver}))
        os.replace(new, path)
    return refused


def _run_probe(position: tuple[int, int]) -> str | None:
    command = [sys.executable, "-m", "cltorch.runtime.probe", *map(str, position)]
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            env={**os.environ, "PYTHONPATH": paths},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"its probe did not end within {PROBE_SECONDS} s"
    if done.returncode == 0:
        return None
    if done.returncode == 1 and done.stdout:
        return done.stdout
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    ended = f"killed by signal {-done.returncode}" if done.returncode < 0 else f"exit status {done.returncode}"
    return f"its probe failed ({ended}): {last[:200]}"


def traits(handle: cl.Device) -> Traits:
    """The abilities of a device, from what its driver says."""
    extensions = set(handle.extensions.split())
    kind = _kind(handle)
    group = min(1024, handle.max_work_group_size)
    return Traits(
        kind=kind,
        form=config.form or ("cpu" if kind == "cpu" else "gpu"),
        compute_units=handle.max_compute_units,
        vector_width=max(4, handle.native_vector_width_float) if kind == "cpu" else 1,
        max_work_group=group,
        group_multiple=_group_multiple(handle, kind),
        local_memory=handle.local_mem_size,
        max_parameter_bytes=handle.max_parameter_size,
        max_allocation=handle.max_mem_alloc_size,
        global_memory=handle.global_mem_size,
        fp64="cl_khr_fp64" in extensions or handle.double_fp_config != 0,
        fp16="cl_khr_fp16" in extensions,
        int64_atomics="cl_khr_int64_base_atomics" in extensions,
        subgroups=(),
        base_alignment=max(1, handle.mem_base_addr_align // 8),
        exact_division=bool(handle.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT),
    )


def _kind(handle: cl.Device) -> str:
    if handle.type & cl.device_type.CPU:
        return "cpu"
    if handle.type & cl.device_type.GPU:
        return "igpu" if quirks.integrated(handle.vendor, bool(handle.host_unified_memory)) else "gpu"
    return "accelerator"


def _group_multiple(handle: cl.Device, kind: str) -> int:
    if kind == "cpu":
        return 1
    for query in ("warp_size_nv", "wavefront_width_amd"):
        with contextlib.suppress(cl.Error, AttributeError):
            return int(getattr(handle, query))
    return 32


@cache
def usable() -> tuple[Candidate, ...]:
    """Devices that passed, the chosen one first, then by kind and position; DeviceNotFoundError when the choice fails."""
    passed = sorted((c for c in candidates() if not c.refused), key=lambda c: (SPEED.index(c.traits.kind), c.position))
    if not config.device:
        return tuple(passed)
    return choose(config.device, passed)


def choose(text: str, passed: list[Candidate]) -> tuple[Candidate, ...]:
    """The devices with those that ``text`` means in front."""
    hits = [c for c in passed if matches(text, c, passed)]
    if not hits:
        raise DeviceNotFoundError(text, describe())
    return (*hits, *(c for c in passed if c not in hits))


def matches(text: str, candidate: Candidate, passed: list[Candidate]) -> bool:
    """Whether ``text`` (see `config`) means this device."""
    word = text.lower()
    kind = candidate.traits.kind
    if word == "gpu":
        return kind in ("gpu", "igpu")
    if word == "cpu":
        return kind == "cpu"
    if word in quirks.VENDORS:
        said = f"{candidate.platform} {candidate.vendor}".lower()
        return any(
            part in candidate.platform.lower() or (kind != "cpu" and part in said) for part in quirks.VENDORS[word]
        )
    if word.isdigit():
        return passed.index(candidate) == int(word)
    first, _, second = word.partition(":")
    if first.isdigit() and second.isdigit():
        return candidate.position == (int(first), int(second))
    return word in candidate.name.lower()


def describe() -> list[str]:
    """One line for each listed device."""
    return [candidate.label for candidate in candidates()]
