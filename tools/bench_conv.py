"""Convolution and its gradients beside PyTorch: time, GFLOP/s and the ratio (above 1.0: faster than PyTorch).

Usage: ``python -m tools.bench_conv [--form cpu|gpu] [--beside cuda [--tf32]] [n,c,o,size,kernel[,stride[,groups]] ...]``, e.g. ``64,16,32,8,3``; the
padding is ``kernel // 2``. The driver is that of ``OCL_ICD_VENDORS``. Runs alternate between the two; each time is the best of
several and contains every launch, also those that copy operands to another layout.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch

from cltorch import dtypes
from cltorch.kernels import conv
from cltorch.kernels.call import Lowered
from cltorch.kernels.conv import Conv
from cltorch.runtime.traits import Traits
from tests.kernels.run import Bound, cpu_traits, gpu_traits, queue
from tools.bench_gemm import alternate

CONVOLUTIONS = (
    *("64,1,16,8,3", "64,1,32,8,3", "64,16,32,8,3", "64,32,64,8,3", "64,16,32,4,3", "64,32,64,4,3"),
    *("8,64,64,56,3", "1,64,64,56,3", "8,128,128,28,3", "8,64,64,56,3,2", "8,64,64,56,1", "8,64,64,56,3,1,64"),
)


def passes(
    c: Conv, traits: Traits, beside: str
) -> list[tuple[str, Lowered, list[np.ndarray], int, Callable[[], object]]]:
    """Per pass its name, launches, inputs, size of the result, and PyTorch's counterpart."""
    rng = np.random.default_rng(0)

    def random(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    x, w = random(c.batch, c.in_channels, *c.in_size), random(c.out_channels, c.in_channels // c.groups, *c.kernel)
    g = random(c.batch, c.out_channels, *c.out_size)
    tx, tw, tg = (torch.from_numpy(a).to(beside) for a in (x, w, g))
    shape = (c.stride, c.padding, c.dilation)

    def backward(*wanted: bool) -> Callable[[], object]:
        mask = [*wanted, False]
        return lambda: torch.ops.aten.convolution_backward(tg, tx, tw, None, *shape, False, [0, 0], c.groups, mask)

    def forward() -> object:
        return torch.nn.functional.conv2d(tx, tw, None, *shape, c.groups)

    return [
        ("forward", conv.lower_forward(c, traits), [x, w], c.out_numel, forward),
        ("data", conv.lower_data_gradient(c, traits), [g, w], c.in_numel, backward(True, False)),
        ("weight", conv.lower_weight_gradient(c, traits), [g, x], c.weight_numel, backward(False, True)),
    ]


def main() -> None:
    """Parse arguments and print one row a pass."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("convolutions", nargs="*", default=CONVOLUTIONS, metavar="n,c,o,size,kernel[,stride[,groups]]")
    parser.add_argument("--form", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--beside", choices=("cpu", "cuda"), default="cpu", help="where PyTorch computes")
    parser.add_argument(
        "--tf32", action="store_true", help="let cuDNN round to 10 bits, as it does unless it is told not to"
    )
    parser.add_argument("--rounds", type=int, default=8)
    args = parser.parse_args()
    torch.backends.cudnn.allow_tf32 = args.tf32
    traits = cpu_traits() if args.form == "cpu" else gpu_traits()
    print(f"{queue().device.platform.name}: {queue().device.name}; time and GFLOP/s, float32, {args.form} form")
    for text in args.convolutions:
        n, channels, out, size, kernel, *rest = (int(number) for number in text.split(","))
        stride, groups = (*rest, *(1, 1)[len(rest) :])
        half = kernel // 2
        pairs = ((size, size), (kernel, kernel), (stride, stride), (half, half), (1, 1))
        c = Conv(n, channels, out, *pairs, groups, dtypes.float32, False)
        flops = 2 * c.out_numel * channels // groups * c.taps
        inner = max(1, min(30, int((2e11 if args.beside == "cuda" else 2e8) / flops)))
        for name, lowered, inputs, numel, run in passes(c, traits, args.beside):
            bound = Bound(lowered, inputs, [(dtypes.float32, numel)])
            ours, theirs = alternate(bound.enqueue, run, inner, args.rounds)
            print(
                f"{text:18} {name:8} {len(lowered.calls)} launches  {ours * 1e6:9.1f} us {flops / ours / 1e9:7.1f}"
                f"  torch {theirs * 1e6:9.1f} us {flops / theirs / 1e9:7.1f}  ratio {theirs / ours:5.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
