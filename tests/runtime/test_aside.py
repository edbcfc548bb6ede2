"""The build of the tape by another process: it fails, is interrupted, and the process that waits for nothing ends or forks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cltorch.runtime import aside, folders
from cltorch.runtime.aside import Aside

from .programs import python

SMALL = """
    import os, signal, subprocess, sys, time, types
    import cltorch
    from cltorch.graph.record import recorder
    from cltorch.runtime import aside, device
    def start_builds_that_take_long():
        begin = lambda command, **o: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(50)"], **o)
        aside.subprocess = types.SimpleNamespace(Popen=begin, DEVNULL=subprocess.DEVNULL)
    def number(k):
        return (cltorch.arange(4.0) * k + 1).sum().item()
"""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty cache, and no patience."""
    monkeypatch.setattr(folders, "root", lambda: tmp_path)
    monkeypatch.setattr(aside, "EVERY", 0.0)
    yield tmp_path


def until_started(found: Aside) -> None:
    """Ask twice: a process that ends at once needs no build."""
    assert found.may_be_done() and found._child is None
    assert not found.may_be_done()


def building(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let builds be this program instead."""
    real = subprocess.Popen
    monkeypatch.setattr(
        aside.subprocess, "Popen", lambda command, **options: real([sys.executable, "-c", code], **options)
    )


def test_a_build_that_fails_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    building(monkeypatch, "raise SystemExit(3)")
    found = Aside(0)
    until_started(found)
    assert found._child is not None
    assert found._child.wait(30) == 3
    assert found.may_be_done() and found.failed  # whoever built before it may have left something
    assert not found.may_be_done()


def test_a_build_that_cannot_be_started_is_none(monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(elsewhere / "nothing"))
    found = Aside(0)
    until_started(found)
    assert found.failed and not found.may_be_done()


def test_one_process_of_several_builds(monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    building(monkeypatch, "")
    first, second = Aside(0), Aside(0)
    until_started(first)
    until_started(second)
    assert first._child is not None and second._child is None
    assert second.may_be_done()  # it looks whether the other one has left something
    first._child.wait(30)
    aside.release(0)
    third = Aside(0)
    until_started(third)
    assert third._child is not None
    third._child.wait(30)


def test_marks_that_are_left_over_are_not_believed(monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    mark = elsewhere / "building-0"
    assert aside.claim(mark) and not aside.claim(mark)
    old = time.time() - aside.LONGEST - 1
    os.utime(mark, (old, old))
    assert aside.claim(mark)
    assert not aside.claim(elsewhere / "building-0" / "below")  # a folder that cannot be made


def test_a_build_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    building(monkeypatch, "import time; time.sleep(60)")
    found = Aside(0)
    until_started(found)
    assert found._child is not None
    try:
        assert found.may_be_done() and not found.failed
        found._started -= aside.LONGEST + 1
        assert found.may_be_done() and found.failed and not found.may_be_done()
    finally:
        found._child.kill()
        found._child.wait(30)


def test_a_program_ends_at_once_while_something_builds(tmp_path: Path) -> None:
    code = (
        SMALL
        + """
    start_builds_that_take_long()
    machine = recorder(device.default()).machine
    for k in range(4):
        assert number(k) == 6 * k + 4
        time.sleep(aside.EVERY)
    assert machine._aside._child.poll() is None
    print(machine._aside._child.pid, time.time(), flush=True)
    """
    )
    done = python(code, CLTORCH_CACHE=str(tmp_path), CLTORCH_TIER=None)
    ended = time.time()
    assert done.returncode == 0, done.stderr
    pid, printed = done.stdout.split()
    os.kill(int(pid), 9)  # the build goes its own way
    assert ended - float(printed) < 20


def test_ctrl_c_ends_the_program_and_not_the_build(tmp_path: Path) -> None:
    code = (
        SMALL
        + """
    start_builds_that_take_long()
    for k in range(4):
        number(k)
        time.sleep(aside.EVERY)
    child = recorder(device.default()).machine._aside._child
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
    for k in range(4):
        number(k)
        time.sleep(aside.EVERY)
    child = recorder(device.default()).machine._aside._child
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
