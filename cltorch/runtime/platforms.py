"""Every OpenCL platform and device, which of them can be used, and which one ``CLTORCH_DEVICE`` chooses.

A device is used only after `probe` has passed in a process of its own (`verdicts`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform as host
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pyopencl as cl

from ..config import config
from ..errors import DeviceNotFoundError
from . import loader, quirks
from .traits import Traits
from .verdicts import is_known, verdict, with_advice

SPEED = ("gpu", "igpu", "accelerator", "cpu")  # kinds from the fastest to the slowest
SUB_GROUP_SIZES_INTEL = 0x4108  # of the extension cl_intel_required_subgroup_size


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
    near: cl.Device | None = None  # computes on the same memory in the thread that asks, see `quirks.NEAR`

    @property
    def label(self) -> str:
        """One line for people."""
        place = f"{self.position[0]}:{self.position[1]}"
        state = f"refused: {self.refused}" if self.refused else self.traits.kind
        return f"{place} {self.name} ({self.platform}, {self.driver}): {state}"

    @property
    def fingerprint(self) -> str:
        """See `fingerprint`."""
        return fingerprint(self.name, self.platform, self.driver, self.traits.kind)

    @property
    def without_header(self) -> str:
        """See `quirks.without_header`."""
        return quirks.without_header(self.platform, self.traits.kind)


def fingerprint(name: str, platform: str, driver: str, kind: str) -> str:
    """Everything besides source and options that a compiled program of a device depends on."""
    return "\0".join([name, platform, driver, host_cpu() if kind == "cpu" else "", repr(quirks.settings())])


class Listed(NamedTuple):
    """A device before it is tried."""

    position: tuple[int, int]
    handle: cl.Device
    platform: cl.Platform
    near: cl.Device | None


@dataclass(frozen=True, slots=True)
class Listing:
    """All devices with their verdicts, and what kept others from being listed."""

    candidates: tuple[Candidate, ...]
    problems: tuple[str, ...]


class Found(NamedTuple):
    """What the loader lists, before anything is tried, and what kept others from being listed."""

    devices: tuple[Listed, ...]
    problems: tuple[str, ...]


_lock = threading.RLock()
_found: Found | None = None
_listing: Listing | None = None
_touched = False
on_trial: list[Callable[[Candidate], None]] = []
"""What the graph adds: called before the first probe of a device, which takes a second for some drivers."""


def found() -> Found:
    """What the loader lists, asked once."""
    global _found, _touched
    with _lock:
        if _found is None:
            _touched = True
            loader.prepare()
            _found = _list()
        return _found


def listing() -> Listing:
    """All devices with their verdicts."""
    global _listing
    if _listing is None:
        with _lock:
            if _listing is None:
                _listing = _judged(found())
    return _listing


def were_listed() -> bool:
    """Whether drivers have been touched in this process: from then on it must not fork."""
    return _touched


def new_lock() -> None:
    """For a forked child: a thread that it does not have may hold the old one."""
    global _lock
    _lock = threading.RLock()


def candidates() -> tuple[Candidate, ...]:
    """Every device that the loader lists, with its verdict."""
    return listing().candidates


def _list() -> Found:
    """Ask the loader. A platform or device that throws is skipped and named."""
    warnings.filterwarnings("ignore", category=cl.CompilerWarning)
    devices: list[Listed] = []
    problems: list[str] = []
    platforms: list[cl.Platform] = []
    with contextlib.suppress(cl.Error):  # raised when no driver is installed
        platforms = _platforms()
    names, known = [], set()
    for p, platform in enumerate(platforms):
        if platform.int_ptr in known:  # one driver named by two files
            continue
        known.add(platform.int_ptr)
        label = f"platform {p}"
        try:
            name = platform.name.strip()
            names.append(name)
            label = f"platform {p} {name}"
            handles, near = _devices(platform, name)
            if not handles:
                problems.append(with_advice(f"{label}: no device", name, "no device"))
            for d, handle in enumerate(handles):
                label = f"device {p}:{d} of {name}"
                device = Listed((p, d), handle, platform, near)
                _candidate(device, None)  # so that one that throws is named
                devices.append(device)
        except Exception as error:  # drivers raise anything, even UnicodeDecodeError for their names
            problems.append(f"{label}: {type(error).__name__}: {error}")
    if quirks.PACKAGED.platform not in names:
        problem = loader.failure(quirks.PACKAGED)
        problems += [problem] if problem else []
    return Found(tuple(devices), tuple(problems))


def _judged(found: Found) -> Listing:
    """The listed devices with their verdicts."""
    verdicts = _verdicts(found.devices)
    judged = [_candidate(device, refused) for device, refused in zip(found.devices, verdicts, strict=True)]
    return Listing(tuple(judged), found.problems)


def _platforms() -> list[cl.Platform]:
    """The platforms, whose devices are listed with those of `quirks.NEAR`: asked for here, as most drivers look once."""
    asked = {**quirks.WITH_NEAR, **quirks.AS_FOUND}
    added = {name: text for name, text in asked.items() if name not in os.environ}
    os.environ.update(added)
    try:
        found = [(_kinds(platform), platform) for platform in cl.get_platforms()]
        if quirks.AS_FOUND.keys() <= added.keys():
            found.sort(key=itemgetter(0), reverse=True)  # which keeps the order of equal ones
        return [platform for _, platform in found]
    finally:
        for name in added:
            del os.environ[name]


def _kinds(platform: cl.Platform) -> tuple[int, int, int]:
    """How many GPUs, CPUs and devices a platform has: the order of platforms. None where it throws, which comes again where it is reported."""
    with contextlib.suppress(Exception):
        kinds = [handle.type for handle in _devices(platform, platform.name)[0]]
        return (
            sum(kind & cl.device_type.GPU > 0 for kind in kinds),
            sum(kind & cl.device_type.CPU > 0 for kind in kinds),
            len(kinds),
        )
    return 0, 0, 0


def _devices(platform: cl.Platform, name: str) -> tuple[list[cl.Device], cl.Device | None]:
    """The devices of a platform but for the one that computes in the thread that asks, if there are others; and that one."""
    handles = platform.get_devices()
    begins = quirks.near(name)
    near = [handle for handle in handles if begins and handle.name.startswith(begins)]
    if len(near) != 1 or len(handles) == 1:
        return handles, None
    return [handle for handle in handles if handle not in near], near[0]


def _candidate(device: Listed, refused: str | None) -> Candidate:
    position, handle, platform, near = device
    found = traits(handle)
    return Candidate(
        position,
        handle,
        handle.name.strip(),
        platform.name.strip(),
        handle.vendor.strip(),
        _driver(handle),
        found,
        refused,
        near if found.kind == "cpu" else None,
    )


def _driver(handle: cl.Device) -> str:
    return f"{handle.version.strip()} {handle.driver_version.strip()}"


def _verdicts(found: Sequence[Listed]) -> list[str | None]:
    """The verdicts of all devices; probes that have to be run are run side by side."""
    if len(found) < 2:
        return [_verdict(one) for one in found]
    with ThreadPoolExecutor(len(found)) as pool:
        return list(pool.map(_verdict, found))


@cache
def _verdict(one: Listed) -> str | None:
    """The verdict of a device, asked for once in a process."""
    position, handle, platform, _ = one
    return verdict(position, handle, platform, _driver(handle), host_cpu())


def _try(one: Candidate, device: Listed) -> bool:
    """Whether a device that nobody may have tried before passes."""
    if on_trial and not is_known(device.handle, device.platform, one.driver, host_cpu()):
        for call in on_trial:
            call(one)
    return _verdict(device) is None


def untried() -> dict[Candidate, Listed]:
    """Every device that the loader lists, whatever its verdict."""
    return {_candidate(device, None): device for device in found().devices}


@cache
def host_cpu() -> str:
    """The host's CPU, as far as drivers care: what they compile for it runs on no lesser one."""
    lines: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines():
            name, _, value = line.partition(":")
            lines[name.strip()] = value.strip()
    wanted = ("model name", "vendor_id", "cpu family", "model", "flags", "Hardware", "Features", "CPU part")
    return "|".join(lines.get(name, "") for name in wanted) + f"|{host.machine()}|{host.processor()}"


def traits(handle: cl.Device) -> Traits:
    """The abilities of a device, from what its driver says."""
    extensions = set(handle.extensions.split())
    kind = _kind(handle)
    form = config.form or ("cpu" if kind == "cpu" else "gpu")
    group = min(1024, handle.max_work_group_size)
    exact = cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT
    return Traits(
        kind=kind,
        form=form,
        compute_units=handle.max_compute_units,
        vector_width=max(4, ask(handle, "native_vector_width_float", 4)) if form == "cpu" else 1,
        max_work_group=group,
        group_multiple=_group_multiple(handle, form),
        local_memory=handle.local_mem_size,
        max_parameter_bytes=ask(handle, "max_parameter_size", 1024),
        max_allocation=handle.max_mem_alloc_size,
        global_memory=handle.global_mem_size,
        fp64="cl_khr_fp64" in extensions or ask(handle, "double_fp_config", 0) != 0,
        fp16="cl_khr_fp16" in extensions,
        int64_atomics="cl_khr_int64_base_atomics" in extensions,
        base_alignment=max(1, ask(handle, "mem_base_addr_align", 1024) // 8),
        subgroups=_subgroups(handle, extensions),
        exact_division=bool(ask(handle, "single_fp_config", 0) & exact),
    )


def ask(handle: cl.Device, query: str, otherwise: Any) -> Any:
    """What a driver answers to a query that some refuse."""
    with contextlib.suppress(cl.Error, AttributeError):
        return getattr(handle, query)
    return otherwise


def _kind(handle: cl.Device) -> str:
    if handle.type & cl.device_type.CPU:
        return "cpu"
    if handle.type & cl.device_type.GPU:
        unified = bool(ask(handle, "host_unified_memory", False))
        return "igpu" if quirks.integrated(handle.vendor, unified) else "gpu"
    return "accelerator"


def _group_multiple(handle: cl.Device, form: str) -> int:
    if form == "cpu":
        return 1
    for query in ("warp_size_nv", "wavefront_width_amd", "preferred_work_group_size_multiple"):
        multiple = ask(handle, query, 0)
        if multiple:
            return int(multiple)
    return 32


def _subgroups(handle: cl.Device, extensions: set[str]) -> tuple[int, ...]:
    """The sizes of sub-groups that the driver names, where it has them at all; none is assumed."""
    if not extensions & {"cl_khr_subgroups", "cl_intel_subgroups"}:
        return ()
    if "cl_intel_required_subgroup_size" in extensions:
        return tuple(sorted(_sizes(handle, SUB_GROUP_SIZES_INTEL)))
    width = ask(handle, "wavefront_width_amd", 0)
    return (int(width),) if width else ()


def _sizes(handle: cl.Device, query: int) -> list[int]:
    """The answer to a query for a list of sizes that pyopencl does not know: asked from the loader that it has loaded."""
    values = (ctypes.c_size_t * 32)()
    filled = ctypes.c_size_t()
    with contextlib.suppress(OSError, AttributeError):
        ask_device = ctypes.CDLL(cl._cl.__file__).clGetDeviceInfo
        ask_device.argtypes = (
            ctypes.c_void_p,
            ctypes.c_uint,
            ctypes.c_size_t,
            ctypes.c_void_p,
            ctypes.POINTER(ctypes.c_size_t),
        )
        if ask_device(handle.int_ptr, query, ctypes.sizeof(values), values, filled) == 0:
            return list(values[: filled.value // ctypes.sizeof(ctypes.c_size_t)])
    return []


@cache
def usable() -> tuple[Candidate, ...]:
    """Devices that passed, the chosen one first, then by kind, platform and position; DeviceNotFoundError without a match.

    The loader's order of platforms is that of files in a folder: the names of platforms decide among devices of one kind.
    """
    passed = sorted((c for c in candidates() if not c.refused), key=_rank)
    if not config.device:
        return tuple(passed)
    return choose(config.device, passed)


def first() -> Candidate | None:
    """The device that `usable` begins with, if there is one. Those that come behind it are not probed, which takes half a second for each
    on a fresh machine."""
    if _listing is None and not config.device.isdigit():
        listed = untried()
        ranked = sorted(listed, key=_rank)
        for one in ranked if not config.device else [c for c in ranked if matches(config.device, c, ranked)]:
            if _try(one, listed[one]):
                return one
    return next(iter(usable()), None)


def _rank(candidate: Candidate) -> tuple[int, str, tuple[int, int]]:
    return SPEED.index(candidate.traits.kind), candidate.platform, candidate.position


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
    """One line for each listed device, and for what kept others from being listed."""
    return [*(candidate.label for candidate in candidates()), *listing().problems]
