"""From kernel texts to kernel objects: what is not known yet is built, each a program of its own, and kept in memory and on disk."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyopencl as cl

from ..errors import KernelBuildError
from . import cache, folders, trace
from .builders import Job
from .builtins import GUARD, declared

if TYPE_CHECKING:
    from ..kernels.call import Kernel
    from .device import Device
    from .platforms import Candidate

PRAGMAS = "#pragma OPENCL FP_CONTRACT OFF\n"
CONTRACTING = "-cl-mad-enable"
KEPT_BY_DRIVER = b"the driver keeps it"  # stands on disk for the binary of such a program, see `quirks.LATE`
KERNELS_KEPT = 1 << 14  # kernel objects of one device: beyond that the ones asked for longest ago go


class Builds:
    """What has been built on one device in this process. A kernel object keeps the program that it comes from."""

    def __init__(self) -> None:
        self.kernels: dict[
            tuple[str, str, bool], cl.Kernel
        ] = {}  # by name, options, nearness; those asked for last at the end
        self.programs_built = 0
        self.programs_loaded = 0


_BUILDS: dict[Device, Builds] = {}


def built(device: Device) -> Builds:
    """The counters and programs of a device."""
    return _BUILDS.setdefault(device, Builds())


def kernels(
    device: Device, texts: Sequence[Kernel], prelude: Callable[[str], str], is_near: bool = False
) -> list[cl.Kernel]:
    """The kernel objects of ``texts``, in order, one for each kernel of a device: whoever launches one sets all its arguments
    first, under the device's lock. ``prelude`` gives the text of a named prelude; ``is_near``: they are for the device's near queue.

    Each kernel is a program of its own on disk, so that all structures share it. Missing ones are built side by side (`builders`).
    """
    with device.lock:
        known = built(device).kernels
        missing = {key: kernel for kernel in texts if (key := (kernel.name, kernel.options, is_near)) not in known}
        if missing:
            _make(device, list(missing.values()), prelude, is_near)
        found = []
        for kernel in texts:
            key = (kernel.name, kernel.options, is_near)
            made = known[key] = known.pop(key)
            found.append(made)
        while len(known) > KERNELS_KEPT:
            known.pop(next(iter(known)))
        return found


def _make(device: Device, texts: list[Kernel], prelude: Callable[[str], str], is_near: bool) -> None:
    """Make the objects of kernels that are not known yet: load what is on disk, and build the rest."""
    builds = built(device)
    started = time.perf_counter()
    jobs = {job_of(device, kernel, prelude, is_near): kernel for kernel in texts}

    def take(what: Job, program: cl.Program | None) -> bool:
        if program is not None:
            with _plain_kernels():
                key = jobs[what].name, jobs[what].options, is_near
                builds.kernels[key] = cl.Kernel(program, jobs[what].name)
        return program is not None

    def here(what: Job) -> None:
        program = build(device, what)
        take(what, program)
        store(device, program, what)

    left = [what for what in jobs if not take(what, _load(device, what))]
    beside = 0
    for what in device.builders.share(left, here):
        beside += 1
        if not take(what, _load(device, what)):
            here(what)
    builds.programs_loaded += len(jobs) - len(left)
    builds.programs_built += len(left)
    spent = 1000 * (time.perf_counter() - started)
    if left:
        trace.say(1, f"{device}: built {len(left)} kernels in {spent:.0f} ms, {beside} of them beside")
    if len(jobs) > len(left):
        trace.say(1, f"{device}: loaded {len(jobs) - len(left)} kernels in {spent:.0f} ms from {cache.folder()}")


class _Making(threading.local):
    plain = False


_making = _Making()


@functools.cache
def _watch_invokers() -> None:
    """Let `_plain_kernels` have its way."""
    from pyopencl import invoker  # its import makes a folder, which may only be tried after `loader.prepare`

    generate = invoker.generate_enqueue_and_set_args

    def generated(*args: Any, **kwargs: Any) -> Any:
        return (_refuse, _refuse) if _making.plain else generate(*args, **kwargs)

    invoker.generate_enqueue_and_set_args = generated


def _refuse(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("this kernel is launched by `launch.Launch` alone")


@contextlib.contextmanager
def _plain_kernels() -> Iterator[None]:
    """Kernel objects that this thread makes inside get no functions `__call__` and `set_args` of their own: pyopencl writes
    Python code for them, a third of a new plan's time, which nobody here calls."""
    _watch_invokers()
    _making.plain = True
    try:
        yield
    finally:
        _making.plain = False


def is_kept(device: Device, kernel: Kernel, prelude: Callable[[str], str]) -> bool:
    """Whether a program of this kernel alone is on disk."""
    return cache.is_kept(job_of(device, kernel, prelude).key)


def job_of(device: Device | Candidate, kernel: Kernel, prelude: Callable[[str], str], is_near: bool = False) -> Job:
    """The program of a kernel: its source, its options, the key under which it is kept, and whether it is for the near queue."""
    options = kernel.options
    pragmas = "" if CONTRACTING in options else PRAGMAS
    if device.traits.fp64:
        pragmas += "#if __OPENCL_VERSION__ < 120\n#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n#endif\n"
    source = "\n".join([pragmas, *(prelude(name) for name in kernel.preludes), kernel.source])
    flags = f"-w -cl-std={device.traits.language} {options}".strip()
    if device.traits.exact_division and CONTRACTING not in options:
        flags += " -cl-fp32-correctly-rounded-divide-sqrt"
    if device.without_header:
        source, flags = declared(source), f"{flags} {device.without_header} -D{GUARD}"
    told = [source, flags, device.fingerprint, *(["near"] if is_near else [])]
    return Job(source, flags, hashlib.sha256("\0".join(told).encode()).hexdigest(), is_near)


def build(device: Device, what: Job) -> cl.Program:
    """Build a program. Not by `pyopencl.Program.build`, which adds options of the environment and leaves copies of sources that
    fail among the temporary files."""
    program = cl._cl._Program(device.context, what.source)
    try:
        program._build(what.flags.encode(), [device.handle_of(what.is_near)])
    except cl.Error as error:
        flags, option, _ = what.flags.partition(device.without_header or GUARD)
        if option:
            trace.say(1, f"a source calls what is not declared: it is built with the driver's header ({_log(program)})")
            return build(device, what._replace(flags=flags))
        raise KernelBuildError(
            device.name, f"{error}\n{_log(program)}".strip(), _keep(what.source, what.key)
        ) from error
    return cl.Program(program)


def _log(program: Any) -> str:
    """What a driver says of a build."""
    return "\n".join(str(said).strip() for _, said in program._get_build_logs())


def store(device: Device, program: cl.Program, what: Job) -> None:
    """Keep a program on disk."""
    with contextlib.suppress(cl.Error):  # a driver that gives no binaries builds again in the next process
        binaries = [KEPT_BY_DRIVER] if device.builders.is_late else program.get_info(cl.program_info.BINARIES)
        cache.store(what.key, next(binary for binary in binaries if binary))  # there is none for a device it is not for


def _load(device: Device, what: Job) -> cl.Program | None:
    """The program kept on disk; one that the driver does not take is forgotten."""
    binary = cache.load(what.key)
    if binary is None:
        return None
    if binary == KEPT_BY_DRIVER:
        return build(device, what)
    try:
        handle = device.handle_of(what.is_near)
        program = cl._cl._Program(device.context, [handle], [binary])
        program._build(what.flags.encode(), [handle])
        with _plain_kernels():
            program.all_kernels()
    except cl.Error:
        cache.discard(what.key)
        return None
    return cl.Program(program)


def _keep(source: str, key: str) -> Path | None:
    """Where the source of a program that was refused is kept; None where nothing can be written."""
    path = folders.root() / "failed" / f"{key[:16]}.cl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    except OSError:
        return None
    return path
