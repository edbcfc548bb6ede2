"""A small program that shows whether a driver computes rightly; run in a process of its own, as bad drivers abort theirs.

``python -I probe.py PLATFORM DEVICE NAME OPTIONS PATHS...`` exits with 0 if the device passes, else with 3 and says what is wrong. It is run by
its path and knows no other module of cltorch; ``NAME`` is the platform's, should this process list platforms in another order; ``PATHS`` are where
the modules lie that it imports, looked at after Python's own. With ``OPTIONS``, which leave a CPU driver's declarations out (`quirks.HEADER`), the
standard input has the source with those that it needs.
"""

from __future__ import annotations

import contextlib
import sys

if __name__ == "__main__":
    sys.path += sys.argv[5:]

import numpy as np
import pyopencl as cl

WRONG = 3
SOURCE = """
__kernel void scalars(__global const float *x, __global float *y, __local float *shared)
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
__kernel void vectors(__global const float *x, __global float *y, __global const uint *words, __global uint *found, const uint rounds)
{
    const int i = get_global_id(0);
    const float8 v = vload8(i, x);
    vstore8(exp(v), 4 * i, y);
    vstore8(cos(v), 4 * i + 1, y);
    vstore8(round(v), 4 * i + 2, y);
    vstore8(v.s76543210, 4 * i + 3, y);
    const uint8 w = vload8(i, words);
    const ulong8 product = convert_ulong8(w) * (ulong8)(0x9E3779B97F4A7C15UL);
    vstore8(convert_uint8(product >> (ulong8)(32)), 4 * i, found);
    vstore8(mul_hi(w, (uint8)(0xD2511F53u)), 4 * i + 1, found);
    vstore8(select(w, ~w, w > (uint8)(1u << 31)), 4 * i + 2, found);
    vstore8(convert_uint8(convert_ulong8(w) % (ulong8)(1000003UL)), 4 * i + 3, found);
    if (i == 0) {
        uint state = rounds;
        for (uint k = 0; k < rounds; k++)
            state = state * 1664525u + 1013904223u;
        found[4 * get_global_size(0) * 8] = state;
    }
}
"""
GROUP, WIDTH, COUNT, ROUNDS = 64, 8, 256, 100_000
COLUMNS = ("exp", "cos", "round", "an exchange of neighbours")
WORDS = ("64-bit products", "high words of products", "select", "64-bit remainders")


def expected(x: np.ndarray, group: int) -> np.ndarray:
    """What both kernels must find, as rows of `COLUMNS`; ``group`` elements are mirrored among themselves."""
    mirrored = x.reshape(-1, group)[:, ::-1].reshape(-1)
    return np.stack([np.exp(x), np.cos(x), np.sign(x) * np.floor(np.abs(x) + 0.5), mirrored])


def expected_words(x: np.ndarray) -> np.ndarray:
    """What the kernel of integers must find, as rows of `WORDS`."""
    wide = x.astype(np.uint64)
    product, high = wide * np.uint64(0x9E3779B97F4A7C15), wide * np.uint64(0xD2511F53)
    chosen = np.where(x > 1 << 31, ~x, x)
    return np.stack([product >> np.uint64(32), high >> np.uint64(32), chosen, wide % np.uint64(1000003)]).astype(
        np.uint32
    )


def expected_state() -> int:
    """Where the kernel with the long loop ends."""
    state = ROUNDS
    for _ in range(ROUNDS):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
    return state


def check(device: cl.Device, options: str = "", source: str = "") -> str | None:
    """What is wrong with a device, or None. The program is built with ``options``, as ``source`` has what they leave out, or as it is."""
    context = cl.Context([device])
    queue = cl.CommandQueue(context)
    program = None
    if options and device.type & cl.device_type.CPU:
        with contextlib.suppress(cl.Error):
            program = cl.Program(context, source).build(f"-w -cl-std=CL1.2 {options}", cache_dir=False)
    program = program or cl.Program(context, SOURCE).build("-cl-std=CL1.2", cache_dir=False)
    x = np.linspace(-4.3, 4.3, COUNT, dtype=np.float32)
    x[:GROUP] = 0  # equal elements once came out different
    words = np.arange(COUNT, dtype=np.uint32) * np.uint32(2654435761)
    sources = [
        cl.Buffer(context, cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR, hostbuf=some) for some in (x, words)
    ]
    targets = [cl.Buffer(context, cl.mem_flags.READ_WRITE, 4 * x.nbytes + 4) for _ in range(2)]
    group, rows = min(GROUP, device.max_work_group_size), COUNT // WIDTH
    y, wide = np.zeros((COUNT, 4), np.float32), np.zeros((rows, 4, WIDTH), np.float32)
    found = np.zeros(4 * COUNT + 1, np.uint32)
    # few kernels: making machine code of one costs some drivers as much as all that is in it
    scalars, vectors = cl.Kernel(program, "scalars"), cl.Kernel(program, "vectors")
    scalars.set_args(sources[0], targets[0], cl.LocalMemory(4 * group))
    cl.enqueue_nd_range_kernel(queue, scalars, (COUNT,), (group,))
    cl.enqueue_copy(queue, y, targets[0])
    vectors.set_args(sources[0], targets[0], sources[1], targets[1], np.uint32(ROUNDS))
    cl.enqueue_nd_range_kernel(queue, vectors, (rows,), None)
    cl.enqueue_copy(queue, wide, targets[0])
    cl.enqueue_copy(queue, found, targets[1])
    whole = found[:-1].reshape(rows, 4, WIDTH)
    results = (
        (COLUMNS, y.T, expected(x, group)),
        (COLUMNS, wide.transpose(1, 0, 2).reshape(4, COUNT), expected(x, WIDTH)),
        (WORDS, whole.transpose(1, 0, 2).reshape(4, COUNT), expected_words(words)),
        (("a long loop",), found[-1:], [np.uint32(expected_state())]),
    )
    for names, computed, right in results:
        for name, a, b in zip(names, computed, right, strict=True):
            if not np.allclose(a, b, rtol=1e-5 if names is COLUMNS else 0, atol=1e-6):
                return f"wrong numbers: {name}"
    return None


def main() -> int:
    """Probe the device given by platform and device index."""
    place, device, name, options = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5]
    try:
        listed = cl.get_platforms()
        platform = next(one for one in (*listed[place : place + 1], *listed) if one.name == name)
        problem = check(platform.get_devices()[device], options, sys.stdin.read() if options else "")
    except cl.Error as error:
        problem = str(error)
    if problem:
        sys.stdout.write(problem)
    return WRONG if problem else 0


if __name__ == "__main__":
    sys.exit(main())
