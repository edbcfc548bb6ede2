"""The first minute on a machine that has built nothing: each case in a process of its own, with an empty cache.

``CLTORCH_DEVICE=pocl python -m tools.bench_empty [part of a case's name]``, or ``python -m tools.bench_dynamic --empty``. What is
asked is printed beside what was found.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from tools import bench_dynamic


def timed(run: Callable[[], Any]) -> float:
    """Seconds of a call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def first_number(lib: Any) -> str:
    """Import excluded: the device is found, tried and used."""
    return f"{timed(lambda: (lib.ones(3) + 1).sum().item()):.2f} s (asked: 2)"


def one_offs(lib: Any) -> str:
    """300 different small calls after the first number."""
    first_number(lib)
    step = bench_dynamic.one_off(lib)
    times = sorted(timed(lambda n=n: step(n)) for n in range(300))
    return f"median {1e3 * statistics.median(times):.1f} ms (asked: 5), worst {1e3 * times[-1]:.0f} ms (asked: 300)"


def trained(lib: Any, net: Any, *shape: int) -> str:
    """The first, the second and the third step of a network."""
    first_number(lib)
    optimizer = lib.optim.Adam(net.parameters())
    x, y = lib.rand(*shape), lib.arange(shape[0]) % 10

    def step() -> None:
        loss = lib.nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    first, second, third = (timed(step) for _ in range(3))
    return f"first step {first:.2f} s (asked: 3, on PoCL 5), second {second:.2f} s (asked: 0.5), third {third:.3f} s"


def lenet(lib: Any) -> str:
    """LeNet on images of 28 x 28."""
    nn = lib.nn
    layers = [
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
    ]
    layers += [nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return trained(lib, nn.Sequential(*layers), 32, 1, 28, 28)


def cnn(lib: Any) -> str:
    """Four convolutions with batch norms on images of 32 x 32."""
    nn = lib.nn
    layers: list[Any] = []
    for inward, outward in ((3, 16), (16, 32), (32, 32), (32, 64)):
        layers += [nn.Conv2d(inward, outward, 3, padding=1), nn.BatchNorm2d(outward), nn.ReLU(), nn.MaxPool2d(2)]
    return trained(lib, nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 10)), 16, 3, 32, 32)


def dynamic(lib: Any) -> str:
    """New structures in every step, once the process is 5 s old: how many times PyTorch's time they take."""
    import torch

    first_number(lib)
    found = []
    for name in (
        "RNN, every length new",
        "REINFORCE, every length new",
        "branchy scalars",
        "ragged batches",
        "one-off calls",
    ):
        make, steps = bench_dynamic.CASES[name]
        ours, theirs = make(lib), make(torch)
        started = time.perf_counter()
        count = 2
        while time.perf_counter() - started < 5 and count < 9:
            ours(count)
            count += 1
        time.sleep(max(0.0, 5 - (time.perf_counter() - started)))
        pairs = [(timed(lambda n=n: theirs(n)), timed(lambda n=n: ours(n))) for n in steps]
        found.append(f"{name} {statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs):.2f}")
    return "; ".join(found) + " (asked: 0.3 each)"


CASES: dict[str, Callable[[Any], str]] = {
    "first number": first_number,
    "300 one-off calls": one_offs,
    "LeNet": lenet,
    "CNN of four convolutions": cnn,
    "dynamic cases": dynamic,
}


def isolated(command: list[str]) -> subprocess.CompletedProcess[str]:
    """A command with empty caches of ours and of PoCL's."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CLTORCH_CACHE": f"{folder}/ours", "POCL_CACHE_DIR": f"{folder}/pocl"}
        os.mkdir(f"{folder}/pocl")
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def main(part: str = "") -> None:
    """Run the cases, and the demo."""
    for name in CASES:
        if part in name:
            done = isolated([sys.executable, "-m", "tools.bench_empty", "--inside", name])
            print(f"{name:26s} {done.stdout.strip() or done.stderr[-500:]}", flush=True)
    if part in "demo":
        seconds = timed(lambda: isolated([sys.executable, "-m", "cltorch", "demo"]))
        print(f"{'demo':26s} {seconds:.1f} s (asked on Intel's runtime: 10)", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        import cltorch

        print(CASES[sys.argv[2]](cltorch))
    else:
        main(*sys.argv[1:2])
