"""The recursive filters that torchaudio calls, beside the recurrence computed sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

import cltorch
from cltorch.library import ops


@pytest.fixture(autouse=True)
def _registered() -> None:
    for name in ("_torchaudio", "libtorchaudio"):
        ops.load_library(f"/anywhere/torchaudio/lib/{name}.abi3.so")


@pytest.mark.parametrize(("order", "samples"), [(2, 600), (3, 1), (0, 5)])
def test_a_filter_goes_on_from_what_came_before(order: int, samples: int) -> None:
    drawn = np.random.default_rng(order)
    signal = drawn.normal(size=(2, 3, samples)).astype(np.float32)
    taps = np.concatenate([drawn.uniform(-0.3, 0.3, (3, order)), np.ones((3, 1))], 1).astype(np.float32)
    wanted = np.concatenate([drawn.normal(size=(2, 3, order)).astype(np.float32), np.zeros_like(signal)], 2)
    padded = cltorch.tensor(wanted)
    for t in range(samples):
        wanted[:, :, t + order] = signal[:, :, t] - (wanted[:, :, t : t + order] * taps[:, :-1]).sum(2)
    ops.torchaudio._lfilter_core_loop(cltorch.tensor(signal), cltorch.tensor(taps), padded)
    np.testing.assert_allclose(padded.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_overdrive() -> None:
    drawn = np.random.default_rng(0)
    signal, bent = (drawn.normal(size=(2, 300)).astype(np.float32) for _ in range(2))
    before, last, wanted = np.zeros(2), np.zeros(2), []
    for t in range(300):
        last = bent[:, t] - before + 0.995 * last
        before = bent[:, t]
        wanted.append(signal[:, t] * 0.5 + last * 0.75)
    made = cltorch.empty(2, 300)
    zeros = cltorch.zeros(2)
    ops.torchaudio._overdrive_core_loop(cltorch.tensor(signal), cltorch.tensor(bent), zeros, zeros, made)
    np.testing.assert_allclose(made.numpy(), np.stack(wanted, 1), rtol=1e-4, atol=1e-4)


def test_what_is_compiled_says_so() -> None:
    assert not ops._torchaudio.is_align_available()
    with pytest.raises(NotImplementedError, match="forced_align is compiled for PyTorch"):
        ops.torchaudio.forced_align()
    with pytest.raises(OSError, match="operators compiled for PyTorch"):
        ops.load_library("/anywhere/else/_C.so")
