"""``cltorch run``, ``--check``, ``as_torch`` and the start file: what a program sees, and what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cltorch
from cltorch import cli, torchvision_ops

ROOT = Path(__file__).parents[2]


def python(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python on this source tree."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, cwd=cwd, env=variables
    )


def test_arguments_exit_status_and_devices(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import torch\nWHERE = torch.__name__\n")
    (tmp_path / "program.py").write_text(
        "import sys, torch, helper\n"
        "x = torch.ones(2, device='cuda')\n"
        "print(sys.argv[1:], __name__, helper.WHERE, x.device, x.is_cuda, torch.cuda.is_available(), torch.cuda.device_count())\n"
        "print(x.cpu().device, x.cpu() is x, x.to('cuda') is x, torch.cuda.memory_allocated() >= 0, torch.cuda.current_device())\n"
        "stream, event = torch.cuda.current_stream(), torch.cuda.Event()\n"
        "print(torch.cuda.Stream, torch.cuda.Event, isinstance(stream, torch.cuda.Stream), isinstance(event, torch.Event), end=' ')\n"
        "print(isinstance(stream, torch.Stream), isinstance(stream.record_event(), torch.cuda.Event))\n"
        "sys.exit(3)\n"
    )
    done = python("-m", "cltorch", "run", "program.py", "--epochs", "2", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first == "['--epochs', '2'] __main__ torch cuda:0 True True 1"
    assert second == "cpu False True True 0"
    classes = "<class 'torch.cuda.streams.Stream'> <class 'torch.cuda.streams.Event'>"
    assert third == f"{classes} True True True True"
    assert '"cuda"' in done.stderr and done.stderr.count("\n") == 1


def test_strict_device(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import torch\nprint(torch.cuda.is_available())\ntorch.ones(1, device='cuda')\n"
    )
    done = python("-m", "cltorch", "run", "--strict-device", "program.py", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == "False\n"
    assert "opencl:0" in done.stderr


def test_a_missing_name_is_told_with_place_and_neighbour(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import torch\nfrom torch.nn import Lineer\n")
    done = python("-m", "cltorch", "run", "program.py", cwd=tmp_path)
    assert done.returncode == 1
    assert (
        "torch.nn.Lineer (" in done.stderr and "program.py:2)" in done.stderr and "the nearest is Linear" in done.stderr
    )


def test_start_file(tmp_path: Path) -> None:
    code = (
        "import cltorch_as_torch, sys, importlib.metadata as m, importlib.util as u\n"
        "print('cltorch' in sys.modules, m.version('torch'), u.find_spec('torch') is not None)\n"
        "import torch.nn.functional as F, torch\n"
        "print(torch.__version__, F.relu is torch.nn.functional.relu)\n"
    )
    done = python("-c", code, cwd=tmp_path, CLTORCH_QUIET="1")
    first, second = done.stdout.splitlines()
    assert (
        first.startswith("False 2.")
        and first.endswith(" True")
        and second.startswith("2.")
        and second.endswith(" True")
    )
    assert (ROOT / "cltorch_as_torch.pth").read_text().count("CLTORCH_AS_TORCH") == 1


def test_check_lists_names(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch.nn as nn\nfrom torch import relu as r\nnn.Linear\nnn.Lineer\nx.foo\n")
    done = python("-m", "cltorch", "run", "--check", str(tmp_path), cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and lines[-1] == "4 names of torch, 1 absent"
    assert any("torch.nn.Lineer  ABSENT" in line and "a.py:4" in line and "torch.nn.Linear" in line for line in lines)


def test_run_needs_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["run"])
    assert "SCRIPT" in capsys.readouterr().err


def test_nms() -> None:
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 40, (50, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 25, (50, 2))], 1).astype(np.float32)
    scores = rng.uniform(0, 1, 50).astype(np.float32)
    kept: list[int] = []
    for k in np.argsort(-scores, kind="stable"):
        if all(_overlap(boxes[k], boxes[j]) <= 0.4 for j in kept):
            kept.append(int(k))
    found = torchvision_ops.nms(cltorch.from_numpy(boxes), cltorch.from_numpy(scores), 0.4)
    assert found.tolist() == kept


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    wide, high = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(wide, 0) * max(high, 0)
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared))


def test_roi_align_of_a_plane_gives_the_plane() -> None:
    """Bilinear samples of a linear function are exact, so every bin's mean is its value in the bin's middle."""
    y, x = np.mgrid[0:16, 0:20].astype(np.float32)
    image = cltorch.from_numpy((2 * y + 3 * x)[None, None])
    rois = cltorch.tensor([[0.0, 3.0, 2.0, 11.0, 8.0]])
    for samples in (2, -1):
        found = torchvision_ops.roi_align(image, rois, 1.0, 3, 4, samples, True)
        middle_y, middle_x = 2 - 0.5 + 6 / 3 * (np.arange(3) + 0.5), 3 - 0.5 + 8 / 4 * (np.arange(4) + 0.5)
        np.testing.assert_allclose(found.numpy()[0, 0], 2 * middle_y[:, None] + 3 * middle_x, rtol=1e-5)


def test_deform_conv2d_without_offsets_is_a_convolution() -> None:
    rng = np.random.default_rng(1)
    x, w = (cltorch.from_numpy(rng.standard_normal(s).astype(np.float32)) for s in ((2, 4, 9, 8), (6, 2, 3, 3)))
    bias, offset = cltorch.ones(6), cltorch.zeros(2, 2 * 2 * 9, 9, 8)
    mask = cltorch.ones(2, 2 * 9, 9, 8)
    found = torchvision_ops.deform_conv2d(x, w, offset, mask, bias, 1, 1, 1, 1, 1, 1, 2, 2, True)
    expected = cltorch.nn.functional.conv2d(x, w, bias, padding=1, groups=2)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-4, atol=1e-4)


def test_a_models_summary_is_pytorchs(tmp_path: Path) -> None:
    program = (
        "m = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Flatten(), torch.nn.Linear(288, 3))\n"
        "print(summary(m, (4, 1, 8, 8)), summary(torch.nn.LSTM(8, 16, 2), (4, 5, 8), verbose=0))\n"
    )
    (tmp_path / "theirs.py").write_text("import torch\nfrom torchinfo import summary\n" + program)
    (tmp_path / "ours.py").write_text("import cltorch as torch\nfrom cltorch import summary\n" + program)
    theirs, ours = (python(name, cwd=tmp_path) for name in ("theirs.py", "ours.py"))
    assert ours.returncode == 0, ours.stderr
    assert ours.stdout == theirs.stdout != ""


def test_launchers_run_a_program_as_the_one_rank(tmp_path: Path) -> None:
    (tmp_path / "ranked.py").write_text(
        "import os, sys, torch.distributed as dist\n"
        "dist.init_process_group('gloo')\n"
        "print(sys.argv[1:], dist.get_rank(), dist.get_world_size(), os.environ['LOCAL_RANK'], dist.is_torchelastic_launched())\n"
    )
    for module in ("torch.distributed.run", "torch.distributed.launch"):
        options = ("--nproc_per_node", "1", "--standalone", "ranked.py", "--epochs", "2")
        done = python("-m", "cltorch", "run", "-m", module, *options, cwd=tmp_path)
        assert done.stdout == "['--epochs', '2'] 0 1 0 True\n", done.stderr
    done = python(
        "-m", "cltorch", "run", "-m", "torch.distributed.run", "--nproc-per-node=2", "ranked.py", cwd=tmp_path
    )
    assert done.returncode and "worlds of one rank only" in done.stderr


def test_a_function_is_launched_as_the_one_rank() -> None:
    from cltorch.distributed.launcher.api import LaunchConfig, elastic_launch

    before = dict(os.environ)
    found = elastic_launch(LaunchConfig(1, 1, 1, run_id="me"), lambda a: (a, os.environ["RANK"]))(5)
    assert found == {0: (5, "0")} and dict(os.environ) == before
    with pytest.raises(RuntimeError, match="worlds of one rank only"):
        LaunchConfig(1, 2, 4)
