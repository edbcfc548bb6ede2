"""Processes of one function: started together, waited for together, their errors told with their tracebacks."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any

_GRACE = 30.0  # seconds that the others have to end when one has failed


class ProcessException(Exception):  # noqa: N818
    """A process has failed: its number ``error_index``, and ``error_pid``."""

    def __init__(self, msg: str, error_index: int, pid: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid, self.pid = msg, error_index, pid, pid

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.pid)


class ProcessRaisedException(ProcessException):
    """A process has failed with an exception, whose traceback is the text."""

    def __init__(self, msg: str, error_index: int, error_pid: int) -> None:
        super().__init__(msg, error_index, error_pid)


class ProcessExitedException(ProcessException):
    """A process has ended with an exit code or by a signal."""

    def __init__(
        self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.pid, self.exit_code, self.signal_name)


class ProcessContext:
    """What `start_processes` has started: its ``processes``, which `join` waits for."""

    def __init__(self, processes: list[Any], errors: list[Connection]) -> None:
        self.processes, self.errors = processes, errors
        self.sentinels = {process.sentinel: index for index, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """The numbers of the processes."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until one process ends, or ``timeout`` seconds: True when all have ended well.

        If one has failed the others are ended, after ``grace_period`` seconds, and `ProcessRaisedException` or
        `ProcessExitedException` is raised.
        """
        if not self.sentinels:
            return True
        for sentinel in wait(self.sentinels.keys(), timeout):  # type: ignore[arg-type]
            index = self.sentinels.pop(sentinel)  # type: ignore[arg-type]
            self.processes[index].join()
            if self.processes[index].exitcode:
                self._end_others(grace_period)
                self._raise(index)
        return not self.sentinels

    def _end_others(self, grace_period: float | None) -> None:
        if grace_period:
            end = monotonic() + grace_period
            for process in self.processes:
                process.join(max(0.0, end - monotonic()))
        for process in self.processes:
            if process.is_alive():
                process.terminate()
        end = monotonic() + _GRACE
        for process in self.processes:
            process.join(max(0.0, end - monotonic()))
            if process.is_alive():
                process.kill()
            process.join()

    def _raise(self, index: int) -> None:
        process, code = self.processes[index], self.processes[index].exitcode
        with suppress(EOFError):  # it told of no exception
            text = self.errors[index].recv()
            raise ProcessRaisedException(
                f"\n\n-- Process {index} terminated with the following error:\n{text}", index, process.pid
            )
        if code < 0:
            name = signal.Signals(-code).name
            raise ProcessExitedException(
                f"process {index} terminated with signal {name}", index, process.pid, code, name
            )
        raise ProcessExitedException(f"process {index} terminated with exit code {code}", index, process.pid, code)


class SpawnContext(ProcessContext):
    """What `spawn` has started."""


def _call(fn: Callable[..., Any], index: int, args: tuple[Any, ...], errors: Connection) -> None:
    """The life of a process: ``fn(index, *args)``; an exception goes through the pipe as text."""
    try:
        fn(index, *args)
    except KeyboardInterrupt:
        return  # the main process is interrupted too, and says so
    except Exception:
        errors.send(traceback.format_exc())
        sys.exit(1)


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Run ``fn(index, *args)`` in ``nprocs`` new processes; see `spawn`. A forked one can use no device that its parent has used."""
    context: Any = get_context(start_method)
    processes, errors = [], []
    for index in range(nprocs):
        receiving, sending = context.Pipe(duplex=False)
        process = context.Process(target=_call, args=(fn, index, args, sending), daemon=daemon)
        process.start()
        sending.close()
        processes.append(process)
        errors.append(receiving)
    kind = SpawnContext if start_method == "spawn" else ProcessContext
    started = kind(processes, errors)
    if not join:
        return started
    while not started.join():
        continue
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Run ``fn(index, *args)`` in ``nprocs`` new processes, and wait for them with ``join``; else their context is returned.

    `ProcessRaisedException` with the traceback if one fails with an exception, `ProcessExitedException` if it ends otherwise; the others
    are ended then. See torch.multiprocessing.spawn.
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)
