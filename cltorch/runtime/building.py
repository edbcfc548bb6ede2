"""What a builder does (`builders`): programs are built as they come, until nobody sends any more."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import select
import signal
import zlib

import numpy as np
import pyopencl as cl

from . import aside, device, program, trace
from .builders import IDLE, KERNEL, Builders, Job
from .launch import SCALARS

with contextlib.suppress(ImportError):  # where there are builders, there is this
    import resource

LONGEST = 60  # seconds of one job, and of the start, after which this process ends
MEMORY = 1 << 22  # bytes: four times as many take 25 times as long to fill
WORD = re.compile(r"(?:const )?(\w+)")


def serve(position: tuple[int, int]) -> None:
    """Build what comes over the standard input for the device at a position; a byte says that there is room for more."""
    Builders.allowed = False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # see `rehearse`
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a driver prints is no answer
    with contextlib.suppress(OSError):  # nobody listens any more
        signal.alarm(LONGEST)  # a driver that does not come up keeps nobody waiting
        opened = device.untried(position)
        signal.alarm(0)
        os.write(answers, b".")
        is_cold = opened.builders.is_late
        while True:
            if is_cold and not _comes(0.0):
                signal.alarm(LONGEST)
                warm(opened)
                signal.alarm(0)
                is_cold = False
            job = _next()
            if job is None:
                break
            is_cold = is_cold and job.is_near
            signal.alarm(LONGEST)
            try:
                keep(opened, job)
            except program.KernelBuildError:
                trace.say(1, "a program was refused")  # whoever asked builds it again, and says why
            aside.release(job.key)
            signal.alarm(0)
            os.write(answers, b".")


def warm(opened: device.Device) -> None:
    """Have a driver read its library now, as nobody asks for anything: it does for a process's first program, unless it has kept that one."""
    flags = f"-w -cl-std={opened.traits.language} {opened.without_header or ''}".strip()
    nothing = Job(f"__kernel void nothing_{os.getpid()}(__global int *x) {{}}", flags, "")
    with contextlib.suppress(program.KernelBuildError):
        program.build(opened, nothing)


def keep(opened: device.Device, job: Job) -> None:
    """Build a program and keep it on disk, machine code and all."""
    made = program.build(opened, job)
    if opened.builders.is_late and opened.traits.form == "cpu":
        rehearse(opened, made, job.source, opened.near if job.is_near else opened.queue)
    program.store(opened, made, job)


def rehearse(opened: device.Device, made: cl.Program, source: str, queue: cl.CommandQueue) -> None:
    """Launch a program's kernels with ones for numbers and zeros in memory, so that the driver makes and keeps their machine code. Should one come
    to grief by that, this process ends with it, and the code is kept all the same."""
    whole = cl.Buffer(opened.context, cl.mem_flags.READ_WRITE, MEMORY)
    cl.enqueue_fill_buffer(opened.queue, whole, np.int32(0), 0, MEMORY)
    memory = whole.get_sub_region(
        MEMORY // 2, MEMORY // 2
    )  # with a size of 1 the last whole vector begins in front of it
    for name, parameters in KERNEL.findall(source):
        kernel = cl.Kernel(made, name)
        for k, parameter in enumerate(parameters.split(",")):
            is_memory = "*" in parameter or "BYTES" in parameter
            kernel.set_arg(k, memory if is_memory else SCALARS[WORD.search(parameter)[1]](1))  # type: ignore[index]
        cl.enqueue_nd_range_kernel(queue, kernel, (1,), (1,))
    queue.finish()


def _next() -> Job | None:
    """The next job; None where there is none to come."""
    if not _comes(IDLE):
        return None
    head = _read(4)
    data = _read(int.from_bytes(head, "little")) if len(head) == 4 else b""
    return Job(*pickle.loads(zlib.decompress(data))) if data else None


def _comes(seconds: float) -> bool:
    """Whether a job, or the end, comes within so many seconds."""
    return bool(select.select([0], [], [], seconds)[0])


def _read(count: int) -> bytes:
    """So many bytes, or those there are before the end."""
    data = b""
    while len(data) < count and (more := os.read(0, count - len(data))):
        data += more
    return data
