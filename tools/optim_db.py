"""Every configuration of PyTorch's own optimizer database, some steps beside PyTorch.

``python tools/optim_db.py [--steps 8] [--tolerance 1e-5] [NAME...]`` prints a line for each that differs, and the share that
agrees. Needs PyTorch and expecttest.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_optimizers import optim_db

import cltorch

SHAPES = ((6, 4), (5,), (), (3, 2, 4))


def arrays(kind: str) -> list[np.ndarray]:
    """Starting values; matrices only for optimizers that take nothing else."""
    rng = np.random.default_rng(0)
    shapes = ((6, 4), (5, 5), (3, 8)) if kind == "Muon" else SHAPES
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def carried(value: Any, library: Any) -> Any:
    """An option, whose tensors become the library's."""
    if isinstance(value, torch.Tensor):
        return library.tensor(value.item(), dtype=getattr(library, str(value.dtype).removeprefix("torch.")))
    if isinstance(value, (tuple, list)):
        return type(value)(carried(one, library) for one in value)
    return value


def trained(library: Any, kind: str, options: dict[str, Any], steps: int) -> list[np.ndarray]:
    """Parameters after some steps of a problem with gradients of every kind of sign and size."""
    params = [library.nn.Parameter(library.tensor(start)) for start in arrays(kind)]
    kwargs = {name: carried(value, library) for name, value in options.items()}
    optimizer = getattr(library.optim, kind)(params, **kwargs)
    targets = [library.tensor(np.cos(start)) for start in arrays(kind)]

    def closure() -> Any:
        optimizer.zero_grad()
        loss = sum(((p - t) ** 2 * (1 + 0.1 * p)).sum() for p, t in zip(params, targets))
        loss.backward()
        return loss

    def sparse() -> Any:
        loss = closure()
        for p in params:
            p.grad = p.grad.to_sparse()
        return loss

    for _ in range(steps):
        if kind == "SparseAdam":
            sparse()
            optimizer.step()
        elif kind == "LBFGS":
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()
    return [p.detach().numpy() for p in params]


def difference(kind: str, options: dict[str, Any], steps: int) -> float:
    """The largest difference, relative to numbers above 1."""
    # capturable and fused ask for an accelerator there; they do not change what is computed
    plain = {name: value for name, value in options.items() if name not in ("capturable", "fused", "foreach")}
    theirs = trained(torch, kind, plain, steps)
    ours = trained(cltorch, kind, options, steps)
    return max(float(np.max(np.abs(a - b) / np.maximum(1.0, np.abs(b)))) for a, b in zip(ours, theirs))


def main() -> None:
    """Go through the database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--device", default="cpu", help="cuda: with the configurations for accelerators, too")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    given = parser.parse_args()
    total = good = 0
    for info in optim_db:
        kind = info.optim_cls.__name__
        if given.names and kind not in given.names:
            continue
        passed, worst, inputs = 0, 0.0, info.optim_inputs_func(device=given.device)
        for case in inputs:
            try:
                found = difference(kind, case.kwargs, given.steps)
            except Exception as error:
                print(f"  {kind} {case.kwargs}: {type(error).__name__}: {error}")
                continue
            worst = max(worst, found)
            if found <= given.tolerance:
                passed += 1
            else:
                print(f"  {kind} {case.kwargs}: differs by {found:.1e}")
        print(f"{kind}: {passed} of {len(inputs)}, largest difference {worst:.1e}")
        total, good = total + len(inputs), good + passed
    print(f"{good} of {total}")


if __name__ == "__main__":
    main()
