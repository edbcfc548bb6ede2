"""Matrix products beside PyTorch: time, GFLOP/s and the ratio (above 1.0: faster than PyTorch).

Usage: ``python -m tools.bench_gemm [--form cpu|gpu] [--beside cuda] [--dtype float32] [m,k,n[,layouts] ...]``, e.g. ``512,512,512`` or
``64,784,32,nt`` (n: rows lie side by side, t: transposed). The driver is that of ``OCL_ICD_VENDORS``. Runs alternate between
the two, so that a busy machine slows both; each time is the best of several and contains every launch of the product.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from cltorch import dtypes
from cltorch.dtypes import dtype as DType
from cltorch.kernels import gemm
from cltorch.kernels.gemm import Gemm, Operand
from cltorch.runtime.traits import Traits
from tests.kernels.run import Bound, cpu_traits, gpu_traits, queue

PRODUCTS = (
    *("512,512,512", "1024,1024,1024", "2048,2048,2048", "512,512,512,nt", "512,512,512,tn"),
    *("64,64,32,nt", "64,32,10,nt", "64,10,32", "32,64,64,tn", "64,1024,128,nt", "128,64,1024,tn", "64,128,1024"),
    *("1,1024,1024,nt", "1,1024,1024", "1024,1024,1", "256,256,256"),
)


def alternate(ours: Callable[[], object], theirs: Callable[[], object], inner: int, rounds: int) -> tuple[float, float]:
    """Best time of one run of each, in seconds, over ``rounds`` rounds of ``inner`` runs.

    Between the two a pause: OpenMP's workers spin for some milliseconds after PyTorch's last call."""
    best = [float("inf"), float("inf")]
    cuda = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    ours()
    theirs()
    queue().finish()
    for _ in range(rounds):
        for i, (run, wait) in enumerate(((ours, queue().finish), (theirs, cuda))):
            time.sleep(0.01)
            start = time.perf_counter()
            for _ in range(inner):
                run()
            wait()
            best[i] = min(best[i], (time.perf_counter() - start) / inner)
    return best[0], best[1]


def measure(text: str, dtype: DType, traits: Traits, rounds: int, beside: str) -> str:
    """The row of one product."""
    sizes, layouts = text.split(",")[:3], (text.split(",")[3:] or ["nn"])[0]
    m, k, n = (int(size) for size in sizes)
    rng = np.random.default_rng(0)
    a = rng.standard_normal((m, k) if layouts[0] == "n" else (k, m)).astype(dtype.np)
    b = rng.standard_normal((k, n) if layouts[1] == "n" else (n, k)).astype(dtype.np)
    operand_a = Operand(0, k, 1, 0) if layouts[0] == "n" else Operand(0, 1, m, 0)
    operand_b = Operand(0, n, 1, 0) if layouts[1] == "n" else Operand(0, 1, k, 0)
    lowered = gemm.lower(Gemm(1, m, n, k, dtype, operand_a, operand_b, False), traits)
    bound = Bound(lowered, [a, b], [(dtype, m * n)])
    kind = getattr(torch, dtype.name)
    torch_a, torch_b = (torch.from_numpy(x.astype(np.float64)).to(beside, kind) for x in (a, b))
    torch_a, torch_b = torch_a if layouts[0] == "n" else torch_a.T, torch_b if layouts[1] == "n" else torch_b.T
    result = torch.empty(m, n, dtype=kind, device=beside)
    flops = 2 * m * n * k
    inner = max(1, min(50, int((2e11 if beside == "cuda" else 2e8) / flops)))
    ours, theirs = alternate(bound.enqueue, lambda: torch.mm(torch_a, torch_b, out=result), inner, rounds)
    return (
        f"{m:5} x {k:5} x {n:5} {layouts}  {len(lowered.calls)} launches  {ours * 1e6:9.1f} us {flops / ours / 1e9:7.1f}"
        f"  torch {theirs * 1e6:9.1f} us {flops / theirs / 1e9:7.1f}  ratio {theirs / ours:5.2f}"
    )


def main() -> None:
    """Parse arguments and print one row a product."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("products", nargs="*", default=PRODUCTS, metavar="m,k,n[,layouts]")
    parser.add_argument("--form", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--beside", choices=("cpu", "cuda"), default="cpu", help="where PyTorch computes")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rounds", type=int, default=8)
    args = parser.parse_args()
    traits = cpu_traits() if args.form == "cpu" else gpu_traits()
    print(f"{queue().device.platform.name}: {queue().device.name}; time and GFLOP/s, {args.dtype}, {args.form} form")
    for text in args.products:
        print(measure(text, getattr(dtypes, args.dtype), traits, args.rounds, args.beside), flush=True)


if __name__ == "__main__":
    main()
