"""torch.fft beside PyTorch: lengths of all kinds, every function with its arguments, gradients, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6, 8, 15, 16, 49, 60, 97, 101, 128, 202, 1000, 1009])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_any_length(n: int, dtype: str) -> None:
    rng = np.random.default_rng(n)
    a = (rng.normal(size=(3, n)) + 1j * rng.normal(size=(3, n))).astype(dtype)
    found = cltorch.fft.fft(cltorch.tensor(a))
    expected = np.fft.fft(a.astype(np.complex128))
    error = np.abs(found.numpy() - expected).max() / np.sqrt(n)
    assert error < (3e-6 if dtype == "complex64" else 1e-14)
    np.testing.assert_allclose(cltorch.fft.ifft(found).numpy(), a, atol=3e-6 if dtype == "complex64" else 1e-14)


CASES = [
    *(
        "fft(c)",
        "fft(x)",
        "fft(c, 5, 0)",
        "ifft(c, norm='ortho')",
        "fft(c, norm='forward')",
        "rfft(x)",
        "rfft(x, 7)",
        "irfft(c)",
    ),
    *(
        "irfft(c, 9, norm='ortho')",
        "hfft(c)",
        "hfft(c, 7)",
        "ihfft(x)",
        "fft2(c)",
        "ifft2(c, (3, 4))",
        "rfft2(x)",
        "irfft2(c)",
    ),
    *(
        "fftn(c)",
        "fftn(c, (2, 5), norm='ortho')",
        "ifftn(c, dim=(0, 2))",
        "rfftn(x)",
        "irfftn(c, (4, 5))",
        "hfft2(c)",
        "ihfft2(x)",
    ),
    *("hfftn(c, dim=(0, 1))", "ihfftn(x)", "fftshift(x)", "ifftshift(c, 1)"),
]


@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients(case: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4, 6))
    c = x + 1j * rng.normal(size=(3, 4, 6))
    found = []
    for module in (cltorch, torch):
        names: dict[str, Any] = {"x": module.tensor(x, requires_grad=True), "c": module.tensor(c, requires_grad=True)}
        result = eval(f"m.fft.{case}", {"m": module, **names})
        (
            result.abs() ** 2 * module.tensor(np.cos(np.arange(result.numel())).reshape(tuple(result.shape)))
        ).sum().backward()
        grads = [names[n].grad for n in "xc"]
        found.append([None if t is None else t.detach().resolve_conj().numpy() for t in (result, *grads)])
    for ours, theirs in zip(*found, strict=True):
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", ["fftfreq(7, 0.5)", "fftfreq(8)", "rfftfreq(7)", "rfftfreq(8, 2.0)"])
def test_frequencies(case: str) -> None:
    ours, theirs = (eval(f"m.fft.{case}", {"m": module}) for module in (cltorch, torch))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    "case",
    [
        "fft(m.ones(3), 0)",
        "fft(m.ones(3), norm='x')",
        "rfft(m.ones(3) + 0j)",
        "fftn(m.ones(3, 3), dim=(0, 0))",
        "fftn(m.ones(3), (2, 2))",
    ],
)
def test_errors(case: str) -> None:
    for module in (cltorch, torch):
        with pytest.raises(RuntimeError):
            eval(f"m.fft.{case}", {"m": module})


def test_the_half_of_an_inverse_has_pytorchs_signs_of_zero() -> None:
    """Its first element, and the one at half the rate, are real: the imaginary part is -0."""
    for n in (2, 3, 4, 8):
        x = np.arange(1.0, n + 1, dtype=np.float32)
        ours = cltorch.view_as_real(cltorch.fft.ihfft(cltorch.tensor(x)))
        theirs = torch.view_as_real(torch.fft.ihfft(torch.tensor(x)).resolve_conj())
        assert ours[0].tolist() == theirs[0].tolist() and str(ours[0, 1].item()) == str(theirs[0, 1].item()) == "-0.0"


@pytest.mark.parametrize("n", [8, 12, 32, 128, 512, 1000])
def test_rows_cut_out_of_longer_ones(n: int) -> None:
    """They are read where they lie, from an odd place too, one by one under vmap; real ones go through the same launch as their pairs."""
    rng = np.random.default_rng(n)
    a = rng.standard_normal((9, n + 7)).astype(np.float32)
    c = (a + 1j * rng.standard_normal(a.shape)).astype(np.complex64)
    for function, numbers in (("fft", c), ("ifft", c), ("rfft", a), ("irfft", c), ("hfft", c)):
        ours, theirs = (getattr(m.fft, function) for m in (cltorch, torch))
        expected = theirs(torch.tensor(numbers)[:, 3 : 3 + n]).numpy()
        cut = cltorch.tensor(numbers)[:, 3 : 3 + n]
        for found in (ours(cut), cltorch.func.vmap(ours)(cut)):
            np.testing.assert_allclose(found.numpy(), expected, atol=3e-6 * np.abs(expected).max())
    planes = c.reshape(3, 3, -1).transpose(0, 2, 1)[:, :n].copy()
    found = cltorch.fft.fft(cltorch.tensor(planes), dim=1)
    np.testing.assert_allclose(found.numpy(), np.fft.fft(planes, axis=1), atol=1e-5 * n)


@pytest.mark.parametrize(
    ("n", "dtype"), [*((n, "float32") for n in (8, 31, 32, 60, 64, 128)), *((n, "float64") for n in (5, 16, 32))]
)
def test_short_rows_beside_each_other(n: int, dtype: str) -> None:
    """Enough of them that vectors hold several, a number that is none of whole vectors, cut out of longer rows; real ones too. What the ends of
    half a transform have for imaginary parts is not looked at."""
    rng = np.random.default_rng(n)
    a = rng.standard_normal((97, 2 * n + 7)).astype(dtype)
    c = (a + 1j * rng.standard_normal(a.shape)).astype("complex64" if dtype == "float32" else "complex128")
    atol = 1e-6 if dtype == "float32" else 1e-14
    for function, numbers, length in (("fft", c, n), ("ifft", c, n), ("rfft", a, 2 * n), ("irfft", c, n + 1)):
        for norm in (None, "ortho"):
            expected = getattr(torch.fft, function)(torch.tensor(numbers)[:, 3 : 3 + length], norm=norm).numpy()
            found = getattr(cltorch.fft, function)(cltorch.tensor(numbers)[:, 3 : 3 + length], norm=norm).numpy()
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found, expected, atol=atol * np.abs(expected).max(), rtol=0)


def test_large_planes_are_moved_round_at_once() -> None:
    """Both dimensions in one launch, and back in its gradient; the same dimension may be named twice."""
    numbers = np.random.default_rng(0).standard_normal((2, 120, 200)).astype(np.float32)
    found = []
    for m in (torch, cltorch):
        x = m.tensor(numbers, requires_grad=True)
        moved = m.roll(x.transpose(0, 1), (5, -9, 208), (0, 2, 2))
        (moved * m.tensor(numbers).transpose(0, 1) + m.fft.fftshift(x, (1, 2)).transpose(0, 1)).sum().backward()
        found.append([moved.detach().numpy(), x.grad.numpy()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("hop", [1, 5, 16, 20])
def test_frames_that_lie_on_each_other(hop: int) -> None:
    """An inverse adds frames whose distance divides their length, or does not, or is all of it; its gradient takes them apart."""
    numbers = np.random.default_rng(hop).standard_normal((2, 90)).astype(np.float32)
    found = []
    for m in (torch, cltorch):
        x = m.tensor(numbers, requires_grad=True)
        window = m.linspace(0.5, 1.5, 20)
        signal = m.istft(m.stft(x, 20, hop, window=window, return_complex=True), 20, hop, window=window)
        (signal * signal).sum().backward()
        found.append((signal.detach().numpy(), x.grad.numpy()))
    for wanted, mine in zip(*found, strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-4, atol=1e-5)
