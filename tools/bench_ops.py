"""Ops of every family beside PyTorch: milliseconds, and the ratio (above 1.0: faster than PyTorch).

Usage: ``python -m tools.bench_ops [--family words] [--only words] [--numel 262144 1048576 16777216] [--seconds 0.5]``. Calls of
the two alternate, so that a busy machine slows both; each time is the best of several, with the result computed. The last
lines are the geometric mean of each family, and what is below 0.5. ``--threads`` is PyTorch's number of threads (all cores).

``--beside cuda`` puts PyTorch's side on CUDA; then ``--calls 10`` calls in a row share one wait, as a GPU's queue is kept busy.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import cltorch
from cltorch.graph.record import flush_all

# Per family, one expression a line over the names that `names` makes; `#` and a number divides the number of elements.
FAMILIES = {
    "pointwise": """
        x + y
        x * y + x
        x.exp()
        x.tanh()
        m.nn.functional.gelu(x)
        m.where(x > y, x, y)
        x ** 3
        X * X[0]
        X + X[:, :1]
        x.half()
    """,
    "reductions": """
        x.sum()
        X.sum(1)
        X.sum(0)
        x.mean()
        x.max()
        X.argmax(1)
        X.var(1)
        x.norm()
        X.softmax(1)
        X.log_softmax(1)
        X.logsumexp(1)
        m.nn.functional.layer_norm(X, (1024,))
        (x > 0).any()
    """,
    "products": """
        A @ A
        A @ A.t()
        A @ a
        B @ B
        m.einsum('bij,bkj->bik', B, B)
        m.nn.functional.conv2d(P, W, padding=1)
        m.nn.functional.conv2d(P, D, padding=1, groups=64)
        m.nn.functional.max_pool2d(P, 2)
        m.nn.functional.scaled_dot_product_attention(Q, Q, Q)
        m.nn.functional.scaled_dot_product_attention(Q, Q, Q, is_causal=True)
    """,
    "sorting": """
        x.sort()
        X.sort(1)
        X.sort(0)
        i.sort()
        X.argsort(1, descending=True)
        x.topk(10)
        x.topk(1000)
        X.topk(5, 1)
        x.kthvalue(1000)
        X.kthvalue(7, 1)
        x.median()
        X.median(1)
        k.mode() #16
        x.unique() #4
        k.unique()
        k.unique(return_inverse=True, return_counts=True)
        s.unique_consecutive()
        m.randperm(n)
        m.multinomial(p, 1000)
        m.multinomial(p, 1000, replacement=True)
        m.searchsorted(s, x)
        m.bucketize(x, b)
        k.bincount()
        m.histc(x, 100)
        m.quantile(x, 0.3) #4
        m.isin(k, l)
    """,
    "scans": """
        x.cumsum(0)
        X.cumsum(1)
        X.cumsum(0)
        X.cumprod(1)
        X.cummax(1)
        X.cummin(0)
        X.logcumsumexp(1)
        i.cumsum(0)
        x.diff()
    """,
    "indexing": """
        X.gather(1, J)
        X.gather(0, I)
        X.scatter(1, J, X)
        X.scatter_add(1, J, X)
        X.scatter_add(0, I, X)
        m.zeros(1000).scatter_add(0, k, x)
        m.zeros(n).scatter_add(0, i, x)
        X.index_select(0, r)
        X.index_select(1, c)
        X.index_add(0, r, X)
        m.zeros(n).index_put((i,), x, accumulate=True)
        X.scatter_reduce(1, J, X, 'amax')
        X[r]
        X[r, :, None]
        x[i]
        x[x > 0]
        x.masked_select(x > 1)
        (x > 1).nonzero()
        (X > 1).nonzero()
        x.take(i)
        X.index_fill(0, r, 1.0)
        X.flip(1)
        X.flip(0)
        X.roll(3, 1)
        m.nn.functional.embedding(r, X)
        X.masked_fill(X > 0, 1.0)
        m.take_along_dim(X, J, 1)
    """,
    "moving": """
        X.t().contiguous()
        X.reshape(-1, 32, 32).transpose(1, 2).contiguous()
        X.reshape(-1, 4, 16, 16).permute(0, 2, 3, 1).contiguous()
        X.reshape(16, -1, 16).permute(2, 1, 0).contiguous()
        m.cat([X, X], 0)
        m.cat([X, X], 1)
        m.cat([X, X, X], 1)
        m.stack([x, x])
        m.stack([x, x], 1)
        m.cat(parts)
        m.stack(scalars)
        X.repeat(2, 1)
        X.repeat(1, 2)
        x.repeat_interleave(2)
        X.tril()
        m.nn.functional.pad(X, (1, 1))
        X.clone()
    """,
}


def products(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Operands of matrix products, convolutions and attention with about ``n`` elements in the largest."""
    side, images, heads = math.isqrt(n), max(1, n // (64 * 56 * 56)), max(1, n // (256 * 64))
    shapes = {"A": (side, side), "a": (side,), "B": (max(1, n // 4096), 64, 64), "P": (images, 64, 56, 56)}
    shapes |= {"W": (64, 64, 3, 3), "D": (64, 1, 3, 3), "Q": (1, heads, 256, 64)}
    return {name: rng.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}


def names(library: Any, n: int, device: str | None = None) -> dict[str, Any]:
    """The tensors of the expressions, with ``n`` elements; the same numbers for both libraries."""
    rng = np.random.default_rng(0)
    rows = max(n // 1024, 1)
    x = rng.standard_normal(n, dtype=np.float32)
    made = {
        **{"x": x, "X": x[: rows * 1024].reshape(rows, 1024), "s": np.sort(x).round(3), "p": np.abs(x)},
        **{"y": rng.standard_normal(n, dtype=np.float32), **products(n, rng)},
        **{"i": rng.integers(0, n, n), "k": rng.integers(0, 1000, n), "l": rng.integers(0, 1000, 20)},
        **{"J": rng.integers(0, 1024, (rows, 1024)), "I": rng.integers(0, rows, (rows, 1024))},
        **{
            "r": rng.integers(0, rows, rows),
            "c": rng.integers(0, 1024, 512),
            "b": np.linspace(-2, 2, 100, dtype=np.float32),
        },
    }
    tensors = {name: library.tensor(a, device=device) for name, a in made.items()}
    parts = list(tensors["x"].reshape(-1)[: n // 200 * 200].reshape(200, -1))
    scalars = list(tensors["x"][:1000])
    return {**tensors, "m": library, "n": n, "parts": parts, "scalars": scalars}


def best(
    ours: Callable[[], Any], theirs: Callable[[], Any], seconds: float, clock: Callable[[], float]
) -> tuple[float, float]:
    """The least time of each, taken by turns."""
    ours(), theirs(), ours()
    times: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[0]) < 3:
        for found, run in zip(times, (ours, theirs), strict=True):
            start = clock()
            run()
            found.append(clock() - start)
    return min(times[0]), min(times[1])


def measure(
    text: str, n: int, seconds: float, clock: Callable[[], float], beside: str, calls: int
) -> tuple[float, float]:
    """Seconds of one call of cltorch and of PyTorch for one expression."""
    code = compile(text, text, "eval")
    mine, other = names(cltorch, n), names(torch, n, beside)
    wait = torch.cuda.synchronize if beside == "cuda" else lambda: None

    def ours() -> None:
        for _ in range(calls):
            result = eval(code, mine)  # one that nobody holds would not be computed
            flush_all()
        cltorch.synchronize()
        del result

    def theirs() -> None:
        for _ in range(calls):
            eval(code, other)
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
    slow = []
    for family in options.family:
        ratios = []
        for line in FAMILIES[family].strip().splitlines():
            text, _, divisor = (part.strip() for part in line.partition("#"))
            if options.only and not any(word in text for word in options.only):
                continue
            for numel in options.numel:
                n = numel // int(divisor or 1)
                try:
                    mine, other = measure(text, n, options.seconds, clock, options.beside, options.calls)
                except Exception as error:
                    print(f"{text} n={n}: {type(error).__name__}: {error}"[:150], flush=True)
                    continue
                ratios.append(other / mine)
                print(f"{text:60} {n:9} {mine * 1e3:9.3f} ms {other * 1e3:9.3f} ms {other / mine:6.2f}", flush=True)
                if other / mine < 0.5:
                    slow.append(f"{text} n={n}: {other / mine:.2f}")
        if ratios:
            print(f"{family}: geometric mean {math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f} of {len(ratios)}")
    print(f"below 0.5: {len(slow)}", *slow, sep="\n  ")


if __name__ == "__main__":
    main()
