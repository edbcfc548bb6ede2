"""From kernel texts to kernel objects: what is not known yet is built as one program, and kept in memory and on disk."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyopencl as cl

from ..errors import KernelBuildError
from . import cache, folders, trace

if TYPE_CHECKING:
    from ..kernels.call import Kernel
    from .device import Device

PRAGMAS = "#pragma OPENCL FP_CONTRACT OFF\n"
CONTRACTING = "-cl-mad-enable"
_filtering = threading.Lock()  # the list of warning filters belongs to the whole process


class Builds:
    """What has been built on one device in this process."""

    def __init__(self) -> None:
        self.programs: dict[str, cl.Program] = {}  # by kernel name
        self.kernels_built = 0
        self.programs_built = 0
        self.programs_loaded = 0


_BUILDS: dict[Device, Builds] = {}


def built(device: Device) -> Builds:
    """The counters and programs of a device."""
    return _BUILDS.setdefault(device, Builds())


def kernels(device: Device, texts: Sequence[Kernel], prelude: Callable[[str], str]) -> list[cl.Kernel]:
    """New kernel objects for ``texts``, in order. ``prelude`` gives the text of a named prelude.

    Kernels that are not known yet are built as one program per set of options.
    """
    with device.lock:
        builds = built(device)
        missing = {kernel.name: kernel for kernel in texts if kernel.name not in builds.programs}
        by_options: dict[str, list[Kernel]] = {}
        for kernel in missing.values():
            by_options.setdefault(kernel.options, []).append(kernel)
        for options, some in by_options.items():
            program = _program(device, builds, sorted(some, key=lambda kernel: kernel.name), options, prelude)
            for kernel in some:
                builds.programs[kernel.name] = program
        return [cl.Kernel(builds.programs[kernel.name], kernel.name) for kernel in texts]


def _program(
    device: Device, builds: Builds, texts: list[Kernel], options: str, prelude: Callable[[str], str]
) -> cl.Program:
    names = list(dict.fromkeys(name for kernel in texts for name in kernel.preludes))
    pragmas = "" if CONTRACTING in options else PRAGMAS
    if device.traits.fp64:
        pragmas += "#if __OPENCL_VERSION__ < 120\n#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n#endif\n"
    source = "\n".join([pragmas, *(prelude(name) for name in names), *(kernel.source for kernel in texts)])
    flags = f"-w -cl-std={device.traits.language} {options}".strip()
    if device.traits.exact_division and CONTRACTING not in options:
        flags += " -cl-fp32-correctly-rounded-divide-sqrt"
    key = hashlib.sha256("\0".join([source, flags, device.fingerprint]).encode()).hexdigest()
    started = time.perf_counter()
    program = _load(device, key, flags)
    if program is not None:
        builds.programs_loaded += 1
        how = "loaded"
    else:
        program = _compile(device, source, flags, key)
        builds.programs_built += 1
        builds.kernels_built += len(texts)
        how = "built"
        with contextlib.suppress(cl.Error):  # a driver that gives no binaries builds again in the next process
            cache.store(key, program.get_info(cl.program_info.BINARIES)[0])
    spent = 1000 * (time.perf_counter() - started)
    trace.say(1, f"{device}: {how} {len(texts)} kernels in {spent:.0f} ms, program {key[:12]} in {cache.folder()}")
    return program


def _load(device: Device, key: str, flags: str) -> cl.Program | None:
    """The program kept on disk; one that the driver does not take is forgotten."""
    binary = cache.load(key)
    if binary is None:
        return None
    try:
        program = _build(cl.Program(device.context, [device.handle], [binary]), flags)
        program.all_kernels()
    except cl.Error:
        cache.discard(key)
        return None
    return program


def _build(program: cl.Program, flags: str) -> cl.Program:
    """Build without pyopencl's warning that the compiler said something: Intel's always does."""
    with _filtering, warnings.catch_warnings():
        warnings.simplefilter("ignore", cl.CompilerWarning)
        return program.build(flags, cache_dir=False)


def _compile(device: Device, source: str, flags: str, key: str) -> cl.Program:
    program = cl.Program(device.context, source)
    try:
        return _build(program, flags)
    except cl.Error as error:
        raise KernelBuildError(device.name, str(error).strip(), _keep(source, key)) from error  # its text has the log


def _keep(source: str, key: str) -> Path | None:
    """Where the source of a program that was refused is kept; None where nothing can be written."""
    path = folders.root() / "failed" / f"{key[:16]}.cl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    except OSError:
        return None
    return path
