"""Batches in parts that come again: one run, the same numbers to the bit, and only where a batch looks the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cltorch
from cltorch.graph import parts
from cltorch.graph.chain import Chain
from cltorch.graph.parts import LINKED
from cltorch.graph.record import Recorder, recorder
from cltorch.graph.run import Run
from cltorch.graph.tiers import Machine
from cltorch.runtime import device as devices
from cltorch.runtime import launch
from tests.tape import ready


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """The recorder of the device, with a tape for its own queue."""
    made = recorder(devices.default())
    made.flush()
    machine = ready(made)
    if machine.launch._far is None:  # type: ignore[union-attr]
        machine._load(True, False)
    return made


@pytest.fixture
def chains(found: Recorder, monkeypatch: pytest.MonkeyPatch) -> list[Chain]:
    """The chains that ran."""
    ran: list[Chain] = []
    original = Run.launch

    def noted(self: Run) -> None:
        if isinstance(self.plan, Chain):
            ran.append(self.plan)
        original(self)

    monkeypatch.setattr(Run, "launch", noted)
    return ran


def sorted_twice(x: Any, y: Any, number: float) -> tuple[Any, ...]:
    """Tapes, and ops that the tape does not know: what is held, written in place, random, and read from the host."""
    z = (x * number + y).tanh()
    for k in range(8):
        z = z * 1.25 - k
    w = z.sort(0)[0]
    v = (w + cltorch.tensor([number, 2.0, 3.0])).abs()
    v += cltorch.rand(3)
    for k in range(8):
        v = v * 0.75 + k
    v[1:3] = w[:2]
    u = v.cumsum(0).sort(1)[0]
    x -= u * number
    return u.exp(), z, x * 1


def test_a_chain_gives_what_its_parts_gave_to_the_bit(
    found: Recorder, chains: list[Chain], monkeypatch: pytest.MonkeyPatch
) -> None:
    def outcome() -> list[np.ndarray]:
        cltorch.manual_seed(3)
        x, y = cltorch.linspace(0, 1, 21).reshape(7, 3), cltorch.linspace(-1, 1, 3)
        found.flush()
        kept: list[Any] = []
        for n in range(LINKED + 3):
            kept += sorted_twice(x, y, 0.6 + n / 8)
            found.flush()
        return [t.numpy() for t in (*kept, x)]

    with monkeypatch.context() as patch:
        patch.setattr(Machine, "link", lambda *given: None)
        expected = outcome()
    assert not chains
    made = outcome()
    assert len(chains) >= 2
    for a, b in zip(made, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def small(x: Any) -> Any:
    """An op between two tapes."""
    for k in range(8):
        x = x * 1.25 - k
    x = x.sort(0)[0]
    for k in range(8):
        x = x * 0.75 + k
    return x


def run_often(program: Callable[[], Any], chains: list[Chain]) -> Any:
    """The last of what a program gives, which has a chain by then."""
    for _ in range(LINKED + 1):
        made = program()
        result = made[-1].numpy()
    assert chains
    chains.clear()
    return result


def test_what_nobody_holds_any_more_is_another_look(found: Recorder, chains: list[Chain]) -> None:
    """An input that may be written over goes another way than one that somebody reads later."""
    x = cltorch.linspace(0, 2, 24).reshape(8, 3)
    found.flush()
    expected = run_often(lambda: [small(x)], chains)
    y = x.clone()
    found.flush()
    z = small(y)
    del y
    np.testing.assert_array_equal(z.numpy(), expected)
    assert not chains
    np.testing.assert_array_equal(small(x).numpy(), expected)
    assert len(chains) == 1


def test_numbers_on_the_host_and_computed_ones_are_told_apart(found: Recorder, chains: list[Chain]) -> None:
    numbers = [[float(k * j) for k in range(3)] for j in range(5)]
    expected = run_often(lambda: [small(cltorch.tensor(numbers))], chains)
    x = cltorch.tensor(numbers) + 0
    found.flush()
    np.testing.assert_array_equal(small(x).numpy(), expected)
    assert not chains


def test_words_that_the_host_does_not_share_go_into_a_buffer(
    found: Recorder, chains: list[Chain], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a card of its own; a tape alone begins at its first word afterwards."""
    x = cltorch.linspace(0, 2, 27).reshape(9, 3)
    found.flush()
    expected = run_often(lambda: [small(x)], chains)
    machine: Any = found.machine
    arena = found.device.arena.open()
    with monkeypatch.context() as patch:
        patch.setattr(machine.launch, "staging", None)
        patch.setattr(machine.launch, "_near", None)
        np.testing.assert_array_equal(small(x).numpy(), expected)
        assert len(chains) == 1
        np.testing.assert_array_equal((x * 3).numpy(), x.numpy() * 3)
    machine.launch._far.set_buffers((1, arena))


@pytest.mark.parametrize("times", [1, 2])
def test_a_launch_that_is_refused_spoils_what_needs_it(
    times: int, found: Recorder, chains: list[Chain], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: it is tried again. Twice: what reads its result says so, and what was before it is right."""
    x = cltorch.linspace(0, 2, 30).reshape(10, 3)
    found.flush()

    def program() -> Any:
        y = x * 4
        for k in range(8):
            y = y + k
        return y, small(y)

    expected = run_often(program, chains)
    original = Run.launch
    refusals = [times]

    def refusing(self: Run) -> None:
        command = self._steps[5]

        def refused() -> Any:
            if refusals[0]:
                refusals[0] -= 1
                raise launch.DriverError("refused")
            return command()

        self._steps[5] = launch.partial(refused)
        original(self)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "launch", refusing)
        before, after = program()
        found.flush()
    assert refusals == [0] and len(chains) == 1
    np.testing.assert_allclose(before.numpy(), x.numpy() * 4 + 28, rtol=1e-6)
    if times == 1:
        np.testing.assert_array_equal(after.numpy(), expected)
    else:
        with pytest.raises(cltorch.AcceleratorError):
            after.numpy()


def test_a_result_is_given_up_while_its_batch_runs(found: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[Any] = []
    original = parts._run

    def run(*args: Any) -> Any:
        held.clear()  # as the garbage collector might, after the batch was looked at
        return original(*args)

    monkeypatch.setattr(parts, "_run", run)
    for k in range(3 * LINKED):
        x, y = cltorch.full((4, 3), 0.5), cltorch.full((4, 3), 0.25)
        *kept, last = sorted_twice(x, y, 1.5 + k)
        held.append(last)
        del last
        assert all(np.isfinite(t.numpy()).all() for t in kept)
