"""Few values that are waited for again: their tape lies ready, and everything that it is not for goes its usual way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyopencl as cl
import pytest

import cltorch
from cltorch.graph import record as record_module
from cltorch.graph import run as run_module
from cltorch.graph.plan import Plan
from cltorch.graph.ready import Ready
from cltorch.graph.record import Recorder, recorder
from cltorch.graph.run import Ways, are_same
from cltorch.graph.script import Script
from cltorch.graph.tiers import Machine
from cltorch.runtime import device as devices
from cltorch.runtime.launch import DriverError
from cltorch.runtime.staging import Staging
from tests.tape import forget, near

FIRST = 3  # times that a batch goes its usual way


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The tape of a device with a near queue and nothing on its way."""
    return near(monkeypatch)


@pytest.fixture
def runs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each batch that found a tape lying ready, whether it ran."""
    found: list[bool] = []
    original = Ready.run

    def noted(self: Ready, *batch: Any) -> bool:
        found.append(original(self, *batch))
        return found[-1]

    monkeypatch.setattr(Ready, "run", noted)
    forget(machine, monkeypatch)
    return found


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of each batch that was asked for its way, its length if that was known, else 0."""
    found: list[int] = []
    original = Ways.of

    def noted(self: Ways, batch: Any) -> Any:
        way = original(self, batch)
        found.append(0 if way is None else len(batch))
        return way

    monkeypatch.setattr(Ways, "of", noted)
    return found


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What records for a device with nothing on its way that has no tape and shares no memory, and takes any plan for a brief one."""
    opened = devices.default()
    opened.synchronize()
    found = recorder(opened)
    found.flush()
    monkeypatch.setattr(record_module, "PUBLISHING", [])
    monkeypatch.setattr(found, "machine", None)
    monkeypatch.setattr(run_module, "BRIEF", float("inf"))  # however busy the machine is
    return found


def numbers(count: int, start: float = 0.0) -> cltorch.Tensor:
    """A computed tensor: start, start + 1, ..."""
    x = cltorch.arange(start, start + count)
    x.numpy()
    return x


PROGRAMS: dict[str, Callable[[Any, float, Any], Any]] = {
    "one": lambda lib, number, x: (x + number).sum(),
    "several": lambda lib, number, x: ((x * x).mean() - number) * lib.arange(5.0),
    "integers": lambda lib, number, x: x.to(lib.int64) * int(number),
    "from the host": lambda lib, number, x: x + lib.tensor([number] * 7),
    "two results": lambda lib, number, x: lib.stack(x.sort().values.split(3)[:2]) + number,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_numbers_are_those_of_other_ways(program: Callable[..., Any], runs: list[bool]) -> None:
    torch = pytest.importorskip("torch")
    for turn in range(8):
        x = numbers(7, float(turn))
        given = program(cltorch, turn + 0.5, x).tolist()
        assert given == program(torch, turn + 0.5, torch.arange(7.0) + turn).tolist()


def test_what_came_three_times_is_launched_at_once(runs: list[bool], machine: Machine) -> None:
    x, found = numbers(7), recorder(machine.device)
    kept = []
    for turn in range(8):
        launched = found.launched
        kept.append(x + 2)
        assert kept[-1].tolist() == [2, 3, 4, 5, 6, 7, 8]
        assert found.launched == launched + 1 and not found.pending
        assert len(runs) == max(0, turn + 1 - FIRST) and all(runs)
    assert all(y.tolist() == [2, 3, 4, 5, 6, 7, 8] for y in kept)


def test_two_tensors_and_one_twice_are_told_apart(runs: list[bool]) -> None:
    x, y = numbers(5), numbers(5, 1.0)
    for _ in range(6):
        assert (x * y).tolist() == [0, 2, 6, 12, 20]
        assert (x * x).tolist() == [0, 1, 4, 9, 16]
    assert runs.count(True) >= 4


def test_numbers_of_the_host_are_laid_once(runs: list[bool], machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    laid: list[bytes] = []
    original = Staging.write
    monkeypatch.setattr(Staging, "write", lambda self, place, data: laid.append(data) or original(self, place, data))
    held = machine.device.memory.in_use
    x = cltorch.tensor([1.0, 2.0, 3.0])
    for turn in range(8):
        assert (x + (turn + 0.5)).tolist() == [turn + 1.5, turn + 2.5, turn + 3.5]
    assert runs.count(True) >= 3 and len(laid) == 8 - runs.count(True) + 1
    assert x.tolist() == [1, 2, 3] and x[1].item() == 2
    kept, before = x.detach(), x.clone()
    x.add_(1)
    for turn in range(4):
        assert (kept + (turn + 0.5)).tolist() == [turn + 2.5, turn + 3.5, turn + 4.5]
    assert before.tolist() == [1, 2, 3]
    del x, kept, before
    assert machine.device.memory.in_use == held


def test_what_another_thread_has_recorded_meanwhile_keeps_what_it_reads(
    runs: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may read what nobody holds any more."""
    x = numbers(5)
    for _ in range(5):
        assert ((x + 1) * 2).tolist() == [2, 4, 6, 8, 10]
    assert runs
    before = len(runs)
    late: list[cltorch.Tensor] = []
    original = Script.inputs

    def inputs(self: Script, look: Any) -> Any:
        if not late:
            late.append(between * 3)
        return original(self, look)

    between = x + 1
    result = between * 2
    monkeypatch.setattr(Script, "inputs", inputs)
    assert result.tolist() == [2, 4, 6, 8, 10] and late[0].tolist() == [3, 6, 9, 12, 15]
    assert len(runs) <= before + 1  # the second batch alone may have


def test_places_are_given_up_when_there_is_no_room_for_another(runs: list[bool], machine: Machine) -> None:
    x = numbers(5)
    for _ in range(5):
        assert (x - 1).tolist() == [-1, 0, 1, 2, 3]
    assert runs and all(runs)
    words = next(iter(machine._scripts.values()))[0].words
    for _ in range(1 << 14):
        assert machine.launch.seat(words) is not None  # type: ignore[union-attr]
    for _ in range(4):
        assert (x - 1).tolist() == [-1, 0, 1, 2, 3]
    assert runs.count(False) == 1 and runs[-1]


def test_what_an_exception_leaves_running_is_waited_for(runs: list[bool], machine: Machine) -> None:
    """One of a signal's handler comes between the launch and the wait: neither words nor memory are used again before it is done."""
    x = numbers(5)
    for _ in range(5):
        assert (x + 6).tolist() == [6, 7, 8, 9, 10]
    (script,) = list(machine._scripts.values())[-1]
    found: Any = script.ready
    begin, enqueue = found._steps
    waited: list[Any] = []

    def interrupted() -> None:
        waited.append(enqueue())
        raise KeyboardInterrupt

    found._steps = (begin, partial(interrupted))
    y = x + 6
    with pytest.raises(KeyboardInterrupt):
        y.tolist()
    assert waited[0].command_execution_status == cl.command_execution_status.COMPLETE and not found._memory
    found._steps = (begin, enqueue)
    before = len(runs)
    assert y.tolist() == [6, 7, 8, 9, 10] and runs[before:] == [True]


def test_what_the_driver_refuses_goes_its_usual_way(runs: list[bool], machine: Machine) -> None:
    x = numbers(5)
    for _ in range(5):
        assert (x + 4).tolist() == [4, 5, 6, 7, 8]
    (script,) = list(machine._scripts.values())[-1]

    def refuse() -> Any:
        raise DriverError("refused")

    assert script.ready is not None
    script.ready._steps = (partial(refuse), partial(refuse))
    assert (x + 4).tolist() == [4, 5, 6, 7, 8]
    assert runs[-1] is False


def test_an_index_out_of_range_is_told(runs: list[bool]) -> None:
    table, index = numbers(10), cltorch.tensor([1, 2])
    for _ in range(6):
        assert table[index].tolist() == [1, 2]
    with pytest.raises(IndexError):
        table[cltorch.tensor([1, 20])].tolist()
    assert table[index].tolist() == [1, 2]
    assert runs


def test_a_profiler_hears_of_it_and_deterministic_algorithms_have_plans(runs: list[bool]) -> None:
    x = numbers(5)
    for _ in range(5):
        assert (x * 5).tolist() == [0, 5, 10, 15, 20]
    before = len(runs)
    with cltorch.profiler.profile() as profile:
        assert (x * 5).tolist() == [0, 5, 10, 15, 20]
    assert any("tape" in event.key for event in profile.key_averages()) and len(runs) == before
    cltorch.use_deterministic_algorithms(True)
    try:
        np.testing.assert_array_equal((x * 5).numpy(), np.arange(5) * 5)
    finally:
        cltorch.use_deterministic_algorithms(False)
    assert len(runs) == before


def test_a_plan_of_one_value_is_found_by_what_it_reads(ways: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other one: one tensor twice has a plan of its own; with an input that nobody holds any more, or that came from the host, keys are asked for."""
    found = recorder(devices.default())
    found.flush()
    monkeypatch.setattr(found, "machine", None)
    x, y = numbers(300), numbers(300, 1.0)
    plain = np.arange(300.0, dtype=np.float32)
    for turn in range(6):
        built = found.ops.built
        np.testing.assert_array_equal((x * y).numpy(), plain * (plain + 1))
        assert turn < 3 or ways[-1]
        np.testing.assert_array_equal((x * x).numpy(), plain * plain)
        assert turn < 3 or ways[-1]
        np.testing.assert_array_equal((x * cltorch.tensor(plain.tolist())).numpy(), plain * plain)
        z = x.clone()
        z.numpy()
        z = z * y
        np.testing.assert_array_equal(z.numpy(), plain * (plain + 1))
        values, places = x.max(0)
        assert (values.item(), places.item()) == (299, 299)
        assert x.max(0).values.item() == 299
        assert turn < 2 or found.ops.built == built
    assert len(ways) - ways.count(0) >= 6 and ways.count(0) >= 6


def test_numbers_that_make_the_same_arguments() -> None:
    assert are_same([float("262144"), 3], [float("262144"), 3])
    assert not are_same([0.0], [-0.0])
    assert not are_same([complex(1, 0.0)], [complex(1, -0.0)])
    assert not are_same([float("nan")], [float("nan")])


def test_launches_stay_bound_to_the_same_memory_and_numbers_alone(
    plans: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound: list[Any] = []
    original = Plan.bound

    def noted(*given: Any) -> Any:
        bound.append(given)
        return original(*given)

    monkeypatch.setattr(Plan, "bound", noted)
    x, y = numbers(300), numbers(300, 1.0)
    plain = np.arange(300.0, dtype=np.float32)
    for turn in range(8):
        before = len(bound)
        np.testing.assert_array_equal((x * 2.5).numpy(), plain * 2.5)
        assert turn < 4 or len(bound) == before
    for turn in range(4):  # other numbers, another input, another result
        np.testing.assert_array_equal((x * (turn + 1.25)).numpy(), plain * (turn + 1.25))
        np.testing.assert_array_equal((y * 2.5).numpy(), (plain + 1) * 2.5)
    kept = []
    for factor in (2.5, 2.5, 3.5, 2.5):
        kept.append((factor, x * factor))
        cltorch.synchronize()
    for factor, z in kept:
        np.testing.assert_array_equal(z.numpy(), plain * factor)


@pytest.mark.parametrize("come", ["before", "behind"])
def test_a_plan_that_is_waited_for_leaves_all_pending_until_its_results_are_there(
    plans: Recorder, monkeypatch: pytest.MonkeyPatch, come: str
) -> None:
    """An exception before or behind its kernel, as from a signal's handler, leaves a value to be computed later, and what the driver refuses goes
    its usual way."""
    x, y = numbers(300), numbers(300, 1.0)
    plain = np.arange(300.0, dtype=np.float32)
    for _ in range(4):
        assert (x - y).sum().item() == -300
        np.testing.assert_array_equal((x * y).numpy(), plain * (plain + 1))
    original = run_module.RUN
    raised: list[Any] = []

    def broken(step: Any) -> Any:
        if step.func is not cl.enqueue_nd_range_kernel or raised:
            return original(step)
        raised.append(original(step) if come == "behind" else None)
        raise error("refused")

    for error in (KeyboardInterrupt, DriverError):
        z = x * y
        raised.clear()
        launched = plans.launched
        with monkeypatch.context() as patched:
            patched.setattr(run_module, "RUN", broken)
            if error is KeyboardInterrupt:
                with pytest.raises(KeyboardInterrupt):
                    plans.flush(True)
                assert plans.pending == [z._storage.value] and plans.running is None and plans.launched == launched
            else:
                plans.flush(True)
                assert not plans.pending and plans.launched == launched + 1
        done = cl.command_execution_status.COMPLETE
        assert len(raised) == 1 and (come == "before" or raised[0].command_execution_status == done)
        np.testing.assert_array_equal(z.numpy(), plain * (plain + 1))
    assert not plans.pending


def test_a_recording_that_nothing_else_is_pending_with_is_known_by_what_it_reads(ways: list[int]) -> None:
    """Whether somebody holds its results, which inputs are one, and what was recorded before or behind it, are told apart."""
    found = recorder(devices.default())
    found.flush()
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((512, 513), dtype=np.float32) for _ in range(2)]
    x, y = map(cltorch.tensor, arrays)
    (x + 0).numpy(), (y + 0).numpy()
    loss = cltorch.nn.functional.smooth_l1_loss
    error = np.abs(arrays[0].astype(float) - arrays[1])
    expected = np.where(error < 1, error**2 / 2, error - 0.5).mean()
    for turn in range(8):
        assert abs(loss(x, y).item() - expected) < 1e-5
        assert turn < 5 or ways[-1] > 1
        assert loss(x, x).item() == 0
        assert abs(loss(y, x).item() - expected) < 1e-5
        before = x * 2
        assert abs(loss(x, y).item() - expected) < 1e-5
        after = loss(x, y)
        np.testing.assert_array_equal((before + 1).numpy(), arrays[0] * 2 + 1)
        assert abs(after.item() - expected) < 1e-5
        loss(x, y)
        cltorch.synchronize()
        z = x + 0
        z.numpy()
        last = loss(z, y)
        del z
        assert abs(last.item() - expected) < 1e-5
    assert sum(count > 1 for count in ways) >= 6 and found.made is None


def test_a_few_values_are_known_by_their_records_and_what_reads_what(ways: list[int]) -> None:
    """Of the same records others may be wired otherwise, begin elsewhere, or be held or not."""
    found = recorder(devices.default())
    found.flush()
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((513, 700), dtype=np.float32) for _ in range(2)]
    x, y = map(cltorch.tensor, arrays)
    (x + 0).numpy(), (y + 0).numpy()
    a, b = arrays

    def check(result: Any, expected: np.ndarray) -> None:
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6, atol=1e-6)

    for turn in range(7):
        check((x * y) * y, (a * b) * b)
        check((x * y) * x, (a * b) * a)
        check(x * (x * y), a * (a * b))
        inner = x * y
        check(inner * y, (a * b) * b)
        check(inner, a * b)
        for start in (0, 64, 65):
            check(x[start : start + 300].sin() - y[:300], np.sin(a[start : start + 300]) - b[:300])
            check(x[:300].sin() - x[start : start + 300], np.sin(a[:300]) - a[start : start + 300])
        z = x.clone()
        z.numpy()
        z.mul_(2.0).add_(y)
        check(z, a * 2 + b)
        assert turn < 5 or ways.count(2) >= 4
    cltorch.manual_seed(0)
    drawn = [(cltorch.rand(513, 700) * x)[0, 0].item() for _ in range(6)]
    assert len(set(drawn)) == 6
