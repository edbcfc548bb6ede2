"""torch.special beside PyTorch in float64 over wide ranges, and gradients of what has them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch

WIDE = np.concatenate([np.linspace(-25, 25, 101), [1e-3, 0.5, 40.0]])
FUNCTIONS = {  # name: (points, tolerance: PyTorch's own Bessel functions are exact to 1e-6 only)
    **dict.fromkeys("i0 i0e i1 i1e erfcx log_ndtr sinc spherical_bessel_j0 expit psi gammaln".split(), (WIDE, 1e-12)),
    **{name: (np.abs(WIDE), 5e-6) for name in "bessel_j0 bessel_j1 bessel_y0 bessel_y1".split()},
    **{f"{p}modified_bessel_k{k}": (np.abs(WIDE), 1e-12) for p in ("", "scaled_") for k in (0, 1)},
    "entr": (WIDE, 1e-12),
    "ndtr": (np.linspace(-5, 5, 31), 1e-9),
    "ndtri": (np.array([0.0, 1e-12, 1e-4, 0.3, 0.5, 0.9, 1.0]), 1e-11),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values(name: str) -> None:
    points, tolerance = FUNCTIONS[name]
    ours = getattr(cltorch.special, name)(cltorch.tensor(points)).numpy()
    theirs = getattr(torch.special, name)(torch.tensor(points)).numpy()
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


PAIRS = {
    "zeta": ([2.0, 3.5, 1.0, 0.5, 7.0], [1.0, 0.3, 1.0, 1.0, -2.5]),
    "gammainc": ([0.5, 2.0, 10.0, 100.0, 3.0, 0.0], [0.3, 5.0, 8.0, 100.0, 0.0, 1.0]),
    "gammaincc": ([0.5, 2.0, 10.0, 100.0, 3.0, 0.0], [0.3, 5.0, 8.0, 100.0, 0.0, 1.0]),
    "xlogy": ([0.0, 0.0, 2.0, np.nan], [0.0, np.nan, 3.0, 1.0]),
    "xlog1py": ([0.0, 0.0, 2.0, np.nan], [-1.0, np.nan, 3.0, 1.0]),
    **{
        f"{name}": ([-1.5, -0.3, 0.2, 0.9, 2.0], [0.0, 1.0, 4.0, 7.0, 3.0])
        for name in (
            *(f"chebyshev_polynomial_{k}" for k in "tuvw"),
            *("hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p"),
        )
    },
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_operands(name: str) -> None:
    a, b = PAIRS[name]
    ours = getattr(cltorch.special, name)(
        cltorch.tensor(a, dtype=cltorch.float64), cltorch.tensor(b, dtype=cltorch.float64)
    )
    theirs = getattr(torch.special, name)(torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-9, atol=1e-12)


@pytest.mark.parametrize(
    "case",
    [
        *(f"m.special.{name}(x)" for name in "i0 i0e i1 i1e erfcx log_ndtr ndtr sinc".split()),
        *("m.special.ndtri(p)", "m.special.entr(p)", "m.polygamma(1, p)", "m.polygamma(3, p)", "m.mvlgamma(p + 2, 3)"),
        *("m.special.zeta(2.5, p)", "m.special.xlogy(x, p)", "m.special.gammainc(m.full_like(p, 2.0).detach(), p)"),
    ],
)
def test_gradients(case: str) -> None:
    found = []
    for module in (cltorch, torch):
        x = module.tensor([-2.0, -0.5, 0.0, 1.5], dtype=module.float64, requires_grad=True)
        p = module.tensor([0.1, 0.4, 0.6, 0.9], dtype=module.float64, requires_grad=True)
        eval(case, {"m": module, "x": x, "p": p}).sum().backward()
        found.append([None if t.grad is None else t.grad.numpy() for t in (x, p)])
    for ours, theirs in zip(*found, strict=True):
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10)
