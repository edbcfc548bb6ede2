"""How exact the functions of one number are: writes ``docs/accuracy.md``.

Usage: ``python -m tools.ulp [--devices intel pocl] [--only exp log] [--print]``. Every finite float16, and a million float32 that are spread
over all bit patterns, go through each function of one tensor and through ``pow``; the error is counted in units in the last
place (ulp) of the right result, which is PyTorch's function in float64 (mpmath's, at fewer places, where that one is not exact
enough). Numbers below the smallest normal one, as arguments or results, are counted apart. Each device runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import torch

import cltorch
from cltorch.ops.op import TABLE

PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"
FIRST = "exp log sin cos tanh sqrt pow".split()
SKIPPED = {"rand_like", "clone", "positive", "identity"}
BY_MPMATH: dict[str, Callable[[Any], Any]] = {
    **{f"bessel_j{k}": (lambda x, k=k: mpmath.besselj(k, x)) for k in (0, 1)},
    **{f"bessel_y{k}": (lambda x, k=k: mpmath.bessely(k, x)) for k in (0, 1)},
    **{"airy_ai": mpmath.airyai, "ndtr": mpmath.ncdf},
}
LARGEST_BY_MPMATH = 1e4  # beyond, its series take long
HEAD = """# How exact functions are

Made by `python -m tools.ulp`: the largest error of each function of one number, in units in the last place (ulp) of the right result, over every
finite float16 and over {count:,} float32 spread over all bit patterns (`pow`: as many random pairs whose power is in range).
0.5 is a correctly rounded result. The reference is PyTorch's function in float64, by mpmath Bessel's and Airy's functions and `ndtr`. The second number of
a cell is the argument at which the error was met. "PyTorch" is its float32 on a CPU, measured in the same way. *tiny* lists where a number
below the smallest normal one, as argument or as result, gave an error above 4 ulp: flushed to zero, mostly.

"""


def spread(dtype: np.dtype, count: int) -> np.ndarray:
    """Finite numbers of a dtype, every bit pattern or ``count`` in equal steps."""
    bits = dtype.itemsize * 8
    every = np.linspace(0, 2**bits - 1, min(2**bits, count)).astype(f"uint{bits}")
    made = every.view(dtype)
    return made[np.isfinite(made)]


def pairs(dtype: np.dtype, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Bases and exponents whose powers are in the range of a dtype."""
    rng, reach = np.random.default_rng(0), math.log2(np.finfo(dtype).max)
    bases = np.exp2(rng.uniform(-reach * 0.9, reach * 0.9, count)).astype(dtype)
    exponents = rng.uniform(-0.95, 0.95, count) * reach / np.maximum(abs(np.log2(bases.astype(np.float64))), 1e-2)
    return bases, np.clip(exponents, -1000, 1000).astype(dtype)


def errors(found: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The distance of each result from the right one in ulp of that one; infinite where one of them is NaN or infinite alone."""
    limits = np.finfo(found.dtype)
    with np.errstate(all="ignore"):
        size = np.minimum(np.abs(right), float(limits.max)).astype(found.dtype)
        apart = np.abs(found.astype(np.float64) - right) / np.spacing(size).astype(np.float64)
        beyond = np.abs(right) > float(limits.max)
        apart[beyond & (np.abs(found) >= limits.max) & (np.sign(found) == np.sign(right))] = 0
    apart[np.isnan(found) & np.isnan(right)] = 0
    apart[np.isnan(apart)] = np.inf
    return apart


def functions(only: list[str]) -> Iterator[tuple[str, Any, Any]]:
    """Name, cltorch's function and PyTorch's, of all that take one tensor of floats and give one."""
    probe = cltorch.tensor([0.5])
    for name, op in sorted(TABLE.items()):
        space = next((s for s in (torch, torch.special) if hasattr(s, name)), None)
        if (
            op.family != "pointwise"
            or len(op.tensors) != 1
            or space is None
            or name in SKIPPED
            or (only and name not in only)
        ):
            continue
        ours = getattr(cltorch if space is torch else cltorch.special, name)
        try:
            if ours(probe).is_floating_point():
                yield name, ours, getattr(space, name)
        except (TypeError, NotImplementedError):
            continue  # it needs more than a tensor, or none of floats
    if not only or "pow" in only:
        yield "pow", cltorch.pow, torch.pow


def worst(found: np.ndarray, right: np.ndarray, at: np.ndarray) -> dict[str, Any]:
    """The largest error, its argument, and the largest one where argument or result is below the smallest normal number."""
    with np.errstate(all="ignore"):
        apart = errors(found, right)
        tiny = np.finfo(found.dtype).tiny
        small = ((np.abs(at.astype(np.float64)) < tiny) & (at != 0)) | ((np.abs(right) < tiny) & (right != 0))
    plain = np.where(small, -1, apart)
    k = int(plain.argmax())
    return {"ulp": float(plain[k]), "at": float(at[k]), "tiny": float(apart[small].max(initial=0))}


def measured(name: str, ours: Any, theirs: Any, dtype: np.dtype, count: int) -> dict[str, Any]:
    """The errors of cltorch and of PyTorch for one function and dtype."""
    given = pairs(dtype, count) if name == "pow" else (spread(dtype, count),)
    if name in BY_MPMATH:
        kept = np.abs(given[0].astype(np.float64)) <= LARGEST_BY_MPMATH
        given = (given[0][kept][:: max(1, kept.sum() // 2000)],)
        with mpmath.workdps(30):
            right = np.array([float(mpmath.re(BY_MPMATH[name](mpmath.mpf(float(x))))) for x in given[0]])
        if "_y" in name:
            right[given[0] < 0] = np.nan
    else:
        right = theirs(*(torch.from_numpy(x.astype(np.float64)) for x in given)).numpy()
    found = ours(*map(cltorch.tensor, given)).numpy()
    same = theirs(*map(torch.from_numpy, given)).numpy()
    return {"ours": worst(found, right, given[0]), "theirs": worst(same, right, given[0])}


def measure(only: list[str], count: int) -> dict[str, Any]:
    """Every function on this process's device."""
    results: dict[str, Any] = {}
    for name, ours, theirs in functions(only):
        for dtype in (np.dtype(np.float16), np.dtype(np.float32)):
            try:
                results[f"{name} {dtype}"] = measured(name, ours, theirs, dtype, count)
            except NotImplementedError:  # one of the two does not take this dtype
                continue
    return {"device": str(cltorch.opencl.get_device_name()), "results": results}


def cell(part: dict[str, Any] | None) -> str:
    """An error with its argument, as the page shows it."""
    if part is None:
        return "-"
    return "0" if not part["ulp"] else f"{part['ulp']:.2f} at {part['at']:.4g}"


def page(runs: dict[str, dict[str, Any]], count: int) -> str:
    """The text of the page: the asked functions first."""
    devices = list(runs)
    names = sorted({key.split()[0] for run in runs.values() for key in run["results"]})
    names = [name for name in FIRST if name in names] + [name for name in names if name not in FIRST]
    titles = [f"{d} {kind}" for d in devices for kind in ("float16", "float32")]
    rows = [f"| function | {' | '.join(titles)} | PyTorch float32 | tiny |", "|---" * (len(titles) + 3) + "|"]
    for name in names:
        parts = [runs[d]["results"].get(f"{name} {kind}") for d in devices for kind in ("float16", "float32")]
        theirs = next((p["theirs"] for p in parts[1::2] if p), None)
        flushed = [title for title, p in zip(titles, parts, strict=True) if p and p["ours"]["tiny"] > 4]
        cells = [cell(p and p["ours"]) for p in parts]
        rows.append(f"| `{name}` | {' | '.join(cells)} | {cell(theirs)} | {', '.join(flushed)} |")
    used = "".join(f"{d}: {run['device']}. " for d, run in runs.items())
    return HEAD.format(count=count) + f"{used}\n\n" + "\n".join(rows) + "\n"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--devices", nargs="+", default=["intel", "pocl"])
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--count", type=int, default=2**20)
    parser.add_argument("--print", action="store_true", help="print the page and write nothing")
    parser.add_argument("--here", action="store_true", help="measure on this process's device and print it as JSON")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.here:
        print(json.dumps(measure(options.only, options.count)))
        return 0
    runs = {}
    for device in options.devices:
        arguments = ["--here", "--count", str(options.count), *(["--only", *options.only] if options.only else [])]
        environment = os.environ | {"CLTORCH_DEVICE": device}
        done = subprocess.run(
            [sys.executable, "-m", "tools.ulp", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        runs[device] = json.loads(done.stdout)
    text = page(runs, options.count)
    if options.print:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
