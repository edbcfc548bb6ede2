"""`cltorch.opencl`, shaped like torch.cuda: names, signatures, figures, events, streams, the current device."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch import opencl

SHARED = """is_available is_initialized init device_count current_device set_device device get_device_name get_device_properties
get_device_capability memory_allocated max_memory_allocated memory_reserved max_memory_reserved reset_peak_memory_stats
memory_stats memory_summary mem_get_info empty_cache synchronize Event Stream stream current_stream default_stream
manual_seed manual_seed_all OutOfMemoryError""".split()


@pytest.mark.parametrize("name", SHARED)
def test_names_and_signatures_are_torchs(name: str) -> None:
    ours, theirs = getattr(opencl, name), getattr(torch.cuda, name)
    assert inspect.isclass(ours) == inspect.isclass(theirs)
    assert ours.__doc__
    if name not in ("OutOfMemoryError", "Stream", "Event"):
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


@pytest.mark.parametrize("name", [name for name in cltorch.accelerator.__all__ if name != "get_memory_info"])
def test_the_accelerators_names_are_torchs(name: str) -> None:
    assert hasattr(torch.accelerator, name) and callable(getattr(cltorch.accelerator, name))


def test_properties() -> None:
    properties = opencl.get_device_properties()
    assert properties.name == opencl.get_device_name()
    assert properties.total_memory == opencl.mem_get_info()[1] > properties.max_allocation // 2
    assert (properties.major, properties.minor) == opencl.get_device_capability() >= (1, 1)
    assert properties.multi_processor_count >= 1 and properties.max_threads_per_block <= 1024
    assert repr(properties).startswith("DeviceProperties(name='")
    theirs = "name major minor total_memory multi_processor_count is_integrated max_threads_per_block warp_size".split()
    assert all(hasattr(properties, field) for field in theirs)
    assert opencl.get_device_properties(cltorch.device("opencl:0")) == opencl.get_device_properties("opencl:0")


def test_statistics_have_torchs_keys() -> None:
    stats = opencl.memory_stats()
    for key in (
        "allocated_bytes.all.current",
        "allocated_bytes.all.peak",
        "reserved_bytes.all.current",
        "reserved_bytes.all.peak",
        "active_bytes.all.current",
        "allocation.all.current",
        "segment.all.current",
        "num_alloc_retries",
        "num_ooms",
        "num_device_alloc",
        "num_device_free",
    ):
        assert isinstance(stats[key], int) and stats[key] >= 0
    assert list(stats) == sorted(stats)


def test_peaks_start_anew() -> None:
    x = cltorch.ones(1 << 18)
    cltorch.synchronize()
    del x
    opencl.reset_peak_memory_stats()
    assert opencl.max_memory_allocated() == opencl.memory_allocated()
    y = cltorch.ones(1 << 18)
    cltorch.synchronize()
    assert opencl.max_memory_allocated() - opencl.memory_allocated() < 1 << 20
    del y
    assert opencl.max_memory_allocated() >= opencl.memory_allocated() + (1 << 20)
    assert opencl.memory_reserved() <= opencl.max_memory_reserved()


@pytest.mark.parametrize("abbreviated", [False, True])
def test_a_summary_is_a_table(abbreviated: bool) -> None:
    text = opencl.memory_summary(abbreviated=abbreviated)
    assert "held by tensors" in text and "taken from the driver" in text
    assert ("out of memory" in text) != abbreviated
    assert max(map(len, text.splitlines())) <= 80


def test_an_event_tells_time_and_order() -> None:
    start, end, untimed = opencl.Event(enable_timing=True), opencl.Event(True), opencl.Event()
    assert start.query() and untimed.query()  # not recorded: nothing to wait for
    start.synchronize()
    with pytest.raises(ValueError, match="must be recorded"):
        start.elapsed_time(end)
    start.record()
    x = cltorch.rand(400, 400)
    for _ in range(5):
        x = (x @ x).tanh()
    end.record()
    untimed.record()
    untimed.synchronize()
    assert start.query() and end.query() and untimed.query()
    assert 0 < start.elapsed_time(end) < 60_000 and end.elapsed_time(start) < 0
    with pytest.raises(ValueError, match="enable_timing=True"):
        start.elapsed_time(untimed)


def test_streams_are_the_devices_one_queue() -> None:
    stream = opencl.current_stream()
    assert stream == opencl.default_stream() == opencl.Stream() and stream.device == cltorch.device("opencl:0")
    with opencl.stream(stream):
        x = cltorch.ones(10) + 1
    with opencl.stream(None):
        event = stream.record_event()
    opencl.Stream().wait_event(event)
    opencl.Stream().wait_stream(stream)
    stream.synchronize()
    stream.query()  # says whether what was just enqueued is done
    assert event.query()
    np.testing.assert_array_equal(x.numpy(), np.full(10, 2))


def test_synchronize_runs_everything_recorded() -> None:
    for where in (None, 0, "opencl:0", cltorch.device("opencl:0")):
        x = cltorch.ones(5) + 2
        assert x._storage.value.buffer is None
        opencl.synchronize(where)
        assert x._storage.value.buffer is not None


@pytest.mark.parametrize("where", ["opencl:99", 99, cltorch.device("opencl", 99)], ids=str)
def test_a_device_that_is_not_there_is_told_everywhere(where: Any) -> None:
    uses = (
        lambda: opencl.set_device(where),
        lambda: opencl.get_device_name(where),
        lambda: opencl.memory_allocated(where),
        lambda: opencl.synchronize(where),
        lambda: opencl.device(where).__enter__(),
        lambda: cltorch.ones(1, device=where),
        lambda: cltorch.ones(1).to(where),
    )
    for use in uses:
        with pytest.raises(RuntimeError, match=r"invalid device ordinal 99: there are \d+ OpenCL devices"):
            use()
    assert opencl.current_device() == 0


def test_the_device_context_ends_where_it_began() -> None:
    last = opencl.device_count() - 1
    with opencl.device(last), opencl.device(None):
        assert opencl.current_device() == last
        assert cltorch.accelerator.current_device_index() == last
        assert cltorch.ones(1).device.index == last
    with pytest.raises(ValueError), opencl.device(last):
        raise ValueError
    assert opencl.current_device() == 0
    opencl.set_device(last)
    assert opencl.current_device() == last
    opencl.set_device("opencl:0")


@pytest.mark.parametrize(
    "use",
    [
        lambda a, b: a + b,
        lambda a, b: a @ b,
        lambda a, b: a.add_(b),
        lambda a, b: cltorch.cat([a, b]),
        lambda a, b: cltorch.where(a > 0, a, b),
        lambda a, b: cltorch.nn.functional.linear(a, b),
        lambda a, b: cltorch.nn.functional.mse_loss(a, b),
        lambda a, b: a[b[0].long()],
        lambda a, b: a[b > 0],
        lambda a, b: a.gather(0, b.long()),
        lambda a, b: a.index_select(0, b[0].long()),
        lambda a, b: a.scatter_add(0, a.long(), b),
        lambda a, b: a.__setitem__(b[0].long(), 0),
    ],
    ids=[
        *("add", "matmul", "in place", "cat", "where", "linear", "loss"),
        *("index", "mask", "gather", "index_select", "scatter_add", "assignment"),
    ],
)
def test_operands_of_two_devices_are_refused_as_torch_does(use: Any) -> None:
    last = opencl.device_count() - 1
    if last == 0:
        assert opencl.device_count() == 1
        return
    a, b = cltorch.ones(3, 3), cltorch.ones(3, 3, device=f"opencl:{last}")
    with pytest.raises(RuntimeError, match="same device"):
        use(a, b)
    np.testing.assert_array_equal(a.numpy(), np.ones((3, 3)))


def test_cuda_is_a_build_without_cuda() -> None:
    assert not cltorch.cuda.is_available() and cltorch.cuda.device_count() == 0
    assert not cltorch.cuda.is_initialized() and cltorch.cuda.memory_allocated() == 0
    assert cltorch.cuda.empty_cache() is None
    assert cltorch.cuda.OutOfMemoryError is cltorch.OutOfMemoryError is opencl.OutOfMemoryError
