"""Runs the programs named on the command line one after the other in one process, and prints a line before each."""

from __future__ import annotations

import runpy
import sys
import traceback
from pathlib import Path

for name in sys.argv[1:]:
    print(f"=== {Path(name).stem}", flush=True)
    try:
        runpy.run_path(name, run_name="__main__")
    except Exception:
        traceback.print_exc(file=sys.stdout)
