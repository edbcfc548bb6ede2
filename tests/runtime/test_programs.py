"""Compiled programs on disk and in memory: damage, bounds, other CPUs, folders that cannot be written, refused sources."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyopencl as cl
import pytest

import cltorch
from cltorch.errors import KernelBuildError
from cltorch.graph.record import recorder
from cltorch.kernels.render import named
from cltorch.runtime import cache, folders, platforms, program
from cltorch.runtime import device as devices
from cltorch.runtime.launch import Launch, cast

SOURCE = "__kernel void {name}(__global float *a, const float b) {{ a[get_global_id(0)] += b; }}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone."""
    monkeypatch.setattr(folders, "root", lambda: tmp_path)
    return tmp_path / "programs"


def text(name: str, source: str = SOURCE, options: str = "") -> Any:
    """A kernel's text as the kernels' floor makes it."""
    return SimpleNamespace(name=name, source=source.format(name=name), options=options, preludes=())


def build(name: str, **fields: Any) -> tuple[cl.Kernel, program.Builds]:
    """A new kernel object in a process that knows no program yet."""
    device = devices.default()
    known = program._BUILDS.pop(device, None)
    try:
        (kernel,) = program.kernels(device, [text(name, **fields)], lambda name: "")
        return kernel, program.built(device)
    finally:
        if known is not None:
            program._BUILDS[device] = known


def result_of(kernel: cl.Kernel) -> float:
    """What the kernel makes of 1 and 2."""
    device = devices.default()
    one = np.ones(1, np.float32)
    flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
    memory = cl.Buffer(device.context, flags, hostbuf=one)
    launch = Launch(device.queue, kernel, "kernel", (1,), (1,), [(0, 0)], (), [(1, 0, "float")], counting=2)
    for step in launch.run([0, 1, memory], [2.0]):
        step()
    cl.enqueue_copy(device.queue, one, memory)
    return float(one[0])


def test_a_program_is_built_once_and_then_loaded(folder: Path) -> None:
    assert build("first_kernel")[1].programs_built == 1
    kernel, builds = build("first_kernel")
    assert (builds.programs_built, builds.programs_loaded) == (0, 1)
    assert result_of(kernel) == 3.0


@pytest.mark.parametrize("damage", ["empty", "short", "flipped", "another program"])
def test_damaged_entries_are_built_anew(folder: Path, damage: str) -> None:
    build("some_kernel")
    (entry,) = folder.iterdir()
    data = entry.read_bytes()
    broken = {
        "empty": b"",
        "short": data[: len(data) // 2],
        "flipped": data[:-1] + bytes([data[-1] ^ 1]),
        "another program": b"",
    }[damage]
    if damage == "another program":
        cache.store(entry.name, b"this is no program that any driver would take")
    else:
        entry.write_bytes(broken)
    kernel, builds = build("some_kernel")
    assert (builds.programs_built, builds.programs_loaded) == (1, 0)
    assert result_of(kernel) == 3.0
    assert cache.load(entry.name) == data[cache.DIGEST :] or build("some_kernel")[1].programs_loaded == 1


def test_programs_of_another_cpu_setting_or_driver_are_not_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = devices.default()
    prints = {device.fingerprint}
    with monkeypatch.context() as patch:
        patch.setenv("CL_CONFIG_CPU_TARGET_ARCH", "core-avx2")
        prints.add(device.fingerprint)
    with monkeypatch.context() as patch:
        patch.setattr(platforms, "host_cpu", lambda: "another")
        prints.add(device.fingerprint)
    with monkeypatch.context() as patch:
        patch.setattr(device, "driver", "another")
        prints.add(device.fingerprint)
    assert len(prints) == (4 if device.traits.kind == "cpu" else 3)


def test_the_cache_is_bounded_and_keeps_what_was_used_last(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(10):
        cache.store(f"key{k}", bytes(1000))
        os.utime(folder / f"key{k}", (k, k))
    assert cache.load("key0") is not None  # used now
    (folder / ".new-left-by-a-crash").write_bytes(bytes(1000))
    os.utime(folder / ".new-left-by-a-crash", (0, 0))
    cache.shrink(3500)
    assert sorted(path.name for path in folder.iterdir()) == ["key0", "key8", "key9"]
    monkeypatch.setattr(cache, "SIZE_LIMIT", 1500)
    monkeypatch.setattr(cache, "SHRINK_EVERY", 2)
    monkeypatch.setattr(cache, "_stored", 0)
    cache.store("last", bytes(1000))
    assert [path.name for path in folder.iterdir()] == ["last"]


def test_a_folder_that_cannot_be_written_costs_only_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setattr(folders, "root", lambda: file)
    for _ in range(2):
        kernel, builds = build("homeless_kernel")
        assert (builds.programs_built, builds.programs_loaded) == (1, 0)
        assert result_of(kernel) == 3.0


def test_a_write_that_fails_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Any, target: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    cache.store("key", b"program")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("options", ["", "--no-such-option"])
def test_a_refused_source_is_an_error_with_log_and_source(folder: Path, options: str) -> None:
    broken = "__kernel void {name}(__global float *a) {{ a[0] = no_such_name; }}"
    with pytest.raises(KernelBuildError, match="did not build a program; its source is in") as error:
        build("broken_kernel", source=broken, options=options)
    assert error.value.source is not None and "no_such_name" in error.value.source.read_text()
    assert error.value.source.parent == folder.parent / "failed"
    assert error.value.log.strip() and error.value.log in str(error.value)
    assert isinstance(error.value, RuntimeError)


def test_a_refused_source_that_cannot_be_kept_is_the_same_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setattr(folders, "root", lambda: file)
    with pytest.raises(KernelBuildError, match="could not be kept"):
        build("broken_kernel", source="__kernel void {name}() {{ x }}")


def test_a_build_that_fails_leaves_tensors_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder(devices.default()), "machine", None)  # a tape builds nothing
    x = cltorch.arange(7.0)
    x.sum().item()
    x += 1
    y = (x * 1.2345).atan().log1p()  # a chain that no other test has
    with monkeypatch.context() as patch:
        patch.setattr(program, "build", lambda *a: (_ for _ in ()).throw(KernelBuildError("d", "log", None)))
        patch.setattr(program, "_load", lambda *a: None)
        with pytest.raises(cltorch.KernelBuildError):
            y.numpy()
    np.testing.assert_array_equal(x.numpy(), np.arange(7) + 1.0)
    assert y.shape == (7,)


def test_launches_share_a_kernel_object_and_set_all_its_arguments() -> None:
    first, builds = build("shared_kernel")
    device = devices.default()
    numbers = np.zeros(1, np.float32)
    memory = [device.allocate(64) for _ in range(2)]
    launches = [
        Launch(device.queue, first, "kernel", (1,), (1,), [(0, 0)], (), [(1, 0, "float")], counting=2),
        Launch(device.queue, first, "kernel", (1,), (1,), [(0, 1)], [(1, 5, "float")], counting=2),
    ]
    pool = [0, 1, *(buffer.cl for buffer in memory)]
    for buffer in memory:
        cl.enqueue_fill_buffer(device.queue, buffer.cl, np.float32(1), 0, 64)
    steps = [launch.run(pool, [2.0]) for launch in launches]
    for step in (*steps[0], *steps[1], *steps[0]):
        step()
    found = []
    for buffer in memory:
        cl.enqueue_copy(device.queue, numbers, buffer.cl)
        found.append(float(numbers[0]))
    assert found == [5.0, 6.0]
    assert len(builds.kernels) == 1


@pytest.mark.parametrize(
    ("value", "ctype", "expected"),
    [
        (2**32 + 5, "int", 5),
        (-1, "uchar", 255),
        (True, "int", 1),
        (2.75, "float", 2.75),
        (-(2**63) - 1, "long", 2**63 - 1),
    ],
)
def test_numbers_become_what_a_c_cast_makes_of_them(value: float, ctype: str, expected: float) -> None:
    assert cast(value, ctype) == expected


def test_options_of_the_environment_change_no_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYOPENCL_BUILD_OPTIONS", "-cl-fast-relaxed-math -DUNKNOWN(")
    assert result_of(build("plain_options")[0]) > 0


def test_a_refused_source_leaves_one_copy(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with pytest.raises(KernelBuildError):
        build("refused_once", source="__kernel void {name}( {{ this is no C }}")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_kernel_names_have_64_bits_of_their_texts() -> None:
    assert len(named("stem", "text").rpartition("_")[2]) == 16
