"""``cltorch run``: an unmodified PyTorch program with cltorch in the place of PyTorch."""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from collections.abc import Sequence

from .finder import install
from .missing import explain
from .start import announce, take_devices


def run(target: str, arguments: Sequence[str], *, module: bool = False, strict_device: bool = False) -> int:
    """Run a script (or a module, as ``python -m`` does) and return its exit status.

    Processes that it starts follow through ``CLTORCH_AS_TORCH``. An error that a missing name caused is followed by a line that
    says which name, where, and what is nearest.
    """
    os.environ["CLTORCH_AS_TORCH"] = "1"
    if strict_device:
        os.environ["CLTORCH_STRICT_DEVICE"] = "1"
    install()
    take_devices(strict_device)
    announce()
    sys.argv[:] = [target, *arguments]
    try:
        if module:
            sys.path.insert(0, os.getcwd())
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        else:
            if not os.path.isdir(target):
                sys.path.insert(0, os.path.dirname(os.path.abspath(target)))
            runpy.run_path(target, run_name="__main__")
    except SystemExit as leave:
        return _status(leave.code)
    except KeyboardInterrupt:
        return 130
    except BaseException as error:
        _show(error)
        return 1
    return 0


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def _show(error: BaseException) -> None:
    """The traceback as Python shows it, from the program's own first frame on, and what a missing name means."""
    trace = error.__traceback__
    while trace is not None and (
        trace.tb_frame.f_code.co_filename == __file__ or "runpy" in trace.tb_frame.f_code.co_filename
    ):
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)
    told = explain(error)
    if told:
        print(f"cltorch run: {told}", file=sys.stderr)
