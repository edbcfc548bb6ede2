"""The command: the demo trains, shows and saves; info lists devices; mistakes are told."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

import cltorch
from cltorch import cli, demo
from cltorch.demo import digits, drawing, training


def test_the_demo_learns_and_saves(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "model.pt"
    assert cli.main(["demo", "--epochs", "4", "--output", str(path)]) == 0
    text = capsys.readouterr().out
    assert cltorch.opencl.get_device_name() in text
    assert re.search(r"first step done \d+\.\d\d s after the command", text)
    assert len(re.findall(r"(?m)^epoch  \d/4  loss \d\.\d+, test accuracy \d+\.\d+ %, \d+\.\d+ s$", text)) == 4
    assert "\r" not in text  # a progress bar is for terminals
    accuracy = float(re.search(r"\ntest accuracy (\d+\.\d+) %", text).group(1))
    assert accuracy > 95
    table = [line.split()[1:] for line in text.splitlines() if re.match(r"   +\d( +(\d+|\.)){10}$", line)]
    counts = np.array([[0 if entry == "." else int(entry) for entry in row] for row in table])
    assert counts.shape == (10, 10)
    assert counts.sum() == 359
    assert counts.trace() == round(accuracy * 3.59)
    assert "read right:" in text
    model = demo.build_model()
    model.load_state_dict(cltorch.load(path))
    model.eval()
    data = demo.load_digits()
    with cltorch.no_grad():
        found = model(cltorch.from_numpy(data.test_images)).argmax(1).numpy()
    assert (found == data.test_labels).sum() == counts.trace()


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        demo.run(epochs=1, seed=3, output=tmp_path / name / "model.pt")
    assert (tmp_path / "a" / "model.pt").read_bytes() == (tmp_path / "b" / "model.pt").read_bytes()


def test_the_digits_are_those_of_scikit_learn() -> None:
    images, labels = sklearn.datasets.load_digits(return_X_y=True)
    data = digits.load_digits()
    held = np.arange(len(labels)) % 5 == 4
    np.testing.assert_array_equal(data.test_images.reshape(-1, 64) * 16, images[held])
    np.testing.assert_array_equal(data.train_labels, labels[~held])
    assert data.train_images.dtype == np.float32
    assert len(data.train_labels) + len(data.test_labels) == 1797


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(digits, "find_spec", lambda name: None)
    assert cli.main(["demo"]) == 1
    assert "pip install 'cltorch[demo]'" in capsys.readouterr().err


def test_drawing() -> None:
    image = np.linspace(0, 1, 64).reshape(1, 8, 8)
    lines = drawing.draw_digits(np.concatenate([image, 1 - image]), ["one", "two"]).splitlines()
    assert len(lines) == 9
    assert lines[0][:2] == "  "
    assert lines[7][14:16] == "██"
    assert lines[8].split() == ["one", "two"]
    assert drawing.shades_for("utf-8") == drawing.SHADES
    assert drawing.shades_for("ascii") == drawing.shades_for(None) == drawing.PLAIN_SHADES


def test_seconds_since_start() -> None:
    first = training.seconds_since_start()
    assert 0 < first <= training.seconds_since_start() < 24 * 3600


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["train"], "invalid choice"),
        (["demo", "--epochs", "0"], "not a whole number above zero"),
        (["demo", "--batch-size", "x"], "'x' is not a whole number above zero"),
    ],
    ids=["nothing", "unknown", "epochs", "batch size"],
)
def test_wrong_arguments(arguments: list[str], words: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


def test_a_batch_larger_than_the_data(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["demo", "--batch-size", "2000"]) == 1
    assert "batch_size=2000" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_told_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert cli.main(["demo", "--output", str(tmp_path / "no" / "model")]) == 1
    assert cli.main(["demo", "--output", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "No such file" in said.err
    assert "Is a directory" in said.err
    assert "epoch" not in said.out


def test_a_terminal_sees_a_progress_bar() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "90"}
    code = "from cltorch import demo; demo.run(epochs=1)"
    run = subprocess.Popen([sys.executable, "-c", code], stdout=theirs, env=environment)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # how the end of a terminal's output is told
        while part := os.read(ours, 65536):
            seen += part
    os.close(ours)
    assert run.wait(120) == 0
    assert re.search(rb"epoch  1/1: +\d+%\|.*batch/s", seen)
    assert b"test accuracy" in seen


def test_a_reader_that_has_seen_enough() -> None:
    code = "import os, sys; from cltorch import cli; os.close(1); os.dup2(int(sys.argv[1]), 1); sys.exit(cli.main(['info']))"
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(
        [sys.executable, "-c", code, str(write)], pass_fds=[write], stderr=subprocess.PIPE, text=True, timeout=300
    )
    os.close(write)
    assert (run.returncode, run.stderr) == (141, "")


def test_version(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"cltorch {cltorch.__version__}\n"


def test_info(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["info"]) == 0
    text = capsys.readouterr().out
    assert cltorch.opencl.get_device_name() in text
    assert "used:" in text
    head, *rows = text.splitlines()
    for word in ("at", "kind", "units", "memory", "local", "float64", "float16", "sub-groups", "driver"):
        assert f" {word}" in head
    named = [row for row in rows if row.startswith("opencl:")]
    assert len(named) == cltorch.opencl.device_count()
    assert all(re.search(r" \d+:\d+ +(cpu|i?gpu|accelerator) ", row) for row in named)


def test_as_a_module() -> None:
    run = subprocess.run([sys.executable, "-m", "cltorch", "info"], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert "versions:" in run.stdout


def test_importing_makes_no_context() -> None:
    """Importing the command, and everything that it needs, opens no device and imports neither PyTorch nor scikit-learn."""
    code = (
        "import sys, cltorch.cli, cltorch.runtime.device as d\n"
        "import pyopencl as cl\n"
        "print(sorted({'torch', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)))\n"
        "import gc; print(any(isinstance(o, cl.Context) for o in gc.get_objects()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert run.stdout.split() == ["[]", "False"], run.stderr


def test_output_that_knows_ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", plain)
    data = demo.load_digits()
    sure = np.ones(len(data.test_labels))
    training._show(data.test_images[:, 0], data.test_labels, (data.test_labels + 1) % 10, sure)
    plain.flush()
    assert b"misread" in plain.buffer.getvalue()
