"""The tape: the same numbers as plans give, for every primitive, view, reduction, product and index; and what it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import cltorch
from cltorch import nn
from cltorch.graph import tiers
from cltorch.graph.record import recorder
from cltorch.kernels import tape
from cltorch.kernels.functions import FUNCTIONS
from cltorch.runtime import device as devices
from tests.tape import ready


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], Any]], tuple[Any, Any]]]:
    """Runs a program on the tape and by plans; gives both results as arrays."""
    found = recorder(devices.default())
    machine = ready(found)
    monkeypatch.setattr(tiers, "CHEAP", 1 << 40)

    def run(program: Callable[[], Any]) -> tuple[Any, Any]:
        results = []
        for tier in (machine, None):
            found.flush()
            monkeypatch.setattr(found, "machine", tier)
            cltorch.manual_seed(3)
            built = found.built
            made = program()
            tensors = list(made) if isinstance(made, (tuple, list)) else [made]
            found.flush()
            if tier is not None:
                assert found.built == built, "a plan was built where the tape was to run"
            results.append([(t.float() if t.dtype is cltorch.bfloat16 else t).detach().numpy() for t in tensors])
        return results[0], results[1]

    yield run


def same(pair: tuple[Any, Any], rtol: float = 0.0, atol: float = 0.0) -> None:
    """Whether both gave the same numbers: to the bit unless a bound is given."""
    for a, b in zip(*pair, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        if rtol or atol:
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)
        else:
            np.testing.assert_array_equal(a, b)


SIZES = (1, 7, 16, 17, 100)
ELSEWHERE = {"where", "identity", "real", "imag", "conj", "angle", "complex", "bits32", "uniform", "normal", "bits64"}


def test_every_function_of_expressions_is_a_primitive() -> None:
    known = set(tape.PRIMITIVES["float"]) | ({tape.REPORTING} & set(tape.PRIMITIVES["long"]))
    missing = set(FUNCTIONS) - known - ELSEWHERE - tape.RARE
    assert not missing, f"the tape does not know {missing}: name them in kernels/tape.py"
    assert set(FUNCTIONS) - set(tape.PRIMITIVES["float"]) >= tape.RARE


def test_a_small_tape_knows_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its numbers are those of the whole one, and what it does not have goes another way."""
    found = recorder(devices.default())
    whole, small = ready(found), tiers.Machine(devices.default())
    small.wants = False
    if not small._has_small:
        pytest.skip("there is none")
    for name, number in tape.NUMBERS["float"].items():
        words = [0] * tape.HEAD + [tape.FAST, number, *[0] * 8, tape.END]
        assert tape.is_small(words) == (name not in tape.SELDOM)
    x = cltorch.linspace(0.1, 2, 37)
    programs: list[Callable[[], Any]] = [
        lambda name=name: getattr(x, name)() for name in "exp sin erf atan log1p digamma".split()
    ]  # type: ignore[misc]
    programs += [
        lambda: x.sum(),
        lambda: x.amax(),
        lambda: x.argmax(),
        lambda: x.fmod(0.3),
        lambda: (x > 1).all(),
    ]
    for program in programs:
        results = []
        for machine in (whole, small):
            found.flush()
            monkeypatch.setattr(found, "machine", machine)
            results.append(program().numpy())
        np.testing.assert_array_equal(*results)
    assert not small.is_whole and small.launch is not None


def test_a_batch_of_many_kinds_waits_for_the_whole_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plan would lack more programs than that takes to build; one of few kinds gets its plan."""
    found = recorder(devices.default())
    machine = ready(found)
    if not machine._has_small:
        pytest.skip("there is none")
    x = cltorch.linspace(0.1, 2, 41)
    found.flush()
    monkeypatch.setattr(machine, "is_whole", False)
    monkeypatch.setattr(machine, "wants", False)
    np.testing.assert_allclose(x.atan().numpy(), np.arctan(x.numpy()), rtol=1e-6)
    assert not machine.is_whole
    results = [getattr(x, name)() for name in UNARY]
    np.testing.assert_allclose(results[0].numpy(), np.exp(x.numpy()), rtol=1e-6)
    assert machine.is_whole and not found.pending


def test_rare_functions_go_to_plans_with_all_that_is_around_them() -> None:
    found = recorder(devices.default())
    machine = ready(found)
    x = cltorch.tensor([0.5, 1.5])
    found.flush()
    y = (x + 1).i0() * 2
    assert machine.run(found.pending[:], 1 << 40) is None
    np.testing.assert_allclose(y.numpy(), 2 * np.i0([1.5, 2.5]), rtol=1e-6)


UNARY = (
    "exp log sqrt sin cos tan tanh sigmoid erf abs neg square reciprocal rsqrt floor ceil round trunc sign log1p expm1 exp2 "
    "log2 atan sinh cosh isnan isfinite logical_not relu"
).split()


@pytest.mark.parametrize("n", SIZES)
def test_functions_of_one_operand(both: Any, n: int) -> None:
    x = cltorch.linspace(0.1, 3, n)
    same(both(lambda: [getattr(cltorch, name)(x) for name in UNARY]))


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int64", "int32", "uint8", "bool"])
def test_operators_of_two_operands(both: Any, dtype: str) -> None:
    kind = getattr(cltorch, dtype)
    a = cltorch.tensor([[1, 0, 3], [2, 5, 1]]).to(kind)
    b = cltorch.tensor([2, 1, 3]).to(kind)
    other = b.to(cltorch.float32)

    def program() -> list[Any]:
        made = [a * b, a + b, a > b, a == b, a <= b, a != 0, cltorch.where(a > b, a, b), a.to(cltorch.float32) + 0.5]
        made += [cltorch.logical_and(a, b), cltorch.logical_xor(a, other), a.to(cltorch.int64), a.to(cltorch.bool)]
        made += [cltorch.maximum(a, b), cltorch.minimum(a, b), a + other, a / b]
        if dtype != "bool":
            made += [a - b, a // b, a % b, a**2, -a if dtype != "uint8" else a, a.clamp(1, 2), a * 3 + 1]
        if "float" not in dtype:
            made += [a & b, a | b, a ^ b, ~a]
        return made

    same(both(program))


def test_views_and_writes(both: Any) -> None:
    def program() -> list[Any]:
        x = cltorch.arange(60, dtype=cltorch.float32).reshape(3, 4, 5)
        y = x.transpose(0, 2) * 2
        z = x[1:, ::2, 3].exp() + x[0, 0, 0]
        w = x.clone()
        w[1] = 7.0
        w[:, 1:3, ::2] += 1
        w[0, 0] = x[2, 3]
        v = cltorch.arange(10)
        v[2:5] = v[5:8].clone()
        p = x.permute(2, 0, 1).contiguous() + cltorch.zeros(1, 3, 1)
        q = x.expand(2, 3, 4, 5).sum((0, 2))
        c = cltorch.cat([x, w, y.transpose(0, 2)], 1)
        b = cltorch.zeros(5, dtype=cltorch.bool)
        b[1:3] = True
        return [y, z, w, v, p, q, c, b, x[2:1], cltorch.stack([x[0], w[1]])]

    same(both(program))


@pytest.mark.parametrize("dtype", ["float32", "bool", "int16", "int64", "bfloat16"])
@pytest.mark.parametrize("width", [1, 3])
def test_many_short_parts_are_joined_by_one_instruction(
    both: Callable[[Callable[[], Any]], tuple[Any, Any]], dtype: str, width: int
) -> None:
    def program() -> Any:
        x = (cltorch.arange(60) % 7 + 1).to(getattr(cltorch, dtype))
        parts = [x[k : k + width] for k in range(40)]
        return [cltorch.cat(parts), cltorch.stack(parts), cltorch.stack([x[k] for k in (5, 2, 2, 9)])]

    same(both(program))


def test_an_in_place_write_leaves_what_was_read_before(both: Any) -> None:
    def program() -> list[Any]:
        x = cltorch.zeros(20)
        before = x * 1
        kept = x.clone()
        for k in range(6):
            x[3 * k : 3 * k + 3] = float(k)
        held = x.detach().clone()
        x[0] = 100.0
        return [before, kept, x, held]

    same(both(program))


@pytest.mark.parametrize("dims", [None, 0, 1, 2, (0, 2), (0, 1), (1, 2)])
def test_reductions(both: Any, dims: Any) -> None:
    x = (cltorch.arange(3 * 17 * 40) % 23).reshape(3, 17, 40) - 9

    def program() -> list[Any]:
        f = x.to(cltorch.float32)
        made = []
        for t in (f, x, f.transpose(0, 2), f[:, ::2, 1:]):
            made += [t.sum(dims) if dims is not None else t.sum(), (t > 3).sum()]
            made += [t.amax(dims if dims is not None else ()), t.amin(dims if dims is not None else ())]
            if not isinstance(dims, tuple):
                made += [t.argmax(dims), t.argmin(dims)]
                made += [(t > 8).any() if dims is None else (t > 8).any(dims), (t > -9).all()]
        return made

    same(both(program))
    same(both(lambda: [x.to(cltorch.float16).sum(1), cltorch.tensor([1.0, float("nan"), 3.0]).max()]))


def test_sums_of_fractions_stay_within_a_bound(both: Any) -> None:
    x = cltorch.rand(33, 257)
    same(both(lambda: [x.sum(), x.sum(0), x.mean(1), cltorch.softmax(x, 1), cltorch.logsumexp(x, 0)]), 2e-6)


@pytest.mark.parametrize(
    ("m", "k", "n"), [(1, 1, 1), (1, 64, 33), (2, 5, 40), (5, 17, 3), (9, 33, 16), (64, 64, 10), (4, 35, 21), (3, 0, 4)]
)
def test_products(both: Any, m: int, k: int, n: int) -> None:
    a, b, bias = cltorch.rand(m, k), cltorch.rand(k, n), cltorch.rand(n)
    batch = cltorch.rand(3, m, k)

    def program() -> list[Any]:
        made = [a @ b, nn.functional.linear(a, b.t().contiguous(), bias), b.t() @ a.t(), batch @ b.expand(3, k, n)]
        return [*made, batch.transpose(1, 2) @ batch, a @ b[:, 0]]

    same(both(program), 1e-5, 1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "bool"])
def test_gather_and_scatter(both: Any, dtype: str) -> None:
    x = (cltorch.arange(24).reshape(4, 6) % 7).to(getattr(cltorch, dtype))
    rows, columns = (
        cltorch.tensor([2, -1, 0]),
        cltorch.tensor([[5, 1, 2]]),
    )  # who writes twice to one row may be last or not

    def program() -> list[Any]:
        y = x.clone()
        y[rows] = x[:3] if dtype != "bool" else ~x[:3]
        z = x.clone()
        z[rows, 1] = x[0, 0]
        made = [x[rows], x[:, rows], x[rows, columns[0]], x.gather(1, columns), x.index_select(1, rows[:1]), y, z]
        if dtype != "bool":
            made += [x.clone().index_add(0, rows[::2], x[:2]), x.clone().scatter(1, columns, 2)]
        return made

    same(both(program))


def test_a_target_that_is_no_class_is_an_error(both: Any) -> None:
    x = cltorch.rand(19, 4)
    for wrong in (4, -1):
        with pytest.raises(IndexError, match=f"Target {wrong} is out of bounds"):
            both(lambda: nn.functional.cross_entropy(x, cltorch.full((19,), wrong)))
        cltorch.opencl.synchronize()
    same(both(lambda: nn.functional.cross_entropy(x, cltorch.arange(19) % 4, ignore_index=1)), 1e-6)


def test_an_index_out_of_range_is_an_error(both: Any) -> None:
    x, bad = cltorch.rand(4), cltorch.tensor([4])
    with pytest.raises(IndexError):
        both(lambda: x[bad])
    cltorch.opencl.synchronize()


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_random_numbers(both: Any, dtype: str) -> None:
    kind = getattr(cltorch, dtype)
    made = lambda: [cltorch.rand(50, dtype=kind), cltorch.randn(50, dtype=kind), cltorch.randint(0, 9, (50,))]
    same(both(lambda: [*made(), cltorch.bernoulli(cltorch.full((40,), 0.5))]))


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_optimizers(both: Any, name: str) -> None:
    def program() -> list[Any]:
        model = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))
        x, y = cltorch.rand(6, 5), cltorch.tensor([0, 1, 2, 0, 1, 2])
        optimizer = getattr(cltorch.optim, name)(model.parameters(), lr=0.01)
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        return list(model.parameters())

    same(both(program), 1e-4, 1e-6)


def test_new_structures_build_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = recorder(devices.default())
    ready(found)
    w = cltorch.rand(8, 8, requires_grad=True)
    found.flush()
    built, launched = found.built, found.launched
    for n in range(1, 40):
        h = cltorch.zeros(2, 8)
        for _ in range(n):
            h = (h @ w).tanh() + n
        h.sum().backward()
        w.grad = None
        found.flush()
    assert found.built == built
    assert found.launched - launched <= 80  # a turn, and where it is cut


@pytest.mark.parametrize(
    "dtype", [np.float32, np.float64, np.complex64, np.complex128, np.int16, np.uint8], ids=lambda d: d.__name__
)
def test_elements_of_any_size_are_moved(dtype: Any) -> None:
    """Each op alone, as it is when its result is read at once: small enough for the tape, where that can move the elements."""
    a = (np.arange(12) + (1j * np.arange(12, 24) if np.dtype(dtype).kind == "c" else 0)).astype(dtype).reshape(3, 4)
    x = cltorch.tensor(a)
    rows = cltorch.tensor([2, 0])
    assert np.array_equal(x.flip(0, 1).numpy(), a[::-1, ::-1])
    assert np.array_equal(x[:, 1:3].flip(1).numpy(), a[:, 1:3][:, ::-1])
    assert np.array_equal(x[rows].numpy(), a[[2, 0]])
    assert np.array_equal(
        x.gather(1, cltorch.tensor([[3, 1], [0, 0], [2, 3]])).numpy(),
        np.take_along_axis(a, np.array([[3, 1], [0, 0], [2, 3]]), 1),
    )
    assert np.array_equal(cltorch.cat([x[:1], x[1:]]).numpy(), a)
    x[rows] = x[:2].clone()
    a[[2, 0]] = a[:2].copy()
    assert np.array_equal(x.numpy(), a)
