"""Profiles: which events a block has, how they nest, what is made of them. Times are only compared with each other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import cltorch

Event = cltorch.profiler.FunctionEventAvg


def averages(library, **options) -> dict[str, Event]:
    """A small step of training, profiled."""
    model = library.nn.Sequential(library.nn.Linear(4, 8), library.nn.ReLU(), library.nn.Linear(8, 2))
    with library.profiler.profile(**options) as found:
        with library.profiler.record_function("step"):
            for _ in range(3):
                loss = library.nn.functional.cross_entropy(model(library.ones(5, 4)), library.tensor([0, 1, 0, 1, 0]))
            loss.backward()
        loss.item()
    return {event.key: event for event in found.key_averages()}


def test_functions_that_a_program_calls_are_counted() -> None:
    ours, theirs = averages(cltorch), averages(torch)
    for name in ("aten::ones", "aten::linear", "aten::item", "step"):
        assert ours[name].count == theirs[name].count, name
    assert ours["aten::cross_entropy"].count == 3
    assert any(event.device_time_total > 0 for event in ours.values())


def test_a_range_holds_what_is_inside() -> None:
    found = averages(cltorch)
    inside = [event for name, event in found.items() if name.startswith("aten::") and name != "aten::item"]
    step = found["step"]
    assert 0 <= step.self_cpu_time_total < step.cpu_time_total
    assert step.self_cpu_time_total == pytest.approx(step.cpu_time_total - sum(e.cpu_time_total for e in inside))


def test_shapes() -> None:
    with cltorch.profiler.profile(record_shapes=True) as found:
        cltorch.ones(2, 3) + cltorch.ones(3)
        cltorch.ones(2, 3) + cltorch.ones(2, 3)
    rows = [e for e in found.key_averages(group_by_input_shape=True) if e.key == "aten::add"]
    assert [(e.count, e.input_shapes) for e in rows] == [(1, [[2, 3], [3]]), (1, [[2, 3], [2, 3]])]
    assert "[[2, 3], [3]]" in found.key_averages(group_by_input_shape=True).table()


def test_small_and_large_kernels_are_events() -> None:
    x = cltorch.ones(2000, 100)
    with cltorch.profiler.profile() as found:
        (cltorch.ones(3) + 1).sum().item()
        (x * 2 + 1).exp().tolist()
    assert sum(event.on_device for event in found.events()) >= 2


def test_nothing_is_an_event_afterwards() -> None:
    with cltorch.profiler.profile() as found:
        cltorch.ones(2)
    cltorch.zeros(3)
    assert [event.key for event in found.events() if not event.on_device] == ["aten::ones"]
    with cltorch.autograd.profiler.profile(enabled=False) as none:
        cltorch.ones(2)
    assert not none.key_averages()


def test_a_call_that_fails_is_no_event() -> None:
    with cltorch.profiler.profile() as found, pytest.raises(RuntimeError, match="must match"):
        cltorch.ones(2) + cltorch.ones(3)
    assert "aten::add" not in {event.key for event in found.events()}


def test_steps_of_a_schedule() -> None:
    traces = []
    schedule = cltorch.profiler.schedule(wait=1, warmup=1, active=2, repeat=1)
    handler = lambda p: traces.append({e.key: e.count for e in p.key_averages()})
    with cltorch.profiler.profile(schedule=schedule, on_trace_ready=handler) as found:
        for k in range(6):
            cltorch.full((2,), float(k))
            found.step()
    assert [trace["aten::full"] for trace in traces] == [2]


def test_table_and_trace(tmp_path: Path) -> None:
    with cltorch.profiler.profile() as found:
        with cltorch.profiler.record_function("mine"):
            cltorch.ones(2).exp().sum().item()
    table = found.key_averages().table(sort_by="self_cpu_time_total", row_limit=3)
    lines = table.splitlines()
    assert lines[1].split()[0] == "Name" and len(lines) == 3 + 3 + 1 + 2
    found.export_chrome_trace(str(tmp_path / "trace.json"))
    entries = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert {"mine", "aten::ones", "aten::exp"} <= {entry["name"] for entry in entries}
    assert all(entry["dur"] >= 0 for entry in entries)


def test_calls_ask_nobody_once_a_profile_has_ended() -> None:
    """In a process of its own, where nothing else asks: a class of tensors that wants to be asked is, for good."""
    program = """
import cltorch as torch
from cltorch.profiler import profile
x, kept = torch.ones(3), torch.add
code = kept.__code__
for _ in range(2):
    with profile() as outer, profile() as inner:
        assert torch.add is kept and kept.__code__ is not code and kept(x, 1, alpha=2).tolist() == [3, 3, 3]
    assert kept.__code__ is code and kept(x, 1, alpha=2).tolist() == [3, 3, 3] and outer.events()
class Own(torch.Tensor):
    pass
with profile():
    own = x.as_subclass(Own)
assert kept.__code__ is not code and type(kept(own, 1)) is Own
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_stacks_are_of_the_program(tmp_path: Path) -> None:
    with cltorch.profiler.profile(with_stack=True) as found:
        cltorch.ones(64, 64).exp()
    found.export_stacks(str(tmp_path / "stacks"), "self_cpu_time_total")
    lines = (tmp_path / "stacks").read_text(encoding="utf-8").splitlines()
    assert lines and all(line.rpartition(";")[2].startswith(__file__.replace(" ", "_")) for line in lines)
    assert all(line.rpartition(" ")[2].isdigit() for line in lines)
