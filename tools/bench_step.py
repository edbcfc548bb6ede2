"""Whole training steps and single ops through the public API, beside PyTorch: times, ratios, plans, launches, memory, losses.

Usage: ``python -m tools.bench_step [record] [mlp] [cnn] [nets] [losses] [batches] [memory] [ops]`` (all but ``memory`` when none is
named). The device is that of ``CLTORCH_DEVICE``. Both sides run in turn in one process; the best of several rounds counts, and
a ratio above 1.0 means faster than PyTorch, which uses all cores, or with ``--beside cuda`` a GPU.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import sklearn.datasets
import torch

import cltorch
from cltorch.graph.record import recorder
from cltorch.runtime import device as devices
from cltorch.runtime.program import built
from tools import train_beside

Step = Callable[[], Any]

beside = "cpu"  # where PyTorch computes


def network(m: Any, images: bool) -> Any:
    """The issue's two networks: 64-32-10, and a CNN for 8x8 digits."""
    n = m.nn
    if not images:
        return n.Sequential(n.Linear(64, 32), n.ReLU(), n.Linear(32, 10))
    return n.Sequential(
        *(n.Conv2d(1, 32, 3, padding=1), n.BatchNorm2d(32), n.ReLU(), n.Conv2d(32, 64, 3, padding=1), n.ReLU()),
        *(n.MaxPool2d(2), n.Flatten(), n.Linear(1024, 128), n.ReLU(), n.Linear(128, 10)),
    )


class Side:
    """One library's network and optimizer."""

    def __init__(
        self, m: Any, images: bool, state: dict[str, np.ndarray] | None = None, device: str | None = None
    ) -> None:
        self.m = m
        self.model = network(m, images).to(device)
        if state is not None:
            self.model.load_state_dict({k: m.tensor(v) for k, v in state.items()})
        self.optimizer = m.optim.Adam(self.model.parameters(), lr=1e-3)

    def state(self) -> dict[str, np.ndarray]:
        """Weights as arrays."""
        return {k: v.detach().cpu().numpy().copy() for k, v in self.model.state_dict().items()}

    def step(self, x: Any, y: Any) -> Any:
        """One training step; the loss."""
        self.optimizer.zero_grad()
        loss = self.m.nn.functional.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss


def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits as images in [0, 1] and labels."""
    x, y = sklearn.datasets.load_digits(return_X_y=True)
    return (x / 16).astype(np.float32), y.astype(np.int64)


def compare(name: str, ours: Step, theirs: Step, rounds: int = 7, runs: int = 20) -> None:
    """Time both in turn, print the best of each and the ratio."""
    waits = {"ours": cltorch.synchronize, "theirs": torch.cuda.synchronize if beside == "cuda" else lambda: None}
    best = {"ours": 1e9, "theirs": 1e9}
    for _ in range(3):
        ours(), theirs()
    cltorch.synchronize()
    for _ in range(rounds):
        for side, run in (("theirs", theirs), ("ours", ours)):
            time.sleep(0.02)  # OpenMP's workers spin for some milliseconds after PyTorch's last call
            run()
            waits[side]()
            start = time.perf_counter()
            for _ in range(runs):
                run()
            waits[side]()
            best[side] = min(best[side], (time.perf_counter() - start) / runs)
    print(
        f"{name:34s} PyTorch {best['theirs'] * 1e6:10.1f} us, cltorch {best['ours'] * 1e6:10.1f} us, "
        f"ratio {best['theirs'] / best['ours']:5.2f}",
        flush=True,
    )


def bench_record() -> None:
    """Host time per recorded pointwise op with gradients on, beside PyTorch's whole call on as small a tensor."""
    best = {}
    for _ in range(12):
        for m in (torch, cltorch):
            x, w = m.ones(8, 8, requires_grad=True), m.ones(8, 8)
            y = x
            start = time.perf_counter()
            for _ in range(1000):
                y = y * w
            spent = (time.perf_counter() - start) * 1e3
            best[m] = min(best.get(m, 1e9), spent)
            del y
            if m is cltorch:
                cltorch.synchronize()
    print(f"one recorded op: PyTorch {best[torch]:.2f} us, cltorch {best[cltorch]:.2f} us")


def bench_train(images: bool, batch: int = 64) -> None:
    """A training step, with its plans, launches and memory."""
    x, y = digits()
    x, y = x[:batch].reshape((-1, 1, 8, 8) if images else (-1, 64)), y[:batch]
    theirs = Side(torch, images, device=beside)
    ours = Side(cltorch, images, theirs.state())
    cx, cy, tx, ty = cltorch.tensor(x), cltorch.tensor(y), their_tensor(x), their_tensor(y)
    name = "CNN" if images else "MLP 64-32-10"
    compare(f"{name} Adam step, batch {batch}", lambda: ours.step(cx, cy), lambda: theirs.step(tx, ty))
    compare(f"{name}, loss read each step", lambda: ours.step(cx, cy).item(), lambda: theirs.step(tx, ty).item())
    counts = recorder(devices.default())
    for reads in (False, True):
        for _ in range(2):
            ours.step(cx, cy).item()
        plans, launches = counts.built, counts.launched
        opened = cltorch.opencl.memory_allocated()
        cltorch.opencl.reset_peak_memory_stats()
        for _ in range(10):
            loss = ours.step(cx, cy)
            if reads:
                loss.item()
            else:
                counts.flush()
        print(
            f"  {'reads the loss' if reads else 'reads nothing'}: plans built from step 3 on {counts.built - plans}, "
            f"launches a step {(counts.launched - launches) / 10:.1f}, device memory at the peak "
            f"{cltorch.opencl.max_memory_allocated() / 1e6:.2f} MB (between steps {opened / 1e6:.2f} MB)"
        )
    ours.optimizer.zero_grad()
    ours.m.nn.functional.cross_entropy(ours.model(cx), cy).backward()
    counts.flush()
    launches = counts.launched
    ours.optimizer.step()
    counts.flush()
    print(f"  kernels of the optimizer's step: {counts.launched - launches}")
    if not images:
        split(ours, cx, cy)


def split(side: Side, x: Any, y: Any) -> None:
    """Where the host's time of a step goes: recording, plan look-up with launches, waiting."""
    best = [1e9] * 5
    counts = recorder(devices.default())
    for _ in range(200):
        times = [time.perf_counter()]
        side.optimizer.zero_grad()
        loss = cltorch.nn.functional.cross_entropy(side.model(x), y)
        times.append(time.perf_counter())
        loss.backward()
        times.append(time.perf_counter())
        side.optimizer.step()
        times.append(time.perf_counter())
        counts.flush()
        times.append(time.perf_counter())
        cltorch.synchronize()
        times.append(time.perf_counter())
        best = [min(b, t1 - t0) for b, t0, t1 in zip(best, times, times[1:], strict=False)]
    names = ("forward", "backward", "optimizer", "plan look-up and launches", "wait")
    print("  split: " + ", ".join(f"{name} {b * 1e6:.0f} us" for name, b in zip(names, best, strict=True)))


def bench_nets() -> None:
    """Steps of a ResNet-18 for 128 images of 32 x 32, and of a language model of 6 layers of 512 for 16 sequences of 64."""
    rng = np.random.default_rng(0)
    torch.set_default_device(beside)
    x, y = rng.standard_normal((128, 3, 32, 32), np.float32), rng.integers(0, 10, 128)
    for name, build, batch, loss in (
        ("ResNet-18, 128 images", train_beside.resnet18, [x, y], train_beside.classified),
        (
            "language model 6 x 512",
            train_beside.language_model(6, 512),
            train_beside.text(16)(rng),
            train_beside.next_symbols,
        ),
    ):
        theirs, ours = build(torch)["net"], build(cltorch)["net"]
        ours.load_state_dict({k: cltorch.tensor(v.detach().cpu().numpy()) for k, v in theirs.state_dict().items()})
        steps = []
        for m, net, tensors in ((cltorch, ours, map(cltorch.tensor, batch)), (torch, theirs, map(their_tensor, batch))):
            optimizer = m.optim.Adam(net.parameters(), lr=1e-3)
            steps.append(partial(net_step, m, net, optimizer, loss, list(tensors)))
        compare(name, *steps, rounds=3, runs=5)
        launched = recorder(devices.default()).launched
        steps[0]()
        recorder(devices.default()).flush()
        print(f"  launches a step {recorder(devices.default()).launched - launched}")
    torch.set_default_device(None)


def net_step(m: Any, net: Any, optimizer: Any, loss: Any, tensors: list[Any]) -> None:
    """One training step."""
    optimizer.zero_grad()
    loss(m, net, *tensors).backward()
    optimizer.step()


def bench_losses(steps: int = 200) -> None:
    """Losses of the CNN step by step beside PyTorch, from the same weights; and PyTorch with one thread beside itself."""
    x, y = digits()
    sides = {"reference": Side(torch, True)}
    start = sides["reference"].state()
    sides |= {"PyTorch, one thread": Side(torch, True, start), "cltorch": Side(cltorch, True, start)}
    rng = np.random.default_rng(0)
    worst: dict[str, dict[int, float]] = {"cltorch": {}, "PyTorch, one thread": {}}
    threads = torch.get_num_threads()
    for k in range(steps):
        pick = rng.integers(0, 1500, 64)
        losses = {}
        for name, side in sides.items():
            torch.set_num_threads(1 if "one thread" in name else threads)
            losses[name] = side.step(side.m.tensor(x[pick].reshape(-1, 1, 8, 8)), side.m.tensor(y[pick])).item()
        for name, found in worst.items():
            error = abs(losses[name] - losses["reference"]) / abs(losses["reference"])
            found[k] = max(error, found.get(k - 1, 0.0))
    torch.set_num_threads(threads)
    for name, found in worst.items():
        marks = [n for n in (10, 50, 100, 200) if n <= steps]
        print(f"{name}: worst relative error of a loss, " + ", ".join(f"{found[n - 1]:.1e} by step {n}" for n in marks))
    print(f"the last loss is {losses['reference']:.2e}")


def bench_batches() -> None:
    """What 50 batch sizes build beyond what two built."""
    x, y = digits()
    side = Side(cltorch, True)
    for batch in (64, 48):
        side.step(cltorch.tensor(x[:batch].reshape(-1, 1, 8, 8)), cltorch.tensor(y[:batch])).item()
    before = set(built(devices.default()).programs)
    for batch in range(15, 65):
        side.step(cltorch.tensor(x[:batch].reshape(-1, 1, 8, 8)), cltorch.tensor(y[:batch])).item()
    fresh = sorted(name.rsplit("_", 1)[0] for name in set(built(devices.default()).programs) - before)
    print(f"kernels built by 50 batch sizes beyond those of two: {len(fresh)} {fresh}")


def bench_memory(steps: int = 10_000) -> None:
    """Growth from step 100 to the last."""
    x, y = digits()
    side = Side(cltorch, False)
    marks = []
    for k in range(steps):
        pick = slice(k % 20 * 64, k % 20 * 64 + 64)
        side.step(cltorch.tensor(x[pick]), cltorch.tensor(y[pick])).item()
        if k in (100, steps - 1):
            gc.collect()
            host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            marks.append((cltorch.opencl.memory_allocated(), cltorch.opencl.memory_reserved(), host))
    first, last = marks
    print(
        f"growth from step 100 to {steps}: {last[0] - first[0]} bytes held, {last[1] - first[1]} bytes reserved on the device, "
        f"{last[2] - first[2]:.1f} MB on the host"
    )


def their_tensor(array: np.ndarray) -> torch.Tensor:
    """PyTorch's tensor of the same numbers."""
    return torch.tensor(array, device=beside)


def bench_ops() -> None:
    """Elementwise chains, reductions, matrix products and a convolution through the public API."""
    for n in (1 << 20, 1 << 22, 1 << 24):
        a, b, c = (np.random.default_rng(k).standard_normal(n, dtype=np.float32) for k in range(3))
        ours, theirs = [cltorch.tensor(v) for v in (a, b, c)], [their_tensor(v) for v in (a, b, c)]
        rows, their_rows = ours[0].reshape(-1, 1024), theirs[0].reshape(-1, 1024)
        runs = max(4, (1 << 25) // n)  # a queue is kept busy; waiting for it costs once

        def both(name: str, call: Callable[..., Any], mine: list[Any], reference: list[Any], runs: int = runs) -> None:
            kept: list[Any] = []  # a result that nobody holds would not be computed

            def held() -> None:
                kept[:] = [call(*mine)]
                recorder(devices.default()).flush()

            compare(f"{name} {n >> 20}M", held, lambda: call(*reference), 15, runs)

        both("a*b+c", lambda x, y, z: x * y + z, ours, theirs)
        both("sum", lambda x: x.sum(), ours[:1], theirs[:1])
        both("softmax", lambda x: x.softmax(1), [rows], [their_rows])
        both("exp", lambda x: x.exp(), ours[:1], theirs[:1])
        both("tanh", lambda x: x.tanh(), ours[:1], theirs[:1])
    kept: list[Any] = []

    def hold(value: Any) -> None:
        kept[:] = [value]
        recorder(devices.default()).flush()

    for n in (512, 1024, 2048):
        a = np.random.default_rng(n).standard_normal((n, n), dtype=np.float32)
        x, t = cltorch.tensor(a), their_tensor(a)
        compare(f"matmul {n}", lambda x=x: hold(x @ x), lambda t=t: t @ t, 9, max(1, 2048**3 // n**3 // 8))
    a = np.random.default_rng(0).standard_normal((8, 64, 56, 56), dtype=np.float32)
    w = np.random.default_rng(1).standard_normal((64, 64, 3, 3), dtype=np.float32)
    (x, v), (t, u) = ([tensor(value) for value in (a, w)] for tensor in (cltorch.tensor, their_tensor))
    compare(
        "conv 3x3 64->64 at 56x56, batch 8",
        lambda: hold(cltorch.nn.functional.conv2d(x, v, padding=1)),
        lambda: torch.nn.functional.conv2d(t, u, padding=1),
        7,
        3,
    )


PARTS: dict[str, Callable[[], None]] = {
    "record": bench_record,
    "mlp": lambda: bench_train(False),
    "cnn": lambda: bench_train(True),
    "nets": bench_nets,
    "losses": bench_losses,
    "batches": bench_batches,
    "memory": bench_memory,
    "ops": bench_ops,
}


def main() -> None:
    """Run the parts named on the command line."""
    global beside
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--beside", choices=("cpu", "cuda"), default="cpu", help="where PyTorch computes")
    options = parser.parse_args()
    beside = options.beside
    parts = options.parts or [part for part in PARTS if part != "memory"]
    print(f"device: {cltorch.opencl.get_device_name()}, PyTorch on {beside}, {torch.get_num_threads()} threads")
    for part in parts:
        PARTS[part]()


if __name__ == "__main__":
    main()
