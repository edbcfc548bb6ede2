"""What happens at the edges of a process: import, exit, forks, threads, several processes, broken caches."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cltorch
from cltorch import opencl
from cltorch.graph import record as record_module
from cltorch.graph.families import Plans
from cltorch.graph.ready import Ready
from cltorch.graph.record import recorder
from cltorch.graph.run import Run
from cltorch.graph.script import Script, TapeRun
from cltorch.graph.tiers import Machine
from cltorch.runtime import device as devices

from .programs import python


def test_importing_makes_no_context_and_lists_no_driver() -> None:
    code = """
        import os
        before = dict(os.environ)
        import cltorch
        from cltorch.runtime import device, platforms
        assert device.opened() == [] and not platforms.were_listed() and dict(os.environ) == before
    """
    done = python(code)
    assert done.returncode == 0, done.stderr


BUSY = """
import os, sys, threading, cltorch
x = cltorch.rand(700, 700)
y = (x @ x).tanh()
cltorch.opencl.Event().record()
z = y @ x + 1
"""


@pytest.mark.parametrize(
    ("ending", "status", "said"),
    [
        ("", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("raise ValueError('bang')", 1, "ValueError: bang"),
        ("threading.Thread(target=lambda: (cltorch.ones(9).exp(), z + 1, sys.exit(1))).start()", 0, ""),
        ("import signal; os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, "KeyboardInterrupt"),
        ("import atexit; atexit.register(lambda: sys.stderr.write(str(z.isnan().any().item())))", 0, "False"),
    ],
    ids=["end", "sys.exit", "exception", "thread", "interrupt", "atexit"],
)
def test_an_exit_with_work_pending_ends_as_it_should(ending: str, status: int, said: str) -> None:
    done = python(BUSY + ending)
    assert done.returncode == status, done.stderr
    assert done.stderr.strip().endswith(said) and (said or not done.stderr)


def test_an_exit_while_a_thread_computes_ends() -> None:
    done = python(
        """
        import threading, cltorch
        def work():
            while True:
                cltorch.ones(100).sum().item()
        threading.Thread(target=work, daemon=True).start()
        cltorch.ones(10).sum().item()
        """
    )
    assert done.returncode == 0, done.stderr


def test_a_forked_child_gets_a_clear_error() -> None:
    done = python(
        """
        import os, cltorch
        x = cltorch.ones(3)
        x.sum().item()
        pid = os.fork()
        if pid == 0:
            code = 0
            for use in (lambda: cltorch.ones(2).numpy(), lambda: (x + 1).numpy(), lambda: x.numpy()):
                try:
                    use()
                except RuntimeError as error:
                    code += "forked" in str(error)
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """
    )
    assert done.stdout.strip() == "3", done.stdout + done.stderr


@pytest.mark.parametrize("drivers", ["listed", "used"])
def test_a_forked_child_gets_the_error_even_if_drivers_were_only_listed(drivers: str) -> None:
    code = """
        import os, sys, cltorch
        cltorch.opencl.device_count() if sys.argv[1] == "listed" else cltorch.ones(2).sum().item()
        pid = os.fork()
        if pid == 0:
            try:
                cltorch.ones(2).sum().item()
            except RuntimeError as error:
                sys.exit(7 * ("forked" in str(error)))
            sys.exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), cltorch.ones(2).sum().item())
    """
    done = python(code, drivers)
    assert done.stdout.strip() == "7 2.0", done.stdout + done.stderr


def test_a_forked_child_that_leaves_the_device_alone_ends_and_the_parent_goes_on() -> None:
    code = (
        BUSY
        + """
pid = os.fork()
if pid == 0:
    sys.exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), z.isnan().any().item())
"""
    )
    done = python(
        "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)  # Python 3.12's, of fork\n" + code
    )
    assert done.stdout.strip() == "0 False", done.stdout + done.stderr
    assert done.stderr == ""


def test_a_child_forked_before_drivers_were_touched_uses_them() -> None:
    code = """
        import os, cltorch
        pid = os.fork()
        if pid == 0:
            os._exit(int(cltorch.ones(2).sum().item()))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), cltorch.ones(2).sum().item())
    """
    done = python(code)
    assert done.stdout.strip() == "2 2.0", done.stdout + done.stderr


# --- interrupts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["making", "launch", "settle"])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", [Run, TapeRun, Ready], ids=["plan", "tape", "ready"])
def test_an_interrupt_in_a_flush_comes_at_once_and_nothing_is_lost_or_done_twice(
    monkeypatch: pytest.MonkeyPatch, kind: Any, place: str, late: bool
) -> None:
    found = recorder(devices.default())
    if kind is Run:
        monkeypatch.setattr(found, "machine", None)
    elif found.machine is None:
        pytest.skip("this run has no tape")
    else:
        assert found.machine.prepare(wait=True)
    if kind is TapeRun:
        monkeypatch.setattr(Machine, "at_once", lambda self, batch, pending: False)
    if kind is Ready and devices.default().near is None:
        pytest.skip("nothing lies ready without a near queue")
    monkeypatch.setattr(record_module, "PUBLISHING", [])  # a process that shared memory has nothing lie ready
    for _ in range(4):
        x, y = cltorch.zeros(100), cltorch.zeros(7, 9)
        assert x.sum().item() == 0
        x += 1
        y += 1
        assert x.sum().item() == 100
    x, y = cltorch.zeros(100), cltorch.zeros(7, 9)
    x.sum().item()
    owner: Any
    owner, place = {(Run, "making"): (Run, "__init__"), (TapeRun, "making"): (Script, "run")}.get(
        (kind, place), (kind, place if kind is not Ready else "run")
    )
    original = getattr(owner, place)

    def interrupted(self: Any, *args: Any) -> None:
        if late:
            original(self, *args)
        signal.raise_signal(signal.SIGINT)  # the handler runs at once
        raise AssertionError("the handler has run before")

    x += 1
    y += 1
    with monkeypatch.context() as patch:
        patch.setattr(owner, place, interrupted)
        with pytest.raises(KeyboardInterrupt):
            x.sum().item()
    y += 1
    np.testing.assert_array_equal(x.numpy(), np.ones(100))
    np.testing.assert_array_equal(y.numpy(), np.full((7, 9), 2))
    assert not recorder(devices.default()).held


def test_building_can_be_interrupted_and_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder(devices.default()), "machine", None)  # a tape builds nothing
    x = cltorch.ones(97)

    def interrupted(*args: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the handler has run before")

    x += 3
    with monkeypatch.context() as patch:
        patch.setattr(Plans, "make", interrupted)
        with pytest.raises(KeyboardInterrupt):
            (x * 5).numpy()
    np.testing.assert_array_equal((x * 5).numpy(), np.full(97, 20))


def test_an_interrupt_at_any_moment_loses_and_repeats_nothing() -> None:
    code = """
        import os, signal, threading, time, cltorch
        x, one, armed, stop = cltorch.zeros(64), cltorch.ones(64), [], []
        x.sum().item()
        def interrupt(number, frame):
            if armed:
                armed.clear()
                raise KeyboardInterrupt
        signal.signal(signal.SIGINT, interrupt)
        def pester():
            while not stop:
                time.sleep(0.002)
                os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=pester).start()
        end, hits = time.time() + 1, 0
        while not stop:
            try:
                while time.time() < end or hits < 11:
                    armed[:] = [1]  # again, where what was raised was lost in a destructor
                    x += one
                    cltorch.synchronize()
                stop.append(1)
            except KeyboardInterrupt:
                hits += 1
        armed.clear()
        print(set(x.tolist()) == {float(x._version)})
    """
    done = python(code)
    assert done.stdout.strip() == "True", done.stdout + done.stderr


def test_handlers_that_raise_in_a_thousand_steps_change_no_number() -> None:
    code = """
        import random, signal, cltorch
        armed = [0]
        class Stop(Exception):
            pass
        def stop(number, frame):
            if armed[0]:
                armed[0] = 0
                raise Stop
        signal.signal(signal.SIGALRM, stop)
        xs = [cltorch.zeros(50 + 7 * k, dtype=cltorch.int64) for k in range(12)]
        random.seed(2)
        hits, step, longest = 0, 0, 0.0006
        while step < 1000 or hits < 21:
            step += 1
            for x in xs:
                x += 1
            try:
                armed[0] = 1
                signal.setitimer(signal.ITIMER_REAL, random.uniform(0.000001, longest))
                cltorch.synchronize()
                armed[0] = 0
                longest *= 0.98  # so that about half of the alarms come in time, however fast this machine is
            except Stop:
                hits += 1
                longest *= 1.02
            signal.setitimer(signal.ITIMER_REAL, 0)
        print({n for x in xs for n in x.tolist()} == {step})
    """
    done = python(code)
    assert done.stdout.strip() == "True", done.stdout + done.stderr


def test_ctrl_c_does_not_wait_for_the_queue() -> None:
    code = """
        import os, signal, threading, time, cltorch
        x = cltorch.randn(500, 500) / 25
        def work(n):
            y = x
            for _ in range(n):
                y = y @ x
            return y.sum()
        work(4).item()
        started = time.time()
        work(8).item()
        count = 8 * (1 + int(2 / (time.time() - started)))  # two seconds of work
        def stop():
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)
        work(count).item()
        for _ in range(5):  # a busy machine may stop this process for a while, but not each time
            started = time.time()
            work(count).item()
            whole = time.time() - started
            threading.Thread(target=stop, daemon=True).start()
            started = time.time()
            try:
                work(count).item()
                print("not interrupted")
            except KeyboardInterrupt:
                spent = time.time() - started
            if spent < 0.1 + whole / 2:
                break
            cltorch.synchronize()
        print(spent < 0.1 + whole / 2 or (spent, whole))
    """
    done = python(code)
    assert done.stdout.strip() == "True", done.stdout + done.stderr


# --- threads ------------------------------------------------------------------------------------------------------------


def test_threads_record_and_run_side_by_side() -> None:
    found: dict[int, np.ndarray] = {}

    def work(k: int) -> None:
        x = cltorch.full((50, 20), float(k))
        for _ in range(20):
            x = x + 1
            x.sum().item()
        found[k] = x.numpy()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1, 2, 3]
    for k, array in found.items():
        np.testing.assert_array_equal(array, k + 20)


@pytest.mark.parametrize("several", [False, True], ids=["one device", "all devices"])
def test_threads_under_stress(several: bool) -> None:
    """Threads that record, share weights, change tensors in place, read, free and empty caches for a second."""
    end = time.time() + 1
    weights = [cltorch.randn(32, 32, device=f"opencl:{k}") for k in range(opencl.device_count() if several else 1)]
    expected = [weight.numpy() for weight in weights]
    failures: list[BaseException] = []
    rounds = [0] * 6

    def work(k: int) -> None:
        rng = np.random.default_rng(k)
        which = k % len(weights)
        try:
            while not rounds[k] or time.time() < end:
                a = rng.standard_normal((int(rng.integers(1, 40)), 32)).astype(np.float32)
                x = cltorch.tensor(a, device=f"opencl:{which}").requires_grad_()
                y = (x @ weights[which]).relu() + k
                y.sum().backward()
                total = x.detach().clone()
                for _ in range(3):
                    total += 1
                product = a @ expected[which]
                np.testing.assert_allclose(y.detach().numpy(), np.maximum(product, 0) + k, rtol=1e-3, atol=1e-3)
                np.testing.assert_allclose(x.grad.numpy(), (product > 0) @ expected[which].T, rtol=1e-3, atol=1e-2)
                np.testing.assert_allclose(total.numpy(), a + 3, rtol=1e-5)
                if rounds[k] % 7 == 6:
                    opencl.empty_cache()
                rounds[k] += 1
        except BaseException as error:  # shown by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert min(rounds) >= 1
    for weight, numbers in zip(weights, expected, strict=True):
        np.testing.assert_array_equal(weight.numpy(), numbers)


def test_the_first_use_may_come_from_several_threads_at_once() -> None:
    code = """
        import threading, cltorch
        from cltorch.runtime import device
        start, seen = threading.Barrier(8), []
        def work():
            start.wait()
            seen.append((cltorch.ones(3).sum().item(), id(device.default()), cltorch.opencl.device_count()))
        threads = [threading.Thread(target=work) for _ in range(8)]
        [thread.start() for thread in threads], [thread.join() for thread in threads]
        assert len(seen) == 8 and len(set(seen)) == 1, seen
    """
    done = python(code)
    assert done.returncode == 0, done.stderr


def test_threads_that_switch_all_the_time_see_right_numbers() -> None:
    code = """
        import sys, threading, time, cltorch
        sys.setswitchinterval(1e-5)
        end, wrong = time.time() + 3, []
        def work(k):
            n = 5 + k
            try:
                total, steps = cltorch.zeros(n), 0
                while time.time() < end:
                    a = cltorch.ones(n) * k
                    b = a.softmax(0).sum() * n
                    a = None
                    total += 1
                    steps += 1
                    c = cltorch.cat([total[: n // 2], total[n // 2 :]])
                    if steps % 3 == 0:
                        if abs(b.item() - n) > 1e-3 or c.tolist() != [float(steps)] * n:
                            wrong.append((k, steps, b.item(), c.tolist()))
            except BaseException as error:
                wrong.append(repr(error))
        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        [thread.start() for thread in threads], [thread.join() for thread in threads]
        print(wrong[:3])
    """
    done = python(code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_children_forked_while_threads_work_get_the_error() -> None:
    code = """
        import os, signal, threading, cltorch, cltorch.nn.functional as F
        x, y, l = cltorch.randn(50, 50), cltorch.randint(0, 10, (20,)), cltorch.randn(20, 10)
        F.cross_entropy(l, y).item(), F.cross_entropy(l, y).item()
        stop = []
        def busy():
            while not stop:
                (x @ x).sum().item()
                cltorch.tensor([1.0] * 5000).sum().item()
        threads = [threading.Thread(target=busy) for _ in range(2)]
        [thread.start() for thread in threads]
        found = set()
        for _ in range(30):
            pid = os.fork()
            if pid == 0:
                signal.alarm(20)
                code = 0
                for use in (lambda: F.cross_entropy(l, y).item(), lambda: cltorch.ones(2).tolist(), cltorch.opencl.synchronize,
                            lambda: cltorch.tensor([1.0]).tolist(), cltorch.opencl.device_count):
                    try:
                        use()
                    except RuntimeError as error:
                        code += "forked" in str(error)
                os._exit(code)
            found.add(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        stop.append(1)
        print(found)
    """
    done = python(code)
    assert done.stdout.strip() == "{5}", done.stdout + done.stderr


def test_the_current_device_is_a_threads_own() -> None:
    last = opencl.device_count() - 1
    seen = []
    with opencl.device(last):
        thread = threading.Thread(target=lambda: seen.append(opencl.current_device()))
        thread.start()
        thread.join()
        assert opencl.current_device() == last
    assert seen == [0]


# --- processes ----------------------------------------------------------------------------------------------------------


def test_processes_share_one_cache_and_damage_is_mended(tmp_path: Path) -> None:
    code = "import cltorch; print((cltorch.arange(7.0) * 3 + 1).exp().log().sum().round().item())"
    command = [sys.executable, "-c", code]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(cltorch.__file__).parents[1]),
        "CLTORCH_CACHE": str(tmp_path / "cache"),
    }
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    assert [process.communicate(timeout=300)[0].strip() for process in running] == ["70.0", "70.0"]
    entries = list((tmp_path / "cache").rglob("programs/*"))
    assert entries
    for path in entries:
        path.write_bytes(path.read_bytes()[:40])  # a short text stands for programs that the driver keeps itself
    done = python(code, CLTORCH_CACHE=str(tmp_path / "cache"))
    assert done.stdout.strip() == "70.0", done.stderr


@pytest.mark.parametrize("asked", ["cpu", "0", "0:0"])
def test_the_environment_chooses(asked: str) -> None:
    done = python("import cltorch; print(cltorch.ones(2).sum().item())", CLTORCH_DEVICE=asked)
    assert done.stdout.strip() == "2.0", done.stderr


def test_a_device_that_is_not_there_is_told() -> None:
    done = python("import cltorch; cltorch.ones(2).sum().item()", CLTORCH_DEVICE="no such device")
    assert done.returncode == 1
    message = done.stderr.splitlines()
    assert any("DeviceNotFoundError: no OpenCL device matches 'no such device'" in line for line in message)
    assert cltorch.opencl.get_device_name() in done.stderr
    assert "pip install 'cltorch[cpu]'" in done.stderr and "pocl-opencl-icd" in done.stderr
