"""``python -m torch.distributed.run PROGRAM``, which PyTorch installs as ``torchrun``: a program as rank 0 of 1, in this process."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence

from .launcher.api import one_rank

__all__ = ["get_args_parser", "main", "parse_args", "run"]

_TAKEN = (
    "node-rank rdzv-backend rdzv-endpoint rdzv-id rdzv-conf max-restarts monitor-interval start-method role log-dir redirects tee "
    "local-ranks-filter master-addr local-addr event-log-handler logs-specs numa-binding signals-to-handle"
)
_FLAGS = "standalone run-path virtual-local-rank"


def get_args_parser() -> argparse.ArgumentParser:
    """The launcher's options, those of PyTorch's."""
    parser = argparse.ArgumentParser(prog="torchrun", description="Runs a program as rank 0 of 1.")
    for name in _TAKEN.split():
        parser.add_argument(f"--{name}", f"--{name.replace('-', '_')}")
    for name in _FLAGS.split():
        parser.add_argument(f"--{name}", f"--{name.replace('-', '_')}", action="store_true")
    parser.add_argument("--nnodes", default="1:1")
    parser.add_argument("--nproc-per-node", "--nproc_per_node", default="1")
    parser.add_argument("--master-port", "--master_port", type=int, default=29500)
    parser.add_argument("-m", "--module", action="store_true", help="the program is a module")
    parser.add_argument("--no-python", "--no_python", action="store_true", help="the program is no Python")
    parser.add_argument("training_script")
    parser.add_argument("training_script_args", nargs=argparse.REMAINDER)
    return parser


def parse_args(args: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    return get_args_parser().parse_args(args)


def run(args: argparse.Namespace) -> None:
    """Run the program. RuntimeError for more than one rank, and for what is no Python program."""
    nodes = str(args.nnodes).rpartition(":")[2]
    if nodes != "1" or str(args.nproc_per_node) not in ("1", "auto", "gpu", "cpu"):
        raise RuntimeError(
            f"cltorch has worlds of one rank only so far: --nnodes {args.nnodes} --nproc-per-node {args.nproc_per_node}"
        )
    if args.no_python:
        raise RuntimeError("--no-python: the program runs in this process, so it must be Python")
    before, sys.argv = sys.argv, [args.training_script, *args.training_script_args]
    try:
        with one_rank(args.rdzv_id or "none", args.master_port):
            if args.module:
                runpy.run_module(args.training_script, run_name="__main__", alter_sys=True)
            else:
                runpy.run_path(args.training_script, run_name="__main__")
    finally:
        sys.argv = before


def main(args: Sequence[str] | None = None) -> None:
    """The command."""
    run(parse_args(args))


if __name__ == "__main__":
    main()
