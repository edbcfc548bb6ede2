"""The command ``cltorch``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import demo, info


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
    show.add_argument("--output", default="digits.safetensors", help="file for the model (default: %(default)s)")
    told = "list platforms, devices, caches and versions, and which device is used and why"
    commands.add_parser("info", help=told, description=f"{told.capitalize()}.")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments`` (the process's own if None); returns its exit status."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "info":
            info.show()
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
