"""Sweeps over packages that are built on PyTorch, unmodified, under ``cltorch run``; writes the tables of docs/drop-in.md.

    pip install -e '.[cpu,test-ecosystem]'        # and the packages without their PyTorch: pip install --no-deps timm ...
    python -m tools.ecosystem packages            # a small program each; what CI runs
    python -m tools.ecosystem timm transformers torchvision --reference PYTHON [--write]
    python -m tools.ecosystem examples --examples FOLDER
    python -m tools.ecosystem timm --only resnet vit

A case of a sweep runs twice: under ``cltorch run``, and with the Python ``--reference``, which has PyTorch and the same packages
(its results are kept in ``--keep``, so that runs once). Both draw the same weights; results must agree to 1e-3 of the largest value.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.ecosystem import packages, scripts, tables
from tools.ecosystem.differences import difference

ROOT = Path(__file__).parents[2]
FAMILIES = ("timm", "transformers", "torchvision")


@dataclass
class Outcome:
    """What came of one case: an empty ``error`` if all is well."""

    name: str
    error: str
    seconds: float


class Worker:
    """A process that runs cases, and the lines that it prints."""

    def __init__(self, launcher: list[str], family: str, folder: Path, names: list[str]) -> None:
        settings = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "CLTORCH_QUIET": "1", "HF_HUB_OFFLINE": "1"}
        script = str(Path(__file__).with_name("worker.py"))
        self.process = subprocess.Popen(
            [*launcher, script, family, str(folder), *names],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings},
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.errors: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=lambda: self.errors.extend(self.process.stderr or ()), daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line)
        self.lines.put(None)

    def next(self, timeout: float) -> tuple[str, Any] | None:
        """The next ``BEGIN`` or ``END``; None at the end, ``queue.Empty`` where none comes."""
        while True:
            line = self.lines.get(timeout=timeout)
            if line is None:
                return None
            word, _, rest = line.partition(" ")
            if word == "BEGIN":
                return word, rest.strip()
            if word == "END":
                return word, json.loads(rest)


def outcomes(launcher: list[str], family: str, folder: Path, names: list[str], limit: float, report: Any) -> None:
    """Run cases in as few processes as can be: one that hangs or ends is started again after the case that did it."""
    left = list(names)
    while left:
        worker = Worker(launcher, family, folder, left)
        at: str | None = None
        try:
            while (line := worker.next(limit)) is not None:
                word, what = line
                if word == "BEGIN":
                    at = what
                else:
                    report(Outcome(str(at), what["error"], what["seconds"]))
                    left.remove(str(at))
                    at = None
            lost = "" if not left else f"the process ended ({(worker.errors or ['no word'])[-1].strip()[:200]})"
        except queue.Empty:
            lost = f"no end after {limit:.0f} s"
        worker.process.kill()
        worker.process.wait()
        if lost:
            name = at or left[0]
            report(Outcome(name, lost, limit))
            left.remove(name)


def sweep(family: str, options: argparse.Namespace) -> list[Outcome]:
    """Run a family with both libraries and compare."""
    names = list(importlib.import_module(f"tools.ecosystem.{family}_cases").NAMES)
    if options.only:
        names = [name for name in names if any(part in name for part in options.only)]
    theirs, ours = options.keep / "theirs" / family, options.keep / "ours" / family
    theirs.mkdir(parents=True, exist_ok=True)
    ours.mkdir(parents=True, exist_ok=True)
    if options.reference:
        unknown = [name for name in names if not (theirs / f"{name}.npz").exists()]
        outcomes([options.reference], family, theirs, unknown, options.limit, lambda one: _say("PyTorch", one))
    found: list[Outcome] = []

    def compare(one: Outcome) -> None:
        wanted = theirs / f"{one.name}.npz"
        if not one.error and wanted.exists():
            one.error = difference(dict(np.load(ours / wanted.name)), dict(np.load(wanted)))
        elif not one.error and options.reference:
            one.error = "not compared: the reference gave no result"
        _say("cltorch", one)
        found.append(one)

    outcomes([sys.executable, "-m", "cltorch", "run"], family, ours, names, options.limit, compare)
    good = sum(not one.error for one in found)
    print(f"{family}: {good} of {len(found)}", flush=True)
    return found


def _say(library: str, one: Outcome) -> None:
    print(
        f"{library:8} {'FAILS' if one.error else 'good':6}{one.name:40} {one.seconds:6.1f} s  {one.error}", flush=True
    )


def main() -> int:
    """Run what is asked for; returns 1 if a case failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="+", choices=("packages", "examples", *FAMILIES), metavar="FAMILY")
    parser.add_argument("--only", nargs="*", metavar="PART", help="cases whose names contain one of these")
    parser.add_argument("--reference", metavar="PYTHON", help="a Python with PyTorch and the packages")
    parser.add_argument("--keep", type=Path, default=Path("ecosystem-results"), help="folder of the results")
    parser.add_argument("--examples", type=Path, metavar="FOLDER", help="a clone of github.com/pytorch/examples")
    parser.add_argument("--limit", type=float, default=240, help="seconds that a case may take")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/drop-in.md")
    options = parser.parse_args()
    if options.write and not options.reference and set(options.families) & set(FAMILIES):
        parser.error("--write says what agrees with PyTorch, so it needs a --reference")
    failed = 0
    for family in options.families:
        if family == "packages":
            found = [Outcome(*one) for one in packages.run_all(options.only)]
            for one in found:
                _say("cltorch", one)
        elif family == "examples":
            found = []
            for name, error, seconds in scripts.run_all(options.examples, options.only, options.limit):
                found.append(Outcome(name, error, seconds))
                _say("cltorch", found[-1])
        else:
            found = sweep(family, options)
        failed += sum(bool(one.error) for one in found)
        if options.write:
            tables.write(family, [(one.name, one.error) for one in found])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
