"""Runs cases of one family in this process, under PyTorch or under ``cltorch run``, and keeps what they compute.

``worker.py FAMILY FOLDER CASE...`` prints ``BEGIN case`` before each, and ``END`` with what came of it as JSON after it.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy as np


def run(family: str, folder: Path, names: list[str]) -> None:
    """Run the cases."""
    cases = importlib.import_module(f"tools.ecosystem.{family}_cases")
    for name in names:
        print("BEGIN", name, flush=True)
        started, error = time.perf_counter(), ""
        try:
            np.savez(folder / f"{name}.npz", **cases.case(name))
        except (Exception, SystemExit) as problem:
            error = said(problem)
        gc.collect()
        print("END", json.dumps({"error": error, "seconds": time.perf_counter() - started}), flush=True)


def said(problem: BaseException) -> str:
    """An error with the innermost place of a package that it came from."""
    frames = traceback.extract_tb(problem.__traceback__)
    place = next(
        (f for f in reversed(frames) if "/cltorch/" not in f.filename and "/torch/" not in f.filename), frames[-1]
    )
    where = "/".join(place.filename.rsplit("/", 3)[1:])
    return f"{type(problem).__name__}: {str(problem).strip()[:400]} ({where}:{place.lineno})".replace("\n", " ")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
