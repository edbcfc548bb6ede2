"""Complex numbers and bits seen as another dtype, beside PyTorch: functions, reductions, products, views, gradients, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from tests.programs import assert_same

DTYPES = ("complex64", "complex128")
UNARY = (
    "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal square neg sin cos tan asin acos atan sinh cosh tanh asinh "
    "acosh atanh sigmoid abs angle sgn conj_physical isnan isinf isfinite isreal logical_not"
).split()
BINARY = ("add", "sub", "mul", "div", "pow", "eq", "ne", "logical_and")
REDUCTIONS = {
    "sum": lambda t: t.sum(1),
    "mean": lambda t: t.mean(0),
    "prod": lambda t: t.prod(1),
    "var": lambda t: t.var(0),
    "std": lambda t: t.std(),
    "norm": lambda t: t.norm(),
    "norm 1": lambda t: t.norm(1, 0),
    "cumsum": lambda t: t.cumsum(1),
    "cumprod": lambda t: t.cumprod(0),
    "any": lambda t: t.any(1),
    "all": lambda t: t.all(),
}
PRODUCTS = {
    "matmul": lambda m, a, b: a @ b.mT,
    "bmm": lambda m, a, b: a.expand(2, 5, 7).bmm(b.mH.expand(2, 7, 5)),
    "dot": lambda m, a, b: a[0].dot(b[0]),
    "vdot": lambda m, a, b: m.vdot(a[0], b[0]),
    "addmm": lambda m, a, b: m.addmm(a[:, :5], a, b.mT, alpha=0.5j, beta=2),
    "einsum": lambda m, a, b: m.einsum("ij,kj->ik", a, b),
    "where": lambda m, a, b: m.where(a.real > 0, a, b),
    "gather": lambda m, a, b: a.gather(1, m.tensor([[2, 0]] * 5)) * b[:, :2],
    "index_add": lambda m, a, b: a.index_add(0, m.tensor([1, 1, 0, 3, 4]), b),
    "cat": lambda m, a, b: m.cat([a, b], 1).flip(0),
    "addcdiv": lambda m, a, b: m.addcdiv(a, b, a + 3, value=2 - 1j),
    "lerp": lambda m, a, b: m.lerp(a, b, 0.25),
    "parts": lambda m, a, b: m.complex(a.real * b.imag, b.abs()) + a.conj(),
    "polar": lambda m, a, b: m.polar(a.abs(), b.angle()),
    "conv": lambda m, a, b: m.nn.functional.conv1d(a.reshape(1, 5, 7), b[:, :3].reshape(1, 5, 3)),
}


def numbers(seed: int = 1, shape: tuple[int, ...] = (5, 7)) -> np.ndarray:
    """Complex numbers with some special ones."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    found.flat[:6] = [1, -1, 0.5j, -2j, 3 + 4j, -0.001 + 0.002j]
    return found


def both(array: np.ndarray, dtype: str, requires_grad: bool = False) -> tuple[Any, Any]:
    """The same tensor in both libraries."""
    ours = cltorch.tensor(array, dtype=getattr(cltorch, dtype)).requires_grad_(requires_grad)
    return ours, torch.tensor(array, dtype=getattr(torch, dtype)).requires_grad_(requires_grad)


def weighted(result: Any) -> Any:
    """A real function of a result that tells all gradients apart."""
    return (result * (0.3 - 0.7j)).real if result.is_complex() else result * 0.5


def close(ours: Any, theirs: Any, wide: bool = False) -> None:
    """The same dtype, shape and numbers."""
    assert repr(ours.dtype) == repr(theirs.dtype)
    tolerance = 1e-11 if ours.dtype.itemsize == 16 or repr(ours.dtype) == "torch.float64" else 2e-4 if wide else 2e-5
    np.testing.assert_allclose(
        ours.detach().numpy(), theirs.detach().resolve_conj().numpy(), rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize(
    ("name", "dtype"), [*((name, "complex64") for name in UNARY), *((name, "complex128") for name in UNARY[::3])]
)
def test_functions_and_their_gradients(name: str, dtype: str) -> None:
    differentiable = not name.startswith(("is", "logical"))
    ours, theirs = both(numbers(), dtype, requires_grad=differentiable)
    results = [
        getattr(t, name)() if hasattr(t, name) else getattr(m, name)(t) for m, t in ((cltorch, ours), (torch, theirs))
    ]
    close(*results)
    if differentiable:
        for result in results:
            weighted(result).sum().backward()
        close(ours.grad, theirs.grad, wide=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_two_operands(name: str, dtype: str) -> None:
    a, b = both(numbers(), dtype), both(numbers(2), dtype)
    reals = both(numbers(3).real, "float32")
    others: list[Any] = [lambda k: b[k], lambda k: reals[k], lambda k: b[k][0]]
    if not name.startswith("logical"):
        others += [lambda k: 2, lambda k: 1.5 - 0.5j]
    for other in others:
        close(*(getattr(m, name)(a[k], other(k)) for k, m in enumerate((cltorch, torch))))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_and_their_gradients(name: str, dtype: str) -> None:
    ours, theirs = both(numbers(), dtype, requires_grad=True)
    results = [REDUCTIONS[name](t) for t in (ours, theirs)]
    close(*results)
    if results[0].requires_grad:
        for result in results:
            result.abs().sum().backward()
        close(ours.grad, theirs.grad, wide=True)


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_moves_and_their_gradients(name: str) -> None:
    a, b = both(numbers(), "complex64", True), both(numbers(2), "complex64", True)
    results = [PRODUCTS[name](m, a[k], b[k]) for k, m in enumerate((cltorch, torch))]
    close(*results)
    for result in results:
        (result * result.conj()).real.sum().backward()
    close(a[0].grad, a[1].grad, wide=True)
    close(b[0].grad, b[1].grad, wide=True)


@pytest.mark.parametrize("length", [3, 1000, 100_003])
def test_long_sums_and_maps(length: int) -> None:
    z = numbers(4, (length,))
    ours, theirs = both(z, "complex64")
    np.testing.assert_allclose(ours.sum().item(), z.sum(), rtol=1e-5, atol=1e-3)
    close((ours * ours + 1j).exp().reciprocal(), (theirs * theirs + 1j).exp().reciprocal(), wide=True)


def test_second_gradients_are_the_derivatives_of_the_first() -> None:
    z = cltorch.tensor(numbers(1, (4,)), dtype=cltorch.complex128, requires_grad=True)
    w = cltorch.tensor(numbers(2, (4,)), dtype=cltorch.complex128, requires_grad=True)
    assert cltorch.autograd.gradcheck(lambda z, w: (z * w.exp() / (z + 2)).abs(), (z, w))
    found = []
    for m in (torch, cltorch):
        z = m.tensor(numbers(1, (4,)), dtype=m.complex128, requires_grad=True)
        (g,) = m.autograd.grad((z.exp() * z.conj()).abs().sum(), z, create_graph=True)
        (g * g.conj()).real.sum().backward()
        found.append(z.grad.resolve_conj().numpy())
    np.testing.assert_allclose(*found, rtol=1e-10)


PROGRAMS = {
    "printing": """
        for data in ([1e-5 + 3j, 1.5 - 2j, float("nan")], [1 + 0j, 2 - 1j], 1j, [1e10 + 1j, 1 - 0.5j], [[1.25 + 1j, -100.5j]], []):
            for dtype in (torch.complex64, torch.complex128):
                print(torch.tensor(data, dtype=dtype))
        print(torch.arange(3000).to(torch.complex64), torch.tensor([1j], requires_grad=True).exp())
    """,
    "creation": """
        print(torch.tensor([1 + 2j, 3]), torch.full((2,), 1j), torch.ones(2, dtype=torch.cfloat), torch.eye(2, dtype=torch.cdouble))
        print(torch.zeros_like(torch.tensor([1j])), torch.tensor(1).new_full((2,), 2j, dtype=torch.complex64))
        print(torch.linspace(0, 1 + 1j, 3), torch.randn(3, dtype=torch.complex64).shape, torch.rand(2, dtype=torch.cfloat).dtype)
        print(torch.from_numpy(np.array([1j, 2])), torch.tensor([1j]).numpy(), torch.tensor([2j]).item(), torch.tensor([[1j]]).tolist())
        print(complex(torch.tensor(2.5)), bool(torch.tensor(1j)), float(torch.tensor(2 + 0j)), torch.tensor([1j]).nbytes)
    """,
    "views": """
        z = torch.tensor([[1 + 2j, 3 - 1j], [0.5j, -1]])
        z.real.mul_(2); z.imag[0] = 7; z[:, 1].imag.add_(z.real[:, 0]); print(z, z.real, z.imag.stride(), z.imag.storage_offset())
        pairs = torch.view_as_real(z); pairs[..., 0].zero_(); print(z, pairs.shape, torch.view_as_complex(pairs))
        z.real = torch.ones(2, 2); print(z, z.T.real, z.H, z.mH, z.t().is_contiguous())
    """,
    "bits": """
        x = torch.arange(6.0)
        print(x.view(torch.int32), x.add(1).view(torch.complex64), x.view(torch.uint8)[:8], x.view(torch.int16).shape)
        y = x.clone(); y.view(torch.int32)[2] = 0x40A00000; print(y, (y * 2).view(torch.int32).add(1).view(torch.float32))
        print(x.untyped_storage().nbytes(), x[2:].view(torch.int32).storage_offset(), x.view(2, 3).view(torch.uint8).shape)
        print(torch.tensor([1.0, -2.0]).to(torch.bfloat16).view(torch.int16), torch.zeros(4, dtype=torch.uint8).view(torch.float32))
    """,
    "gradients through views": """
        z = torch.tensor([1 + 2j, 3 - 1j, -0.5 + 0.25j], requires_grad=True)
        y = z * 2; y.real.mul_(3); y.imag.add_(y.real.detach()); (y.abs() * torch.tensor([1.0, 2, 3])).sum().backward(); print(z.grad)
        a = torch.tensor([1.0, 2, 3, 4], requires_grad=True)
        c = torch.view_as_complex((a * a).reshape(2, 2)); (c * c).abs().sum().backward(); print(a.grad)
        z.grad = None; r = torch.tensor([0.5, 1.0, 2.0], requires_grad=True)
        (z ** r + r * z.exp() / z.sin() + z.angle() * r + z.sgn()).abs().log().sum().backward(); print(z.grad, r.grad)
        w = torch.zeros(3, dtype=torch.complex64); w.imag = r * 2; w.abs().sum().backward(); print(r.grad)
    """,
    "in place and out": """
        z = torch.tensor([1 + 2j, 3 - 1j]); z.add_(1j).mul_(z).exp_(); print(z)
        out = torch.zeros(2, dtype=torch.complex64); print(torch.sqrt(z, out=out) is out, out, torch.abs(out, out=torch.zeros(2)))
        print(z.masked_fill(z.real > 0, 2j), z.index_fill(0, torch.tensor([1]), 1j), z.clone().fill_(1 - 1j), torch.isclose(z, z + 1e-9))
    """,
    "types": """
        print(torch.result_type(torch.tensor(1j), torch.ones(2)), torch.can_cast(torch.complex64, torch.float32), torch.finfo(torch.cfloat))
        print(torch.complex64.to_real(), torch.float64.to_complex(), torch.complex64.is_complex, torch.tensor(1j).type())
        print((torch.tensor([1 + 2j]).to(torch.int32), torch.tensor([2.0]).to(torch.complex128), torch.tensor([1j]).is_complex()))
        print(torch.promote_types(torch.complex64, torch.float64), torch.is_complex(torch.tensor(1.0)), torch.tensor([1j]).dtype.itemsize)
    """,
}
ERRORS = (
    "x < z",
    "torch.sign(z)",
    "z // 2",
    "x.imag",
    "torch.view_as_real(x)",
    "torch.view_as_complex(x)",
    "torch.complex(k, k)",
    "torch.complex(x, x.double())",
    "x.add_(1j)",
    "x.fill_(1j)",
    "float(z[0])",
    "x.view(torch.complex128)",
    "x[0].view(torch.uint8)",
    "x[1:].view(torch.int64)",
    "z.max()",
    "torch.full((2,), 1j, dtype=torch.float32)",
    "(z * z.requires_grad_()).sum().backward()",
    "torch.add(x, x, alpha=1j)",
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    lines = PROGRAMS[name].strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    assert_same("\n".join(line[indent:] for line in lines))


@pytest.mark.parametrize("code", ERRORS)
def test_errors(code: str) -> None:
    for m in (torch, cltorch):
        space = {"torch": m, "x": m.ones(3), "z": m.tensor([1j, 2, 3]), "k": m.arange(3)}
        with pytest.raises(Exception) as error:
            eval(code, space)
        if m is torch:
            expected = error
    assert issubclass(error.type, expected.type)


AT_THE_EDGE = "exp log sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh".split()


@pytest.mark.parametrize("name", AT_THE_EDGE)
@pytest.mark.parametrize("dtype", DTYPES)
def test_infinities_and_nan_as_in_c(name: str, dtype: str) -> None:
    """Number by number, as PyTorch's vectors of complex numbers do not follow C99."""
    parts = np.array([0.0, -0.0, 1.5, -0.5, np.inf, -np.inf, np.nan])
    z = np.empty((7, 7), dtype)
    z.real, z.imag = parts[:, None], parts
    ours = getattr(cltorch, name)(cltorch.tensor(z)).numpy().ravel()
    theirs = np.array([getattr(torch, name)(torch.tensor(number)).item() for number in z.ravel()])
    for a, b, other in ((ours.real, theirs.real, theirs.imag), (ours.imag, theirs.imag, theirs.real)):
        unsigned = np.isinf(b) & np.isnan(other)  # the sign is nobody's promise
        np.testing.assert_allclose(np.where(unsigned, abs(a), a), np.where(unsigned, abs(b), b), rtol=1e-5, atol=1e-6)


def test_running_logarithms_have_pytorchs_turns() -> None:
    parts = np.random.default_rng(0).standard_normal((2, 3, 40)) * 9
    given = [m.complex(m.tensor(parts[0]), m.tensor(parts[1])).requires_grad_() for m in (torch, cltorch)]
    theirs, ours = (x.logcumsumexp(1) for x in given)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-9)
    for y in (theirs, ours):
        y.abs().sum().backward()
    np.testing.assert_allclose(given[1].grad.numpy(), given[0].grad.resolve_conj().numpy(), rtol=1e-6, atol=1e-9)
