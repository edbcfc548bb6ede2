"""PyTorch's own test files with cltorch in torch's place, beside PyTorch: a test counts where PyTorch passes it.

    python -m tools.pytorch_tests FOLDER --reference test_torch.py autograd/test_complex.py     # with PyTorch itself, once
    python -m tools.pytorch_tests FOLDER test_torch.py autograd/test_complex.py                 # with cltorch
    python -m tools.pytorch_tests FOLDER test_torch.py --only scatter gather --verbose          # some of them, with tracebacks
    python -m tools.pytorch_tests FOLDER test_torch.py --failed                                 # again those that did not pass
    python -m tools.pytorch_tests FOLDER --compare test_torch.py                                # what the last runs gave; runs nothing

FOLDER is `test` of PyTorch's sources. Both runs need an installed PyTorch 2.13, whose harness (`torch.testing._internal`) is used;
see ``placeholders``. One dtype of each test is run (float32 first; `--all-dtypes`), without `_refs` (`--refs`). A test that takes longer
than `--limit` seconds of processor time is no failure but slow; one that ends the process, or waits for 12 times as long, is a crash, and the
next process goes on behind it. Outcomes are lines of JSON in `--keep`.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def kept(options: argparse.Namespace, file: str, library: str) -> Path:
    """Where the outcomes of a file are."""
    return options.keep / f"{file.removesuffix('.py').replace('/', '.')}.{library}.jsonl"


def outcomes(place: Path) -> dict[str, dict[str, Any]]:
    """The last outcome of each test; one that only began has crashed."""
    found: dict[str, dict[str, Any]] = {}
    if place.exists():
        for line in place.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            found[one["test"]] = one
    found.pop("(end)", None)
    for one in found.values():
        if one["outcome"] == "begin":
            one["outcome"] = "crash"
    return found


def run(options: argparse.Namespace, file: str) -> None:
    """Run one file until every test that was asked for has an outcome."""
    library = "pytorch" if options.reference else "cltorch"
    place = kept(options, file, library)
    only: list[str] | None = None
    if not options.reference:
        expected = outcomes(kept(options, file, "pytorch"))
        only = [name for name, one in expected.items() if one["outcome"] == "passed"] if expected else None
    if options.failed:
        before = outcomes(place)
        only = [name for name in only or before if before.get(name, {}).get("outcome") not in ("passed", "slow")]
    fresh = not (options.only or options.failed)
    if fresh:
        place.unlink(missing_ok=True)
    start = place.read_text(encoding="utf-8").count("\n") if place.exists() else 0
    done: set[str] = set()
    while True:
        settings = {
            "folder": str(options.folder.resolve()),
            "file": file,
            "reference": options.reference,
            "only": only,
            "skip": sorted(done),
            "words": options.only or [],
            "one_dtype": not options.all_dtypes,
            "sample": options.sample if options.reference else 0,
            "refs": options.refs,
            "limit": options.limit,
            "verbose": options.verbose,
            "out": str(place.resolve()),
        }
        code = _process(options, settings, place.with_suffix(".log"))
        lines = place.read_text(encoding="utf-8").splitlines()[start:] if place.exists() else []
        new = {json.loads(line)["test"] for line in lines} - done
        if "(end)" in new:
            return
        if not new:
            print(f"{file}: ended with {code}, see {place.with_suffix('.log')}", flush=True)
            return
        done |= new


def _process(options: argparse.Namespace, settings: dict[str, Any], log: Path) -> int:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTORCH_TESTING_DEVICE_ONLY_FOR": "cpu"}
    command = [sys.executable, "-m", "tools.pytorch_tests.worker", json.dumps(settings)]
    read, write = os.pipe()  # the settings may be longer than an argument of a program may be
    with log.open("a", encoding="utf-8") as errors, os.fdopen(write, "w") as pipe:
        process = subprocess.Popen(
            command[:-1],
            stdin=read,
            stdout=None if options.verbose else errors,
            stderr=None if options.verbose else errors,
            cwd=options.folder,
            env=environment,
        )
        os.close(read)
        pipe.write(command[-1])
        pipe.close()
        return process.wait()


def compare(options: argparse.Namespace, file: str) -> tuple[int, int]:
    """Print what differs from PyTorch's outcomes; how many pass of how many PyTorch passes."""
    theirs, ours = outcomes(kept(options, file, "pytorch")), outcomes(kept(options, file, "cltorch"))
    wanted = [name for name, one in theirs.items() if one["outcome"] == "passed"]
    counts: collections.Counter[str] = collections.Counter()
    for name in wanted:
        one = ours.get(name, {"outcome": "absent", "why": ""})
        counts[one["outcome"]] += 1
        if one["outcome"] != "passed":
            print(f"  {one['outcome']:8}{name}  {one['why']}")
    if "(collection)" in ours:
        print(f"  collection: {ours['(collection)']['why']}")
    rest = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if what != "passed")
    print(f"{file}: {counts['passed']} of {len(wanted)} ({rest or 'all'})", flush=True)
    return counts["passed"], len(wanted)


def main() -> int:
    """Run or compare the files that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="`test` of PyTorch's sources")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--reference", action="store_true", help="run with PyTorch itself: says what to expect")
    parser.add_argument("--compare", action="store_true", help="run nothing, compare what is kept")
    parser.add_argument("--only", nargs="*", metavar="PART", help="tests whose names contain one of these")
    parser.add_argument("--failed", action="store_true", help="only those that did not pass the last time")
    parser.add_argument("--all-dtypes", action="store_true", help="all dtypes of each test")
    parser.add_argument("--refs", action="store_true", help="with the tests of `torch._refs`")
    parser.add_argument(
        "--sample", type=int, default=0, help="with --reference: so many tests of a file, evenly spread"
    )
    parser.add_argument("--limit", type=float, default=10, help="seconds of processor time that a test may take")
    parser.add_argument("--jobs", type=int, default=1, help="files that run at the same time")
    parser.add_argument("--keep", type=Path, default=Path("pytorch-test-results"), help="folder of the outcomes")
    parser.add_argument("--verbose", action="store_true", help="print tracebacks")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    if not options.compare:
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(lambda file: run(options, file), options.files))
    if options.reference:
        for file in options.files:
            found = collections.Counter(one["outcome"] for one in outcomes(kept(options, file, "pytorch")).values())
            print(f"{file}: {dict(found)}", flush=True)
        return 0
    total = [compare(options, file) for file in options.files]
    return int(any(passed < wanted for passed, wanted in total))


if __name__ == "__main__":
    sys.exit(main())
