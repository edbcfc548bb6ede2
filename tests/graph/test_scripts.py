"""Tapes of structures that come again: written once, filled in for each run, and never for a batch that differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cltorch
from cltorch.graph.fresh import Fresh
from cltorch.graph.record import recorder
from cltorch.graph.script import Script
from cltorch.graph.tiers import Machine
from cltorch.runtime import device as devices
from cltorch.runtime.memory import ELSEWHERE
from tests.tape import ready

SEEN = 2  # times that a structure is written


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the batches that were written as tapes."""
    found = recorder(devices.default())
    found.flush()
    monkeypatch.setattr(found, "machine", ready(found))
    lengths: list[int] = []
    original = Machine.written

    def noted(self: Machine, look: Any, most: int) -> Any:
        lengths.append(len(look.batch))
        return original(self, look, most)

    def fresh(self: Fresh, batch: list[Any], pending: list[Any]) -> bool:
        count = len(batch)
        is_done = computed(self, batch, pending)
        lengths.extend([count] * is_done)
        return is_done

    computed = Fresh.run
    monkeypatch.setattr(Machine, "written", noted)
    monkeypatch.setattr(Fresh, "run", fresh)
    return lengths


def numbers(count: int, start: float = 0.0) -> cltorch.Tensor:
    """A computed tensor: start, start + 1, ..."""
    x = cltorch.arange(start, start + count)
    x.numpy()
    return x


def repeated(program: Callable[[cltorch.Tensor, float], list[Any]], written: list[int], size: int) -> None:
    """A program over other tensors and numbers each time gives what the first two times gave, and is written no more."""
    for turn in range(5):
        x = numbers(size, float(turn))
        before = len(written)
        found = program(x, turn + 0.25)
        plain = [float(turn + k) for k in range(size)]
        assert found == [(v * (turn + 0.25) + v) * 3 for v in plain]
        assert (len(written) > before) == (turn < SEEN)


def test_a_structure_that_comes_again_is_filled_in_with_other_places_and_numbers(written: list[int]) -> None:
    repeated(lambda x, number: ((x * number + x) * 3).tolist(), written, 11)


def test_what_is_held_meanwhile_makes_another_tape_and_is_right(written: list[int]) -> None:
    x = numbers(13)
    for turn in range(8):
        held = x * 5
        total = held + 1
        if turn % 2:
            held = None  # type: ignore[assignment]
        assert total.tolist() == [5 * k + 1 for k in range(13)]
        if held is not None:
            assert held.tolist() == [5 * k for k in range(13)]


def test_inputs_that_are_one_tensor_now_and_were_two_before(written: list[int]) -> None:
    x, y = numbers(9), numbers(9, 4.0)
    for turn in range(6):
        other = x if turn % 2 else y
        assert (x * 7 + other).tolist() == [7 * a + b for a, b in zip(x.tolist(), other.tolist(), strict=True)]
    kept: list[int] = []
    for _ in range(6):
        kept.append(len(written))
        assert ((x * 7 + x) - y * 2).tolist() == [8 * a - 2 * b for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    assert kept[-1] == kept[SEEN]


def test_a_tensor_is_changed_in_place_only_where_nobody_else_holds_what_it_was(written: list[int]) -> None:
    for turn in range(8):
        x = numbers(10)
        before = x.detach().clone() if turn == 5 else None
        old = x._storage.freeze() if turn % 2 else None  # somebody who wants the old numbers
        seen = cltorch.Tensor._made(old, x._cl_meta, None) if old is not None else None
        x[2:4] = 0.0
        x[5] = 1.0
        assert x.tolist() == [0.0, 1.0, 0.0, 0.0, 4.0, 1.0, 6.0, 7.0, 8.0, 9.0]
        if seen is not None:
            assert seen.tolist() == [float(k) for k in range(10)]
        if before is not None:
            assert before.tolist() == [float(k) for k in range(10)]


def test_numbers_from_the_host_and_integers_are_filled_in(written: list[int]) -> None:
    whole = cltorch.arange(12)
    whole.numpy()
    for turn in range(6):
        big = (1 << 40) + turn
        found = (whole + big) * cltorch.tensor([turn] * 12)
        assert found.tolist() == [(k + big) * turn for k in range(12)]


def test_steps_of_an_optimizer_are_written_twice_at_most(written: list[int]) -> None:
    model = cltorch.nn.Linear(5, 3)
    optimizer = cltorch.optim.Adam(model.parameters())
    x = numbers(35).reshape(7, 5)
    lengths = []
    for _ in range(8):
        optimizer.zero_grad()
        (model(x) ** 2).mean().backward()
        optimizer.step()
        lengths.append(len(written))
    assert lengths[-1] == lengths[-4]


def test_an_optimizer_writes_over_what_nobody_needs_any_more() -> None:
    """Parameters and states have the memory of those before them, unless somebody still reads these."""
    found = recorder(devices.default())
    machine = ready(found)
    weight = cltorch.nn.Parameter(numbers(5))
    optimizer = cltorch.optim.Adam([weight], lr=0.5)
    weight.grad = cltorch.ones(5)

    def step() -> int:
        served = machine.device.memory.served
        optimizer.step()
        found.flush()
        return machine.device.memory.served - served

    first = [step() for _ in range(6)]
    assert first[-1] == 0 and weight.tolist() == pytest.approx([k - 3 for k in range(5)], abs=1e-4)
    before = weight.detach().clone()
    found.flush()
    held = weight.data._storage.value  # as backward keeps a parameter that it will read
    held.pins += 1
    assert step() == 1
    held.pins -= 1
    assert (before - weight).tolist() == pytest.approx([0.5] * 5, abs=1e-4)


def test_that_something_lies_outside_the_arena_is_found_out_once(written: list[int]) -> None:
    """Until the same records read memory in it."""
    device = devices.default()
    if not device.arena.largest:
        pytest.skip("the device has no arena")
    row = 12
    large = numbers(device.arena.largest // 4 + 1024)
    assert large._storage.value.buffer.place == ELSEWHERE
    kept: list[int] = []
    for turn in range(5):
        kept.append(len(written))
        assert (large[:row] * (turn + 0.25) + 3).tolist() == [k * (turn + 0.25) + 3 for k in range(row)]
    assert kept[-1] == kept[SEEN] > 0
    before = len(written)
    small = numbers(row)
    launched = recorder(device).launched
    assert (small * 2.25 + 3).tolist() == [k * 2.25 + 3 for k in range(row)]
    assert len(written) > before and recorder(device).launched == launched + 1


def test_a_script_for_other_sizes_has_all_that_a_script_has() -> None:
    script = Script()
    for name in set(Script.__slots__) - {name for name in Script.__slots__ if hasattr(script, name)}:
        setattr(script, name, None)  # what it notes of a batch
    other = script.resized(script.words, [])
    other.guess(1, True)
    assert [name for name in Script.__slots__ if not hasattr(other, name)] == []
