"""Fused kernels beside PyTorch on the CPU: time per run, best of several, and the ratio (above 1.0: faster than PyTorch).

Usage: ``python -m tools.bench_fused [--form cpu|gpu] [--filter words] [--numel 1048576 16777216]``. The driver is that of
``OCL_ICD_VENDORS``. Runs alternate between the two, so that a busy machine slows both. PyTorch's time is that of the eager
expression (results in fresh memory), and in brackets that with ``out=`` where it has one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from cltorch import dtypes
from cltorch.kernels import fused
from cltorch.kernels.body import Body, Compute, Load, Node, Reduce, Store
from tests.kernels.run import Bound, cpu_traits, gpu_traits, queue

F32 = dtypes.float32


@dataclass
class Case:
    """One body and the PyTorch expression that computes the same."""

    name: str
    body: Body
    inputs: list[np.ndarray]
    numel: int
    eager: Callable[..., object]
    into: Callable[..., object] | None = None


def load(slot: int, *strides: int) -> Load:
    """A float32 load."""
    return Load(slot, F32, strides, 0)


def compute(expr: str, **args: int) -> Compute:
    """A float32 computation."""
    return Compute(expr, tuple(args), tuple(args.values()), (F32,) * len(args), F32)


def store(arg: int, *strides: int) -> Store:
    """A float32 store."""
    return Store(0, arg, F32, strides, 0)


def cases(n: int) -> list[Case]:
    """What is measured, at about ``n`` elements."""
    rng = np.random.default_rng(0)

    def x() -> np.ndarray:
        return rng.standard_normal(n, dtype=np.float32)

    found = []

    def unary(
        name: str, expr: str, eager: Callable[..., object], into: Callable[..., object] | None, positive: bool = False
    ) -> None:
        a = np.abs(x()) + np.float32(0.1) if positive else x()
        found.append(Case(name, Body((n,), (), (load(0, 1), compute(expr, a=0), store(1, 1))), [a], n, eager, into))

    found.append(
        Case(
            "a*b+c",
            Body((n,), (), (load(0, 1), load(1, 1), load(2, 1), compute("a * b + c", a=0, b=1, c=2), store(3, 1))),
            [x(), x(), x()],
            n,
            lambda a, b, c: a * b + c,
            lambda a, b, c, out: torch.add(torch.mul(a, b, out=out), c, out=out),
        )
    )
    unary("exp", "exp(a)", torch.exp, torch.exp)
    unary("tanh", "tanh(a)", torch.tanh, torch.tanh)
    unary("sigmoid", "sigmoid(a)", torch.sigmoid, torch.sigmoid)
    unary("log", "log(a)", torch.log, torch.log, positive=True)
    unary("sin", "sin(a)", torch.sin, torch.sin)
    unary("erf", "erf(a)", torch.erf, torch.erf)
    unary("log1p", "log1p(a)", torch.log1p, torch.log1p, positive=True)
    unary("expm1", "expm1(a)", torch.expm1, torch.expm1)
    unary("sqrt", "sqrt(a)", torch.sqrt, torch.sqrt, positive=True)
    unary("pow 1.7", "pow(a, 1.7)", lambda a: a**1.7, None, positive=True)
    unary(
        "chain of 5",
        "(a * 2 + 1) * sigmoid(a) - 0.5",
        lambda a: (a * 2 + 1) * torch.sigmoid(a) - 0.5,
        None,
    )
    columns = 1024
    rows = n // columns
    shape = (rows, columns)
    full: tuple[int, int] = (columns, 1)
    found.append(
        Case(
            "bias add",
            Body(shape, (), (load(0, *full), load(1, 0, 1), compute("a + b", a=0, b=1), store(2, *full))),
            [x(), rng.standard_normal(columns, dtype=np.float32)],
            n,
            lambda a, b: a.view(rows, columns) + b,
            lambda a, b, out: torch.add(a.view(rows, columns), b, out=out.view(rows, columns)),
        )
    )
    found.append(
        Case(
            "transposed add",
            Body(shape, (), (load(0, *full), load(1, 1, rows), compute("a + b", a=0, b=1), store(2, *full))),
            [x(), x()],
            n,
            lambda a, b: a.view(rows, columns) + b.view(columns, rows).t(),
            None,
        )
    )
    short = (n // 10, 10)
    found.append(
        Case(
            "bias add (n, 10)",
            Body(short, (), (load(0, 10, 1), load(1, 0, 1), compute("a + b", a=0, b=1), store(2, 10, 1))),
            [x()[: n // 10 * 10], rng.standard_normal(10, dtype=np.float32)],
            n // 10 * 10,
            lambda a, b: a.view(short) + b,
            None,
        )
    )

    def reduction(
        name: str, shape: tuple[int, ...], dims: tuple[int, ...], kind: str, eager: Callable[..., object]
    ) -> None:
        strides = tuple(int(np.prod(shape[d + 1 :])) for d in range(len(shape)))
        kept = [1 if d in dims else s for d, s in enumerate(shape)]
        out = tuple(0 if d in dims else int(np.prod(kept[d + 1 :])) for d in range(len(shape)))
        nodes: tuple[Node, ...] = (load(0, *strides), Reduce(kind, 0, F32), store(1, *out))
        numel = int(np.prod(shape))
        found.append(
            Case(name, Body(shape, dims, nodes), [x()[:numel]], int(np.prod(kept)), lambda a: eager(a.view(shape)))
        )

    reduction("sum all", (n,), (0,), "sum", torch.sum)
    reduction("amax all", (n,), (0,), "amax", torch.amax)
    reduction("sum of rows", shape, (1,), "sum", lambda a: a.sum(1))
    reduction("sum of columns", shape, (0,), "sum", lambda a: a.sum(0))
    reduction("sum NCHW (0,2,3)", (n // 65536, 64, 32, 32), (0, 2, 3), "sum", lambda a: a.sum((0, 2, 3)))
    reduction("amax of rows", shape, (1,), "amax", lambda a: a.amax(1))
    reduction("sum (n, 10) rows", short, (1,), "sum", lambda a: a.sum(1))

    def softmax(name: str, shape: tuple[int, int]) -> None:
        strides = (shape[1], 1)
        nodes = (
            load(0, *strides),
            Reduce("amax", 0, F32),
            compute("exp(x - m)", x=0, m=1),
            Reduce("sum", 2, F32),
            compute("e * (1 / s)", e=2, s=3),
            store(4, *strides),
        )
        numel = shape[0] * shape[1]
        found.append(
            Case(name, Body(shape, (1,), nodes), [x()[:numel]], numel, lambda a: torch.softmax(a.view(shape), 1))
        )

    softmax("softmax", shape)
    softmax("softmax (n, 10)", short)
    nodes = (
        load(0, *full),
        Reduce("sum", 0, F32),
        compute(f"x - s * {1 / columns}", x=0, s=1),
        compute("d * d", d=2),
        Reduce("sum", 3, F32),
        compute(f"d * rsqrt(v * {1 / columns} + 1e-5)", d=2, v=4),
        store(5, *full),
    )
    found.append(
        Case(
            "layer norm",
            Body(shape, (1,), nodes),
            [x()],
            n,
            lambda a: torch.nn.functional.layer_norm(a.view(shape), (columns,)),
        )
    )
    return found


def best(
    run: Callable[[], object], other: Callable[[], object], seconds: float, clock: Callable[[], float]
) -> tuple[float, float]:
    """The least times of two functions that take turns."""
    least = [float("inf")] * 2
    for _ in range(3):
        run(), other()
    end, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < end or count < 8:
        count += 1
        for k, function in enumerate((run, other)):
            start = clock()
            function()
            least[k] = min(least[k], clock() - start)
    return least[0], least[1]


def main() -> None:
    """Print one line a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--filter", nargs="*", default=[])
    parser.add_argument("--numel", type=int, nargs="*", default=[1 << 20, 1 << 24])
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument(
        "--work", action="store_true", help="processor time of all threads, PyTorch with one: for busy machines"
    )
    options = parser.parse_args()
    clock = time.process_time if options.work else time.perf_counter
    if options.work:
        torch.set_num_threads(1)
    traits = cpu_traits() if options.form == "cpu" else gpu_traits()
    print(f"{queue().device.name}; torch with {torch.get_num_threads()} threads")
    print(f"{'case':20} {'numel':>9} {'us':>9} {'torch us':>9} {'ratio':>6}  out=")
    for n in options.numel:
        for case in cases(n):
            if options.filter and not any(word in case.name for word in options.filter):
                continue
            bound = Bound(fused.lower(case.body, traits), case.inputs, [(F32, case.numel)])
            tensors = [torch.from_numpy(a) for a in case.inputs]

            def ours(bound: Bound = bound) -> None:
                bound.enqueue()
                queue().finish()

            mine, theirs = best(ours, lambda: case.eager(*tensors), options.seconds, clock)
            line = f"{case.name:20} {n:9} {1e6 * mine:9.0f} {1e6 * theirs:9.0f} {theirs / mine:6.2f}"
            if case.into is not None:
                out = torch.empty(case.numel)
                write = partial(case.into, *tensors, out=out)
                _, into = best(ours, write, options.seconds, clock)
                line += f"  {into / mine:.2f}"
            print(line, flush=True)


if __name__ == "__main__":
    with torch.no_grad():
        main()
