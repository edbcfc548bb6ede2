"""Batches in parts: random programs give the same under every tier, and what parts cost is counted."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cltorch
from cltorch.graph import parts, tiers
from cltorch.graph.record import Recorder, recorder
from cltorch.graph.script import Look
from cltorch.graph.writing import ordered
from cltorch.runtime import device as devices
from tests.tape import ready

TIERS = ("fused", "op", "tape", "")


def under(tier: str, monkeypatch: pytest.MonkeyPatch, program: Callable[[], Any]) -> Any:
    """What a program gives under one tier."""
    found = recorder(devices.default())
    found.flush()
    machine = ready(found)
    setting = dataclasses.replace(tiers.config, tier="" if tier == "fused" else tier)
    with monkeypatch.context() as patch:
        for module in (tiers, parts):
            patch.setattr(module, "config", setting)
        patch.setattr(found, "machine", None if tier == "fused" else machine)
        cltorch.manual_seed(5)
        made = program()
        found.flush()
        return made


MOVES: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y - 1.5,
    "tanh": lambda x, y: x.tanh() + y[:1],
    "where": lambda x, y: cltorch.where(x > y, x, 2 - y),
    "sort": lambda x, y: x.sort(0)[0],
    "argsort": lambda x, y: x[y.argsort(0)[:, 0]],
    "flip": lambda x, y: x.flip(0),
    "transposed": lambda x, y: (x.t() + y.t()).t(),
    "double": lambda x, y: (x.double() * 3 - y).float(),
    "integers": lambda x, y: (x.clamp(-9, 9) * 5).to(cltorch.int64).float() / 4,
    "pooled": lambda x, y: cltorch.nn.functional.max_pool1d(x.t()[None], 3, 1, 1)[0].t(),
    "cat": lambda x, y: cltorch.cat([y[2:], x[:2]]),
    "special": lambda x, y: cltorch.special.i0(x.clamp(-3, 3)) + y,
    "large": lambda x, y: x + (cltorch.zeros(300_000) + x[0, 0])[:1] * 0.5,
    "random": lambda x, y: x + cltorch.rand(x.shape[1]),
}


def written(x: Any, y: Any) -> Any:
    """Regions written in place, and what was read before."""
    z, kept = x.clone(), x * 1
    z[1:3] = y[:2]
    z[0] += kept[1]
    return z + kept


MOVES["written"] = written


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_are_the_same_to_the_bit_under_every_tier(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> list[Any]:
        source = random.Random(seed)
        start = np.random.default_rng(seed).uniform(-1, 1, (2, 5, 4)).astype(np.float32)
        made = [cltorch.tensor(part) for part in start]
        held = []
        for _ in range(14):
            x, y = source.choice(made[-4:]), source.choice(made[-4:])
            made.append(MOVES[source.choice(list(MOVES))](x, y))
            if source.random() < 0.3:
                held.append(made[-1])
        return [t.numpy() for t in (*held, made[-1])]

    expected = under("fused", monkeypatch, program)
    for tier in TIERS[1:]:
        for a, b in zip(under(tier, monkeypatch, program), expected, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=tier)


def test_a_training_step_agrees_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> list[Any]:
        model = cltorch.nn.Sequential(
            cltorch.nn.Conv2d(1, 4, 3),
            cltorch.nn.ReLU(),
            cltorch.nn.MaxPool2d(2),
            cltorch.nn.Flatten(),
            cltorch.nn.Linear(36, 3),
        )
        optimizer = cltorch.optim.Adam(model.parameters(), lr=0.01)
        x = cltorch.randn(6, 1, 8, 8)
        for _ in range(4):
            optimizer.zero_grad()
            cltorch.nn.functional.cross_entropy(model(x), cltorch.arange(6) % 3).backward()
            optimizer.step()
        return [p.detach().numpy() for p in model.parameters()]

    expected = under("fused", monkeypatch, program)
    for tier in TIERS[1:]:
        for a, b in zip(under(tier, monkeypatch, program), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6, err_msg=tier)


@pytest.fixture
def found() -> Recorder:
    """The recorder of the device, with its tape."""
    made = recorder(devices.default())
    ready(made)
    made.flush()
    return made


def test_a_value_that_the_tape_does_not_know_is_an_op_between_two_tapes(found: Recorder) -> None:
    x = cltorch.rand(6, 5)
    found.flush()
    y = (x * 2 + 1).exp()
    z = y.sort(0)[0]
    w = (z - 1).sqrt()
    kinds = [(part.is_op, len(part.values)) for part in parts.cut(found.machine, found.pending)]  # type: ignore[arg-type]
    assert [is_op for is_op, _ in kinds] == [False, True, False]
    built, launched = found.built, found.launched
    np.testing.assert_allclose(w.numpy(), np.sqrt(np.sort(np.exp(x.numpy() * 2 + 1), 0) - 1), rtol=1e-5)
    assert found.built == built and found.launched - launched >= 3
    del y


def test_what_parts_keep_is_let_go_when_one_fails(found: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    x = cltorch.rand(50, 5)
    found.flush()
    y = (x + 1).cumsum(0) * 2
    z = (x + 2).sort(0)[0] + y
    pinned = x._storage.value.pins
    original, kept = Recorder.run_piece, []
    calls = []

    def fail(self: Recorder, piece: list[Any], ahead: int) -> None:
        calls.append(piece)
        kept.append(x._storage.value.kept)
        if len(calls) == 2:
            raise cltorch.OutOfMemoryError("device", 1, 1, 1, 1)
        original(self, piece, ahead)

    monkeypatch.setattr(Recorder, "run_piece", fail)
    found.flush()
    assert len(calls) == 2 and x._storage.value.pins == pinned  # other threads count those
    assert kept[0] > 0 and x._storage.value.kept == 0
    a = x.numpy()
    np.testing.assert_allclose(z.numpy(), np.sort(a + 2, 0) + np.cumsum(a + 1, 0) * 2, rtol=1e-5)
    found.flush()
    assert not found.held and y.shape == z.shape


def test_few_ops_among_small_values_have_no_plan_and_sums_one_from_the_start(found: Recorder) -> None:
    def built(program: Any) -> list[int]:
        counts = []
        for _ in range(4):
            before = found.built
            program().item()
            counts.append(found.built - before)
        return counts

    def small() -> Any:
        y = cltorch.ones(41, 3)
        for k in range(10):
            y = (y * k + 1).tanh()
        return y.sort(0)[0].sum()

    def ops() -> Any:
        return cltorch.ones(41, 3).sort(0)[0].cumsum(0).flip(0).cumprod(1).amax()

    def sums() -> Any:
        return cltorch.ones(43, 3).sort(0)[0].cumsum(0).flip(0).cumprod(1).sum()

    assert built(small) == [0, 0, 0, 0]
    assert built(ops) == [0, 0, 1, 0]
    assert built(sums) == [1, 0, 0, 0]
    cltorch.use_deterministic_algorithms(True)
    try:
        assert built(small) == [1, 0, 0, 0]
    finally:
        cltorch.use_deterministic_algorithms(False)


def test_what_is_to_have_a_plan_is_not_looked_through_to_its_end(found: Recorder) -> None:
    """Instructions are not asked for once it is certain that a batch has too many ops, or takes too long."""
    machine: Any = found.machine

    def pending() -> list[Any]:
        """What is pending, with instructions forgotten that a mould may have asked for."""
        for value in found.pending:
            value.record.tape = value.record.kind.tape = None  # type: ignore[union-attr]
        return found.pending

    x = cltorch.rand(37, 3)
    found.flush()
    y = x.sort(0)[0].cumsum(0).flip(0).cumprod(1)
    total = (y.t() / 1000).exp().sum()
    assert parts.choose(machine, pending()) == (parts.NEVER, None)
    assert found.pending[-1].record.tape is None  # type: ignore[union-attr]
    np.testing.assert_allclose(total.item(), np.exp(y.numpy() / 1000).sum(), rtol=1e-5)
    x = cltorch.rand(301, 203)
    found.flush()
    y = x.t() * 2
    z = y @ x
    del y
    assert ordered(machine, Look(pending(), False), 0) is None
    assert found.pending[0].record.tape is None  # type: ignore[union-attr]
    np.testing.assert_allclose(z.numpy(), 2 * x.numpy().T @ x.numpy(), rtol=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_a_program_that_is_run_again_gives_the_same_to_the_bit(seed: int, found: Recorder) -> None:
    """Whatever it adds up, and whichever way it went before."""
    sums: dict[str, Callable[[Any, Any], Any]] = {
        "sum": lambda x, y: x + (y * 1.1).sum(0),
        "mean": lambda x, y: x - y.mean(1, keepdim=True),
        "softmax": lambda x, y: cltorch.softmax(x + y, 1),
        "product": lambda x, y: x @ (y.t() @ y) / 9,
        "sorted": lambda x, y: x.sort(0)[0] * y,
        "scan": lambda x, y: x.cumsum(0) / 7 - y,
    }

    def program() -> list[Any]:
        source = random.Random(seed)
        numbers = np.random.default_rng(seed).uniform(-1, 1, (2, 37 + seed, 19)).astype(np.float32)
        made = [cltorch.tensor(part) for part in numbers]
        for _ in range(10):
            x, y = source.choice(made[-3:]), source.choice(made[-3:])
            made.append(sums[source.choice(list(sums))](x, y))
        return [t.numpy() for t in made[-2:]]

    first = program()
    for _ in range(4):
        for a, b in zip(program(), first, strict=True):
            np.testing.assert_array_equal(a, b)
