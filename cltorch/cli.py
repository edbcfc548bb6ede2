"""The command ``cltorch``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from . import demo, info, prewarm
from .dropin import check, run


def _positive(text: str) -> int:
    """A whole number above zero, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    top = argparse.ArgumentParser(prog="cltorch", description="PyTorch's way of working on any OpenCL device.")
    top.add_argument("--version", action="version", version=f"cltorch {info.version_of('cltorch')}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    show = commands.add_parser(
        "demo",
        help="train a network on handwritten digits",
        description="Train a convolutional network on scikit-learn's handwritten digits, show what it reads, and save it.",
    )
    show.add_argument("--epochs", type=_positive, default=12, help="times that all images are seen (default: 12)")
    show.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    show.add_argument("--batch-size", type=_positive, default=64, help="images per step (default: 64)")
    show.add_argument("--output", default="digits.pt", help="file for the model (default: %(default)s)")
    told = "list platforms, devices, caches and versions, and which device is used and why"
    commands.add_parser("info", help=told, description=f"{told.capitalize()}.")
    _add_run(commands)
    told = "build what every program needs, so that none has to wait for it"
    ahead = commands.add_parser("prewarm", help=told, description=f"{told.capitalize()}.")
    ahead.add_argument("--device", type=int, default=None, help="index of the device (default: all)")
    return top


def _add_run(commands: Any) -> None:
    """``cltorch run``: everything behind the script (or the module) is the program's own."""
    program = commands.add_parser(
        "run",
        help="run an unmodified PyTorch program on cltorch",
        description="Run an unmodified PyTorch program: `import torch` means cltorch in it and in the processes that it starts.",
    )
    program.add_argument(
        "-m", dest="module", action="store_true", help="SCRIPT is the name of a module, as for python -m"
    )
    program.add_argument(
        "--check", action="store_true", help="list the names of torch that a script or folder uses; run nothing"
    )
    program.add_argument("--strict-device", action="store_true", help='"cuda", "mps" and "xpu" are not available')
    program.add_argument("script", metavar="SCRIPT", help="a file or folder, as python takes it")
    program.add_argument("arguments", metavar="ARGS", nargs=argparse.REMAINDER, help="the program's own arguments")


def _run(options: argparse.Namespace) -> int:
    if options.check:
        return check.check(options.script)
    return run.run(options.script, options.arguments, module=options.module, strict_device=options.strict_device)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments`` (the process's own if None); returns its exit status."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "info":
            info.show()
        elif options.command == "run":
            return _run(options)
        elif options.command == "prewarm":
            prewarm.run(options.device)
        else:
            demo.run(options.epochs, options.seed, options.batch_size, options.output)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, as in `cltorch demo | head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (RuntimeError, ValueError, OSError) as error:
        print(f"cltorch {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
