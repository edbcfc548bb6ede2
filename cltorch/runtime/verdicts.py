"""Whether a device may be used: its probe is run in a process of its own, and the verdict is kept as long as its reason lasts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyopencl as cl

from . import folders, probe, quirks
from .builtins import GUARD, declared

PROBE_SECONDS = 60
REFUSED_SECONDS = 24 * 3600  # for how long a refusal is believed: a driver may have been mended
PASSING = (
    "No space left",
    "Disk quota",
    "Read-only file system",
    "Permission denied",
    "OUT_OF_HOST_MEMORY",
    "Cannot allocate memory",
    "MemoryError",
)
"""Words of failures that say nothing of the driver."""
GONE = (-2, -9, -15)  # ended from outside: Ctrl-C, a lack of memory, a shutdown
INSTALLED = tuple(str(Path(module.__file__ or "").resolve().parents[1]) for module in (np, cl))


class Verdict(NamedTuple):
    """Why a device is refused (None when it passed), and whether that will still be so in the next process."""

    refused: str | None
    lasts: bool = True


def verdict(position: tuple[int, int], handle: cl.Device, platform: cl.Platform, driver: str, host: str) -> str | None:
    """Why a device does not pass the probe, or None; remembered by driver, versions, CPU and the probe itself."""
    path = _place(handle, platform, driver, host)
    known = _kept(path)
    if known is not None:
        return known.refused
    found = run_probe(position, handle, platform.name)
    if found.lasts:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(f".{os.getpid()}")
            new.write_text(json.dumps({"refused": found.refused, "device": handle.name, "driver": driver}))
            os.replace(new, path)
    return found.refused


def is_known(handle: cl.Device, platform: cl.Platform, driver: str, host: str) -> bool:
    """Whether a verdict is there without a probe."""
    return _kept(_place(handle, platform, driver, host)) is not None


def _place(handle: cl.Device, platform: cl.Platform, driver: str, host: str) -> Path:
    """Where a verdict is kept."""
    said = [platform.name, platform.version, driver, handle.name, host, cl.VERSION_TEXT, _program().read_text()]
    key = "\0".join([*said, repr(quirks.settings()), quirks.tools()])
    return folders.root() / "verdicts" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _kept(path: Path) -> Verdict | None:
    """The verdict of a file, if there is one that is still believed."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        refused = json.loads(path.read_text())["refused"]
        if refused is None or time.time() - path.stat().st_mtime < REFUSED_SECONDS:
            return Verdict(refused)
    return None


@cache
def _program() -> Path:
    return Path(__file__).with_name("probe.py")


def own_interpreter() -> str | None:
    """The Python that runs this program; None in a frozen or embedding one, which would start itself."""
    executable = sys.executable or ""
    named = any(name in Path(executable).stem.lower() for name in ("python", "pypy"))
    return executable if named and not getattr(sys, "frozen", False) and os.path.exists(executable) else None


def run_probe(position: tuple[int, int], handle: cl.Device, platform: str) -> Verdict:
    """Run the probe: by its path, isolated from the environment's and the working folder's modules."""
    interpreter = own_interpreter()
    if interpreter is None:
        return _in_this_process(handle, platform)
    here = (os.getcwd(), "") if os.path.exists(".") else ("",)
    paths = [*INSTALLED, *(path for path in sys.path if os.path.isabs(path) and path not in here)]
    option = quirks.without_header(platform, "cpu")
    options, source = (f"{option} -D{GUARD}", declared(probe.SOURCE)) if option else ("", "")
    command = [interpreter, "-I", str(_program()), *map(str, position), platform, options, *dict.fromkeys(paths)]
    environment = {name: value for name, value in os.environ.items() if name not in quirks.STRIPPED}
    try:
        done = subprocess.run(
            command,
            input=source,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            env={**environment, **quirks.PROBE_ENVIRONMENT},
            cwd=os.path.abspath(os.sep),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict(f"its probe did not end within {PROBE_SECONDS} s", lasts=False)
    except OSError as error:
        return Verdict(f"its probe could not be started: {error}", lasts=False)
    if done.returncode == 0:
        return Verdict(None)
    text = done.stdout + done.stderr
    told = done.returncode == probe.WRONG or (done.returncode < 0 and done.returncode not in GONE)
    return Verdict(
        with_advice(reason(done), platform, text), lasts=told and not any(words in text for words in PASSING)
    )


def _in_this_process(handle: cl.Device, platform: str) -> Verdict:
    """A program that is no Python interpreter cannot start one: a driver that aborts its process ends this one."""
    try:
        problem = probe.check(handle)
    except cl.Error as error:
        problem = str(error)
    if problem is None:
        return Verdict(None)
    return Verdict(with_advice(problem, platform, problem), lasts=False)


def reason(done: subprocess.CompletedProcess[str]) -> str:
    """Why a probe failed, in one line."""
    if done.returncode == probe.WRONG and done.stdout:
        return " ".join(done.stdout.split())[:300]
    lines = done.stderr.strip().splitlines() or ["no message"]
    ended = f"killed by signal {-done.returncode}" if done.returncode < 0 else f"exit status {done.returncode}"
    return f"its probe failed ({ended}): {lines[-1][:200]}"


def with_advice(problem: str, platform: str, said: str) -> str:
    """A problem, and what to do about it where the driver's words are known."""
    advice = quirks.advice(platform, said)
    return f"{problem.rstrip('.')}. {advice}" if advice else problem
