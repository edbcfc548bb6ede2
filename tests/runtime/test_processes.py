"""What happens at the edges of a process: import, exit, forks, threads, several processes, broken caches."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import cltorch


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own with this package; it must end within a minute."""
    path = str(Path(cltorch.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


def test_importing_makes_no_context() -> None:
    done = python("import cltorch; from cltorch.runtime import device; assert device.opened() == []")
    assert done.returncode == 0, done.stderr


def test_an_exit_with_work_pending_ends_quietly() -> None:
    done = python("import cltorch; x = cltorch.rand(1000, 1000); y = (x @ x).exp(); cltorch.opencl.Event().record()")
    assert (done.returncode, done.stderr) == (0, "")


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


def test_processes_share_one_cache_and_damage_is_mended(tmp_path: Path) -> None:
    code = "import cltorch; print((cltorch.arange(7.0) * 3 + 1).exp().log().sum().round().item())"
    command = [sys.executable, "-c", code]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(cltorch.__file__).parents[1]),
        "CLTORCH_CACHE": str(tmp_path / "cache"),
    }
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    assert [process.communicate(timeout=100)[0].strip() for process in running] == ["70.0", "70.0"]
    entries = [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.stat().st_size > 2000]
    assert entries
    for path in entries:
        path.write_bytes(path.read_bytes()[:100])
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
