"""Dtypes that are kept and converted: unsigned integers of 16 to 64 bits and floats of 8 bits, beside PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch
from cltorch import dtypes
from tests.programs import assert_same

NAMES = [kind.name for kind in dtypes.KEPT]
FLOATS = [kind.name for kind in dtypes.KEPT if kind.is_floating_point]
MOVES = """
    kind = torch.{}
    x = torch.tensor([1.0, 2.0, 3.5, 0.0, 300.0, 7.0]).to(kind)
    print(x, x.float(), x.to(torch.int64), x.bool(), x.clone().fill_(2), torch.zeros(2, dtype=kind), torch.full((2,), 3, dtype=kind))
    print(torch.cat([x, x])[4:8], x[torch.tensor([0, 2])], x.view(2, 3).t().contiguous(), x.tolist(), x[1].item(), x.isnan())
    print(torch.where(x.float() > 2, x, x[0]), x * x, x == x, x.nbytes, x.type(), x.dtype.is_signed, x.dtype.itemsize)
    y = x.clone(); y[1:3] = x[0]; y[0] = 5; print(y, x.to(torch.bfloat16), x.half().to(kind), torch.tensor([1, 2], dtype=kind))
    print(x.repeat(2).shape, x.expand(2, 6)[1], torch.stack([x, y])[1, :2])
"""
ERRORS = ("x + x", "x < x", "x.max()", "-x", "x + torch.ones(6)", "torch.promote_types(x.dtype, torch.int32)")


@pytest.mark.parametrize("name", NAMES)
def test_moves_and_casts(name: str) -> None:
    assert_same("\n".join(line[4:] for line in MOVES.format(name).strip("\n").splitlines()))


@pytest.mark.parametrize("name", FLOATS)
def test_every_bit_pattern_and_the_rounding_to_it(name: str) -> None:
    bits = np.arange(256, dtype=np.uint8)
    ours = cltorch.tensor(bits).view(getattr(cltorch, name))
    theirs = torch.tensor(bits).view(getattr(torch, name))
    np.testing.assert_array_equal(ours.float().numpy(), theirs.float().numpy())
    values = theirs.float()
    values = values[values.isfinite()].sort().values
    middles = (values[1:] + values[:-1]) / 2  # ties, and what lies on either side
    numbers = torch.cat(
        [
            values,
            middles,
            middles * 1.0001,
            middles * 0.9999,
            values * 1e-3,
            torch.tensor([1e9, -1e9, 449, 464, 465, 6e4]),
        ]
    )
    numbers = torch.cat([numbers, torch.tensor([float("inf"), -float("inf"), float("nan")])])
    made = cltorch.tensor(numbers.numpy()).to(getattr(cltorch, name))
    expected = numbers.to(getattr(torch, name))
    np.testing.assert_array_equal(made.float().numpy(), expected.float().numpy())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", ERRORS)
def test_what_is_not_defined(code: str, name: str) -> None:
    for m in (torch, cltorch):
        x = m.tensor([1.0, 2, 3, 4, 5, 6]).to(getattr(m, name))
        try:
            found = repr(eval(code, {"torch": m, "x": x}))
        except RuntimeError:
            found = "RuntimeError"
        if m is torch:
            expected = found
    assert found == expected


def test_numpy_arrays_of_unsigned_integers() -> None:
    for kind in (np.uint16, np.uint32, np.uint64):
        array = np.array([0, 1, np.iinfo(kind).max], kind)
        made = cltorch.from_numpy(array)
        assert made.numpy().dtype == array.dtype
        np.testing.assert_array_equal(made.numpy(), array)
        np.testing.assert_array_equal(made.to(cltorch.float64).numpy(), array.astype(np.float64))


CARRIED = """
    kind = torch.{}
    x = torch.arange(1, 17, dtype=torch.uint8).view(kind)
    print(x.dtype, x.shape, x.clone().view(torch.uint8), x[1:3].view(torch.uint8), x.view(2, -1).t().contiguous().view(torch.uint8))
    print(torch.cat([x, x[:2]]).view(torch.uint8), x.element_size(), x.untyped_storage().nbytes(), torch.empty(2, dtype=kind).dtype)
    y = torch.zeros_like(x)
    y[1:3] = x[2:4]
    print(y.view(torch.uint8))
"""


@pytest.mark.parametrize("name", [kind.name for kind in dtypes.CARRIED])
def test_bits_are_carried_as_they_are_and_never_computed_with(name: str) -> None:
    assert_same("\n".join(line[4:] for line in CARRIED.format(name).strip("\n").splitlines()))
    if name in ("float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu", "complex32"):  # these stand for numbers
        assert_same(f"x = torch.arange(1, 17, dtype=torch.uint8).view(torch.{name})\nprint(x, x.tolist())")
    if name == "complex32":  # is computed with, as float16 is
        return
    x = cltorch.arange(1, 17, dtype=cltorch.uint8).view(getattr(cltorch, name))
    for compute in (lambda: x + x, lambda: x.abs(), lambda: x * 2, lambda: x.sum(), lambda: x.fill_(1)):
        with pytest.raises(NotImplementedError):
            compute()


COMPLEX_HALVES = """
x = torch.tensor([1 + 2j, 3 - 1j, 0.5j]).to(torch.complex32)
print(torch.tensor([1 + 2j, 3], dtype=torch.complex32), x, torch.tensor([1, 2]).chalf(), x.cfloat(), x.cdouble(), x.half(), x[1].item())
print(x.real, x.imag, torch.view_as_real(x), torch.view_as_complex(torch.ones(2, 2).half()), torch.complex(*torch.ones(2, 3).half()))
print(x + x, x - 1, x * x, x * 2.5, x.abs(), -x, x.conj(), x.sgn(), x.isnan(), x == x, torch.where(x.real > 0, x, x * 2))
print((x + x.cfloat()).dtype, (x + torch.ones(3)).dtype, (x + torch.ones(3).half()).dtype, (x + torch.tensor(2.0)).dtype)
print(torch.ones(2, dtype=torch.complex32), torch.full((2,), 1j, dtype=torch.complex32), x.clone().fill_(1j), torch.cat([x, x]), x.clone().add_(x))
a = torch.tensor([3 + 4j, 5 - 12j], requires_grad=True)
(a.chalf() * 2).cfloat().abs().sum().backward()
print(a.grad, [torch.promote_types(torch.complex32, k) for k in (torch.bfloat16, torch.half, torch.float, torch.double, torch.int, torch.cfloat)])
"""


@pytest.mark.filterwarnings("ignore")
def test_complex_numbers_of_two_float16() -> None:
    assert_same(COMPLEX_HALVES)
