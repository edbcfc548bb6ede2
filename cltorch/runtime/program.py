"""From kernel texts to kernel objects: what is not known yet is built as one program, and kept in memory and on disk."""

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

if TYPE_CHECKING:
    from ..kernels.call import Kernel
    from .device import Device

PRAGMAS = "#pragma OPENCL FP_CONTRACT OFF\n"
CONTRACTING = "-cl-mad-enable"
KERNELS_KEPT = 1 << 14  # kernel objects of one device: beyond that the ones asked for longest ago go


class Builds:
    """What has been built on one device in this process. A kernel object keeps the program that it comes from."""

    def __init__(self) -> None:
        self.kernels: dict[tuple[str, str], cl.Kernel] = {}  # by name and options, those asked for last at the end
        self.kernels_built = 0
        self.programs_built = 0
        self.programs_loaded = 0


_BUILDS: dict[Device, Builds] = {}


def built(device: Device) -> Builds:
    """The counters and programs of a device."""
    return _BUILDS.setdefault(device, Builds())


def kernels(device: Device, texts: Sequence[Kernel], prelude: Callable[[str], str]) -> list[cl.Kernel]:
    """The kernel objects of ``texts``, in order, one for each kernel of a device: whoever launches one sets all its arguments
    first, under the device's lock. ``prelude`` gives the text of a named prelude.

    Kernels that are not known yet are built as one program per set of options.
    """
    with device.lock:
        builds = built(device)
        known = builds.kernels
        missing = {
            (kernel.name, kernel.options): kernel for kernel in texts if (kernel.name, kernel.options) not in known
        }
        by_options: dict[str, list[Kernel]] = {}
        for kernel in missing.values():
            by_options.setdefault(kernel.options, []).append(kernel)
        for options, some in by_options.items():
            program = _program(device, builds, sorted(some, key=lambda kernel: kernel.name), options, prelude)
            with _plain_kernels():
                known.update({(kernel.name, options): cl.Kernel(program, kernel.name) for kernel in some})
        found = []
        for kernel in texts:
            key = (kernel.name, kernel.options)
            made = known[key] = known.pop(key)
            found.append(made)
        while len(known) > KERNELS_KEPT:
            known.pop(next(iter(known)))
        return found


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
    return cache.is_kept(_recipe(device, [kernel], kernel.options, prelude)[2])


def _recipe(device: Device, texts: list[Kernel], options: str, prelude: Callable[[str], str]) -> tuple[str, str, str]:
    """The source of a program, its options, and the key under which it is kept."""
    names = list(dict.fromkeys(name for kernel in texts for name in kernel.preludes))
    pragmas = "" if CONTRACTING in options else PRAGMAS
    if device.traits.fp64:
        pragmas += "#if __OPENCL_VERSION__ < 120\n#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n#endif\n"
    source = "\n".join([pragmas, *(prelude(name) for name in names), *(kernel.source for kernel in texts)])
    flags = f"-w -cl-std={device.traits.language} {options}".strip()
    if device.traits.exact_division and CONTRACTING not in options:
        flags += " -cl-fp32-correctly-rounded-divide-sqrt"
    key = hashlib.sha256("\0".join([source, flags, device.fingerprint]).encode()).hexdigest()
    return source, flags, key


def _program(
    device: Device, builds: Builds, texts: list[Kernel], options: str, prelude: Callable[[str], str]
) -> cl.Program:
    source, flags, key = _recipe(device, texts, options, prelude)
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
        program = cl._cl._Program(device.context, [device.handle], [binary])
        program._build(flags.encode(), None)
        with _plain_kernels():
            program.all_kernels()
    except cl.Error:
        cache.discard(key)
        return None
    return cl.Program(program)


def _compile(device: Device, source: str, flags: str, key: str) -> cl.Program:
    """Build a source. Not by `pyopencl.Program.build`, which adds options of the environment and leaves copies of sources that
    fail among the temporary files."""
    program = cl._cl._Program(device.context, source)
    try:
        program._build(flags.encode(), None)
    except cl.Error as error:
        log = "\n".join(str(said).strip() for _, said in program._get_build_logs())
        raise KernelBuildError(device.name, f"{error}\n{log}".strip(), _keep(source, key)) from error
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
