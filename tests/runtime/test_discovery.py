"""Which drivers are found, with what environment, what is refused and why, and which device is chosen."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyopencl as cl
import pytest

import cltorch
import cltorch.config as settings
from cltorch import info
from cltorch.errors import DeviceNotFoundError
from cltorch.runtime import folders, loader, platforms, quirks, verdicts
from cltorch.runtime.platforms import Candidate

from .programs import python

LIST = "from cltorch.runtime import platforms; print(*platforms.describe(), sep='\\n')"


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Real devices are listed before anything is changed, and the environment is as it was afterwards."""
    platforms.candidates()
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


# --- the loader's environment -------------------------------------------------------------------------------------------


@pytest.fixture
def vendors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system folder with one driver, no variable set, a cache of its own, and a packaged library."""
    for name in ("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"):
        monkeypatch.delenv(name, raising=False)
    system = tmp_path / "system"
    system.mkdir()
    (system / "pocl.icd").write_text("libpocl.so.2")
    monkeypatch.setattr(loader, "SYSTEM", system)
    monkeypatch.setattr(folders, "root", lambda: tmp_path / "cache")
    return system


def listed() -> dict[str, str]:
    """The drivers that the loader is told of."""
    return {icd.name: icd.read_text().strip() for icd in Path(os.environ["OCL_ICD_VENDORS"]).glob("*.icd")}


def test_a_packaged_driver_stands_beside_the_systems(vendors: Path) -> None:
    loader._add(Path("/pip/libintelocl.so"))
    assert listed() == {"pocl.icd": "libpocl.so.2", "packaged-libintelocl.icd": "/pip/libintelocl.so"}


@pytest.mark.parametrize("variable", ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"])
def test_a_packaged_driver_stands_beside_the_users_own(
    vendors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.icd").write_text("/opt/libmine.so")
    monkeypatch.setenv(variable, str(own))
    loader._add(Path("/pip/libintelocl.so"))
    assert listed() == {"mine.icd": "/opt/libmine.so", "packaged-libintelocl.icd": "/pip/libintelocl.so"}


def test_a_user_who_names_one_driver_gets_that_one(
    vendors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path / "libmine.so"))
    loader._add(Path("/pip/libintelocl.so"))
    assert os.environ["OCL_ICD_VENDORS"] == str(tmp_path / "libmine.so")


def test_two_generations_of_a_driver_are_not_mixed(
    vendors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (vendors / "intel.icd").write_text("/opt/intel/libintelocl.so")
    loader._add(Path("/pip/libintelocl.so"))
    assert sorted(listed().values()) == ["/pip/libintelocl.so", "libpocl.so.2"]
    monkeypatch.setenv("OCL_ICD_VENDORS", str(vendors))
    loader._add(Path("/pip/libintelocl.so"))
    assert os.environ["OCL_ICD_VENDORS"] == str(vendors)


def test_the_folder_of_drivers_is_never_changed(vendors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loader._add(Path("/pip/libintelocl.so"))
    first, before = os.environ["OCL_ICD_VENDORS"], listed()
    monkeypatch.delenv("OCL_ICD_VENDORS")
    loader._add(Path("/other/libintelocl.so"))
    assert os.environ["OCL_ICD_VENDORS"] != first
    monkeypatch.setenv("OCL_ICD_VENDORS", first)
    assert listed() == before


@dataclass
class Package:
    """An installed package, as importlib.metadata describes it."""

    version: str
    files: tuple[Path, ...] = ()

    def locate_file(self, file: Path) -> Path:
        return Path("/") / file


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        ({}, None),
        ({"intel-opencl-rt": Package("2026.1.0")}, "without intel-cmplr-lib-rt"),
        ({"intel-opencl-rt": Package("2025.0.5"), "intel-cmplr-lib-rt": Package("2025.0.5")}, "before 2025.3"),
        ({"intel-opencl-rt": Package("2026.1.0"), "intel-cmplr-lib-rt": Package("2026.1.0")}, "no libintelocl.so"),
    ],
)
def test_why_a_packaged_driver_is_not_used(
    monkeypatch: pytest.MonkeyPatch, installed: dict[str, Package], said: str | None
) -> None:
    def distribution(name: str) -> Package:
        if name not in installed:
            raise loader.importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(loader.importlib.metadata, "distribution", distribution)
    assert loader.packaged(quirks.PACKAGED)[0] is None
    found = loader.failure(quirks.PACKAGED)
    assert found is None if said is None else said in str(found)


def test_a_packaged_library_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "libintelocl.so"
    broken.write_text("not a library")
    monkeypatch.setattr(loader, "packaged", lambda driver: (broken, None))
    assert "cannot be loaded" in str(loader.failure(quirks.PACKAGED))


# --- folders ------------------------------------------------------------------------------------------------------------


def test_folders_that_can_and_cannot_be_written(tmp_path: Path) -> None:
    assert folders.can_write(tmp_path / "new" / "folder") and not (tmp_path / "new").exists()
    file = tmp_path / "file"
    file.write_text("")
    assert not folders.can_write(file / "below")
    assert not folders.can_write(Path("/proc/nothing"))


def test_a_shared_temporary_folder_is_not_trusted(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert not folders._is_private(tmp_path)
    tmp_path.chmod(0o700)
    assert folders._is_private(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert not folders._is_private(link)


def test_a_driver_gets_a_cache_that_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "root", lambda: tmp_path)
    monkeypatch.setattr(loader, "packaged", lambda driver: (None, None))
    for name in ("POCL_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/dev/null")
    loader.prepare()
    assert os.environ["POCL_CACHE_DIR"] == str(tmp_path / "pocl")
    monkeypatch.setenv("POCL_CACHE_DIR", str(tmp_path / "own"))
    loader.prepare()
    assert os.environ["POCL_CACHE_DIR"] == str(tmp_path / "own")


def test_an_empty_variable_is_no_folder_for_a_drivers_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "root", lambda: tmp_path)
    monkeypatch.setattr(loader, "packaged", lambda driver: (None, None))
    monkeypatch.setenv("POCL_CACHE_DIR", "")
    loader.prepare()
    assert os.environ["POCL_CACHE_DIR"] == str(tmp_path / "pocl")


def test_a_folder_of_drivers_whose_files_are_gone_is_filled_again(
    vendors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader._add(Path("/pip/libintelocl.so"))
    before = listed()
    folder = Path(os.environ["OCL_ICD_VENDORS"])
    (folder / "pocl.icd").unlink()
    (folder / "packaged-libintelocl.icd").write_text("")
    monkeypatch.delenv("OCL_ICD_VENDORS")
    loader._add(Path("/pip/libintelocl.so"))
    assert os.environ["OCL_ICD_VENDORS"] == str(folder) and listed() == before
    assert len(list(folder.iterdir())) == 2


def test_a_full_disk_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, **where: Any) -> None:
            pass

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def write(self, data: bytes) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.tempfile, "TemporaryFile", Full)
    assert not folders.can_write(tmp_path)
    folders.problem.cache_clear()
    try:
        assert "No space left on device" in str(folders.problem())
        assert any("No space left on device" in line for line in info.lines())
    finally:
        folders.problem.cache_clear()


@pytest.mark.skipif(os.getuid() == 0, reason="root writes everywhere")
def test_a_cache_with_a_part_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir(mode=0o500)
    done = python("from cltorch.runtime import folders; print(folders.problem())", CLTORCH_CACHE=str(tmp_path))
    assert "programs cannot be written (Permission denied)" in done.stdout


@pytest.mark.parametrize(("text", "on"), [("", False), ("0", False), ("false", False), ("off", False), ("1", True)])
def test_switches_of_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, on: bool) -> None:
    monkeypatch.setenv("CLTORCH_EAGER", text)
    assert settings.read().eager == on
    monkeypatch.setenv("CLTORCH_EAGER", "perhaps")
    with pytest.raises(ValueError, match="CLTORCH_EAGER must be 1 or 0"):
        settings.read()


def test_a_home_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    code = """
        import cltorch
        from cltorch.runtime import folders
        print((cltorch.arange(4.0) * 3).sum().item(), folders.root())
    """
    nowhere: dict[str, str | None] = {"HOME": "/dev/null", "XDG_CACHE_HOME": None, "POCL_CACHE_DIR": None}
    done = python(code, CLTORCH_CACHE=None, TMPDIR=str(tmp_path), **nowhere)
    assert done.stdout.strip() == f"18.0 {tmp_path}/cltorch-{os.getuid()}", done.stderr
    assert done.stderr == ""


# --- listing and verdicts -----------------------------------------------------------------------------------------------


class Handle:
    """A device, as a driver describes it; what is not set here is refused as an unknown query."""

    name, vendor, version, driver_version = "Thing 5 ", "Maker", "OpenCL 3.0 ", "1.2"
    extensions = "cl_khr_fp64 cl_khr_subgroups"
    type = cl.device_type.GPU
    int_ptr = 1
    max_work_group_size, max_compute_units = 1 << 26, 12
    local_mem_size, max_mem_alloc_size, global_mem_size = 1 << 15, 1 << 30, 1 << 32

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        raise cl.LogicError(f"Device.get_info failed: INVALID_VALUE {name}")


class Platform:
    """A platform with some devices, or one that throws."""

    version = "1"

    def __init__(self, name: str, *devices: Handle, error: Exception | None = None, number: int = 0) -> None:
        self.name, self._devices, self._error, self.int_ptr = name, list(devices), error, number

    def get_devices(self) -> list[Handle]:
        if self._error is not None:
            raise self._error
        return self._devices


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that lists invented platforms whose devices all pass."""

    def call(*found: Platform) -> platforms.Listing:
        monkeypatch.setattr(platforms.cl, "get_platforms", lambda: list(found))
        monkeypatch.setattr(platforms, "verdict", lambda *_: None)
        monkeypatch.setattr(loader, "failure", lambda driver: None)
        return platforms._judged(platforms._list())

    return call


def test_a_platform_that_throws_is_skipped_and_named(listing: Any) -> None:
    found = listing(
        Platform("Bad", error=cl.RuntimeError("out of luck"), number=1),
        Platform("Worse", error=UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), number=2),
        Platform("Good", Handle(), Handle(type=None), number=3),
    )
    assert [c.position for c in found.candidates] == [(2, 0)]
    assert len(found.problems) == 3
    assert "platform 0 Bad: RuntimeError: out of luck" in found.problems[0]
    assert "platform 1 Worse" in found.problems[1] and "device 2:1 of Good" in found.problems[2]


def test_a_driver_named_twice_is_listed_once_and_a_device_under_two_drivers_twice(listing: Any) -> None:
    one, other = Platform("One", Handle(), number=1), Platform("Other", Handle(), number=2)
    assert [c.platform for c in listing(one, other, one).candidates] == ["One", "Other"]


def test_a_device_that_computes_in_the_asking_thread_stands_beside_another_and_alone(listing: Any) -> None:
    """It is asked for while devices are listed, and never after."""
    asked = []

    class Pocl(Platform):
        def get_devices(self) -> list[Handle]:
            asked.append(os.environ.get("POCL_DEVICES"))
            return super().get_devices()

    os.environ.pop("POCL_DEVICES", None)
    kind = cl.device_type.CPU
    near, far = Handle(name="basic-zen", type=kind), Handle(name="pthread-zen", type=kind)
    found = listing(Pocl("Portable Computing Language", near, far, number=1)).candidates
    assert [(c.name, c.position, c.near) for c in found] == [("pthread-zen", (0, 0), near)]
    assert asked == ["pthread basic", None]
    found = listing(Pocl("Portable Computing Language", near, number=1)).candidates
    assert [(c.name, c.near) for c in found] == [("basic-zen", None)]
    os.environ["POCL_DEVICES"] = "pthread"
    asked.clear()
    listing(Pocl("Portable Computing Language", far, number=1))
    assert asked == ["pthread"] * 2 and os.environ["POCL_DEVICES"] == "pthread"


def test_platforms_come_as_other_programs_see_them() -> None:
    """Though one lists a further device meanwhile: a position means the same device in every process."""
    ours = "platforms.candidates(); names = {c.position[0]: c.platform for c in platforms.candidates()}"
    plain = (
        "loader.prepare(); import pyopencl as cl; names = dict(enumerate(p.name.strip() for p in cl.get_platforms()))"
    )
    seen = [
        python(f"from cltorch.runtime import loader, platforms; {how}; print(sorted(names.items()))")
        for how in (ours, plain)
    ]
    assert seen[0].stdout == seen[1].stdout and seen[0].stdout.startswith("[(0, '"), seen[0].stderr + seen[1].stderr


def test_the_probe_finds_its_platform_by_name_where_the_order_is_another() -> None:
    here = platforms.candidates()[0]
    name = here.handle.platform.name
    assert verdicts.run_probe((99, here.position[1]), here.handle, name) == verdicts.Verdict(None)
    refused, _ = verdicts.run_probe((0, 0), here.handle, "no such platform")
    assert refused is not None and "StopIteration" in refused


@pytest.mark.parametrize(
    ("name", "advice"), [("Portable Computing Language", "POCL_CACHE_DIR"), ("rusticl", "RUSTICL_ENABLE")]
)
def test_a_platform_without_devices_is_told_with_advice(listing: Any, name: str, advice: str) -> None:
    (problem,) = listing(Platform(name)).problems
    assert "no device" in problem and advice in problem


def test_abilities_are_what_the_driver_says_and_every_query_may_be_refused() -> None:
    traits = platforms.traits(Handle())  # type: ignore[arg-type]
    assert (traits.kind, traits.max_work_group, traits.group_multiple) == ("gpu", 1024, 32)
    assert (traits.fp64, traits.fp16, traits.exact_division, traits.int64_atomics) == (True, False, False, False)
    assert traits.subgroups == ()  # listed, but no size is told: none is assumed
    assert platforms.traits(Handle(wavefront_width_amd=64)).subgroups == (64,)  # type: ignore[arg-type]
    assert platforms.traits(Handle(wavefront_width_amd=64, extensions="")).subgroups == ()  # type: ignore[arg-type]
    assert platforms.traits(Handle(host_unified_memory=True)).kind == "igpu"  # type: ignore[arg-type]
    every = cl.device_type.CPU | cl.device_type.GPU | cl.device_type.ACCELERATOR
    assert platforms.traits(Handle(type=every, native_vector_width_float=16)).kind == "cpu"  # type: ignore[arg-type]


def test_sub_groups_of_the_devices_here() -> None:
    for found in platforms.candidates():
        named = "cl_intel_required_subgroup_size" in found.handle.extensions
        assert bool(found.traits.subgroups) == named
        assert all(size & (size - 1) == 0 for size in found.traits.subgroups)


@pytest.fixture
def verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """`verdicts.verdict` of an invented device; ``verdict.runs`` counts probes, which find what ``verdict.finds`` says."""

    def probe(position: tuple[int, int], handle: Any, platform: str) -> verdicts.Verdict:
        ask.runs += 1
        return verdicts.Verdict(ask.finds, ask.lasts)

    def ask() -> str | None:
        return verdicts.verdict((0, 0), Handle(), Platform("P"), ask.driver, platforms.host_cpu())  # type: ignore[arg-type]

    ask.runs, ask.finds, ask.lasts, ask.driver, ask.folder = 0, None, True, "1.0", tmp_path / "verdicts"
    monkeypatch.setattr(verdicts, "run_probe", probe)
    monkeypatch.setattr(folders, "root", lambda: tmp_path)
    return ask


def test_verdicts_are_kept_by_driver_cpu_and_settings(verdict: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [verdict(), verdict(), verdict.runs] == [None, None, 1]
    verdict.driver = "1.1"
    assert [verdict(), verdict.runs] == [None, 2]
    monkeypatch.setenv("CL_CONFIG_CPU_TARGET_ARCH", "skx")
    assert [verdict(), verdict.runs] == [None, 3]
    monkeypatch.setattr(platforms, "host_cpu", lambda: "another")
    assert [verdict(), verdict.runs] == [None, 4]
    monkeypatch.setenv("PATH", "/nowhere")  # without the program `ld`
    assert [verdict(), verdict.runs] == [None, 5]


def test_a_refusal_is_believed_for_a_day(verdict: Any) -> None:
    verdict.finds = "wrong numbers: cos"
    assert [verdict(), verdict(), verdict.runs] == ["wrong numbers: cos", "wrong numbers: cos", 1]
    (file,) = verdict.folder.iterdir()
    os.utime(file, (0, 0))
    verdict.finds = None
    assert [verdict(), verdict.runs] == [None, 2]
    os.utime(file, (0, 0))
    assert [verdict(), verdict.runs] == [None, 2]


def test_a_refusal_for_a_passing_reason_is_not_believed_by_the_next_process(verdict: Any) -> None:
    verdict.finds, verdict.lasts = "its probe did not end within 60 s", False
    assert [verdict(), verdict(), verdict.runs] == [verdict.finds, verdict.finds, 2]
    verdict.finds, verdict.lasts = None, True
    assert [verdict(), verdict.runs] == [None, 3]


def test_a_damaged_verdict_is_found_anew(verdict: Any) -> None:
    verdict()
    (file,) = verdict.folder.iterdir()
    for damage in ("", "{", "[]", json.dumps({"other": 1})):
        file.write_text(damage)
        assert verdict() is None
    assert verdict.runs == 5


@pytest.mark.parametrize(
    ("status", "out", "err", "said", "lasts"),
    [
        (0, "", "noise", None, True),
        (3, "wrong numbers: cos", "", "wrong numbers: cos", True),
        (
            -6,
            "",
            'error: unable to execute command: Executable "ld" doesn\'t exist!\nFinal linking failed.',
            "apt install",
            True,
        ),
        (-6, "", "error: No space left on device", "No space left", False),
        (-9, "", "", "killed by signal 9", False),
        (-11, "", "", "killed by signal 11", True),
        (1, "", "Traceback\nImportError: no numpy", "ImportError: no numpy", False),
        (3, "BUILD_PROGRAM_FAILURE\nerror: unknown target CPU 'generic'", "", "does not know this CPU", True),
        (3, "clCreateBuffer failed: OUT_OF_HOST_MEMORY", "", "OUT_OF_HOST_MEMORY", False),
    ],
)
def test_how_a_probe_fails_is_told_and_how_long_it_is_believed(
    monkeypatch: pytest.MonkeyPatch, status: int, out: str, err: str, said: str | None, lasts: bool
) -> None:
    done = subprocess.CompletedProcess([], status, out, err)
    monkeypatch.setattr(verdicts.subprocess, "run", lambda *args, **kwargs: done)
    found = verdicts.run_probe((0, 0), None, "Portable Computing Language")  # type: ignore[arg-type]
    assert found.lasts == lasts
    assert found.refused is None if said is None else said in str(found.refused) and "\n" not in str(found.refused)


def test_a_probe_that_does_not_end_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "PROBE_SECONDS", 0.01)
    refused, lasts = verdicts.run_probe((0, 0), None, "P")  # type: ignore[arg-type]
    assert "did not end within" in str(refused) and not lasts


def test_a_probe_that_cannot_be_started_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(verdicts.subprocess, "run", fail)
    refused, lasts = verdicts.run_probe((0, 0), None, "P")  # type: ignore[arg-type]
    assert "could not be started" in str(refused) and not lasts


@pytest.mark.filterwarnings("ignore::pyopencl.CompilerWarning")
@pytest.mark.parametrize(("executable", "frozen"), [("/opt/app/application", False), (None, True), ("", False)])
def test_a_program_that_is_no_interpreter_does_not_start_itself(
    monkeypatch: pytest.MonkeyPatch, executable: str | None, frozen: bool
) -> None:
    from cltorch.runtime import device

    def start(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("started")

    if executable is not None:
        monkeypatch.setattr(verdicts.sys, "executable", executable)
    monkeypatch.setattr(verdicts.sys, "frozen", frozen, raising=False)
    monkeypatch.setattr(verdicts.subprocess, "run", start)
    assert verdicts.run_probe((0, 0), device.default().handle, "P") == verdicts.Verdict(None)


def test_modules_of_the_working_folder_are_not_the_probes(tmp_path: Path) -> None:
    for name in ("random", "typing", "pytools", "numpy", "subprocess"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not that one')")
    code = """
        import os, sys
        from cltorch.runtime import platforms
        sys.path.insert(0, sys.argv[1])
        os.chdir(sys.argv[1])
        print({found.refused for found in platforms.candidates()})
    """
    done = python(code, str(tmp_path), CLTORCH_CACHE=str(tmp_path / "cache"), PYOPENCL_BUILD_OPTIONS="-DNOT(")
    assert done.stdout.strip() == "{None}", done.stdout + done.stderr


def test_probes_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(3, timeout=300)

    def ask(*args: Any) -> None:
        together.wait()

    monkeypatch.setattr(platforms, "verdict", ask)
    handle, platform = platforms.candidates()[0].handle, Platform("P")
    listed = [platforms.Listed((0, k), handle, platform, None) for k in range(3)]  # type: ignore[arg-type]
    assert platforms._verdicts(listed) == [None] * 3


@pytest.mark.filterwarnings("ignore::pyopencl.CompilerWarning")
def test_the_probe_passes_on_the_device_in_use_and_sees_wrong_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    from cltorch.runtime import device, probe

    assert probe.check(device.default().handle) is None
    assert probe.check(device.default().handle, "-DNOTHING", "no source") is None  # then the driver's declarations do
    monkeypatch.setattr(probe, "SOURCE", probe.SOURCE.replace("cos(v)", "cos(v) + (i == 3)"))
    assert probe.check(device.default().handle) == "wrong numbers: cos"


def test_a_driver_that_cannot_link_is_refused_and_others_go_on() -> None:
    """PoCL aborts without `ld`, even if its own cache holds what the probe needs."""
    done = python(LIST, PATH="/nowhere", CLTORCH_DEVICE="")
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        assert ("refused" in line) == ("Portable Computing Language" in line)
        assert "apt install binutils" in line or "refused" not in line


# --- choice -------------------------------------------------------------------------------------------------------------


def candidate(name: str, platform: str, vendor: str, kind: str, position: tuple[int, int]) -> Candidate:
    """An invented device that passed."""
    traits = replace(platforms.candidates()[0].traits, kind=kind)
    return Candidate(position, None, name, platform, vendor, "1", traits, None)  # type: ignore[arg-type]


HERE = {
    "gtx": ("GeForce GTX", "NVIDIA CUDA", "NVIDIA Corporation", "gpu", (0, 0)),
    "radeon": ("gfx1030", "AMD Accelerated Parallel Processing", "Advanced Micro Devices", "gpu", (1, 0)),
    "uhd": ("UHD Graphics", "Intel(R) OpenCL Graphics", "Intel(R) Corporation", "igpu", (2, 0)),
    "mesa": ("UHD Graphics (tgl)", "rusticl", "Intel", "igpu", (3, 0)),
    "cpu": ("AMD EPYC", "Intel(R) OpenCL", "Intel(R) Corporation", "cpu", (4, 0)),
    "pocl": ("pthread-haswell-Intel", "Portable Computing Language", "GenuineIntel", "cpu", (5, 0)),
}


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        ("", ["radeon", "gtx", "uhd", "mesa", "cpu", "pocl"]),
        ("gpu", ["radeon", "gtx", "uhd", "mesa"]),
        ("cpu", ["cpu", "pocl"]),
        ("nvidia", ["gtx"]),
        ("NVIDIA", ["gtx"]),
        ("amd", ["radeon"]),
        ("intel", ["uhd", "mesa", "cpu"]),
        ("pocl", ["pocl"]),
        ("0", ["radeon"]),
        ("4", ["cpu"]),
        ("0:0", ["gtx"]),
        ("5:0", ["pocl"]),
        ("gfx10", ["radeon"]),
        ("geforce gtx", ["gtx"]),
        ("uhd", ["uhd", "mesa"]),
    ],
)
def test_what_cltorch_device_means(monkeypatch: pytest.MonkeyPatch, asked: str, hits: list[str]) -> None:
    found = {key: candidate(*row) for key, row in HERE.items()}
    monkeypatch.setattr(platforms, "_listing", platforms.Listing(tuple(found.values()), ()))
    monkeypatch.setattr(platforms, "config", replace(platforms.config, device=asked))
    chosen = platforms.usable.__wrapped__()
    assert [c.name for c in chosen[: len(hits)]] == [found[key].name for key in hits]
    assert len(chosen) == len(found)


def test_only_what_may_be_the_first_device_is_probed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of `usable`, until one passes; and each once in a process."""
    kinds = {"Slow": cl.device_type.CPU, "Fast": cl.device_type.GPU, "Beside": cl.device_type.CPU}
    handles = [Handle(name=name, type=kind) for name, kind in kinds.items()]
    listed = [platforms.Listed((0, k), handle, Platform("P"), None) for k, handle in enumerate(handles)]  # type: ignore[arg-type]
    probed: list[str] = []
    refused: list[str] = []
    began: list[str] = []

    def ask(position: Any, handle: Any, *_: Any) -> str | None:
        probed.append(handle.name)
        return "bad" if handle.name in refused else None

    monkeypatch.setattr(platforms, "verdict", ask)
    monkeypatch.setattr(platforms, "is_known", lambda handle, *_: handle.name == "Fast")
    monkeypatch.setattr(platforms, "on_trial", [lambda one: began.append(one.name)])
    monkeypatch.setattr(platforms, "_found", platforms.Found(tuple(listed), ()))
    monkeypatch.setattr(platforms, "usable", platforms.usable.__wrapped__)
    for asked, bad, first, expected in (
        ("", [], "Fast", ["Fast"]),
        ("cpu", ["Fast"], "Slow", ["Slow"]),
        ("", ["Fast", "Slow"], "Beside", ["Fast", "Slow", "Beside"]),
        ("1", ["Fast"], "Beside", [*kinds]),  # a number counts those that passed
        ("", [*kinds], None, [*kinds]),
    ):
        platforms._verdict.cache_clear()
        monkeypatch.setattr(platforms, "_listing", None)
        monkeypatch.setattr(platforms, "config", replace(platforms.config, device=asked))
        probed.clear()
        began.clear()
        refused[:] = bad
        found = platforms.first()
        assert (None if found is None else found.name) == first
        assert probed == expected or sorted(probed) == sorted(expected) == sorted(kinds)
        assert [c.name for c in platforms.usable()[:1]] == [first] * (found is not None)
        assert sorted(probed) == sorted(kinds)
        if (
            asked != "1"
        ):  # what is begun beside a probe is for the devices that may come first, and for none that is known
            assert began == [name for name in expected if name != "Fast"]
    platforms._verdict.cache_clear()


@pytest.mark.parametrize("asked", ["6", "7:0", "0:1", "quadro", "-1"])
def test_a_choice_without_a_match_lists_what_was_found(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    good, bad = candidate(*HERE["gtx"]), replace(candidate(*HERE["pocl"]), refused="wrong numbers: cos")
    monkeypatch.setattr(platforms, "_listing", platforms.Listing((good, bad), ("platform 9 rusticl: no device",)))
    monkeypatch.setattr(platforms, "config", replace(platforms.config, device=asked))
    with pytest.raises(DeviceNotFoundError) as error:
        platforms.usable.__wrapped__()
    text = str(error.value)
    assert f"no OpenCL device matches {asked!r}" in text
    assert "0:0 GeForce GTX (NVIDIA CUDA, 1): gpu" in text
    assert "refused: wrong numbers: cos" in text and "platform 9 rusticl: no device" in text
    assert "pip install 'cltorch[cpu]'" in text and "apt install pocl-opencl-icd" in text


def test_info_names_what_is_refused_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = candidate(*HERE["gtx"]), replace(candidate(*HERE["pocl"]), refused="wrong numbers: cos")
    monkeypatch.setattr(platforms, "_listing", platforms.Listing((good, bad), ("platform 9 rusticl: no device",)))
    monkeypatch.setattr(platforms, "usable", lambda: (good,))
    monkeypatch.setattr(info, "config", replace(info.config, device=""))
    text = "\n".join(info.lines())
    assert "refused: wrong numbers: cos" in text and "not listed: platform 9 rusticl: no device" in text
    assert "used: opencl:0, because gpu is the fastest kind present" in text
    assert "cache: " in text and "pyopencl" in text


def test_without_any_driver() -> None:
    code = """
        import cltorch
        assert not cltorch.opencl.is_available() and cltorch.opencl.device_count() == 0
        try:
            cltorch.ones(1)
        except cltorch.DeviceNotFoundError as error:
            print(error)
    """
    done = python(code, OCL_ICD_VENDORS="/nowhere", CLTORCH_DEVICE="")
    assert "no OpenCL platform is installed" in done.stdout and "pip install 'cltorch[cpu]'" in done.stdout, done.stderr


def test_is_available_is_false_for_a_device_that_is_not_there() -> None:
    done = python("import cltorch; print(cltorch.opencl.is_available())", CLTORCH_DEVICE="no such device")
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("text", ["cpu", "opencl", "opencl:0", "cuda", "cuda:1", "mps", "meta"])
def test_device_strings(text: str) -> None:
    device = cltorch.device(text)
    assert device.type == text.partition(":")[0]
    assert device == cltorch.device(device) and device != cltorch.device("xla") and device != "npu"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tpu", "at start of device string: tpu"),
        ("CPU", "at start of device string: CPU"),
        ("", "must not be empty"),
        ("cpu:x", "Invalid device string: 'cpu:x'"),
        ("opencl:", "Invalid device string: 'opencl:'"),
        ("opencl:-1", "Invalid device string: 'opencl:-1'"),
        ("opencl:01", "Invalid device string: 'opencl:01'"),
        ("opencl: 1", "Invalid device string: 'opencl: 1'"),
        ("opencl:1:2", "Invalid device string: 'opencl:1:2'"),
        ("cuda:0", "cltorch has no device 'cuda:0': devices are called opencl:0"),
        (-1, "must not be negative"),
    ],
)
def test_bad_device_strings_are_runtime_errors(text: Any, words: str) -> None:
    if text != "cuda:0":  # it can be named, but nothing made on it
        with pytest.raises(RuntimeError, match=words):
            cltorch.device(text)
    with pytest.raises(RuntimeError, match=words):
        cltorch.ones(1, device=text)
