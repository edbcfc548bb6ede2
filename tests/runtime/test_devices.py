"""Devices, their memory and their names, as torch.cuda shows them; copies between devices; exhaustion."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import cltorch
from cltorch import opencl
from cltorch.runtime import device as devices


def test_memory_is_counted_reused_and_given_back() -> None:
    gc.collect()
    cltorch.synchronize()  # what is pending holds memory too
    before = opencl.memory_allocated()
    x = cltorch.zeros(1000, 100)
    cltorch.synchronize()
    held = opencl.memory_allocated() - before
    assert 400_000 <= held <= 450_000  # at most an eighth is lost to rounding
    opencl.reset_peak_memory_stats()
    del x
    gc.collect()
    assert opencl.memory_allocated() == before
    assert opencl.max_memory_allocated() >= before + 400_000
    reserved = opencl.memory_reserved()
    y = cltorch.zeros(1000, 100)
    cltorch.synchronize()
    assert opencl.memory_reserved() == reserved  # the block came back from the cache
    del y
    gc.collect()
    opencl.empty_cache()
    assert opencl.memory_reserved() < reserved
    free, total = opencl.mem_get_info()
    assert 0 < free <= total
    assert opencl.memory_stats()


def test_exhaustion_is_an_error_with_figures_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = cltorch.arange(5.0)
    memory = devices.default().memory
    with (
        monkeypatch.context() as patch
    ):  # as if the device were full but for a MiB; a tensor above all of it is refused before
        patch.setattr(memory, "limit", memory.in_use + (1 << 20))
        with pytest.raises(cltorch.OutOfMemoryError, match=r"asked for .* in use, .* cached, .* in total"):
            (cltorch.ones(1 << 24) + 0).numpy()
        np.testing.assert_array_equal((x + 1).numpy(), np.arange(5.0) + 1)
    assert (cltorch.ones(1 << 24) + 0).sum().item() == 1 << 24


def test_names_properties_and_events() -> None:
    assert opencl.is_available() and opencl.device_count() >= 1
    assert opencl.get_device_name(0) == opencl.get_device_name("opencl:0")
    assert opencl.get_device_properties().multi_processor_count >= 1
    start, end = opencl.Event(enable_timing=True), opencl.Event(enable_timing=True)
    start.record()
    cltorch.rand(500, 500).exp().sum()
    end.record()
    end.synchronize()
    assert end.query()
    assert start.elapsed_time(end) >= 0
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        opencl.set_device(99)
    with pytest.raises(RuntimeError, match="device string"):
        cltorch.device("tpu")


def test_device_objects() -> None:
    device = cltorch.device("opencl:0")
    assert (device.type, device.index) == ("opencl", 0)
    assert device == cltorch.device("opencl", 0) == cltorch.ones(1).to("opencl:0").device
    assert str(device) == "opencl:0" and repr(device) == "device(type='opencl', index=0)"
    assert cltorch.ones(2, device="cpu").device.type == "opencl"


@pytest.mark.parametrize("index", range(1, 3))
def test_copies_between_devices(index: int) -> None:
    index %= opencl.device_count()
    x = cltorch.arange(12.0).reshape(3, 4).requires_grad_()
    there = x.t().to(f"opencl:{index}")
    assert there.device.index == index
    np.testing.assert_array_equal(there.detach().numpy(), np.arange(12.0).reshape(3, 4).T)
    (there * there).sum().to("opencl:0").backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * np.arange(12.0).reshape(3, 4))
    assert x.grad.device == x.device
    with opencl.device(index):
        assert cltorch.ones(1).device.index == index
    if index:
        with pytest.raises(RuntimeError, match="same device"):
            cltorch.ones(3) + cltorch.ones(3, device=f"opencl:{index}")


def test_float64_is_refused_where_the_device_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    device = devices.default()
    with monkeypatch.context() as patch:
        patch.setattr(device, "traits", device.traits.__class__(**{**_fields(device.traits), "fp64": False}))
        with pytest.raises(RuntimeError, match="float64 is not supported"):
            cltorch.zeros(13, 17, dtype=cltorch.float64)
        with pytest.raises(RuntimeError, match="float64 is not supported"):
            cltorch.ones(13, 17).double()


def _fields(traits: object) -> dict[str, object]:
    return {name: getattr(traits, name) for name in traits.__dataclass_fields__}
