"""Builds beside the program: they are shared, fail, are interrupted, and the process that waits for nothing ends or forks."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cltorch.kernels.call import Kernel
from cltorch.runtime import aside, builders, building, cache, folders, program
from cltorch.runtime import device as devices
from cltorch.runtime.aside import Aside
from cltorch.runtime.builders import Builders, Job

from .programs import python

SMALL = """
    import os, signal, sys, time
    import cltorch
    from cltorch.graph.record import recorder
    from cltorch.runtime import aside, builders, device, platforms
    aside.EVERY = aside.QUIET = 0.0
    def start_builds_that_take_long():
        builders.START = "import os, time; os.write(1, b'.'); time.sleep(600)#"
        platforms.on_trial.clear()  # the first number would wait for it
    def number(k):
        return (cltorch.arange(4.0) * k + 1).sum().item()
    def begin():
        for k in range(200):
            assert number(k) == 6 * k + 4
            found = recorder(device.default()).machine._aside._builder
            if found is not None:
                return found._process
            time.sleep(0.1)
"""
READY = "import os, sys, time; os.write(1, b'.'); os.read(0, 1); "  # a builder that has taken a job
SOURCE = "__kernel void {name}(__global float* a, const int n) {{ for (int i = 0; i < n; i++) a[i] += {k}; }}"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A cache without programs, and no patience."""
    monkeypatch.setattr(folders, "root", lambda: tmp_path)
    monkeypatch.setenv("CLTORCH_CACHE", str(tmp_path))  # for builders
    monkeypatch.setattr(aside, "EVERY", 0.0)
    monkeypatch.setattr(aside, "QUIET", 0.0)
    monkeypatch.setattr(builders, "processors", lambda: 2)
    cache.folder().mkdir()
    yield tmp_path


@pytest.fixture
def several(elsewhere: Path) -> Iterator[Builders]:
    """Builders of a device, ended behind the test."""
    found = Builders(devices.default().builders.position, devices.default().builders.is_late)
    yield found
    for builder in found._running:
        builder.end()
        builder._process.kill()
        builder._process.wait(60)


def being(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let builders be this program instead."""
    monkeypatch.setattr(builders, "START", code + "#")


def job(k: int) -> Job:
    """A small program."""
    kernel = Kernel(f"kernel_{k}", SOURCE.format(name=f"kernel_{k}", k=k), ())
    return program.job_of(devices.default(), kernel, lambda name: "")


def begun(found: Aside, seconds: float = 60) -> Aside:
    """Ask until its build has begun."""
    end = time.monotonic() + seconds
    while not found._begun and not found.failed and time.monotonic() < end:
        assert not found.is_done()
        found.begin()
        time.sleep(0.02)
    return found


def ended(found: Aside, seconds: float = 60) -> bool:
    """Ask until it is done, or has failed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found.is_done():
            return True
        if found.failed:
            return False
        time.sleep(0.02)
    raise AssertionError("it is not done")


def test_programs_are_built_beside_and_found_on_disk(several: Builders) -> None:
    here: list[Job] = []
    jobs = [job(k) for k in range(3)]
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    beside = list(several.share(jobs, here.append))
    assert beside and sorted([*beside, *here]) == sorted(jobs)
    for what in beside:
        assert cache.is_kept(what.key)
        assert program._load(devices.default(), what) is not None


def test_what_a_builder_cannot_build_or_dies_of_is_left_to_the_caller(
    several: Builders, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Job("this is no program", "", "0" * 64)
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    assert several._running[0].take(refused)
    while several._running[0].job is not None:
        several.hear(1.0)
    assert several._running[0].is_idle and not cache.is_kept(refused.key)
    being(monkeypatch, READY + "sys.exit(3)")
    several._running[0].end()
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    here: list[Job] = []
    jobs = [job(k) for k in (10, 11, 12)]
    beside = list(several.share(jobs, here.append))
    assert len(beside) <= 1 and not any(cache.is_kept(what.key) for what in beside)
    assert sorted([*beside, *here]) == sorted(jobs)


def test_kernels_come_out_right_however_builders_fare(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    device = devices.default()
    being(monkeypatch, READY + "sys.exit(3)")
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    monkeypatch.setattr(device, "builders", several)
    texts = [Kernel(f"kernel_{k}", SOURCE.format(name=f"kernel_{k}", k=k), ()) for k in (20, 21, 22, 23)]
    made = program.kernels(device, texts, lambda name: "")
    assert [kernel.function_name for kernel in made] == [text.name for text in texts]


def test_an_interrupted_wait_leaves_the_builder_of_use(
    several: Builders, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = elsewhere / "gate"
    tell = f"time.sleep(0.3); os.kill({os.getpid()}, {int(signal.SIGALRM)}); "
    wait = f"[time.sleep(0.01) for _ in iter(lambda: os.path.exists({str(gate)!r}), True)]"
    being(monkeypatch, READY + tell + wait + "; os.read(0, 1 << 16); os.write(1, b'.'); os.read(0, 1)")
    several._start(1)
    (builder,) = several._running
    while not builder.is_ready:
        several.hear(1.0)
    before = signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        with pytest.raises(KeyboardInterrupt):
            list(several.share([job(30), job(31)], lambda what: None))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert builder.job is not None and not builder.is_idle  # it is still at it
    gate.touch()
    while builder.job is not None:
        several.hear(1.0)
    assert builder.is_idle


def test_one_program_alone_goes_to_an_idle_builder_where_machine_code_is_made_late(several: Builders) -> None:
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    here: list[Job] = []
    for is_late in (False, True):
        several.is_late = is_late
        for is_near in (False, True):
            one = job(50 + 2 * is_late + is_near)._replace(is_near=is_near)
            assert list(several.share([one], here.append)) == [one] * is_late
    assert len(here) == 2


@pytest.mark.parametrize(
    ("is_late", "jobs", "found"),
    [
        (True, "near - far -", "near warm far"),
        (True, "- near far", "warm near far"),
        (True, "near far - far", "near far far"),  # the first for the device itself has warmed it
        (False, "near - far -", "near far"),
    ],
)
def test_a_builder_that_has_nothing_to_do_has_the_driver_read_its_library(is_late: bool, jobs: str, found: str) -> None:
    """Once, before the first program for the device itself is asked for; "-" is a time when nobody asks."""
    code = f"""
        import sys, types
        from cltorch.runtime import building, builders
        jobs, done = {jobs.split()}, []
        def comes(seconds):
            if jobs[:1] == ["-"] and (seconds == 0 or jobs.pop(0)):
                return seconds > 0
            return True
        def following():
            building._comes(60.0)
            return builders.Job("", "", jobs[0], jobs.pop(0) == "near") if jobs else None
        opened = types.SimpleNamespace(builders=types.SimpleNamespace(is_late={is_late}))
        building.device.untried = lambda position: opened
        building._comes, building._next, building.aside.release = comes, following, lambda key: None
        building.keep = lambda opened, job: done.append(job.key)
        building.warm = lambda opened: done.append("warm")
        building.serve((0, 0))
        sys.stderr.write(" ".join(done))
    """
    done = python(code)
    assert (done.returncode, done.stderr) == (0, found)


def test_a_library_is_read_without_a_trace(several: Builders) -> None:
    building.warm(devices.default())
    assert not list(cache.folder().iterdir())


def test_a_builder_outlives_a_kernel_whose_last_vector_begins_in_front_of_its_memory(several: Builders) -> None:
    """Where it is launched with a 1 for every size."""
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    several.is_late = True
    one = job(56)._replace(source="__kernel void back(__global float *a, const int n) { a[n - 16] = a[0]; }")
    assert list(several.share([one], lambda what: None)) == [one] and several._running[0].is_idle
    assert cache.is_kept(one.key)


def test_what_was_built_beside_is_given_as_it_comes(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    """While others are still being built."""
    being(monkeypatch, READY + "os.read(0, 1 << 16); os.write(1, b'.'); time.sleep(600)")  # the second job does not end
    several.is_late = True
    monkeypatch.setattr(builders, "processors", lambda: 1)
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    coming = several.share([job(54), job(55)], lambda what: None)
    first = next(coming)
    assert several._running[0].job not in (None, first)
    several._running[0].is_dead = True
    coming.close()


def test_few_programs_start_no_builder_and_one_processor_has_none(
    several: Builders, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[Job] = []
    assert not list(several.share([job(40)], here.append)) and not several._running
    monkeypatch.setattr(builders, "processors", lambda: 1)
    assert not list(several.share([job(k) for k in range(41, 47)], here.append)) and not several._running
    assert len(here) == 7


def test_the_first_use_of_a_machine_starts_builders_ahead(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    being(monkeypatch, READY)
    cache.folder().rmdir()
    found = Builders((0, 0), False)
    assert not found._running  # its first number comes first
    found.ahead()
    assert len(found._running) == 1
    found._running[0].end()
    monkeypatch.setattr(Builders, "allowed", False)  # as in a builder itself
    another = Builders((0, 0), False)
    another.ahead()
    assert not another._running


def test_what_was_begun_before_a_device_was_opened_is_waited_for(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    position, is_late = devices.default().builders.position, devices.default().builders.is_late
    here: list[Job] = []
    builders.begin_early(position, job(45))
    found = Builders(position, is_late)
    assert list(found.share([job(45)], here.append)) == [job(45)] and not here  # no other process, and not this one
    assert program._load(devices.default(), job(45)) is not None and found._running[0].is_idle
    found._running[0].end()
    builders.begin_early(position, job(45))  # it is on disk now
    monkeypatch.setattr(builders, "processors", lambda: 1)
    builders.begin_early(position, job(46))
    assert not Builders(position, is_late)._running
    monkeypatch.setattr(builders, "processors", lambda: 2)
    being(monkeypatch, "raise SystemExit(3)")
    builders.begin_early(position, job(46))
    beside = list(Builders(position, is_late).share([job(46)], here.append))
    assert [*beside, *here] == [job(46)] and not cache.is_kept(job(46).key)  # one that dies leaves it to whoever asks


def test_a_build_that_fails_is_not_tried_again(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    being(monkeypatch, READY + "sys.exit(3)")
    found = begun(Aside(several, job(50)))
    assert found._builder is not None
    assert not ended(found) and found.failed and not found.is_done()


def test_a_build_that_is_done_is_found(several: Builders) -> None:
    found = begun(Aside(several, job(51)))
    assert ended(found) and not found.mark.exists()


def test_a_builder_that_cannot_be_started_is_none(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    found = begun(Aside(several, job(52)))
    assert found.failed and not found.is_done()


def test_one_process_of_several_builds(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    being(monkeypatch, READY + "time.sleep(50)")
    first = begun(Aside(several, job(53)))
    monkeypatch.setattr(several, "free", lambda: several._running[0])
    second = Aside(several, job(53))
    second.begin()
    assert first._builder is not None and second._builder is None and second._begun
    assert not second.is_done() and not second.failed  # somebody is at it
    cache.store(first.job.key, b"a program")
    assert not second.is_done()
    aside.release(first.job.key)
    assert second.is_done()
    third = Aside(several, job(54))
    third._begun = time.monotonic()
    assert not third.is_done() and third.failed  # the other one left nothing


def test_marks_that_are_left_over_are_not_believed(elsewhere: Path) -> None:
    mark = elsewhere / "building-0"
    assert aside.claim(mark) and not aside.claim(mark)
    old = time.time() - aside.LONGEST - 1
    os.utime(mark, (old, old))
    assert aside.claim(mark)
    assert not aside.claim(elsewhere / "building-0" / "below")  # a folder that cannot be made


def test_a_build_that_takes_too_long_is_given_up(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    being(monkeypatch, READY + "time.sleep(50)")
    found = begun(Aside(several, job(55)))
    assert not found.is_done() and not found.failed
    found._begun -= aside.LONGEST + 1
    assert not found.is_done() and found.failed


def test_what_waits_for_builders_comes_first(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    being(monkeypatch, READY + "time.sleep(50)")
    monkeypatch.setattr(aside, "QUIET", 100.0)
    found = Aside(several, job(56))
    found.begin()
    assert not found._begun and not several._running
    found._asked -= 101
    several.busy = time.monotonic()
    found.begin()
    assert not found._begun and not several._running
    several.busy -= 101
    assert begun(found)._builder is not None


def test_a_program_ends_at_once_while_something_builds(tmp_path: Path) -> None:
    code = (
        SMALL
        + """
    start_builds_that_take_long()
    child = begin()
    assert child.poll() is None
    print(child.pid, flush=True)
    """
    )
    done = python(code, CLTORCH_CACHE=str(tmp_path), CLTORCH_TIER=None)
    assert done.returncode == 0, done.stderr
    os.kill(int(done.stdout), 9)  # the build went on: nobody waited for its ten minutes


def test_ctrl_c_ends_the_program_and_not_the_build(tmp_path: Path) -> None:
    code = (
        SMALL
        + """
    start_builds_that_take_long()
    child = begin()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setpgid(0, 0)
    try:
        os.killpg(0, signal.SIGINT)  # as a terminal does
        time.sleep(5)
    except KeyboardInterrupt:
        assert number(5) == 34 and child.poll() is None
        child.kill()
        print("interrupted")
    """
    )
    done = python(code, CLTORCH_CACHE=str(tmp_path), CLTORCH_TIER=None)
    assert done.stdout == "interrupted\n", done.stderr


@pytest.mark.filterwarnings("ignore:This process")
def test_a_fork_while_something_builds(tmp_path: Path) -> None:
    code = (
        SMALL
        + """
    start_builds_that_take_long()
    child = begin()
    pid = os.fork()
    if not pid:
        try:
            number(1)
        except RuntimeError as error:
            os._exit(7 if "fork" in str(error) else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert number(5) == 34 and child.poll() is None  # the forked process has not taken the build with it
    child.kill()
    print("forked")
    """
    )
    done = python(code, CLTORCH_CACHE=str(tmp_path), CLTORCH_TIER=None)
    assert done.stdout == "forked\n", done.stderr


def test_a_builder_ends_with_its_program(tmp_path: Path) -> None:
    code = """
    from cltorch.runtime import builders, device
    opened = device.get()
    builder = builders.Builder(opened.builders.position)
    print(builder._process.pid, flush=True)
    """
    done = python(code, CLTORCH_CACHE=str(tmp_path))
    assert done.returncode == 0, done.stderr
    end = time.monotonic() + 60
    while time.monotonic() < end and Path(f"/proc/{int(done.stdout)}/cmdline").exists():
        time.sleep(0.1)
    assert not Path(f"/proc/{int(done.stdout)}/cmdline").exists()


def test_a_job_larger_than_a_pipe_is_built_here(several: Builders, monkeypatch: pytest.MonkeyPatch) -> None:
    being(monkeypatch, READY + "time.sleep(50)")
    several._start(1)
    while not several._running[0].is_ready:
        several.hear(1.0)
    monkeypatch.setattr(builders, "ROOM", 10)
    here: list[Job] = []
    assert not list(several.share([job(60), job(61), job(62)], here.append)) and len(here) == 3
    assert several._running[0].is_idle
