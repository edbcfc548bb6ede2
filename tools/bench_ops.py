"""Ops of every family beside PyTorch: milliseconds, and the ratio (above 1.0: faster than PyTorch).

Usage: ``python -m tools.bench_ops [--family words] [--only words] [--numel 262144 1048576 16777216] [--seconds 0.5]``. Calls of
the two alternate, so that a busy machine slows both; each time is the best of several, with the result computed. The last
lines are the geometric mean of each family, and what is below 0.5. ``--threads`` is PyTorch's number of threads (all cores).

``--beside cuda`` puts PyTorch's side on CUDA; then ``--calls 10`` calls in a row share one wait, as a GPU's queue is kept busy.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch

import cltorch
from cltorch.graph.record import flush_all
from tools.bench_families import FAMILIES, Names

TURN = 0.02  # seconds


def best(
    ours: Callable[[], Any], theirs: Callable[[], Any], seconds: float, clock: Callable[[], float]
) -> tuple[float, float]:
    """The least time of each, taken by turns of several calls: the threads of each go on looking for work for some milliseconds."""
    for _ in range(4):  # what is new goes in parts twice, then it gets a plan
        ours()
    theirs()
    times: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not times[0]:
        for found, run in zip(times, (ours, theirs), strict=True):
            turn = time.perf_counter() + TURN
            while not found or time.perf_counter() < turn:
                start = clock()
                run()
                found.append(clock() - start)
    return min(times[0]), min(times[1])


def measure(
    text: str, mine: Names, other: Names, seconds: float, clock: Callable[[], float], calls: int
) -> tuple[float, float]:
    """Seconds of one call of cltorch and of PyTorch for one expression."""
    code = compile(text, text, "eval")
    wait = torch.cuda.synchronize if other.device == "cuda" else lambda: None

    def ours() -> None:
        for _ in range(calls):
            result = eval(code, {}, mine)  # one that nobody holds would not be computed
            if calls > 1:
                flush_all()
        cltorch.synchronize()
        del result

    def theirs() -> None:
        for _ in range(calls):
            eval(code, {}, other)
        wait()

    a, b = best(ours, theirs, seconds, clock)
    return a / calls, b / calls


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Ops beside PyTorch.")
    parser.add_argument("--family", nargs="+", default=list(FAMILIES), choices=list(FAMILIES))
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD")
    parser.add_argument("--numel", type=int, nargs="+", default=[262144, 1048576, 16777216])
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--processor", action="store_true", help="time of all cores: on a busy machine, with --threads 1"
    )
    parser.add_argument("--beside", choices=("cpu", "cuda"), default="cpu", help="where PyTorch computes")
    parser.add_argument("--calls", type=int, default=1, help="calls for each wait")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clock = time.process_time if options.processor else time.perf_counter
    slow, found = [], defaultdict(list)
    for family, numel in itertools.product(options.family, options.numel):
        made: dict[int, tuple[Names, Names]] = {}
        for line in FAMILIES[family].strip().splitlines():
            text, _, divisor = (part.strip() for part in line.partition("#"))
            if options.only and not any(word in text for word in options.only):
                continue
            n = numel // int(divisor or 1)
            if n not in made:
                made[n] = Names(cltorch, n), Names(torch, n, options.beside)
            try:
                mine, other = measure(text, *made[n], options.seconds, clock, options.calls)
            except Exception as error:
                print(f"{text} n={n}: {type(error).__name__}: {error}"[:150], flush=True)
                continue
            found[family].append(other / mine)
            print(f"{text:80} {n:9} {mine * 1e3:9.3f} ms {other * 1e3:9.3f} ms {other / mine:6.2f}", flush=True)
            if other / mine < 0.5:
                slow.append(f"{text} n={n}: {other / mine:.2f}")
    for family, ratios in found.items():
        print(f"{family}: geometric mean {math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f} of {len(ratios)}")
    print(f"below 0.5: {len(slow)}", *slow, sep="\n  ")


if __name__ == "__main__":
    main()
