"""A small program that shows whether a driver computes rightly; run in a process of its own, as bad drivers abort theirs.

``python -m cltorch.runtime.probe PLATFORM DEVICE`` exits with 0 if the device passes, else says what is wrong.
"""

from __future__ import annotations

import sys

import numpy as np
import pyopencl as cl

SOURCE = """
__kernel void probe(__global const float *x, __global float *y, __local float *shared)
{
    const int i = get_global_id(0), l = get_local_id(0);
    shared[l] = x[i];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float other = shared[get_local_size(0) - 1 - l];
    y[4 * i] = exp(x[i]);
    y[4 * i + 1] = cos(x[i]);
    y[4 * i + 2] = round(x[i]);
    y[4 * i + 3] = other;
}
"""
GROUP, COUNT = 16, 64


def check(device: cl.Device) -> str | None:
    """What is wrong with a device, or None."""
    context = cl.Context([device])
    queue = cl.CommandQueue(context)
    program = cl.Program(context, SOURCE).build("-cl-std=CL1.2", cache_dir=False)
    x = np.linspace(-4.3, 4.3, COUNT, dtype=np.float32)
    y = np.zeros((COUNT, 4), np.float32)
    source = cl.Buffer(context, cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR, hostbuf=x)
    target = cl.Buffer(context, cl.mem_flags.READ_WRITE, y.nbytes)
    kernel = cl.Kernel(program, "probe")
    kernel.set_args(source, target, cl.LocalMemory(4 * GROUP))
    cl.enqueue_nd_range_kernel(queue, kernel, (COUNT,), (GROUP,))
    cl.enqueue_copy(queue, y, target)
    mirrored = x.reshape(-1, GROUP)[:, ::-1].reshape(-1)
    expected = np.stack([np.exp(x), np.cos(x), np.sign(x) * np.floor(np.abs(x) + 0.5), mirrored], axis=1)
    for column, name in enumerate(("exp", "cos", "round", "a barrier")):
        if not np.allclose(y[:, column], expected[:, column], rtol=1e-5, atol=1e-6):
            return f"wrong numbers: {name}"
    return None


def main() -> int:
    """Probe the device given by platform and device index."""
    platform, device = int(sys.argv[1]), int(sys.argv[2])
    problem = check(cl.get_platforms()[platform].get_devices()[device])
    if problem:
        sys.stdout.write(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
