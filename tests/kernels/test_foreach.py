"""One program over many tensors against NumPy: an optimizer's step, in few kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cltorch import dtypes
from cltorch.kernels import foreach
from cltorch.kernels.body import Compute, Foreach, Load, Node, Scalar, Store
from cltorch.runtime.traits import Traits

from .run import cpu_traits, gpu_traits, run

FORMS = [pytest.param(cpu_traits, id="cpu"), pytest.param(gpu_traits, id="gpu")]
F32 = dtypes.float32
NUMELS = (0, 1, 7, 8, 9, 64, 1000, 33, 30_001)


def compute(expr: str, **args: int) -> Compute:
    """A float32 computation."""
    return Compute(expr, tuple(args), tuple(args.values()), (F32,) * len(args), F32)


def adam(numels: tuple[int, ...]) -> Foreach:
    """Adam: parameters, gradients, first and second moments; the step size and bias correction are numbers."""
    nodes: tuple[Node, ...] = (
        *(Load(slot, F32, (1,), 0) for slot in range(4)),
        Scalar(0, F32),
        Scalar(1, F32),
        compute("m + 0.1 * (g - m)", m=2, g=1),
        compute("v * 0.999 + 0.001 * g * g", v=3, g=1),
        compute("p - step * m / (sqrt(v) * correction + 1e-8)", p=0, step=4, m=6, v=7, correction=5),
        Store(0, 8, F32, (1,), 0),
        Store(1, 6, F32, (1,), 0),
        Store(2, 7, F32, (1,), 0),
    )
    return Foreach(numels, nodes)


def state(numels: tuple[int, ...]) -> list[list[np.ndarray]]:
    """Parameters, gradients and moments."""
    rng = np.random.default_rng(0)
    lists = [[rng.standard_normal(n).astype(np.float32) for n in numels] for _ in range(4)]
    lists[3] = [np.abs(v) for v in lists[3]]
    return lists


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("limit", [200, 1024, 3840])
def test_adam_in_place(form: Callable[[], Traits], limit: int) -> None:
    lowered = foreach.lower(adam(NUMELS), replace(form(), max_parameter_bytes=limit))
    p, g, m, v = state(NUMELS)
    got = run(lowered, [*p, *g, *m, *v], [*p, *m, *v], [0.01, 1.5])
    for t in range(len(NUMELS)):
        m1 = m[t] + np.float32(0.1) * (g[t] - m[t])
        v1 = v[t] * np.float32(0.999) + np.float32(0.001) * g[t] * g[t]
        p1 = p[t] - np.float32(0.01) * m1 / (np.sqrt(v1) * np.float32(1.5) + np.float32(1e-8))
        for k, want in enumerate((p1, m1, v1)):
            np.testing.assert_allclose(got[k * len(NUMELS) + t], want, 1e-5, 1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_other_dtypes_and_outputs(form: Callable[[], Traits]) -> None:
    """A cast into new tensors, of 16 bits and of 64."""
    numels = (5, 130)
    for source, target in ((F32, dtypes.bfloat16), (dtypes.float16, F32), (dtypes.int64, dtypes.float64)):
        nodes: tuple[Node, ...] = (
            Load(0, source, (1,), 0),
            Compute("a * 3", ("a",), (0,), (source,), source),
            Store(0, 1, target, (1,), 0),
        )
        inputs = [(np.arange(n) - 60).astype(source.np) for n in numels]
        got = run(foreach.lower(Foreach(numels, nodes), form()), inputs, [(target, n) for n in numels])
        for a, result in zip(inputs, got, strict=True):
            np.testing.assert_array_equal(
                result.astype(np.float64), (a.astype(np.float64) * 3).astype(target.np).astype(np.float64)
            )


@pytest.mark.parametrize("form", FORMS)
def test_few_kernels_whose_text_knows_no_sizes(form: Callable[[], Traits]) -> None:
    few = replace(form(), max_parameter_bytes=1024)
    sizes = (288, 32, 32, 32, 18432, 64, 64, 64, 131072, 128, 1280, 10)
    lowered = foreach.lower(adam(sizes), few)
    assert len(lowered.calls) == 1
    if (
        form is cpu_traits
    ):  # compiled once, not once a tensor: what it is made of is named where it is defined and where it is called
        assert lowered.calls[0].kernel.source.count("_one(") == 2
    others = foreach.lower(adam(tuple(3 * n for n in sizes)), few)
    assert [c.kernel for c in others.calls] == [c.kernel for c in lowered.calls]
    assert len(foreach.lower(adam(sizes * 5), few).calls) <= 4
    assert not foreach.lower(adam((0, 0)), few).calls
    assert not foreach.lower(adam(()), few).calls
