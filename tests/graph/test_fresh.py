"""Few values that are waited for and come for the first time: they are written, launched and waited for in one go, and have the numbers of other ways."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pyopencl as cl
import pytest

import cltorch
from cltorch.graph.fresh import Fresh
from cltorch.graph.record import recorder
from cltorch.graph.tiers import Machine
from cltorch.runtime.launch import DriverError, TapeLaunch
from tests.tape import forget, near


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The tape of a device with a near queue, that has met nothing yet."""
    found = near(monkeypatch)
    forget(found, monkeypatch)
    return found


@pytest.fixture
def runs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each batch that was taken for a fresh one, whether it ran."""
    found: list[bool] = []
    original = Fresh.run

    def noted(self: Fresh, batch: list[Any], pending: list[Any]) -> bool:
        found.append(original(self, batch, pending))
        return found[-1]

    monkeypatch.setattr(Fresh, "run", noted)
    return found


def numbers(count: int, start: float = 0.0) -> cltorch.Tensor:
    """A computed tensor: start, start + 1, ..."""
    x = cltorch.arange(start, start + count)
    x.numpy()
    return x


STEPS: list[Callable[[Any, Any], Any]] = [
    lambda x, number: (x * number).sin(),
    lambda x, number: x + number,
    lambda x, number: x.abs().sqrt() + x,
    lambda x, number: x.gelu() if hasattr(x, "gelu") else cltorch.nn.functional.gelu(x),
    lambda x, number: x - x.mean(),
    lambda x, number: x.softmax(0) * number,
    lambda x, number: (x > number).float() + x,
    lambda x, number: x.flip(0) * x,
    lambda x, number: (x * 3).long() * int(number) + x,
    lambda x, number: x + cltorch.tensor([number] * len(x)),
    lambda x, number: x[:, None].expand(-1, 3).sum(1) / 3,
]


def program(seed: int) -> list[Any]:
    """The numbers of a program of chance: those at its end, and those of a tensor in the middle."""
    source = random.Random(seed)
    x = numbers(source.randrange(2, 40)) / 7
    kept = []
    for step in source.choices(STEPS, k=4):
        x = step(x, source.uniform(-3, 3))
        kept.append(x)
    middle = source.choice(kept)
    del kept
    return [x.sum().item(), x.tolist(), middle.tolist()]


def test_programs_of_chance_have_the_numbers_of_other_ways(
    runs: list[bool], machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [program(seed) for seed in range(60)]
    assert runs.count(True) > 60
    monkeypatch.setattr(Machine, "_is_fresh", lambda self, *batch: False)
    assert found == [program(seed) for seed in range(60)]


def test_it_is_one_launch_and_what_comes_again_is_a_script(runs: list[bool], machine: Machine) -> None:
    x, found = numbers(7), recorder(machine.device)
    runs.clear()
    for _ in range(4):
        launched = found.launched
        assert ((x + 2) * 3).sum().item() == 105
        assert found.launched == launched + 1 and not found.pending
    assert runs == [True] and len(machine._scripts) == 1


def test_what_nobody_needs_is_not_computed(runs: list[bool], machine: Machine) -> None:
    x = numbers(5)
    runs.clear()
    y = x + 1
    unneeded = x * 2
    del unneeded
    assert y.tolist() == [1, 2, 3, 4, 5] and runs == [False]


def test_what_another_thread_has_recorded_meanwhile_keeps_what_it_reads(
    runs: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    x = numbers(5)
    runs.clear()
    late: list[cltorch.Tensor] = []
    original = TapeLaunch.once

    def once(self: TapeLaunch, words: Any) -> Any:
        if not late:
            late.append(between * 3)
        return original(self, words)

    between = x + 1
    result = between * 2
    monkeypatch.setattr(TapeLaunch, "once", once)
    assert result.tolist() == [2, 4, 6, 8, 10] and late[0].tolist() == [3, 6, 9, 12, 15]
    assert runs[0] is False


@pytest.mark.parametrize("error", [KeyboardInterrupt, DriverError])
def test_all_stays_pending_until_its_results_are_there(
    runs: list[bool], machine: Machine, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """What an exception of a signal's handler leaves running is waited for; what the driver refuses goes its usual way."""
    x = numbers(5)
    runs.clear()
    original = TapeLaunch.once
    waited: list[Any] = []

    def once(self: TapeLaunch, words: Any) -> Any:
        begin, enqueue = original(self, words)  # type: ignore[misc]

        def broken() -> None:
            waited.append(enqueue())
            raise error("refused")

        return begin, partial(broken)

    y = (x + 6) * 2
    with monkeypatch.context() as patched:
        patched.setattr(TapeLaunch, "once", once)
        if error is KeyboardInterrupt:
            with pytest.raises(KeyboardInterrupt):
                y.tolist()
            assert waited[0].command_execution_status == cl.command_execution_status.COMPLETE
            assert not machine._fresh._memory and not runs  # type: ignore[union-attr]
            assert recorder(machine.device).pending[-1] is y._storage.value
        else:
            assert y.tolist() == [12, 14, 16, 18, 20] and runs == [False]
    assert y.tolist() == [12, 14, 16, 18, 20]


def test_an_index_out_of_range_is_told(runs: list[bool]) -> None:
    table, index = numbers(10), numbers(2, 1.0)
    runs.clear()
    with pytest.raises(IndexError):
        (table[(index * 9).long()] + 2).tolist()
    assert (table[index.long()] * 2).tolist() == [2, 4]
    assert runs == [True]


def test_what_writes_in_place_and_dear_work_go_their_usual_way(runs: list[bool]) -> None:
    x = numbers(5)
    large = numbers(60_000)
    runs.clear()
    x[1:3] = 7
    assert x.tolist() == [0, 7, 7, 3, 4]
    assert large.sin().cos().tan().exp().sin().sum().isfinite().item()
    assert not any(runs)
